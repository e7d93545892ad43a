"""Every fault that a home is expected to meet, each made on purpose: what becomes of it, and who must act.

docs/operations.md has a line for each, by its name (a test compares them). Nothing is asserted here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake.processing import process
from assets.intake.submission import receive
from pipelines.cli.app import app
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse.home import CARD, EVENTS_FILE, REFUSALS_FILE, Home, events
from warehouse.home.calendar import today
from warehouse.release import release_store

COLLECTION = build.COLLECTION
QUIET = {"COLUMNS": "300", "NO_COLOR": "1"}
AHEAD = timedelta(days=40)


@dataclass(frozen=True)
class Fault:
    """A fault, how it is made, where `doctor` must point, and what `refresh` then does.

    `becomes`: `repaired` by refresh without being asked; `built` again by it, which takes a build; `named`:
    refresh stops with the sentence and the last release stays; `said`: refresh goes on and says it; `unsaid`: it goes on; `left`: the
    next build makes it anew.
    """

    name: str
    make: Callable[[Home], object]
    points_at: str
    becomes: str
    by_hand: Callable[[Home], object] | None = field(default=None)
    """What a person then does, as the page says; None where nothing need be done."""


def sound_home(root: Path) -> Home:
    """A home with two submissions in force and one release, made from the command line."""
    home = receiving.made(root)
    for n in (0, 1):
        file = build.write(root / "sent", build.with_cell(2, "victimas", "7"), f"cuadro{n}.csv")
        with file.open("a", encoding="utf-8") as more:
            more.write("\n" * n)
        process(home, receive(home, file, COLLECTION, build.RECEIVED + timedelta(days=n)))
    shutil.copytree(home.raw, root / "backup" / "raw")
    code, text = run(home, "refresh")
    assert code == 0, text
    shutil.copytree(home.releases, root / "backup" / "releases")
    return home


def run(home: Home, *arguments: str) -> tuple[int, str]:
    """Exit code of a command on a home, and all it said."""
    result = CliRunner().invoke(app, arguments, env={"LINEABASE_HOME": str(home.root), **QUIET})
    return result.exit_code, result.stdout + result.stderr


def copy(home: Home, to: Path) -> Home:
    """A home to be damaged."""
    shutil.copytree(home.root, to)
    return Home(to)


# ---- making faults -------------------------------------------------------------------------------------


def _writable(path: Path) -> Path:
    path.chmod(0o600)
    return path


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    os.truncate(_writable(path), path.stat().st_size // 2)


def empty(path: Path) -> None:
    """Leave nothing of a file but its name."""
    os.truncate(_writable(path), 0)


def overwrite(path: Path) -> None:
    """Change some bytes in the middle of a file."""
    with _writable(path).open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        was = file.read(8)
        file.seek(path.stat().st_size // 2)
        file.write(bytes(byte ^ 1 for byte in was))


def garbage(path: Path) -> None:
    """Something else in a file's place."""
    path.write_bytes(b"\x00\xff no es esto \n" * 200)


def first(home: Home) -> Path:
    """The folder of the first submission."""
    return home.submissions()[0].folder


def raw_file(home: Home) -> Path:
    """The file of the first submission."""
    return home.submissions()[0].file


def staged_file(home: Home, name: str = "observations.parquet", of: int = -1) -> Path:
    """What a step left of a submission: of that in force, unless another is named."""
    return home.staged_folder(home.submissions()[of].id) / name


def release(home: Home) -> Path:
    """The folder of the release in force."""
    folder = release_store.folder_in_force(home)
    assert folder is not None
    return folder


def doubled(path: Path) -> None:
    """Every value of a staged table twice as large, as a well-made Parquet file."""
    table = pq.read_table(path).to_pandas()
    table["value_low"] *= 2
    table["value_high"] *= 2
    table.to_parquet(path)


def half_a_line(home: Home) -> None:
    """As a withdrawal that was killed in its append leaves it."""
    with (first(home) / EVENTS_FILE).open("a", encoding="utf-8") as log:
        log.write('{"event": "withdrawn", "on": "2022-0')


def altered_line(home: Home) -> None:
    """Another hash in the line of the receipt."""
    path = first(home) / EVENTS_FILE
    path.write_text(path.read_text(encoding="utf-8").replace('"sha256": "', '"sha256": "0'), encoding="utf-8")


