"""What a build is made from, taken as one snapshot: rows, staged files, and the fingerprint of all of it.

What arrives after the snapshot waits for the next build, which tells it by the fingerprint. Nothing is
built here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from schemas import decisions
from schemas.findings import LANGUAGES, Finding
from schemas.periods import last_closed_quarter
from schemas.tables import COLLECTIONS, DECISIONS, EXHAUSTIVE, FINDINGS, SUBMISSIONS
from warehouse.build import Inputs
from warehouse.home import CHECKOUT, Home, Submission, durable, lock, staged

Results = Mapping[str, staged.Result]
"""What the steps left of one submission, by step."""

Parts = Mapping[str, str]
"""Each thing that a build depends on and its fingerprint; equal parts give an equal build."""


@dataclass(frozen=True)
class Snapshot:
    """The inputs of a build, and the fingerprint of each."""

    inputs: Inputs
    parts: Parts


def snapshot(home: Home, as_of: date, folder: Path) -> Snapshot:
    """What is known on `as_of`, as it stands now; the staged files stay as they are in `folder`.

    A submission that was received and is not staged yet is left to the next build.
    """
    results = {s.id: _results_kept(home, s, folder) for s in home.submissions()}  # may wait for a step
    with lock.raw(home):
        known = [s for s in _known(home, as_of) if _is_staged(results.get(s.id, {}))]
        parts = {s.id: _submission_part(s, results[s.id], as_of) for s in known}
        parts |= _other_parts(home, as_of)
        return Snapshot(_inputs(home, as_of, known, results, folder), parts)


def _results_kept(home: Home, submission: Submission, folder: Path) -> Results:
    """What the steps left of a submission, its tables kept in `folder` as they belong to it."""
    if not home.staged(submission.id).exists():
        return {}
    with lock.steps(home, submission.id):
        results = staged.results(home, submission.id)
        if _status(results) == "accepted":
            for name in staged.TABLES:
                _keep(home.staged(submission.id) / f"{name}.parquet", _kept(folder, submission, name))
    return results


def _keep(source: Path, target: Path) -> None:
    """A step replaces its files and never writes into one, so a second name keeps what is there now."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _kept(folder: Path, submission: Submission, name: str) -> Path:
    return folder / f"{submission.id}.{name}.parquet"


def _known(home: Home, as_of: date) -> list[Submission]:
    return [s for s in home.submissions() if s.received_on <= as_of]


def _is_staged(results: Results) -> bool:
    return staged.LAST in results


def _status(results: Results) -> str:
    return results[staged.LAST].status if _is_staged(results) else ""


# ---- the fingerprint: by part, so that what arrived since can be counted --------------------------


def parts(home: Home, as_of: date) -> Parts:
    """The parts that a build as of the day would have now, with what is not staged yet."""
    told = {}
    for submission in _known(home, as_of):
        last = staged.read(home, submission.id, staged.LAST)
        told[submission.id] = _submission_part(submission, {staged.LAST: last} if last else {}, as_of)
    return told | _other_parts(home, as_of)


def _submission_part(submission: Submission, results: Results, as_of: date) -> str:
    key = results[staged.LAST].fingerprint if _is_staged(results) else ""
    return f"{_status(results)} {key} {_withdrawn_on(submission, as_of) or ''}"


def _other_parts(home: Home, as_of: date) -> dict[str, str]:
    """The closed quarter, the program, and of each collection its card and what was decided on it."""
    told = {"quarter": last_closed_quarter(as_of), "program": _program()}
    for name in home.collections():
        told[f"{name} {home.card_path(name).name}"] = durable.file_hash(home.card_path(name))
        if decided := _decided(home, name, as_of):
            told[f"{name} {decisions.FILE}"] = _digest(map(str, decided))
    return told


@cache
def _program() -> str:
    """Hash of what schemas/ and this room hold: the process that runs does not change."""
    paths = [*(CHECKOUT / "schemas").rglob("*"), *(CHECKOUT / "warehouse").rglob("*")]
    suffixes = {".py", ".sql", ".toml", ".csv", ".tsv", ".txt"}
    return _digest(durable.file_hash(path) for path in sorted(paths) if path.suffix in suffixes)


def _digest(texts: Iterable[str]) -> str:
    return sha256("\x00".join(texts).encode()).hexdigest()


# ---- the note of what was built -------------------------------------------------------------------

_INTERNAL, _CURRENT = "internal.json", "built.json"
"""Beside internal.duckdb and current.duckdb: what each was built from."""


def note_internal(home: Home, snapshot: Snapshot) -> None:
    """Remember what the internal database was built from. The caller holds build.lock."""
    note = {"as_of": str(snapshot.inputs.as_of), "parts": snapshot.parts}
    durable.replace(home.warehouse / _INTERNAL, json.dumps(note, indent=1).encode())


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


