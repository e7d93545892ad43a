"""The inbox: taken when complete, one file's fate changes no other's, and everything that stays is told with why."""

from __future__ import annotations

import json
import os
import threading
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

import assets.intake.inbox as intake
from assets.dagster.resources import HomeResource
from assets.intake.inbox import InboxRun, receive_files
from assets.intake.processing import process
from assets.intake.submission import receive
from pipelines.cli.app import app
from pipelines.dagster.sensors import inbox as sensor
from tests.bad_input import build
from tests.conftest import SHARED, release
from tests.operator import damage
from warehouse.environment.settings import SETTLE
from warehouse.home import Home, inbox
from warehouse.home.calendar import today

GOOD = build.file()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(intake, "PAUSE", 0.0)
    made = build.home(tmp_path / "home")
    (made.inbox / build.COLLECTION).mkdir(parents=True)
    return made


def laid(home: Home, name: str, content: str = GOOD) -> Path:
    path = home.inbox / build.COLLECTION / name
    path.write_text(content, encoding="utf-8")
    return path


def looked(home: Home) -> dict[str, inbox.Stamp]:
    return inbox.list_inbox(home).files


def why(done: InboxRun) -> dict[str, str]:
    lying = (*done.refusals, *done.remaining)
    return {one.path.rsplit("/", 1)[-1]: one.reason.key.removeprefix("inbox.") for one in lying}


# ---- when a file is complete ------------------------------------------------------------------------


@pytest.mark.operator("1", "complete")
def test_a_file_that_grew_between_two_looks_is_not_taken(home: Home) -> None:
    path = laid(home, "a.csv", GOOD[:200])
    first = looked(home)
    with path.open("a", encoding="utf-8") as more:
        more.write(GOOD[200:])
    assert why(receive_files(home, first)) == {"a.csv": "growing"}
    assert len(receive_files(home, looked(home)).submission_ids) == 1


def test_a_time_that_a_program_sets_back_makes_no_file_complete(home: Home) -> None:
    """Copying programs give a file its old time while they still write to it."""
    path = laid(home, "a.csv", GOOD[:200])
    os.utime(path, (1, 1))
    assert why(receive_files(home, {})) == {"a.csv": "growing"}


