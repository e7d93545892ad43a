"""Releases on disk, asked of files of a few bytes: which counts as whole, which is newest, which is in force, what is repaired."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from schemas.words import InvalidValue, Sentence
from warehouse.home import Home, durable, lock
from warehouse.home.repairs import REPAIR_LOGGER
from warehouse.release import release_store as store
from warehouse.release import signing

FIRST, SECOND, NINTH, TENTH, NEXT = "2023-Q4.r1", "2023-Q4.r2", "2024-Q1.r9", "2024-Q1.r10", "2024-Q2.r1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.releases.mkdir(parents=True)
    return home


def add(home: Home, name: str, content: bytes | None = None, **facts: Any) -> Path:
    """A release of these bytes, with the manifest that belongs to them but for `facts`."""
    content = f"file of {name}".encode() if content is None else content
    folder = home.releases / name
    folder.mkdir()
    (folder / store.FILE).write_bytes(content)
    own = {"release": name, "as_of": "2024-03-31", "content": "c", "sha256": sha256(content).hexdigest(),
           "bytes": len(content)}  # fmt: skip
    store.write_manifest(folder, own | facts)
    return folder


def overwrite(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def spoil(folder: Path) -> None:
    """Change the file of a release within its size."""
    file = folder / store.FILE
    overwrite(file, file.read_bytes()[::-1])


def database(of: str | None = FIRST) -> bytes:
    """The bytes of a small release file; without a name, of a database that is no release."""
    with TemporaryDirectory() as folder:
        with duckdb.connect(file := Path(folder) / "d") as db:
            db.execute("CREATE SCHEMA registry; CREATE TABLE registry.other AS SELECT 7 AS seven")
            if of:
                db.execute(
                    f"CREATE TABLE registry.release AS SELECT '{of}' AS release, DATE '2024-03-31' AS as_of"
                )
        return file.read_bytes()


# ---- one release ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, "[", "7", "[]", '{"release": "a", "as_of": "b", "sha256": "c"}'])
def test_a_manifest_that_lacks_something_is_a_damaged_release(home: Home, content: str | None) -> None:
    folder = add(home, FIRST)
    (folder / store.MANIFEST).unlink()
    if content is not None:
        (folder / store.MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(store.DamagedRelease, match="manifest"):
        store.manifest(folder)
    assert not store.is_whole(folder)
    assert [fault.key for fault in store.find_faults(folder)] == ["released.no_manifest"]


def test_a_manifest_is_read_as_it_was_written_and_cannot_be_changed_by_chance(home: Home) -> None:
    folder = add(home, FIRST, rows={"a": 1})
    assert store.manifest(folder)["rows"] == {"a": 1}
    assert {path.name for path in folder.iterdir()} == {
        store.FILE,
        store.MANIFEST,
    }  # without a key no signature
    assert not (folder / store.MANIFEST).stat().st_mode & 0o222


def test_a_file_is_whole_by_its_size_and_its_hash(home: Home) -> None:
    folder = add(home, FIRST)
    assert store.is_whole(folder)
    assert store.is_whole(add(home, SECOND, bytes=None)) is False
    facts = store.manifest(folder)
    older = {name: fact for name, fact in facts.items() if name != "bytes"}
    assert store.is_file_of(folder / store.FILE, older)  # of a program that noted no size
    assert not store.is_file_of(folder / store.FILE, facts | {"bytes": facts["bytes"] + 1})
    spoil(folder)
    assert not store.is_whole(folder)
    (folder / store.FILE).unlink()
    assert not store.is_whole(folder)


def test_each_fault_of_a_release_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = add(home, FIRST, bundle={"a.csv": sha256(b"a").hexdigest(), "b.csv": sha256(b"b").hexdigest()})
    (folder / store.BUNDLE).mkdir()
    for name in ("a", "b"):
        (folder / store.BUNDLE / f"{name}.csv").write_bytes(name.encode())
    assert list(store.find_faults(folder)) == []
    spoil(folder)
    (folder / store.BUNDLE / "a.csv").write_bytes(b"x")
    (folder / store.BUNDLE / "b.csv").unlink()
    moved = folder.rename(home.releases / SECOND)
    (moved / store.SIGNATURE).write_bytes(b"s")
    monkeypatch.setattr(signing, "is_signed", lambda content, sign, key: key is not None)
    keys = ["released.other_bytes", "released.other_bundle", "released.other_bundle", "released.other_name"]
    assert [fault.key for fault in store.find_faults(moved)] == [*keys, "released.wrong_signature"]
    assert [fault.key for fault in store.find_faults(moved, Path("key"))] == keys


@pytest.mark.parametrize(("answer", "expected"), [(True, "signed"), (False, "wrong"), (None, "unknown")])
def test_a_signature_is_of_the_manifest(
    home: Home, monkeypatch: pytest.MonkeyPatch, answer: bool | None, expected: str
) -> None:
    monkeypatch.setattr(signing, "sign", lambda content: b"of " + content[:1])
    folder = add(home, FIRST)
    asked: list[tuple[bytes, bytes, Path | None]] = []
    monkeypatch.setattr(signing, "is_signed", lambda *given: (asked.append(given), answer)[1])
    assert store.signature(folder, Path("key")) == expected
    assert asked == [((folder / store.MANIFEST).read_bytes(), b"of {", Path("key"))]
    assert not (folder / store.SIGNATURE).stat().st_mode & 0o222
    (folder / store.SIGNATURE).unlink()
    assert store.signature(folder) == "unsigned"


# ---- all releases -----------------------------------------------------------------------------------------


@pytest.fixture
def several(home: Home) -> Home:
    """Five releases of three quarters, added in another order, and folders that are none."""
    for name in (TENTH, NEXT, FIRST, NINTH, SECOND):
        add(home, name)
    for other in ("2023-Q4.r1 copy", "old", ".building"):
        (home.releases / other).mkdir()
    (home.releases / "2024-Q3.r1").write_text("no folder", encoding="utf-8")
    return home


def test_releases_are_in_the_order_of_their_numbers(several: Home) -> None:
    assert [folder.name for folder in store.releases(several)] == [FIRST, SECOND, NINTH, TENTH, NEXT]
    assert [folder.name for folder in store.unrecognised_folders(several)] == ["2023-Q4.r1 copy", "old"]


def test_the_newest_is_of_its_quarter_or_of_all(several: Home, tmp_path: Path) -> None:
    def newest(quarter: str | None = None) -> str | None:
        return (folder := store.latest_folder(several, quarter)) and folder.name  # type: ignore[return-value]

    assert (newest(), newest("2024-Q1"), newest("2023-Q4"), newest("2022-Q1")) == (NEXT, TENTH, SECOND, None)
    assert store.latest_folder(Home(tmp_path / "empty")) is None


def test_a_damaged_release_is_not_compared_with(several: Home, tmp_path: Path) -> None:
    folder = {folder.name: folder for folder in store.releases(several)}
    assert store.newest_file(several) == folder[NEXT] / store.FILE
    assert store.file_before(several, NEXT) == folder[TENTH] / store.FILE
    assert store.file_before(several, FIRST) is None
    assert store.file_before(several, "2030-Q1.r1") is None
    spoil(folder[NEXT])
    spoil(folder[TENTH])
    assert store.newest_file(several) == store.file_before(several, NEXT) == folder[NINTH] / store.FILE
    assert store.newest_file(Home(tmp_path / "empty")) is None


def test_files_of_a_bundle_are_given_whole_or_not_at_all(home: Home) -> None:
    folder = add(home, FIRST, bundle={n: sha256(n.encode()).hexdigest() for n in ("a", "b")})
    (folder / store.BUNDLE).mkdir()
    for name in ("a", "b", "c"):
        (folder / store.BUNDLE / name).write_bytes(name.encode())
    assert store.bundle_files(home, FIRST, ["a", "b"]) == [folder / "bundle" / "a", folder / "bundle" / "b"]
    assert store.bundle_files(home, FIRST, ["a", "c"]) == []
    (folder / store.BUNDLE / "b").write_bytes(b"x")
    assert store.bundle_files(home, FIRST, ["a", "b"]) == []
    assert store.bundle_files(home, FIRST, ["a"]) == [folder / "bundle" / "a"]
    (folder / store.MANIFEST).unlink()
    assert store.bundle_files(home, FIRST, ["a"]) == store.bundle_files(home, SECOND, ["a"]) == []


def test_a_number_is_used_once_even_if_its_release_is_gone(several: Home) -> None:
    assert store.next_name(several, "2024-Q1") == "2024-Q1.r11"
    assert store.next_name(several, "2025-Q1") == "2025-Q1.r1"
    store.record_publication(several, "2024-Q1.r12")
    store.record_publication(several, "2025-Q4.r3")
    assert store.next_name(several, "2024-Q1") == "2024-Q1.r13"
    assert store.next_name(several, "2025-Q1") == "2025-Q1.r1"


def test_releases_missing_in_the_list_are_added_once(several: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "today", lambda: date(2024, 5, 1))
    assert store.last_published_on(several) is None
    store.record_publication(several, SECOND)
    store.record_unlisted_releases(several)
    store.record_unlisted_releases(several)
    assert store.published_names(several) == [SECOND, FIRST, NINTH, TENTH, NEXT]
    monkeypatch.setattr(store, "today", lambda: date(2024, 5, 3))
    store.record_publication(several, "2024-Q2.r2")
    store.events.append(store.list_path(several), event="retired", on="2024-05-09", release=FIRST)
    assert store.publication_days(several) == dict.fromkeys(
        (SECOND, FIRST, NINTH, TENTH, NEXT), date(2024, 5, 1)
    ) | {"2024-Q2.r2": date(2024, 5, 3)}
    assert store.last_published_on(several) == "2024-05-03"
    assert [name for name, _ in store.list_files(several)] == [*store.published_names(several)]


@pytest.mark.parametrize(("day", "is_sound"), [(1, False), (2, True), (3, True)])
def test_the_clock_is_not_before_the_last_release(
    home: Home, monkeypatch: pytest.MonkeyPatch, day: int, is_sound: bool
) -> None:
    monkeypatch.setattr(store, "today", lambda: date(2024, 5, day))
    store.check_clock(home)  # without a release any day will do
    with monkeypatch.context() as later:
        later.setattr(store, "today", lambda: date(2024, 5, 2))
        store.record_publication(home, FIRST)
    if is_sound:
        store.check_clock(home)
        return
    with pytest.raises(InvalidValue, match="2024-05-02"):
        store.check_clock(home)


def test_protected_counts_are_read_from_the_ledger_where_the_file_is_gone_or_damaged(several: Home) -> None:
    several.protection.mkdir(parents=True)
    folder = {folder.name: folder for folder in store.releases(several)}
    ledger = {name: several.ledger_file(name) for name in (FIRST, SECOND, "2024-Q1.r8")}
    for file in ledger.values():
        file.write_bytes(b"counts")
    spoil(folder[FIRST])
    spoil(folder[NINTH])
    shutil.rmtree(folder[TENTH])
    for name in ("2024-Q1.r8", TENTH):
        store.record_publication(several, name)
    assert store.protected_files(several) == [
        ledger["2024-Q1.r8"], ledger[FIRST], folder[SECOND] / store.FILE, folder[NEXT] / store.FILE,
    ]  # fmt: skip
    overwrite(folder[NEXT] / store.FILE, b"another size")
    names = [name for name, _ in store.list_sound_files(several)]
    assert names == ["2024-Q1.r8", FIRST, SECOND, NINTH]  # a glance: of its size, or in the ledger
    (folder[NINTH] / store.MANIFEST).unlink()
    assert [name for name, _ in store.list_sound_files(several)] == ["2024-Q1.r8", FIRST, SECOND]


# ---- the release in force ---------------------------------------------------------------------------------


@pytest.fixture
def repairs() -> Iterator[list[tuple[str, dict[str, object]]]]:
    """The repairs that were logged: key and facts."""
    logged: list[tuple[str, dict[str, object]]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert isinstance(record.msg, Sentence)
            logged.append((record.msg.key, dict(record.msg.facts)))

    handler = Handler()
    REPAIR_LOGGER.addHandler(handler)
    yield logged
    REPAIR_LOGGER.removeHandler(handler)


def test_what_is_in_force_is_named_and_copied(several: Home) -> None:
    store.put_in_force(several, several.releases / SECOND)
    assert several.current.read_bytes() == b"file of 2023-Q4.r2"
    assert not several.current.stat().st_mode & 0o222
    assert json.loads((several.warehouse / store.IN_FORCE).read_text()) == {"release": SECOND}
    assert store.folder_in_force(several) == several.releases / SECOND
    store.put_in_force(several, several.releases / NINTH)
    assert several.current.read_bytes() == b"file of 2024-Q1.r9"
    assert not several.current.with_name("current.duckdb.new").exists()


def test_without_its_name_the_one_in_force_is_known_by_its_bytes(several: Home) -> None:
    store.put_in_force(several, several.releases / SECOND)
    (several.releases / NEXT / store.MANIFEST).unlink()
    for content in ("[", "{}", "7"):
        (several.warehouse / store.IN_FORCE).write_text(content, encoding="utf-8")
        assert store.folder_in_force(several) == several.releases / SECOND
    several.current.unlink()
    assert store.folder_in_force(several) == several.releases / NEXT


def test_of_two_releases_of_the_same_bytes_the_newer_one_is_in_force(several: Home) -> None:
    add(several, "2024-Q1.r8", b"file of 2023-Q4.r2")
    store.put_in_force(several, several.releases / SECOND)
    (several.warehouse / store.IN_FORCE).unlink()
    assert store.folder_in_force(several) == several.releases / "2024-Q1.r8"


def test_a_release_in_force_that_was_deleted_is_none(several: Home) -> None:
    store.put_in_force(several, several.releases / SECOND)
    shutil.rmtree(several.releases / SECOND)
    assert store.folder_in_force(several) is None
    store.repair_current_file(several)  # nothing to hold it against


def test_a_damaged_release_is_not_put_in_force_and_leaves_nothing(several: Home) -> None:
    store.put_in_force(several, several.releases / SECOND)
    spoil(several.releases / NINTH)
    with pytest.raises(store.DamagedRelease, match=NINTH.replace(".", r"\.")):
        store.put_in_force(several, several.releases / NINTH)
    assert several.current.read_bytes() == b"file of 2023-Q4.r2"
    assert not several.current.with_name("current.duckdb.new").exists()


def test_a_full_disk_leaves_no_half_file(several: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def copy(source: Path, target: Path) -> str:
        target.write_bytes(b"half")
        raise OSError(28, "no space left")

    several.current.with_name("current.duckdb.new").write_bytes(b"of a killed process")
    store.put_in_force(several, several.releases / SECOND)
    monkeypatch.setattr(durable, "copy", copy)
    with pytest.raises(OSError, match="no space"):
        store.put_in_force(several, several.releases / NINTH)
    assert not several.current.with_name("current.duckdb.new").exists()


Spoil = Callable[[Home, Path], None]
FAULTS: dict[str, tuple[Spoil, str | None]] = {
    "nothing": (lambda h, f: None, None),
    "the current file": (lambda h, f: overwrite(h.current, b"x"), "repaired.current"),
    "no current file": (lambda h, f: h.current.unlink(), "repaired.no_current"),
    "the release": (lambda h, f: spoil(f), "repaired.release"),
    "no release": (lambda h, f: (f / store.FILE).unlink(), "repaired.no_release"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_is_copied_from_its_twin_and_the_repair_is_logged(
    fault: str, several: Home, repairs: list[tuple[str, dict[str, object]]]
) -> None:
    folder = several.releases / SECOND
    store.put_in_force(several, folder)
    made, key = FAULTS[fault]
    made(several, folder)
    is_own = key in ("repaired.release", "repaired.no_release")
    store.repair_current_file(several)
    assert [name for name, _ in repairs] == ([] if is_own or key is None else [key])
    store.repair_current_file(several, with_copy=True)
    assert [name for name, _ in repairs] == ([key] if key else [])
    if key:
        file = folder / store.FILE if is_own else several.current
        assert repairs[0][1] == {"file": file} | ({} if is_own else {"release": SECOND})
    assert several.current.read_bytes() == (folder / store.FILE).read_bytes() == b"file of 2023-Q4.r2"


def test_a_repair_waits_for_who_builds(several: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute, and looks again: the other one may have repaired it, or put another release in force."""
    waits: list[float] = []
    then: list[Callable[[], None]] = []

    @contextmanager
    def build(home: Home, wait: float) -> Iterator[None]:
        waits.append(wait)
        then.pop()()
        yield

    monkeypatch.setattr(lock, "build", build)
    monkeypatch.setattr(store, "_repair", lambda home, folder: pytest.fail("it is well"))
    store.put_in_force(several, several.releases / SECOND)
    overwrite(several.current, b"x")
    then.append(lambda: store.put_in_force(several, several.releases / NINTH))
    store.repair_current_file(several)
    overwrite(several.current, b"x")
    then.append(lambda: shutil.rmtree(several.releases / NINTH))
    store.repair_current_file(several)
    assert waits == [30.0, 30.0]


