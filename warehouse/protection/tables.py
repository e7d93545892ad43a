"""The rows of core.protected_cells: every protected count of a build, its true value and published bounds.

Members only: a region is the sum of their published bounds (core.protected_regions), so that a member that
subtracts its own counts learns no more about another than what is published about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from schemas.protected import WHOLE, Settings
from schemas.tables import PROTECTED_CELLS
from schemas.words import Wrong
from warehouse.audit.published import knowledge, open_facts
from warehouse.audit.relations import Knowledge
from warehouse.build.models import PREVIOUS
from warehouse.home.repairs import tell_repair
from warehouse.protection.counts import YEAR, Collection, Counts, Figure, Period, member_periods
from warehouse.protection.drawing import NOT_PROTECTABLE, Drawing, Member, Subject
from warehouse.protection.ledger import SHOWN, Entry, Ledger
from warehouse.protection.perturbation import Perturbation

NO_KEY = "no_key"
"""The status of a period that is not published because the network's key was lost."""
NOT_AGREED = "not_agreed"
"""The status of a collection that a member has not agreed to publish as intervals."""
TO_ACT_ON = (NOT_PROTECTABLE, NO_KEY, NOT_AGREED)
"""The reasons that the operator of a deployment has to know of; the others are the sender's."""
NOBODY = "_Z"
"""The collection of a region, which adds up several."""