def later(home: Home) -> Path:
    """Where a submission of a day to come lies."""
    return home.raw / COLLECTION / f"{today() + AHEAD}.1"


def received_later(home: Home) -> None:
    """A submission of a day to come, as a clock that was set back leaves it."""
    shutil.copytree(home.submissions()[-1].folder, later(home))


def both_cut(home: Home) -> None:
    """The file in force and its copy."""
    cut(home.current)
    cut(release(home) / release_store.FILE)


def released_tomorrow(home: Home) -> None:
    """As a clock that was set back leaves it: the last release is of a day to come."""
    day = today() + timedelta(days=30)
    events.append(release_store.list_path(home), event="published", on=str(day), release=release(home).name)


def misnamed(home: Home) -> Path:
    """The first submission's folder, under a name that somebody likes better."""
    return Path(first(home).rename(first(home).with_name("31-03-2022")))


def elsewhere(home: Home) -> Path:
    """The collection's folder, called as a file manager calls a copy."""
    return (home.raw / COLLECTION).rename((home.raw / COLLECTION).with_name("victimas (copia)"))


def a_file_instead(home: Home) -> None:
    """A file where the staged tables belong."""
    shutil.rmtree(home.root / "staged")
    (home.root / "staged").write_text("x", encoding="utf-8")


def open_to_others(home: Home) -> None:
    """As earlier versions left it."""
    first(home).chmod(0o755)


# ---- what a person does, as docs/operations.md says ------------------------------------------------


def put_back(*parts: str) -> Callable[[Home], None]:
    """Copy a file or folder back from the backup to where it was."""

    def restore(home: Home) -> None:
        source = home.root / "backup" / Path(*parts)
        target = (home.raw if parts[0] == "raw" else home.releases).joinpath(*parts[1:])
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        else:
            target.unlink(missing_ok=True)
            shutil.copy2(source, target)

    return restore


SUBMISSION = f"{build.RECEIVED}.1"
NEWER = f"{build.RECEIVED + timedelta(days=1)}.1"
RAW = ("raw", *COLLECTION.split("/"))
DECISION = '[[break]]\nperiode = "2016"\n'


def _decisions(home: Home) -> Path:
    return home.decisions_path(COLLECTION)


OF_TABLES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "staged_cut": ("observations.parquet", cut),
    "staged_missing": ("observations.parquet", Path.unlink),
    "staged_doubled": ("observations.parquet", doubled),
    "staged_note_cut": ("steps.json", cut),
}
"""The faults of what a step left: which file, and what is done to it."""


def of_table(name: str, of: int = -1) -> Fault:
    """Such a fault, of the submission in force, unless another is named."""
    file, damage = OF_TABLES[name]
    return Fault(name, lambda home: damage(staged_file(home, file, of)), file, "built")


