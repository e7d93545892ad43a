"""Homes that share a store: what one did the others have, whole; of two who do the same the second is told."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from assets.intake.privacy.guard import Refused
from assets.intake.processing import process
from assets.intake.submission import receive
from tests import services
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse.home import (
    CARD,
    Home,
    Submission,
    durable,
    events,
    lock,
    mirror,
    mirrored,
    purging,
    receipts,
    store,
)
from warehouse.home.deployment import FILE
from warehouse.home.repairs import REPAIRS

DAY = build.RECEIVED
Machines = Callable[[str], Home]


@pytest.fixture(scope="module")
def objects() -> Iterator[services.Door]:
    with services.object_store() as door:
        yield door


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What lineabase.toml says of a store that has nothing yet."""
    if request.param == "folder":
        return f'store = "file://{tmp_path}/store"'
    services.needed_for_objects()
    door = request.getfixturevalue("objects")
    options = f'[store_options]\nendpoint_url = "http://127.0.0.1:{door.port}"'
    return f'store = "{services.BUCKET}/{tmp_path.name}"\n{options}'


@pytest.fixture
def machine(address: str, tmp_path: Path) -> Machines:
    """A machine of the deployment, by its name; new ones have nothing but what says which store."""

    def named(name: str) -> Home:
        home = Home(tmp_path / name)
        if not home.root.exists():
            home.root.mkdir()
            (home.root / FILE).write_text(address, encoding="utf-8")
            mirror.pull(home)
        return home

    first = receiving.made(tmp_path / "first")
    (first.root / FILE).write_text(address, encoding="utf-8")
    mirror.pull(first)
    return named


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What was put right."""
    said: list[str] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(str(record.msg))

    handler = Heard()
    REPAIRS.addHandler(handler)
    yield said
    REPAIRS.removeHandler(handler)


def received(home: Home, n: str, day: date = DAY) -> Submission:
    file = home.root / "cuadro.csv"
    file.write_text(build.with_cell(2, "victimas", n), encoding="utf-8")
    return receive(home, file, build.COLLECTION, day)


def names(home: Home) -> list[str]:
    mirror.pull(home)
    return [submission.id for submission in home.submissions()]


def opened(home: Home) -> store.Store:
    with mirror._opened(home) as one:
        return one.store


def files(home: Home) -> dict[str, bytes]:
    """What a home has that is for others."""
    mirror.pull(home)
    return {path: (home.root / path).read_bytes() for path in mirrored.scan(home.root, mirrored.PLACES)}


def test_what_one_machine_received_and_staged_the_others_have(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    process(one, received(one, "7"))
    assert files(one) == files(other)
    [submission] = other.submissions()
    assert (submission.is_changed, submission.folder.stat().st_mode & 0o777) == (False, 0o700)
    assert submission.file.stat().st_mode & 0o777 == 0o400
    staged = {path: path.stat().st_mtime_ns for path in other.staged(submission.id).glob("*.parquet")}
    assert staged
    assert process(other, submission).status == "accepted"  # nothing is made again
    assert staged == {path: path.stat().st_mtime_ns for path in staged}


def test_each_day_s_numbers_are_given_once(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    assert [received(one, "7").n, received(other, "8").n, received(one, "9").n] == [1, 2, 3]
    with pytest.raises(Refused):
        received(other, "9")
    assert names(one) == names(other)
    assert (one.raw / build.COLLECTION / events.REFUSED).read_bytes() == (
        other.raw / build.COLLECTION / events.REFUSED
    ).read_bytes()


def test_of_two_who_give_one_number_at_once_the_second_is_told(
    machine: Machines, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """As if a lock had been lost: another machine receives between this one's look and its own line."""
    one, other = machine("first"), machine("other")
    keeps = durable.rename

    def overtaken(source: Path, target: Path) -> None:
        monkeypatch.setattr(durable, "rename", keeps)
        received(other, "8")
        keeps(source, target)

    monkeypatch.setattr(durable, "rename", overtaken)
    with pytest.raises(mirror.Overtaken):
        received(one, "7")
    assert files(one) == files(other)
    [kept] = one.submissions()
    assert (len(told), received(one, "7").n) == (1, 2)
    assert b"8" in kept.file.read_bytes()


