"""Purging: nothing of a submission is left but that it was, and the next release is built without it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from assets.answers import inbox_answers
from assets.intake.submission import receive
from schemas.grammar import CardError
from tests.conftest import accept, release
from tests.test_case_ids import CASES, HEADER
from tests.test_held import FEB, GOOD, JAN, file_of, run
from tests.test_side_by_side import held_by_another
from tests.test_vintages import new_home
from warehouse.home import CHECKOUT, EVENTS_FILE, Busy, Home, Submission, durable, purging
from warehouse.home.calendar import today
from warehouse.release import attention, upkeep

BY = ("--reason", "lo pidió la institución", "--office", "Secretaría Técnica")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path / "home")


def sent(home: Home, day: object, rows: dict) -> Submission:
    submission = receive(home, file_of(home, rows), "X/c", day)
    accept(home, submission)
    (home.root / "file.csv").unlink()
    return submission


def with_hash(home: Home, sha256: str) -> list[Path]:
    """Every file of the home that holds the bytes that were received."""
    return [p for p in home.root.rglob("*") if p.is_file() and durable.file_hash(p) == sha256]


@pytest.mark.slow
def test_nothing_of_it_is_left_but_that_it_was(home: Home) -> None:
    first = sent(home, JAN, GOOD)
    second = sent(home, FEB, GOOD | {("CRI", 2001): "2103"})
    release(home, today())
    sha256, size = second.sha256, second.bytes
    aside = home.inbox / "rechazados" / "X" / "c"
    aside.mkdir(parents=True)
    for name in ("a.csv", "b.csv.respuesta.html"):
        (aside / name).write_bytes(second.file.read_bytes() if name == "a.csv" else b"otra respuesta")
    (aside / "a.csv.respuesta.html").write_text("respuesta", encoding="utf-8")

    assert run(home, "purge", second.id, *BY).exit_code == 2
    assert len(with_hash(home, sha256)) == 2
    assert run(home, "purge", second.id, *BY, "--yes").exit_code == 0

    assert with_hash(home, sha256) == []
    assert [p.name for p in second.folder.iterdir()] == [EVENTS_FILE]
    assert [p.name for p in aside.iterdir()] == ["b.csv.respuesta.html"]
    assert not home.staged_folder(second.id).exists()
    assert not home.internal.exists()
    (purged,) = home.purged_submissions()
    assert purged.event | {"office": BY[3], "reason": BY[1], "bytes": str(size)} == purged.event
    assert "Se pasó por alto" not in run(home, "status").output
    assert run(home, "verify").exit_code == 0

    release(home, today())
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute("SELECT submission, status, withdrawn_on FROM registry.submissions").fetchall()
        in_force = db.execute("SELECT DISTINCT submission FROM core.current").fetchall()
    assert sorted(rows) == [(first.id, "accepted", None), (second.id, "purged", today())]
    assert in_force == [(first.id,)]


def test_a_purge_that_was_killed_is_finished_before_the_next_build(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = sent(home, JAN, GOOD)
    with monkeypatch.context() as killed:
        killed.setattr(purging, "_destroy", lambda *_: 0)
        purging.purge(home, submission, today(), office="o", reason="r")
    assert submission.file.exists()
    upkeep.prepare(home)
    assert [p.name for p in submission.folder.iterdir()] == [EVENTS_FILE]
    assert not home.staged_folder(submission.id).exists()


def test_while_a_build_works_nothing_is_purged(home: Home) -> None:
    submission = receive(home, file_of(home, GOOD), "X/c", JAN)
    with held_by_another(home), pytest.raises(Busy):
        purging.purge(home, submission, today(), office="o", reason="r")
    assert submission.file.exists()
    assert home.submissions() == [submission]


@pytest.mark.parametrize(
    "arguments", [("X.c.2024-01-10.9", *BY, "--yes"), ("X.c.2024-01-10.1", "--reason", " ", *BY[2:], "--yes")]
)
def test_what_cannot_be_purged_is_said(arguments: tuple[str, ...], home: Home) -> None:
    submission = sent(home, JAN, GOOD)
    assert run(home, "purge", *arguments).exit_code == 2
    assert submission.file.exists()


def test_an_answer_that_is_owed_goes_with_it(home: Home) -> None:
    submission = sent(home, JAN, GOOD)
    inbox_answers.note_path(home, submission, "X/c/a.csv")
    run(home, "purge", submission.id, *BY, "--yes")
    assert inbox_answers.write_answers(home) == []


def test_report_says_again_what_became_of_it(home: Home, tmp_path: Path) -> None:
    sent(home, JAN, GOOD)
    second = sent(home, FEB, GOOD | {("CRI", 2001): "2103"})
    page = tmp_path / "r.html"
    result = run(home, "report", second.id, "--output", str(page))
    assert (result.exit_code, f"{page}" in result.output) == (0, True)
    text = page.read_text(encoding="utf-8")
    assert second.id in text
    assert "2,103" in text
    assert run(home, "report", "X.c.2024-01-10.9").exit_code == 2


# ---- a card that keeps files of persons for a time -------------------------------------------------------


def kept_for(root: Path, days: int) -> tuple[Home, Submission]:
    """A home whose card of cases keeps its files so long, with one that was received 31 days ago."""
    home = Home(root / "home")
    folder = home.raw / "X" / "cases"
    folder.mkdir(parents=True)
    card = (CHECKOUT / "raw" / CASES / "format.toml").read_text(encoding="utf-8")
    (folder / "format.toml").write_text(f"{card}retention_days = {days}\n", encoding="utf-8")
    (root / "cases.csv").write_text(HEADER + "A-1,CRI,2024-07,F,Y0T17,NIC\n", encoding="utf-8")
    submission = receive(home, root / "cases.csv", "X/cases", today() - timedelta(days=31))
    accept(home, submission)
    return home, submission


def test_a_file_of_persons_goes_when_its_card_keeps_it_no_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home, submission = kept_for(tmp_path, 30)
    assert len(with_hash(home, submission.sha256)) == 1
    upkeep.prepare(home)
    assert home.submissions() == []
    assert with_hash(home, submission.sha256) == []
    assert not home.staged_folder(submission.id).exists()
    (purged,) = home.purged_submissions()
    assert purged.event["reason"] == "plazo de conservación de la ficha: 30 días"
    assert any(submission.id in str(record.msg) for record in caplog.records)


def test_that_it_will_go_is_told_a_month_before(tmp_path: Path) -> None:
    home, submission = kept_for(tmp_path, 45)
    upkeep.prepare(home)
    assert home.submissions() == [submission]
    until = submission.received_on + timedelta(days=45)
    assert attention.list_submissions_to_purge(home, today()) == [(submission, until)]
    assert attention.list_submissions_to_purge(home, today() - timedelta(days=17)) == []
    told = run(home, "status").output
    assert f"{submission.id} se guarda, según su ficha, hasta el {until}" in told


def test_what_is_left_of_a_purge_is_deleted_and_after_that_nothing(home: Home) -> None:
    submission = receive(home, file_of(home, GOOD), "X/c", JAN)
    purging.purge(home, submission, today(), office="o", reason="r")
    home.internal.parent.mkdir(parents=True, exist_ok=True)
    home.internal.write_bytes(b"built since")
    purging.finish_purges(home)
    assert home.internal.exists()
    home.staged_folder(submission.id).mkdir(parents=True)
    purging.finish_purges(home)
    assert not home.staged_folder(submission.id).exists()
    assert not home.internal.exists()


def test_a_file_without_a_limit_never_expires(home: Home) -> None:
    submission = receive(home, file_of(home, GOOD), "X/c", JAN)
    assert purging.find_expired(home, JAN + timedelta(days=100_000)) == []
    assert purging.purge_expired(home, today()) == []
    assert home.submissions() == [submission]


def test_only_files_of_persons_are_kept_for_a_time(home: Home) -> None:
    card = home.raw / "X" / "c" / "format.toml"
    card.write_text(card.read_text("utf-8") + "retention_days = 30\n", encoding="utf-8")
    with pytest.raises(CardError, match="retention_days"):
        home.card("X/c")


def test_a_file_of_persons_stays_to_the_end_of_its_last_day(tmp_path: Path) -> None:
    """Kept for 31 days and received 31 days ago, today is its last day; it goes tomorrow, and only then."""
    home, submission = kept_for(tmp_path, 31)
    assert purging.find_expired(home, today()) == []
    assert purging.purge_expired(home, today()) == []
    assert home.submissions() == [submission]
    tomorrow = today() + timedelta(days=1)
    assert purging.find_expired(home, tomorrow) == [(submission, today())]
    assert purging.purge_expired(home, tomorrow) == [submission.id]
    assert home.submissions() == []


def test_of_copies_set_aside_only_those_with_its_bytes_in_its_collection_go(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others of the same length stay, whatever their hash; so does the same file of another collection."""
    submission = receive(home, file_of(home, GOOD), "X/c", JAN)
    content = submission.file.read_bytes()
    files = {f"{folder}/same": content for folder in ("a", "c", "z")}
    files |= {"c/shorter": content[:-1], "c/longer": content + b"\n"}
    others = (content[:-2] + bytes([n]) + content[-1:] for n in range(48, 58))  # hashes above and below
    files |= {f"c/other{n}": other for n, other in enumerate(others) if other != content}
    paths = {name: home.inbox / "rechazados" / "X" / f"{name}.csv" for name in files}
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    monkeypatch.setattr(purging.inbox, "list_rejected_files", lambda _: [*paths.values()])
    monkeypatch.setattr(purging.inbox, "list_refused_files", lambda _: [])
    monkeypatch.setattr(purging.inbox, "answers_to", lambda _: [])
    found = purging._inbox_copies(home, submission, submission.sha256, submission.bytes)
    assert list(found) == [paths["c/same"]]