FAULTS = [
    Fault("current_cut", lambda h: cut(h.current), "current.duckdb", "repaired"),
    Fault("current_empty", lambda h: empty(h.current), "current.duckdb", "repaired"),
    Fault("current_overwritten", lambda h: overwrite(h.current), "current.duckdb", "repaired"),
    Fault("current_missing", lambda h: h.current.unlink(), "current.duckdb", "repaired"),
    Fault("release_cut", lambda h: cut(release(h) / release_store.FILE), "lineabase.duckdb", "repaired"),
    Fault(
        "release_overwritten",
        lambda h: overwrite(release(h) / release_store.FILE),
        "lineabase.duckdb",
        "repaired",
    ),
    Fault(
        "current_and_release_cut",
        both_cut,
        "lineabase.duckdb",
        "built",
        lambda h: shutil.rmtree(release_store.releases(h)[0]),
    ),
    Fault(
        "manifest_cut",
        lambda h: cut(release(h) / release_store.MANIFEST),
        "manifest.json",
        "built",
        lambda h: put_back("releases", release_store.releases(h)[0].name)(h),
    ),
    Fault("release_deleted", lambda h: shutil.rmtree(release(h)), ".r1", "built"),
    Fault(
        "folder_beside_releases",
        lambda h: shutil.copytree(release(h), h.releases / f"{release(h).name}.bak"),
        ".bak",
        "said",
    ),
    Fault(
        "list_of_numbers_damaged",
        lambda h: garbage(release_store.list_path(h)),
        "published.jsonl",
        "named",
        put_back("releases", release_store.LEDGER),
    ),
    Fault(
        "clock_set_back",
        released_tomorrow,
        "published.jsonl",
        "named",
        put_back("releases", release_store.LEDGER),
    ),
    *(of_table(name) for name in OF_TABLES),
    Fault(
        "staged_folder_missing",
        lambda h: shutil.rmtree(staged_file(h).parent),
        "DEMO.victimas.2022-04-01.1",
        "built",
    ),
    Fault("built_note_cut", lambda h: cut(h.warehouse / "built.json"), "built.json", "built"),
    Fault("internal_cut", lambda h: cut(h.internal), "internal.duckdb", "left"),
    Fault(
        "dagster_runs_damaged", lambda h: garbage(h.dagster / "history" / "runs.db"), "runs.db", "repaired"
    ),
    Fault(
        "dagster_index_damaged",
        lambda h: cut(h.dagster / "history" / "runs" / "index.db"),
        "index.db",
        "repaired",
    ),
    Fault("dagster_settings_cut", lambda h: cut(h.dagster / "dagster.yaml"), "dagster.yaml", "repaired"),
    Fault(
        "received_byte_changed",
        lambda h: overwrite(raw_file(h)),
        "cuadro0.csv",
        "named",
        put_back(*RAW, SUBMISSION),
    ),
    Fault(
        "received_file_missing",
        lambda h: raw_file(h).unlink(),
        SUBMISSION,
        "named",
        put_back(*RAW, SUBMISSION),
    ),
    Fault(
        "received_two_files",
        lambda h: shutil.copy(raw_file(h), first(h) / "cuadro0 (1).csv"),
        "cuadro0 (1).csv",
        "named",
        lambda h: (h.raw / COLLECTION / SUBMISSION / "cuadro0 (1).csv").unlink(),
    ),
    Fault(
        "received_folder_renamed",
        misnamed,
        "31-03-2022",
        "named",
        lambda h: (h.raw / COLLECTION / "31-03-2022").rename(h.raw / COLLECTION / SUBMISSION),
    ),
    Fault("received_open_to_others", open_to_others, SUBMISSION, "repaired"),
    Fault(
        "history_missing",
        lambda h: (first(h) / EVENTS_FILE).unlink(),
        SUBMISSION,
        "unsaid",
        put_back(*RAW, SUBMISSION, EVENTS_FILE),
    ),
    Fault(
        "raw_of_an_older_backup",
        lambda h: shutil.rmtree(h.submissions()[-1].folder),
        f"{COLLECTION.replace('/', '.')}.{NEWER}",
        "named",
        put_back(*RAW, NEWER),
    ),
    Fault("history_half_a_line", half_a_line, EVENTS_FILE, "said"),
    Fault(
        "history_garbage",
        lambda h: garbage(first(h) / EVENTS_FILE),
        EVENTS_FILE,
        "named",
        put_back(*RAW, SUBMISSION, EVENTS_FILE),
    ),
    Fault("history_altered", altered_line, EVENTS_FILE, "named", put_back(*RAW, SUBMISSION, EVENTS_FILE)),
    Fault(
        "refusals_garbage",
        lambda h: garbage(h.raw / COLLECTION / REFUSALS_FILE),
        REFUSALS_FILE,
        "said",
        lambda h: (h.raw / COLLECTION / REFUSALS_FILE).unlink(),
    ),
    Fault(
        "submission_in_the_future",
        received_later,
        f"{today() + AHEAD}.1",
        "said",
        lambda h: shutil.rmtree(later(h)),
    ),
    Fault(
        "card_missing",
        lambda h: (h.raw / COLLECTION / CARD).unlink(),
        COLLECTION,
        "named",
        put_back(*RAW, CARD),
    ),
    Fault(
        "collection_renamed",
        elsewhere,
        "victimas (copia)",
        "named",
        lambda h: (h.raw / "DEMO" / "victimas (copia)").rename(h.raw / COLLECTION),
    ),
    Fault("card_not_utf8", lambda h: garbage(h.raw / COLLECTION / CARD), CARD, "named", put_back(*RAW, CARD)),
    Fault(
        "decisions_invalid",
        lambda h: _decisions(h).write_text(DECISION),
        "decisions.toml",
        "named",
        lambda h: _decisions(h).unlink(),
    ),
    Fault("a_file_for_a_folder", a_file_instead, "staged", "named", lambda h: (h.root / "staged").unlink()),
]
"""The faults of files. Those of a command line (`--as-of`) are in test_recovery.py."""
