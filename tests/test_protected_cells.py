"""Rows of protected counts from a database of a few rows: who has agreed, what waits, what is left out and why.

The draws and the attack have tests of their own: here no count is ever narrowed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.protected_tables import settings
from tests.in_memory import blank
from tests.test_edges import insert
from warehouse.audit.relations import CellKey, Knowledge
from warehouse.audit.released_counts import STALE
from warehouse.home import Home
from warehouse.home.repairs import REPAIR_LOGGER
from warehouse.protection import tables
from warehouse.protection.counts import QUARTER, YEAR, Collection, Counts, Period
from warehouse.protection.drawing import Member
from warehouse.protection.ledger import Entry, Issue, Ledger
from warehouse.protection.tables import Agreements, Protection

AS_OF = date(2024, 4, 15)
START, END = date(2023, 1, 1), date(2023, 12, 31)
YEAR_2023, FISCAL = Period(YEAR, START), Period(YEAR, date(2022, 10, 1))
SECOND_QUARTER = Period(QUARTER, date(2023, 4, 1))
TRAFFICKING, DETECTED = "trafficking", "victims_detected"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> Iterator[duckdb.DuckDBPyConnection]:
    with blank() as db:
        yield db


@pytest.fixture
def db(made: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A database with two collections, of which one has persons, and no count yet."""
    for name in ("registry.collections", "registry.exhaustive", "registry.decisions", "core.protected_figures",
                 "core.openings", "core.protected_cells", "core.settings"):  # fmt: skip
        made.execute(f"DELETE FROM {name}")
    for name, kind in (("X/c", "small_counts"), ("X/p", "cases")):
        insert(made, "registry.collections", {"collection": name, "confidentiality": kind, "frequency": "M"})
    insert(made, "core.settings", {"grouping": "CRM"})
    return made


def count(db: duckdb.DuckDBPyConnection, **figure: Any) -> None:
    """A received count: the total of 2023 of one country, but for what is named."""
    plain = {"submission": "X.c.1", "collection": "X/c", "family": TRAFFICKING, "measure": DETECTED,
             "reporting_country": "CRI", "period_start": START, "period_end": END, "frequency": "A",
             "year_start": START, "quarter_start": START, "breakdown": "total", "dimension": "_T", "code": "_T",
             "in_force": True, "value_low": 50, "not_whole": 0}  # fmt: skip
    insert(db, "core.protected_figures", plain | figure)


def decide(db: duckdb.DuckDBPyConnection, kind: str = "agreement", **decision: Any) -> None:
    plain = {"kind": kind, "collection": "X/c", "measure": None, "reporting_country": None, "period_start": START,
             "frequency": "A", "decided_on": date(2024, 1, 1)}  # fmt: skip
    insert(db, "registry.decisions", plain | decision)


Protect = Callable[..., list[Row]]


@pytest.fixture
def protect(db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Protect:
    """The rows of core.protected_cells."""
    home = Home(tmp_path)
    home.protection.mkdir(parents=True)
    monkeypatch.setattr("warehouse.protection.drawing.find_leaks", lambda *_: {})
    monkeypatch.setattr(tables, "collect_knowledge", lambda *_: Knowledge([]))

    def protected(
        issues: Sequence[Issue] = (), excluded: Sequence[tuple[str, str]] = (), is_key_lost: bool = False
    ) -> list[Row]:
        if is_key_lost:
            home.ledger_file("r1").write_bytes(b"counts")
        frame = Protection(AS_OF, settings(), Ledger(home, issues), frozenset(excluded)).cells(db)
        assert [*frame.columns] == tables.PROTECTED_CELLS.column_names
        rows: list[Row] = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return rows

    return protected


def told(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[column] for column in columns) for row in rows)


# ---- what is published ------------------------------------------------------------------------------------


