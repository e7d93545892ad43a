"""Dependencies of a build and the note of the last build, to decide if the release is still current.

Each `refresh` uses this module, so it imports nothing that only a build needs. It reads decisions, which
count from their day on, and no other rows. It builds nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas.cards import decisions, series
from schemas.periods import last_closed_quarter
from schemas.words import InvalidValue
from warehouse.build import passports
from warehouse.home import CHECKOUT, Home, Submission, durable, step_results, waivers

Parts = Mapping[str, str]
"""Fingerprints of everything a build depends on. Equal parts give an equal build."""
TableHashes = Mapping[str, tuple[str, str]]
"""Hashes by table: of all that the table depends on, and of its rows."""


@dataclass(frozen=True)
class LastBuild:
    """The internal database of the last build by the same program, and the hashes of its tables."""

    path: Path
    tables: TableHashes


def parts(home: Home, as_of: date) -> Parts:
    """Return the parts that a build as of the day would have now, including submissions not staged yet."""
    last = {
        s: step_results.read_result(home, s.id, step_results.LAST_STEP)
        for s in submissions_by_day(home, as_of)
    }
    parts = {s.id: submission_part(s, result, as_of) for s, result in last.items()}
    return parts | other_parts(home, as_of)


def submission_part(submission: Submission, last: step_results.StepResult | None, as_of: date) -> str:
    """Return the part of a submission: result of its last step, days held, confirmed, withdrawn, and what
    offices explained."""
    staged_as = f"{step_results.status_of(submission, last)} {last.fingerprint}" if last else " "
    return f"{staged_as} {_admission_days(submission)} {withdrawn_on(submission, as_of) or ''}"


def _admission_days(submission: Submission) -> str:
    standing = submission.admission_state
    days = [str(event["on"]) for event in (standing.hold, standing.confirmation) if event]
    explained = [_digest(map(str, standing.justifications))] if standing.justifications else []
    return " ".join([*days, *explained])


def other_parts(home: Home, as_of: date) -> dict[str, str]:
    """Return the remaining parts: closed quarter, program, and each collection's card and decisions."""
    parts = {"quarter": last_closed_quarter(as_of), "program": _hash_program()}
    if waiver_rows := waivers.read_waivers(home):
        parts["waivers"] = _digest(map(str, waiver_rows))
    parts |= {
        f"{purged_submission.submission.id} purged": str(purged_submission.on)
        for purged_submission in home.purged_submissions()
    }
    for name in home.collections():
        parts[f"{name} {home.card_path(name).name}"] = durable.file_hash(home.card_path(name))
        if rows := decisions_by_day(home, name, as_of):
            parts[f"{name} {decisions.FILE}"] = _digest(map(str, rows))
        if fingerprints := passports.fingerprints(home, name):
            parts[f"{name} {series.FILE}"] = _digest(fingerprints)
    return parts


_PROGRAM_SUFFIXES = {".py", ".pyi", ".sql", ".toml", ".csv", ".tsv", ".txt"}
_SQL = Path("warehouse") / "build" / "sql"


@cache
def _hash_program() -> str:
    """Hash the program's files. Cached, since the running process does not change."""
    return _digest(map(durable.file_hash, program_files(CHECKOUT)))


def program_files(root: Path) -> list[Path]:
    """List the files of the program in schemas/ and warehouse/ on which a build depends, sorted.

    A checkout may also be a home and keep its releases in warehouse/. Only Python packages and the SQL of
    that folder belong to the program; no folder of a home is a package.
    """
    folders = [folder for top in (root / "schemas", root / _SQL) for folder in _find_folders(top)]
    folders += _find_packages(root / "warehouse")
    paths = {path for folder in folders for path in folder.iterdir() if path.suffix in _PROGRAM_SUFFIXES}
    return sorted(paths)


def _find_folders(top: Path) -> list[Path]:
    return [top, *(path for path in top.rglob("*") if path.is_dir())]


def _find_packages(top: Path) -> list[Path]:
    """List the package in a folder and the packages below it. Does not enter other folders."""
    if not (top / "__init__.py").is_file():
        return []
    return [top, *(package for path in top.iterdir() if path.is_dir() for package in _find_packages(path))]


def _digest(texts: Iterable[str]) -> str:
    return sha256("\x00".join(texts).encode()).hexdigest()


# ---- knowledge on a day ------------------------------------------------------------------------


def submissions_by_day(home: Home, as_of: date) -> list[Submission]:
    """List the submissions received by the day."""
    return [s for s in home.submissions() if s.received_on <= as_of]


def future_submissions(home: Home, day: date) -> list[Submission]:
    """List the submissions with a later day. They do not count until then."""
    return [s for s in home.submissions() if s.received_on > day]


def check_day(home: Home, as_of: date, now: date) -> None:
    """Raise InvalidValue for a day in the future or before the first submission."""
    if as_of > now:
        raise InvalidValue("home.day_ahead", day=as_of, today=now)
    submissions = home.submissions()
    if submissions and submissions[0].received_on > as_of:
        raise InvalidValue("home.day_before_first", day=as_of, first=submissions[0].received_on)


def withdrawn_on(submission: Submission, as_of: date) -> date | None:
    """Return the day of a withdrawal if it was known by the day."""
    day = submission.withdrawn_on
    return day if day and day <= as_of else None


