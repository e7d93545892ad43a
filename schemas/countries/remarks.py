"""A name and the remark on it, "Hong Kong (China)": whether they fit, and what they mean together.

Where a text is parted into the two is text.py's, in which order that is asked names.py's.
"""

from __future__ import annotations

import re

from schemas.countries import text as texts
from schemas.countries.answer import SPECIAL_KINDS, Meaning, Resolution, of_meaning
from schemas.countries.codes import answers_by_code
from schemas.countries.table import countries_in, lookup

PUBLISHED = frozenset({"iso", "cldr", "m49"})
_YEARS = re.compile(r"\d+")


def state(text: str) -> Meaning:
    """The remark "NL", which only a name it fits makes a code."""
    code = text.strip(" .").upper()
    found = answers_by_code("iso2").get(code) or answers_by_code("iso3").get(code)
    return found if found is not None and found.code else None


def covered(area: str) -> frozenset[str]:
    """The countries of an area, several of them joined by "+"."""
    return frozenset().union(*map(countries_in, area.split("+")))


def says_past(text: str) -> bool:
    """ "hasta 1992", "former": of what exists no more, nothing new."""
    words = set(_YEARS.sub(" ", texts.key(text)).split())
    return words <= {*texts.words()["past"], *texts.words()["former"], *texts.words()["stop"]}


def has_year(text: str) -> bool:
    return _YEARS.search(text) is not None


def says_since(text: str) -> bool:
    """ "since 2011", "a partir de 2006": as it is now."""
    words = texts.key(text).split()
    bare = {word for word in words if not _YEARS.fullmatch(word)}
    if len(bare) == len(words) or words[0] not in texts.words()["since"]:
        return False
    return bare <= {*texts.words()["since_beside"], words[0]}


def was_in(note: str) -> bool:
    """ "antes en Etiopía": of which state it was a part."""
    rests = texts.stripped(note, "former", None)
    return any(texts.after_beginning(rest, "formerly_in") for rest in rests)


def repeat(parts: tuple[str, str], head: Resolution, inside: Resolution) -> bool:
    """ "Guinea, Guinea Ecuatorial", "Dominique (République dominicaine)": two names, not one and a remark."""
    one, other = (texts.bearing_words(texts.key(part)) for part in parts)
    keys = [texts.key(part) for part in parts]
    return _names_another(head, inside, keys[0], one, other) or _names_another(
        inside, head, keys[1], other, one
    )


def _names_another(
    unsure: Resolution, sure: Resolution, key: str, words: list[str], others: list[str]
) -> bool:
    """Whether what is sure begins with the unsure word, or that is the name of a likelier country."""
    if unsure.kind != "ambiguous" or sure.code is None or sure.code not in unsure.candidates:
        return False
    likeliest = lookup(unsure.candidates[0])
    its_name = key in {texts.key(likeliest.name(language)) for language in ("es", "en", "fr")}
    another = its_name and sure.code != likeliest.code and sure.rule in PUBLISHED
    return another or _begin(words, others)


def _begin(words: list[str], others: list[str]) -> bool:
    return all(any(other.startswith(word) for other in others) for word in words)


def fitting(head: Resolution, inside: Resolution) -> Meaning:
    """What a name and the remark on it mean together, where they do not contradict."""
    if head.code and inside.code:
        return _of_one_state(head, inside)
    if head.code and inside.kind == "ambiguous":
        named = head.rule != "demonym"
        likely = inside.candidates if named else inside.candidates[:1]
        lies_there = named and inside.area and head.code in covered(inside.area)
        return head if lies_there or head.code in likely else None
    if head.code and inside.area:
        return head if head.code in covered(inside.area) else None
    if head.kind == "ambiguous" and inside.code:
        fits = [code for code in head.candidates if inside.code in (code, lookup(code).state)]
        return of_meaning(fits[0], "") if len(fits) == 1 else None
    if head.kind == "aggregate" and head.area and inside.members:
        return head if set(inside.members) <= covered(head.area) else None
    if head.kind in SPECIAL_KINDS.values() and inside.kind == head.kind:
        return head
    return inside if head.reason == "own_nationals" and inside.code else None


def _of_one_state(head: Resolution, inside: Resolution) -> Meaning:
    """The same country, or a territory and its state: then the territory."""
    assert head.code is not None
    assert inside.code is not None
    if inside.code in (head.code, lookup(head.code).state):
        return head
    return inside if head.code == lookup(inside.code).state else None


def together(parts: list[Resolution]) -> Meaning:
    """Countries only: one, or several; areas only: an aggregate of them all."""
    codes = tuple(dict.fromkeys(one.code for one in parts if one.code))
    areas = tuple(dict.fromkeys(one.area for one in parts if one.area))
    if codes and not areas:
        return parts[0] if len(codes) == 1 else Resolution("several", "", members=codes)
    if areas and not codes:
        return Resolution("aggregate", "", area="+".join(areas))
    return None
