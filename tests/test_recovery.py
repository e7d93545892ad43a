"""Every fault of tests/faults.py is found, and repaired by itself or named; and docs/operations.md says the same."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assets.intake.processing import process
from assets.intake.submission import receive
from pipelines.cli import releases
from pipelines.dagster import automation, storage
from pipelines.dagster.launch import RunResult, RunStatus
from tests import faults
from tests.bad_input import build
from tests.operator import recovery
from warehouse.home import CHECKOUT, Home, durable
from warehouse.home.calendar import today
from warehouse.home.frames import read_frame
from warehouse.release import release_store


@pytest.fixture(scope="module")
def sound(sound_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return faults.copy(Home(sound_home), tmp_path_factory.mktemp("sound") / "home")


NAMED = {fault.name: fault for fault in faults.FAULTS}
TOGETHER = (
    ("release_deleted", "built_note_cut", "staged_folder_missing"),
    ("current_and_release_cut", "submission_in_the_future"),
)
"""Faults that do not touch each other and are met by one refresh, as a build costs six seconds of the processor."""
NOT_ALONE = {*faults.OF_TABLES, "manifest_cut", *(name for names in TOGETHER for name in names)}
ALONE = [fault for fault in faults.FAULTS if fault.name not in NOT_ALONE]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ALONE, ids=lambda fault: fault.name)
@pytest.mark.operator("3", "before it speaks")
@pytest.mark.operator("4", "rebuilt")
@pytest.mark.operator("4", "doctor")
def test_a_fault_is_found_and_repaired_or_named(fault: faults.Fault, sound: Home, tmp_path: Path) -> None:
    assert recovery.tried(faults.copy(sound, tmp_path / "home"), fault)[1] == []


@pytest.mark.slow
@pytest.mark.parametrize("names", TOGETHER, ids="-".join)
@pytest.mark.operator("4", "rebuilt")
@pytest.mark.operator("4", "doctor")
def test_faults_of_one_home_are_found_each_and_repaired_by_one_refresh(
    names: tuple[str, ...], sound: Home, tmp_path: Path
) -> None:
    home = faults.copy(sound, tmp_path / "home")
    assert recovery.tried(home, *(NAMED[name] for name in names))[1] == []


@pytest.mark.slow
@pytest.mark.operator("4", "rebuilt")
@pytest.mark.operator("4", "doctor")
def test_damaged_tables_are_found_each_and_made_anew_by_one_refresh(sound: Home, tmp_path: Path) -> None:
    """Each fault in a submission of its own; what the release says of itself was cut, too."""
    home = faults.copy(sound, tmp_path / "home")
    for n in range(2, len(faults.OF_TABLES)):
        content = build.with_cell(2, "victimas", "7") + "\n" * n
        file = build.write(tmp_path / "sent", content, "cuadro.csv")
        process(home, receive(home, file, build.COLLECTION, build.RECEIVED + timedelta(days=n)))
    before = [read_frame(home, one.id, "observations") for one in home.submissions()]
    made = [faults.of_table(name, n) for n, name in enumerate(faults.OF_TABLES)]
    ids = [one.id for one in home.submissions()]
    placed = [replace(f, points_at=f"{id_}/{f.points_at}") for f, id_ in zip(made, ids, strict=True)]
    assert recovery.tried(home, *placed, NAMED["manifest_cut"])[1] == []
    after = [read_frame(home, id_, "observations") for id_ in ids]
    assert all(one.equals(other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize(
    "fault", [f for f in faults.FAULTS if f.becomes == "built"], ids=lambda fault: fault.name
)
@pytest.mark.operator("4", "rebuilt")
def test_each_fault_that_a_build_repairs_makes_a_refresh_build(
    fault: faults.Fault, sound: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It alone; what becomes of it is asked above, where several share a build."""
    home, builds = faults.copy(sound, tmp_path / "home"), []
    monkeypatch.setattr(releases, "_run", lambda *_: builds.append(1) or RunResult(RunStatus.REFUSED))
    faults.run(home, "refresh")
    assert builds == []
    fault.make(home)
    faults.run(home, "refresh")
    assert builds == [1]


@pytest.mark.parametrize("lang", ["md", "es.md"])
@pytest.mark.operator("4", "page")
def test_the_page_has_a_remedy_for_each_fault(lang: str) -> None:
    page = (CHECKOUT / f"docs/operations.{lang}").read_text(encoding="utf-8")
    assert re.findall(r"<!-- (\w+) -->", page) == [fault.name for fault in faults.FAULTS]