def test_a_file_that_has_not_changed_for_minutes_needs_one_look(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(home, "a.csv")
    monkeypatch.setattr(inbox, "time", lambda: os.stat(home.inbox).st_ctime + 3600)
    assert len(receive_files(home, {}).submission_ids) == 1


@pytest.mark.skipif(not hasattr(__import__("fcntl"), "F_SETLEASE"), reason="only Linux tells who writes")
@pytest.mark.operator("1", "still written")
def test_a_file_that_a_program_has_open_for_writing_waits(home: Home) -> None:
    """A slow copy that pauses longer than any look: its writer is still there."""
    path = laid(home, "a.csv", GOOD[:200])
    with path.open("a", encoding="utf-8") as writer:
        assert why(receive_files(home, looked(home))) == {"a.csv": "growing"}
        writer.write(GOOD[200:])
    (taken,) = receive_files(home, looked(home)).submission_ids
    assert home.submission(taken).file.read_text(encoding="utf-8") == GOOD


def test_a_disk_of_another_machine_says_nothing_of_writers(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses leases for reasons of its own: files there would wait for ever."""
    path = laid(home, "a.csv")
    monkeypatch.setattr(inbox, "_file_system_type", lambda device: "nfs4")
    with path.open("a", encoding="utf-8"):
        assert len(receive_files(home, looked(home)).submission_ids) == 1


@pytest.mark.operator("1", "complete")
def test_the_sensor_waits_as_long_as_the_deployment_says(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(home, "a.csv")
    resources = {"home": HomeResource(root=str(home.root))}
    monkeypatch.setenv(SETTLE, "120")
    with dg.DagsterInstance.local_temp() as instance:
        cursor = None
        for ago, took in ((0, False), (60, False), (70, True)):  # 0, then 60, then 130 s after the first look
            looks = json.loads(cursor or "{}")
            cursor = json.dumps({path: (stamp, since - ago) for path, (stamp, since) in looks.items()})
            context = dg.build_sensor_context(instance, resources=resources, cursor=cursor)
            assert isinstance(sensor(context), dg.RunRequest) == took
            cursor = context.cursor


def test_a_round_that_took_long_leaves_the_others_for_the_next(home: Home) -> None:
    laid(home, "a.csv")
    laid(home, "b.csv", build.with_cell(2, "victimas", "8"))
    first = receive_files(home, looked(home), seconds=-1)
    assert why(first) == {"a.csv": "turn", "b.csv": "turn"}
    assert len(receive_files(home, first.incomplete_files).submission_ids) == 2


@pytest.mark.operator("1", "still written")
def test_what_changed_while_it_was_received_stays_for_the_next_look(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(home, "a.csv")
    longer = GOOD + GOOD.splitlines()[1].replace("2020", "2019") + "\n"

    def received(home: Home, copy: Path, *rest, **named):
        path.write_text(longer, encoding="utf-8")
        return receive(home, copy, *rest, **named)

    monkeypatch.setattr(intake, "receive", received)
    (first,) = receive_files(home).submission_ids
    monkeypatch.undo()
    assert home.submission(first).file.read_text(encoding="utf-8") == GOOD
    assert path.read_text(encoding="utf-8") == longer
    (second,) = receive_files(home, looked(home)).submission_ids
    assert home.submission(second).file.read_text(encoding="utf-8") == longer


# ---- one file stops no other, and nothing is followed ------------------------------------------------


@pytest.mark.parametrize("raised", [RuntimeError("x"), OSError(13, "no"), MemoryError()])
@pytest.mark.operator("1", "stops no other")
def test_a_file_that_cannot_be_taken_stops_no_other(
    home: Home, monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    laid(home, "a.csv")
    laid(home, "b.csv", build.with_cell(2, "victimas", "8"))

    def received(home: Home, copy: Path, *rest, **named):
        if copy.name == "a.csv":
            raise raised
        return receive(home, copy, *rest, **named)

    monkeypatch.setattr(intake, "receive", received)
    done = receive_files(home)
    assert len(done.submission_ids) == 1
    assert set(why(done)) == {"a.csv"}


@pytest.mark.operator("1", "no links")
def test_a_file_that_became_a_link_after_the_look_is_not_followed(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "passwd"
    secret.write_text("root:x:0:0\n")
    path = laid(home, "a.csv")
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(inbox.NotARegularFile):
        inbox.open_file(path)
    assert why(receive_files(home)) == {"a.csv": "link"}
    assert home.submissions() == []


@pytest.mark.operator("1", "no links")
def test_a_pipe_is_not_waited_for(home: Home) -> None:
    os.mkfifo(home.inbox / build.COLLECTION / "a.csv")
    with pytest.raises(inbox.NotARegularFile):
        inbox.open_file(home.inbox / build.COLLECTION / "a.csv")


@pytest.mark.parametrize("trap", ["link", "pipe"])
def test_what_bears_an_answer_s_name_is_neither_followed_nor_waited_for(
    home: Home, tmp_path: Path, trap: str
) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("as it was")
    for name in ("Thumbs.db.respuesta.txt", "nobody.csv.respuesta.txt"):
        path = home.inbox / build.COLLECTION / name
        path.symlink_to(precious) if trap == "link" else os.mkfifo(path)
    laid(home, "Thumbs.db")
    receive_files(home)
    assert precious.read_text() == "as it was"
    assert "no se tomó" in (home.inbox / build.COLLECTION / "Thumbs.db.respuesta.txt").read_text("utf-8")


def test_refused_files_are_not_moved_along_a_link(home: Home, tmp_path: Path) -> None:
    laid(home, "a.csv")
    receive_files(home)
    (home.inbox / "refused").symlink_to(tmp_path)
    path = laid(home, "a.csv")
    done = receive_files(home)
    assert "could not be removed" in str(done.refusals[0])
    assert path.exists()
    assert why(done)["refused"] == "link"
    assert not (tmp_path / "DEMO").exists()


def test_two_takers_do_not_take_the_same(home: Home) -> None:
    laid(home, "a.csv")
    told: list[InboxRun] = []
    with intake.lock.inbox(home):
        other = threading.Thread(target=lambda: told.append(receive_files(home)))
        other.start()
        other.join()
    assert told[0].submission_ids == []
    assert len(receive_files(home).submission_ids) == 1


def test_what_a_killed_taker_left_is_cleared_away(home: Home) -> None:
    left = home.root / "staged" / ".being-taken-x"
    left.mkdir(parents=True)
    (left / "a.csv").write_text("half")
    receive_files(home)
    assert not left.exists()


# ---- refused files -----------------------------------------------------------------------------------


@pytest.mark.operator("1", "kept as said")
def test_a_refused_file_is_kept_as_is_said_and_overwrites_none(home: Home) -> None:
    laid(home, "a.csv")
    receive_files(home)
    for _ in range(2):
        laid(home, "a.csv")
        (refused,) = receive_files(home).refusals
    kept = home.inbox / "refused" / build.COLLECTION
    assert sorted(p.name for p in kept.iterdir()) == ["a.2.csv", "a.csv"]
    assert f"inbox/refused/{build.COLLECTION}/a.2.csv" in str(refused)
    answer = (home.inbox / build.COLLECTION / "a.csv.respuesta.txt").read_text(encoding="utf-8")
    assert f"queda en inbox/refused/{build.COLLECTION}/a.2.csv" in answer
    assert all(word in answer for word in ("No recibido", "Not received"))


def test_of_a_file_with_personal_data_nothing_is_kept(home: Home) -> None:
    laid(home, "a.csv", "nombre_victima,sexo\nMaría,M\n")
    (refused,) = receive_files(home).refusals
    texts = [p.read_text(encoding="utf-8") for p in home.root.rglob("*") if p.is_file()]
    assert not any("María" in text for text in texts)
    assert "solo la regla, el día y el hash" in str(refused)


@pytest.mark.operator("1", "kept as said")
def test_what_cannot_be_looked_into_is_not_kept(home: Home) -> None:
    laid(home, "a.docx", "").write_bytes(
        damage.archive({"word/document.xml": "<x/>", "word/styles.xml": "<x/>"})
    )
    (refused,) = receive_files(home).refusals
    assert "solo la regla, el día y el hash" in str(refused)
    assert [p.name for p in home.inbox.rglob("*") if p.is_file()] == ["a.docx.respuesta.txt"]


def test_a_file_whose_reading_is_ended_is_not_kept(home: Home) -> None:
    path = laid(home, "a.xlsx", "")
    path.write_bytes(damage.book('<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>'))
    (refused,) = receive_files(home).refusals
    assert "A1:XFD1048576" in str(refused)
    assert [p.name for p in (home.inbox / build.COLLECTION).iterdir()] == ["a.xlsx.respuesta.txt"]


# ---- what stays is told ------------------------------------------------------------------------------


@pytest.mark.operator("1", "named")
def test_what_stays_is_named_in_status_doctor_the_tick_and_beside_the_file(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEABASE_HOME", str(home.root))
    laid(home, "Thumbs.db")
    laid(home, "a.csv")
    status = CliRunner().invoke(app, ["status", "--lang", "en"]).output
    assert "Thumbs.db: The operating system left it" in status
    assert "a.csv: It waits for the sensor" in status
    listed = json.loads(CliRunner().invoke(app, ["status", "--json"]).output)["inbox"]
    assert sorted(Path(one["path"]).name for one in listed) == ["Thumbs.db", "a.csv"]
    doctor = CliRunner().invoke(app, ["doctor", "--lang", "en"]).output
    assert f"✗ Inbox, with nothing to be put away: {build.COLLECTION}/Thumbs.db" in doctor
    receive_files(home)
    answer = home.inbox / build.COLLECTION / "Thumbs.db.respuesta.txt"
    assert len(answer.read_text(encoding="utf-8").split("\n\n")) == 2
    (home.inbox / build.COLLECTION / "Thumbs.db").unlink()
    receive_files(home)
    assert not answer.exists()
    assert (
        "Inbox, with nothing to be put away: 0" in CliRunner().invoke(app, ["doctor", "--lang", "en"]).output
    )


def test_an_answer_is_no_submission_and_goes_when_the_file_is_taken(home: Home) -> None:
    laid(home, "a.csv", "nombre_victima,sexo\nMaría,M\n")
    receive_files(home)
    assert receive_files(home) == InboxRun()
    laid(home, "a.csv")
    assert len(receive_files(home).submission_ids) == 1
    assert list((home.inbox / build.COLLECTION).iterdir()) == []


# ---- half a file -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.operator("1", "held")
def test_darien_cut_to_two_rows_is_held_and_an_unattended_release_goes_out_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that broke off after two rows. Persons are added up from the publisher's lines, not by the program."""
    monkeypatch.setattr(intake, "PAUSE", 0.0)
    name, day = "pan_darien_nationality_2025-06.csv", date(2025, 6, 30)
    whole = SHARED / "data" / name
    home, lines = Home(tmp_path / "home"), whole.read_text(encoding="utf-8").splitlines(keepends=True)
    persons = sum(int(line.rsplit(",", 1)[1]) for line in lines[1:])
    process(home, receive(home, whole, "PAN-SNM/darien_nationality", day))
    folder = home.inbox / "PAN-SNM" / "darien_nationality"
    folder.mkdir(parents=True)
    (folder / name).write_text("".join(lines[:3]), encoding="utf-8")
    (cut,) = receive_files(home).submission_ids
    assert process(home, home.submission(cut)).status == "held"
    release(home, today())
    with duckdb.connect(home.current, read_only=True) as db:
        in_force = db.execute("SELECT sum(value_low)::BIGINT FROM core.current").fetchone()
        status = dict(db.execute("SELECT submission, status FROM registry.submissions").fetchall())
    assert in_force == (persons,)
    assert (status.pop(cut), list(status.values())) == ("held", ["accepted"])
