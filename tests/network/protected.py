"""What must hold of the published counts of protected collections: each interval contains the truth of its day.

The rules stand in docs/confidentiality; they are written here once more, by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.network.checks import Seen
from tests.network.truth import Table, span
from tests.network.world import TOTAL, Codes

DEVIATION = 5
SMALL = range(1, 5)
NEVER = (1, 2)
"""Values that are never published."""
STALE = "details_await_revision"
PERTURBED = "perturbed"
LISTED = ("citizenship", "area")
"""Dimensions of which only cells of three or more are listed."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A published cell of a member, with the truth on two days: that of the release, and that which it describes."""

    row: Row
    now: int | None
    then: int | None
    is_of_cases: bool = False
    """Whether it was drawn from a case file: then everybody knows that a month in it has one case or more."""

    @property
    def bounds(self) -> tuple[float, float]:
        """From least to most."""
        return self.row["value_low"], self.row["value_high"]

    @property
    def flags(self) -> list[str]:
        """What it bears."""
        return (self.row["flag"] or "").split("+")

    @property
    def name(self) -> str:
        """For a person."""
        row = self.row
        return f"{row['measure']} {row['reporting_country']} {row['period']} {row['dimension']} {row['code']}"


def check_protected(seen: Seen) -> Iterator[str]:
    """Every published cell of a protected collection, and those that are missing."""
    rows = seen.rows("SELECT * FROM baseline.protected_counts")
    cells = [_cell_of(seen, row) for row in rows if row["members"] is None]
    for cell in cells:
        yield from (f"{cell.name}: {text}" for text in wrong_in(cell, seen.day))
    yield from _regions_add_up(rows, cells)
    yield from _periods_are_there(seen, rows)


def codes_of(row: Row) -> Codes:
    """What a cell details."""
    if row["dimension"] == "_T":
        return TOTAL
    return tuple(sorted(zip(row["dimension"].split("+"), row["code"].split("+"), strict=True)))


def _cell_of(seen: Seen, row: Row) -> Cell:
    def count(day: date, collection: str = row["collection"]) -> int | None:
        table = seen.truth.table(collection, row["measure"], row["reporting_country"], day)
        return table.known(row["period_start"], row["period_end"], codes_of(row))

    # a kept draw may cite another collection today than the case file that it was drawn from
    drawn = row["details_as_of"] or seen.day
    case_files = [
        name for name in seen.protected_collections() if seen.home.card(name).collection.kind == "cases"
    ]
    is_of_cases = any(count(drawn, name) is not None for name in case_files)
    # details that do not await a revision describe today's data, whenever they were drawn
    described = row["details_as_of"] if "details_await_revision" in str(row["flag"]) else None
    return Cell(row, count(seen.day), count(described or seen.day), is_of_cases)


def wrong_in(cell: Cell, day: date) -> Iterator[str]:
    """What is not as it must be of one cell."""
    low, high = cell.bounds
    if cell.then is None:
        yield f"{low}–{high} is published, and nobody told it"
    elif not low <= cell.then <= high:
        yield f"{low}–{high} does not contain {cell.then}, which is true of {cell.row['details_as_of'] or day}"
    yield from _wrong_in_value(cell) if cell.row["value_published"] is not None else _wrong_in_total(cell)
    yield from _wrong_in_age(cell, day)
    yield from _wrong_in_words(cell)


def _wrong_in_total(cell: Cell) -> Iterator[str]:
    """What is not perturbed is a member's total of a whole year: exact, but for small counts."""
    if cell.row["frequency"] != "A" or cell.row["dimension"] != "_T":
        yield "it is not perturbed, and no total of a year"
    expected = (SMALL[0], SMALL[-1]) if cell.now in SMALL else (cell.now, cell.now)
    if cell.now is not None and cell.bounds != expected and PERTURBED not in cell.flags:
        yield f"the total is published as {cell.bounds}, not as {expected}"


def _wrong_in_value(cell: Cell) -> Iterator[str]:
    published = int(cell.row["value_published"])
    if published in NEVER or PERTURBED not in cell.flags:
        yield f"{published} is published, with the flag {cell.row['flag']}"
    low, high = bounds_of(published)
    is_as_stated = cell.bounds[1] == high and (
        low == cell.bounds[0] or (cell.is_of_cases and low < cell.bounds[0])
    )
    if not is_as_stated:
        yield f"{cell.bounds} is published beside {published}, whose bounds are {(low, high)}"
    if cell.then is not None and abs(published - cell.then) > DEVIATION:
        yield f"{published} is published for {cell.then}"
    if cell.then == 0 and published:
        yield f"{published} is published for nobody"


