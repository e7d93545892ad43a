"""What must be in force: computed from the files that were handed in, without the program's code.

A file of a collection that is delivered by period replaces the country and period that it brings; a whole one
replaces all. Held, rejected and withdrawn files count for nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.network import world as network
from tests.network.events import File
from tests.network.world import Cell, Codes, Quarter

WHOLE_FILES = (network.YEARLY.name,)
"""Collections whose newest file replaces all before."""
CLASSES = {"_U": "indeterminate", "stateless": "stateless"}


@dataclass
class Delivery:
    """A file that was handed in, and what became of it since."""

    file: File
    received_on: date
    number: int
    submission: str = ""
    fate: str = ""
    withdrawn_on: date | None = None
    confirmed_on: date | None = None

    def counts_on(self, day: date) -> bool:
        """Whether it may be in force on a day: from its receipt on, or from its confirmation."""
        is_there = (self.confirmed_on or self.received_on) <= day and self.fate == "accepted"
        return is_there and (self.withdrawn_on is None or self.withdrawn_on > day)


@dataclass
class Truth:
    """All files that were handed in, in their order."""

    deliveries: list[Delivery] = field(default_factory=list)

    def add(self, file: File, day: date) -> Delivery:
        """Note a file that was handed in."""
        delivery = Delivery(file, day, len(self.deliveries), fate=file.fate)
        self.deliveries.append(delivery)
        return delivery

    def of(self, key: str) -> Delivery:
        """The file of that key."""
        return next(one for one in self.deliveries if one.file.key == key)

    def in_force(self, collection: str, day: date) -> list[Delivery]:
        """The files of a collection that are in force on a day, the newest first."""
        mine = [one for one in self.deliveries if one.file.collection == collection and one.counts_on(day)]
        return sorted(mine, key=lambda one: (one.received_on, one.number), reverse=True)

    def figures(self, collection: str, day: date) -> dict[Cell, tuple[int, Delivery]]:
        """The figures of a collection that are in force on a day, each with the file that brings it."""
        told: dict[Cell, tuple[int, Delivery]] = {}
        taken: set[tuple[str, str]] = set()
        for delivery in self.in_force(collection, day):
            brought = {(cell.country, cell.period) for cell in delivery.file.figures}
            new = brought - taken
            told |= {
                cell: (count, delivery)
                for cell, count in delivery.file.figures.items()
                if (cell.country, cell.period) in new
            }
            taken |= brought
            if collection in WHOLE_FILES:
                break
        return told

    def records(self, collection: str, day: date) -> tuple[tuple[str, ...], ...]:
        """The records in force."""
        files = self.in_force(collection, day)
        return files[0].file.records if files else ()

    def table(self, collection: str, measure: str, country: str, day: date) -> Table:
        """A member's figures of a measure in force on a day."""
        counts: dict[str, dict[Codes, int]] = defaultdict(dict)
        for cell, (count, _) in self.figures(collection, day).items():
            if (cell.measure, cell.country) == (measure, country):
                counts[cell.period][cell.codes] = count
        return Table(country, counts)


@dataclass(frozen=True)
class Table:
    """What a member tells of a measure, by period (quarters or months) and what it details."""

    country: str
    counts: Mapping[str, Mapping[Codes, int]]

    def within(self, start: date, end: date) -> list[str] | None:
        """The periods that make up the days from `start` to `end`; None where one of them is missing."""
        found, day = [], start
        spans = {span(period): period for period in self.counts}
        while day <= end:
            step = next((last for first, last in spans if first == day and last <= end), None)
            if step is None:
                return None
            found.append(spans[day, step])
            day = step + timedelta(days=1)
        return found

    def count(self, start: date, end: date, codes: Codes) -> int | None:
        """The persons of these days with these codes; None where a period is missing."""
        periods = self.within(start, end)
        return None if periods is None else sum(self._count(period, codes) for period in periods)

    def known(self, start: date, end: date, codes: Codes) -> int | None:
        """The persons in the periods that are told and lie within these days; None where none does."""
        periods = [period for period in self.counts if start <= span(period)[0] and span(period)[1] <= end]
        return sum(self._count(period, codes) for period in periods) if periods else None

    def _count(self, period: str, codes: Codes) -> int:
        counted = self.counts[period]
        if not any(name == "origin_class" for name, _ in codes):
            return counted.get(codes, 0)
        return sum(
            count
            for of, count in counted.items()
            if {name for name, _ in of} == {"citizenship" if n == "origin_class" else n for n, _ in codes}
            and all(self._is(dict(of), name, code) for name, code in codes)
        )

    def _is(self, codes: Mapping[str, str], name: str, code: str) -> bool:
        if name != "origin_class":
            return codes[name] == code
        return class_of(codes["citizenship"], self.country) == code

    def has(self, codes: Codes, start: date, end: date) -> bool:
        """Whether each period's table details these dimensions."""
        names = {"citizenship" if name == "origin_class" else name for name, _ in codes}
        periods = self.within(start, end) or []
        return bool(periods) and all(
            any({name for name, _ in of} == names for of in self.counts[period]) for period in periods
        )


def class_of(citizenship: str, country: str) -> str:
    """The class of origin of a citizenship in a member's table."""
    if citizenship == country:
        return "own_national"
    if citizenship == "_U":
        return "indeterminate"
    return "intra_regional" if citizenship in network.WHOLE else "extra_regional"


def span(period: str) -> tuple[date, date]:
    """First and last day of `2023`, `2023-Q1` or `2023-01`."""
    if found := re.fullmatch(r"(\d{4})-Q(\d)", period):
        quarter = Quarter(int(found[1]), int(found[2]))
        return quarter.start, quarter.end
    if found := re.fullmatch(r"(\d{4})-(\d{2})", period):
        year, month = int(found[1]), int(found[2])
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return date(int(period), 1, 1), date(int(period), 12, 31)
