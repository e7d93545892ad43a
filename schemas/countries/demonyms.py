"""Forms of a demonym: gender and number from its lemma, by the rules of each language.

The lemmas are in demonyms_<language>.txt. Accents are dropped later, so the forms do not keep them.
"""

from __future__ import annotations

# Per language, from the longest ending to the shortest: the endings that replace it.
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
        ("yen", ["yen", "yenne", "yens", "yennes"]),
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
    "ht": [("", [""])],  # Haitian Creole has neither gender nor number here
}


def forms(lemma: str, language: str) -> set[str]:
    """Return the lemma and all its forms. If it has several words, the first, the last or both change."""
    all_forms = {lemma}
    words = lemma.split(" ")
    for first, last in zip(_inflect(words[0], language), _inflect(words[-1], language), strict=False):
        if len(words) == 1:
            all_forms.add(last)
        else:
            middle = words[1:-1]
            all_forms.add(" ".join([words[0], *middle, last]))
            all_forms.add(" ".join([first, *middle, words[-1]]))
            all_forms.add(" ".join([first, *middle, last]))
    return all_forms


def _inflect(word: str, language: str) -> list[str]:
    for ending, forms_of_ending in ENDINGS[language]:
        if word.lower().endswith(ending):
            stem = word[: len(word) - len(ending)]
            return [stem + form for form in forms_of_ending]
    return [word]
