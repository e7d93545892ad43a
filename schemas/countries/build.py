"""Render the index files that resolving reads: python -m schemas.countries.build

Collects the names of ISO 3166 (pycountry) and CLDR (Babel) and the hand-kept tables of this folder. No rule
about a cell is decided here. A key that would mean two countries stops the build.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas import groupings
from schemas.countries import text
from schemas.countries.answer import MISSPELLING
from schemas.countries.demonyms import forms
from schemas.countries.table import FOLDER, Country, all_countries, lookup, rows_of

LANGUAGES = ("es", "en", "fr", "pt")
LANGUAGES_OF_DEMONYMS = (*LANGUAGES, "ht")
# Other languages in which a passport or a person may name a country. A text is read in them last.
OTHER_LANGUAGES = (
    "it", "de", "nl", "ca", "gl", "ro", "pl", "cs", "sk", "sl", "hr", "hu", "sv", "da", "nb",
    "fi", "is", "et", "lv", "lt", "tr", "vi", "id", "sw", "ru", "uk", "bg", "sr", "el", "ar",
    "fa", "he", "hy", "ka", "am", "hi", "bn", "ur", "ne", "pa", "th", "zh", "ja", "ko",
)  # fmt: skip
INDEX = FOLDER / "index.tsv"
OTHER_LANGUAGES_INDEX = FOLDER / "index_elsewhere.tsv"
PARTS = FOLDER / "parts.tsv"
SHORTEST_OTHER_NAME = 5

# Tiers of the index, in the order in which they are tried.
AMBIGUOUS, LITERAL, NAME, DEMONYM = "ambiguous", "literal", "name", "demonym"
ORDER_FREE, COMPACT, SOUND = "order_free", "compact", "sound"
SHORTEST = {ORDER_FREE: 4, COMPACT: 5, SOUND: 4}

LITERAL_RULES = frozenset({"alias", "special", "area"})  # rules kept as literals if their key is ambiguous

NamedMeaning = tuple[str, str, str]  # meaning, text, rule
Index = dict[str, dict[str, tuple[str, str]]]


class AmbiguousNameError(ValueError):
    """Error: a text means two countries and is not listed in ambiguous.txt."""


def iso_names() -> Iterator[NamedMeaning]:
    """Yield the short, official and common names of ISO 3166-1, and their translations."""
    import pycountry

    translations = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for language in (*LANGUAGES, "pt_BR")
    ]
    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            name = getattr(country, field, None)
            if name:
                yield country.alpha_3, name, "iso"
                for translation in translations:
                    yield country.alpha_3, translation.gettext(name), "iso"


def cldr_names() -> Iterator[NamedMeaning]:
    """Yield the territory names of CLDR in every variety of the languages."""
    from babel import Locale, localedata

    codes = {country.alpha2: country.code for country in _countries_in_force() if country.alpha2}
    for identifier in sorted(localedata.locale_identifiers()):
        if identifier.split("_")[0] in LANGUAGES and "_" + "POSIX" not in identifier:
            for alpha2, name in Locale.parse(identifier).territories.items():
                if alpha2 in codes:
                    yield codes[alpha2], name, "cldr"


def other_language_names() -> dict[str, str]:
    """Return key → code for the names that CLDR gives in OTHER_LANGUAGES, and ISO 3166 in Haitian Creole.

    Leaves out: a key that means two countries; a short key; a key that the index of the network's languages
    has, alone or as a part of that country's name ("Norfolk"); a single word for a country whose own name is
    ambiguous ("Korea").
    """
    index = build_index()
    index_keys = {key for tier in (AMBIGUOUS, LITERAL, NAME, DEMONYM, ORDER_FREE) for key in index[tier]}
    ambiguous_codes = {code for code, name, _ in published_names() if text.key(name) in index[AMBIGUOUS]}
    words_of_names = {(code, word) for key, (code, _) in index[NAME].items() for word in key.split()}
    codes_by_key: dict[str, set[str]] = {}
    for code, name in (*_cldr_names_elsewhere(), *_iso_names_in_creole()):
        key = text.key(name)
        is_short = key.isascii() and len(key) < SHORTEST_OTHER_NAME
        is_part = all((code, word) in words_of_names for word in key.split())
        is_lone_word = " " not in key and code in ambiguous_codes
        if text.order_free(key) and not (key in index_keys or is_short or is_part or is_lone_word):
            codes_by_key.setdefault(key, set()).add(code)
    return {key: min(key_codes) for key, key_codes in codes_by_key.items() if len(key_codes) == 1}


def _cldr_names_elsewhere() -> Iterator[tuple[str, str]]:
    """Yield code and name of the countries in OTHER_LANGUAGES."""
    from babel import Locale

    codes = {country.alpha2: country.code for country in _countries_in_force() if country.alpha2}
    for language in OTHER_LANGUAGES:
        for alpha2, name in Locale.parse(language).territories.items():
            if alpha2 in codes:
                yield codes[alpha2], name


def _iso_names_in_creole() -> Iterator[tuple[str, str]]:
    """Yield code and name of the countries that ISO 3166-1 has in Haitian Creole; CLDR has none."""
    import pycountry

    creole = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["ht"])
    for country in pycountry.countries:
        name = creole.gettext(country.name)
        if name != country.name:
            yield country.alpha_3, name


def _countries_in_force() -> list[Country]:
    return [country for country in all_countries() if country.kind != "historic"]


def table_names() -> Iterator[NamedMeaning]:
    """Yield the names in countries.csv."""
    for country in all_countries():
        for name in (country.name_es, country.name_en, country.name_fr):
            yield country.code, name, "m49"


def region_names() -> Iterator[NamedMeaning]:
    """Yield the names in regions.csv."""
    for row in rows_of("regions.csv"):
        for language in ("es", "en", "fr"):
            yield row["m49"], row[f"name_{language}"], "m49_region"


def hand_kept_names() -> Iterator[NamedMeaning]:
    """Yield the names in the hand-kept files. If a text is in several files, the first gives its rule."""
    yield from names_in_file("aliases.txt", "alias")
    yield from names_in_file("special_words.txt", "special")
    for meaning, name, rule in names_in_file("areas.txt", "area"):
        yield (members_ever(meaning[1:]) if meaning.startswith("@") else meaning), name, rule
    yield from names_in_file("misspellings.txt", MISSPELLING)


def members_ever(grouping: str) -> str:
    """Return the M49 codes of all past and present members of a grouping.

    An origin class that they all share is valid on any day.
    """
    members = {span.member for span in groupings.load() if span.grouping == grouping}
    return "+".join(sorted(lookup(member).m49 or "" for member in members))


def names_in_file(file_name: str, rule: str) -> Iterator[NamedMeaning]:
    """Yield the names in a file of this folder with lines `MEANING | text; text`."""
    for line in lines_of(FOLDER / file_name):
        meaning, texts = line.split("|", 1)
        for single_name in texts.split(";"):
            if single_name.strip():
                yield meaning.strip(), single_name.strip(), rule


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file that are neither blank nor a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def demonyms() -> Iterator[NamedMeaning]:
    """Yield every form of every demonym."""
    for language in LANGUAGES_OF_DEMONYMS:
        for line in lines_of(FOLDER / f"demonyms_{language}.txt"):
            code, lemmas = line.split(":", 1)
            for lemma in lemmas.split("|"):
                for form in sorted(forms(lemma.strip(), language)):
                    yield code.strip(), form, DEMONYM


def ambiguous_texts() -> dict[str, str]:
    """Return key → `?languages candidates`, from ambiguous.txt."""
    index = {}
    for line in lines_of(FOLDER / "ambiguous.txt"):
        texts, languages, candidates, _ = (part.strip() for part in line.split("|"))
        for ambiguous_text in texts.split(";"):
            index[text.key(ambiguous_text)] = " ".join(["?" + languages, *candidates.split()])
    return index


def published_names() -> Iterator[NamedMeaning]:
    """Yield the names of ISO, CLDR and M49, without those that these sources give to the wrong country."""
    wrong_names = {(code, name) for code, name, _ in names_in_file("wrong_names.txt", "wrong")}
    for entry in (*table_names(), *iso_names(), *cldr_names()):
        if entry[:2] not in wrong_names:
            yield entry


def build_index(hand_kept: Iterable[NamedMeaning] | None = None) -> Index:
    """Return the index: tier → key → (meaning, rule).

    `hand_kept` replaces the hand-kept names and demonyms, to measure how much the rules read without them.
    """
    index: Index = {tier: {} for tier in (AMBIGUOUS, LITERAL, NAME, DEMONYM)}
    index[AMBIGUOUS] = {key: (meaning, AMBIGUOUS) for key, meaning in ambiguous_texts().items()}
    ambiguous_everywhere = {key for key, (meaning, _) in index[AMBIGUOUS].items() if meaning[1] == "*"}
    if hand_kept is None:
        hand_kept = (*hand_kept_names(), *demonyms())
    codes = _codes_in_lower_case()
    clashes: list[str] = []
    for meaning, name, rule in (*published_names(), *hand_kept):
        key = text.key(name)
        # a key that is ambiguous, or the code of another country, must not be read loosely
        is_literal_only = key in ambiguous_everywhere or codes.get(key, meaning) != meaning
        if rule == "special" and name != key and (name[0] == "_" or not any(map(str.isalpha, name))):
            is_literal_only = True  # "-1" must not become 1, nor "_U" a U
        if key and not is_literal_only:
            tier = index[DEMONYM if rule == DEMONYM else NAME]
            entry = tier.setdefault(key, (meaning, rule))
            if entry[0] != meaning:
                clashes.append(f"{key!r} means {entry[0]} ({entry[1]}) and {meaning} ({rule})")
        elif rule in LITERAL_RULES and text.literal(name) != key:
            index[LITERAL][text.literal(name)] = (meaning, rule)
    if clashes:
        raise AmbiguousNameError("\n".join(dict.fromkeys(clashes)))
    for meaning, name, rule in region_names():  # a country takes precedence over a region of the same name
        if text.key(name) not in ambiguous_everywhere:
            index[NAME].setdefault(text.key(name), (meaning, rule))
    _add_derived_keys(index, ORDER_FREE, text.order_free)
    _add_derived_keys(index, COMPACT, text.compact)
    _add_derived_keys(index, SOUND, text.sound)
    return index


def _codes_in_lower_case() -> dict[str, str]:
    """Return alpha-2 and alpha-3 codes in lower case → code. "R.U." must not be read as RU."""
    in_force = [country for country in all_countries() if country.kind != "historic"]
    return {
        text_code.lower(): country.code
        for country in in_force
        for text_code in (country.alpha2, country.code)
        if text_code
    }


def _add_derived_keys(index: Index, tier: str, derived_key: Callable[[str], str]) -> None:
    """Add the keys under a looser spelling. A key that two meanings share is ambiguous from there on.

    A key of misspellings only is a misspelling, too.
    """
    strict = (AMBIGUOUS, NAME, DEMONYM)
    meanings: dict[str, set[str]] = {}
    rules: dict[str, set[str]] = {}
    for source in strict:
        for key, (meaning, rule) in index[source].items():
            begins_with_initial = (
                tier == COMPACT and key[1:2] == " "
            )  # "ssudan" may be a typing error for "sudan"
            if rule != "special" and not begins_with_initial:  # "en blanco" must not make "blanco" unknown
                meanings.setdefault(derived_key(key), set()).add(meaning)
                rules.setdefault(derived_key(key), set()).add(rule)
    index[tier] = {}
    for key, key_meanings in meanings.items():
        strict_meanings = {index[source][key][0] for source in strict if key in index[source]}
        if len(key) >= SHORTEST[tier] and key_meanings != strict_meanings:
            rule = MISSPELLING if rules[key] == {MISSPELLING} else tier
            index[tier][key] = (_combine_meanings(key_meanings | strict_meanings), rule)


def _combine_meanings(meanings: set[str]) -> str:
    if len(meanings) == 1:
        return next(iter(meanings))
    candidates = {
        word for meaning in meanings for word in meaning.split() if len(word) == 3 and word.isupper()
    }
    return " ".join(["?*", *sorted(candidates)])


def render_index() -> str:
    """Return the text of index.tsv."""
    lines = ["# Rendered by schemas/countries/build.py; do not edit. tier, key, meaning, rule"]
    for tier, entries in build_index().items():
        lines += ["\t".join((tier, key, *entries[key])) for key in sorted(entries)]
    return "\n".join(lines) + "\n"


def render_other_languages_index() -> str:
    """Return the text of index_elsewhere.tsv."""
    lines = ["# Rendered by schemas/countries/build.py; do not edit. key, code"]
    names = other_language_names()
    lines += ["\t".join((key, names[key])) for key in sorted(names)]
    return "\n".join(lines) + "\n"


def render_parts() -> str:
    """Return the text of parts.tsv: first divisions of the members, without those named as a country is."""
    import pycountry

    codes = {country.alpha2: country.code for country in _countries_in_force()}
    members = {span.member for span in groupings.load() if span.grouping == groupings.DEFAULT_GROUPING}
    names_of_countries = {text.key(name) for _, name, _ in table_names()}
    parts = {
        (text.key(division.name), codes[division.country_code])
        for division in pycountry.subdivisions
        if codes.get(division.country_code) in members
    }
    lines = ["# Rendered by schemas/countries/build.py; do not edit. key, country"]
    lines += ["\t".join(part) for part in sorted(parts) if part[0] not in names_of_countries]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PARTS.write_text(render_parts(), encoding="utf-8")
    INDEX.write_text(render_index(), encoding="utf-8")
    OTHER_LANGUAGES_INDEX.write_text(render_other_languages_index(), encoding="utf-8")
