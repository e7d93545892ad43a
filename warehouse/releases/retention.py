"""Which releases are kept: each quarter's last for good, the one in force, the one before it, the young ones.

A release that shows protected counts is kept for good: each later one is attacked together with it. What goes
leaves its name, its day and its hash in the list of numbers. What a release is, is published.py.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from warehouse.protection.ledger import ledger_file
from warehouse.releases import published
from warehouse.home import Home, events
from warehouse.home.calendar import today
from warehouse.home.settings import release_days

RETIRED = "retired"
PROTECTED = "baseline.protected_"
"""How the names of the tables of protected counts begin."""


def retire(home: Home) -> list[str]:
    """Take away the releases that need not be kept; their names. The caller holds build.lock."""
    staying = kept(home, today())
    gone = [folder for folder in published.releases(home) if folder not in staying]
    noted = retired(home)
    for folder in gone:
        if folder.name not in noted:
            facts = published.manifest(folder)
            said = {"release": folder.name, "sha256": facts["sha256"], "as_of": facts["as_of"]}
            events.append(published.ledger(home), event=RETIRED, on=str(today()), **said)
        _remove(folder)
    return [folder.name for folder in gone]


def kept(home: Home, day: date) -> set[Path]:
    """The releases that stay on a day. One whose manifest cannot be read stays: it waits for its backup."""
    folders = published.releases(home)
    of_quarter = {folder.name.split(".")[0]: folder for folder in folders}
    in_force = published.in_force(home)
    before = folders[: folders.index(in_force)][-1:] if in_force in folders else []
    since = day - timedelta(days=release_days())
    published_on = published.days(home)
    young = {f for f in folders if published_on.get(f.name, day) >= since}
    staying = {*of_quarter.values(), *filter(None, [in_force]), *before, *young}
    # only of those that would go: to look for faults is to read every byte
    return staying | {
        f for f in folders if f not in staying and (_is_damaged(f) or _alone_has_protected(home, f))
    }


def _is_damaged(folder: Path) -> bool:
    return next(published.faults(folder), None) is not None


def _alone_has_protected(home: Home, folder: Path) -> bool:
    """Whether protected counts that a release published are in no other file: those of the former method."""
    rows = published.manifest(folder).get("rows", {})
    shows = any(n for table, n in rows.items() if table.startswith(PROTECTED))
    return shows and not ledger_file(home, folder.name).is_file()


def retired(home: Home) -> set[str]:
    """The names of the releases that were taken away."""
    return {e["release"] for e in events.read(published.ledger(home)) if e["event"] == RETIRED}


def _remove(folder: Path) -> None:
    folder.chmod(0o700)
    shutil.rmtree(folder)
