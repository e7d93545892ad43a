"""Admission of a submission: the decision to accept or hold it, made once, after its steps first ran.

The staged results are compared with those of submissions accepted earlier (comparison.py). The outcome is one
line of the submission's history. Builds follow that line and nobody decides again. This module does no step's
work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.intake import comparison, record_comparison
from assets.intake.comparison import Change, compare
from assets.intake.judging.summed_labels import heavy_new_labels
from assets.intake.series.judge import judge_series
from assets.intake.series.values import SERIES_COLUMNS, YEARS_BACK, Doubt
from assets.intake.step import OBSERVATIONS, RECORDS, VALIDATED, WAITING, Step
from assets.intake.workbook_answers import passport_doubts
from schemas.cards.format_card import Collection
from schemas.findings import Finding, rules
from schemas.records import Declaration
from schemas.tables import OBSERVATION_KEY
from warehouse.build.passports import entries_of
from warehouse.home import Home, Submission, receipts
from warehouse.home.admission_state import Question
from warehouse.home.frames import frame_path, read_arrow, read_frame
from warehouse.home.step_results import RECORDS_TABLE, StepResult, read_result


@dataclass(frozen=True)
class Admission:
    """The submission that was compared with, the outcome for the values, and the breaches that hold the file.

    `remarks` are doubts, and findings that it seems older than the submission in force. `largest` lists
    single changes. It is filled only right after a comparison, because a history keeps no values.
    """

    compared_with: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    breaches: list[Finding] = field(default_factory=list)
    largest: list[Change] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    """Periods that are under question, although the file is accepted."""


MOST_OLDER = 12
"""Number of earlier submissions that are checked, to see whether a file repeats their values."""
Ready = Callable[[Submission, Step], None]
"""Run the steps of a submission if the result of one is missing or stale, and compare it if that is due."""


def awaits(home: Home, submission: Submission) -> bool:
    """Check that the steps accepted the submission and that it has not been compared yet."""
    last = read_result(home, submission.id, OBSERVATIONS.name)
    return last is not None and last.is_accepted and submission.admission_state.to_compare


def admit(home: Home, submission: Submission, ready: Ready) -> None:
    """Compare a submission that waits for it, and note the outcome."""
    admission = compare_submission(home, submission, home, ready)
    findings = admission.breaches, admission.remarks
    questions = admission.questions
    receipts.note_comparison(
        home, submission, admission.compared_with, admission.counts, *findings, questions
    )
    if answers := _answers(home, submission):
        office = answers.get("office", submission.collection.split("/")[0])
        receipts.justify(home, submission, submission.received_on, office=office, reasons=answers)


def _answers(home: Home, submission: Submission) -> dict[str, str]:
    """Return what the workbook answers, by question or by the rule that it explains."""
    result = read_result(home, submission.id, RECORDS.name)
    return dict(result.facts.get("answers", {})) if result else {}


def read_admission(submission: Submission) -> Admission:
    """Read the outcome of the comparison from the submission's history."""
    standing = submission.admission_state
    return Admission(
        standing.compared_with,
        standing.values,
        standing.breaches,
        remarks=standing.remarks,
        questions=standing.questions,
    )


def compare_submission(home: Home, submission: Submission, other_home: Home, ready: Ready) -> Admission:
    """Compare a submission staged in `home` with those in force in `other_home`, and judge the series of
    both."""
    card = home.card(submission.collection)
    collection = card.collection
    others = [s for s in other_home.submissions(submission.collection) if s.id != submission.id]
    own_breaches = [*_own_breaches(home, submission, collection), *_withdrawn_before(submission, others)]
    if card.declaration:
        return _compare_records(home, submission, other_home, ready, card.declaration, own_breaches)
    earlier = [s for s in others if s.order < submission.order]
    # a later submission that is not compared yet will be compared with this one
    later = [s for s in others[len(earlier) :] if not s.admission_state.to_compare]
    pair = _Comparison(home, submission, other_home, ready, collection, earlier, later)
    admission, doubts = _compare_values(pair), [*_doubts(pair), *_passport_doubts(pair)]
    own_breaches += [finding for finding in _label_breaches(pair) if finding not in own_breaches]
    held, asked = ([d for d in doubts if d.holds is holds] for holds in (True, False))
    return replace(
        admission,
        breaches=[*own_breaches, *admission.breaches, *(doubt.finding for doubt in held)],
        remarks=[*admission.remarks, *(doubt.finding for doubt in asked)],
        questions=list(dict.fromkeys(question for doubt in asked for question in doubt.questions)),
    )


