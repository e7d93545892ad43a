"""Location of a person's citizenship, as seen from the reporting country and a grouping of states.

schemas/countries decides which citizenship a text means; schemas/groupings has the members by day.
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
from schemas.groupings import DEFAULT_GROUPING, load, members

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
    """Return the classes decided here, in the order of tables. `not_detailed` is computed from totals."""
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
    citizenship: str, *, reporting_country: str, on: date, grouping: str = DEFAULT_GROUPING
) -> str | None:
    """Return the class of a citizenship code, or None if the reporting country is no member on that day.

    `citizenship` is an alpha-3 code (also a historic one), an M49 code of an area, `_U`, `_O` or `STLS`.
    Several alpha-3 codes, or several areas, are joined by `+`. ValueError for any other text, because
    unresolved texts must not get this far.
    """
    member_states = members(grouping, on)
    return _class_among(citizenship, reporting_country, member_states)


@cache
def _class_among(citizenship: str, reporting_country: str, member_states: frozenset[str]) -> str | None:
    """Return the class for given members. Members change on few days, so the results are cached."""
    if reporting_country not in member_states:
        return None
    if citizenship in SPECIAL:
        return SPECIAL[citizenship]
    parts = citizenship.split(JOINED_BY)
    if all(map(is_country, parts)):
        classes = {_class_of(part, reporting_country, member_states) for part in parts}
        return OWN_NATIONAL if OWN_NATIONAL in classes else _common_class(classes)
    if all(map(is_area, parts)):
        inside = set().union(*map(_citizenships_of_area, parts))
        return _common_class(_class_of(code, reporting_country, member_states) for code in inside)
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


def _common_class(classes: Iterable[str]) -> str:
    """Return the class that all share.

    Extra-regional if some are outside the region in the Americas and others on other continents;
    indeterminate for any other mixture.
    """
    distinct: set[str] = set()
    for class_ in classes:
        distinct.add(class_)
        if len(distinct) > 1 and not distinct <= _OUTSIDE:  # the rest of a large area cannot change this
            return INDETERMINATE
    if distinct == _OUTSIDE:
        return EXTRA_REGIONAL
    return distinct.pop() if distinct else INDETERMINATE


_OUTSIDE = {EXTRA_REGIONAL_AMERICAS, EXTRA_CONTINENTAL}


@cache
def _citizenships_of_area(area: str) -> frozenset[str]:
    """Return the countries of an area. Territories count only if the area has nothing else.

    A territory has the citizenship of its state. So "Oceania" does not contain the state of Guam, but the
    code of Guam alone does.
    """
    inside = countries_in(area)
    return frozenset(code for code in inside if lookup(code).kind == "country") or inside


@dataclass(frozen=True, slots=True)
class OriginRow:
    """Class of a citizenship for a reporting country while the membership stays the same."""

    grouping: str
    reporting_country: str
    citizenship: str
    valid_from: date
    valid_to: date | None  # the last day
    origin_class: str


def origin_table(
    grouping: str = DEFAULT_GROUPING, *, citizenships: Iterable[str] | None = None
) -> list[OriginRow]:
    """Return `origin_class` as rows, so that SQL that joins them gives the same results.

    By default for every code of a country or M49 region and the special codes. The caller passes joined codes
    that occur in the data. A row lasts until the class changes, even if other members come or go.
    """
    codes = list(citizenships) if citizenships is not None else _single_codes()
    rows: list[OriginRow] = []
    since: dict[tuple[str, str], tuple[date, str]] = {}
    members_before: frozenset[str] = frozenset()
    for day in _days_of_change(grouping):
        members_now = members(grouping, day)
        affected_codes = [code for code in codes if _states_of(code) & (members_now ^ members_before)]

        def close(reporting_country: str, code: str, last: date | None) -> None:
            start, class_ = since.pop((reporting_country, code))
            rows.append(OriginRow(grouping, reporting_country, code, start, last, class_))

        for former_member in sorted(members_before - members_now):
            for code in codes:
                close(former_member, code, day - timedelta(days=1))
        for member in sorted(members_now):
            for code in affected_codes if member in members_before else codes:
                class_ = _class_among(code, member, members_now)
                current = since.get((member, code))
                if current is not None and current[1] != class_:
                    close(member, code, day - timedelta(days=1))
                if class_ is not None:
                    since.setdefault((member, code), (day, class_))
        members_before = members_now
    for reporting_country, code in list(since):
        close(reporting_country, code, None)
    return sorted(rows, key=lambda row: (row.valid_from, row.reporting_country))


@cache
def _states_of(citizenship: str) -> frozenset[str]:
    """Return the countries and states that can change the class of a citizenship."""
    parts = () if citizenship in SPECIAL else citizenship.split(JOINED_BY)
    inside = {
        code for part in parts for code in ([part] if is_country(part) else _citizenships_of_area(part))
    }
    return frozenset(inside | {lookup(code).state for code in inside})


def _single_codes() -> list[str]:
    return [country.code for country in all_countries()] + regions() + list(SPECIAL)


def _days_of_change(grouping: str) -> list[date]:
    """Return the days on which the membership of a grouping changes, in order."""
    days = set()
    for membership in load():
        if membership.grouping == grouping:
            days.add(membership.valid_from)
            if membership.valid_to is not None:
                days.add(membership.valid_to + timedelta(days=1))
    return sorted(days)
