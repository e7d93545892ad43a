"""Draws of protected details: which draw a period uses, and new draws until the attack narrows no count.

A period's details are drawn at their first release and, if they changed, at the first release of each of the
next calendar years (`draws` in all). In between, the last details are published again, marked as stale. Reads
no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schemas.protected_tables import JOIN, TOTAL_CODE, Settings, layouts
from warehouse.audit.attack import Contradiction, TimedOut
from warehouse.audit.relations import CellKey, Knowledge, Limits, Snapshot, find_leaks
from warehouse.audit.released_counts import STALE
from warehouse.protection.counts import MONTHS, YEAR, Counts, Period
from warehouse.protection.ledger import Entry, Issue
from warehouse.protection.perturbation import Perturbation

PERTURBED_FLAG = "perturbed"
"""Flag of a count that is published as an interval around the true count."""
NOT_PROTECTABLE = "not_protectable"
SECONDS = 10.0
"""Time limit for a solve of the attack; a time-out counts as a leak."""

Subject = tuple[str, Period]
"""A measure and a period."""


class Member(NamedTuple):
    """A member and family, with the true counts of each measure and period."""

    family: str
    area: str
    counts: Mapping[Subject, Counts]

    def cell_key(self, subject: Subject, dimension: str, code: str) -> CellKey:
        """Return the key of a subject's cell."""
        measure, period = subject
        return CellKey(self.family, measure, self.area, period.frequency, period.start, dimension, code)


@dataclass(frozen=True)
class Plan:
    """The details of a subject to publish: a new draw, or the last draw, current or stale."""

    draw: int
    entries: Sequence[Entry] = ()
    is_stale: bool = False
    revised_on: date | None = None

    @property
    def is_new(self) -> bool:
        """True if the details are drawn in this release."""
        return not self.entries


