"""Whether the current release was built from what is there now: what a build depends on, and its note.

Asked at each `refresh`, so that nothing is imported here that a build works with. No build, no row of a table
but the decisions, which count from their day on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas.cards import decisions, series
from schemas.periods import last_closed_quarter
from schemas.words import Wrong
from warehouse.build import passports
from warehouse.home import CHECKOUT, Home, Submission, durable, staged, waivers

Parts = Mapping[str, str]
"""Each thing that a build depends on and its fingerprint; equal parts give an equal build."""


def parts(home: Home, as_of: date) -> Parts:
    """The parts that a build as of the day would have now, with what is not staged yet."""
    last = {s: staged.read(home, s.id, staged.LAST) for s in known(home, as_of)}
    parts = {s.id: submission_part(s, result, as_of) for s, result in last.items()}
    return parts | other_parts(home, as_of)


def submission_part(submission: Submission, last: staged.Result | None, as_of: date) -> str:
    """The part of one submission: what its last step said, if that was made; held, confirmed, withdrawn."""
    staged_as = f"{staged.status_of(submission, last)} {last.fingerprint}" if last else " "
    return f"{staged_as} {_admission_of(submission)} {withdrawn_on(submission, as_of) or ''}"


def _admission_of(submission: Submission) -> str:
    standing = submission.standing
    return " ".join(str(event["on"]) for event in (standing.held, standing.confirmed) if event)


def other_parts(home: Home, as_of: date) -> dict[str, str]:
    """The closed quarter, the program, and of each collection its card and what was decided on it."""
    parts = {"quarter": last_closed_quarter(as_of), "program": _program()}
    if waived := waivers.read(home):
        parts["waivers"] = _digest(map(str, waived))
    parts |= {f"{one.submission.id} purged": str(one.on) for one in home.purged()}
    for name in home.collections():
        parts[f"{name} {home.card_path(name).name}"] = durable.file_hash(home.card_path(name))
        if rows := decided(home, name, as_of):
            parts[f"{name} {decisions.FILE}"] = _digest(map(str, rows))
        if written := passports.fingerprints(home, name):
            parts[f"{name} {series.FILE}"] = _digest(written)
    return parts


_PROGRAM_SUFFIXES = {".py", ".sql", ".toml", ".csv", ".tsv", ".txt"}
_SQL = Path("warehouse") / "build" / "sql"


@cache
def _program() -> str:
    """Hash of the program's files: the process that runs does not change."""
    return _digest(map(durable.file_hash, program_files(CHECKOUT)))


def program_files(root: Path) -> list[Path]:
    """The files of the program in schemas/ and warehouse/ on which a build depends, sorted.

    A checkout may be a home, too, and keeps its releases in warehouse/. Of that folder only Python packages
    and the SQL belong to the program; no folder of a home is a package.
    """
    folders = [folder for top in (root / "schemas", root / _SQL) for folder in _folders(top)]
    folders += _packages(root / "warehouse")
    paths = {path for folder in folders for path in folder.iterdir() if path.suffix in _PROGRAM_SUFFIXES}
    return sorted(paths)


def _folders(top: Path) -> list[Path]:
    return [top, *(path for path in top.rglob("*") if path.is_dir())]


def _packages(top: Path) -> list[Path]:
    """The package in a folder and the packages below it; other folders are not entered."""
    if not (top / "__init__.py").is_file():
        return []
    return [top, *(package for path in top.iterdir() if path.is_dir() for package in _packages(path))]


def _digest(texts: Iterable[str]) -> str:
    return sha256("\x00".join(texts).encode()).hexdigest()


# ---- what is known on a day ------------------------------------------------------------------------


def known(home: Home, as_of: date) -> list[Submission]:
    """The submissions received by the day."""
    return [s for s in home.submissions() if s.received_on <= as_of]


def ahead(home: Home, day: date) -> list[Submission]:
    """The submissions that bear a later day: they do not count until then."""
    return [s for s in home.submissions() if s.received_on > day]


def check_day(home: Home, as_of: date, now: date) -> None:
    """Raises Wrong for a day of which nothing can be known: it has not come, or nothing had been received."""
    if as_of > now:
        raise Wrong("home.day_ahead", day=as_of, today=now)
    received = home.submissions()
    if received and received[0].received_on > as_of:
        raise Wrong("home.day_before_first", day=as_of, first=received[0].received_on)


