"""Renders the index files that resolving reads: python -m schemas.countries.build

It gathers the names of ISO 3166 (pycountry) and CLDR (Babel) and the hand-kept tables beside this
file. No rule about a cell is decided here; a key that would mean two countries stops the build.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas import groupings
from schemas.countries import text
from schemas.countries.demonyms import forms
from schemas.countries.table import FOLDER, Country, all_countries, lookup, rows_of

LANGUAGES = ("es", "en", "fr", "pt")
# Languages in which a passport or a person may name a country; a text is read in them last.
OTHER_LANGUAGES = (
    "it", "de", "nl", "ca", "gl", "ro", "pl", "cs", "sk", "sl", "hr", "hu", "sv", "da", "nb",
    "fi", "is", "et", "lv", "lt", "tr", "vi", "id", "sw", "ru", "uk", "bg", "sr", "el", "ar",
    "fa", "he", "hy", "ka", "am", "hi", "bn", "ur", "ne", "pa", "th", "zh", "ja", "ko",
)  # fmt: skip
INDEX = FOLDER / "index.tsv"
ELSEWHERE = FOLDER / "index_elsewhere.tsv"
SHORTEST_ELSEWHERE = 5

# Tiers of the index, in the order in which they are asked.
AMBIGUOUS, LITERAL, NAME, DEMONYM = "ambiguous", "literal", "name", "demonym"
ORDER_FREE, COMPACT, SOUND = "order_free", "compact", "sound"
SHORTEST = {ORDER_FREE: 4, COMPACT: 5, SOUND: 4}

WRITTEN_AS_THEY_ARE = frozenset({"alias", "special", "area"})  # where their key is ambiguous

Named = tuple[str, str, str]  # meaning, text, rule
Index = dict[str, dict[str, tuple[str, str]]]


class TwoMeanings(ValueError):
    """A text that stands for two countries and is not listed in ambiguous.txt."""


def iso_names() -> Iterator[Named]:
    """Short, official and common names of ISO 3166-1, and their translations."""
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


def cldr_names() -> Iterator[Named]:
    """Territory names of CLDR in every variety of the languages."""
    from babel import Locale, localedata

    codes = {country.alpha2: country.code for country in _in_force() if country.alpha2}
    for identifier in sorted(localedata.locale_identifiers()):
        if identifier.split("_")[0] in LANGUAGES and "_" + "POSIX" not in identifier:
            for alpha2, name in Locale.parse(identifier).territories.items():
                if alpha2 in codes:
                    yield codes[alpha2], name, "cldr"


def names_elsewhere() -> dict[str, str]:
    """Key → code, of the names CLDR gives in OTHER_LANGUAGES.

    Left out: a key that means two countries, that is short, that the index of the network's languages
    has or has as a part of that country's name ("Norfolk"), and a lone word for a country whose own
    name is ambiguous ("Korea").
    """
    from babel import Locale

    codes = {country.alpha2: country.code for country in _in_force() if country.alpha2}
    index = tiers()
    known = {key for tier in (AMBIGUOUS, LITERAL, NAME, DEMONYM, ORDER_FREE) for key in index[tier]}
    unsure = {code for code, name, _ in published_names() if text.key(name) in index[AMBIGUOUS]}
    parts = {(code, word) for key, (code, _) in index[NAME].items() for word in key.split()}
    codes_by_key: dict[str, set[str]] = {}
    for language in OTHER_LANGUAGES:
        for alpha2, name in Locale.parse(language).territories.items():
            key, code = text.key(name), codes.get(alpha2)
            short = key.isascii() and len(key) < SHORTEST_ELSEWHERE
            part = all((code, word) in parts for word in key.split())
            lone = " " not in key and code in unsure
            if code and text.order_free(key) and not (key in known or short or part or lone):
                codes_by_key.setdefault(key, set()).add(code)
    return {key: min(of_key) for key, of_key in codes_by_key.items() if len(of_key) == 1}


def _in_force() -> list[Country]:
    return [country for country in all_countries() if country.kind != "historic"]


def table_names() -> Iterator[Named]:
    """The names of countries.csv."""
    for country in all_countries():
        for name in (country.name_es, country.name_en, country.name_fr):
            yield country.code, name, "m49"


def region_names() -> Iterator[Named]:
    """The names of regions.csv."""
    for row in rows_of("regions.csv"):
        for language in ("es", "en", "fr"):
            yield row["m49"], row[f"name_{language}"], "m49_region"


def hand_kept_names() -> Iterator[Named]:
    """The files of names beside this one; an earlier one gives a text its rule."""
    yield from listed("aliases.txt", "alias")
    yield from listed("special_words.txt", "special")
    for meaning, name, rule in listed("areas.txt", "area"):
        yield (members_ever(meaning[1:]) if meaning.startswith("@") else meaning), name, rule
    yield from listed("misspellings.txt", "misspelling")


def members_ever(grouping: str) -> str:
    """The M49 codes of all who ever were its members: a class that they share holds on any day."""
    members = {span.member for span in groupings.load() if span.grouping == grouping}
    return "+".join(sorted(lookup(member).m49 or "" for member in members))


def listed(name: str, rule: str) -> Iterator[Named]:
    """The lines `MEANING | text; text` of one of this folder's files."""
    for line in lines_of(FOLDER / name):
        meaning, texts = line.split("|", 1)
        for one in texts.split(";"):
            if one.strip():
                yield meaning.strip(), one.strip(), rule