@dataclass(frozen=True)
class _Comparison:
    """A submission staged in `home`, and the submissions in `other_home` before and after it."""

    home: Home
    submission: Submission
    other_home: Home
    ready: Ready
    collection: Collection
    earlier: list[Submission]
    later: list[Submission]

    @property
    def by_period(self) -> bool:
        """True if a delivery replaces only its own periods."""
        return self.collection.delivery == "by_period"

    @cached_property
    def values(self) -> pa.Table:
        """Values of the submission."""
        return _values(self.home, self.submission)

    @cached_property
    def waiting(self) -> pa.Table:
        """Keys of its quarantined rows."""
        return _waiting(self.home, self.submission)

    @cached_property
    def near(self) -> pa.Array | None:
        """Periods in which values are compared; None for all."""
        return _near(self.values) if self.by_period else None

    @cached_property
    def before(self) -> list[Submission]:
        """Earlier submissions in force in these periods, the latest first."""
        return self.in_force(self.earlier[::-1], self.near)

    @cached_property
    def after(self) -> list[Submission]:
        """Later submissions in force in these periods."""
        return self.in_force(self.later, self.near)

    @cached_property
    def values_before(self) -> pa.Table:
        """Values of the earlier submissions in force."""
        return _values_of(self.other_home, self.before, self.near)

    def in_force(self, others: list[Submission], near: pa.Array | None) -> list[Submission]:
        """Return those of the others that are in force in the periods of `near`."""
        return _in_force(self.other_home, others, near, self.ready)


def _compare_values(pair: _Comparison) -> Admission:
    """Compare the values with those in force of the same keys."""
    if pair.before:
        in_force, tables = pair.before[0], (pair.values_before, pair.values, pair.waiting)
    elif pair.after:
        # a late submission: check whether the later one still reports its values
        in_force = pair.after[0]
        tables = pair.values, _values(pair.other_home, in_force), _waiting(pair.other_home, in_force)
    else:
        return Admission()
    settings = {"by_period": pair.by_period, "absent_is_zero": pair.collection.absent_cell == "zero"}
    comparison_result = compare(*tables, **settings)
    is_replacing = pair.before and not pair.after
    remarks = list(_older(pair, in_force, tables, settings)) if is_replacing else []
    return Admission(
        in_force.id,
        dict(comparison_result.counts),
        comparison_result.breaches,
        comparison_result.largest,
        remarks,
    )


def _doubts(pair: _Comparison) -> list[Doubt]:
    """Return the doubts about the series that are in force once the submission is."""
    before = None
    if pair.by_period:
        near = _years_around(pair.values)
        in_force = pair.in_force((pair.earlier + pair.later)[::-1], near)
        before = _values_of(pair.other_home, in_force, near) if in_force else None
    elif pair.after:
        return []  # a late submission: another one is in force
    elif pair.before:
        before = pair.values_before
    return judge_series(before, pair.values, pair.waiting, pair.collection)


def _passport_doubts(pair: _Comparison) -> list[Doubt]:
    """Return the doubts about answers of the workbook that differ from the passports."""
    answers = _answers(pair.home, pair.submission)
    entries = list(entries_of(pair.other_home, pair.submission.collection)) if answers else []
    return passport_doubts(answers, pair.values, entries) if entries else []


def _older(
    pair: _Comparison,
    in_force: Submission,
    tables: tuple[pa.Table, pa.Table, pa.Table],
    settings: Mapping[str, bool],
) -> Iterator[Finding]:
    """List findings that a file repeats values older than those in force, and adds no newer period."""
    earlier, home = pair.earlier[::-1], pair.other_home
    for older in earlier:
        if older.order < in_force.order and older.noted_sha256 == pair.submission.sha256:
            yield Finding(
                "sent_before", column_name=older.id, value=str(older.received_on), expected=in_force.id
            )
    before, after, waiting = tables
    if not pair.by_period:
        yield from comparison.find_earlier_ends(before, after)
    olders = _accepted_before(home, earlier, pair.near)[:MOST_OLDER]
    returns = comparison.count_returns(
        before, after, waiting, (_values(home, older) for older in olders), **settings
    )
    matches = [
        (result.count, older.order, result, older)
        for result, older in zip(returns, olders, strict=False)
        if result.is_significant
    ]
    if matches:
        *_, result, older = max(matches, key=lambda match: match[:2])
        yield Finding("goes_back", column_name=older.id, value=str(result.count), expected=str(result.total))


