"""Rows of core.protected_cells: every protected count of a build, its true value and published bounds.

Only members have rows here. A region is the sum of its members' published bounds (core.protected_regions), so
that a member that subtracts its own counts learns nothing new about another member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from schemas.protected_tables import TOTAL_CODE, Settings
from schemas.tables import PROTECTED_CELLS
from schemas.words import InvalidValue
from warehouse.audit.relations import Knowledge
from warehouse.audit.released_counts import collect_knowledge, open_facts
from warehouse.build.models import PREVIOUS
from warehouse.home.repairs import log_repair
from warehouse.protection.counts import YEAR, Collection, Counts, Figure, Period, member_periods
from warehouse.protection.drawing import NOT_PROTECTABLE, Drawing, Member, Subject
from warehouse.protection.ledger import SHOWN_STATUS, Entry, Ledger
from warehouse.protection.perturbation import Perturbation

NO_KEY = "no_key"
"""Status of a period that is not published because the network's key was lost."""
NOT_AGREED = "not_agreed"
"""Status of a collection that a member has not agreed to publish as intervals."""
REASONS_FOR_OPERATOR = (NOT_PROTECTABLE, NO_KEY, NOT_AGREED)
"""Reasons that concern the operator of a deployment; all other reasons concern the sender."""
REGION_COLLECTION = "_Z"
"""Code of the collection of a region, which adds up several collections."""


