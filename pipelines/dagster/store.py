"""Dagster's own files in a home: sound, or replaced by new ones and kept aside. They hold no data of ours.

What a run did is told by raw/, staged/ and releases/; a new store loses the history of runs and what was
switched on or off by hand, and nothing else. Where lineabase.toml names a database, they lie there.
"""

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from warehouse.home import Home, durable, lock, private
from warehouse.home.deployment import deployment
from warehouse.home.repairs import tell_repair

SETTINGS = "dagster.yaml"
SHIPPED = Path(__file__).with_name(SETTINGS)
DATABASE = "LINEABASE_DATABASE"
"""Under this name Dagster is told which database lineabase.toml names."""
_IN_FILES, _IN_DATABASE = (
    re.compile(r"^event_log_storage: .*$", re.M),
    f"storage: {{ postgres: {{ postgres_url: {{ env: {DATABASE} }} }} }}",
)
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def make_sound(home: Home) -> None:
    """See that Dagster's settings and databases can be read; what cannot is kept aside, and said.

    A database that another process is making looks damaged until it is made: hence the lock.
    """
    with lock.dagster(home):
        _make_sound(home)


def _make_sound(home: Home) -> None:
    durable.make_folder(home.root)
    home.dagster.mkdir(mode=private.OWNER_ALONE, exist_ok=True)
    if database := deployment(home.root).database:
        os.environ[DATABASE] = database.replace("postgresql://", "postgresql+psycopg2://", 1)
    if damaged := damaged_databases(home):
        with lock.build(home, wait=0):
            aside = _set_aside(home)
        tell_repair("store", damaged=damaged[0], aside=aside)
    settings = home.dagster / SETTINGS
    if not settings.exists() or settings.read_bytes() in (_text(True).encode(), _text(False).encode()):
        durable.replace(settings, _shipped(home).encode())
    elif not has_whole_settings(home):
        aside = settings.with_name(f"{SETTINGS}.damaged")
        os.replace(settings, aside)
        durable.replace(settings, _shipped(home).encode())
        tell_repair("settings", file=settings, aside=aside)


def _shipped(home: Home) -> str:
    """The settings of a home that nobody changed."""
    return _text(bool(deployment(home.root).database))


def _text(in_database: bool) -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    return _IN_FILES.sub(_IN_DATABASE, text) if in_database else text


def compact(home: Home) -> None:
    """Give the disk back what deleted runs took; where a database is in use or the disk full, next time."""
    if deployment(home.root).database:
        return
    for name in DATABASES:
        path = home.dagster / name
        if path.exists():
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=5)) as database:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _set_aside(home: Home) -> Path:
    """Begin with new files; where the old ones are kept."""
    when = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S")
    aside = home.dagster.with_name(f"{home.dagster.name}.damaged-{when}")
    settings = home.dagster / SETTINGS
    keeps_settings = settings.exists() and has_whole_settings(home)
    os.replace(home.dagster, aside)
    home.dagster.mkdir(mode=private.OWNER_ALONE)
    if keeps_settings:
        shutil.copyfile(aside / SETTINGS, settings)
    return aside


def has_whole_settings(home: Home) -> bool:
    """Whether dagster.yaml has every part that the shipped one has, to its end: a cut one has not."""
    try:
        text = (home.dagster / SETTINGS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    parts = _parts(_shipped(home)) - OPTIONAL
    return parts <= _parts(text) and text.count("{") == text.count("}")


OPTIONAL = {"python_logs"}
"""Parts that dagster.yaml of earlier versions has not."""


def _parts(text: str) -> set[str]:
    return set(re.findall(r"^(\w+):", text, re.M))


def damaged_databases(home: Home) -> list[Path]:
    """Dagster's databases that SQLite finds damaged."""
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
    except sqlite3.OperationalError:  # locked by a run, or not to be opened: no sign of damage
        return False
    except sqlite3.DatabaseError:
        return True
