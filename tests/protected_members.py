"""Made-up members with known persons, for tests and measurements of protection. No test is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from schemas.protected_tables import JOIN, Settings, crossings, layouts, settings
from warehouse.audit.relations import Knowledge, Snapshot
from warehouse.protection.counts import MONTH, QUARTER, YEAR, Collection, Counts, Period
from warehouse.protection.drawing import Drawing, Member
from warehouse.protection.ledger import Entry, Issue
from warehouse.protection.perturbation import Perturbation

FAMILY, MEASURE, AREA = "trafficking", "victims_detected", "CRI"
COUNTS = Collection("CRM-TS/victims", "Q", False, frozenset())
CASES = Collection("CRM-TS/victim_cases", "M", True, frozenset())

SHARES = {
    "sex": ({"F": 0.68, "M": 0.31, "_U": 0.01}),
    "age_group": {"Y0T17": 0.28, "Y_GE18": 0.7, "_U": 0.02},
    "exploitation": {"SEX": 0.6, "LAB": 0.25, "OTH": 0.05, "_U": 0.1},
    "origin_class": {
        "own_national": 0.5,
        "intra_regional": 0.3,
        "extra_regional": 0.15,
        "indeterminate": 0.05,
    },
    "area": {"San José": 0.5, "Limón": 0.3, "Guanacaste": 0.15, "Cartago": 0.05},
    "citizenship": {"NIC": 0.5, "COL": 0.3, "VEN": 0.15, "CHN": 0.05},
}


def persons(count: int, seed: int, months: int = 12) -> list[dict[str, str]]:
    """Persons with their dimensions and the month (1 to `months`) in which each was counted."""
    draw = np.random.default_rng(seed)
    columns = {
        name: draw.choice(list(shares), count, p=list(shares.values())) for name, shares in SHARES.items()
    }
    own_months = draw.integers(1, months + 1, count)
    return [
        {name: str(column[n]) for name, column in columns.items()} | {"month": str(own_months[n])}
        for n in range(count)
    ]


def counted(
    people: Sequence[Mapping[str, str]],
    year: int,
    *,
    months: bool = False,
    collection: Collection = COUNTS,
    tables: Sequence[str] | None = None,
    measure: str = MEASURE,
    whole: bool = True,
) -> dict[tuple[str, Period], Counts]:
    """The counts of a year, its quarters and, if wanted, its months."""
    found = {}
    if whole:
        found[measure, Period(YEAR, date(year, 1, 1))] = _counts(people, collection, tables)
    for quarter in range(4):
        own = [p for p in people if (int(p["month"]) - 1) // 3 == quarter]
        if whole or own:
            found[measure, Period(QUARTER, date(year, quarter * 3 + 1, 1))] = _counts(own, collection, ())
    for month in range(1, 13) if months else ():
        own = [p for p in people if int(p["month"]) == month]
        found[measure, Period(MONTH, date(year, month, 1))] = _counts(own, collection, ())
    return found


def _counts(
    people: Sequence[Mapping[str, str]], collection: Collection, tables: Sequence[str] | None
) -> Counts:
    names = [n for n in (one.dimension for one in layouts()) if all(part in SHARES for part in n.split(JOIN))]
    wanted = names if tables is None else tables
    spread = {
        name: Counter(JOIN.join(p[part] for part in name.split(JOIN)) for p in people) for name in wanted
    }
    return Counts(len(people), spread, collection, frozenset({"one"}))


def drawn(
    counts: Mapping[tuple[str, Period], Counts],
    as_of: date,
    issues: Sequence[Issue] = (),
    *,
    own: Settings | None = None,
    key: bytes = b"k" * 32,
    knowledge: Knowledge | None = None,
    attacks: bool = True,
) -> Drawing:
    """A drawing of one member, not yet run. Without `attacks` nothing is drawn again."""
    chosen = own or settings()
    known = knowledge or Knowledge(snapshots(issues))
    perturbation = Perturbation(key, chosen.deviation, chosen.variance)
    return Drawing(Member(FAMILY, AREA, counts), as_of, issues, perturbation, chosen, known)


def snapshots(issues: Sequence[Issue]) -> list[Snapshot]:
    """The releases as an attacker has them."""
    return [Snapshot(issue.as_of, issue.cells[FAMILY, AREA]) for issue in issues if issue.entries]


def issued(entries: Sequence[Entry], as_of: date) -> Issue:
    """The entries as a release."""
    return Issue(f"r{as_of}", as_of, entries)


CROSSED = [one.dimension for one in crossings()]