@dataclass(frozen=True)
class Protection:
    """Protection of a build: the day, the settings, and the ledger with the network's key.

    `without`: families and members that are left out because the gate's attack narrowed a count of theirs.
    """

    as_of: date
    settings: Settings
    ledger: Ledger
    excluded_members: frozenset[tuple[str, str]] = frozenset()

    def cells(self, db: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        """Return the rows of core.protected_cells. If the network's key was lost, nothing is drawn."""
        rows: list[dict[str, Any]] = []
        agreements = Agreements(db, self.ledger)
        for family, area, all_counts, reasons in _members(db, self.as_of):
            counts = {
                s: period_counts
                for s, period_counts in all_counts.items()
                if agreements.covers(area, s[1], period_counts.collection.name)
            }
            rows += _omission_rows(
                family,
                area,
                {(*s, TOTAL_CODE): NOT_AGREED for s in all_counts if s not in counts},
                all_counts,
            )
            if reason := self._left_out_reason(family, area):
                rows += _omission_rows(
                    family, area, {(*s, TOTAL_CODE): reason for s in {**counts, **reasons}}, counts
                )
                continue
            drawing = self._prepare_drawing(db, Member(family, area, counts))
            entries = drawing.run(self._attack_check(db, family, area, drawing.knowledge))
            rows += [
                _entry_row(e, counts, drawing.revised_on((e.cell_key.measure, e.period))) for e in entries
            ]
            unknown_periods = {(*subject, TOTAL_CODE): reason for subject, reason in reasons.items()}
            rows += _omission_rows(family, area, drawing.left_out | unknown_periods, counts)
        if rows and self.ledger.ends_with_former_method:
            log_repair("protected_anew", release=self.ledger.issues[-1].release)
        return pd.DataFrame(rows, columns=PROTECTED_CELLS.column_names)

    def _left_out_reason(self, family: str, area: str) -> str | None:
        """Return the reason why nothing of a member is published, if any."""
        if (family, area) in self.excluded_members:
            return NOT_PROTECTABLE
        try:
            self.ledger.key()
        except InvalidValue:
            return NO_KEY
        return None

    @cached_property
    def _perturbation(self) -> Perturbation:
        return Perturbation(self.ledger.key(), self.settings.deviation, self.settings.variance)

    def _prepare_drawing(self, db: duckdb.DuckDBPyConnection, member: Member) -> Drawing:
        earlier = self.ledger.snapshots(member.family, member.area)
        [(grouping,)] = db.execute("SELECT grouping FROM core.settings").fetchall()
        knowledge = collect_knowledge(db, (member.family, member.area), earlier, grouping)
        return Drawing(
            member,
            self.as_of,
            self.ledger.issues,
            self._perturbation,
            self.settings,
            knowledge,
            _allowed_draws(db, member),
        )

    def _attack_check(
        self, db: duckdb.DuckDBPyConnection, family: str, area: str, knowledge: Knowledge
    ) -> Callable[[Sequence[Entry]], bool]:
        """Return a check that the last release, which was attacked, has the same cells and open facts."""

        def was_attacked(entries: Sequence[Entry]) -> bool:
            if not self.ledger.issues:
                return not entries
            last = self.ledger.issues[-1].cells.get((family, area), {})
            is_same = last == {e.cell_key: e.as_published() for e in entries}
            return is_same and _last_open_facts(db, family, area) == knowledge.facts

        return was_attacked


def list_unprotected_parts(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """List the parts that a build could not protect: collection, member, year and reason."""
    return db.execute(
        f"SELECT DISTINCT collection, reporting_country, CAST(year AS VARCHAR), status "
        f"FROM {PROTECTED_CELLS.full_name} WHERE list_contains($reasons, status) ORDER BY ALL",
        {"reasons": list(REASONS_FOR_OPERATOR)},
    ).fetchall()


def _last_open_facts(db: duckdb.DuckDBPyConnection, family: str, area: str) -> Any:
    """Return the open facts of the last release; None if there is none."""
    attached = db.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = $n", {"n": PREVIOUS})
    if not attached.fetchone():
        return None
    [(current_database,)] = db.execute("SELECT current_database()").fetchall()
    db.execute(f"USE {PREVIOUS}")
    try:
        return open_facts(db, family, area)
    finally:
        db.execute(f'USE "{current_database}"')


# ---- decisions ---------------------------------------------------------------------------------------


class Agreements:
    """Members that agreed to the first release of a collection, or were released before."""

    def __init__(self, db: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        self._rows = db.execute(
            "SELECT collection, reporting_country, period_start FROM registry.decisions "
            "WHERE kind = 'agreement'"
        ).fetchall()
        self._published_before = {
            (entry.collection, entry.cell_key.area) for issue in ledger.issues for entry in issue.entries
        }

    def covers(self, area: str, period: Period, collection: str) -> bool:
        """Check if a member's counts of a period may be published."""
        return (collection, area) in self._published_before or any(
            collection == agreed_collection and member in (None, area) and period.start >= since
            for agreed_collection, member, since in self._rows
        )


def _allowed_draws(db: duckdb.DuckDBPyConnection, member: Member) -> dict[Subject, date]:
    """Return the day of the last decision for a further draw, by measure and period."""
    rows = db.execute(
        "SELECT collection, measure, reporting_country, frequency, period_start, decided_on "
        "FROM registry.decisions WHERE kind = 'new_draw' ORDER BY decided_on"
    ).fetchall()
    days: dict[Subject, date] = {}
    for collection, measure, area, frequency, start, day in rows:
        decided_period = Period(frequency, start)
        for (counted_measure, period), counts in member.counts.items():
            is_in = decided_period.start <= period.start and period.next_start <= decided_period.next_start
            is_same_member = collection == counts.collection.name and area in (None, member.area)
            if is_in and is_same_member and measure in (None, counted_measure):
                days[counted_measure, period] = day
    return days


# ---- true counts -------------------------------------------------------------------------------------


def _members(
    db: duckdb.DuckDBPyConnection, as_of: date
) -> Iterator[tuple[str, str, dict[Subject, Counts], dict[Subject, str]]]:
    """Yield each family and member with its counts, and the years left out with the reason."""
    collections = _collections(db)
    quarantined_rows = _quarantined_rows(db)
    for (family, area), measures in _figures(db).items():
        counts: dict[Subject, Counts] = {}
        reasons_by_subject: dict[Subject, str] = {}
        for measure, figures in measures.items():
            periods, reasons = member_periods(figures, collections, as_of)
            reasons_by_subject |= {(measure, year): reason for year, reason in reasons.items()}
            for period, period_counts in periods.items():
                if _has_quarantined_row(quarantined_rows, area, measure, period, period_counts):
                    reasons_by_subject[measure, period] = "rows_wait"
                else:
                    counts[measure, period] = period_counts
        yield family, area, counts, reasons_by_subject


def _collections(db: duckdb.DuckDBPyConnection) -> tuple[Collection, ...]:
    rows = db.execute(
        """
        SELECT c.collection, c.frequency, c.confidentiality = 'cases',
               coalesce(list(e.breakdown) FILTER (e.breakdown IS NOT NULL), [])
        FROM registry.collections AS c LEFT JOIN registry.exhaustive AS e USING (collection)
        WHERE c.confidentiality IN ('cases', 'small_counts') GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return tuple(
        Collection(name, frequency, is_cases, frozenset(exhaustive))
        for name, frequency, is_cases, exhaustive in rows
    )


def _figures(
    db: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], dict[str, list[tuple[Period, Figure]]]]:
    rows = db.execute(
        """
        SELECT family, reporting_country, measure, year_start, submission, collection, frequency,
               period_start, quarter_start, breakdown, dimension, code,
               CAST(value_low AS BIGINT), CAST(not_whole AS BIGINT)
        FROM core.protected_figures WHERE in_force ORDER BY ALL
        """
    ).fetchall()
    figures_by_member: dict[tuple[str, str], dict[str, list[tuple[Period, Figure]]]] = {}
    for family, area, measure, year, *figure in rows:
        measure_figures = figures_by_member.setdefault((family, area), {}).setdefault(measure, [])
        measure_figures.append((Period(YEAR, year), Figure(*figure)))
    return figures_by_member


def _quarantined_rows(db: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """List the quarantined rows: submission, measure, member, first and last day."""
    return db.execute(
        "SELECT DISTINCT submission, measure, reporting_country, period_start, period_end FROM core.openings"
    ).fetchall()


def _has_quarantined_row(
    quarantined_rows: Iterable[tuple[Any, ...]], area: str, measure: str, period: Period, counts: Counts
) -> bool:
    """Check if a quarantined row may belong to a period."""
    last = period.next_start - timedelta(days=1)
    return any(
        submission in counts.submissions
        and member in (area, "_U")
        and row_measure in (measure, "_U")
        and (first is None or first <= last)
        and (end is None or end >= period.start)
        for submission, row_measure, member, first, end in quarantined_rows
    )


# ---- rows --------------------------------------------------------------------------------------------


def _entry_row(entry: Entry, counts: Mapping[Subject, Counts], revised_on: date | None) -> dict[str, Any]:
    cell_key = entry.cell_key
    period_counts = counts.get((cell_key.measure, entry.period))
    true_value = period_counts.cells().get((cell_key.dimension, cell_key.code), 0) if period_counts else None
    return _key_columns(
        cell_key.family, cell_key.area, cell_key.measure, entry.period, cell_key.dimension, cell_key.code
    ) | {
        "status": SHOWN_STATUS,
        "value": true_value,
        "value_low": entry.low,
        "value_high": entry.high,
        "value_published": entry.published_value,
        "flag": entry.marks,
        "details_as_of": entry.details_as_of,
        "revised_on": revised_on if entry.is_stale else None,
        "draw": entry.draw,
        "attempt": entry.attempt,
        "fingerprint": entry.fingerprint,
        "collection": entry.collection,
        "submissions": entry.submissions,
    }


def _omission_rows(
    family: str,
    area: str,
    reasons: Mapping[tuple[str, Period, str], str],
    counts: Mapping[Subject, Counts],
) -> Iterator[dict[str, Any]]:
    """Yield rows for the periods and tables that are left out, with the reason."""
    for (measure, period, dimension), reason in sorted(reasons.items()):
        period_counts = counts.get((measure, period))
        yield _key_columns(family, area, measure, period, dimension, TOTAL_CODE) | {
            "status": reason,
            "collection": period_counts.collection.name if period_counts else REGION_COLLECTION,
            "submissions": "",
        }


def _key_columns(
    family: str, area: str, measure: str, period: Period, dimension: str, code: str
) -> dict[str, Any]:
    year = period if period.frequency == YEAR else Period(YEAR, date(period.start.year, 1, 1))
    return {
        "family": family,
        "measure": measure,
        "reporting_country": area,
        "year": (year.next_start - timedelta(days=1)).year,
        "year_start": year.start,
        "period_start": period.start,
        "period_end": period.next_start - timedelta(days=1),
        "frequency": period.frequency,
        "dimension": dimension,
        "code": code,
    }
