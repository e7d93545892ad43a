"""Draws through the years: which draw a period is in, what gives way, and what three draws of it leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from schemas.protected_tables import TOTAL_CODE, settings
from tests.protected_members import (
    AREA,
    CASES,
    COUNTS,
    FAMILY,
    MEASURE,
    counted,
    drawn,
    issued,
    persons,
    snapshots,
)
from warehouse.audit.attack import Interval, TimedOut, find_intervals
from warehouse.audit.relations import (
    CellKey,
    Knowledge,
    Limits,
    ReleasedCell,
    Snapshot,
    Version,
    build_system,
    find_leaks,
    narrow_cells,
)
from warehouse.protection.counts import MONTH, QUARTER, YEAR, Counts, Period
from warehouse.protection.drawing import Drawing
from warehouse.protection.ledger import Entry, Issue

YEAR_2023 = Period(YEAR, date(2023, 1, 1))
APRIL_2024, JULY_2024, JANUARY_2025, JULY_2025, JANUARY_2026, JANUARY_2027 = (
    date(2024, 4, 15),
    date(2024, 7, 15),
    date(2025, 1, 15),
    date(2025, 7, 15),
    date(2026, 1, 15),
    date(2027, 1, 15),
)
LIMITS = Limits(3, 5)


def never(_: Sequence[Entry]) -> bool:
    return False


def run(
    counts: dict[tuple[str, Period], Counts], day: date, issues: Sequence[Issue] = (), **how: object
) -> tuple[Drawing, list[Entry]]:
    drawing = drawn(counts, day, issues, **how)  # type: ignore[arg-type]
    return drawing, drawing.run(never)


def after(
    steps: Sequence[tuple[date, dict[tuple[str, Period], Counts]]],
) -> tuple[list[Issue], Drawing]:
    """The releases of each step, one after the other, and the last drawing."""
    issues: list[Issue] = []
    for day, counts in steps:
        drawing, entries = run(counts, day, issues)
        issues.append(issued(entries, day))
    return issues, drawing


def details(entries: Sequence[Entry], period: Period = YEAR_2023) -> dict[tuple[str, str], Entry]:
    return {
        (e.cell_key.dimension, e.cell_key.code): e
        for e in entries
        if e.period == period and e.details_as_of is not None
    }


def values(entries: Sequence[Entry]) -> dict[CellKey, tuple[int, int | None]]:
    return {e.cell_key: (e.low, e.high) for e in entries}


PEOPLE = persons(60, 3)
COUNTED = counted(PEOPLE, 2023)
ONE_MORE = counted([*PEOPLE, {**PEOPLE[0], "sex": "M"}], 2023)
MORE = counted([*PEOPLE, *persons(25, 9)], 2023)


# ---- one release ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [6, 25, 100, 1000])
@pytest.mark.parametrize("months", [False, True])
def test_every_bound_contains_the_truth_and_only_the_total_is_exact(count: int, months: bool) -> None:
    counts = counted(persons(count, 1), 2023, months=months)
    _, entries = run(counts, APRIL_2024)
    for e in entries:
        true = counts[e.cell_key.measure, e.period].cells()[e.cell_key.dimension, e.cell_key.code]
        assert e.low <= true <= (e.high or 0)
        assert (e.low == e.high) == (e.period == YEAR_2023 and e.cell_key.dimension == TOTAL_CODE)
    assert {e.cell_key.dimension for e in entries if e.period == YEAR_2023} == set(
        counts[MEASURE, YEAR_2023].tables
    ) | {TOTAL_CODE}
    frequencies = {YEAR, QUARTER, MONTH} if months else {YEAR, QUARTER}
    assert {e.cell_key.frequency for e in entries} == frequencies


@pytest.mark.parametrize(("count", "bounds"), [(0, (0, 0)), (1, (1, 4)), (4, (1, 4)), (5, (5, 5))])
def test_a_small_total_is_an_interval(count: int, bounds: tuple[int, int]) -> None:
    _, entries = run(counted(persons(count, 1), 2023), APRIL_2024)
    [total] = [e for e in entries if e.period == YEAR_2023 and e.cell_key.dimension == TOTAL_CODE]
    assert (total.low, total.high) == bounds


def test_a_list_names_only_large_cells_and_an_absent_one_means_zero_to_five() -> None:
    counts = counted(persons(25, 1), 2023)
    _, entries = run(counts, APRIL_2024)
    listed = {e.cell_key.code: e for e in entries if e.cell_key.dimension == "citizenship"}
    assert all((e.published_value or 0) >= settings().listed_from for e in listed.values())
    absent = set(counts[MEASURE, YEAR_2023].tables["citizenship"]) - set(listed)
    assert absent
    assert all(counts[MEASURE, YEAR_2023].tables["citizenship"][code] <= 5 for code in absent)


def test_the_same_input_gives_the_same_release_and_another_key_another_one() -> None:
    assert run(COUNTED, APRIL_2024)[1] == run(dict(reversed(COUNTED.items())), APRIL_2024)[1]
    assert values(run(COUNTED, APRIL_2024, key=b"x" * 32)[1]) != values(run(COUNTED, APRIL_2024)[1])


def test_a_fiscal_year_beside_a_calendar_one_is_perturbed_and_shares_its_quarters() -> None:
    fiscal = Period(YEAR, date(2022, 10, 1))
    counts = {**counted(PEOPLE, 2023), (MEASURE, fiscal): COUNTED[MEASURE, YEAR_2023]}
    _, entries = run(counts, APRIL_2024)
    own = {e.period: e for e in entries if e.cell_key.dimension == TOTAL_CODE}
    assert own[YEAR_2023].low == own[YEAR_2023].high == 60
    assert own[fiscal].low < own[fiscal].high  # type: ignore[operator]
    _, entries = run({(MEASURE, fiscal): COUNTED[MEASURE, YEAR_2023]}, APRIL_2024)
    [total] = [e for e in entries if e.cell_key.dimension == TOTAL_CODE]
    assert (total.low, total.high) == (60, 60)  # where the card's year is the only one


# ---- through time -----------------------------------------------------------------------------------------


def test_a_quarter_of_a_running_year_is_drawn_when_it_comes_and_stays() -> None:
    """▶ C1: the second quarter, and the year with all four."""
    first = counted(PEOPLE, 2023, whole=False)
    quarters = sorted(first)
    steps = [(date(2023, 4 + 3 * n, 20), {s: first[s] for s in quarters[: n + 1]}) for n in range(3)]
    issues, _ = after([*steps, (APRIL_2024, COUNTED)])
    for n in range(3):
        assert values(issues[n].entries).items() <= values(issues[n + 1].entries).items()
    assert (MEASURE, YEAR_2023) in {(e.cell_key.measure, e.period) for e in issues[-1].entries}


def test_between_draws_the_total_is_current_and_the_details_are_marked() -> None:
    """▶ C2, L8: one person more; 25 more."""
    for more in (ONE_MORE, MORE):
        issues, drawing = after([(APRIL_2024, COUNTED), (JULY_2024, more)])
        first, second = issues
        assert {k: (e.low, e.high) for k, e in details(first.entries).items()} == {
            k: (e.low, e.high) for k, e in details(second.entries).items()
        }
        [total] = [e for e in second.entries if e.period == YEAR_2023 and e.details_as_of is None]
        assert total.low == total.high == more[MEASURE, YEAR_2023].total
        stale = details(second.entries)
        assert all(e.is_stale and e.details_as_of == APRIL_2024 for e in stale.values())
        assert drawing.revised_on((MEASURE, YEAR_2023)) == date(2025, 1, 1)


def test_a_change_is_drawn_at_the_first_release_of_the_next_year_only() -> None:
    issues, drawing = after(
        [(APRIL_2024, COUNTED), (JULY_2024, MORE), (JANUARY_2025, MORE), (JULY_2025, ONE_MORE)]
    )
    third, fourth = issues[2:]
    assert {e.draw for e in details(third.entries).values()} == {2}
    assert not any(e.is_stale for e in third.entries)
    assert {e.draw for e in details(fourth.entries).values()} == {2}
    assert all(e.is_stale for e in details(fourth.entries).values())
    assert drawing.revised_on((MEASURE, YEAR_2023)) == date(2026, 1, 1)


@pytest.mark.parametrize(("decided_on", "draw"), [(APRIL_2024, 1), (date(2024, 4, 16), 2)])
def test_a_decision_after_the_last_draw_allows_a_further_one(decided_on: date, draw: int) -> None:
    issues, _ = after([(APRIL_2024, COUNTED)])
    drawing = drawn(MORE, JULY_2024, issues)
    drawing.new_draws = {(MEASURE, YEAR_2023): decided_on}
    assert {e.draw for e in details(drawing.run(never)).values()} == {draw}


def test_what_did_not_change_is_not_drawn_again() -> None:
    issues, _ = after([(APRIL_2024, COUNTED), (JANUARY_2025, COUNTED), (JANUARY_2026, COUNTED)])
    assert values(issues[0].entries) == values(issues[2].entries)


def test_after_the_last_draw_details_stay_and_no_revision_is_announced() -> None:
    changes = [COUNTED, ONE_MORE, MORE, ONE_MORE]
    days = [APRIL_2024, JANUARY_2025, JANUARY_2026, JANUARY_2027]
    issues, drawing = after(list(zip(days, changes, strict=True)))
    assert {e.draw for e in details(issues[2].entries).values()} == {3}
    assert {e.draw for e in details(issues[3].entries).values()} == {3}
    assert all(e.is_stale for e in details(issues[3].entries).values())
    assert drawing.revised_on((MEASURE, YEAR_2023)) is None
    assert drawing.revised_on((MEASURE, Period(YEAR, date(2022, 1, 1)))) is None  # nobody sent it


def test_a_change_after_the_years_of_all_draws_is_not_drawn() -> None:
    """Three draws from 2024 on may be made in 2024, 2025 and 2026."""
    issues, drawing = after([(APRIL_2024, COUNTED), (JANUARY_2027, MORE)])
    assert {(e.draw, e.is_stale) for e in details(issues[1].entries).values()} == {(1, True)}
    assert drawing.revised_on((MEASURE, YEAR_2023)) is None


def test_a_withdrawal_removes_the_details_and_a_return_uses_the_next_draw() -> None:
    other = counted(persons(30, 5), 2022)
    issues, _ = after(
        [(APRIL_2024, {**COUNTED, **other}), (JULY_2024, other), (date(2024, 10, 15), {**COUNTED, **other})]
    )
    assert {e.period.start.year for e in issues[1].entries} == {2022}
    assert {e.draw for e in details(issues[2].entries).values()} == {2}
    assert values(issues[0].entries) != values(issues[2].entries)


def test_a_release_of_the_former_method_is_followed_by_the_first_draw() -> None:
    """Its exact details stay known: the attack has them, and what they tell alone is no leak of the new release."""
    place = CellKey(FAMILY, MEASURE, AREA, YEAR, YEAR_2023.start, "sex", "F")
    women = COUNTED[MEASURE, YEAR_2023].tables["sex"]["F"]
    former = Entry(place, women, women, None, None, JULY_2024, COUNTS.name, "one", None, None, None)
    issues = [issued([former], JULY_2024)]
    _, entries = run(COUNTED, JANUARY_2025, issues)
    assert {e.draw for e in details(entries).values()} == {1}
    cells = issued(entries, JANUARY_2025).cells[FAMILY, AREA]
    now = replace(snapshots(issues)[0], as_of=JANUARY_2025, cells=cells)
    assert find_leaks(Knowledge(snapshots(issues)), now, LIMITS) == {}


# ---- what gives way --------------------------------------------------------------------------------------


def attacked_until(narrow: Callable[[int], set[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack narrows these dimensions and codes of the year at its n-th call."""
    calls = iter(range(1000))

    def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
        cells = {(p.dimension, p.code): p for p in now.cells if p.frequency == YEAR}
        if all(now.cells[p].high is None for p in cells.values() if p.dimension != TOTAL_CODE):
            return {}  # the totals alone
        names = narrow(next(calls))
        return {Version(cells[cell], APRIL_2024): Interval(1, 1) for cell in names if cell in cells}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", leaks)


