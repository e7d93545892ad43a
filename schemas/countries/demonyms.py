"""The forms of a demonym: gender and number from its lemma, by the rules of each language.

The lemmas are in demonyms_<language>.txt; accents are dropped later, so they are not kept here.
"""

from __future__ import annotations

# Per language, from the longest ending to the shortest: what the ending becomes.
ENDINGS: dict[str, list[tuple[str, list[str]]]] = {
    "es": [
        ("és", ["es", "esa", "eses", "esas"]),
        ("án", ["an", "ana", "anes", "anas"]),
        ("ín", ["in", "ina", "ines", "inas"]),
        ("ón", ["on", "ona", "ones", "onas"]),
        ("ol", ["ol", "ola", "oles", "olas"]),
        ("o", ["o", "a", "os", "as"]),
        ("í", ["i", "ies", "is"]),
        ("ú", ["u", "ues", "us"]),
        ("z", ["z", "ces"]),
        ("a", ["a", "as"]),
        ("e", ["e", "es"]),
        ("", ["", "s", "es"]),
    ],
    "en": [
        ("woman", ["woman", "women"]),
        ("man", ["man", "men", "mans"]),
        ("y", ["y", "ies"]),
        ("s", ["s"]),
        ("ese", ["ese"]),
        ("ish", ["ish"]),
        ("ch", ["ch"]),
        ("", ["", "s"]),
    ],
    "fr": [
        ("ien", ["ien", "ienne", "iens", "iennes"]),
        ("éen", ["een", "eenne", "eens", "eennes"]),
        ("on", ["on", "onne", "ons", "onnes"]),
        ("ec", ["ec", "ecque", "ecs", "ecques"]),
        ("rc", ["rc", "rque", "rcs", "rques"]),
        ("s", ["s", "se", "ses"]),
        ("e", ["e", "es"]),
        ("è", ["e", "es"]),
        ("é", ["e", "ee", "es", "ees"]),
        ("i", ["i", "ie", "is", "ies"]),
        ("", ["", "e", "s", "es"]),
    ],
    "pt": [
        ("ês", ["es", "esa", "eses", "esas"]),
        ("ão", ["ao", "a", "aos", "oes", "aes", "as"]),
        ("eu", ["eu", "eia", "eus", "eias"]),
        ("ol", ["ol", "ola", "ois", "olas"]),
        ("o", ["o", "a", "os", "as"]),
        ("a", ["a", "as"]),
        ("e", ["e", "es"]),
        ("i", ["i", "is"]),
        ("", ["", "a", "s", "es", "as"]),
    ],
}


def forms(lemma: str, language: str) -> set[str]:
    """All forms of a lemma and itself. Of several words the first, the last or both change."""
    forms = {lemma}
    words = lemma.split(" ")
    for first, last in zip(_inflected(words[0], language), _inflected(words[-1], language), strict=False):
        if len(words) == 1:
            forms.add(last)
        else:
            middle = words[1:-1]
            forms.add(" ".join([words[0], *middle, last]))
            forms.add(" ".join([first, *middle, words[-1]]))
            forms.add(" ".join([first, *middle, last]))
    return forms


def _inflected(word: str, language: str) -> list[str]:
    for ending, forms_of_ending in ENDINGS[language]:
        if word.lower().endswith(ending):
            stem = word[: len(word) - len(ending)]
            return [stem + form for form in forms_of_ending]
    return [word]
