"""What must hold after a round: of the released tables, beside the truth. Each check yields what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.network import world as network
from tests.network.doors import Doors
from tests.network.events import TREATIES, Round
from tests.network.truth import Delivery, Truth, span
from tests.network.world import DIMENSIONS, TOTAL, Codes
from warehouse.home import Home

NOT_DETAILED = {"_T", "_Z"}
OTHERS = ("area", "counterpart_country", "counterpart_role", "legal_basis", "accompaniment")


@dataclass
class Seen:
    """What a check looks at: the home after a round, the round, the truth, the release before."""

    doors: Doors
    round: Round
    truth: Truth
    before: Path | None
    """The file of the release before, as it was published."""

    @property
    def home(self) -> Home:
        """The home."""
        return self.doors.home

    @property
    def day(self) -> date:
        """The day of the release."""
        return self.round.as_of

    def rows(self, sql: str, file: Path | None = None) -> list[dict[str, Any]]:
        """The rows of a SELECT on the release in force, or on another file."""
        with duckdb.connect(file or self.home.current, read_only=True) as db:
            found = db.execute(sql)
            names = [name for name, *_ in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def open_collections(self) -> list[str]:
        """The collections whose values are published as they are."""
        kept = {one.file.collection for one in self.truth.deliveries}
        cards = {name: self.home.card(name) for name in kept}
        return sorted(
            n for n, c in cards.items() if c.collection.confidentiality == "open" and not c.declaration
        )

    def protected_collections(self) -> list[str]:
        """The collections whose values are published perturbed."""
        kept = sorted({one.file.collection for one in self.truth.deliveries})
        cards = {name: self.home.card(name).collection.confidentiality for name in kept}
        return [name for name, level in cards.items() if level in ("small_counts", "cases")]


def check_tables(seen: Seen) -> Iterator[str]:
    """Everything that the released tables must say."""
    yield from _release_is_of_the_day(seen)
    yield from _submissions_have_their_state(seen)
    for collection in seen.open_collections():
        yield from _open_values_are_the_truth(seen, collection)
    yield from _indicators_contain_the_truth(seen)
    yield from _records_are_the_truth(seen)


def _release_is_of_the_day(seen: Seen) -> Iterator[str]:
    [release] = seen.rows("SELECT release, as_of FROM registry.release")
    if release["as_of"] != seen.day:
        yield f"the release in force is of {release['as_of']}, not of {seen.day}"
    if not release["release"].startswith(seen.round.quarter.label):
        yield f"the release of {seen.round.quarter.label} is called {release['release']}"


def _submissions_have_their_state(seen: Seen) -> Iterator[str]:
    """Each file that was handed in is registered, with its state and the day of its withdrawal."""
    told = {
        row["submission"]: row for row in seen.rows("SELECT * FROM registry.submissions", seen.home.internal)
    }
    public = {row["submission"] for row in seen.rows("SELECT submission FROM registry.submissions")}
    for one in seen.truth.deliveries:
        row = told.get(one.submission)
        if row is None or one.submission not in public:
            yield f"{one.file.key} ({one.submission}) is not registered"
        elif row["status"] != one.fate or row["withdrawn_on"] != one.withdrawn_on:
            yield f"{one.file.key} is {row['status']}, withdrawn {row['withdrawn_on']}, not {one.fate}, {one.withdrawn_on}"
    expected = {one.submission for one in seen.truth.deliveries}
    yield from (f"{extra} is registered, and was not handed in" for extra in public - expected)


Place = tuple[str, str, date, date, Codes]


def _open_values_are_the_truth(seen: Seen, collection: str) -> Iterator[str]:
    """Of an open collection each figure that is in force, exactly, with its submission; and no other."""
    expected: dict[Place, tuple[int, Delivery]] = {
        (cell.measure, cell.country, *span(cell.period), cell.codes): told
        for cell, told in seen.truth.figures(collection, seen.day).items()
    }
    found: dict[Place, dict[str, Any]] = {}
    for row in seen.rows(f"SELECT * FROM core.current WHERE collection = '{collection}'"):
        if all(row[name] in NOT_DETAILED for name in OTHERS):
            codes = tuple((name, row[name]) for name in DIMENSIONS if row[name] not in NOT_DETAILED)
            found[row["measure"], row["reporting_country"], row["period_start"], row["period_end"], codes] = (
                row
            )
    for place, (count, delivery) in expected.items():
        if place not in found:
            yield f"{collection}: {_named(place)} is missing; it is {count}"
            continue
        row = found[place]
        if (row["value_low"], row["value_high"]) != (count, count):
            yield f"{collection}: {_named(place)} is {row['value_low']}–{row['value_high']}, not {count}"
        elif row["submission"] != delivery.submission:
            yield f"{collection}: {_named(place)} is of {row['submission']}, not of {delivery.submission}"
    extra = [place for place in found if place not in expected and found[place]["value_high"]]
    yield from (f"{collection}: {_named(place)} is there, and nobody told it" for place in extra)


def _named(place: Place) -> str:
    measure, country, start, end, codes = place
    return f"{measure} {country} {start}..{end} {'+'.join(code for _, code in codes) or 'total'}"


def _indicators_contain_the_truth(seen: Seen) -> Iterator[str]:
    """Each total of a member that counts persons or cases contains the sum of what was told of its period.

    Of a whole year of an open collection there is one. A count that awaits its revision is of another day.
    """
    rows = seen.rows(
        "SELECT * FROM baseline.indicator_values WHERE panel = '_Z' AND pooled_years = 1 AND unit <> 'share' "
        "AND denominator_low IS NULL AND (sex, age_group, exploitation, origin_class, citizenship) "
        "= ('_T', '_T', '_T', '_T', '_T') AND collection IS NOT NULL AND value_low IS NOT NULL"
    )
    told = set()
    for row in rows:
        if "details_await_revision" in (row["flag"] or ""):
            continue
        table = seen.truth.table(row["collection"], row["measure"], row["reporting_country"], seen.day)
        count = table.known(row["period_start"], row["period_end"], TOTAL)
        told.add(
            (
                row["collection"],
                row["measure"],
                row["reporting_country"],
                row["period_start"],
                row["frequency"],
            )
        )
        if count is None or not row["value_low"] <= count <= row["value_high"]:
            yield (
                f"{row['indicator']} {row['reporting_country']} {row['period']} ({row['collection']}): "
                f"{row['value_low']}–{row['value_high']} does not contain {count}"
            )
    yield from _years_are_there(seen, told)


def _years_are_there(seen: Seen, told: set[tuple[Any, ...]]) -> Iterator[str]:
    counted = {
        row["numerator"]
        for row in seen.rows("SELECT numerator FROM baseline.catalogue WHERE denominator IS NULL")
    }
    for collection in seen.open_collections():
        starts = seen.home.card(collection).collection.year_starts
        figures = seen.truth.figures(collection, seen.day)
        for measure, country in sorted({(cell.measure, cell.country) for cell in figures}):
            table = seen.truth.table(collection, measure, country, seen.day)
            for year in sorted({span(period)[0].year for period in table.counts}):
                start = date(year, starts, 1)
                end = date(year + 1, starts, 1) - timedelta(days=1)
                is_whole = table.within(start, end) is not None and measure in counted
                if is_whole and (collection, measure, country, start, "A") not in told:
                    yield f"{collection}: no indicator has {measure} {country} of the year from {start}"


def _records_are_the_truth(seen: Seen) -> Iterator[str]:
    expected = Counter((row[0], row[1], row[2]) for row in seen.truth.records(TREATIES, seen.day))
    rows = seen.rows(
        "SELECT treaty, country, status FROM network.treaties WHERE known_to IS NULL AND country IN "
        f"({', '.join(repr(one) for one in network.WHOLE)})"
    )
    found = Counter((row["treaty"], row["country"], row["status"]) for row in rows)
    if expected != found:
        yield f"the treaties in force are {sorted((found - expected).elements())}, not {sorted((expected - found).elements())}"