def test_narrowed_details_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = values(run(COUNTED, APRIL_2024)[1])
    attacked_until(lambda call: {("sex", "M")} if call < 2 else set(), monkeypatch)
    _, entries = run(COUNTED, APRIL_2024)
    assert {e.attempt for e in details(entries).values()} == {2}
    assert values(entries) != plain
    quarter = Period(QUARTER, date(2023, 4, 1))
    assert {e.attempt for e in details(entries, quarter).values()} == {0}


def test_what_no_draw_protects_is_left_out_by_name_and_the_rest_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The crossing first, then the table itself; the quarters, other tables and the total stay."""
    attacked_until(lambda _: {("sex", "M")}, monkeypatch)
    drawing, entries = run(COUNTED, APRIL_2024)
    assert set(drawing.left_out) == {(MEASURE, YEAR_2023, "age_group+sex"), (MEASURE, YEAR_2023, "sex")}
    assert set(drawing.left_out.values()) == {"not_protectable"}
    dimensions = {e.cell_key.dimension for e in entries if e.period == YEAR_2023}
    assert {TOTAL_CODE, "age_group", "exploitation+origin_class"} <= dimensions
    assert not {"sex", "age_group+sex"} & dimensions
    assert any(e.period.frequency == QUARTER for e in entries)


def test_a_total_that_narrows_by_itself_becomes_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(knowledge: Knowledge, now: object, limits: Limits) -> dict[Version, Interval]:
        cells = now.cells  # type: ignore[attr-defined]
        exact = [p for p, c in cells.items() if p.dimension == TOTAL_CODE and c.low == c.high]
        return {Version(p, APRIL_2024): Interval(1, 1) for p in exact}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", narrow)
    _, entries = run({(MEASURE, YEAR_2023): COUNTED[MEASURE, YEAR_2023]}, APRIL_2024)
    [total] = [e for e in entries if e.cell_key.dimension == TOTAL_CODE]
    assert total.low < total.high  # type: ignore[operator]
    assert total.low <= 60 <= total.high  # type: ignore[operator]


def test_a_monthly_file_of_twelve_persons_has_no_exact_total() -> None:
    """▶ A6: each month has one; the real attack finds it and the total gives way."""
    people = [{**person, "month": str(n + 1)} for n, person in enumerate(persons(12, 4))]
    counts = counted(people, 2023, months=True, collection=CASES)
    floors = {(CASES.name, frequency): months for frequency, months in ((YEAR, 12), (QUARTER, 3), (MONTH, 1))}
    _, entries = run(counts, APRIL_2024, knowledge=Knowledge([], floors=floors))
    now = issued(entries, APRIL_2024)
    assert narrow_cells(Knowledge(snapshots([now]), floors=floors), LIMITS) == {}
    assert not any(e.low == e.high for e in entries)


def narrow_until(
    monkeypatch: pytest.MonkeyPatch, is_protected: Callable[[dict[CellKey, ReleasedCell]], bool]
) -> None:
    """The attack narrows a quarter of each release that is not as wanted."""

    def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
        cells = dict(now.cells)
        if is_protected(cells):
            return {}
        return {Version(p, APRIL_2024): Interval(1, 1) for p in cells if p.frequency == QUARTER}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", leaks)


def test_where_no_new_detail_can_be_protected_earlier_ones_stay_with_their_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found by the simulated network: they had lost their mark, and the next correction stopped every release."""
    issues, _ = after([(APRIL_2024, COUNTED)])
    other = counted(persons(40, 8), 2022)
    narrow_until(monkeypatch, lambda cells: {p.start.year for p in cells} <= {2023})
    drawing, entries = run({**MORE, **other}, JULY_2024, issues)
    assert {e.period.start.year for e in entries} == {2023}
    assert all(e.is_stale for e in entries if e.details_as_of)
    [total] = [e for e in entries if e.details_as_of is None]
    assert total.low == total.high == MORE[MEASURE, YEAR_2023].total
    left_out = {period.start.year for _, period, dimension in drawing.left_out if dimension == TOTAL_CODE}
    assert left_out == {2022}