@dataclass
class Drawing:
    """Drawing of a member's published cells, repeated until the attack narrows no cell."""

    member: Member
    as_of: date
    issues: Sequence[Issue]
    perturbation: Perturbation
    settings: Settings
    knowledge: Knowledge
    new_draws: Mapping[Subject, date] = field(default_factory=dict)
    """Day of the last decision that allows a further draw of a period's details."""
    left_out: dict[tuple[str, Period, str], str] = field(default_factory=dict)
    _attempts: dict[Subject, int] = field(default_factory=dict)
    _perturbed_totals: set[Subject] = field(default_factory=set)
    _plans: dict[Subject, Plan] = field(default_factory=dict)

    def run(self, was_attacked: Callable[[Sequence[Entry]], bool]) -> list[Entry]:
        """Return the entries of the release. `was_attacked`: the last release has the same."""
        self._plans = {subject: self._make_plan(subject) for subject in sorted(self.member.counts)}
        entries = self._entries()
        if was_attacked(entries):
            return entries
        for redraw in range(self.settings.redraws + len(layouts()) * (1 + len(self._plans))):
            narrow = self._find_leaks(entries)
            if not narrow:
                return entries
            if redraw == 0 and self._perturb_totals(entries):
                entries = self._entries()
                continue
            new_subjects = {s for s in narrow if s in self._plans and self._plans[s].is_new}
            if new_subjects and redraw < self.settings.redraws:
                for subject in new_subjects:
                    self._attempts[subject] = self._attempts.get(subject, 0) + 1
            elif not self._leave_out_tables(narrow):
                break
            entries = self._entries()
        return self._publish_nothing_new()

    # ---- the attack ----------------------------------------------------------------------------------

    def _find_leaks(self, entries: Sequence[Entry]) -> dict[Subject, set[str]]:
        """Return the narrowed subjects and dimensions; all new ones if the attack has no answer."""
        try:
            return self._find_narrow_dimensions(entries)
        except (TimedOut, Contradiction):
            new = {subject for subject, plan in self._plans.items() if plan.is_new}
            return {subject: {TOTAL_CODE} for subject in new or self._plans}

    def _find_narrow_dimensions(self, entries: Sequence[Entry]) -> dict[Subject, set[str]]:
        settings = self.settings
        limits = Limits(settings.feasible_values, settings.threshold, settings.most_absent, SECONDS)
        snapshot = Snapshot(self.as_of, {e.cell_key: e.as_published() for e in entries})
        narrow_dimensions: dict[Subject, set[str]] = {}
        for cell_key in (version.cell_key for version in find_leaks(self.knowledge, snapshot, limits)):
            narrow_dimensions.setdefault(
                (cell_key.measure, Period(cell_key.frequency, cell_key.start)), set()
            ).add(cell_key.dimension)
        return narrow_dimensions

    def _perturb_totals(self, entries: Sequence[Entry]) -> bool:
        """Stop publishing exact totals that narrow a count even without any details."""
        without_details = [e._replace(low=0, high=None) if e.details_as_of else e for e in entries]
        try:
            narrow = self._find_narrow_dimensions(without_details)
        except (TimedOut, Contradiction):
            return False
        exact = {
            other
            for subject in narrow
            for other in self._overlapping_subjects(subject)
            if self._is_exact(other)
        }
        self._perturbed_totals |= exact
        return bool(exact)

    # ---- omissions -----------------------------------------------------------------------------------

    def _leave_out_tables(self, narrow: Mapping[Subject, set[str]]) -> bool:
        """Leave out the finest new table with a narrowed cell, for each subject; False if none remains."""
        left_out = [self._leave_out(subject, dimensions) for subject, dimensions in sorted(narrow.items())]
        return any(left_out)

    def _leave_out(self, subject: Subject, dimensions: set[str]) -> bool:
        for other in self._overlapping_subjects(subject):
            finest = self._finest_table(other, dimensions if other == subject else {TOTAL_CODE})
            if finest and self._plans[other].is_new:
                self.left_out[(*other, finest)] = NOT_PROTECTABLE
                return True
        for other in self._overlapping_subjects(subject):
            if self._is_exact(other):
                self._perturbed_totals.add(other)
                return True
        return False

    def _overlapping_subjects(self, subject: Subject) -> list[Subject]:
        """Return the subject and those with common days: short periods first, other measures last."""
        measure, period = subject
        others = [
            (m, p)
            for m, p in self.member.counts
            if (m, p) != subject and p.start < period.next_start and period.start < p.next_start
        ]
        order = sorted(others, key=lambda s: (s[0] != measure, MONTHS[s[1].frequency], s))
        return [subject, *order]

    def _finest_table(self, subject: Subject, dimensions: set[str]) -> str | None:
        """Return the finest published table of a subject that contains any of the dimensions."""
        for name in (layout.dimension for layout in reversed(layouts())):
            is_published = (
                name in self.member.counts[subject].tables and (*subject, name) not in self.left_out
            )
            if is_published and dimensions & {TOTAL_CODE, name, *name.split(JOIN)}:
                return name
        if (*subject, TOTAL_CODE) not in self.left_out and not self._is_exact(subject):
            return TOTAL_CODE
        return None

    def _publish_nothing_new(self) -> list[Entry]:
        """Return totals and earlier draws; if that leaks, only earlier draws; else nothing."""
        self._leave_out_all(subject for subject, plan in self._plans.items() if plan.is_new)
        for perturbed_totals in (set(), set(self._plans)):
            self._perturbed_totals = perturbed_totals
            entries = self._entries()
            if not self._find_leaks(entries):
                return entries
        self._leave_out_all(self._plans)
        return []

    def _leave_out_all(self, subjects: Iterable[Subject]) -> None:
        self.left_out |= {(*subject, TOTAL_CODE): NOT_PROTECTABLE for subject in subjects}

    # ---- entries -------------------------------------------------------------------------------------

    def _entries(self) -> list[Entry]:
        return [entry for subject in sorted(self._plans) for entry in self._subject_entries(subject)]

    def _subject_entries(self, subject: Subject) -> Iterator[Entry]:
        if (*subject, TOTAL_CODE) in self.left_out:
            return
        plan, counts = self._plans[subject], self.member.counts[subject]
        if self._is_exact(subject):
            yield self._total_entry(subject, counts)
        if plan.is_new:
            yield from self._new_entries(subject, counts, plan)
        else:
            yield from self._last_entries(subject, plan)

    def _is_exact(self, subject: Subject) -> bool:
        """Check if the total is published exactly: complete years of the member's kind are."""
        measure, period = subject
        if period.frequency != YEAR or subject in self._perturbed_totals:
            return False
        has_calendar = any(
            m == measure and p.frequency == YEAR and p.start.month == 1 for m, p in self.member.counts
        )
        return period.start.month == 1 or not has_calendar

    def _total_entry(self, subject: Subject, counts: Counts) -> Entry:
        own_threshold = self.knowledge.thresholds.get(counts.collection.name, 0)
        threshold = max(self.settings.threshold, own_threshold)
        is_small = 1 <= counts.total < threshold
        low, high = (1, threshold - 1) if is_small else (counts.total, counts.total)
        return Entry(
            self.member.cell_key(subject, TOTAL_CODE, TOTAL_CODE),
            low,
            high,
            None,
            PERTURBED_FLAG if is_small else None,
            None,
            counts.collection.name,
            " ".join(sorted(counts.submissions)),
        )

    def _new_entries(self, subject: Subject, counts: Counts, plan: Plan) -> Iterator[Entry]:
        attempt = self._attempts.get(subject, 0)
        fingerprint = self._fingerprint(subject, counts)
        listed_dimensions = {layout.dimension for layout in layouts() if layout.is_listed}
        for (dimension, code), count in counts.cells().items():
            is_left_out = (*subject, dimension) in self.left_out
            if is_left_out or (dimension == TOTAL_CODE and self._is_exact(subject)):
                continue
            cell_key = self.member.cell_key(subject, dimension, code)
            value = self.perturbation.draw_value(count, _draw_input(cell_key, subject[1], plan.draw, attempt))
            if dimension in listed_dimensions and value < self.settings.listed_from:
                continue
            low, high = self.perturbation.bounds(value)
            if dimension == TOTAL_CODE:
                low = max(low, self.knowledge.floors.get((counts.collection.name, cell_key.frequency), 0))
            yield Entry(
                cell_key,
                low,
                high,
                value,
                PERTURBED_FLAG,
                self.as_of,
                counts.collection.name,
                " ".join(sorted(counts.submissions)),
                plan.draw,
                attempt,
                fingerprint,
            )

    def _last_entries(self, subject: Subject, plan: Plan) -> Iterator[Entry]:
        """Yield the cells of the last draw. Stale ones keep their sources, others get today's."""
        counts = self.member.counts[subject]
        for entry in plan.entries:
            if entry.cell_key.dimension == TOTAL_CODE and self._is_exact(subject):
                continue
            if plan.is_stale:
                yield entry._replace(marks=f"{PERTURBED_FLAG}+{STALE}")
            else:
                sources = " ".join(sorted(counts.submissions))
                yield entry._replace(
                    marks=PERTURBED_FLAG, collection=counts.collection.name, submissions=sources
                )

    def _fingerprint(self, subject: Subject, counts: Counts) -> str:
        measure, period = subject
        cells = ";".join(f"{d}={c}:{n}" for (d, c), n in sorted(counts.cells().items()) if n)
        return self.perturbation.fingerprint(
            f"{self.member.family}|{measure}|{self.member.area}|{period}|{cells}"
        )

    # ---- plans ---------------------------------------------------------------------------------------

    def revised_on(self, subject: Subject) -> date | None:
        """Return the day of the next revision of stale details; None if there is none."""
        plan = self._plans.get(subject)
        return plan.revised_on if plan and plan.is_stale else None

    def _make_plan(self, subject: Subject) -> Plan:
        history = [
            (issue, entries) for issue in self.issues if (entries := self._last_details(issue, subject))
        ]
        drawn_entries = [entries[0] for _, entries in history if entries[0].draw is not None]
        if not drawn_entries:
            return Plan(1)
        last_issue, last = history[-1]
        draws_made = max(entry.draw or 0 for entry in drawn_entries)
        was_withdrawn = last_issue is not self.issues[-1]
        is_same = last[0].fingerprint == self._fingerprint(subject, self.member.counts[subject])
        if was_withdrawn and draws_made < self.settings.draws:
            return Plan(draws_made + 1)
        if is_same:
            return Plan(draws_made, last)
        drawn_on = max(entry.details_as_of for entry in drawn_entries if entry.details_as_of)
        if self.new_draws.get(subject, drawn_on) > drawn_on:
            return Plan(draws_made + 1)
        first = next(issue.as_of.year for issue, entries in history if entries[0].draw is not None)
        is_first_of_year = all(issue.as_of.year != self.as_of.year for issue in self.issues)
        last_year = first + self.settings.draws - 1
        if is_first_of_year and draws_made < self.settings.draws and self.as_of.year <= last_year:
            return Plan(draws_made + 1)
        next_year = self.as_of.year + 1
        has_next = draws_made < self.settings.draws and next_year <= last_year
        return Plan(draws_made, last, True, date(next_year, 1, 1) if has_next else None)

    def _last_details(self, issue: Issue, subject: Subject) -> Sequence[Entry]:
        measure, period = subject
        return issue.details.get((self.member.family, measure, self.member.area, period), ())


def _draw_input(cell_key: CellKey, period: Period, draw: int, attempt: int) -> str:
    """Return the input of a draw besides the key: the cell's dates and codes and the draw's number."""
    return f"{'|'.join(map(str, cell_key))}|{period.next_start}|{draw}.{attempt}"
