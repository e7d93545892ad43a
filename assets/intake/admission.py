"""Whether a submission is let in or held: decided once, when its steps were made for the first time.

Its staged results are compared with those accepted before it (comparison.py); what comes of it is one line of
its history, which builds follow and nobody judges again. No step's work is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.intake import comparison, record_comparison
from assets.intake.comparison import NEEDED, Change, compare
from assets.intake.step import OBSERVATIONS, VALIDATED, WAITING
from schemas.cards.format_card import Collection
from schemas.findings import Finding, rules
from schemas.records import Declaration
from schemas.tables import KEY
from warehouse.home import Home, Submission, receipts
from warehouse.home.frames import path_of, read_arrow, read_frame
from warehouse.home.staged import ENTERED, Result, read


@dataclass(frozen=True)
class Admission:
    """What a submission was compared with, what became of the values, and what holds it, if anything.

    `remarks` say that it seems older than what is in force. `largest` are changes one by one: only of who was
    just compared, since a history keeps no values.
    """

    beside: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    breaches: list[Finding] = field(default_factory=list)
    largest: list[Change] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)


OLDER = 12
"""So many submissions are looked back at, to see whether a file says again what one of them said."""
Ready = Callable[[Submission], None]
"""Makes the steps of a submission where they are missing or stale, and has it compared if that is due."""


def awaits(home: Home, submission: Submission) -> bool:
    """Whether it was accepted by the steps, and is still to be compared."""
    last = read(home, submission.id, OBSERVATIONS.name)
    return last is not None and last.accepted and submission.standing.to_compare


def admit(home: Home, submission: Submission, ready: Ready) -> None:
    """Compare a submission that awaits it, and note what came of it."""
    admission = judged(home, submission, home, ready)
    found = admission.breaches, admission.remarks
    receipts.note_comparison(home, submission, admission.beside, admission.counts, *found)


def noted(submission: Submission) -> Admission:
    """What its history says of the comparison."""
    standing = submission.standing
    return Admission(standing.beside, standing.values, standing.breaches, remarks=standing.remarks)


def judged(home: Home, submission: Submission, among: Home, ready: Ready) -> Admission:
    """What holds a submission that is staged in `home`, beside those in force in the home `among`."""
    card = home.card(submission.collection)
    collection = card.collection
    own = list(_own_breaches(home, submission, collection))
    if card.declared:
        return _judged_records(home, submission, among, ready, card.declared, own)
    mine = _values(home, submission)
    near = _near(mine) if collection.delivery == "by_period" else None
    others = [s for s in among.submissions(submission.collection) if s.id != submission.id]
    earlier = [s for s in others if s.order < submission.order]
    # those after it that are still to be compared are compared with this one, not this one with them
    later = [s for s in others[len(earlier) :] if not s.standing.to_compare]
    if before := _in_force(among, earlier[::-1], near, ready):
        pair = before[0], (_values_of(among, before, near), mine, _waiting(home, submission))
    elif after := _in_force(among, later, near, ready):
        # one that comes late: does what came after it still say it?
        pair = after[0], (mine, _values(among, after[0]), _waiting(among, after[0]))
    else:
        return Admission(breaches=own)
    beside, tables = pair
    absent_is_zero = collection.absent_cell == "zero"
    compared = compare(*tables, by_period=near is not None, absent_is_zero=absent_is_zero)
    remarks: list[Finding] = []
    if before and not _in_force(among, later, near, ready):  # it would be in force over what came before it
        settings = {"by_period": near is not None, "absent_is_zero": absent_is_zero}
        remarks += _older(among, submission, earlier[::-1], beside, tables, settings, near)
    return Admission(beside.id, dict(compared.counts), [*own, *compared.breaches], compared.largest, remarks)


def _older(
    home: Home,
    submission: Submission,
    earlier: list[Submission],
    in_force: Submission,
    tables: tuple[pa.Table, pa.Table, pa.Table],
    settings: Mapping[str, bool],
    near: pa.Array | None,
) -> Iterator[Finding]:
    """Whether a file that would be in force says what was said before what is in force, and nothing newer."""
    for one in earlier:
        if one.order < in_force.order and one.noted_sha256 == submission.sha256:
            yield Finding("sent_before", column_name=one.id, value=str(one.received_on), expected=in_force.id)
    before, after, waiting = tables
    if near is None:
        yield from comparison.ends_earlier(before, after)
    olders = _told_before(home, earlier, near)[:OLDER]
    returns = comparison.returns(before, after, waiting, (_values(home, one) for one in olders), **settings)
    found = [
        (said.back, one.order, said, one)
        for said, one in zip(returns, olders, strict=False)
        if said.is_telling
    ]
    if found:
        *_, said, one = max(found, key=lambda each: each[:2])
        yield Finding("goes_back", column_name=one.id, value=str(said.back), expected=str(said.of))


def _told_before(home: Home, earlier: list[Submission], near: pa.Array | None) -> list[Submission]:
    """Of the earlier submissions those that once were accepted, the last one first."""
    last = {one: read(home, one.id, OBSERVATIONS.name) for one in earlier if not one.standing.waits}
    return [one for one, said in last.items() if said and said.accepted and _may_hold(home, one, near)]


def _judged_records(
    home: Home,
    submission: Submission,
    among: Home,
    ready: Ready,
    declared: Declaration,
    own: list[Finding],
) -> Admission:
    """What holds a submission of the network's records, beside those in force before it."""
    earlier = []
    for one in among.submissions(submission.collection)[::-1]:
        if one.id == submission.id or one.order > submission.order or one.withdrawn_on or one.standing.waits:
            continue
        ready(one)
        last = read(among, one.id, OBSERVATIONS.name)
        if last and last.accepted and not one.standing.waits:
            earlier.append(one)
    if not earlier:
        return Admission(breaches=own)
    before = record_comparison.in_force([read_arrow(among, one.id, ENTERED) for one in earlier])
    after = read_arrow(home, submission.id, ENTERED).to_pandas()
    waiting = read_frame(home, submission.id, WAITING)
    compared = record_comparison.compare(before, after, waiting, declared)
    return Admission(earlier[0].id, compared.counts, [*own, *compared.breaches])


