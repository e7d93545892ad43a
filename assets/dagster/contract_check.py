"""Check `contract` of a submission: problems by cause, with location and correction. Judges nothing.

The text is Markdown in the languages of the contract. It shows no value of a row; for a protected collection
it shows cells and rows only, and no name of a sheet or column.
"""

import re
from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.intake.step import STEPS, VALIDATED
from schemas.findings import Finding, count_by_rule, count_by_severity, rules
from schemas.words import CONTRACT_LANGUAGES, Sentence, say
from warehouse.home import Home, Submission, step_results
from warehouse.home.step_results import StepResult

CHECK_NAME = "contract"
HIDDEN_MARK = "…"
RULES_PATH = "/rules"
"""Path of the page of rules on the server that shows the checks."""
MAX_LOCATIONS = 5
"""Most cells or rows that are listed for a rule and column."""


def evaluate_check(
    home: Home, asset: dg.AssetKey, submission: Submission, result: StepResult
) -> dg.AssetCheckEvaluation:
    """Evaluate the check: it fails on an error of any step so far, also if a file could not be read."""
    findings = _findings_up_to_contract(home, result)
    metadata = check_metadata(submission, result, findings)
    by_severity = metadata["findings_by_severity"]
    errors, remarks = by_severity.get("error", 0), by_severity.get("warning", 0)
    text = findings_table(
        findings, with_names=bool(findings) and _may_show_names(home, submission.collection)
    )
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=CHECK_NAME,
        partition=result.submission,
        passed=not errors,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{errors} error, {remarks} advertencia / warning.",
        metadata=metadata | {"findings": dg.MetadataValue.md(text)},
    )


def check_metadata(submission: Submission, result: StepResult, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return status and reasons for holding, rows by status, findings by rule and by severity. No values."""
    by_rule = count_by_rule(findings)
    status = step_results.status_of(submission, result)
    metadata = {
        "status": status,
        "findings_by_rule": by_rule,
        "findings_by_severity": count_by_severity(by_rule),
    }
    if status == step_results.HELD_STATUS:
        for lang in CONTRACT_LANGUAGES:
            metadata[f"held_{lang}"] = " ".join(
                breach.problem(lang) for breach in submission.admission_state.breaches
            )
    return metadata | {f"rows_{status_name}": n for status_name, n in result.rows.items()}


def findings_table(findings: Iterable[Finding], *, with_names: bool) -> str:
    """Render a line for each broken rule: count, location, problem, correction.

    `with_names` adds the names of sheets and columns."""
    finding_list = list(findings)
    headers = [f"{Sentence('column.rule')}", "", "n", f"{Sentence('column.place')}"]
    headers += [say("column.message", lang) for lang in CONTRACT_LANGUAGES]
    lines = [_table_row(headers), f"|{' --- |' * len(headers)}"]
    for name, n in count_by_rule(finding_list).items():
        rule_findings = [finding for finding in finding_list if finding.rule == name]
        facts = _shared_facts(rule_findings, with_names)
        messages = [_escape_markdown(rules()[name].message(lang, **facts)) for lang in CONTRACT_LANGUAGES]
        link, severity = f"[`{name}`]({RULES_PATH}/{name})", rules()[name].severity
        lines.append(
            _table_row([link, severity, str(n), _list_locations(rule_findings, with_names), *messages])
        )
    return "\n".join(lines)


def _findings_up_to_contract(home: Home, result: StepResult) -> list[Finding]:
    """List the findings of the steps so far: a file that cannot be read has none of the contract."""
    earlier_steps = [step for step in STEPS if step.order < VALIDATED.order]
    results = [step_results.read_result(home, result.submission, step.name) for step in earlier_steps]
    return [finding for step_result in (*results, result) if step_result for finding in step_result.findings]


def _may_show_names(home: Home, collection: str) -> bool:
    return home.card(collection).collection.confidentiality == "open"


def _shared_facts(findings: list[Finding], with_names: bool) -> dict[str, object]:
    """Return the facts that all findings of a rule share. Other facts, and all values, are hidden."""
    columns = {"row": "source_row", "cell": "cell"}
    if with_names:
        columns |= {"sheet": "sheet", "column": "column_name", "expected": "expected"}
    distinct_values = {
        name: {getattr(finding, column) for finding in findings} for name, column in columns.items()
    }
    shared = {
        name: values.pop() or HIDDEN_MARK for name, values in distinct_values.items() if len(values) == 1
    }
    return dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), HIDDEN_MARK) | shared


def _list_locations(findings: list[Finding], with_names: bool) -> str:
    """List sheet and column with their first cells or rows; — for findings on the whole file."""
    cells_by_column: dict[tuple[str, ...], list[str]] = {}
    for finding in findings:
        sheet_and_column = (finding.sheet, finding.column_name) if with_names else ()
        position = finding.cell or (f"{_row_label(finding.source_row)}" if finding.source_row else "")
        column_cells = cells_by_column.setdefault(
            tuple(_escape_markdown(name) for name in sheet_and_column if name), []
        )
        if position and position not in column_cells:
            column_cells.append(position)
    parts = [
        ": ".join(filter(None, (" · ".join(sheet_and_column), _join_first(cells))))
        for sheet_and_column, cells in cells_by_column.items()
    ]
    return "; ".join(filter(None, parts)) or "—"


def _join_first(positions: list[str]) -> str:
    return ", ".join([*positions[:MAX_LOCATIONS], *([HIDDEN_MARK] if len(positions) > MAX_LOCATIONS else [])])


def _row_label(number: int) -> Sentence:
    return Sentence("dagster.row", {"row": number})


def _table_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape_markdown(text: str) -> str:
    """Escape a text for a cell of a Markdown table."""
    return re.sub(r"([\\|`*_<>\[\]#~])", r"\\\1", " ".join(text.split()))
