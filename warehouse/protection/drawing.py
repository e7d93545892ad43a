"""Which draw each period of a member is in, and the drawing of new details until the attack narrows none.

A period's details are drawn at their first release and, if they changed, at the first release of the calendar
years after it (`draws` in all). In between they are published as they were, marked as stale. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schemas.protected import JOIN, WHOLE, Settings, layouts
from warehouse.audit.attack import Contradiction, TimedOut
from warehouse.audit.published import STALE
from warehouse.audit.relations import Knowledge, Limits, Place, Snapshot, leaks
from warehouse.protection.counts import MONTHS, YEAR, Counts, Period
from warehouse.protection.ledger import Entry, Issue
from warehouse.protection.perturbation import Perturbation

PERTURBED = "perturbed"
"""The flag of a count that is published as an interval around the truth."""
NOT_PROTECTABLE = "not_protectable"
SECONDS = 10.0
"""Seconds for one solve of the attack; a time-out counts as a leak."""

Subject = tuple[str, Period]
"""A measure and a period."""


class Member(NamedTuple):
    """A member and family, with the true counts of each measure and period."""

    family: str
    area: str
    counts: Mapping[Subject, Counts]

    def place(self, subject: Subject, dimension: str, code: str) -> Place:
        """A cell of a subject."""
        measure, period = subject
        return Place(self.family, measure, self.area, period.frequency, period.start, dimension, code)


@dataclass(frozen=True)
class Plan:
    """What is published of a subject's details: a new draw, or the last one, stale or not."""

    draw: int
    kept: Sequence[Entry] = ()
    is_stale: bool = False
    revised_on: date | None = None

    @property
    def is_new(self) -> bool:
        """Whether the details are drawn in this release."""
        return not self.kept


