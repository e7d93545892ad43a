"""What a build is made from, taken as one snapshot: rows, staged files, and the fingerprint of all of it.

What arrives after the snapshot waits for the next build, which tells it by the fingerprint (freshness.py).
Nothing is built here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.findings import HIDDEN, LANGUAGES, Finding
from schemas.tables import COLLECTIONS, DECISIONS, EXHAUSTIVE, FINDINGS, SUBMISSIONS, table
from schemas.words import UserError
from warehouse.build import freshness, passports
from warehouse.build.database import Inputs
from warehouse.home import Home, Submission, lock, staged
from warehouse.home.submissions import Purged

WAITING = "rows_in_quarantine"
"""The flag of a submission of which rows wait, and of each value that they may belong to."""

Results = Mapping[str, staged.Result]
"""What the steps left of one submission, by step."""


@dataclass(frozen=True)
class Snapshot:
    """The inputs of a build, and the fingerprint of each."""

    inputs: Inputs
    parts: freshness.Parts


def snapshot(home: Home, as_of: date, folder: Path) -> Snapshot:
    """What is known on `as_of`, as it stands now; the staged files stay as they are in `folder`.

    A submission that was received, and is not staged yet or not compared, is left to the next build.
    """
    results = {s.id: _results_kept(home, s, folder) for s in home.submissions()}  # may wait for a step
    with lock.raw(home):
        known = [s for s in freshness.known(home, as_of) if _is_decided(s, results.get(s.id, {}))]
        parts = {s.id: freshness.submission_part(s, results[s.id][staged.LAST], as_of) for s in known}
        parts |= freshness.other_parts(home, as_of)
        return Snapshot(_inputs(home, as_of, known, results, folder), parts)


def _results_kept(home: Home, submission: Submission, folder: Path) -> Results:
    """What the steps left of a submission, its tables kept in `folder` as they belong to it."""
    if not home.staged(submission.id).exists():
        return {}
    with lock.steps(home, submission.id):
        results = staged.results(home, submission.id)
        if _status(results) == "accepted":
            last = results[staged.LAST]
            for name in last.tables:
                source = home.staged(submission.id) / f"{name}.parquet"
                _keep(source, _kept(folder, submission, name), last.files[name])
    return results


class DamagedTable(UserError):
    """A staged table is not what its step left; the next refresh makes it again."""


def _keep(source: Path, target: Path, proof: staged.Proof) -> None:
    """A step replaces its files and never writes into one, so a second name keeps what is there now.

    It is asked before it has that name, which changes its entry: else it would be read twice in one refresh.
    """
    if not staged.is_as_left(source, proof):
        raise DamagedTable("home.damaged_table", path=source)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _kept(folder: Path, submission: Submission, name: str) -> Path:
    return folder / f"{submission.id}.{name}.parquet"


def _is_staged(results: Results) -> bool:
    return staged.LAST in results


def _is_decided(submission: Submission, results: Results) -> bool:
    return _is_staged(results) and not (_status(results) == "accepted" and submission.standing.to_compare)


def _status(results: Results) -> str:
    return results[staged.LAST].status if _is_staged(results) else ""


# ---- the rows of the registry ---------------------------------------------------------------------


def _inputs(
    home: Home, as_of: date, known: list[Submission], results: Mapping[str, Results], folder: Path
) -> Inputs:
    accepted = [s for s in known if staged.status_of(s, results[s.id][staged.LAST]) == "accepted"]
    collections = _collections(home)
    shown = set(collections.loc[collections["confidentiality"] == "open", "collection"])
    submissions = [
        _submission_row(s, results[s.id], as_of) | _standing_columns(s, s.collection in shown) for s in known
    ]
    submissions += [_purged_row(one) for one in home.purged() if one.submission.received_on <= as_of]
    named = {name: _named(home, name) for name in {s.collection for s in known}}
    findings = [row for s in known for row in _finding_rows(s, results[s.id], named[s.collection])]
    of_records = {s.id: str(name) for s in accepted if (name := _records_of(results[s.id]))}
    entered = [s for s in accepted if s.id in of_records]
    accepted = [s for s in accepted if s.id not in of_records]
    cases = [s for s in accepted if results[s.id][staged.LAST].tables == staged.CASE_TABLES]

    def kept(name: str, of: list[Submission]) -> list[Path]:
        return [_kept(folder, s, name) for s in of]

    return Inputs(
        as_of=as_of,
        collections=collections,
        exhaustive=_exhaustive(home),
        decisions=_decisions(home, as_of),
        passports=_passports(home),
        submissions=pd.DataFrame(submissions, columns=SUBMISSIONS.column_names),
        findings=pd.DataFrame(findings, columns=FINDINGS.column_names),
        observations=kept("observations", accepted),
        sources=kept("sources", [s for s in accepted if s not in cases]),
        cases=list(zip(kept("case_lines", cases), kept("case_rows", cases), strict=True)),
        quarantined=kept("quarantined", accepted),
        openings=kept("openings", accepted),
        records={
            name: kept(staged.ENTERED, [s for s in entered if of_records[s.id] == name])
            for name in sorted(set(of_records.values()))
        },
    )


def _records_of(results: Results) -> object:
    """Which of the network's records a submission brings, if any."""
    return results[staged.LAST].facts.get("records")


