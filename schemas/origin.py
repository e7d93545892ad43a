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
EXTRA_REGIONAL = "extra_regional"
FOREIGN = "foreign"
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
        EXTRA_REGIONAL,
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
    """The class that all share; extra-regional of both sides where all lie outside; else indeterminate."""
    distinct: set[str] = set()
    for one in classes:
        distinct.add(one)
        if len(distinct) > 1 and not distinct <= _OUTSIDE:  # whatever else a large area holds
            return INDETERMINATE
    if distinct == _OUTSIDE:
        return EXTRA_REGIONAL
    return distinct.pop() if distinct else INDETERMINATE


_OUTSIDE = {EXTRA_REGIONAL_AMERICAS, EXTRA_CONTINENTAL}


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
    occur in the data are passed by the caller. A row lasts until the class changes, whoever else comes
    or goes.
    """
    codes = list(citizenships) if citizenships is not None else _single_codes()
    rows: list[OriginRow] = []
    since: dict[tuple[str, str], tuple[date, str]] = {}
    before: frozenset[str] = frozenset()
    for day in _days_of_change(grouping):
        now = members(grouping, day)
        touched = [code for code in codes if _states_of(code) & (now ^ before)]

        def close(reporting_country: str, code: str, last: date | None) -> None:
            start, class_ = since.pop((reporting_country, code))
            rows.append(OriginRow(grouping, reporting_country, code, start, last, class_))

        for gone in sorted(before - now):
            for code in codes:
                close(gone, code, day - timedelta(days=1))
        for member in sorted(now):
            for code in touched if member in before else codes:
                class_ = _class_among(code, member, now)
                held = since.get((member, code))
                if held is not None and held[1] != class_:
                    close(member, code, day - timedelta(days=1))
                if class_ is not None:
                    since.setdefault((member, code), (day, class_))
        before = now
    for reporting_country, code in list(since):
        close(reporting_country, code, None)
    return sorted(rows, key=lambda row: (row.valid_from, row.reporting_country))


@cache
def _states_of(citizenship: str) -> frozenset[str]:
    """The countries and states by which its class can change."""
    parts = () if citizenship in SPECIAL else citizenship.split(JOINED_BY)
    inside = {
        code for part in parts for code in ([part] if is_country(part) else _citizenships_of_area(part))
    }
    return frozenset(inside | {lookup(code).state for code in inside})


def _single_codes() -> list[str]:
    return [country.code for country in all_countries()] + regions() + list(SPECIAL)


def _days_of_change(grouping: str) -> list[date]:
    """The days on which a grouping's membership becomes another one, in order."""
    days = set()
    for membership in load():
        if membership.grouping == grouping:
            days.add(membership.valid_from)
            if membership.valid_to is not None:
                days.add(membership.valid_to + timedelta(days=1))
    return sorted(days)
