"""Inputs of a build, taken as one snapshot: rows, staged files and a fingerprint of each part.

Whatever arrives after the snapshot waits for the next build, which finds it by the fingerprints
(freshness.py). Nothing is built here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.findings import HIDDEN_TEXT, LANGUAGES, Finding
from schemas.tables import COLLECTIONS, DECISIONS, EXHAUSTIVE, FINDINGS, SUBMISSIONS, table
from schemas.words import UserError
from warehouse.build import freshness, passports
from warehouse.build.database import Inputs
from warehouse.home import Home, Submission, lock, step_results
from warehouse.home.admission_state import AdmissionState
from warehouse.home.submissions import PurgedSubmission

WAITING = "rows_in_quarantine"
"""Flag of a submission with quarantined rows, and of each value to which those rows may belong."""

Results = Mapping[str, step_results.StepResult]
"""The results of the steps for a submission, by step."""


@dataclass(frozen=True)
class Snapshot:
    """The inputs of a build and the fingerprint of each part."""

    inputs: Inputs
    parts: freshness.Parts


def snapshot(home: Home, as_of: date, folder: Path) -> Snapshot:
    """Take a snapshot of everything known on `as_of`; staged files are linked or copied into `folder`.

    Leaves out submissions that are received but not staged or compared yet; the next build takes them.
    """
    results = {s.id: _keep_results(home, s, folder) for s in home.submissions()}  # waits for steps at work
    with lock.raw(home):
        submissions = [
            s for s in freshness.submissions_by_day(home, as_of) if _is_decided(s, results.get(s.id, {}))
        ]
        parts = {
            s.id: freshness.submission_part(s, results[s.id][step_results.LAST_STEP], as_of)
            for s in submissions
        }
        parts |= freshness.other_parts(home, as_of)
        return Snapshot(_build_inputs(home, as_of, submissions, results, folder), parts)


def _keep_results(home: Home, submission: Submission, folder: Path) -> Results:
    """Return a submission's results and keep its staged tables, as they are now, in `folder`."""
    if not home.staged_folder(submission.id).exists():
        return {}
    with lock.steps(home, submission.id):
        results = step_results.read_results(home, submission.id)
        if _status(results) == "accepted":
            last = results[step_results.LAST_STEP]
            for name in last.tables:
                source = home.staged_folder(submission.id) / f"{name}.parquet"
                _link_file(source, _kept_path(folder, submission, name), last.files[name])
    return results


class DamagedTable(UserError):
    """A staged table differs from its step's result. The next refresh makes it again."""


def _link_file(source: Path, target: Path, proof: step_results.SizeAndHash) -> None:
    """Give a staged file a second name. Steps replace files and never write into them, so it stays as it is.

    Checks the proof before linking, since the link changes the file's entry and forces a second reading.
    """
    if not step_results.is_unchanged(source, proof):
        raise DamagedTable("home.damaged_table", path=source)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _kept_path(folder: Path, submission: Submission, name: str) -> Path:
    return folder / f"{submission.id}.{name}.parquet"


def _is_staged(results: Results) -> bool:
    return step_results.LAST_STEP in results


def _is_decided(submission: Submission, results: Results) -> bool:
    return _is_staged(results) and not (
        _status(results) == "accepted" and submission.admission_state.to_compare
    )


def _status(results: Results) -> str:
    return results[step_results.LAST_STEP].status if _is_staged(results) else ""


# ---- the rows of the registry ---------------------------------------------------------------------