@pytest.mark.slow
@pytest.mark.operator("4", "rebuilt")
def test_what_was_in_force_does_not_go_though_no_manifest_proves_it(sound: Home, tmp_path: Path) -> None:
    """Manifest and collection gone at once: an empty file was released, since there was nothing to ask."""
    home = faults.copy(sound, tmp_path / "home")
    (faults.release(home) / release_store.MANIFEST).unlink()
    shutil.rmtree(home.raw / build.COLLECTION)
    before = home.current.read_bytes()
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert (code, "DEMO.victimas.2022-03-31.1" in said, home.current.read_bytes() == before) == (
        1,
        True,
        True,
    )
    assert "gate_refused" not in said


@pytest.mark.parametrize(
    ("fault", "points"),
    [
        ("received_two_files", "Leave only the received one there, cuadro0.csv,"),
        ("received_folder_renamed", "its day of receipt is 2022-03-31"),
        ("received_file_missing", "its bytes may not (its sha256 begins with"),
        ("collection_renamed", "a collection cannot be called so"),
        ("card_missing", "write it again"),
        ("release_cut", "“lineabase refresh” copies it again"),
        ("history_missing", "there is no history of its receipt"),
    ],
)
@pytest.mark.operator("4", "page")
def test_what_a_stranger_asked_is_said(fault: str, points: str, sound: Home, tmp_path: Path) -> None:
    """Found by putting broken homes right with the page and the program's sentences alone (docs/reliability.md)."""
    home = faults.copy(sound, tmp_path / "home")
    next(one for one in faults.FAULTS if one.name == fault).make(home)
    assert points in faults.run(home, "doctor", "--lang", "en")[1]


@pytest.mark.parametrize(
    ("lang", "missing", "unsigned"),
    [
        ("es", "current.duckdb: falta", "sin firma, pues se hizo sin clave con que firmarla"),
        ("en", "current.duckdb: it is missing", "unsigned, as it was made without a key"),
    ],
)
@pytest.mark.operator("4", "doctor")
def test_a_missing_file_is_not_called_another_and_a_missing_signature_is_explained(
    lang: str, missing: str, unsigned: str, sound: Home, tmp_path: Path
) -> None:
    home = faults.copy(sound, tmp_path / "home")
    assert unsigned in faults.run(home, "doctor", "--lang", lang)[1]
    home.current.unlink()
    said = faults.run(home, "doctor", "--lang", lang)[1]
    assert missing in said
    assert faults.release(home).name in next(
        line for line in said.splitlines() if "✗" in line and "current.duckdb" in line
    )


@pytest.mark.operator("4", "rebuilt")
def test_a_refresh_that_stops_has_mended_what_it_can_and_says_what_stays_in_force(
    sound: Home, tmp_path: Path
) -> None:
    """A received file was changed, which stops it; besides, current.duckdb is gone and a folder is open to others."""
    home = faults.copy(sound, tmp_path / "home")
    before = home.current.read_bytes()
    faults.overwrite(faults.raw_file(home))
    home.current.unlink()
    home.submissions()[1].folder.chmod(0o755)
    code, said = faults.run(home, "refresh", "--lang", "en")
    name = faults.release(home).name
    assert (code, "cuadro0.csv" in said, home.current.read_bytes() == before) == (1, True, True)
    assert f"current.duckdb: it was missing; it was copied again from {name}." in said
    assert "1 submission could be read by other users of the machine" in said
    assert f"{name} stays in force" in said
    assert str(home.current) in said.splitlines()[-1]


@pytest.mark.operator("4", "rebuilt")
def test_a_card_with_a_slip_stops_a_refresh_after_the_file_in_force_was_mended(
    sound: Home, tmp_path: Path
) -> None:
    home = faults.copy(sound, tmp_path / "home")
    before = home.current.read_bytes()
    faults.cut(home.current)
    faults.garbage(home.raw / build.COLLECTION / "format.toml")
    code, said = faults.run(home, "refresh")
    assert (code, home.current.read_bytes() == before) == (1, True)
    assert f"Sigue en vigor {faults.release(home).name}" in said