def lines_of(path: Path) -> list[str]:
    """The lines of a file that are neither blank nor a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def demonyms() -> Iterator[Named]:
    """Every form of every demonym."""
    for language in LANGUAGES:
        for line in lines_of(FOLDER / f"demonyms_{language}.txt"):
            code, lemmas = line.split(":", 1)
            for lemma in lemmas.split("|"):
                for form in sorted(forms(lemma.strip(), language)):
                    yield code.strip(), form, DEMONYM


def ambiguous() -> dict[str, str]:
    """Key → `?languages candidates`, from ambiguous.txt."""
    index = {}
    for line in lines_of(FOLDER / "ambiguous.txt"):
        texts, languages, candidates, _ = (part.strip() for part in line.split("|"))
        for one in texts.split(";"):
            index[text.key(one)] = " ".join(["?" + languages, *candidates.split()])
    return index


def published_names() -> Iterator[Named]:
    """Names of ISO, CLDR and M49, less those they give to the wrong country."""
    wrong = {(code, name) for code, name, _ in listed("wrong_names.txt", "wrong")}
    for named in (*table_names(), *iso_names(), *cldr_names()):
        if named[:2] not in wrong:
            yield named


def tiers(hand_kept: Iterable[Named] | None = None) -> Index:
    """The index: tier → key → (meaning, rule).

    `hand_kept` replaces the names and demonyms of the files, to measure what rules do without.
    """
    index: Index = {tier: {} for tier in (AMBIGUOUS, LITERAL, NAME, DEMONYM)}
    index[AMBIGUOUS] = {key: (meaning, AMBIGUOUS) for key, meaning in ambiguous().items()}
    everywhere = {key for key, (meaning, _) in index[AMBIGUOUS].items() if meaning[1] == "*"}
    if hand_kept is None:
        hand_kept = (*hand_kept_names(), *demonyms())
    codes = _written_codes()
    clashes: list[str] = []
    for meaning, name, rule in (*published_names(), *hand_kept):
        key = text.key(name)
        only_as_written = key in everywhere or codes.get(key, meaning) != meaning
        if rule == "special" and name != key and (name[0] == "_" or not any(map(str.isalpha, name))):
            only_as_written = True  # "-1" is not 1, nor "_U" a U
        if key and not only_as_written:
            tier = index[DEMONYM if rule == DEMONYM else NAME]
            held = tier.setdefault(key, (meaning, rule))
            if held[0] != meaning:
                clashes.append(f"{key!r} means {held[0]} ({held[1]}) and {meaning} ({rule})")
        elif rule in WRITTEN_AS_THEY_ARE and text.literal(name) != key:
            index[LITERAL][text.literal(name)] = (meaning, rule)
    if clashes:
        raise TwoMeanings("\n".join(dict.fromkeys(clashes)))
    for meaning, name, rule in region_names():  # a country goes before a region of its name
        if text.key(name) not in everywhere:
            index[NAME].setdefault(text.key(name), (meaning, rule))
    _derive(index, ORDER_FREE, text.order_free)
    _derive(index, COMPACT, text.compact)
    _derive(index, SOUND, text.sound)
    return index


def _written_codes() -> dict[str, str]:
    """Alpha-2 and alpha-3 in lower case → code: "R.U." is no reason to read RU as anything."""
    in_force = [country for country in all_countries() if country.kind != "historic"]
    return {
        written.lower(): country.code
        for country in in_force
        for written in (country.alpha2, country.code)
        if written
    }


def _derive(index: Index, tier: str, derive: Callable[[str], str]) -> None:
    """Keys under a looser spelling. One that two meanings share is ambiguous from there on."""
    strict = (AMBIGUOUS, NAME, DEMONYM)
    meanings: dict[str, set[str]] = {}
    for source in strict:
        for key, (meaning, rule) in index[source].items():
            initial = tier == COMPACT and key[1:2] == " "  # "ssudan" may be a slip for "sudan"
            if rule != "special" and not initial:  # "en blanco" must not make "blanco" unknown
                meanings.setdefault(derive(key), set()).add(meaning)
    index[tier] = {}
    for key, found in meanings.items():
        as_it_is = {index[source][key][0] for source in strict if key in index[source]}
        if len(key) >= SHORTEST[tier] and found != as_it_is:
            index[tier][key] = (_one_meaning(found | as_it_is), tier)


def _one_meaning(meanings: set[str]) -> str:
    if len(meanings) == 1:
        return next(iter(meanings))
    candidates = {
        word for meaning in meanings for word in meaning.split() if len(word) == 3 and word.isupper()
    }
    return " ".join(["?*", *sorted(candidates)])


def rendered() -> str:
    """The text of index.tsv."""
    lines = ["# Rendered by schemas/countries/build.py; do not edit. tier, key, meaning, rule"]
    for tier, entries in tiers().items():
        lines += ["\t".join((tier, key, *entries[key])) for key in sorted(entries)]
    return "\n".join(lines) + "\n"


def rendered_elsewhere() -> str:
    """The text of index_elsewhere.tsv."""
    lines = ["# Rendered by schemas/countries/build.py; do not edit. key, code"]
    names = names_elsewhere()
    lines += ["\t".join((key, names[key])) for key in sorted(names)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    INDEX.write_text(rendered(), encoding="utf-8")
    ELSEWHERE.write_text(rendered_elsewhere(), encoding="utf-8")
