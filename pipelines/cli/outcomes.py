"""What became of a file, on the screen or as JSON: its findings, its rows by fate, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table as Grid

from pipelines.cli.errors import BAD_INPUT, OK
from pipelines.cli.output import err, out, print_json, tell
from schemas.findings import Finding, count_by_rule
from schemas.words import number, say

if TYPE_CHECKING:
    from assets.intake.processing import Outcome

SHOWN = 10
"""So many findings of a rule are shown; the rest are counted."""


def print_refusal(finding: Finding, lang: str, as_json: bool) -> int:
    """Say why a file was not received; the exit code."""
    if as_json:
        print_json({"status": "refused", "findings": [_as_json(finding)]})
    else:
        tell(say("cli.refused", lang, message=finding.message(lang)), err)
    return BAD_INPUT


def print_outcome(outcome: Outcome, lang: str, as_json: bool, *, kept: bool) -> int:
    """Say what became of a received file, or (not `kept`) would become of it; the exit code."""
    if as_json:
        findings = [_as_json(f, outcome.collection) for f in outcome.all_findings]
        kept_as = {"submission": outcome.submission} if kept else {}
        beside = outcome.admission.beside
        counts = {} if outcome.is_protected else outcome.admission.counts
        compared = {"compared": {"with": beside, **counts}} if beside else {}
        answer = {"status": outcome.status, **kept_as, "rows": outcome.rows, "findings": findings}
        print_json(answer | compared)
    else:
        _print_findings(outcome.all_findings, lang, outcome.collection)
        by_fate = {fate: number(n, lang) for fate, n in outcome.rows.items()}
        rows = " · ".join(f"{say(f'fate.{f}', lang)} {by_fate[f]}" for f, n in outcome.rows.items() if n)
        tell(say("cli.rows", lang, rows=number(sum(outcome.rows.values()), lang), by_fate=rows or 0))
        if outcome.is_protected and not kept:
            tell(say("cli.tried_protected", lang))
        elif outcome.admission.beside:
            tell(_comparison(outcome, lang))
        conclusion = f"cli.{'' if kept else 'would_be_'}{outcome.conclusion}"
        tell(say(conclusion, lang, submission=outcome.submission, **by_fate))
        if kept:
            tell(say("cli.kept_as", lang, submission=outcome.submission))
    return OK if outcome.clean else BAD_INPUT


def _comparison(outcome: Outcome, lang: str) -> str:
    beside = outcome.admission.beside
    if outcome.is_protected:
        return say("cli.compared_protected", lang, beside=beside)
    counts = {name: number(n, lang) for name, n in outcome.admission.counts.items()}
    return say("cli.compared", lang, beside=beside, **counts)


def _as_json(finding: Finding, collection: str = "") -> dict[str, Any]:
    facts = {k: v for k, v in vars(finding).items() if v is not None}
    return facts | {
        "severity": finding.severity,
        "message_es": finding.message("es", collection=collection),
        "message_en": finding.message("en", collection=collection),
    }


def _print_findings(findings: list[Finding], lang: str, collection: str) -> None:
    if not findings:
        return
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column.place", "column.rule", "column.message"):
        grid.add_column(say(key, lang))
    shown: dict[str, int] = {}
    often = count_by_rule(findings)
    for finding in findings:
        shown[finding.rule] = shown.get(finding.rule, 0) + 1
        if shown[finding.rule] <= SHOWN:
            grid.add_row(
                _where(finding, lang), _coloured_rule(finding), escape(_message(finding, lang, collection))
            )
        if shown[finding.rule] == SHOWN and often[finding.rule] > SHOWN:
            grid.add_row("", "", say("cli.more_like_it", lang, n=often[finding.rule] - SHOWN))
    out.print(grid)


def _where(finding: Finding, lang: str) -> str:
    """Sheet and cell, or row; `file` where the finding is about the whole of it."""
    parts = [finding.sheet, finding.cell or str(finding.source_row or "")]
    return escape(" ".join(filter(None, parts)) or say("cli.file_level", lang))


def _coloured_rule(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    return f"[{colour}]{finding.rule}[/{colour}]"


def _message(finding: Finding, lang: str, collection: str) -> str:
    hint = say("cli.suggestion", lang, suggestion=finding.suggestion) if finding.suggestion else ""
    return f"{finding.message(lang, collection=collection)} {hint}".strip()
