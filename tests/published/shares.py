"""Shares of UNODC's victims by sex, age, form and class of origin, from its file alone: the least and the most of all completions.

Each table of a country and year is a set of counts that nobody knows to one: what it names, within its
intervals, and whom it leaves out, up to the total. The share over all of these is a linear-fractional programme
(Charnes and Cooper 1962), also for several countries together; the project's own bounds are written out in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from tests.published import publishers
from tests.published.publishers import CLASSES, DOUBTED, GROUPINGS, HOLDERS, OTHER_KINDS

SEXES = {"Total": "_T", "Female": "F", "Male": "M", "Other": "_O", "Unknown": "_U"}
AGES = {"Total": "_T", "0 to 17 years": "Y0T17", "18 years or over": "Y_GE18", "Unknown": "_U"}
FORMS = {
    "Total": "_T",
    "Sexual exploitation": "SEX",
    "Forced labour": "LAB",
    "Other forms of exploitation": "OTH",
}
KEYS = ["country", "year", "form", "sex", "age"]
DIMENSIONS = ("form", "sex", "age")
SHARES = {
    "tip_female_share_known_sex": ("sex", ["F"]),
    "tip_child_share_known_age": ("age", ["Y0T17"]),
    "tip_exploitation_share": ("form", ["SEX", "LAB", "OTH"]),
}
"""Of each indicator the dimension and the codes of which it is the share."""
BASES = ("all", "known")

Place = tuple[str, int]
"""Country and year."""
Interval = tuple[float, float]
Table = dict[tuple[str, ...], Interval]
"""What one table lists, by its codes."""


class Persons(NamedTuple):
    """Of one table: of the part, other known ones, unknown ones, and all, where a total is told."""

    part: Interval
    others: Interval
    unknown: Interval
    all: Interval | None


# ---- the tables of the file ---------------------------------------------------------------------------


@cache
def cells() -> dict[tuple[str, int, str, str, str], Interval]:
    """Every figure of victims by form, sex and age; keys that stand twice are in no table.

    The several “other” forms are added up; where the total forbids that, they are from the largest to what
    the named forms leave.
    """
    rows = publishers.unodc()
    rows = rows[rows["Dimension"].isin(["Total", "by form of exploitation"])]
    rows = rows[rows["indicator"] == "tip_victims_detected"]
    rows = rows.assign(
        form=rows["Category"].map(FORMS), sex=rows["Sex"].map(SEXES), age=rows["Age"].map(AGES)
    )
    rows = rows[~rows.index.isin(repeated(rows).index)]
    by_key = rows.groupby(KEYS)
    told = by_key.agg(low=("low", "sum"), high=("high", "sum"), largest=("low", "max"))
    found = {key: (row.low, row.high) for key, row in zip(told.index, told.itertuples(), strict=True)}
    for (country, year, *codes), largest in told["largest"].items():
        whole = found.get((country, year, "_T", "_T", "_T"))
        if codes == ["OTH", "_T", "_T"] and whole:
            named = (found.get((country, year, form, "_T", "_T"), (0, 0))[0] for form in ("SEX", "LAB"))
            room = whole[1] - sum(named)
            if found[country, year, "OTH", "_T", "_T"][0] > room >= largest:
                found[country, year, "OTH", "_T", "_T"] = (largest, room)
    return found


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose key stands twice and is no sum."""
    return rows[rows.duplicated(KEYS, keep=False) & (rows["form"] != "OTH")]


def in_quarantine(dimension: str) -> set[Place]:
    """Where a table of one dimension lacks a row that stands twice."""
    rows = publishers.unodc()
    rows = rows[(rows["Dimension"] == "Total") & (rows["indicator"] == "tip_victims_detected")]
    rows = rows.assign(form="_T", sex=rows["Sex"].map(SEXES), age=rows["Age"].map(AGES))
    twice = repeated(rows)
    mine = twice[(twice[dimension] != "_T") & (twice[dimension] != "_O")]
    return set(mine[["country", "year"]].itertuples(index=False, name=None))


