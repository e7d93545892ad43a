"""Commands on the home: `status` shows what waits, `work` processes what was received."""

from __future__ import annotations

import sys
import time
from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table as Grid

from assets.answers.justifications import answer_sentences
from assets.intake.freshness import outdated_submissions
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import out, print_held, print_json, print_sentence, show_repairs
from pipelines.dagster.collection_status import collection_row, inbox_files
from schemas.words import DEFAULT_LANGUAGE, number, say
from warehouse.home import Home, Submission, inbox, step_results
from warehouse.home.calendar import today
from warehouse.publication.collection_tables import collections_without_tables
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions
from warehouse.release import last_refresh, older_releases, release_store, verification
from warehouse.release.attention import count_expiring_records, list_submissions_to_purge
from warehouse.release.attention import list_held_submissions as held_submissions
from warehouse.release.older_releases import OlderRelease
from warehouse.release.verification import Fault


def status(
    metrics: Annotated[bool, typer.Option("--metrics")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print a line for each collection: last submission, status and rows. Or print metrics for monitoring."""
    if metrics:
        from pipelines.dagster.metrics import metrics_page

        sys.stdout.write(metrics_page(Home.default(), lang))
        return OK
    unreadable = verification.find_unreadable_collections(Home.default())
    home = Home.default().excluding(unreadable)
    rows = [collection_row(home, name) for name in home.collections()]
    changed_files = verification.find_changed_files_quickly(home)
    backlog = _backlog(home, changed_files)
    faults = [fault for faults in (unreadable | changed_files).values() for fault in faults]
    faults += [
        *verification.future_submission_faults(home),
        *verification.torn_history_faults(home),
        *verification.current_file_faults(home),
    ]
    last_run = last_refresh.read_last_refresh(home)
    if sentence := older_releases.describe_older_release(home.current):
        faults.append(Fault(sentence, "mended"))
    if as_json:
        print_json(_as_json(rows, backlog, faults, lang) | {"last_refresh": last_run.as_json})
    else:
        out.print(_table(rows, lang))
        print_sentence(
            " ".join(sentence.render(lang) for sentence in last_refresh.render_sentences(last_run))
        )
        _print_backlog(home, rows, backlog, lang)
        for fault in faults:
            print_sentence(fault.sentence.render(lang))
    return OK


@dataclass(frozen=True)
class _Backlog:
    """Items that wait for a person or for the next refresh."""

    held_submissions: list[Submission]
    n_to_process: int
    n_damaged: int
    n_questions: int | None
    """None if an earlier version made the release, so that its questions are unknown."""
    hidden_collections: list[str]
    expiring: dict[str, int]
    inbox: list[inbox.InboxEntry]


def _backlog(home: Home, changed_files: Container[str]) -> _Backlog:
    """Collect all that waits.

    The next refresh processes stale submissions and makes damaged results again, or stops.
    """
    n_questions, hidden_collections = _release_backlog(home)
    stale = [s for s in outdated_submissions(home) if s.id not in changed_files]
    n_damaged = sum(step_results.is_damaged(home, s.id) for s in stale)
    return _Backlog(
        held_submissions=held_submissions(home),
        n_to_process=len(stale) - n_damaged,
        n_damaged=n_damaged,
        n_questions=n_questions,
        hidden_collections=hidden_collections,
        expiring=count_expiring_records(home, today()),
        inbox=inbox_files(home),
    )


def _as_json(rows: list[dict[str, Any]], backlog: _Backlog, faults: list[Fault], lang: str) -> dict[str, Any]:
    return {
        "collections": rows,
        "waiting": backlog.n_to_process,
        "damaged": backlog.n_damaged,
        "held": [submission.id for submission in backlog.held_submissions],
        "questions": backlog.n_questions,
        "shown_nowhere": backlog.hidden_collections,
        "expiring": backlog.expiring,
        "inbox": [{"path": file.printable_path, "why": file.reason.render(lang)} for file in backlog.inbox],
        "faults": [fault.sentence.render(lang) for fault in faults],
    }


def _print_backlog(home: Home, rows: list[dict[str, Any]], backlog: _Backlog, lang: str) -> None:
    print_held(backlog.held_submissions, lang)
    for name in (row["submission"] for row in rows if row["submission"]):
        for sentence in answer_sentences(home.submission(name).admission_state, lang):
            print_sentence(f"{name}: {sentence}")
    if backlog.n_to_process:
        print_sentence(say("cli.waiting", lang, n=backlog.n_to_process))
    if backlog.n_damaged:
        print_sentence(say("cli.results_damaged", lang, n=backlog.n_damaged))
    if incomplete := [row for row in rows if row["status"] == "accepted" and row["rows_quarantined"]]:
        n = number(sum(row["rows_quarantined"] for row in incomplete), lang)
        print_sentence(
            say("cli.rows_wait", lang, n=n, names=", ".join(row["collection"] for row in incomplete))
        )
    if backlog.n_questions:
        print_sentence(say("cli.questions_wait", lang, n=backlog.n_questions))
    for collection, count in backlog.expiring.items():
        print_sentence(say("cli.records_expire", lang, collection=collection, n=count))
    for submission, until in list_submissions_to_purge(home, today()):
        print_sentence(say("alert.leaving", lang, submission=submission.id, until=until))
    if backlog.hidden_collections:
        print_sentence(say("cli.shown_nowhere", lang, names=", ".join(backlog.hidden_collections)))
    for folder in home.unrecognised_folders():
        print_sentence(say("cli.unrecognised_folder", lang, folder=folder))
    for file in backlog.inbox:
        print_sentence(say("inbox.lies", lang, path=file.printable_path, why=file.reason))
    if refused_files := inbox.list_refused_files(home):
        print_sentence(say("inbox.refused_kept", lang, n=len(refused_files)))
    if rejected_files := inbox.list_rejected_files(home):
        print_sentence(say("inbox.rejected_kept", lang, n=len(rejected_files)))


def _release_backlog(home: Home) -> tuple[int | None, list[str]]:
    """Count the open questions of the release in force, and list collections that it does not show.

    The count is None if the release is too old to be read.
    """
    if not (home.current.exists() and release_store.can_be_opened(home.current)):
        return 0, []
    try:
        with Warehouse.open(home.current) as release:
            return len(open_questions(release)), collections_without_tables(release.connection)
    except OlderRelease:
        return None, []


def _table(rows: list[dict[str, Any]], lang: str) -> Grid:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column.collection", "column.received", "column.state", "column.rows"):
        grid.add_column(say(key, lang))
    for row in rows:
        state = say(f"state.{row['status']}", lang) if row["status"] else "—"
        row_counts = _row_counts(row, lang) if row["submission"] else ""
        grid.add_row(row["collection"], row["received_on"] or "—", state, row_counts)
    return grid


def _row_counts(row: dict[str, Any], lang: str) -> str:
    return f"{number(row['rows_accepted'], lang)} ({number(row['rows_quarantined'], lang)})"


SECONDS_BETWEEN_LOOKS = 15


def work(
    keep_on: Annotated[bool, typer.Option("--keep-on")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Process each waiting submission that no other worker is processing."""
    from assets.intake.processing import run_waiting  # imported here because it loads pandas

    home, attempts = Home.default(), dict[str, str]()
    with show_repairs(lang):
        while True:
            for outcome in run_waiting(home, attempts):
                print_sentence(f"{outcome.submission}: {say(f'status.{outcome.status}', lang)}")
            if not keep_on:
                return OK
            time.sleep(SECONDS_BETWEEN_LOOKS)