@dataclass(frozen=True)
class Protection:
    """How a build protects: the day, the settings, and the ledger with the network's key.

    `without`: families and members that are left out, since the gate's attack narrowed a count of theirs.
    """

    as_of: date
    settings: Settings
    ledger: Ledger
    without: frozenset[tuple[str, str]] = frozenset()

    def cells(self, db: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        """The rows of core.protected_cells. If the network's key was lost, nothing is drawn."""
        rows: list[dict[str, Any]] = []
        agreed = Agreements(db, self.ledger)
        for family, area, known, why in _members(db, self.as_of):
            counts = {s: own for s, own in known.items() if agreed.covers(area, s[1], own.collection.name)}
            rows += _absent(family, area, {(*s, WHOLE): NOT_AGREED for s in known if s not in counts}, known)
            if reason := self._left_out_reason(family, area):
                rows += _absent(family, area, {(*s, WHOLE): reason for s in {**counts, **why}}, counts)
                continue
            drawing = self._drawing(db, Member(family, area, counts))
            entries = drawing.run(self._is_known(db, family, area, drawing.knowledge))
            rows += [_row(e, counts, drawing.revised_on((e.place.measure, e.period))) for e in entries]
            unknown = {(*subject, WHOLE): reason for subject, reason in why.items()}
            rows += _absent(family, area, drawing.left_out | unknown, counts)
        if rows and self.ledger.ends_with_former_method:
            tell_repair("protected_anew", release=self.ledger.issues[-1].release)
        return pd.DataFrame(rows, columns=PROTECTED_CELLS.column_names)

    def _left_out_reason(self, family: str, area: str) -> str | None:
        """Why nothing of a member is published, if anything stands against it."""
        if (family, area) in self.without:
            return NOT_PROTECTABLE
        try:
            self.ledger.key()
        except Wrong:
            return NO_KEY
        return None

    @cached_property
    def _perturbation(self) -> Perturbation:
        return Perturbation(self.ledger.key(), self.settings.deviation, self.settings.variance)

    def _drawing(self, db: duckdb.DuckDBPyConnection, member: Member) -> Drawing:
        earlier = self.ledger.snapshots(member.family, member.area)
        [(grouping,)] = db.execute("SELECT grouping FROM core.settings").fetchall()
        known = knowledge(db, (member.family, member.area), earlier, grouping)
        return Drawing(
            member,
            self.as_of,
            self.ledger.issues,
            self._perturbation,
            self.settings,
            known,
            _new_draws(db, member),
        )

    def _is_known(
        self, db: duckdb.DuckDBPyConnection, family: str, area: str, now: Knowledge
    ) -> Callable[[Sequence[Entry]], bool]:
        """Whether the last release has the same cells and open facts, so that it was attacked with them."""

        def is_known(entries: Sequence[Entry]) -> bool:
            if not self.ledger.issues:
                return not entries
            last = self.ledger.issues[-1].cells.get((family, area), {})
            same = last == {e.place: e.as_published() for e in entries}
            return same and _facts_before(db, family, area) == now.facts

        return is_known


def left_out(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """The parts that a build could not protect: collection, member, year and reason."""
    return db.execute(
        f"SELECT DISTINCT collection, reporting_country, CAST(year AS VARCHAR), status "
        f"FROM {PROTECTED_CELLS.full_name} WHERE list_contains($reasons, status) ORDER BY ALL",
        {"reasons": list(TO_ACT_ON)},
    ).fetchall()


def _facts_before(db: duckdb.DuckDBPyConnection, family: str, area: str) -> Any:
    """The open facts of the last release; None where there is none."""
    attached = db.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = $n", {"n": PREVIOUS})
    if not attached.fetchone():
        return None
    [(own,)] = db.execute("SELECT current_database()").fetchall()
    db.execute(f"USE {PREVIOUS}")
    try:
        return open_facts(db, family, area)
    finally:
        db.execute(f'USE "{own}"')


# ---- decisions ---------------------------------------------------------------------------------------


class Agreements:
    """Members that agreed to the first release of a collection, and those that were released before."""

    def __init__(self, db: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        self._rows = db.execute(
            "SELECT collection, reporting_country, period_start FROM registry.decisions "
            "WHERE kind = 'agreement'"
        ).fetchall()
        self._published = {
            (entry.collection, entry.place.area) for issue in ledger.issues for entry in issue.entries
        }

    def covers(self, area: str, period: Period, collection: str) -> bool:
        """Whether a member's counts of a period may be published."""
        return (collection, area) in self._published or any(
            collection == own and member in (None, area) and period.start >= since
            for own, member, since in self._rows
        )


def _new_draws(db: duckdb.DuckDBPyConnection, member: Member) -> dict[Subject, date]:
    """The day of the last decision that allows a further draw, by measure and period."""
    rows = db.execute(
        "SELECT collection, measure, reporting_country, frequency, period_start, decided_on "
        "FROM registry.decisions WHERE kind = 'new_draw' ORDER BY decided_on"
    ).fetchall()
    found: dict[Subject, date] = {}
    for collection, measure, area, frequency, start, day in rows:
        decided = Period(frequency, start)
        for (own, period), counts in member.counts.items():
            is_in = decided.start <= period.start and period.next_start <= decided.next_start
            is_of = collection == counts.collection.name and area in (None, member.area)
            if is_in and is_of and measure in (None, own):
                found[own, period] = day
    return found


# ---- the true counts ---------------------------------------------------------------------------------


def _members(
    db: duckdb.DuckDBPyConnection, as_of: date
) -> Iterator[tuple[str, str, dict[Subject, Counts], dict[Subject, str]]]:
    """Each family and member with its counts, and the years left out with the reason."""
    collections = _collections(db)
    waiting = _waiting(db)
    for (family, area), measures in _figures(db).items():
        counts: dict[Subject, Counts] = {}
        why: dict[Subject, str] = {}
        for measure, figures in measures.items():
            periods, reasons = member_periods(figures, collections, as_of)
            why |= {(measure, year): reason for year, reason in reasons.items()}
            for period, own in periods.items():
                if _waits(waiting, area, measure, period, own):
                    why[measure, period] = "rows_wait"
                else:
                    counts[measure, period] = own
        yield family, area, counts, why


def _collections(db: duckdb.DuckDBPyConnection) -> tuple[Collection, ...]:
    rows = db.execute(
        """
        SELECT c.collection, c.frequency, c.confidentiality = 'cases',
               coalesce(list(e.breakdown) FILTER (e.breakdown IS NOT NULL), [])
        FROM registry.collections AS c LEFT JOIN registry.exhaustive AS e USING (collection)
        WHERE c.confidentiality IN ('cases', 'small_counts') GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return tuple(Collection(name, each, cases, frozenset(whole)) for name, each, cases, whole in rows)


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
    found: dict[tuple[str, str], dict[str, list[tuple[Period, Figure]]]] = {}
    for family, area, measure, year, *figure in rows:
        own = found.setdefault((family, area), {}).setdefault(measure, [])
        own.append((Period(YEAR, year), Figure(*figure)))
    return found


def _waiting(db: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The rows in quarantine: submission, measure, member, first and last day."""
    return db.execute(
        "SELECT DISTINCT submission, measure, reporting_country, period_start, period_end FROM core.openings"
    ).fetchall()


def _waits(
    waiting: Iterable[tuple[Any, ...]], area: str, measure: str, period: Period, counts: Counts
) -> bool:
    """Whether a row in quarantine may belong to a period."""
    last = period.next_start - timedelta(days=1)
    return any(
        submission in counts.submissions
        and member in (area, "_U")
        and own in (measure, "_U")
        and (first is None or first <= last)
        and (end is None or end >= period.start)
        for submission, own, member, first, end in waiting
    )


# ---- rows --------------------------------------------------------------------------------------------


def _row(entry: Entry, counts: Mapping[Subject, Counts], revised_on: date | None) -> dict[str, Any]:
    place = entry.place
    own = counts.get((place.measure, entry.period))
    true = own.cells().get((place.dimension, place.code), 0) if own else None
    return _key(place.family, place.area, place.measure, entry.period, place.dimension, place.code) | {
        "status": SHOWN,
        "value": true,
        "value_low": entry.low,
        "value_high": entry.high,
        "value_published": entry.published,
        "flag": entry.marks,
        "details_as_of": entry.details_as_of,
        "revised_on": revised_on if entry.is_stale else None,
        "draw": entry.draw,
        "attempt": entry.attempt,
        "fingerprint": entry.fingerprint,
        "collection": entry.collection,
        "submissions": entry.submissions,
    }


def _absent(
    family: str,
    area: str,
    reasons: Mapping[tuple[str, Period, str], str],
    counts: Mapping[Subject, Counts],
) -> Iterator[dict[str, Any]]:
    """The periods and tables that are left out, and why."""
    for (measure, period, dimension), reason in sorted(reasons.items()):
        own = counts.get((measure, period))
        yield _key(family, area, measure, period, dimension, WHOLE) | {
            "status": reason,
            "collection": own.collection.name if own else NOBODY,
            "submissions": "",
        }


def _key(family: str, area: str, measure: str, period: Period, dimension: str, code: str) -> dict[str, Any]:
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