@cache
def places() -> tuple[Place, ...]:
    """Every country and year with a figure."""
    return tuple(sorted({(country, year) for country, year, *_ in cells()}))


@cache
def tables(place: Place) -> dict[tuple[str, ...], Table]:
    """The tables of a country and year by the dimensions that they detail; the total details none."""
    found: dict[tuple[str, ...], Table] = {}
    for (country, year, *codes), persons in cells().items():
        if (country, year) == place:
            detail = {name: code for name, code in zip(DIMENSIONS, codes, strict=True) if code != "_T"}
            found.setdefault(tuple(detail), {})[tuple(detail.values())] = persons
    return found


@cache
def is_consistent(place: Place, detail: tuple[str, ...]) -> bool:
    """Whether a table surely lists nowhere more than one that details less; of unknown ones nothing follows."""
    mine = tables(place)
    for number in range(len(detail)):
        for wider in combinations(detail, number):
            sums: dict[tuple[str, ...], float] = {}
            for codes, (low, _) in mine[detail].items():
                code = tuple(c for c, name in zip(codes, detail, strict=True) if name in wider)
                sums[code] = sums.get(code, 0) + low
            if not wider and place in DOUBTED:
                continue
            room = mine.get(wider, {})
            if any(code in room and "_U" not in code and low > room[code][1] for code, low in sums.items()):
                return False
    return True


def _listed_by_finer(place: Place, dimension: str, code: str) -> float:
    """The most that a consistent table which details more lists at least of a code."""
    sums = [0.0]
    for detail, table in tables(place).items():
        if dimension in detail and len(detail) > 1 and is_consistent(place, detail):
            at = detail.index(dimension)
            sums.append(sum(low for codes, (low, _) in table.items() if codes[at] == code))
    return max(sums)


# ---- one table as counts --------------------------------------------------------------------------------


def persons(place: Place, dimension: str, part: str) -> Persons | None:
    """What a table says of a part; None where it does not name it, or no counts are as it says."""
    table = {code: told for (code,), told in tables(place).get((dimension,), {}).items()}
    if part not in table:
        return None
    unknown = _unknown(place, dimension, table)
    known = [code for code in table if code not in ("_U", *unknown)]
    others = [code for code in known if code != part]
    told = {code: _at_least(told, _listed_by_finer(place, dimension, code)) for code, told in table.items()}
    one = Persons(
        told[part],
        _sum(told[code] for code in others) if others else (0, np.inf),
        _sum(table[code] for code in unknown),
        _all(place),
    )
    is_possible = (
        one.all is None or place in DOUBTED or one.part[0] + one.others[0] + one.unknown[0] <= one.all[1]
    )
    return one if is_possible else None


def unnamed(place: Place, dimension: str, parts: Sequence[str]) -> Persons | None:
    """A table of other parts, as it tells of one that it does not name: of two that it names there is no third."""
    named = [part for part in parts if persons(place, dimension, part)]
    if not named:
        return None
    one = persons(place, dimension, named[0])
    assert one is not None
    if len(named) == 1:  # whoever it leaves out may be of any other part
        return Persons((0, np.inf), (one.part[0], np.inf), one.unknown, one.all)
    return Persons((0, 0), _sum([one.part, one.others]), one.unknown, one.all)


def _unknown(place: Place, dimension: str, table: dict[str, Interval]) -> list[str]:
    """The codes of unknown ones: other sex, too, where it is exactly as many as are of unknown sex."""
    other = table.get("_O")
    unknown = table.get("_U", cells().get((*place, "_T", "_U", "_U")))
    is_one_group = dimension == "sex" and other is not None and other[0] == other[1] and other == unknown
    return [code for code in ("_U",) if code in table] or (["_O"] if is_one_group else [])


