"""What is the machine's or a name's fault has its own sentence: clocks, backups, names, full disks, ports."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

import assets.intake.inbox as intake
from assets.dagster import build as assets_build
from assets.intake import submission as receiving
from pipelines.cli import submissions
from pipelines.dagster.machine_errors import disk_sentence, disk_sentence_in
from pipelines.desk.access import Access
from schemas.words import languages, say
from tests import faults
from tests.bad_input import build
from tests.test_desk import Browser, served
from warehouse.home import Home, clock, inbox, purging, receipts
from warehouse.home.calendar import today
from warehouse.release import verification

NO_ROOM = OSError(28, "No space left on device")


@pytest.fixture
def home(sound_home: Path, tmp_path: Path) -> Home:
    return faults.copy(Home(sound_home), tmp_path / "home")


@pytest.fixture
def given(home: Home) -> Path:
    """A file that was not received yet."""
    return build.write(home.root.parent / "given", build.with_cell(2, "victimas", "9"), "nuevo.csv")


def submitted(home: Home, file: Path, *more: str) -> tuple[int, str]:
    return faults.run(home, "submit", str(file), "-c", faults.COLLECTION, *more, "--lang", "en")


# ---- a backup of raw/ that is older than the releases --------------------------------------------------


def test_doctor_names_what_an_older_backup_of_raw_lacks(home: Home) -> None:
    gone = home.submissions()[-1]
    shutil.rmtree(gone.folder)
    code, said = faults.run(home, "doctor", "--lang", "en")
    assert code == 3
    assert f"1 submission of the last release is not in raw/: {gone.id}." in said
    assert faults.run(home, "verify", "--lang", "en")[0] != 0


def test_what_was_purged_is_not_missed(home: Home) -> None:
    one = home.submissions()[-1]
    purging.purge(home, one, today(), office="o", reason="r")
    assert one.id not in {submission.id for submission in home.submissions()}
    assert list(verification.submissions_missing_from_raw(home)) == []


# ---- a clock that was set back -----------------------------------------------------------------------


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> date:
    """The clock of this machine, a year back."""
    day = today() - timedelta(days=365)
    for module in (clock, receiving, intake):
        monkeypatch.setattr(module, "today", lambda: day)
    monkeypatch.setattr("pipelines.cli.submissions.today", lambda: day)
    return day


def test_a_clock_set_back_stops_a_receipt(home: Home, given: Path, set_back: date) -> None:
    before = home.submissions()
    code, said = submitted(home, given)
    assert code != 0
    assert f"This machine's clock says {set_back}" in said
    assert "The file was not received" in said
    assert home.submissions() == before
    code, said = submitted(home, given, "--received", str(set_back - timedelta(days=1)))
    assert code in (0, 1), said  # held or accepted
    assert len(home.submissions()) == len(before) + 1  # the day is not the clock's


def test_a_clock_set_back_leaves_the_inbox_as_it_is(
    home: Home, given: Path, set_back: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PAUSE", 0.0)
    lies = home.inbox / faults.COLLECTION / given.name
    lies.parent.mkdir(parents=True)
    shutil.copyfile(given, lies)
    done = intake.receive_files(home)
    assert (done.submission_ids, [one.reason.key for one in done.remaining]) == ([], ["inbox.not_now"])
    assert "clock says" in done.remaining[0].reason.render("en")
    assert lies.exists()


# ---- names -------------------------------------------------------------------------------------------


LENGTHS = (240, 241, 255)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(intake, "PAUSE", 0.0)
    made = build.home(tmp_path / "home")
    (made.inbox / build.COLLECTION).mkdir(parents=True)
    return made


def named(length: int, mark: str = "") -> str:
    """A name of so many bytes, some of whose letters take two."""
    name = f"{mark}{'ñ' * 100}"
    return name + "x" * (length - len(os.fsencode(name)) - 4) + ".csv"


@pytest.mark.parametrize("length", LENGTHS)
def test_a_long_name_in_the_inbox_gets_its_answers(empty: Home, length: int) -> None:
    folder = empty.inbox / build.COLLECTION
    file = folder / named(length)
    assert len(os.fsencode(file.name)) == length
    file.write_text(build.file(), encoding="utf-8")
    done = intake.receive_files(empty)
    assert len(done.submission_ids) == 1
    assert intake.inbox_answers.write_answers(empty) == done.submission_ids
    [page] = folder.iterdir()
    assert page.name.endswith(inbox.PAGE_SUFFIX)
    assert len(os.fsencode(page.name)) <= 255
    assert file.name in page.read_text(encoding="utf-8")
    file.write_text(build.file(), encoding="utf-8")  # the same again: refused, and answered beside
    done = intake.receive_files(empty)
    done.write_answers(empty)
    assert len(done.refusals) == 1
    assert sorted(path.suffixes[-1] for path in folder.iterdir()) == [".html", ".txt"]


def test_the_answers_of_long_names_are_told_apart_and_taken_away(empty: Home) -> None:
    folder = empty.inbox / build.COLLECTION
    files = [folder / f"{'x' * 240}{n}.csv" for n in (1, 2)]
    for file in files:
        file.write_bytes(b"")  # empty files stay, and are answered
    intake.receive_files(empty)
    answers = [path for path in folder.iterdir() if path.name.endswith(inbox.ANSWER_SUFFIX)]
    assert len(answers) == 2
    intake.receive_files(empty)
    assert len([path for path in folder.iterdir() if path.name.endswith(inbox.ANSWER_SUFFIX)]) == 2
    files[0].unlink()
    intake.receive_files(empty)
    assert len([path for path in folder.iterdir() if path.name.endswith(inbox.ANSWER_SUFFIX)]) == 1


@pytest.mark.parametrize("lang", languages())
def test_the_desk_says_that_a_name_is_too_long(empty: Home, lang: str) -> None:
    access = Access()
    with served(empty, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}&lang={lang}")
        browser.open(f"/?lang={lang}")
        content = build.file().encode()
        answered = browser.fill("/", f"{'x' * 300}.csv", content, collection=build.COLLECTION)
        assert answered.status_code == 400
        assert say("desk.name_too_long", lang, n=304, most=255) in browser.said
        assert not list((empty.root / "staged").glob(".desk-*"))


# ---- a full disk -------------------------------------------------------------------------------------


def test_a_file_that_was_not_received_for_want_of_room(
    home: Home, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise NO_ROOM

    monkeypatch.setattr(receipts.durable, "copy", full)
    code, said = submitted(home, given)
    assert code == 3
    assert "nuevo.csv was not received" in said
    assert "The disk is full (No space left on device)" in said
    assert "release before" not in said


def test_a_file_that_was_received_and_not_read_for_want_of_room(
    home: Home, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(submissions, "process", full)
    code, said = submitted(home, given)
    assert code == 3
    assert f"Received as {home.submissions()[-1].id}, and not read yet." in said
    assert "do not hand it in again" in said


@pytest.mark.slow
def test_a_refresh_says_in_words_that_the_disk_failed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        said = (
            "(sqlite3.OperationalError) disk I/O error\n[SQL: INSERT]\n(Background: https://sqlalche.me/e/20)"
        )
        raise RuntimeError(said)

    (home.warehouse / "built.json").unlink()
    monkeypatch.setattr(assets_build.building, "build", full)
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert code == 3
    assert "The disk or its file system failed" in said
    assert "sqlalche.me" not in said
    assert "INSERT" not in said


def test_disks_are_told_apart() -> None:
    kinds = {
        "full": [NO_ROOM, sqlite3.OperationalError("database or disk is full")],
        "read_only": [OSError(30, "Read-only file system")],
        "failed": [OSError(5, "Input/output error")],
    }
    for kind, errors in kinds.items():
        for error in errors:
            found = disk_sentence(error)
            assert found is not None
            assert found.key == f"machine.{kind}"
    assert disk_sentence(ValueError("Full of sense")) is None
    assert disk_sentence_in("x\ndisk is full") is None  # the first line alone is the library's own


# ---- small wrongs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "port"), [("desk", 3010), ("ui", 3000)])
def test_help_names_the_port_that_is_taken(home: Home, command: str, port: int) -> None:
    assert f"The port; {port} if none is given." in faults.run(home, command, "--help", "--lang", "en")[1]