@pytest.mark.operator("4", "rebuilt")
def test_where_nothing_is_in_force_a_refresh_that_stops_says_so(tmp_path: Path) -> None:
    home = faults.receiving.made(tmp_path / "home")
    file = build.write(tmp_path, build.with_cell(2, "victimas", "7"), "cuadro.csv")
    process(home, receive(home, file, build.COLLECTION, build.RECEIVED))
    faults.garbage(home.raw / build.COLLECTION / "format.toml")
    assert "There is no release in force that can be read" in faults.run(home, "refresh", "--lang", "en")[1]


@pytest.mark.operator("3", "verify")
def test_status_says_that_a_received_file_is_another_and_does_not_call_damage_waiting(
    sound: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = faults.copy(sound, tmp_path / "home")
    kept = home.submissions()[0]
    faults.overwrite(kept.file)
    said = faults.run(home, "status", "--lang", "en")[1]
    assert (f"{kept.file}: it is not what was received" in said, "waits:" in said) == (True, False)
    faults.cut(faults.staged_file(home, "steps.json"))
    said = faults.run(home, "status", "--lang", "en")[1]
    assert ("Damaged results of 1 submission:" in said, "waits:" in said) == (True, False)
    monkeypatch.setattr(
        "warehouse.release.verification.GLANCE", 0
    )  # as of a home of many gigabytes: sizes alone
    said = faults.run(home, "status", "--lang", "en")[1]
    assert "it is not what was received" not in said
    with kept.file.open("a", encoding="utf-8") as more:
        more.write("x")
    said = faults.run(home, "status", "--lang", "en")[1]
    assert f"{kept.file}: it is not what was received" in said


def test_status_goes_on_beside_a_collection_that_cannot_be_read(sound: Home, tmp_path: Path) -> None:
    home = faults.copy(sound, tmp_path / "home")
    faults.garbage(faults.first(home) / "events.jsonl")
    faults.cut(home.current)
    code, said = faults.run(home, "status", "--lang", "en")
    assert (code, "line 1 is not what was written" in said, "current.duckdb" in said) == (0, True, True)
    assert "UNODC/glotip" in said


@pytest.mark.slow
@pytest.mark.operator("3", "staged tables")
def test_a_refresh_that_builds_reads_each_staged_table_and_each_store_once(
    sound: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = faults.copy(sound, tmp_path / "home")
    file = build.write(tmp_path / "sent", build.with_cell(2, "victimas", "8"), "cuadro.csv")
    receive(home, file, build.COLLECTION, build.RECEIVED + timedelta(days=2))
    read: Counter[Path] = Counter()

    def counted(ask: Callable[[Path], object]) -> Callable[[Path], object]:
        def asked(path: Path) -> object:
            read[path] += 1
            return ask(path)

        return asked

    monkeypatch.setattr(durable, "file_hash", counted(durable.file_hash))
    monkeypatch.setattr(storage, "_is_damaged", counted(storage._is_damaged))
    assert faults.run(home, "refresh")[0] == 0
    tables = {path: n for path, n in read.items() if path.suffix == ".parquet"}
    stores = {path: n for path, n in read.items() if path.suffix == ".db"}
    assert len({path.parent for path in tables}) >= 2
    assert set(tables.values()) == {1}
    assert set(stores.values()) == {1}
    assert len(stores) == len(storage.DATABASES)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2099-01-01", "has not come"),
        ("1900-01-01", "nothing had been received yet: the first submission is of 2022-03-31"),
    ],
)
@pytest.mark.operator("4", "days")
def test_a_day_of_which_nothing_can_be_known_is_refused(sound: Home, day: str, words: str) -> None:
    before = sound.current.read_bytes()
    code, said = faults.run(sound, "refresh", "--as-of", day, "--lang", "en")
    assert (code, words in said) == (2, True)
    assert sound.current.read_bytes() == before


@pytest.mark.operator("4", "numbers")
def test_the_number_of_a_deleted_release_is_not_given_again(sound: Home, tmp_path: Path) -> None:
    home = faults.copy(sound, tmp_path / "home")
    folder = release_store.folder_in_force(home)
    assert folder is not None
    quarter = folder.name.split(".")[0]
    shutil.copytree(folder, folder.with_name(f"{quarter}.r7"))
    shutil.copytree(folder, folder.with_name(f"{quarter}.r9.bak"))
    release_store.record_unlisted_releases(home)
    shutil.rmtree(folder.with_name(f"{quarter}.r7"))
    assert release_store.next_name(home, quarter) == f"{quarter}.r8"