def decisions_by_day(home: Home, collection: str, as_of: date) -> list[dict[str, Any]]:
    """List the decisions made by the day, as rows of registry.decisions."""
    return [row for row in _all_decisions(home, collection) if row["decided_on"] <= as_of]


def list_future_decisions(home: Home, as_of: date) -> list[dict[str, Any]]:
    """List decisions with a later day, which do not count yet. They are probably typing errors."""
    rows = (row for name in home.collections() for row in _all_decisions(home, name))
    return [row for row in rows if row["decided_on"] > as_of]


def _all_decisions(home: Home, collection: str) -> list[dict[str, Any]]:
    return list(
        decisions.decision_rows(collection, home.card(collection).collection, home.decisions(collection))
    )


# ---- the note of the last build -------------------------------------------------------------------

_INTERNAL, _CURRENT = "internal.json", "built.json"
"""Files next to internal.duckdb and current.duckdb: the parts from which each was built."""
_TABLES = "internal.tables.json"
"""The hashes of the internal database's tables."""


def note_internal(home: Home, as_of: date, built_from: Parts, gate: Mapping[str, Any]) -> None:
    """Record the parts, the gate's summary and the hash of the internal database.

    The caller holds build.lock.
    """
    sha256 = durable.hash_now(home.internal)
    note = {"as_of": str(as_of), "parts": built_from, "gate": gate, "sha256": sha256}
    durable.replace(home.warehouse / _INTERNAL, json.dumps(note, indent=1).encode())


def note_tables(home: Home, tables: TableHashes) -> None:
    """Record the hashes of the internal database's tables, for its owner alone: a hash confirms a guess.

    The caller holds build.lock.
    """
    note = {"sha256": durable.hash_now(home.internal), "program": _hash_program(), "tables": tables}
    durable.replace(home.warehouse / _TABLES, json.dumps(note).encode(), mode=0o600)


def last_build(home: Home) -> LastBuild | None:
    """Return the internal database, if the same program built exactly these bytes."""
    note = _read_note(home, _TABLES, {"sha256", "program", "tables"})
    if note is None or note["program"] != _hash_program() or not home.internal.exists():
        return None
    if note["sha256"] != durable.hash_now(home.internal):
        return None
    return LastBuild(home.internal, {name: (key, rows) for name, (key, rows) in note["tables"].items()})


def gate_of_internal(home: Home) -> Mapping[str, Any]:
    """Return the gate's summary of the present internal database.

    Raises InvalidValue if there is no summary for exactly these bytes, or if the gate refused them.
    """
    note = _read_note(home, _INTERNAL) or {}
    gate: dict[str, Any] = note.get("gate") or {}
    if gate.get("passed") is not True or durable.hash_now(home.internal) != note.get("sha256"):
        raise InvalidValue("release.no_verdict", file=home.internal)
    return gate


def forget_internal(home: Home) -> None:
    """Delete the note before the internal database is replaced, until the new database is recorded."""
    (home.warehouse / _INTERNAL).unlink(missing_ok=True)


def note_released(home: Home) -> None:
    """Record that the release in force comes from the internal database. The caller holds build.lock."""
    internal = home.warehouse / _INTERNAL
    if internal.exists():
        durable.replace(home.warehouse / _CURRENT, internal.read_bytes())


def is_built(home: Home, as_of: date) -> bool:
    """Check if the current release was built from the present parts."""
    note = _read_note(home)
    return note is not None and home.current.exists() and note["parts"] == parts(home, as_of)


def list_changed_parts(home: Home) -> list[str]:
    """List parts that came or changed since the current release: submissions, cards, decisions."""
    note = _read_note(home)
    if note is None:
        return []
    now = parts(home, date.fromisoformat(note["as_of"]))
    return sorted(name for name in {*now, *note["parts"]} if now.get(name) != note["parts"].get(name))


def has_changed_since_release(home: Home) -> bool:
    """Check if the internal database used other files, cards or decisions than the release.

    A new quarter or a new version of the program does not count as new data.
    """
    was, now = _read_note(home), _read_note(home, _INTERNAL)
    return was is None or now is None or _data_parts(was) != _data_parts(now)


def _data_parts(note: dict[str, Any]) -> dict[str, str]:
    return {name: part for name, part in note["parts"].items() if name not in ("quarter", "program")}


def note_path(home: Home) -> Path:
    """Return the path of the note about the current release."""
    return home.warehouse / _CURRENT


def is_note_unreadable(home: Home) -> bool:
    """Check if the file exists but is no valid note. Then everything is built again."""
    return note_path(home).exists() and _read_note(home) is None


def is_note_older(home: Home) -> bool:
    """Check if an earlier version of the program, which had other parts, wrote the note."""
    try:
        note = json.loads(note_path(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(note, dict) and {"fingerprint", "as_of"} <= set(note)


def _read_note(
    home: Home, name: str = _CURRENT, keys: Collection[str] = ("as_of", "parts")
) -> dict[str, Any] | None:
    """Return the note about a database; None if it cannot be read, so that the database is built again."""
    try:
        note = json.loads((home.warehouse / name).read_text(encoding="utf-8"))
        return note if set(keys) <= set(note) else None
    except (OSError, ValueError, TypeError):
        return None