def _all(place: Place) -> Interval | None:
    """How many there are in all: no fewer than any consistent table lists, unless the total is in doubt."""
    whole = tables(place).get(())
    if whole is None:
        return None
    low, high = whole[()]
    if place in DOUBTED:
        return low, high
    listed = [
        sum(low for low, _ in table.values())
        for detail, table in tables(place).items()
        if detail and is_consistent(place, detail)
    ]
    return min(max([low, *listed]), high), high


def _at_least(told: Interval, low: float) -> Interval:
    return min(max(told[0], low), told[1]), told[1]


def _sum(told) -> Interval:
    lows, highs = zip(*told, strict=True) if (told := list(told)) else ((0,), (0,))
    return sum(lows), sum(highs)


# ---- shares over all completions ----------------------------------------------------------------------------


PART, OTHERS, UNKNOWN, LEFT_OUT = range(4)


def bounds(tables_of: Sequence[Persons], basis: str) -> Interval:
    """The least and the most share of a part, of those known or of all, of the tables together."""
    size = 4 * len(tables_of) + 1
    rows = [row for n, one in enumerate(tables_of) for row in _limits(one, 4 * n, size)]
    part, below = np.zeros(size), np.zeros(size)
    part[PART:-1:4] = 1
    for group in (PART, OTHERS) if basis == "known" else range(4):
        below[group:-1:4] = 1
    may_be_part = part.copy()
    if basis == "all":
        may_be_part[UNKNOWN:-1:4] = may_be_part[LEFT_OUT:-1:4] = 1
    ends = []
    for objective in (part, -may_be_part):
        solved = linprog(
            objective, A_ub=np.array(rows), b_ub=np.zeros(len(rows)), A_eq=below[None, :], b_eq=[1]
        )
        assert solved.status == 0, solved.message
        ends.append(float(solved.fun))
    return ends[0], -ends[1]


def _limits(one: Persons, at: int, size: int) -> Iterator[np.ndarray]:
    """What each count is at least and at most, times the programme's last variable: each row is at most 0."""
    for group, (low, high) in enumerate((one.part, one.others, one.unknown)):
        yield _row(size, {at + group: -1, size - 1: low})
        if np.isfinite(high):
            yield _row(size, {at + group: 1, size - 1: -high})
    every = dict.fromkeys(range(at, at + 4), 1.0)
    if one.all is None:
        yield _row(size, {at + LEFT_OUT: 1})
    else:
        yield _row(size, dict.fromkeys(every, -1) | {size - 1: one.all[0]})
        yield _row(size, every | {size - 1: -one.all[1]})


def _row(size: int, factors: dict[int, float]) -> np.ndarray:
    row = np.zeros(size)
    row[list(factors)] = list(factors.values())
    return row


# ---- what is printed ------------------------------------------------------------------------------------------


@cache
def of_members(indicator: str) -> pd.DataFrame:
    """Country, year, part, basis, low, high."""
    dimension, parts = SHARES[indicator]
    rows = []
    for place in places():
        for part in parts:
            one = persons(place, dimension, part)
            for basis in BASES if one else ():
                if basis == "known" or one.all is not None:
                    rows.append((*place, part, basis, *bounds([one], basis)))
    return pd.DataFrame(rows, columns=["country", "year", "part", "basis", "low", "high"])


def of_region(indicator: str, grouping: str, panel: str) -> pd.DataFrame:
    """Year, part, basis, low, high, and how many members of how many."""
    dimension, parts = SHARES[indicator]
    rows = []
    for year in sorted({year for _, year in places()}):
        joined = [country for country, since in GROUPINGS[grouping].items() if since < year]
        for part in parts:
            for basis in BASES:
                told = _told(joined, year, dimension, parts, part, basis)
                of = len(told)
                if panel == "without_largest":
                    told = told[1:]
                if told:
                    rows.append((year, part, basis, *bounds(told, basis), of, len(joined)))
    return pd.DataFrame(rows, columns=["year", "part", "basis", "low", "high", "members", "of"])