@dataclass
class Drawing:
    """The published cells of one member, drawn again until no cell is narrowed."""

    member: Member
    as_of: date
    issues: Sequence[Issue]
    perturbation: Perturbation
    settings: Settings
    knowledge: Knowledge
    new_draws: Mapping[Subject, date] = field(default_factory=dict)
    """The day of the last decision that the details of a period may be drawn once more."""
    left_out: dict[tuple[str, Period, str], str] = field(default_factory=dict)
    _attempts: dict[Subject, int] = field(default_factory=dict)
    _perturbed_totals: set[Subject] = field(default_factory=set)
    _plans: dict[Subject, Plan] = field(default_factory=dict)

    def run(self, is_known: Callable[[Sequence[Entry]], bool]) -> list[Entry]:
        """The entries of the release. `is_known`: whether the last release was attacked with them."""
        self._plans = {subject: self._plan(subject) for subject in sorted(self.member.counts)}
        entries = self._entries()
        if is_known(entries):
            return entries
        for redraw in range(self.settings.redraws + len(layouts()) * (1 + len(self._plans))):
            narrow = self._leaks(entries)
            if not narrow:
                return entries
            if redraw == 0 and self._perturb_totals(entries):
                entries = self._entries()
                continue
            drawn = {s for s in narrow if s in self._plans and self._plans[s].is_new}
            if drawn and redraw < self.settings.redraws:
                for subject in drawn:
                    self._attempts[subject] = self._attempts.get(subject, 0) + 1
            elif not self._give_way(narrow):
                break
            entries = self._entries()
        return self._nothing_new()

    # ---- the attack ----------------------------------------------------------------------------------

    def _leaks(self, entries: Sequence[Entry]) -> dict[Subject, set[str]]:
        """The subjects and dimensions that the release narrows; all new ones if the attack has no answer."""
        try:
            return self._narrow(entries)
        except (TimedOut, Contradiction):
            new = {subject for subject, plan in self._plans.items() if plan.is_new}
            return {subject: {WHOLE} for subject in new or self._plans}

    def _narrow(self, entries: Sequence[Entry]) -> dict[Subject, set[str]]:
        own = self.settings
        limits = Limits(own.feasible_values, own.threshold, own.most_absent, SECONDS)
        now = Snapshot(self.as_of, {e.place: e.as_published() for e in entries})
        found: dict[Subject, set[str]] = {}
        for place in (version.place for version in leaks(self.knowledge, now, limits)):
            found.setdefault((place.measure, Period(place.frequency, place.start)), set()).add(
                place.dimension
            )
        return found

    def _perturb_totals(self, entries: Sequence[Entry]) -> bool:
        """Give up the exact totals that, with what everybody knows, narrow a count by themselves."""
        bare = [e._replace(low=0, high=None) if e.details_as_of else e for e in entries]
        try:
            narrow = self._narrow(bare)
        except (TimedOut, Contradiction):
            return False
        exact = {o for subject in narrow for o in self._overlapping(subject) if self._is_exact(o)}
        self._perturbed_totals |= exact
        return bool(exact)

    # ---- what gives way ------------------------------------------------------------------------------

    def _give_way(self, narrow: Mapping[Subject, set[str]]) -> bool:
        """Leave out the finest new table with a narrowed cell, for each subject; False if none is left."""
        left_out = [self._leave_out(subject, dimensions) for subject, dimensions in sorted(narrow.items())]
        return any(left_out)

    def _leave_out(self, subject: Subject, dimensions: set[str]) -> bool:
        for other in self._overlapping(subject):
            finest = self._finest(other, dimensions if other == subject else {WHOLE})
            if finest and self._plans[other].is_new:
                self.left_out[(*other, finest)] = NOT_PROTECTABLE
                return True
        for other in self._overlapping(subject):
            if self._is_exact(other):
                self._perturbed_totals.add(other)
                return True
        return False

    def _overlapping(self, subject: Subject) -> list[Subject]:
        """The subject itself, then those with a common day: short periods first, other measures last."""
        measure, period = subject
        others = [
            (m, p)
            for m, p in self.member.counts
            if (m, p) != subject and p.start < period.next_start and period.start < p.next_start
        ]
        order = sorted(others, key=lambda s: (s[0] != measure, MONTHS[s[1].frequency], s))
        return [subject, *order]

    def _finest(self, subject: Subject, dimensions: set[str]) -> str | None:
        """The finest table of a subject that is still published and contains one of the dimensions."""
        for name in (one.dimension for one in reversed(layouts())):
            is_there = name in self.member.counts[subject].tables and (*subject, name) not in self.left_out
            if is_there and dimensions & {WHOLE, name, *name.split(JOIN)}:
                return name
        if (*subject, WHOLE) not in self.left_out and not self._is_exact(subject):
            return WHOLE
        return None

    def _nothing_new(self) -> list[Entry]:
        """Totals and earlier draws, else earlier draws alone, else nothing."""
        self._leave_out_all(subject for subject, plan in self._plans.items() if plan.is_new)
        for perturbed in (set(), set(self._plans)):
            self._perturbed_totals = perturbed
            entries = self._entries()
            if not self._leaks(entries):
                return entries
        self._leave_out_all(self._plans)
        return []

    def _leave_out_all(self, subjects: Iterable[Subject]) -> None:
        self.left_out |= {(*subject, WHOLE): NOT_PROTECTABLE for subject in subjects}

    # ---- entries -------------------------------------------------------------------------------------

    def _entries(self) -> list[Entry]:
        return [entry for subject in sorted(self._plans) for entry in self._of_subject(subject)]

    def _of_subject(self, subject: Subject) -> Iterator[Entry]:
        if (*subject, WHOLE) in self.left_out:
            return
        plan, counts = self._plans[subject], self.member.counts[subject]
        if self._is_exact(subject):
            yield self._total(subject, counts)
        if plan.is_new:
            yield from self._drawn(subject, counts, plan)
        else:
            yield from self._kept(subject, plan)

    def _is_exact(self, subject: Subject) -> bool:
        """Whether the total is published as it is: a complete year of the member's kind."""
        measure, period = subject
        if period.frequency != YEAR or subject in self._perturbed_totals:
            return False
        has_calendar = any(
            m == measure and p.frequency == YEAR and p.start.month == 1 for m, p in self.member.counts
        )
        return period.start.month == 1 or not has_calendar

    def _total(self, subject: Subject, counts: Counts) -> Entry:
        own = self.knowledge.thresholds.get(counts.collection.name, 0)
        threshold = max(self.settings.threshold, own)
        is_small = 1 <= counts.total < threshold
        low, high = (1, threshold - 1) if is_small else (counts.total, counts.total)
        return Entry(
            self.member.place(subject, WHOLE, WHOLE),
            low,
            high,
            None,
            PERTURBED if is_small else None,
            None,
            counts.collection.name,
            " ".join(sorted(counts.submissions)),
        )

    def _drawn(self, subject: Subject, counts: Counts, plan: Plan) -> Iterator[Entry]:
        attempt = self._attempts.get(subject, 0)
        fingerprint = self._fingerprint(subject, counts)
        listed = {one.dimension for one in layouts() if one.is_listed}
        for (dimension, code), count in counts.cells().items():
            is_left_out = (*subject, dimension) in self.left_out
            if is_left_out or (dimension == WHOLE and self._is_exact(subject)):
                continue
            place = self.member.place(subject, dimension, code)
            value = self.perturbation.published(count, _draw_name(place, subject[1], plan.draw, attempt))
            if dimension in listed and value < self.settings.listed_from:
                continue
            low, high = self.perturbation.bounds(value)
            if dimension == WHOLE:
                low = max(low, self.knowledge.floors.get((counts.collection.name, place.frequency), 0))
            yield Entry(
                place,
                low,
                high,
                value,
                PERTURBED,
                self.as_of,
                counts.collection.name,
                " ".join(sorted(counts.submissions)),
                plan.draw,
                attempt,
                fingerprint,
            )

    def _kept(self, subject: Subject, plan: Plan) -> Iterator[Entry]:
        """The cells of the last draw; stale ones keep their sources, others have those of today's counts."""
        counts = self.member.counts[subject]
        for entry in plan.kept:
            if entry.place.dimension == WHOLE and self._is_exact(subject):
                continue
            if plan.is_stale:
                yield entry._replace(marks=f"{PERTURBED}+{STALE}")
            else:
                sources = " ".join(sorted(counts.submissions))
                yield entry._replace(marks=PERTURBED, collection=counts.collection.name, submissions=sources)

    def _fingerprint(self, subject: Subject, counts: Counts) -> str:
        measure, period = subject
        cells = ";".join(f"{d}={c}:{n}" for (d, c), n in sorted(counts.cells().items()) if n)
        return self.perturbation.fingerprint(
            f"{self.member.family}|{measure}|{self.member.area}|{period}|{cells}"
        )

    # ---- which draw ----------------------------------------------------------------------------------

    def revised_on(self, subject: Subject) -> date | None:
        """The day of the next revision of stale details; None if they are current or are not drawn again."""
        plan = self._plans.get(subject)
        return plan.revised_on if plan and plan.is_stale else None

    def _plan(self, subject: Subject) -> Plan:
        history = [(issue, own) for issue in self.issues if (own := self._details(issue, subject))]
        drawn = [own[0] for _, own in history if own[0].draw is not None]
        if not drawn:
            return Plan(1)
        last_issue, last = history[-1]
        made = max(entry.draw or 0 for entry in drawn)
        was_withdrawn = last_issue is not self.issues[-1]
        is_same = last[0].fingerprint == self._fingerprint(subject, self.member.counts[subject])
        if was_withdrawn and made < self.settings.draws:
            return Plan(made + 1)
        if is_same:
            return Plan(made, last)
        drawn_on = max(entry.details_as_of for entry in drawn if entry.details_as_of)
        if self.new_draws.get(subject, drawn_on) > drawn_on:
            return Plan(made + 1)
        first = next(issue.as_of.year for issue, own in history if own[0].draw is not None)
        is_first_of_year = all(issue.as_of.year != self.as_of.year for issue in self.issues)
        last_year = first + self.settings.draws - 1
        if is_first_of_year and made < self.settings.draws and self.as_of.year <= last_year:
            return Plan(made + 1)
        next_year = self.as_of.year + 1
        has_next = made < self.settings.draws and next_year <= last_year
        return Plan(made, last, True, date(next_year, 1, 1) if has_next else None)

    def _details(self, issue: Issue, subject: Subject) -> Sequence[Entry]:
        measure, period = subject
        return issue.details.get((self.member.family, measure, self.member.area, period), ())


def _draw_name(place: Place, period: Period, draw: int, attempt: int) -> str:
    """What a draw depends on besides the key: the cell by its dates and codes, and the number of the draw."""
    return f"{'|'.join(map(str, place))}|{period.next_start}|{draw}.{attempt}"
