"""A name with a remark, "Hong Kong (China)": whether the two fit, and their joint meaning.

text.py splits a text into name and remark; names.py decides when this is tried.
"""

from __future__ import annotations

import re

from schemas.countries import text as texts
from schemas.countries.answer import SPECIAL_KINDS, Meaning, Resolution, parse_meaning
from schemas.countries.codes import answers_by_code
from schemas.countries.table import countries_in, lookup

PUBLISHED_SOURCES = frozenset({"iso", "cldr", "m49"})
_YEARS = re.compile(r"\d+")


def read_code(text: str) -> Meaning:
    """Return the meaning of a remark that is a code, such as "NL". Only a fitting name makes it a code."""
    code = text.strip(" .").upper()
    resolution = answers_by_code("iso2").get(code) or answers_by_code("iso3").get(code)
    return resolution if resolution is not None and resolution.code else None


def countries_of_area(area: str) -> frozenset[str]:
    """Return the countries of an area, or of several areas joined by "+"."""
    return frozenset().union(*map(countries_in, area.split("+")))


def says_past(text: str) -> bool:
    """Return True if the note only refers to the past, as "hasta 1992" or "former" do."""
    note_words = set(_YEARS.sub(" ", texts.key(text)).split())
    return note_words <= {
        *texts.word_lists()["past"],
        *texts.word_lists()["former"],
        *texts.word_lists()["stop"],
    }


def has_year(text: str) -> bool:
    return _YEARS.search(text) is not None


def says_since(text: str) -> bool:
    """Return True if the note gives the first year of a name, as "since 2011" or "a partir de 2006" do."""
    words = texts.key(text).split()
    note_words = {word for word in words if not _YEARS.fullmatch(word)}
    if len(note_words) == len(words) or words[0] not in texts.word_lists()["since"]:
        return False
    return note_words <= {*texts.word_lists()["since_beside"], words[0]}


def names_former_state(note: str) -> bool:
    """Return True if the note names a former state, as "antes en Etiopía" does."""
    rests = texts.strip_affixes(note, "former", None)
    return any(texts.rest_after_beginning(rest, "formerly_in") for rest in rests)


def are_two_names(parts: tuple[str, str], head: Resolution, inside: Resolution) -> bool:
    """Return True if the two parts are two names, not a name with a remark.

    Examples: "Guinea, Guinea Ecuatorial", "Dominique (République dominicaine)".
    """
    head_words, inside_words = (texts.distinguishing_words(texts.key(part)) for part in parts)
    keys = [texts.key(part) for part in parts]
    return _is_other_country(head, inside, keys[0], head_words, inside_words) or _is_other_country(
        inside, head, keys[1], inside_words, head_words
    )


def _is_other_country(
    unsure: Resolution, sure: Resolution, key: str, words: list[str], others: list[str]
) -> bool:
    """Return True if the certain part shows that the ambiguous part is a name of another country.

    That is so if the certain name begins with the ambiguous word, or if the ambiguous word is the name of a
    likelier country.
    """
    if unsure.kind != "ambiguous" or sure.code is None or sure.code not in unsure.candidates:
        return False
    likeliest = lookup(unsure.candidates[0])
    is_its_name = key in {texts.key(likeliest.name(language)) for language in ("es", "en", "fr")}
    is_likelier_country = is_its_name and sure.code != likeliest.code and sure.rule in PUBLISHED_SOURCES
    return is_likelier_country or _are_beginnings(words, others)


def _are_beginnings(words: list[str], others: list[str]) -> bool:
    return all(any(other.startswith(word) for other in others) for word in words)


def combine_with_remark(head: Resolution, inside: Resolution) -> Meaning:
    """Return the joint meaning of a name and its remark, or None if they contradict each other."""
    if head.code and inside.code:
        return _of_one_state(head, inside)
    if head.code and inside.kind == "ambiguous":
        is_name = head.rule != "demonym"
        likely_codes = inside.candidates if is_name else inside.candidates[:1]
        lies_there = is_name and inside.area and head.code in countries_of_area(inside.area)
        return head if lies_there or head.code in likely_codes else None
    if head.code and inside.area:
        return head if head.code in countries_of_area(inside.area) else None
    if head.kind == "ambiguous" and inside.code:
        fits = [code for code in head.candidates if inside.code in (code, lookup(code).state)]
        return parse_meaning(fits[0], "") if len(fits) == 1 else None
    if head.kind == "aggregate" and head.area and inside.members:
        return head if set(inside.members) <= countries_of_area(head.area) else None
    if head.kind in SPECIAL_KINDS.values() and inside.kind == head.kind:
        return head
    return inside if head.reason == "own_nationals" and inside.code else None


def _of_one_state(head: Resolution, inside: Resolution) -> Meaning:
    """Return the head for the same country. For a territory and its state return the territory."""
    assert head.code is not None
    assert inside.code is not None
    if inside.code in (head.code, lookup(head.code).state):
        return head
    return inside if head.code == lookup(inside.code).state else None


def combine_parts(parts: list[Resolution]) -> Meaning:
    """Combine countries into a resolution, or areas into an aggregate. None for a mixture or for nothing."""
    codes = tuple(dict.fromkeys(part.code for part in parts if part.code))
    areas = tuple(dict.fromkeys(part.area for part in parts if part.area))
    if codes and not areas:
        return parts[0] if len(codes) == 1 else Resolution("several", "", members=codes)
    if areas and not codes:
        return Resolution("aggregate", "", area="+".join(areas))
    return None
