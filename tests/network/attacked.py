"""The attack over all releases of a network: the counts that are narrowed, and the cells that are withheld."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.protected_tables import TOTAL_CODE
from warehouse.audit.findings import attack_release
from warehouse.home import Home
from warehouse.protection.tables import REASONS_FOR_OPERATOR
from warehouse.release import release_store

LEAST = 3
"""A published count must leave at least so many values."""
MOST_WITHHELD = 0.02
"""The share of cells that may be withheld."""


@dataclass
class Attacked:
    """What the attack found over all releases of a home. `withheld`: the largest share of cells of a release."""

    releases: int = 0
    cells: int = 0
    exact: int = 0
    narrow: int = 0
    unanswered: int = 0
    withheld: float = 0.0

    def attack_last(self, home: Home, *, all_members: bool) -> None:
        """Attack the last release, with all that was published before it."""
        *earlier, file = release_store.protected_files(home)
        self.releases += 1
        self.withheld = max(self.withheld, withheld(file))
        for finding in attack_release(file, earlier, all_members=all_members):
            values = [high - low + 1 for low, high in finding.narrow.values() if high is not None]
            self.cells += finding.perturbed
            self.exact += sum(count == 1 for count in values)
            self.narrow += sum(1 < count < LEAST for count in values)
            self.unanswered += finding.has_leaks and not finding.narrow

    def wrong(self) -> Iterator[str]:
        """Why the network is not protected, if it is not."""
        for count, what in ((self.exact, "exact"), (self.narrow, "narrow"), (self.unanswered, "unanswered")):
            if count:
                yield f"the attack over all releases: {count} {what}"
        if self.withheld > MOST_WITHHELD:
            yield f"{self.withheld:.1%} of the protected cells of a release are withheld"


def withheld(file: Path) -> float:
    """The share of a release's protected cells that is withheld, each missing table as large as the largest."""
    with duckdb.connect(file, read_only=True) as db:
        shown = db.execute(
            "SELECT dimension, count(*) AS cells FROM baseline.protected_counts WHERE members IS NULL "
            "GROUP BY dimension, measure, reporting_country, frequency, period_start"
        ).fetchall()
        missing = db.execute(
            "SELECT dimension FROM baseline.protected_years WHERE list_contains($reasons, status)",
            {"reasons": list(REASONS_FOR_OPERATOR)},
        ).fetchall()
    largest: Counter[str] = Counter()
    for dimension, cells in shown:
        largest[dimension] = max(largest[dimension], cells)
    largest[TOTAL_CODE] = largest.total()
    lost = sum(largest[dimension] for (dimension,) in missing)
    published_cells = sum(cells for _, cells in shown)
    return lost / (lost + published_cells) if lost else 0.0
