"""Days on which status and alerts speak: due, overdue, about to leave, about to expire; to the day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from schemas.records import declarations
from warehouse.home import Home, purging
from warehouse.release import attention
from warehouse.release.attention import AwaitedSubmission

DAY = date(2024, 5, 10)
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("frequency", "until", "due_days", "due_on"),
    [
        ("A", date(2023, 12, 31), 90, date(2025, 3, 31)),  # 90 days after the year that follows
        ("Q", date(2024, 3, 31), 30, date(2024, 7, 30)),
        ("M", date(2024, 1, 31), 0, date(2024, 2, 29)),
    ],
)
def test_more_is_due_so_many_days_after_the_period_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frequency: str, until: date, due_days: int, due_on: date
) -> None:
    last = [("X/c", frequency, due_days, until)]
    monkeypatch.setattr(attention, "_query_last_build", lambda *_: last)
    awaited = AwaitedSubmission("X/c", until, due_on)
    home = Home(tmp_path)
    assert attention.list_awaited_collections(home) == [awaited]
    assert (
        attention.list_overdue_collections(home, due_on - ONE_DAY)
        == attention.list_overdue_collections(home, due_on)
        == []
    )
    assert attention.list_overdue_collections(home, due_on + ONE_DAY) == [awaited]


def test_a_file_is_announced_so_many_days_before_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[date] = []
    monkeypatch.setattr(purging, "find_expired", lambda _, day: asked.append(day) or [])
    assert attention.list_submissions_to_purge(Home(tmp_path), DAY) == []
    assert asked == [DAY + timedelta(days=attention.NOTICE_DAYS)]
    assert attention.NOTICE_DAYS == 30


@pytest.mark.parametrize(
    ("ends", "known_to", "n"),
    [
        (DAY + timedelta(days=60), None, 1),
        (DAY + timedelta(days=61), None, 0),
        (DAY - ONE_DAY, None, 1),
        (DAY, DAY, 0),  # a later submission replaced it
        (None, None, 0),
    ],
)
def test_a_record_is_announced_sixty_days_before_it_expires(
    tmp_path: Path, ends: date | None, known_to: date | None, n: int
) -> None:
    home = Home(tmp_path)
    home.warehouse.mkdir(parents=True)
    name, expires = next((n, d.expires) for n, d in declarations().items() if d.expires)
    with duckdb.connect(home.internal) as db:
        db.execute("CREATE SCHEMA network")
        db.execute(f"CREATE TABLE network.{name} (collection VARCHAR, {expires} DATE, known_to DATE)")
        db.execute(f"INSERT INTO network.{name} VALUES ('X/c', ?, ?)", [ends, known_to])
    assert attention.count_expiring_records(home, DAY) == ({"X/c": n} if n else {})


# ---- what is read of a home, sound or not ----------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.verdict.mkdir(parents=True)
    return home


@pytest.mark.parametrize(
    ("waits", "withdrawn_on", "result", "is_held"),
    [
        (True, None, None, True),  # not made yet
        (True, None, True, True),
        (True, None, False, False),  # the steps rejected it
        (True, DAY, True, False),
        (False, None, True, False),
    ],
)
def test_a_submission_is_held_while_it_waits_and_is_not_rejected(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    waits: bool,
    withdrawn_on: date | None,
    result: bool | None,
    is_held: bool,
) -> None:
    submission: Any = SimpleNamespace(
        id="X", admission_state=SimpleNamespace(is_waiting=waits), withdrawn_on=withdrawn_on
    )
    monkeypatch.setattr(Home, "submissions", lambda _: [submission])
    staged = None if result is None else SimpleNamespace(is_accepted=result)
    results = {(home, "X", attention.step_results.LAST_STEP): staged}
    monkeypatch.setattr(attention.step_results, "read_result", lambda *asked: results[asked])
    assert attention.list_held_submissions(home) == ([submission] if is_held else [])


SUMMARY = {"passed": True, "refused": [], "remarked": []}


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (json.dumps(SUMMARY), SUMMARY),
        (json.dumps(SUMMARY | {"more": 1}), SUMMARY | {"more": 1}),
        ('{"passed": true}', None),
        ("{", None),
        (None, None),
    ],
)
def test_a_summary_of_the_gate_is_whole_or_none(
    home: Home, text: str | None, summary: dict[str, Any] | None
) -> None:
    if text is not None:
        (home.verdict / "summary.json").write_text(text, encoding="utf-8")
    assert attention.read_gate_summary(home) == summary


def test_the_release_in_force_has_a_name_and_a_time_of_the_world(home: Home) -> None:
    assert attention.read_release_in_force(home) is None
    with duckdb.connect(home.current) as db:
        db.execute("CREATE SCHEMA registry")
        db.execute(
            "CREATE TABLE registry.release AS SELECT 'r' AS release, '2024-05-10T20:00:00-06:00' AS built_on"
        )
    assert attention.read_release_in_force(home) == ("r", datetime(2024, 5, 11, 2, tzinfo=UTC))
    home.current.write_bytes(b"no database")
    assert attention.read_release_in_force(home) is None


def counted(file: Path, rows: list[int]) -> None:
    """A database with submissions in force that have so many rows in quarantine."""
    with duckdb.connect(file) as db:
        db.execute("CREATE SCHEMA registry; CREATE SCHEMA core")
        db.execute("CREATE TABLE registry.submissions (submission VARCHAR, rows_quarantined BIGINT)")
        db.execute("CREATE TABLE core.current (submission VARCHAR)")
        for n, quarantined in enumerate(rows):
            db.execute("INSERT INTO registry.submissions VALUES (?, ?)", [str(n), quarantined])
            db.execute("INSERT INTO core.current VALUES (?), (?)", [str(n), str(n)])


def test_rows_in_quarantine_are_those_of_the_last_build_else_of_the_release(home: Home) -> None:
    assert attention.count_rows_in_quarantine(home) == 0
    counted(home.current, [1, 2])
    assert attention.count_rows_in_quarantine(home) == 3
    counted(home.internal, [])
    assert attention.count_rows_in_quarantine(home) == 0
    home.internal.write_bytes(b"no database")
    assert attention.count_rows_in_quarantine(home) == 3


def test_a_database_that_cannot_be_read_is_named_and_one_of_an_older_program_is_not(home: Home) -> None:
    assert attention.list_damaged_databases(home) == []
    with duckdb.connect(home.current) as db:  # it lacks what is asked of it
        db.execute(
            "CREATE SCHEMA registry; CREATE TABLE registry.release AS SELECT 'r' AS release, DATE '2024-01-01' AS as_of"
        )
    home.internal.write_bytes(b"no database")
    assert attention.list_damaged_databases(home) == [home.internal]


def test_a_database_without_the_tables_is_damaged_if_it_cannot_be_opened_as_a_release(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb.connect(home.internal).close()
    for can_be_opened in (True, False):
        monkeypatch.setattr(attention.release_store, "can_be_opened", {home.internal: can_be_opened}.get)
        assert attention.list_damaged_databases(home) == ([] if can_be_opened else [home.internal])


def test_a_database_that_answers_is_not_damaged(home: Home) -> None:
    with duckdb.connect(home.internal) as db:
        db.execute("CREATE SCHEMA registry; CREATE SCHEMA core")
        db.execute(
            "CREATE TABLE registry.collections AS SELECT 'X/c' AS collection, 'A' AS frequency, 90 AS due_days, NULL::DATE AS ended"
        )
        db.execute("CREATE TABLE core.current AS SELECT 'X/c' AS collection, DATE '2023-12-31' AS period_end")
    assert attention.list_damaged_databases(home) == []
    assert attention.list_awaited_collections(home) == [
        AwaitedSubmission("X/c", date(2023, 12, 31), date(2025, 3, 31))
    ]
