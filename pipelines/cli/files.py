"""`check` and `submit`: a steward's file, and in plain words what to mend."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.intake import Outcome, process
from assets.intake import check as try_file
from assets.steps.submission import Refused, receive
from pipelines.cli.app import (
    BAD_INPUT,
    OK,
    USAGE,
    JsonOption,
    Lang,
    LangOption,
    Stop,
    command,
    day,
    err,
    out,
    print_json,
)
from pipelines.cli.words import say
from pipelines.resources import today
from schemas.findings import Finding
from warehouse.home import Home, receipts

SHOWN = 10
"""So many findings of a rule are shown; the rest are counted."""

FileArgument = Annotated[Path, typer.Argument(help="Archivo / file")]
CollectionOption = Annotated[str, typer.Option("--collection", "-c", help="<institución>/<colección>")]
ReceivedOption = Annotated[str | None, typer.Option("--received", help="2026-03-31")]


@command
def check(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    lang: LangOption = Lang.es,
    as_json: JsonOption = False,
) -> int:
    """Dice qué pasaría con un archivo; no guarda nada / say what would become of a file; keep nothing."""
    home, on = _prepared(file, received)
    try:
        outcome = try_file(home, file, collection, on)
    except Refused as refused:
        return _refused(refused.finding, lang, as_json)
    return _told(outcome, lang, as_json, kept=False)


@command
def submit(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    lang: LangOption = Lang.es,
    as_json: JsonOption = False,
) -> int:
    """Recibe un archivo y dice qué corregir / receive a file and say what to mend."""
    home, on = _prepared(file, received)
    try:
        outcome = process(home, receive(home, file, collection, on))
    except Refused as refused:
        return _refused(refused.finding, lang, as_json)
    return _told(outcome, lang, as_json, kept=True)


@command
def withdraw(
    submission: Annotated[str, typer.Argument(help="<institución>.<colección>.2026-03-31.1")],
    why: Annotated[str, typer.Option("--why", help="Razón / reason")],
    office: Annotated[str, typer.Option("--office", help="Oficina que decide / office that decides")],
    lang: LangOption = Lang.es,
) -> int:
    """Retira un envío desde hoy; queda en vigor el anterior / withdraw a submission from today."""
    home = Home.default()
    known = {s.id: s for s in home.submissions()}
    if submission not in known:
        raise Stop(USAGE, "no_submission", value=submission)
    receipts.withdraw(home, known[submission], today(), office=office, why=why)
    out.print(say("withdrawn", lang, submission=submission), markup=False)
    return OK


def _prepared(file: Path, received: str | None) -> tuple[Home, date]:
    if not file.is_file():
        raise Stop(USAGE, "no_file", file=file)
    return Home.default(), day(received, not_after=today()) or today()


def _refused(finding: Finding, lang: str, as_json: bool) -> int:
    if as_json:
        print_json({"status": "refused", "findings": [_row(finding)]})
    else:
        err.print(say("refused", lang, message=finding.message(lang)), markup=False)
    return BAD_INPUT


def _told(outcome: Outcome, lang: str, as_json: bool, *, kept: bool) -> int:
    if as_json:
        rows = [_row(f) for f in outcome.findings]
        kept_as = {"submission": outcome.submission} if kept else {}
        print_json({"status": outcome.status, **kept_as, "rows": outcome.rows, "findings": rows})
    else:
        _print_findings(outcome.findings, lang)
        rows = " · ".join(f"{say(f'fate_{f}', lang)} {n:,}" for f, n in outcome.rows.items() if n)
        out.print(
            f"{say('summary_rows', lang)}: {sum(outcome.rows.values()):,} = {rows or 0}",
            markup=False,
        )
        out.print(say(_ending(outcome, kept), lang, **outcome.rows), markup=False)
        if kept:
            out.print(say("kept_as", lang, submission=outcome.submission), markup=False)
    return OK if outcome.clean else BAD_INPUT


def _ending(outcome: Outcome, kept: bool) -> str:
    ending = "accepted_in_part" if not outcome.clean else "accepted"
    ending = ending if outcome.status == "accepted" else "rejected"
    return ending if kept else f"would_be_{ending}"


def _row(finding: Finding) -> dict:
    told = {k: v for k, v in vars(finding).items() if v is not None}
    return told | {
        "severity": finding.severity,
        "message_es": finding.message("es"),
        "message_en": finding.message("en"),
    }


def _print_findings(findings: list[Finding], lang: str) -> None:
    if not findings:
        return
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column_place", "column_rule", "column_message"):
        grid.add_column(say(key, lang))
    shown: dict[str, int] = {}
    for finding in findings:
        shown[finding.rule] = shown.get(finding.rule, 0) + 1
        if shown[finding.rule] <= SHOWN:
            grid.add_row(_place(finding, lang), _colour(finding), escape(_message(finding, lang)))
        if shown[finding.rule] == SHOWN and finding.occurrences > SHOWN:
            grid.add_row("", "", say("more_like_it", lang, n=finding.occurrences - SHOWN))
    out.print(grid)


def _place(finding: Finding, lang: str) -> str:
    place = " ".join(filter(None, [finding.sheet, finding.cell or (str(finding.source_row or ""))]))
    return escape(place or say("file_level", lang))


def _colour(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    return f"[{colour}]{finding.rule}[/{colour}]"


def _message(finding: Finding, lang: str) -> str:
    hint = say("suggestion", lang, suggestion=finding.suggestion) if finding.suggestion else ""
    return f"{finding.message(lang)} {hint}".strip()