def _build_inputs(
    home: Home, as_of: date, submissions: list[Submission], results: Mapping[str, Results], folder: Path
) -> Inputs:
    accepted_submissions = [
        s
        for s in submissions
        if step_results.status_of(s, results[s.id][step_results.LAST_STEP]) == "accepted"
    ]
    collections = _collection_rows(home)
    open_collections = set(collections.loc[collections["confidentiality"] == "open", "collection"])
    submission_rows = [
        _submission_row(s, results[s.id], as_of) | _admission_columns(s, s.collection in open_collections)
        for s in submissions
    ]
    submission_rows += [
        _purged_row(purge) for purge in home.purged_submissions() if purge.submission.received_on <= as_of
    ]
    names_in_cards = {name: _names_in_card(home, name) for name in {s.collection for s in submissions}}
    finding_rows = [
        row for s in submissions for row in _finding_rows(s, results[s.id], names_in_cards[s.collection])
    ]
    record_names = {s.id: str(name) for s in accepted_submissions if (name := _record_name(results[s.id]))}
    record_submissions = [s for s in accepted_submissions if s.id in record_names]
    accepted_submissions = [s for s in accepted_submissions if s.id not in record_names]
    case_submissions = [
        s
        for s in accepted_submissions
        if results[s.id][step_results.LAST_STEP].tables == step_results.CASE_TABLES
    ]

    def paths_of(name: str, some_submissions: list[Submission]) -> list[Path]:
        return [_kept_path(folder, s, name) for s in some_submissions]

    return Inputs(
        as_of=as_of,
        collections=collections,
        exhaustive=_exhaustive_rows(home),
        decisions=_decision_rows(home, as_of),
        passports=_passports(home),
        submissions=pd.DataFrame(submission_rows, columns=SUBMISSIONS.column_names),
        questioned=_questioned_rows(s for s in accepted_submissions if not freshness.withdrawn_on(s, as_of)),
        findings=pd.DataFrame(finding_rows, columns=FINDINGS.column_names),
        observations=paths_of("observations", accepted_submissions),
        sources=paths_of("sources", [s for s in accepted_submissions if s not in case_submissions]),
        cases=list(
            zip(
                paths_of("case_lines", case_submissions), paths_of("case_rows", case_submissions), strict=True
            )
        ),
        quarantined=paths_of("quarantined", accepted_submissions),
        openings=paths_of("openings", accepted_submissions),
        records={
            name: paths_of(
                step_results.RECORDS_TABLE, [s for s in record_submissions if record_names[s.id] == name]
            )
            for name in sorted(set(record_names.values()))
        },
    )


def _record_name(results: Results) -> object:
    """Return which of the network's records a submission contains, if any."""
    return results[step_results.LAST_STEP].facts.get("records")


def _collection_rows(home: Home) -> pd.DataFrame:
    rows = []
    for name in home.collections():
        collection = home.card(name).collection
        row = collection.model_dump(include=set(COLLECTIONS.column_names))
        row |= {"provider": name.split("/")[0], "collection": name}
        row |= {"title_es": collection.titles.es, "title_en": collection.titles.en}
        row |= {f"scope_{lang}": getattr(collection.scope, lang, None) for lang in LANGUAGES}
        row |= {"contact": "; ".join(collection.contact) or None}
        row |= {
            f"{name}_{lang}": statement.citation(lang) if statement else None
            for name, statement in (
                ("mandate", collection.mandate),
                ("regional_rule", collection.regional_rule),
            )
            for lang in LANGUAGES
        }
        rows.append(row | {"fixed_country": collection.reporting_country})
    return pd.DataFrame(rows, columns=COLLECTIONS.column_names)


def _exhaustive_rows(home: Home) -> pd.DataFrame:
    rows = [
        {"collection": name, "breakdown": breakdown}
        for name in home.collections()
        for breakdown in home.card(name).collection.exhaustive
    ]
    return pd.DataFrame(rows, columns=EXHAUSTIVE.column_names)


def _decision_rows(home: Home, as_of: date) -> pd.DataFrame:
    """Return the decisions made by the day."""
    rows = [row for name in home.collections() for row in freshness.decisions_by_day(home, name, as_of)]
    return pd.DataFrame(rows, columns=DECISIONS.column_names)


def _passports(home: Home) -> dict[str, pd.DataFrame]:
    """Return the passports of series and their changes, by table."""
    rows_by_table = passports.rows(home).items()
    return {name: pd.DataFrame(rows, columns=table(name).column_names) for name, rows in rows_by_table}