def withdrawn_on(submission: Submission, as_of: date) -> date | None:
    """The day of its withdrawal, if that was known by the day."""
    withdrawn = submission.withdrawn_on
    return withdrawn if withdrawn and withdrawn <= as_of else None


def decided(home: Home, collection: str, as_of: date) -> list[dict[str, Any]]:
    """What had been decided by the day, as rows of registry.decisions."""
    return [row for row in _all_decided(home, collection) if row["decided_on"] <= as_of]


def decisions_ahead(home: Home, as_of: date) -> list[dict[str, Any]]:
    """Decisions that bear a later day, and do not count yet: a slip of the pen, most likely."""
    rows = (row for name in home.collections() for row in _all_decided(home, name))
    return [row for row in rows if row["decided_on"] > as_of]


def _all_decided(home: Home, collection: str) -> list[dict[str, Any]]:
    return list(decisions.rows(collection, home.card(collection).collection, home.decisions(collection)))


# ---- the note of what was built -------------------------------------------------------------------

_INTERNAL, _CURRENT = "internal.json", "built.json"
"""Beside internal.duckdb and current.duckdb: what each was built from."""


def note_internal(home: Home, as_of: date, built_from: Parts, gate: Mapping[str, Any]) -> None:
    """Remember what the internal database was built from, what the gate said of it, and its hash.

    The caller holds build.lock.
    """
    sha256 = durable.hash_now(home.internal)
    note = {"as_of": str(as_of), "parts": built_from, "gate": gate, "sha256": sha256}
    durable.replace(home.warehouse / _INTERNAL, json.dumps(note, indent=1).encode())


def gate_of_internal(home: Home) -> Mapping[str, Any]:
    """What the gate said of the internal database as it lies there.

    Raises Wrong where that is not known of these very bytes, or the gate did not let them pass.
    """
    note = _note(home, _INTERNAL) or {}
    gate: dict[str, Any] = note.get("gate") or {}
    if gate.get("passed") is not True or durable.hash_now(home.internal) != note.get("sha256"):
        raise Wrong("release.no_verdict", file=home.internal)
    return gate


def forget_internal(home: Home) -> None:
    """The internal database is about to be replaced: until it is noted anew, nothing is known of it."""
    (home.warehouse / _INTERNAL).unlink(missing_ok=True)


def note_released(home: Home) -> None:
    """The release in force comes from the internal database. The caller holds build.lock."""
    internal = home.warehouse / _INTERNAL
    if internal.exists():
        durable.replace(home.warehouse / _CURRENT, internal.read_bytes())


def is_built(home: Home, as_of: date) -> bool:
    """Whether the current release was built from what is there now."""
    note = _note(home)
    return note is not None and home.current.exists() and note["parts"] == parts(home, as_of)


def arrived(home: Home) -> list[str]:
    """What came or changed since the snapshot of the current release: submissions, cards, decisions."""
    note = _note(home)
    if note is None:
        return []
    now = parts(home, date.fromisoformat(note["as_of"]))
    return sorted(name for name in {*now, *note["parts"]} if now.get(name) != note["parts"].get(name))


def has_changed_since_release(home: Home) -> bool:
    """Whether the internal database was built from other files, cards or decisions than the newest release.

    That the quarter or the program is another one is no news of the data.
    """
    was, now = _note(home), _note(home, _INTERNAL)
    return was is None or now is None or _of_data(was) != _of_data(now)


def _of_data(note: dict[str, Any]) -> dict[str, str]:
    return {name: part for name, part in note["parts"].items() if name not in ("quarter", "program")}


def note_path(home: Home) -> Path:
    """Where it is noted what the current release was built from."""
    return home.warehouse / _CURRENT


def is_note_unreadable(home: Home) -> bool:
    """Whether something lies there that is no note: everything is built again then."""
    return note_path(home).exists() and _note(home) is None


def is_note_older(home: Home) -> bool:
    """Whether an earlier version of the program wrote the note, which had other parts then."""
    try:
        note = json.loads(note_path(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(note, dict) and {"fingerprint", "as_of"} <= set(note)


def _note(home: Home, name: str = _CURRENT) -> dict[str, Any] | None:
    """What the current release was built from; None where that cannot be read, so that it is built again."""
    try:
        note = json.loads((home.warehouse / name).read_text(encoding="utf-8"))
        return note if {"as_of", "parts"} <= set(note) else None
    except (OSError, ValueError, TypeError):
        return None
