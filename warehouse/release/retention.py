"""Retention of releases: each quarter's last, the release in force, its predecessor, and recent releases.

A release that is the only file with protected counts is kept, since each later release is attacked together
with it. The list of releases keeps name, day and hash of a removed release. release_store.py reads releases.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from warehouse.environment.settings import release_days
from warehouse.home import Home, events
from warehouse.home.calendar import today
from warehouse.release import release_store

RETIREMENT_EVENT = "retired"
PROTECTED_TABLES_PREFIX = "baseline.protected_"
"""Prefix of the names of the tables of protected counts."""


def retire(home: Home) -> list[str]:
    """Remove the releases that need not be kept; return their names. The caller holds build.lock."""
    kept_folders = folders_to_keep(home, today())
    removed_folders = [folder for folder in release_store.releases(home) if folder not in kept_folders]
    recorded_names = retired_names(home)
    for folder in removed_folders:
        if folder.name not in recorded_names:
            facts = release_store.manifest(folder)
            event_facts = {"release": folder.name, "sha256": facts["sha256"], "as_of": facts["as_of"]}
            events.append(
                release_store.list_path(home), event=RETIREMENT_EVENT, on=str(today()), **event_facts
            )
        _remove(folder)
    return [folder.name for folder in removed_folders]


def folders_to_keep(home: Home, day: date) -> set[Path]:
    """Return the releases that are kept on a day. A damaged release is kept until its backup is restored."""
    folders = release_store.releases(home)
    last_of_quarter = {folder.name.split(".")[0]: folder for folder in folders}
    in_force = release_store.folder_in_force(home)
    before = folders[: folders.index(in_force)][-1:] if in_force in folders else []
    first_day = day - timedelta(days=release_days())
    published_on = release_store.publication_days(home)
    young = {f for f in folders if published_on.get(f.name, day) >= first_day}
    kept_folders = {*last_of_quarter.values(), *filter(None, [in_force]), *before, *young}
    # checked only for releases that would be removed: looking for faults reads every byte
    return kept_folders | {
        f
        for f in folders
        if f not in kept_folders and (_is_damaged(f) or _is_only_file_with_protected_counts(home, f))
    }


def _is_damaged(folder: Path) -> bool:
    return next(release_store.find_faults(folder), None) is not None


def _is_only_file_with_protected_counts(home: Home, folder: Path) -> bool:
    """Check if no other file has a release's protected counts, as with the former method."""
    rows = release_store.manifest(folder).get("rows", {})
    shows = any(n for table, n in rows.items() if table.startswith(PROTECTED_TABLES_PREFIX))
    return shows and not home.ledger_file(folder.name).is_file()


def retired_names(home: Home) -> set[str]:
    """Return the names of the removed releases."""
    return {
        e["release"] for e in events.read(release_store.list_path(home)) if e["event"] == RETIREMENT_EVENT
    }


def _remove(folder: Path) -> None:
    folder.chmod(0o700)
    shutil.rmtree(folder)