def _collections(home: Home) -> pd.DataFrame:
    rows = []
    for name in home.collections():
        collection = home.card(name).collection
        row = collection.model_dump(include=set(COLLECTIONS.column_names))
        row |= {"provider": name.split("/")[0], "collection": name}
        row |= {"title_es": collection.titles.es, "title_en": collection.titles.en}
        row |= {f"scope_{lang}": getattr(collection.scope, lang, None) for lang in LANGUAGES}
        rows.append(row | {"fixed_country": collection.reporting_country})
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
    rows = [row for name in home.collections() for row in freshness.decided(home, name, as_of)]
    return pd.DataFrame(rows, columns=DECISIONS.column_names)


def _passports(home: Home) -> dict[str, pd.DataFrame]:
    """What each series counts, as declared: passports and their changes."""
    declared = passports.rows(home).items()
    return {name: pd.DataFrame(rows, columns=table(name).column_names) for name, rows in declared}


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
        "status": staged.status_of(submission, last),
        "rows_received": sum(rows.values()),
        **{f"rows_{fate}": n for fate, n in rows.items()},
        "errors": severities.get("error", 0),
        "warnings": severities.get("warning", 0),
        "flag": WAITING if last.accepted and rows["quarantined"] else None,
        "fingerprint": last.fingerprint,
        "withdrawn_on": freshness.withdrawn_on(submission, as_of),
    }


def _purged_row(purged: Purged) -> dict[str, Any]:
    """That there was a submission, and since when it is gone: it counts as withdrawn."""
    submission = purged.submission
    return {
        "submission": submission.id,
        "provider": submission.collection.split("/")[0],
        "collection": submission.collection,
        "received_on": submission.received_on,
        "file_name": "",
        "sha256": purged.event["sha256"],
        "bytes": int(purged.event["bytes"]),
        "status": "purged",
        "rows_received": 0,
        **{f"rows_{fate}": 0 for fate in staged.FATES},
        "errors": 0,
        "warnings": 0,
        "fingerprint": "",
        "withdrawn_on": purged.on,
    }


def _standing_columns(submission: Submission, with_numbers: bool) -> dict[str, Any]:
    """Since when it was held and why, and who confirmed it."""
    standing = submission.standing
    row: dict[str, Any] = {}
    for lang in LANGUAGES:
        why = [breach.what(lang, with_value=with_numbers) for breach in standing.breaches]
        row[f"held_reason_{lang}"] = " ".join(why) or None
    for name, event in (("held", standing.held), ("confirmed", standing.confirmed)):
        row[f"{name}_on"] = date.fromisoformat(event["on"]) if event else None
        row[f"{name}_office"] = event["office"] if event else None
    return row | {"confirmed_reason": standing.confirmed["reason"] if standing.confirmed else None}


def findings(home: Home, submission: Submission) -> list[Finding]:
    """What all steps found in a submission (at most 100 examples a rule)."""
    return _findings(staged.results(home, submission.id))


def _findings(results: Results) -> list[Finding]:
    return [finding for result in results.values() for finding in result.findings]


def _named(home: Home, collection: str) -> frozenset[str]:
    """The columns and sheets that the card names; any other is free text of the sender."""
    card = home.card(collection)
    columns = {name for fmt in card.formats() for own, c in fmt.columns.items() for name in (own, *c.also)}
    return card.sheets | columns


def _finding_rows(
    submission: Submission, results: Results, named: frozenset[str]
) -> Iterator[dict[str, Any]]:
    for finding in _findings(results):
        shown = finding.without_names_but(named)
        row = {name: getattr(shown, name) for name in _FINDING_COLUMNS}
        row |= {name: None for name in ("sheet", "column_name") if row[name] == HIDDEN}
        row |= {f"message_{lang}": shown.message(lang, with_value=False) for lang in LANGUAGES}
        place = submission.collection
        row |= {f"detail_{lang}": finding.message(lang, collection=place) for lang in LANGUAGES}
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
