"""Freshness: what a step and a build depend on, one dependency at a time, and the note of the last build."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from assets.intake import freshness as steps
from assets.intake.step import OBSERVATIONS, STEPS
from schemas.words import InvalidValue
from tests.test_held import BY, FEB, GOOD, JAN, MAR, REVISED, handed_in
from tests.test_vintages import new_home
from warehouse.build import freshness
from warehouse.home import Home, events, purging, receipts, step_results, waivers
from warehouse.home.step_results import results_path

LATER = date(2024, 5, 10)
"""A day in another quarter than March."""
LABEL = '[[label]]\ntext = "Hnds"\nmeans = "HND"\ndecided_by = "an office"\ndecided_on = 2024-02-15\n'
DECISION = """[[break]]
reporting_country = "CRI"
period = "2015"
reason = { es = "Otra definición", en = "Another definition" }
source = "letter 7"
decided_by = "an office"
decided_on = 2024-02-15
"""
PASSPORT = """[[series]]
reporting_country = "CRI"
measure = "victims_detected"
valid_from = "2000"
evidence = "inferred"
counted_unit = "persons"
authority = "An office"
authority_kind = "police"
flow = "new"
year_starts = 1
what = { es = "Personas", en = "Persons" }
verified_on = 2024-01-01

[[series.source]]
publisher = "The office"
place = "page 1"
address = "file.csv"
kind = "copy"
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an accepted submission and one that is held: to be copied."""
    made = new_home(tmp_path_factory.mktemp("kept") / "home")
    handed_in(made, JAN, GOOD)
    handed_in(made, FEB, REVISED)
    return made


@pytest.fixture
def home(kept: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(kept.root, tmp_path / "home"))


def card(home: Home) -> Path:
    return home.raw / "X" / "c" / "format.toml"


# ---- what a build depends on ------------------------------------------------------------------------


def waive(home: Home) -> None:
    waivers.add_waiver(
        home,
        waivers.Waiver("q", "d", 1, "a reason", "an office", "another office", MAR),
    )


CHANGES: dict[str, tuple[Callable[[Home], object], set[str]]] = {
    "confirmation": (lambda h: receipts.confirm(h, h.submissions()[-1], MAR, **BY), {"X.c.2024-02-10.1"}),
    "withdrawal": (lambda h: receipts.withdraw(h, h.submissions()[0], MAR, **BY), {"X.c.2024-01-10.1"}),
    "explanation": (
        lambda h: receipts.justify(h, h.submissions()[-1], MAR, office="a", reasons={"rule": "why"}),
        {"X.c.2024-02-10.1"},
    ),
    "result of a step": (
        lambda h: results_path(h, "X.c.2024-01-10.1").unlink(),
        {"X.c.2024-01-10.1"},
    ),
    "purge": (
        lambda h: purging.purge(h, h.submissions()[0], MAR, **BY),
        {"X.c.2024-01-10.1", "X.c.2024-01-10.1 purged"},
    ),
    "waiver": (waive, {"waivers"}),
    "card": (lambda h: card(h).write_text(card(h).read_text() + "\n# a remark\n"), {"X/c format.toml"}),
    "decision": (
        lambda h: card(h).with_name("decisions.toml").write_text(DECISION),
        {"X/c decisions.toml"},
    ),
    "passport": (lambda h: card(h).with_name("series.toml").write_text(PASSPORT), {"X/c series.toml"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_build_depends_on_this(what: str, home: Home) -> None:
    """Exactly the parts named change, and no other."""
    change, expected = CHANGES[what]
    before = dict(freshness.parts(home, MAR))
    change(home)
    after = dict(freshness.parts(home, MAR))
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == expected


def test_a_second_change_of_the_same_thing_is_another_part(home: Home) -> None:
    """Decisions, explanations, waivers and passports are compared by their content, not by their presence."""
    path = card(home).with_name("decisions.toml")
    path.write_text(DECISION)
    held = home.submissions()[-1]
    receipts.justify(home, held, MAR, office="a", reasons={"rule": "why"})
    waive(home)
    card(home).with_name("series.toml").write_text(PASSPORT)
    before = freshness.parts(home, MAR)
    path.write_text(DECISION.replace("2015", "2016"))
    receipts.justify(home, held, MAR, office="a", reasons={"other": "why"})
    waivers.add_waiver(home, waivers.Waiver("q2", "d", 1, "a reason", "an office", "another office", MAR))
    card(home).with_name("series.toml").write_text(PASSPORT.replace("persons", "cases"))
    after = freshness.parts(home, MAR)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {held.id, "X/c decisions.toml", "X/c series.toml", "waivers"}


def test_a_home_without_decisions_passports_or_waivers_has_no_such_part(home: Home) -> None:
    names = {name for name in freshness.parts(home, MAR) if name.startswith("X") or "/" not in name}
    assert names == {s.id for s in home.submissions()} | {"quarter", "program", "X/c format.toml"}


def test_a_closed_quarter_is_a_part(home: Home) -> None:
    before, after = freshness.parts(home, MAR), freshness.parts(home, LATER)
    assert {name for name in before if before[name] != after[name]} == {"quarter"}


def test_what_is_of_a_later_day_counts_from_that_day(home: Home) -> None:
    """A submission, a withdrawal and a decision each count on their day, and not the day before."""
    receipts.withdraw(home, home.submissions()[0], MAR, **BY)
    card(home).with_name("decisions.toml").write_text(DECISION)
    decided = date(2024, 2, 15)
    for day, submission in ((JAN, "X.c.2024-01-10.1"), (FEB, "X.c.2024-02-10.1")):
        assert submission in freshness.parts(home, day)
        assert submission not in freshness.parts(home, day - timedelta(days=1))
        assert [s.id for s in freshness.future_submissions(home, day - timedelta(days=1))][:1] == [submission]
        assert submission not in {s.id for s in freshness.future_submissions(home, day)}
    first = home.submissions()[0]
    assert freshness.withdrawn_on(first, MAR) == MAR
    assert freshness.withdrawn_on(first, MAR - timedelta(days=1)) is None
    assert len(freshness.decisions_by_day(home, "X/c", decided)) == 1
    assert freshness.decisions_by_day(home, "X/c", decided - timedelta(days=1)) == []

    def future_decisions(day: date) -> list[str]:
        rows = freshness.list_future_decisions(home, day)
        return [row["kind"] for row in rows if row["collection"] == "X/c"]

    assert future_decisions(decided) == []
    assert future_decisions(decided - timedelta(days=1)) == ["break"]


def test_a_build_is_of_a_day_from_the_first_submission_to_today(home: Home) -> None:
    freshness.check_day(home, JAN, MAR)
    freshness.check_day(home, MAR, MAR)
    with pytest.raises(InvalidValue, match="2024-01-09"):
        freshness.check_day(home, JAN - timedelta(days=1), MAR)
    with pytest.raises(InvalidValue, match="2024-03-11"):
        freshness.check_day(home, MAR + timedelta(days=1), MAR)


def test_a_day_is_free_in_a_home_without_submissions(tmp_path: Path) -> None:
    freshness.check_day(new_home(tmp_path / "empty"), JAN, MAR)


def test_a_step_runs_again_with_another_version_of_a_library_of_an_earlier_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """python-calamine reads the rows from which the observations are made two steps later."""
    assert "python-calamine" not in OBSERVATIONS.libraries
    first, *_, last = STEPS
    before = [steps.code_digest(step) for step in (first, last)]
    monkeypatch.setattr(steps, "version", lambda name: "0.1" if name == "python-calamine" else version(name))
    steps.code_digest.cache_clear()
    after = [steps.code_digest(step) for step in (first, last)]
    steps.code_digest.cache_clear()
    assert after[0] == before[0]
    assert after[1] != before[1]


# ---- the note of the last build -----------------------------------------------------------------------


def note(
    home: Home,
    *,
    passed: bool = True,
    content: bytes = b"a database",
    tables: freshness.TableHashes | None = None,
) -> None:
    """Write an internal database and its note."""
    home.internal.parent.mkdir(parents=True, exist_ok=True)
    home.internal.write_bytes(content)
    freshness.note_internal(home, MAR, freshness.parts(home, MAR), {"passed": passed, "questions": 3})
    if tables is not None:
        freshness.note_tables(home, tables)


def published(home: Home) -> None:
    """Put the internal database in force."""
    note(home)
    home.current.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(home.internal, home.current)
    freshness.note_released(home)


def test_the_verdict_holds_for_exactly_the_bytes_that_the_gate_saw(home: Home) -> None:
    note(home)
    assert freshness.gate_of_internal(home)["questions"] == 3
    stored: dict[str, Any] = json.loads((home.warehouse / "internal.json").read_text())
    assert stored["sha256"] == sha256(b"a database").hexdigest()
    home.internal.write_bytes(b"another database")
    with pytest.raises(InvalidValue, match="internal"):
        freshness.gate_of_internal(home)


def test_a_build_reuses_the_last_only_if_the_same_program_built_exactly_these_bytes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert freshness.last_build(home) is None
    tables = {"core.jumps": ("what it depends on", "its rows")}
    note(home, tables=tables)
    assert freshness.last_build(home) == freshness.LastBuild(home.internal, tables)
    home.internal.write_bytes(b"another database")
    assert freshness.last_build(home) is None
    note(home, tables=tables)
    home.internal.unlink()
    assert freshness.last_build(home) is None
    note(home, tables=tables)
    monkeypatch.setattr(freshness, "_hash_program", lambda: "of another version")
    assert freshness.last_build(home) is None


def test_a_build_noted_by_an_earlier_version_is_not_reused(home: Home) -> None:
    """It has no hashes of tables."""
    note(home)
    assert freshness.last_build(home) is None
    path = home.warehouse / "internal.tables.json"
    path.write_text('{"tables": {}}')
    assert freshness.last_build(home) is None


def test_the_hashes_of_tables_are_for_the_owner_alone(home: Home) -> None:
    """Who knows all rows but one could try its counts until the hash is right."""
    note(home, tables={"core.protected_figures": ("what it depends on", "hash of its rows")})
    freshness.note_released(home)
    note(home, tables={"core.protected_figures": ("what it depends on", "hash of its rows")})
    with_hashes = [path for path in home.warehouse.iterdir() if b"hash of its rows" in path.read_bytes()]
    assert [path.name for path in with_hashes] == ["internal.tables.json"]
    assert with_hashes[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("passed", [False, None, "yes"])
def test_without_a_passed_gate_there_is_no_verdict(home: Home, passed: Any) -> None:
    note(home, passed=passed)
    with pytest.raises(InvalidValue, match="internal"):
        freshness.gate_of_internal(home)


def test_without_a_note_there_is_no_verdict(home: Home) -> None:
    note(home)
    freshness.forget_internal(home)
    with pytest.raises(InvalidValue, match="internal"):
        freshness.gate_of_internal(home)
    freshness.forget_internal(home)  # a second time, without a note
    freshness.note_released(home)
    assert not freshness.note_path(home).exists()


def test_a_release_is_current_until_a_part_changes(home: Home) -> None:
    assert not freshness.is_built(home, MAR)
    published(home)
    assert freshness.is_built(home, MAR)
    assert freshness.list_changed_parts(home) == []
    receipts.confirm(home, home.submissions()[-1], MAR, **BY)
    assert not freshness.is_built(home, MAR)
    assert freshness.list_changed_parts(home) == ["X.c.2024-02-10.1"]
    waive(home)
    assert freshness.list_changed_parts(home) == ["X.c.2024-02-10.1", "waivers"]


def test_a_release_that_is_gone_is_not_current(home: Home) -> None:
    published(home)
    home.current.unlink()
    assert not freshness.is_built(home, MAR)


def test_changed_parts_are_those_of_the_day_of_the_release(home: Home) -> None:
    """Without a note nothing is listed: everything is built anyway."""
    assert freshness.list_changed_parts(home) == []
    published(home)
    assert freshness.list_changed_parts(home) == []  # though today is another quarter than March 2024


def test_a_new_quarter_or_program_is_no_new_data(home: Home) -> None:
    assert freshness.has_changed_since_release(home)
    published(home)
    assert not freshness.has_changed_since_release(home)
    for name, is_data in (("quarter", False), ("program", False), ("X/c format.toml", True)):
        stored: dict[str, Any] = json.loads(freshness.note_path(home).read_text())
        stored["parts"][name] = "something else"
        freshness.note_path(home).write_text(json.dumps(stored))
        assert freshness.has_changed_since_release(home) == is_data


@pytest.mark.parametrize("content", ["", "[", "[]", "{}", '{"as_of": "2024-03-10"}', "7"])
def test_a_note_that_cannot_be_read_makes_everything_new(home: Home, content: str) -> None:
    assert not freshness.is_note_unreadable(home)
    published(home)
    assert not freshness.is_note_unreadable(home)
    freshness.note_path(home).write_text(content)
    assert freshness.is_note_unreadable(home)
    assert not freshness.is_built(home, MAR)
    assert freshness.has_changed_since_release(home)


@pytest.mark.parametrize(
    ("content", "is_older"),
    [
        ('{"fingerprint": "a", "as_of": "2024-03-10"}', True),
        ('{"as_of": "b"}', False),
        ("7", False),
        ("[", False),
    ],
)
def test_a_note_of_an_earlier_program_is_recognised(home: Home, content: str, is_older: bool) -> None:
    assert not freshness.is_note_older(home)
    published(home)
    freshness.note_path(home).write_text(content)
    assert freshness.is_note_older(home) == is_older


def test_files_of_a_home_that_lies_in_the_program_are_not_of_the_program(tmp_path: Path) -> None:
    """Only packages of warehouse/ count, and below one only packages; of schemas/ and the SQL every folder."""
    (tmp_path / "schemas" / "data").mkdir(parents=True)
    (tmp_path / "schemas" / "data" / "codes.csv").write_text("a")
    (tmp_path / "schemas" / "data" / "picture.png").write_text("a")
    sql = tmp_path / "warehouse" / "build" / "sql"
    sql.mkdir(parents=True)
    (sql / "model.sql").write_text("a")
    (tmp_path / "warehouse" / "releases").mkdir()
    (tmp_path / "warehouse" / "releases" / "notes.csv").write_text("a")
    (tmp_path / "warehouse" / "__init__.py").write_text("")
    (tmp_path / "warehouse" / "build" / "__init__.py").write_text("")
    names = [str(path.relative_to(tmp_path)) for path in freshness.program_files(tmp_path)]
    assert names == [
        "schemas/data/codes.csv",
        "warehouse/__init__.py",
        "warehouse/build/__init__.py",
        "warehouse/build/sql/model.sql",
    ]


# ---- what a step depends on ---------------------------------------------------------------------------


def test_a_step_that_was_made_is_fresh_and_is_listed_as_nothing(home: Home) -> None:
    assert steps.outdated_submissions(home) == []
    assert steps.outdated_submissions(home, to_the_byte=True) == []
    for step in STEPS:
        assert not steps.is_stale(home, home.submissions()[0], step)


STALE: dict[str, Callable[[Home], object]] = {
    "no result": lambda h: results_path(h, h.submissions()[0].id).unlink(),
    "another card": lambda h: card(h).write_text(card(h).read_text() + "\n# a remark\n"),
    "another spelling": lambda h: card(h).with_name("decisions.toml").write_text(LABEL),
}


@pytest.mark.parametrize("what", STALE)
def test_a_step_depends_on_this(what: str, home: Home) -> None:
    STALE[what](home)
    first, *others = steps.outdated_submissions(home)
    assert first.id == "X.c.2024-01-10.1"
    assert [s.id for s in others] == ([] if what == "no result" else ["X.c.2024-02-10.1"])
    assert steps.is_stale(home, first, OBSERVATIONS)


def test_a_table_that_changed_within_its_size_is_seen_to_the_byte_only(home: Home) -> None:
    """Each command looks at sizes; a build looks at each byte."""
    submission = home.submissions()[0]
    result = step_results.read_result(home, submission.id, OBSERVATIONS.name)
    assert result is not None
    path = home.staged_folder(submission.id) / f"{next(iter(result.files))}.parquet"
    content = path.read_bytes()
    os.chmod(path, 0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert steps.outdated_submissions(home) == []
    assert not steps.is_stale(home, submission, OBSERVATIONS, to_the_byte=False)
    assert steps.is_stale(home, submission, OBSERVATIONS)
    assert [s.id for s in steps.outdated_submissions(home, to_the_byte=True)] == [submission.id]
    path.write_bytes(content[:-1])
    assert [s.id for s in steps.outdated_submissions(home)] == [submission.id]


def test_what_is_still_to_be_compared_is_not_done(home: Home) -> None:
    """The comparison with what is in force is the last step's. A killed one is made up for."""
    submission = home.submissions()[-1]
    path = submission.folder / "events.jsonl"
    received, *_ = path.read_text(encoding="utf-8").splitlines(keepends=True)
    os.chmod(path, 0o600)
    path.write_text(received, encoding="utf-8")
    [submission] = [s for s in home.submissions() if s.id == submission.id]
    assert submission.admission_state.to_compare
    assert steps.is_stale(home, submission, OBSERVATIONS)
    for step in (step for step in STEPS if step is not OBSERVATIONS):
        assert not steps.is_stale(home, submission, step)


def test_each_step_has_a_fingerprint_of_its_own_libraries_and_of_the_steps_before(home: Home) -> None:
    submission = home.submissions()[0]
    digests = [steps.code_digest(step) for step in STEPS]
    assert len({*digests}) == len(STEPS)
    assert all(len(digest) == 64 for digest in digests)
    prints = {steps.fingerprint(home, submission, step) for step in STEPS}
    assert len(prints) == len(STEPS)
    assert steps.fingerprint(home, home.submissions()[1], OBSERVATIONS) not in prints


def test_a_history_is_the_only_thing_that_a_confirmation_adds(home: Home) -> None:
    """A confirmation changes the build and no step."""
    receipts.confirm(home, home.submissions()[-1], MAR, **BY)
    assert steps.outdated_submissions(home) == []
    assert [e["event"] for e in events.read(home.submissions()[-1].folder / "events.jsonl")][
        -1
    ] == "confirmed"