def _accepted_before(home: Home, earlier: list[Submission], near: pa.Array | None) -> list[Submission]:
    """Return the earlier submissions that were once accepted, the latest first."""
    last = {
        submission: read_result(home, submission.id, OBSERVATIONS.name)
        for submission in earlier
        if not submission.admission_state.is_waiting
    }
    return [
        submission
        for submission, result in last.items()
        if result and result.is_accepted and _may_hold(home, submission, near)
    ]


def _compare_records(
    home: Home,
    submission: Submission,
    home_in_force: Home,
    ready: Ready,
    declaration: Declaration,
    own_breaches: list[Finding],
) -> Admission:
    """Compare a submission of the network's records with those in force before it."""
    earlier = []
    for other in home_in_force.submissions(submission.collection)[::-1]:
        if (
            other.id == submission.id
            or other.order > submission.order
            or other.withdrawn_on
            or other.admission_state.is_waiting
        ):
            continue
        ready(other, OBSERVATIONS)
        last = read_result(home_in_force, other.id, OBSERVATIONS.name)
        if last and last.is_accepted and not other.admission_state.is_waiting:
            earlier.append(other)
    if not earlier:
        return Admission(breaches=own_breaches)
    before = record_comparison.in_force(
        [read_arrow(home_in_force, other.id, RECORDS_TABLE) for other in earlier]
    )
    after = read_arrow(home, submission.id, RECORDS_TABLE).to_pandas()
    waiting = read_frame(home, submission.id, WAITING)
    comparison_result = record_comparison.compare(before, after, waiting, declaration)
    return Admission(earlier[0].id, comparison_result.counts, [*own_breaches, *comparison_result.breaches])


def _in_force(home: Home, others: list[Submission], near: pa.Array | None, ready: Ready) -> list[Submission]:
    """Return the first of these that is in force. For deliveries by period, return all that hold a period of
    `near`."""
    in_force: list[Submission] = []
    for submission in others:
        if (
            submission.withdrawn_on
            or submission.admission_state.is_waiting
            or not _may_hold(home, submission, near)
        ):
            continue
        ready(submission, OBSERVATIONS)
        last = read_result(home, submission.id, OBSERVATIONS.name)
        if (
            last
            and last.is_accepted
            and not submission.admission_state.is_waiting
            and _may_hold(home, submission, near)
        ):
            in_force.append(submission)
            if near is None:
                break
    return in_force


# ---- breaches within one file ---------------------------------------------------------------------


def _own_breaches(home: Home, submission: Submission, collection: Collection) -> Iterator[Finding]:
    """List breaches visible in the file alone: too many quarantined rows, unplaceable rows, findings that
    hold a file."""
    validated = read_result(home, submission.id, VALIDATED.name)
    assert validated is not None
    for step in (RECORDS, VALIDATED, OBSERVATIONS):
        if result := read_result(home, submission.id, step.name):
            yield from (finding for finding in result.findings if rules()[finding.rule].fate == "hold")
    waiting = validated.rows["quarantined"]
    judged_rows = waiting + validated.rows["accepted"]
    if waiting > collection.quarantined_share * judged_rows:
        yield Finding("rows_in_quarantine", value=str(waiting), expected=str(judged_rows))
    yield from _unplaced_findings(validated)


def _unplaced_findings(validated: StepResult) -> Iterator[Finding]:
    """List findings for quarantined rows whose country, period or measure cannot be read."""
    counts = validated.facts.get("unplaced", {})
    if counts.get("unread"):
        yield Finding("unplaced_rows_unread", value=str(counts["unread"]))
    if counts.get("persons", 0) * comparison.HUNDREDTH > counts.get("of", 0):
        persons, total = (f"{counts[name]:.0f}" for name in ("persons", "of"))
        yield Finding("unplaced_rows", value=persons, expected=total)


