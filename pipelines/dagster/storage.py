"""Dagster's own files in a home. Damaged files are set aside and replaced.

They contain no statistics: the record of a run's work is raw/, staged/ and releases/. New files lose only the
history of runs and the switches set by hand. If lineabase.toml names a database, Dagster keeps its data
there.
"""

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from warehouse.home import Home, durable, lock, private
from warehouse.home.deployment import read_deployment
from warehouse.home.repairs import log_repair

SETTINGS = "dagster.yaml"
SHIPPED_SETTINGS = Path(__file__).with_name(SETTINGS)
DATABASE = "LINEABASE_DATABASE"
"""Environment variable that gives Dagster the database named in lineabase.toml."""
_FILE_STORAGE, _DATABASE_STORAGE = (
    re.compile(r"^event_log_storage: .*$", re.M),
    f"storage: {{ postgres: {{ postgres_url: {{ env: {DATABASE} }} }} }}",
)
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def repair(home: Home) -> None:
    """Make sure that Dagster's settings and databases can be read. Damaged files are set aside and reported.

    A database that another process is creating looks damaged until it is complete: hence the lock.
    """
    with lock.dagster(home):
        _repair_files(home)


def _repair_files(home: Home) -> None:
    durable.make_folder(home.root)
    home.dagster.mkdir(mode=private.OWNER_ALONE, exist_ok=True)
    if database := read_deployment(home.root).database:
        os.environ[DATABASE] = database.replace("postgresql://", "postgresql+psycopg2://", 1)
    if databases := damaged_databases(home):
        with lock.build(home, wait=0):
            backup = _set_aside(home)
        log_repair("store", damaged=databases[0], aside=backup)
    settings = home.dagster / SETTINGS
    if not settings.exists() or settings.read_bytes() in (
        _settings_text(True).encode(),
        _settings_text(False).encode(),
    ):
        durable.replace(settings, _default_settings(home).encode())
    elif reason := find_settings_fault(home):
        backup = settings.with_name(f"{SETTINGS}.{'damaged' if reason == 'settings' else 'earlier'}")
        os.replace(settings, backup)
        durable.replace(settings, _default_settings(home).encode())
        log_repair(reason, file=settings, aside=backup)


def _default_settings(home: Home) -> str:
    """Return the settings of a home in which they were not edited."""
    return _settings_text(bool(read_deployment(home.root).database))


def _settings_text(uses_database: bool) -> str:
    text = SHIPPED_SETTINGS.read_text(encoding="utf-8")
    return _FILE_STORAGE.sub(_DATABASE_STORAGE, text) if uses_database else text


def compact(home: Home) -> None:
    """Shrink the databases after runs were deleted. Skips a database in use, and all if the disk is full."""
    if read_deployment(home.root).database:
        return
    for name in DATABASES:
        path = home.dagster / name
        if path.exists():
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=5)) as database:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _set_aside(home: Home) -> Path:
    """Begin with new files. Returns the folder of the old files."""
    timestamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S")
    backup = home.dagster.with_name(f"{home.dagster.name}.damaged-{timestamp}")
    settings = home.dagster / SETTINGS
    keeps_settings = settings.exists() and find_settings_fault(home) is None
    os.replace(home.dagster, backup)
    home.dagster.mkdir(mode=private.OWNER_ALONE)
    if keeps_settings:
        shutil.copyfile(backup / SETTINGS, settings)
    return backup


def find_settings_fault(home: Home) -> str | None:
    """Return `settings` if dagster.yaml is cut off, `older_settings` if an earlier version made it.

    An earlier version lacks a part of the shipped file, or names a module that has moved since.
    """
    import yaml  # a refresh with the shipped settings does not need it

    try:
        content = yaml.safe_load((home.dagster / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return "settings"
    shipped = yaml.safe_load(_default_settings(home))
    if not isinstance(content, dict) or list(shipped)[-1] not in content:
        return "settings"
    modules = [str(part.get("module", "")) for part in content.values() if isinstance(part, dict)]
    own_modules = [name for name in modules if name.startswith("pipelines.")]
    is_current = shipped.keys() - OPTIONAL_SECTIONS <= content.keys() and all(map(_is_module, own_modules))
    return None if is_current else "older_settings"


OPTIONAL_SECTIONS = {"python_logs"}
"""Parts that dagster.yaml of earlier versions does not have."""


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of its package
        return False


def damaged_databases(home: Home) -> list[Path]:
    """List Dagster's databases that SQLite finds damaged."""
    return [path for name in DATABASES if (path := home.dagster / name).exists() and _is_damaged(path)]


def _is_damaged(path: Path) -> bool:
    if path.stat().st_size == 0:
        return True
    try:
        database = sqlite3.connect(f"file:{path.absolute().as_posix()}?mode=ro", uri=True)
        try:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
        finally:
            database.close()
    except sqlite3.OperationalError:  # locked by a run or not accessible: no sign of damage
        return False
    except sqlite3.DatabaseError:
        return True