def bounds_of(published: int) -> tuple[int, int]:
    """All true counts that could be published so: nobody is published as 0, and at most five as 0."""
    return (0, DEVIATION) if published == 0 else (max(1, published - DEVIATION), published + DEVIATION)


def _wrong_in_age(cell: Cell, day: date) -> Iterator[str]:
    """A detail that is not of the data of this release says so, with the day of its revision."""
    is_marked, as_of, revised = STALE in cell.flags, cell.row["details_as_of"], cell.row["revised_on"]
    if cell.now != cell.then and not is_marked:
        yield f"it is of {as_of}, {cell.then}; now it is {cell.now}, and it does not say so"
    if is_marked and (as_of is None or as_of >= day or (revised is not None and revised <= day)):
        yield f"it awaits its revision of {revised}, and is of {as_of}"
    if (
        is_marked
        and cell.row["frequency"] == "A"
        and cell.row["dimension"] == "_T"
        and cell.row["value_published"] is None
    ):
        yield "a total awaits a revision"


def _wrong_in_words(cell: Cell) -> Iterator[str]:
    low, high = (str(int(bound)) for bound in cell.bounds)
    for lang in ("es", "en"):
        words = str(cell.row[f"value_{lang}"]).replace(",", "").replace("\xa0", "").replace(".", "")
        if low not in words or high not in words:
            yield f"its words are “{cell.row[f'value_{lang}']}”, and its bounds {low} and {high}"


def _regions_add_up(rows: list[Row], cells: list[Cell]) -> Iterator[str]:
    """The region's interval contains the sum of the members that it names, of which there are two or more."""
    by_place = {(*_place(cell.row), cell.row["reporting_country"]): cell for cell in cells}
    for row in rows:
        if row["members"] is None:
            continue
        members = row["members"].split()
        name = f"{row['measure']} {row['reporting_country']} {row['period']} {row['dimension']} {row['code']}"
        if len(members) < 2:
            yield f"{name}: it names {members}"
        of = [by_place.get((*_place(row), member)) for member in members]
        if row["dimension"] in LISTED or any(one is None for one in of):
            continue
        told = [one for one in of if one is not None]
        count = sum(one.then or 0 for one in told)
        if not row["value_low"] <= count <= row["value_high"]:
            yield f"{name}: {row['value_low']}–{row['value_high']} does not contain {count}, the sum of {members}"
        if any(STALE in one.flags for one in told) and STALE not in (row["flag"] or ""):
            yield f"{name}: a member's count awaits a revision, and the sum does not say so"


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(
        row[name] for name in ("family", "measure", "period_start", "frequency", "dimension", "code")
    )


def _periods_are_there(seen: Seen, rows: list[Row]) -> Iterator[str]:
    """The days of each period that was told are published, as it or in others, or left out by name."""
    published = _by_series([row for row in rows if row["dimension"] == "_T"])
    left = _by_series(seen.rows("SELECT * FROM baseline.protected_years WHERE status <> 'shown'"))
    for collection in seen.protected_collections():
        figures = seen.truth.figures(collection, seen.day)
        for series in sorted({(cell.measure, cell.country) for cell in figures}):
            table = seen.truth.table(collection, *series, seen.day)
            for start, end in _spans(table):
                spans = published.get(series, set()) | left.get(series, set())
                if not _cover(spans, start, end):
                    yield (
                        f"{' '.join(series)} {start}..{end} ({collection}) is neither published nor left out by name"
                    )


def _by_series(rows: list[Row]) -> dict[tuple[str, str], set[tuple[date, date]]]:
    """The periods of rows by measure and country."""
    found: dict[tuple[str, str], set[tuple[date, date]]] = {}
    for row in rows:
        series = row["measure"], row["reporting_country"]
        found.setdefault(series, set()).add((row["period_start"], row["period_end"]))
    return found


def _cover(spans: set[tuple[date, date]], start: date, end: date) -> bool:
    """Whether these periods hold every day from `start` to `end`."""
    day = start
    while day <= end:
        ends = [last for first, last in spans if first <= day <= last]
        if not ends:
            return False
        day = max(ends) + timedelta(days=1)
    return True


def _spans(table: Table) -> list[tuple[date, date]]:
    """The periods that a table tells, and the calendar years that these make up."""
    spans = {span(period) for period in table.counts}
    years = {start.year for start, _ in spans}
    whole = [(date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1)) for year in years]
    return sorted(spans | {year for year in whole if table.within(*year) is not None})
