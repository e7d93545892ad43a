"""Result of a file, on the screen or as JSON: findings, rows by status, next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table as Grid

from assets.intake.privacy.decidable import decision_for
from pipelines.cli.errors import BAD_INPUT, OK
from pipelines.cli.output import err, out, print_json, print_sentence
from schemas.findings import Finding, count_by_rule
from schemas.words import number, say

if TYPE_CHECKING:
    from assets.intake.processing import Outcome

FINDINGS_SHOWN = 10
"""Number of findings of a rule that are shown. Further findings are only counted."""


def print_refusal(finding: Finding, lang: str, as_json: bool) -> int:
    """Print the reason why a file was refused. Returns the exit code."""
    if as_json:
        print_json({"status": "refused", "findings": [_as_json(finding)]})
    else:
        print_sentence(say("cli.refused", lang, message=finding.message(lang)), err)
        if decision := decision_for(finding):
            print_sentence(say("cli.may_decide", lang, finding=decision), err)
    return BAD_INPUT


def print_outcome(outcome: Outcome, lang: str, as_json: bool, *, is_kept: bool) -> int:
    """Print the result of a received file, or of a trial if not `is_kept`. Returns the exit code."""
    if as_json:
        findings = [_as_json(finding, outcome.collection) for finding in outcome.all_findings]
        identity = {"submission": outcome.submission} if is_kept else {}
        reference = outcome.admission.compared_with
        counts = {} if outcome.is_protected else outcome.admission.counts
        comparison = {"compared": {"with": reference, **counts}} if reference else {}
        answer = {"status": outcome.status, **identity, "rows": outcome.rows, "findings": findings}
        print_json(answer | comparison)
    else:
        _print_findings(outcome.all_findings, lang, outcome.collection)
        by_status = {status: number(n, lang) for status, n in outcome.rows.items()}
        rows = " · ".join(
            f"{say(f'fate.{status}', lang)} {by_status[status]}" for status, n in outcome.rows.items() if n
        )
        print_sentence(
            say("cli.rows", lang, rows=number(sum(outcome.rows.values()), lang), by_fate=rows or 0)
        )
        if outcome.is_protected and not is_kept:
            print_sentence(say("cli.tried_protected", lang))
        elif outcome.admission.compared_with:
            print_sentence(_comparison(outcome, lang))
        conclusion = f"cli.{'' if is_kept else 'would_be_'}{outcome.conclusion}"
        print_sentence(say(conclusion, lang, submission=outcome.submission, **by_status))
        if is_kept:
            print_sentence(say("cli.kept_as", lang, submission=outcome.submission))
    return OK if outcome.is_clean else BAD_INPUT


def _comparison(outcome: Outcome, lang: str) -> str:
    reference = outcome.admission.compared_with
    if outcome.is_protected:
        return say("cli.compared_protected", lang, beside=reference)
    counts = {name: number(n, lang) for name, n in outcome.admission.counts.items()}
    return say("cli.compared", lang, beside=reference, **counts)


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
    n_shown: dict[str, int] = {}
    totals = count_by_rule(findings)
    for finding in findings:
        n_shown[finding.rule] = n_shown.get(finding.rule, 0) + 1
        if n_shown[finding.rule] <= FINDINGS_SHOWN:
            grid.add_row(
                _position(finding, lang), _coloured_rule(finding), escape(_message(finding, lang, collection))
            )
        if n_shown[finding.rule] == FINDINGS_SHOWN and totals[finding.rule] > FINDINGS_SHOWN:
            grid.add_row("", "", say("cli.more_like_it", lang, n=totals[finding.rule] - FINDINGS_SHOWN))
    out.print(grid)


def _position(finding: Finding, lang: str) -> str:
    """Return sheet and cell, or row. Findings on the whole file have a word for it."""
    parts = [finding.sheet, finding.cell or str(finding.source_row or "")]
    return escape(" ".join(filter(None, parts)) or say("cli.file_level", lang))


def _coloured_rule(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    return f"[{colour}]{finding.rule}[/{colour}]"


def _message(finding: Finding, lang: str, collection: str) -> str:
    hint = say("cli.suggestion", lang, suggestion=finding.suggestion) if finding.suggestion else ""
    return f"{finding.message(lang, collection=collection)} {hint}".strip()