def test_where_not_even_earlier_details_can_stay_each_period_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issues, _ = after([(APRIL_2024, COUNTED)])
    narrow_until(monkeypatch, lambda cells: not cells)
    drawing, entries = run(MORE, JULY_2024, issues)
    assert entries == []
    assert {(m, p) for m, p, dimension in drawing.left_out if dimension == TOTAL_CODE} == set(MORE)


def no_answer_until(
    monkeypatch: pytest.MonkeyPatch, is_solvable: Callable[[dict[CellKey, ReleasedCell]], bool]
) -> None:
    """The attack does not end on a release that is not as wanted."""

    def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
        if not is_solvable(dict(now.cells)):
            raise TimedOut
        return {}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", leaks)


def test_where_the_attack_has_no_answer_new_details_give_way_and_earlier_ones_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issues, _ = after([(APRIL_2024, COUNTED)])
    no_answer_until(monkeypatch, lambda cells: {p.start.year for p in cells} <= {2023})
    drawing, entries = run({**COUNTED, **counted(persons(40, 8), 2022)}, JULY_2024, issues)
    assert values(entries) == values(issues[0].entries)
    assert {period.start.year for _, period, _ in drawing.left_out} == {2022}


def test_where_the_attack_has_no_answer_on_earlier_details_nothing_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issues, _ = after([(APRIL_2024, COUNTED)])
    no_answer_until(monkeypatch, lambda cells: not cells)
    assert run(COUNTED, JULY_2024, issues)[1] == []