def _submission_row(submission: Submission, results: Results, as_of: date) -> dict[str, Any]:
    first, last = results.get(step_results.FIRST_STEP), results[step_results.LAST_STEP]
    rows = {fate: last.rows.get(fate, 0) for fate in step_results.ROW_STATUSES}
    severities = step_results.count_severities(results.values())
    return {
        "submission": submission.id,
        "provider": submission.collection.split("/")[0],
        "collection": submission.collection,
        "received_on": submission.received_on,
        **(first.facts if first else {}),
        "status": step_results.status_of(submission, last),
        "rows_received": sum(rows.values()),
        **{f"rows_{fate}": n for fate, n in rows.items()},
        "errors": severities.get("error", 0),
        "warnings": severities.get("warning", 0),
        "flag": WAITING if last.is_accepted and rows["quarantined"] else None,
        "fingerprint": last.fingerprint,
        "withdrawn_on": freshness.withdrawn_on(submission, as_of),
    }


def _questioned_rows(submissions: Iterable[Submission]) -> pd.DataFrame:
    """Return the periods under question, by the submission that raised it."""
    rows = [
        {
            "submission": submission.id,
            "collection": submission.collection,
            "received_on": submission.received_on,
            "number": submission.n,
            **question._asdict(),
            "period_start": date.fromisoformat(question.period_start),
        }
        for submission in submissions
        for question in submission.admission_state.questions
    ]
    return pd.DataFrame(rows, columns=table("core.questioned").column_names)


def _purged_row(purge: PurgedSubmission) -> dict[str, Any]:
    """Return the row of a purged submission. It counts as withdrawn on the day of the purge."""
    submission = purge.submission
    return {
        "submission": submission.id,
        "provider": submission.collection.split("/")[0],
        "collection": submission.collection,
        "received_on": submission.received_on,
        "file_name": "",
        "sha256": purge.event["sha256"],
        "bytes": int(purge.event["bytes"]),
        "status": "purged",
        "rows_received": 0,
        **{f"rows_{fate}": 0 for fate in step_results.ROW_STATUSES},
        "errors": 0,
        "warnings": 0,
        "fingerprint": "",
        "withdrawn_on": purge.on,
    }


def _admission_columns(submission: Submission, with_numbers: bool) -> dict[str, Any]:
    """Return when and why a submission was held, who confirmed it, and what offices explained."""
    standing = submission.admission_state
    row: dict[str, Any] = {}
    for lang in LANGUAGES:
        reasons = [breach.problem(lang, with_value=with_numbers) for breach in standing.breaches]
        row[f"held_reason_{lang}"] = " ".join(reasons) or None
    for name, event in (("held", standing.hold), ("confirmed", standing.confirmation)):
        row[f"{name}_on"] = date.fromisoformat(event["on"]) if event else None
        row[f"{name}_office"] = event["office"] if event else None
    row["confirmed_reason"] = standing.confirmation["reason"] if standing.confirmation else None
    return row | {"justification": _justification(standing) if with_numbers else None}


def _justification(standing: AdmissionState) -> str | None:
    """Return what offices explained of the findings, a line per rule."""
    lines = [f"{j.rule}: {j.reason} ({j.office}, {j.on})" for j in standing.justifications]
    return "\n".join(lines) or None


def findings(home: Home, submission: Submission) -> list[Finding]:
    """List the findings of all steps in a submission (at most 100 examples per rule)."""
    return _findings(step_results.read_results(home, submission.id))


def _findings(results: Results) -> list[Finding]:
    return [finding for result in results.values() for finding in result.findings]


def _names_in_card(home: Home, collection: str) -> frozenset[str]:
    """List the columns and sheets that the card names. Any other name is free text of the sender."""
    card = home.card(collection)
    columns = {
        name
        for fmt in card.formats()
        for column_name, column in fmt.columns.items()
        for name in (column_name, *column.also)
    }
    return card.sheets | columns


def _finding_rows(
    submission: Submission, results: Results, names_in_card: frozenset[str]
) -> Iterator[dict[str, Any]]:
    for finding in _findings(results):
        public_finding = finding.without_sender_names(names_in_card)
        row = {name: getattr(public_finding, name) for name in _FINDING_COLUMNS}
        row |= {name: None for name in ("sheet", "column_name") if row[name] == HIDDEN_TEXT}
        row |= {f"message_{lang}": public_finding.message(lang, with_value=False) for lang in LANGUAGES}
        collection = submission.collection
        row |= {f"detail_{lang}": finding.message(lang, collection=collection) for lang in LANGUAGES}
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