def _note(home: Home) -> dict[str, Any] | None:
    """What the current release was built from; None where that cannot be read, so that it is built again."""
    try:
        note = json.loads((home.warehouse / _CURRENT).read_text(encoding="utf-8"))
        return note if {"as_of", "parts"} <= set(note) else None
    except (OSError, ValueError, TypeError):
        return None


# ---- the rows of the registry ---------------------------------------------------------------------


def _inputs(
    home: Home, as_of: date, known: list[Submission], results: Mapping[str, Results], folder: Path
) -> Inputs:
    accepted = [s for s in known if _status(results[s.id]) == "accepted"]
    submissions = [_submission_row(s, results[s.id], as_of) for s in known]
    findings = [row for s in known for row in _finding_rows(s, results[s.id])]
    observations, sources, quarantined = (
        [_kept(folder, s, name) for s in accepted] for name in staged.TABLES
    )
    return Inputs(
        as_of=as_of,
        collections=_collections(home),
        exhaustive=_exhaustive(home),
        decisions=_decisions(home, as_of),
        submissions=pd.DataFrame(submissions, columns=SUBMISSIONS.column_names),
        findings=pd.DataFrame(findings, columns=FINDINGS.column_names),
        observations=observations,
        sources=sources,
        quarantined=quarantined,
    )


def _collections(home: Home) -> pd.DataFrame:
    rows = []
    for name in home.collections():
        told = home.card(name).collection
        row = told.model_dump(include=set(COLLECTIONS.column_names))
        row |= {"provider": name.split("/")[0], "collection": name}
        row |= {"title_es": told.titles.es, "title_en": told.titles.en}
        row |= {f"scope_{lang}": getattr(told.scope, lang, None) for lang in LANGUAGES}
        rows.append(row | {"fixed_country": told.reporting_country})
    return pd.DataFrame(rows, columns=COLLECTIONS.column_names)


def _exhaustive(home: Home) -> pd.DataFrame:
    rows = [
        {"collection": name, "breakdown": breakdown}
        for name in home.collections()
        for breakdown in home.card(name).collection.exhaustive
    ]
    return pd.DataFrame(rows, columns=EXHAUSTIVE.column_names)


def _decisions(home: Home, as_of: date) -> pd.DataFrame:
    """What had been decided by the day."""
    rows = [row for name in home.collections() for row in _decided(home, name, as_of)]
    return pd.DataFrame(rows, columns=DECISIONS.column_names)


def _decided(home: Home, collection: str, as_of: date) -> list[dict[str, Any]]:
    return [row for row in _all_decided(home, collection) if row["decided_on"] <= as_of]


def decisions_ahead(home: Home, as_of: date) -> list[dict[str, Any]]:
    """Decisions that bear a later day, and do not count yet: a slip of the pen, most likely."""
    rows = (row for name in home.collections() for row in _all_decided(home, name))
    return [row for row in rows if row["decided_on"] > as_of]


def _all_decided(home: Home, collection: str) -> list[dict[str, Any]]:
    return list(decisions.rows(collection, home.card(collection).collection, home.decisions(collection)))


def _withdrawn_on(submission: Submission, as_of: date) -> date | None:
    withdrawn = submission.withdrawn_on
    return withdrawn if withdrawn and withdrawn <= as_of else None


def _submission_row(submission: Submission, results: Results, as_of: date) -> dict[str, Any]:
    first, last = results.get(staged.FIRST), results[staged.LAST]
    rows = {fate: last.rows.get(fate, 0) for fate in staged.FATES}
    severities = staged.severities(results.values())
    return {
        "submission": submission.id,
        "provider": submission.collection.split("/")[0],
        "collection": submission.collection,
        "received_on": submission.received_on,
        **(first.facts if first else {}),
        "status": last.status,
        "rows_received": sum(rows.values()),
        **{f"rows_{fate}": n for fate, n in rows.items()},
        "errors": severities.get("error", 0),
        "warnings": severities.get("warning", 0),
        "fingerprint": last.fingerprint,
        "withdrawn_on": _withdrawn_on(submission, as_of),
    }


def findings(home: Home, submission: Submission) -> list[Finding]:
    """What all steps found in a submission (at most 100 examples a rule)."""
    return _findings(staged.results(home, submission.id))


def _findings(results: Results) -> list[Finding]:
    return [finding for result in results.values() for finding in result.findings]


def _finding_rows(submission: Submission, results: Results) -> Iterator[dict[str, Any]]:
    for finding in _findings(results):
        row = {name: getattr(finding, name) for name in _FINDING_COLUMNS}
        row |= {f"message_{lang}": finding.message(lang, with_value=False) for lang in LANGUAGES}
        row |= {f"detail_{lang}": finding.message(lang) for lang in LANGUAGES}
        yield {"submission": submission.id, **row}


_FINDING_COLUMNS = (
    "sheet",
    "source_row",
    "column_name",
    "cell",
    "value",
    "suggestion",
    "rule",
    "severity",
    "occurrences",
)