def test_a_narrowed_quarter_without_tables_is_left_out_and_its_year_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quarter = Period(QUARTER, date(2023, 4, 1))
    place = CellKey(FAMILY, MEASURE, AREA, QUARTER, quarter.start, TOTAL_CODE, TOTAL_CODE)

    def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
        is_narrow = place in now.cells and now.cells[place].high is not None
        return {Version(place, APRIL_2024): Interval(1, 1)} if is_narrow else {}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", leaks)
    drawing, entries = run(COUNTED, APRIL_2024)
    assert set(drawing.left_out) == {(MEASURE, quarter, TOTAL_CODE)}
    assert {e.period for e in entries} == {period for _, period in COUNTED} - {quarter}


def test_of_another_measure_that_narrows_an_earlier_detail_the_finest_table_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it details: the attacker combines all tables of the same days."""
    issues, _ = after([(APRIL_2024, COUNTED)])
    another = "victims_assisted"
    year = {(another, YEAR_2023): counted(persons(50, 6), 2023)[MEASURE, YEAR_2023]}

    def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
        tables = {
            p.dimension for p, cell in now.cells.items() if p.measure == another and cell.high is not None
        }
        [men] = [p for p in now.cells if p.measure == MEASURE and (p.dimension, p.code) == ("sex", "M")]
        is_narrow = "exploitation+origin_class" in tables
        return {Version(men, APRIL_2024): Interval(1, 1)} if is_narrow else {}

    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", leaks)
    drawing, _ = run({**COUNTED, **year}, JULY_2024, issues)
    assert set(drawing.left_out) == {(another, YEAR_2023, "exploitation+origin_class")}


def test_a_draw_that_is_current_names_the_submissions_of_today() -> None:
    issues, _ = after([(APRIL_2024, COUNTED)])
    again = {s: replace(c, submissions=frozenset({"two"}), collection=CASES) for s, c in COUNTED.items()}
    _, entries = run(again, JULY_2024, issues)
    assert {(e.submissions, e.collection) for e in entries} == {("two", CASES.name)}
    stale = {s: replace(c, submissions=frozenset({"two"})) for s, c in MORE.items()}
    _, entries = run(stale, JULY_2024, issues)
    assert {e.submissions for e in details(entries).values()} == {"one"}


# ---- the attacker over three draws -------------------------------------------------------------------------


def three_draws(
    count: int, seed: int, change: str
) -> tuple[list[Issue], dict[Version, Interval], Counter[str]]:
    """A year drawn three times; what an attacker who has all of it can say of each current count."""
    people = persons(count, seed)
    steps = []
    for n, day in enumerate((APRIL_2024, JANUARY_2025, JANUARY_2026)):
        if change == "added":
            own = [*people, *persons(2, seed + 1000)[:n]]
        else:  # one person a year is found to be of the other sex
            other = {"F": "M", "M": "F", "_U": "F"}
            own = [{**p, "sex": other[p["sex"]]} if k < n else p for k, p in enumerate(people)]
        steps.append((day, counted(own, 2023, months=seed % 2 == 0)))
    issues, _ = after(steps)
    unknown = build_system(Knowledge(snapshots(issues)))
    truth = steps[-1][1]
    measured: Counter[str] = Counter()
    for version, interval in find_intervals(unknown).items():
        place = version.cell_key  # type: ignore[attr-defined]
        true = (
            truth[MEASURE, Period(place.frequency, place.start)].cells().get((place.dimension, place.code), 0)
        )
        if 1 <= true <= 4 and version.at == JANUARY_2026:  # type: ignore[attr-defined]
            measured["small"] += 1
            measured["narrow"] += interval.has_few(3, 5)
            measured["exact"] += interval.low == interval.high
    return measured


@pytest.mark.slow
@pytest.mark.parametrize("change", ["added", "recoded"])
@pytest.mark.parametrize("count", [12, 50, 300])
def test_three_draws_leave_every_small_count_three_values(count: int, change: str) -> None:
    for seed in range(2):
        measured = three_draws(count, seed, change)
        assert measured["small"] > 5
        assert measured["narrow"] == measured["exact"] == 0


def test_the_attack_reports_draws_without_noise() -> None:
    """(c): with every published value within one of the truth, small counts are narrowed."""
    _, entries = run(COUNTED, APRIL_2024)
    truth = COUNTED[MEASURE, YEAR_2023].cells()
    close = []
    for e in entries:
        true = truth.get((e.cell_key.dimension, e.cell_key.code)) if e.period == YEAR_2023 else None
        close.append(e if true is None else e._replace(low=max(0, true - 1), high=true + 1))
    assert narrow_cells(Knowledge(snapshots([issued(close, APRIL_2024)])), LIMITS) != {}
    exact = [
        e if e.period != YEAR_2023 else e._replace(low=truth[e.cell_key[5:]], high=truth[e.cell_key[5:]])
        for e in entries
    ]
    narrow = narrow_cells(Knowledge(snapshots([issued(exact, APRIL_2024)])), LIMITS)
    small = {
        cell for cell, true in truth.items() if 1 <= true <= 4 and cell[0] not in ("citizenship", "area")
    }
    assert small <= {(v.cell_key.dimension, v.cell_key.code) for v in narrow}
