"""`status`: who reported what, and what waits."""

from __future__ import annotations

import sys
from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table as Grid

from assets.intake.freshness import waiting
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.held import held_ones, tell_held
from pipelines.cli.output import out, print_json, tell
from pipelines.dagster.collections import collection_row, in_the_inbox
from schemas.words import DEFAULT, number, say
from warehouse.home import Home, Submission, inbox, staged
from warehouse.home.calendar import today
from warehouse.publication.shown import nowhere
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions
from warehouse.releases import last_refresh, older, published, verification
from warehouse.releases.attention import expiring, leaving
from warehouse.releases.older import OlderRelease
from warehouse.releases.verification import Fault


def status(
    metrics: Annotated[bool, typer.Option("--metrics")] = False,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """One line a collection: its last submission, what became of it, its rows. Or figures for monitoring."""
    if metrics:
        from pipelines.dagster import figures

        sys.stdout.write(figures.page(Home.default(), lang))
        return OK
    damaged = verification.unreadable(Home.default())
    home = Home.default().passing_over(damaged)
    rows = [collection_row(home, name) for name in home.collections()]
    changed = verification.changed_at_a_glance(home)
    seen = _seen(home, changed)
    faults = [fault for faults in (damaged | changed).values() for fault in faults]
    faults += [*verification.ahead(home), *verification.torn(home), *verification.in_force(home)]
    ended = last_refresh.read(home)
    if sentence := older.in_force(home.current):
        faults.append(Fault(sentence, "mended"))
    if as_json:
        print_json(_answer(rows, seen, faults, lang) | {"last_refresh": ended.as_json})
    else:
        out.print(_grid(rows, lang))
        tell(" ".join(sentence.said(lang) for sentence in last_refresh.sentences(ended)))
        _tell_what_waits(home, rows, seen, lang)
        for fault in faults:
            tell(fault.sentence.said(lang))
    return OK


@dataclass(frozen=True)
class _Waiting:
    """What waits for somebody or for the next refresh."""

    held: list[Submission]
    late: int
    damaged: int
    questions: int | None
    """None where the release in force is of an earlier version of the program, and cannot say."""
    nowhere: list[str]
    expiring: dict[str, int]
    inbox: list[inbox.Lying]


def _seen(home: Home, changed: Container[str]) -> _Waiting:
    """What waits: of what lies there damaged the next refresh makes the results again, or stops."""
    questions, shown_nowhere = _of_the_release(home)
    late = [s for s in waiting(home) if s.id not in changed]
    damaged = [s for s in late if staged.is_damaged(home, s.id)]
    return _Waiting(
        held_ones(home),
        len(late) - len(damaged),
        len(damaged),
        questions,
        shown_nowhere,
        expiring(home, today()),
        in_the_inbox(home),
    )


def _answer(rows: list[dict[str, Any]], seen: _Waiting, faults: list[Fault], lang: str) -> dict[str, Any]:
    return {
        "collections": rows,
        "waiting": seen.late,
        "damaged": seen.damaged,
        "held": [submission.id for submission in seen.held],
        "questions": seen.questions,
        "shown_nowhere": seen.nowhere,
        "expiring": seen.expiring,
        "inbox": [{"path": one.shown, "why": one.why.said(lang)} for one in seen.inbox],
        "faults": [fault.sentence.said(lang) for fault in faults],
    }


def _tell_what_waits(home: Home, rows: list[dict[str, Any]], seen: _Waiting, lang: str) -> None:
    tell_held(seen.held, lang)
    if seen.late:
        tell(say("cli.waiting", lang, n=seen.late))
    if seen.damaged:
        tell(say("cli.results_damaged", lang, n=seen.damaged))
    if opened := [row for row in rows if row["status"] == "accepted" and row["rows_quarantined"]]:
        n = number(sum(row["rows_quarantined"] for row in opened), lang)
        tell(say("cli.rows_wait", lang, n=n, names=", ".join(row["collection"] for row in opened)))
    if seen.questions:
        tell(say("cli.questions_wait", lang, n=seen.questions))
    for collection, few in seen.expiring.items():
        tell(say("cli.records_expire", lang, collection=collection, n=few))
    for submission, until in leaving(home, today()):
        tell(say("alert.leaving", lang, submission=submission.id, until=until))
    if seen.nowhere:
        tell(say("cli.shown_nowhere", lang, names=", ".join(seen.nowhere)))
    for folder in home.unrecognised_folders():
        tell(say("cli.unrecognised_folder", lang, folder=folder))
    for one in seen.inbox:
        tell(say("inbox.lies", lang, path=one.shown, why=one.why))
    if refused := inbox.kept_refused(home):
        tell(say("inbox.refused_kept", lang, n=len(refused)))
    if rejected := inbox.kept_rejected(home):
        tell(say("inbox.rejected_kept", lang, n=len(rejected)))


def _of_the_release(home: Home) -> tuple[int | None, list[str]]:
    """How many questions are open in the release in force, and which collections it shows nowhere.

    None where it cannot be opened.
    """
    if not (home.current.exists() and published.can_be_opened(home.current)):
        return 0, []
    try:
        with Warehouse.open(home.current) as release:
            return len(open_questions(release)), nowhere(release.connection)
    except OlderRelease:
        return None, []


def _grid(rows: list[dict[str, Any]], lang: str) -> Grid:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column.collection", "column.received", "column.state", "column.rows"):
        grid.add_column(say(key, lang))
    for row in rows:
        state = say(f"state.{row['status']}", lang) if row["status"] else "—"
        counted = _counted(row, lang) if row["submission"] else ""
        grid.add_row(row["collection"], row["received_on"] or "—", state, counted)
    return grid


def _counted(row: dict[str, Any], lang: str) -> str:
    return f"{number(row['rows_accepted'], lang)} ({number(row['rows_quarantined'], lang)})"