def _told(
    countries: Sequence[str], year: int, dimension: str, parts: Sequence[str], part: str, basis: str
) -> list[Persons]:
    """The tables of a year that nobody doubts, the largest denominator first; none where nobody names the part."""
    undoubted = [
        (c, year)
        for c in countries
        if not _is_doubted((c, year), basis) and (c, year) not in OTHER_KINDS["tip_victims_detected"]
    ]
    named = {place: persons(place, dimension, part) for place in undoubted}
    if not any(one is not None and (basis == "known" or one.all) for one in named.values()):
        return []
    tables_of = {place: one or unnamed(place, dimension, parts) for place, one in named.items()}
    found = [
        (-_size(one, basis), place, one)
        for place, one in tables_of.items()
        if one is not None and (basis == "known" or one.all is not None)
    ]
    return [one for *_, one in sorted(found, key=lambda row: row[:2])]


def _is_doubted(place: Place, basis: str) -> bool:
    """Whether nobody has confirmed the year, or, of shares of all, its total."""
    return DOUBTED.get(place) == "suspected_partial" or (basis == "all" and place in DOUBTED)


def _size(one: Persons, basis: str) -> float:
    if basis == "all":
        assert one.all is not None
        return one.all[0]
    return one.part[0] + one.others[0]


# ---- origin -----------------------------------------------------------------------------------------------------

ORIGINS = {name: [name] for name in CLASSES if name not in ("stateless", "indeterminate")} | HOLDERS
"""The classes of which shares are told, each with those that it holds; no table names stateless persons."""


@cache
def origins() -> dict[Place, dict[str, Interval]]:
    """What each table by citizenship names of each class."""
    found: dict[Place, dict[str, Interval]] = {}
    for row in publishers.unodc_by_class().itertuples(index=False):
        found.setdefault((row.country, row.year), {})[row.origin_class] = (row.low, row.high)
    return found


def persons_of_origin(place: Place, name: str) -> Persons | None:
    """What a table says of a class; None without a total, or where it surely names more than all."""
    table, whole = origins().get(place, {}), tables(place).get((), {}).get(())
    listed = sum(low for low, _ in table.values())
    if not table or whole is None or listed > whole[1]:
        return None
    others = [c for c in table if c not in (*ORIGINS[name], "indeterminate")]
    return Persons(
        _sum(table[c] for c in ORIGINS[name] if c in table),
        _sum(table[c] for c in others),
        table.get("indeterminate", (0, 0)),
        (whole[0] if place in DOUBTED else max(whole[0], listed), whole[1]),
    )


def origin_of_members() -> pd.DataFrame:
    """Country, year, class, low, high; a class of which surely nobody is has no row."""
    rows = []
    for place in origins():
        for name in ORIGINS:
            one = persons_of_origin(place, name)
            low, high = bounds([one], "all") if one else (0.0, 0.0)
            if one and (high > 1e-9 or any(c in origins()[place] for c in ORIGINS[name])):
                rows.append((*place, name, low, high))
    return pd.DataFrame(rows, columns=["country", "year", "origin_class", "low", "high"])


def origin_of_region(grouping: str, panel: str) -> pd.DataFrame:
    """Year, class, low, high, and how many members of how many."""
    rows = []
    for year in sorted({year for _, year in origins()}):
        joined = [country for country, since in GROUPINGS[grouping].items() if since < year]
        left_out = {*DOUBTED, *OTHER_KINDS["tip_victims_detected"]}
        undoubted = [(country, year) for country in joined if (country, year) not in left_out]
        for name in ORIGINS:
            found = [(place, persons_of_origin(place, name)) for place in undoubted]
            told = sorted(
                ((-_size(one, "all"), place, one) for place, one in found if one), key=lambda row: row[:2]
            )
            in_panel = [one for *_, one in told][panel == "without_largest" :]
            if in_panel:
                rows.append((year, name, *bounds(in_panel, "all"), len(told), len(joined)))
    return pd.DataFrame(rows, columns=["year", "origin_class", "low", "high", "members", "of"])
