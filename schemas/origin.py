"""Where a person's citizenship lies, seen from the reporting country and a grouping of states.

Which text means which citizenship is countries'; who is a member when is groupings'.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from schemas.countries.table import (
    all_countries,
    countries_in,
    is_area,
    is_country,
    lookup,
    regions,
)
from schemas.groupings import DEFAULT, load, members

OWN_NATIONAL = "own_national"
INTRA_REGIONAL = "intra_regional"
EXTRA_REGIONAL_AMERICAS = "extra_regional_americas"
EXTRA_CONTINENTAL = "extra_continental"
STATELESS = "stateless"
INDETERMINATE = "indeterminate"

AMERICAS = "019"  # UN M49
SPECIAL = {"_U": INDETERMINATE, "_O": INDETERMINATE, "STLS": STATELESS}
JOINED_BY = "+"


def classes() -> list[str]:
    """The classes decided here, in the order tables show them; `not_detailed` comes from totals."""
    return [
        OWN_NATIONAL,
        INTRA_REGIONAL,
        EXTRA_REGIONAL_AMERICAS,
        EXTRA_CONTINENTAL,
        STATELESS,
        INDETERMINATE,
    ]


def origin_class(
    citizenship: str, *, reporting_country: str, on: date, grouping: str = DEFAULT
) -> str | None:
    """The class of one citizenship code; None where the reporting country is no member that day.

    `citizenship` is an alpha-3 code (historic ones too), an M49 code of an area, `_U`, `_O` or
    `STLS`; several alpha-3 codes, or several areas, are joined by `+`. Another text is a
    ValueError, since unresolved text must not get this far.
    """
    member_states = members(grouping, on)
    return _class_among(citizenship, reporting_country, member_states)


@cache
def _class_among(citizenship: str, reporting_country: str, member_states: frozenset[str]) -> str | None:
    """The class by the members alone: they change on few days, and figures have many periods."""
    if reporting_country not in member_states:
        return None
    if citizenship in SPECIAL:
        return SPECIAL[citizenship]
    parts = citizenship.split(JOINED_BY)
    if all(map(is_country, parts)):
        classes = {_class_of(part, reporting_country, member_states) for part in parts}
        return OWN_NATIONAL if OWN_NATIONAL in classes else _the_one_class(classes)
    if all(map(is_area, parts)):
        inside = set().union(*map(_citizenships_of_area, parts))
        return _the_one_class(_class_of(code, reporting_country, member_states) for code in inside)
    raise ValueError(f"{citizenship!r} is no citizenship code")


def _class_of(code: str, reporting_country: str, member_states: frozenset[str]) -> str:
    country = lookup(code)
    if reporting_country in (code, country.state):
        return OWN_NATIONAL
    if code in member_states or country.state in member_states:
        return INTRA_REGIONAL
    if country.region == AMERICAS:
        return EXTRA_REGIONAL_AMERICAS
    return EXTRA_CONTINENTAL


def _the_one_class(classes: Iterable[str]) -> str:
    """The class that all share, else indeterminate."""
    distinct = set(classes)
    return distinct.pop() if len(distinct) == 1 else INDETERMINATE


@cache
def _citizenships_of_area(area: str) -> frozenset[str]:
    """The countries of an area; a territory is counted only where the area holds nothing else.

    A territory has its state's citizenship, so "Oceania" does not hold that of the state which
    Guam depends on, while the code of Guam alone does.
    """
    inside = countries_in(area)
    return frozenset(code for code in inside if lookup(code).kind == "country") or inside


@dataclass(frozen=True, slots=True)
class OriginRow:
    """The class of a citizenship for a reporting country while membership stays the same."""

    grouping: str
    reporting_country: str
    citizenship: str
    valid_from: date
    valid_to: date | None  # the last day
    origin_class: str


def origin_table(grouping: str = DEFAULT, *, citizenships: Iterable[str] | None = None) -> list[OriginRow]:
    """`origin_class` as rows, so that SQL which joins on them gives the same answer.

    By default for every code of a country or M49 region and the special ones; joined codes that
    occur in the data are passed by the caller.
    """
    codes = list(citizenships) if citizenships is not None else _single_codes()
    rows = []
    for valid_from, valid_to in _spans(grouping):
        for reporting_country in sorted(members(grouping, valid_from)):
            for code in codes:
                class_ = origin_class(
                    code, reporting_country=reporting_country, on=valid_from, grouping=grouping
                )
                if class_ is not None:
                    row = (grouping, reporting_country, code, valid_from, valid_to, class_)
                    rows.append(OriginRow(*row))
    return rows


def _single_codes() -> list[str]:
    return [country.code for country in all_countries()] + regions() + list(SPECIAL)


def _spans(grouping: str) -> list[tuple[date, date | None]]:
    """The stretches of time, first and last day, in which a grouping's membership is constant."""
    starts = set()
    for membership in load():
        if membership.grouping == grouping:
            starts.add(membership.valid_from)
            if membership.valid_to is not None:
                starts.add(membership.valid_to + timedelta(days=1))
    ordered = sorted(starts)
    ends: list[date | None] = [start - timedelta(days=1) for start in ordered[1:]]
    return list(zip(ordered, [*ends, None], strict=True))