def test_a_receipt_that_was_killed_before_it_was_put_is_put_by_the_next(
    machine: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machine("first"), machine("other")
    killed_receipt(one, "_put_files", monkeypatch)
    assert names(other) == []
    with pytest.raises(Refused):  # it is here, and so is received
        received(one, "7")
    assert names(other) == names(one) == [f"{build.COLLECTION.replace('/', '.')}.{DAY}.1"]


def killed_receipt(home: Home, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receipt that ends where the mirror calls its own function of that name."""
    with monkeypatch.context() as killed:
        killed.setattr(mirror._Mirror, at, _killed)
        with pytest.raises(KeyboardInterrupt):
            received(home, "7")


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_bytes_without_their_entry_of_the_log_are_nothing(
    machine: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machine("first"), machine("other")
    killed_receipt(one, "_commit", monkeypatch)
    assert names(other) == []
    assert received(other, "8").n == 1


def test_what_was_not_put_and_is_another_there_is_kept_aside(
    machine: Machines, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    one, other = machine("first"), machine("other")
    killed_receipt(one, "_commit", monkeypatch)
    received(other, "8")
    assert files(one) == files(other)
    [aside] = (one.root / ".mirror" / "aside").rglob("cuadro.csv")
    assert b"7" in aside.read_bytes()
    assert len(told) == 1


def test_a_purge_destroys_the_bytes_everywhere(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    submission = received(one, "7")
    process(one, submission)
    mirror.pull(other)
    purging.purge(one, submission, DAY, office="oficina", reason="se pidió")
    held = [name for name in opened(one).names("files") if "cuadro" in name or "staged" in name]
    assert held == []
    mirror.pull(other)
    [purged] = other.purged()
    assert (purged.submission.files(), other.staged(submission.id).exists()) == ([], False)
    assert received(other, "7").n == 2


def test_a_purge_that_was_killed_is_ended_by_any_machine(
    machine: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machine("first"), machine("other")
    submission = received(one, "7")
    process(one, submission)
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", _killed)
        with pytest.raises(KeyboardInterrupt):
            purging.purge(one, submission, DAY, office="oficina", reason="se pidió")
    with lock.raw(one):
        pass  # whatever comes next on that machine: the line is put
    with lock.build(other):
        purging.finish(other)
    assert [name for name in opened(other).names("files") if "cuadro" in name or "staged" in name] == []


def test_a_received_file_that_was_damaged_here_is_fetched_and_never_put(
    machine: Machines, told: list[str]
) -> None:
    one, other = machine("first"), machine("other")
    submission = received(one, "7")
    mirror.pull(other)
    sound = submission.file.read_bytes()
    submission.file.chmod(0o600)
    submission.file.write_bytes(sound[:-20])
    with lock.raw(one):
        pass
    assert files(other)[submission.file.relative_to(one.root).as_posix()] == sound
    mirror.mend(one)
    assert submission.file.read_bytes() == sound
    assert any("cuadro.csv" in line for line in told)


def test_a_history_only_grows(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    submission = received(one, "7")
    line = (submission.folder / events.EVENTS).read_bytes()
    (submission.folder / events.EVENTS).write_bytes(b'{"event": "received"}\n')
    with lock.raw(one):
        pass
    mirror.pull(other)
    assert (other.submissions()[0].folder / events.EVENTS).read_bytes() == line
    mirror.mend(one)
    assert (submission.folder / events.EVENTS).read_bytes() == line


def test_half_a_line_is_not_put(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    submission = received(one, "7")
    with (submission.folder / events.EVENTS).open("ab") as history:
        history.write(b'{"event": "with')
    with lock.raw(one):
        pass
    receipts.withdraw(one, submission, DAY, office="oficina", why="otro")
    assert names(other) == names(one)
    assert other.submissions()[0].withdrawn_on == DAY


def test_a_card_that_was_edited_by_hand_goes_to_the_others(machine: Machines) -> None:
    one, other = machine("first"), machine("other")
    card = one.raw / build.COLLECTION / CARD
    card.write_text(f"{card.read_text(encoding='utf-8')}\n# corregida\n", encoding="utf-8")
    with lock.raw(one):
        pass
    assert files(one) == files(other)


def test_another_store_is_told_from_the_one_that_was_followed(machine: Machines) -> None:
    one = machine("first")
    received(one, "7")
    kept = opened(one)
    last = kept.names("log")[-1]
    content = kept.get(last)
    kept.remove(last)
    assert kept.put_once(last, json.dumps({**json.loads(content or b""), "by": "another"}).encode())
    with pytest.raises(mirror.OtherStore):
        received(one, "8")


def test_a_machine_that_begins_late_need_not_read_the_whole_log(
    machine: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "_EVERY", 2)
    one = machine("first")
    for n in ("7", "8", "9"):
        received(one, n)
    kept = opened(one)
    kept.remove(kept.names("log")[0])
    assert files(machine("late")) == files(one)


def test_bytes_that_are_not_what_the_log_says_are_not_taken(machine: Machines) -> None:
    one = machine("first")
    submission = received(one, "7")
    kept = opened(one)
    [name] = [name for name in kept.names("files") if "cuadro.csv" in name]
    kept.remove(name)
    assert kept.put_once(name, b"otro")
    with pytest.raises(mirror.Damaged):
        machine("other")
    assert submission.file.exists()


def test_damaged_notes_are_begun_anew_and_nothing_is_fetched_or_put_again(
    machine: Machines, told: list[str]
) -> None:
    one = machine("first")
    submission = received(one, "7")
    process(one, submission)
    before, entries = files(one), opened(one).names("log")
    (one.root / ".mirror" / "notes.db").write_bytes(b"no database" * 100)
    inodes = {path: path.stat().st_ino for path in submission.folder.iterdir()}
    with lock.raw(one):
        pass
    assert (files(one), opened(one).names("log")) == (before, entries)
    assert inodes == {path: path.stat().st_ino for path in submission.folder.iterdir()}
    assert len(told) == 1


def test_every_machine_hashes_cases_alike(machine: Machines) -> None:
    keys = {(machine(name).root / "private" / "case_key").read_bytes() for name in ("first", "other", "late")}
    assert len(keys) == 1


def test_a_name_is_given_once(machine: Machines) -> None:
    kept = opened(machine("first"))
    assert kept.put_once("x/1", b"one")
    assert kept.put_once("x/1", b"one")  # as who lost the answer asks again
    assert not kept.put_once("x/1", b"other")
    assert (kept.get("x/1"), kept.get("x/2"), kept.names("x")) == (b"one", None, ["x/1"])


def test_a_store_that_does_not_answer_is_said_and_nothing_is_acknowledged(
    machine: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = machine("first")
    kept = opened(one)
    monkeypatch.setattr(store, "PATIENCE", 0.0)
    for name in ("put_once", "put_file"):
        monkeypatch.setattr(type(kept), name, _unreachable)
    with pytest.raises(store.Unreachable):
        received(one, "7")
    monkeypatch.undo()
    with pytest.raises(Refused):
        received(one, "7")
    assert len(names(machine("other"))) == 1


def _unreachable(*_: object) -> None:
    raise store.Unreachable("store", OSError("no route"))


def test_a_home_without_the_file_shares_nothing(tmp_path: Path) -> None:
    home = receiving.made(tmp_path / "alone")
    received(home, "7")
    assert not (home.root / ".mirror").exists()
    assert not mirror.is_shared(home)
    assert os.listdir(home.root / "raw")


def test_of_a_store_that_was_restored_from_an_older_copy_nothing_is_lost_that_a_machine_has(
    machine: Machines, tmp_path: Path
) -> None:
    one = machine("first")
    first = received(one, "7")
    kept = opened(one)
    copied = {name: kept.get(name) for name in kept.names("log") + kept.names("files")}
    receipts.withdraw(one, first, DAY, office="oficina", why="otro")
    received(one, "8")
    before = files(one)
    for name in kept.names("log") + kept.names("files"):
        kept.remove(name)
    for name, content in copied.items():
        assert kept.put_once(name, content or b"")
    with pytest.raises(mirror.OtherStore):
        received(one, "9")
    shutil.rmtree(one.root / ".mirror")
    mirror.pull(one)
    with lock.raw(one):
        pass
    assert files(machine("other")).items() >= before.items()