def test_two_damaged_files_are_an_error_that_names_both(several: Home) -> None:
    store.put_in_force(several, several.releases / SECOND)
    spoil(several.releases / SECOND)
    overwrite(several.current, b"x")
    with pytest.raises(store.DamagedRelease, match=r"current\.duckdb.*2023-Q4\.r2"):
        store.repair_current_file(several)


# ---- before a new release ---------------------------------------------------------------------------------


def test_a_build_is_compared_with_the_release_in_force_and_not_with_a_newer_one(
    several: Home, tmp_path: Path
) -> None:
    """The one in force, else the newest that is whole; in a new home with none."""
    store.put_in_force(several, several.releases / SECOND)
    assert store.secure_for_build(several) == several.releases / SECOND / store.FILE
    shutil.rmtree(several.releases / SECOND)
    spoil(several.releases / NEXT)
    assert store.secure_for_build(several) == several.releases / TENTH / store.FILE
    empty = Home(tmp_path / "empty")
    empty.releases.mkdir(parents=True)
    assert store.secure_for_build(empty) is None


def test_a_build_repairs_both_files_first(
    several: Home, repairs: list[tuple[str, dict[str, object]]]
) -> None:
    store.put_in_force(several, several.releases / SECOND)
    spoil(several.releases / SECOND)
    assert store.secure_for_build(several) == several.releases / SECOND / store.FILE
    assert [name for name, _ in repairs] == ["repaired.release"]