def _in_force(home: Home, others: list[Submission], near: pa.Array | None, ready: Ready) -> list[Submission]:
    """The first of these that is in force; of deliveries by period all that hold a period of `near`."""
    in_force: list[Submission] = []
    for one in others:
        if one.withdrawn_on or one.standing.waits or not _may_hold(home, one, near):
            continue
        ready(one)
        last = read(home, one.id, OBSERVATIONS.name)
        if last and last.accepted and not one.standing.waits and _may_hold(home, one, near):
            in_force.append(one)
            if near is None:
                break
    return in_force


# ---- what a file says by itself -------------------------------------------------------------------


def _own_breaches(home: Home, submission: Submission, collection: Collection) -> Iterator[Finding]:
    """Too many rows in quarantine, or such as nobody can place; and findings that hold a file."""
    validated = read(home, submission.id, VALIDATED.name)
    assert validated is not None
    yield from (f for f in validated.findings if rules()[f.rule].fate == "hold")
    waiting = validated.rows["quarantined"]
    of = waiting + validated.rows["accepted"]
    if waiting > collection.quarantined_share * of:
        yield Finding("rows_in_quarantine", value=str(waiting), expected=str(of))
    yield from _unplaced(validated)


def _unplaced(validated: Result) -> Iterator[Finding]:
    unplaced = validated.facts.get("unplaced", {})
    if unplaced.get("unread"):
        yield Finding("unplaced_rows_unread", value=str(unplaced["unread"]))
    if unplaced.get("persons", 0) * comparison.HUNDREDTH > unplaced.get("of", 0):
        persons, of = (f"{unplaced[name]:.0f}" for name in ("persons", "of"))
        yield Finding("unplaced_rows", value=persons, expected=of)


# ---- staged tables -----------------------------------------------------------------------------------


def _values(home: Home, submission: Submission) -> pa.Table:
    return read_arrow(home, submission.id, OBSERVATIONS.name, NEEDED)


def _waiting(home: Home, submission: Submission) -> pa.Table:
    return read_arrow(home, submission.id, "quarantined", KEY)


def _values_of(home: Home, accepted: list[Submission], near: pa.Array | None) -> pa.Table:
    """The values in force of these submissions, the last one first, in the periods of `near`."""
    if near is None:
        return _values(home, accepted[0])
    tables: list[pa.Table] = []
    scopes = pa.array([], pa.string())
    for submission in accepted:
        values = _values(home, submission)
        values = values.filter(pc.is_in(values["period_start"], near))
        scope = _scope(values)
        tables.append(values.filter(pc.invert(pc.is_in(scope, scopes))))
        scopes = pc.unique(pa.concat_arrays([scopes, *scope.chunks]))
    return pa.concat_tables(tables)


def _scope(values: pa.Table) -> pa.ChunkedArray:
    """What a delivery by period replaces as a whole: country, period and frequency."""
    parts = [values[name].cast(pa.string()) for name in ("reporting_country", "period_start", "frequency")]
    return pc.binary_join_element_wise(*parts, " ")


def _near(values: pa.Table) -> pa.Array:
    """The periods of the values, and those a year before and after them."""
    starts = pc.unique(values["period_start"]).to_numpy(zero_copy_only=False).astype("datetime64[M]")
    years = [starts + np.timedelta64(months, "M") for months in (-comparison.YEAR, 0, comparison.YEAR)]
    return pa.array(np.unique(np.concatenate(years)).astype("datetime64[D]"))


def _may_hold(home: Home, submission: Submission, near: pa.Array | None) -> bool:
    """Whether a submission may hold one of the periods, by what the footer of its values says of them."""
    path = path_of(home, submission.id, OBSERVATIONS.name)
    if near is None or not path.exists():
        return True
    file = pq.ParquetFile(path).metadata
    column = file.schema.names.index("period_start")
    known = [file.row_group(n).column(column).statistics for n in range(file.num_row_groups)]
    if any(statistics is None or not statistics.has_min_max for statistics in known):
        return True
    days = near.to_pylist()
    return any(statistics.min <= day <= statistics.max for statistics in known for day in days)