def test_releases_of_earlier_versions_are_numbered_with_those_of_a_later_quarter_left_alone(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    for name in ("2025-Q4.r1", "2025-Q4.r2", "2098-Q4.r1"):
        (home.releases / name).mkdir(parents=True)
    assert release_store.next_name(home, "2025-Q4") == "2025-Q4.r3"
    assert release_store.latest_folder(home, "2025-Q4") == home.releases / "2025-Q4.r2"
    assert release_store.latest_folder(home, "2026-Q1") is None


def test_a_current_file_without_a_note_is_told_by_its_hash(sound: Home, tmp_path: Path) -> None:
    """As earlier versions left a home."""
    home = faults.copy(sound, tmp_path / "home")
    first = release_store.folder_in_force(home)
    assert first is not None
    later = first.with_name("2098-Q4.r1")
    shutil.copytree(first, later)
    (later / release_store.MANIFEST).chmod(0o600)
    (later / release_store.MANIFEST).write_text(
        '{"release": "x", "as_of": "x", "sha256": "x", "content": "x"}'
    )
    (home.warehouse / release_store.IN_FORCE).unlink()
    assert release_store.folder_in_force(home) == first


@pytest.mark.operator("4", "clock")
def test_a_clock_that_was_wrong_is_overruled_by_naming_the_day(sound: Home, tmp_path: Path) -> None:
    home = faults.copy(sound, tmp_path / "home")
    faults.released_tomorrow(home)
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert (code, f"--as-of {today()}" in said, str(today() + timedelta(days=30)) in said) == (3, True, True)


@pytest.mark.slow
@pytest.mark.operator("4", "Dagster's store")
def test_dagsters_databases_are_asked_and_a_locked_one_is_not_damaged(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = home.dagster / storage.DATABASES[0]
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t AS SELECT 1")
        database.execute("BEGIN EXCLUSIVE")
        assert storage.damaged_databases(home) == []
    faults.garbage(path)
    assert storage.damaged_databases(home) == [path]
    storage.repair(home)
    assert storage.damaged_databases(home) == []
    assert len(list(tmp_path.glob(".dagster.damaged-*"))) == 1


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
@pytest.mark.operator("4", "Dagster's store")
def test_cut_settings_are_made_anew_and_a_deployments_own_stay(tmp_path: Path, share: float) -> None:
    home = Home(tmp_path)
    storage.repair(home)
    settings = home.dagster / storage.SETTINGS
    own = settings.read_text(encoding="utf-8").replace("max_concurrent_runs: 1", "max_concurrent_runs: 2")
    settings.write_text(own, encoding="utf-8")
    storage.repair(home)
    assert settings.read_text(encoding="utf-8") == own
    settings.write_text(own[: int(len(own) * share)], encoding="utf-8")
    storage.repair(home)
    assert settings.read_bytes() == storage.SHIPPED_SETTINGS.read_bytes()
    assert (home.dagster / f"{storage.SETTINGS}.damaged").exists()


EVENT_LOG = "event_log_storage: { module: pipelines.dagster.event_log, "
OLDER_SETTINGS = {  # as 059c6ea and 98f0c89 shipped them
    "a module that has moved": (EVENT_LOG, "event_log_storage: { module: pipelines.event_log, "),
    "no event log": (EVENT_LOG, "# "),
}


@pytest.mark.parametrize("change", OLDER_SETTINGS.values(), ids=OLDER_SETTINGS)
def test_settings_of_an_earlier_version_are_no_damage_and_are_replaced(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    home = Home(tmp_path)
    storage.repair(home)
    settings = home.dagster / storage.SETTINGS
    older = settings.read_text(encoding="utf-8").replace(*change)
    assert older != settings.read_text(encoding="utf-8")
    settings.write_text(older, encoding="utf-8")
    code, said = faults.run(home, "doctor", "--lang", "en")
    assert f"{settings} is of an earlier version of the program" in said
    assert code == 0, said
    storage.repair(home)
    assert settings.read_bytes() == storage.SHIPPED_SETTINGS.read_bytes()
    assert (home.dagster / f"{storage.SETTINGS}.earlier").read_text(encoding="utf-8") == older


@pytest.mark.parametrize(
    ("setting", "wanted"), [(None, "on"), ("on", "on"), ("off", "off"), (" OFF ", "off")]
)
@pytest.mark.operator("4", "automation")
def test_schedule_and_sensor_are_on_in_the_ui_and_off_by_a_setting(
    setting: str | None, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(automation.SETTING, raising=False)
    if setting:
        monkeypatch.setenv(automation.SETTING, setting)
    assert automation.setting_value() == wanted


SAYS_WHAT_RUNS = f"""
import os, sys
import pipelines.dagster.definitions
for setting in ("on", "off", ""):
    os.environ["{automation.SETTING}"] = setting
    for name in [name for name in sys.modules if name.startswith("pipelines")]:
        del sys.modules[name]
    from pipelines.dagster.definitions import defs
    print(*(x.default_status.name for x in [*defs.schedules, *(s for s in defs.sensors if s.name == "inbox")]))
"""


@pytest.mark.slow
@pytest.mark.operator("4", "automation")
def test_the_definitions_follow_the_setting() -> None:
    """As they are loaded; other libraries are loaded once for the three."""
    call = [sys.executable, "-W", "ignore", "-c", SAYS_WHAT_RUNS]
    done = subprocess.run(call, capture_output=True, text=True)
    told = [set(line.split()) for line in done.stdout.splitlines()]
    assert told == [{"RUNNING"}, {"STOPPED"}, {"STOPPED"}], done.stderr


@pytest.mark.operator("4", "backup")
def test_a_home_that_was_moved_is_as_it_was(sound: Home, tmp_path: Path) -> None:
    home = faults.copy(sound, tmp_path / "another" / "place")
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert (code, said.startswith("Nothing new")) == (0, True)
    assert faults.run(home, "verify")[0] == faults.run(home, "doctor")[0] == 0


@pytest.mark.parametrize("way", ["tar", "cp"])
@pytest.mark.parametrize("page", ["operations.md", "operations.es.md"])
@pytest.mark.operator("4", "backup")
def test_the_page_s_commands_back_up_and_restore_a_home(
    page: str, way: str, sound: Home, tmp_path: Path
) -> None:
    """The shell gets them as they stand there, with this test's folders for the page's."""
    text = (CHECKOUT / "docs" / page).read_text(encoding="utf-8")
    blocks = [
        block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "/srv/lineabase/home" in block
    ]
    back_up, restore, copied, one = [b for b in blocks if re.search(r"^(?:tar|cp) ", b, re.MULTILINE)]
    home, backup, submission = tmp_path / "home", tmp_path / "backup", sound.submissions()[0]
    backup.mkdir()

    def given(commands: str, place: Path) -> None:
        said = "\n".join(line for line in commands.splitlines() if not line.startswith("lineabase"))
        said = said.replace("/srv/lineabase/home", str(place)).replace("BACKUP", str(backup))
        said = said.replace("COPIA", str(backup))
        said = re.sub("YYYY-MM-DD|AAAA-MM-DD", "$(date +%F)", said)
        said = re.sub(
            "raw/PROVIDER.*|raw/INSTITUCIÓN.*", str(submission.folder.relative_to(sound.root)), said
        )
        subprocess.run(["bash", "-euc", said], check=True)

    if way == "tar":
        given(back_up, sound.root)
        given(restore, home)
    else:
        subprocess.run(["cp", "-a", sound.raw, sound.releases, backup], check=True)
        given(copied, home)
    assert _contents(home) == _contents(sound.root)
    if way == "tar":
        shutil.rmtree(home / submission.folder.relative_to(sound.root))
        given(one, home)
        assert _contents(home) == _contents(sound.root)


def _contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and bytes of each file of raw/ and releases."""
    files = [p for top in ("raw", "warehouse/releases") for p in (root / top).rglob("*") if p.is_file()]
    return {str(p.relative_to(root)): (p.stat().st_mode, p.read_bytes()) for p in files}


@pytest.mark.slow
@pytest.mark.operator("4", "backup")
def test_from_the_backup_alone_the_same_release_is_in_force(sound: Home, tmp_path: Path) -> None:
    """docs/operations.md, “Back up and restore”: raw/ and releases/, in an empty home."""
    backup = tmp_path / "backup"
    shutil.copytree(sound.raw, backup / "raw")
    shutil.copytree(sound.releases, backup / "releases")
    home = Home(tmp_path / "home")
    shutil.copytree(backup / "raw", home.raw)
    shutil.copytree(backup / "releases", home.releases)
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert (code, "No value changed" in said) == (0, True)
    assert home.current.read_bytes() == sound.current.read_bytes()
    assert faults.run(home, "verify")[0] == faults.run(home, "doctor")[0] == 0