def test_a_file_in_force_that_nothing_proves_is_compared_with_if_it_can_be_read(
    home: Home, repairs: list[tuple[str, dict[str, object]]]
) -> None:
    folder = add(home, FIRST, database())
    store.put_in_force(home, folder)
    spoil(folder)
    overwrite(home.current, database(SECOND))
    assert store.secure_for_build(home) == home.current
    assert repairs == []
    overwrite(home.current, b"no database")
    assert store.secure_for_build(home) is None
    assert not home.current.exists()
    moved = home.current.with_name("current.duckdb.damaged")
    assert moved.read_bytes() == b"no database"
    assert repairs == [("repaired.set_aside", {"file": home.current, "aside": moved})]
    assert store.secure_for_build(home) is None  # and nothing is there to move


def test_a_file_is_a_release_if_it_names_one(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content, expected in (
        (database(), (FIRST, date(2024, 3, 31))), (database(None), None), (b"none", None),
    ):  # fmt: skip
        overwrite(file, content)
        assert store.read_release_name(file) == expected
        assert store.can_be_opened(file) is (expected is not None)
        assert store._can_be_read(file) is (expected is not None)
    file.unlink()
    assert store._can_be_read(file) is False


def test_a_file_of_which_a_value_cannot_be_read_is_not_compared_with(tmp_path: Path) -> None:
    """Its first blocks name the release; the middle third is damaged, so that no unused block hides it."""
    file = tmp_path / "file"
    with duckdb.connect(file) as db:
        db.execute(
            "CREATE SCHEMA registry; CREATE TABLE registry.values AS SELECT random() AS v FROM range(200000)"
        )
        db.execute("CREATE TABLE registry.release AS SELECT 'r' AS release, DATE '2024-03-31' AS as_of")
    content = bytearray(file.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = b"\xff" * third
    overwrite(file, bytes(content))
    assert store.can_be_opened(file)
    assert store._can_be_read(file) is False