def _withdrawn_before(submission: Submission, others: list[Submission]) -> Iterator[Finding]:
    """Yield a breach if its bytes were withdrawn, unless that was because the stored file was damaged."""
    same_size = [other for other in others if other.bytes == submission.bytes]  # read few histories
    for other in same_size:
        if other.sha256 == submission.sha256 and other.withdrawn_on and not other.is_changed:
            yield Finding("withdrawn_before", column_name=other.id, value=str(other.received_on))


def _label_breaches(pair: _Comparison) -> list[Finding]:
    """List labels of columns that are added up that the submission before did not have."""
    formats = pair.home.card(pair.submission.collection).formats()
    names = sorted({name for fmt in formats for name, column in fmt.columns.items() if column.sum_over})
    if not names:
        return []
    in_force = pair.in_force(pair.earlier[::-1], None) if pair.by_period else pair.before
    if not in_force:
        return []
    pair.ready(in_force[0], VALIDATED)
    frames = (
        read_frame(pair.other_home, in_force[0].id, VALIDATED.name),
        read_frame(pair.home, pair.submission.id, VALIDATED.name),
    )
    return list(heavy_new_labels(*frames, names))


# ---- staged tables -----------------------------------------------------------------------------------


def _values(home: Home, submission: Submission) -> pa.Table:
    return read_arrow(home, submission.id, OBSERVATIONS.name, SERIES_COLUMNS)


def _waiting(home: Home, submission: Submission) -> pa.Table:
    return read_arrow(home, submission.id, "quarantined", OBSERVATION_KEY)


def _values_of(home: Home, submissions: list[Submission], near: pa.Array | None) -> pa.Table:
    """Return the values in force of these submissions, the latest first, in the periods of `near`."""
    if near is None:
        return _values(home, submissions[0])
    tables: list[pa.Table] = []
    scopes = pa.array([], pa.string())
    for submission in submissions:
        values = _values(home, submission)
        values = values.filter(pc.is_in(values["period_start"], near))
        scope = _scope(values)
        tables.append(values.filter(pc.invert(pc.is_in(scope, scopes))))
        scopes = pc.unique(pa.concat_arrays([scopes, *scope.chunks]))
    return pa.concat_tables(tables)


def _scope(values: pa.Table) -> pa.ChunkedArray:
    """Return what a delivery by period replaces as a whole: country, period and frequency."""
    parts = [values[name].cast(pa.string()) for name in ("reporting_country", "period_start", "frequency")]
    return pc.binary_join_element_wise(*parts, " ")


def _near(values: pa.Table) -> pa.Array:
    """Return the periods of the values, and those a year before and after them."""
    starts = pc.unique(values["period_start"]).to_numpy(zero_copy_only=False).astype("datetime64[M]")
    years = [starts + np.timedelta64(months, "M") for months in (-comparison.YEAR, 0, comparison.YEAR)]
    return pa.array(np.unique(np.concatenate(years)).astype("datetime64[D]"))


def _years_around(values: pa.Table) -> pa.Array:
    """Return the months from some years before the values to a year after them."""
    starts = pc.unique(values["period_start"]).to_numpy(zero_copy_only=False).astype("datetime64[M]")
    if not len(starts):
        return pa.array([], pa.date32())
    first, last = (np.timedelta64(years * comparison.YEAR, "M") for years in (YEARS_BACK, 1))
    return pa.array(np.arange(starts.min() - first, starts.max() + last).astype("datetime64[D]"))


def _may_hold(home: Home, submission: Submission, near: pa.Array | None) -> bool:
    """Check, from the statistics in the file's footer, whether a submission may hold any of the periods."""
    path = frame_path(home, submission.id, OBSERVATIONS.name)
    if near is None or not path.exists():
        return True
    file = pq.ParquetFile(path).metadata
    column = file.schema.names.index("period_start")
    all_statistics = [file.row_group(n).column(column).statistics for n in range(file.num_row_groups)]
    if any(statistics is None or not statistics.has_min_max for statistics in all_statistics):
        return True
    days = near.to_pylist()
    return any(statistics.min <= day <= statistics.max for statistics in all_statistics for day in days)
