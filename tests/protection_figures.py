"""Measures protection by deviation and variance, over one and three draws: `python -m tests.protection_figures --write`.

Made-up members of 6 to 1,000 persons; what is measured is what an attacker with all releases can say of the counts
from 1 to 4 that were drawn last. The table stands in docs/confidentiality.en.md and .es.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from schemas.protected_tables import Settings, settings
from tests.protected_members import MEASURE, counted, drawn, issued, persons, snapshots
from warehouse.audit.attack import Interval, find_intervals
from warehouse.audit.relations import Knowledge, Version, build_system
from warehouse.protection.counts import Period
from warehouse.protection.ledger import Issue

DOCS = Path(__file__).parents[1] / "docs"
PAIRS = ((3, 2.0), (5, 3.0), (6, 4.0))
SIZES = (6, 12, 25, 50, 100, 300, 1000)
DAYS = (date(2024, 4, 15), date(2025, 1, 15), date(2026, 1, 15))
MARK = "<!-- python -m tests.protection_figures -->"
HEADER = (
    "| D | V | draws | small counts | exact | fewer than 3 values | surely 1 to 4 | values: median, least | "
    "mean error | on counts 5–50 | redraws a member-year | left out |"
)


@dataclass
class Measured:
    """What is counted over all member-years of one row."""

    years: int = 0
    values: list[int] = field(default_factory=list)
    exact: int = 0
    surely: int = 0
    errors: list[float] = field(default_factory=list)
    relative: list[float] = field(default_factory=list)
    redraws: int = 0
    left_out: int = 0
    cells: int = 0


def releases(own: Settings, size: int, seed: int, draws: int) -> Iterator[tuple[Issue, dict, int, int]]:
    """The releases of a member-year that gets one person more in each later year; redraws, tables left out."""
    people, more = persons(size, seed), persons(2, seed + 1000)
    issues: list[Issue] = []
    for n, day in enumerate(DAYS[:draws]):
        counts = counted([*people, *more[:n]], 2023, months=seed % 2 == 0)
        drawing = drawn(counts, day, issues, own=own, key=seed.to_bytes(32))
        entries = drawing.run(lambda _: False)
        issues.append(issued(entries, day))
        yield issues[-1], counts, sum(drawing._attempts.values()), len(drawing.left_out)


def measure(own: Settings, draws: int, seeds: Sequence[int]) -> Measured:
    """All member-years of a row."""
    found = Measured()
    for size in SIZES:
        for seed in seeds:
            made = list(releases(own, size, seed, draws))
            issues = [issue for issue, *_ in made]
            counts = made[-1][1]
            found.redraws += sum(redraws for *_, redraws, _ in made)
            found.left_out += sum(left_out for *_, left_out in made)
            found.years += 1
            found.cells += len(issues[-1].entries)
            known = find_intervals(build_system(Knowledge(snapshots(issues))))
            _count(found, issues[-1], counts, {v: i for v, i in known.items() if isinstance(v, Version)})
    return found


def _count(found: Measured, last: Issue, counts: dict, known: dict[Version, Interval]) -> None:
    for entry in last.entries:
        if entry.published_value is None:
            continue
        place = entry.cell_key
        true = (
            counts[MEASURE, Period(place.frequency, place.start)]
            .cells()
            .get((place.dimension, place.code), 0)
        )
        error = abs(entry.published_value - true)
        found.errors.append(error)
        if 5 <= true <= 50:
            found.relative.append(error / true)
        if 1 <= true <= 4:
            interval = known[Version(place, entry.details_as_of or last.as_of)]
            assert interval.high is not None
            assert interval.low <= true <= interval.high
            found.values.append(interval.high - interval.low + 1)
            found.exact += interval.low == interval.high
            found.surely += interval.low >= 1 and interval.high <= 4


def row(deviation: int, variance: float, draws: int, seeds: Sequence[int]) -> str:
    """A row of the table."""
    own = settings().model_copy(update={"deviation": deviation, "variance": variance})
    found = measure(own, draws, seeds)
    small = len(found.values)
    cells = (
        deviation,
        f"{variance:g}",
        draws,
        small,
        found.exact,
        sum(n < 3 for n in found.values),
        f"{found.surely / small:.1%}",
        f"{median(found.values):g}, {min(found.values)}",
        f"{sum(found.errors) / len(found.errors):.2f}",
        f"{sum(found.relative) / len(found.relative):.0%}",
        f"{found.redraws / found.years:.2f}",
        f"{found.left_out / found.cells:.2%}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def table(seeds: Sequence[int]) -> str:
    """The table of all pairs."""
    lines = [row(d, v, n, seeds) for d, v in PAIRS for n in (1, 3)]
    return "\n".join([HEADER, "|" + " --- |" * (HEADER.count("|") - 1), *lines])


def main() -> None:
    """Print the table, or write it into the documents."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--seeds", type=int, default=6)
    chosen = asked.parse_args()
    text = table(range(chosen.seeds))
    if not chosen.write:
        print(text)
        return
    for lang in ("en", "es"):
        page = DOCS / f"confidentiality.{lang}.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(MARK)
        _, _, after = rest.partition("<!-- end -->")
        page.write_text(f"{before}{MARK}\n\n{text}\n\n<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
