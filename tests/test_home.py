"""The home under many hands: receipts side by side, histories that were cut, locks and who holds them."""

import json
import multiprocessing
import shutil
import threading
from datetime import date
from pathlib import Path

import pytest

from assets.intake.submission import receive
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse.home import EVENTS_FILE, Busy, DamagedHistory, Home, events, file_hash, lock, receipts

DAY = build.RECEIVED


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return receiving.made(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cuadro.csv"
    path.write_text(build.file(), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [receiving.by_threads, receiving.by_processes])
@pytest.mark.operator("8", "concurrency")
def test_eight_receipts_at_once_lose_nothing(home: Home, at_once) -> None:
    answers = at_once(home, 3)
    assert receiving.faults(home, answers, 3) == []
    assert len(answers) == 24
    assert len(home.submissions()) == 18


@pytest.mark.slow
def test_what_is_lost_would_be_seen(home: Home) -> None:
    """The counting bites: a submission that vanished, one of other bytes, one kept twice."""
    answers = receiving.by_threads(home, 1)
    gone, changed, twice = home.submissions()[:3]
    shutil.rmtree(gone.folder)
    changed.file.chmod(0o600)
    changed.file.write_text("other", encoding="utf-8")
    shutil.copytree(twice.folder, twice.folder.with_name(f"{DAY}.99"))
    found = " · ".join(receiving.faults(home, answers, 1))
    for fault in (f"lost: {gone.id}", f"other bytes: {changed.id}", "same bytes 2 times", "other hash noted"):
        assert fault in found


def test_a_file_that_grew_after_the_guard_looked_is_not_kept(home: Home, file: Path) -> None:
    """What was looked into is what is kept: another hash, no submission, and nothing left over."""
    looked_at = file_hash(file)
    with file.open("a") as more:
        more.write("GTM,2022,Víctimas detectadas,Honduras,Mujeres,0 a 17 años,x,Robo,registro,3\n")
    with pytest.raises(receipts.ChangedMeanwhile):
        receipts.keep(home, file, build.COLLECTION, DAY, sha256=looked_at)
    assert [p.name for p in (home.raw / build.COLLECTION).iterdir()] == ["format.toml"]


def test_what_a_killed_receipt_left_goes_with_the_next(home: Home, file: Path) -> None:
    half = home.raw / build.COLLECTION / f".{DAY}.1.tmp"
    half.mkdir()
    (half / "cuadro.csv").write_text("half", encoding="utf-8")
    kept = receive(home, file, build.COLLECTION, DAY)
    assert kept.id == f"DEMO.victimas.{DAY}.1"
    assert [p.name for p in kept.folder.iterdir()] != []
    assert not half.exists()


def test_the_number_of_a_purged_submission_is_not_given_again(home: Home, file: Path) -> None:
    first = receive(home, file, build.COLLECTION, DAY)
    first.file.unlink()
    file.write_text(build.with_cell(2, "victimas", "8"), encoding="utf-8")
    assert receive(home, file, build.COLLECTION, DAY).n == 2


@pytest.mark.operator("4", "torn lines")
def test_half_a_line_is_not_glued_onto(home: Home, file: Path) -> None:
    """A withdrawal killed in its append, and repeated: both its lines can be read."""
    kept = receive(home, file, build.COLLECTION, DAY)
    with (kept.folder / EVENTS_FILE).open("a", encoding="utf-8") as log:
        log.write('{"event": "withdrawn", "on": "2022-0')
    assert kept.withdrawn_on is None
    receipts.withdraw(home, kept, date(2022, 5, 1), office="demo", reason="prueba")
    assert kept.withdrawn_on == date(2022, 5, 1)
    lines = (kept.folder / EVENTS_FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["received", "withdrawn"]


def test_a_whole_last_line_without_its_break_counts(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    path.write_text('{"event": "received", "on": "2022-03-31"}', encoding="utf-8")
    assert [e["event"] for e in events.read(path)] == ["received"]
    events.append(path, event="withdrawn", on="2022-05-01")
    assert [e["event"] for e in events.read(path)] == ["received", "withdrawn"]


def test_a_damaged_history_names_its_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    path.write_text('{"event": "received"}\nno es JSON\n{"event": "withdrawn"}\n', encoding="utf-8")
    with pytest.raises(DamagedHistory, match=r"events\.jsonl.*2"):
        events.read(path)


def test_a_thread_may_take_again_what_it_holds_and_another_is_told_by_whom(home: Home) -> None:
    told: list[Busy] = []

    def other() -> None:
        try:
            with lock.raw(home, wait=0):
                pass
        except Busy as busy:
            told.append(busy)

    with lock.raw(home), lock.raw(home):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    (busy,) = told
    assert busy.holder.pid == multiprocessing.current_process().pid
    assert f"pid {busy.holder.pid}" in str(busy)
    with lock.raw(home, wait=0):
        pass