def test_a_year_has_its_exact_total_and_tables_with_bounds_around_their_counts(
    db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    decide(db)
    count(db)
    for code, value in (("F", 30), ("M", 12)):
        count(db, submission="X.c.2", breakdown="sex", dimension="sex", code=code, value_low=value)
    [total, *by_sex] = sorted(protect(), key=lambda row: row["dimension"])
    assert total | {"family": TRAFFICKING, "measure": DETECTED, "reporting_country": "CRI", "year": 2023,
                    "year_start": START, "period_start": START, "period_end": END, "frequency": "A",
                    "code": "_T", "status": "shown", "value": 50, "value_low": 50, "value_high": 50,
                    "value_published": None, "flag": None, "details_as_of": None, "draw": None,
                    "collection": "X/c", "submissions": "X.c.1 X.c.2"} == total  # fmt: skip
    assert told(by_sex, "code", "value", "draw", "attempt") == [
        ("F", 30, 1, 0),
        ("M", 12, 1, 0),
        ("_U", 8, 1, 0),
    ]
    assert all(row["value_low"] <= row["value"] <= row["value_high"] for row in by_sex)
    assert {(row["flag"], row["details_as_of"], row["revised_on"]) for row in by_sex} == {
        ("perturbed", AS_OF, None)
    }


def test_counts_that_are_not_in_force_are_in_no_row(db: duckdb.DuckDBPyConnection, protect: Protect) -> None:
    decide(db)
    count(db, in_force=False)
    assert protect() == []


def test_the_sum_of_a_table_that_names_everybody_is_its_total(
    db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    decide(db)
    for dimension, code, value in (("sex", "F", 30), ("sex", "M", 12), ("_T", "_T", 42)):
        count(db, breakdown="sex", dimension=dimension, code=code, value_low=value)
    assert told(protect(), "status", "collection", "dimension") == [("no_total", "_Z", "_T")]
    for name in ("X/c", "X/p"):
        insert(db, "registry.exhaustive", {"collection": name, "breakdown": "sex"})
    assert told([row for row in protect() if row["dimension"] == "_T"], "status", "value") == [("shown", 42)]


# ---- what is left out -------------------------------------------------------------------------------------


def test_nothing_of_a_member_is_published_before_it_agreed(
    db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    for area in ("CRI", "GTM"):
        count(db, reporting_country=area)
        count(db, reporting_country=area, year_start=date(2022, 1, 1), period_start=date(2022, 1, 1))
    decide(db, reporting_country="GTM")
    assert told(protect(), "reporting_country", "year", "status", "collection", "value_low") == [
        ("CRI", 2022, "not_agreed", "X/c", None),
        ("CRI", 2023, "not_agreed", "X/c", None),
        ("GTM", 2022, "not_agreed", "X/c", None),
        ("GTM", 2023, "shown", "X/c", 50),
    ]


def test_agreements_are_of_a_collection_and_hold_from_their_period_on_or_by_an_earlier_release(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    decide(db, reporting_country="CRI")
    decide(db, kind="new_draw", reporting_country="PAN")
    agreements = Agreements(db, Ledger(Home(tmp_path), [Issue("r1", AS_OF, [entry(area="HND")])]))
    before = Period(YEAR, date(2022, 12, 31))
    assert agreements.covers("CRI", YEAR_2023, "X/c")
    assert agreements.covers("HND", before, "X/c")
    for area, period, collection in (
        ("CRI", before, "X/c"), ("CRI", YEAR_2023, "X/p"), ("GTM", YEAR_2023, "X/c"), ("PAN", YEAR_2023, "X/c"),
        ("HND", YEAR_2023, "X/p"),
    ):  # fmt: skip
        assert not agreements.covers(area, period, collection)
    decide(db)  # of all members
    assert Agreements(db, Ledger(Home(tmp_path))).covers("GTM", YEAR_2023, "X/c")


def entry(area: str = "CRI", low: int = 50, high: int = 50, **more: Any) -> Entry:
    cell = CellKey(TRAFFICKING, DETECTED, area, "A", START, "_T", "_T")
    return Entry(cell, low, high, None, None, None, "X/c", "X.c.1")._replace(**more)


@pytest.mark.parametrize(("how", "status"), [("excluded", "not_protectable"), ("is_key_lost", "no_key")])
def test_each_period_of_a_member_that_is_left_out_has_the_reason(
    how: str, status: str, db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    decide(db)
    count(db)
    count(db, measure="persons_convicted", not_whole=1)
    count(db, reporting_country="GTM")
    rows = protect(**{how: [(TRAFFICKING, "CRI")] if how == "excluded" else True})
    other = ("shown", "X/c") if how == "excluded" else ("no_key", "X/c")
    assert told(rows, "reporting_country", "measure", "status", "collection") == [
        ("CRI", "persons_convicted", status, "_Z"),
        ("CRI", DETECTED, status, "X/c"),
        ("GTM", DETECTED, *other),
    ]


def test_a_year_that_is_not_known_exactly_is_left_out_with_its_reason(
    db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    decide(db)
    count(db, not_whole=1)
    count(db, reporting_country="GTM", breakdown="sex", dimension="sex", code="F", value_low=60)
    count(db, reporting_country="GTM")
    rows = protect()
    assert told(rows, "reporting_country", "dimension", "status", "value") == [
        ("CRI", "_T", "not_whole", None),
        ("GTM", "_T", "shown", 50),
    ]  # a table above its total has no row


QUARANTINED: list[tuple[str, Row, bool]] = [
    ("of the year", {"period_start": START, "period_end": END}, True),
    ("of no known period", {"period_start": None, "period_end": None}, True),
    ("of its last day", {"period_start": END, "period_end": END}, True),
    ("of its first day", {"period_start": START, "period_end": START}, True),
    ("of the day after it", {"period_start": date(2024, 1, 1), "period_end": date(2024, 1, 1)}, False),
    ("of the day before it", {"period_start": date(2022, 12, 31), "period_end": date(2022, 12, 31)}, False),
    ("of an unknown member and measure", {"reporting_country": "_U", "measure": "_U"}, True),
    ("of another member", {"reporting_country": "GTM"}, False),
    ("of another measure", {"measure": "persons_convicted"}, False),
    ("of another submission", {"submission": "X.c.2"}, False),
]


@pytest.mark.parametrize(("row", "waits"), [pytest.param(r, w, id=name) for name, r, w in QUARANTINED])
def test_a_row_in_quarantine_that_may_belong_to_a_period_leaves_it_out(
    row: Row, waits: bool, db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    decide(db)
    count(db)
    plain = {"submission": "X.c.1", "measure": DETECTED, "reporting_country": "CRI", "period_start": START,
             "period_end": END}  # fmt: skip
    insert(db, "core.openings", plain | row)
    assert told(protect(), "status") == [("rows_wait" if waits else "shown",)]


def test_parts_that_a_build_could_not_protect_are_listed_for_the_operator_once(
    db: duckdb.DuckDBPyConnection,
) -> None:
    statuses = ("shown", "not_protectable", "no_key", "not_agreed", "not_whole", "rows_wait")
    for status in (*statuses, "no_key"):
        insert(db, "core.protected_cells", {"collection": "X/c", "reporting_country": "CRI", "year": 2023,
                                            "status": status})  # fmt: skip
    assert tables.list_unprotected_parts(db) == [
        ("X/c", "CRI", "2023", status) for status in ("no_key", "not_agreed", "not_protectable")
    ]


# ---- periods and draws ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (YEAR_2023, (2023, START, END)),
        (FISCAL, (2023, date(2022, 10, 1), date(2023, 9, 30))),
        (SECOND_QUARTER, (2023, START, date(2023, 6, 30))),
        (Period(QUARTER, date(2022, 10, 1)), (2022, date(2022, 1, 1), date(2022, 12, 31))),
    ],
)
def test_a_period_is_of_the_year_in_which_it_ends(period: Period, expected: tuple[Any, ...]) -> None:
    row = tables._key_columns(TRAFFICKING, "CRI", DETECTED, period, "sex", "F")
    assert (row["year"], row["year_start"], row["period_end"]) == expected
    assert (row["period_start"], row["frequency"], row["dimension"], row["code"]) == (
        period.start, period.frequency, "sex", "F",
    )  # fmt: skip


def test_a_further_draw_is_allowed_by_the_last_decision_on_a_period_that_contains_it(
    db: duckdb.DuckDBPyConnection,
) -> None:
    first, last = date(2024, 2, 1), date(2024, 3, 1)
    counts = Counts(5, {}, Collection("X/c", "Q", False, frozenset()), frozenset({"X.c.1"}))
    subjects = [(m, p) for m in (DETECTED, "persons_convicted") for p in (YEAR_2023, SECOND_QUARTER, FISCAL)]
    member = Member(TRAFFICKING, "CRI", dict.fromkeys(subjects, counts))

    def allowed(*decisions: Row) -> dict[Any, date]:
        db.execute("DELETE FROM registry.decisions")
        for decision in decisions:
            decide(db, "new_draw", **{"decided_on": last} | decision)
        return tables._allowed_draws(db, member)

    of_all = {(m, p): last for m in (DETECTED, "persons_convicted") for p in (YEAR_2023, SECOND_QUARTER)}
    assert allowed({}, {"decided_on": first}) == of_all
    assert allowed({"reporting_country": "CRI", "measure": DETECTED}) == {
        s: last for s in of_all if s[0] == DETECTED
    }
    assert allowed({"frequency": "Q", "period_start": date(2023, 4, 1)}) == {
        s: last for s in of_all if s[1] == SECOND_QUARTER
    }
    assert allowed({"reporting_country": "GTM"}, {"collection": "X/p"}) == {}
    db.execute("DELETE FROM registry.decisions")
    decide(db, "agreement")
    assert tables._allowed_draws(db, member) == {}


def test_only_a_stale_cell_has_a_day_of_revision() -> None:
    key = CellKey(TRAFFICKING, DETECTED, "CRI", "A", START, "sex", "F")
    counts = {(DETECTED, YEAR_2023): Counts(9, {}, Collection("X/c", "Q", False, frozenset()), frozenset())}
    later = date(2025, 1, 1)
    stale = entry(cell_key=key, marks=f"perturbed+{STALE}", details_as_of=AS_OF, published_value=7, draw=2)
    row = tables._entry_row(stale, counts, later)
    assert (row["revised_on"], row["value"], row["value_published"], row["draw"]) == (later, 0, 7, 2)
    assert tables._entry_row(stale._replace(marks="perturbed"), counts, later)["revised_on"] is None
    assert tables._entry_row(stale, {}, later)["value"] is None  # of a period that is no longer received


# ---- the attack -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issues", "entries", "facts", "was_attacked"),
    [
        ([], [], "f", True),
        ([], [entry()], "f", False),
        ([[entry()]], [entry()], "f", True),
        ([[entry()]], [entry()], "other", False),
        ([[entry()]], [entry(high=51)], "f", False),
        ([[entry()]], [], "f", False),
        ([[entry()], []], [entry()], "f", False),
        ([[entry()], []], [], "f", True),
        ([[entry(area="GTM")]], [], "f", True),
    ],
)
def test_a_release_like_the_last_one_was_attacked_before(
    issues: list[list[Entry]], entries: list[Entry], facts: str, was_attacked: bool,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: duckdb.DuckDBPyConnection,
) -> None:  # fmt: skip
    monkeypatch.setattr(tables, "_last_open_facts", lambda *given: {(db, TRAFFICKING, "CRI"): "f"}[given])
    ledger = Ledger(Home(tmp_path), [Issue(f"r{n}", AS_OF, own) for n, own in enumerate(issues)])
    knowledge = Knowledge([], facts)  # type: ignore[arg-type]
    check = Protection(AS_OF, settings(), ledger)._attack_check(db, TRAFFICKING, "CRI", knowledge)
    assert check(entries) is was_attacked


def test_open_facts_of_the_last_release_are_read_from_its_file(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def current(db: duckdb.DuckDBPyConnection, family: str, area: str) -> tuple[Any, ...]:
        return (*db.execute("SELECT current_database()").fetchone(), family, area)  # type: ignore[misc]

    monkeypatch.setattr(tables, "open_facts", current)
    assert tables._last_open_facts(db, TRAFFICKING, "CRI") is None
    db.execute(f"ATTACH ':memory:' AS {tables.PREVIOUS}")
    assert tables._last_open_facts(db, TRAFFICKING, "CRI") == (tables.PREVIOUS, TRAFFICKING, "CRI")
    assert db.execute("SELECT current_database()").fetchone() == ("memory",)
    db.execute(f"DETACH {tables.PREVIOUS}")


def test_the_attacker_knows_earlier_releases_and_the_settings_region(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "collect_knowledge", lambda *given: given)
    home = Home(tmp_path)
    home.protection.mkdir(parents=True)
    ledger = Ledger(home, [Issue("r1", AS_OF, [entry()])])
    member = Member(TRAFFICKING, "CRI", {})
    drawing = Protection(AS_OF, settings(), ledger)._prepare_drawing(db, member)
    assert drawing.knowledge == (db, (TRAFFICKING, "CRI"), ledger.snapshots(TRAFFICKING, "CRI"), "CRM")
    assert (drawing.member, drawing.as_of, drawing.issues) == (member, AS_OF, ledger.issues)


@pytest.mark.parametrize(("details_as_of", "logged"), [(AS_OF, ["repaired.protected_anew"]), (None, [])])
def test_new_draws_after_a_release_of_the_former_method_are_logged(
    details_as_of: date | None, logged: list[str], db: duckdb.DuckDBPyConnection, protect: Protect
) -> None:
    keys: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: keys.append(record.msg.key)  # type: ignore[attr-defined,method-assign]
    REPAIR_LOGGER.addHandler(handler)
    former = [Issue("r1", AS_OF, [entry(details_as_of=details_as_of)])]
    try:
        assert protect(former) == []
        assert keys == []
        decide(db)
        count(db)
        protect(former)
    finally:
        REPAIR_LOGGER.removeHandler(handler)
    assert keys == logged
