"""The `contract` check of one submission: what is wrong by cause, where, and what to do. Judges nothing.

As Markdown in the languages of the contract. No value of a row is in it; of a protected collection only cells
and rows are, no name of a sheet or column.
"""

import re
from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.intake.step import STEPS, VALIDATED
from schemas.findings import Finding, count_by_rule, count_by_severity, rules
from schemas.words import CONTRACT, Sentence, say
from warehouse.home import Home, Submission, staged
from warehouse.home.staged import Result

CHECK = "contract"
HIDDEN = "…"
RULES = "/rules"
"""Where what a rule says stands, on the server that shows the checks."""
PLACES = 5
"""So many cells or rows are named of each column in which a rule was broken."""


def evaluation(
    home: Home, asset: dg.AssetKey, submission: Submission, result: Result
) -> dg.AssetCheckEvaluation:
    """The check's answer: it fails on an error of any step so far, so also where a file could not be read."""
    findings = _so_far(home, result)
    metadata = facts(submission, result, findings)
    counted = metadata["findings_by_severity"]
    errors, remarks = counted.get("error", 0), counted.get("warning", 0)
    text = findings_table(findings, named=bool(findings) and _may_be_named(home, submission.collection))
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=CHECK,
        partition=result.submission,
        passed=not errors,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{errors} error, {remarks} advertencia / warning.",
        metadata=metadata | {"findings": dg.MetadataValue.md(text)},
    )


def facts(submission: Submission, result: Result, findings: Iterable[Finding]) -> dict[str, Any]:
    """Status, and why it is held; rows by fate, findings by rule and by severity. Never a value of a row."""
    by_rule = count_by_rule(findings)
    status = staged.status_of(submission, result)
    metadata = {
        "status": status,
        "findings_by_rule": by_rule,
        "findings_by_severity": count_by_severity(by_rule),
    }
    if status == staged.HELD:
        for lang in CONTRACT:
            metadata[f"held_{lang}"] = " ".join(breach.what(lang) for breach in submission.standing.breaches)
    return metadata | {f"rows_{fate}": n for fate, n in result.rows.items()}


def findings_table(findings: Iterable[Finding], *, named: bool) -> str:
    """A line for each broken rule: how often, where, what is wrong and what to do. `named`: with names."""
    listed = list(findings)
    heads = [f"{Sentence('column.rule')}", "", "n", f"{Sentence('column.place')}"]
    heads += [say("column.message", lang) for lang in CONTRACT]
    lines = [_line(heads), f"|{' --- |' * len(heads)}"]
    for name, n in count_by_rule(listed).items():
        of_rule = [finding for finding in listed if finding.rule == name]
        known = _common(of_rule, named)
        words = [_plain(rules()[name].message(lang, **known)) for lang in CONTRACT]
        link, severity = f"[`{name}`]({RULES}/{name})", rules()[name].severity
        lines.append(_line([link, severity, str(n), _where(of_rule, named), *words]))
    return "\n".join(lines)


def _so_far(home: Home, result: Result) -> list[Finding]:
    """The findings of the steps up to this one: a file that could not be read has none of the contract."""
    before = [step for step in STEPS if step.order < VALIDATED.order]
    results = [staged.read(home, result.submission, step.name) for step in before]
    return [finding for one in (*results, result) if one for finding in one.findings]


def _may_be_named(home: Home, collection: str) -> bool:
    return home.card(collection).collection.confidentiality == "open"


def _common(findings: list[Finding], named: bool) -> dict[str, object]:
    """What all findings of a rule share fills its words; all else is hidden, and values always are."""
    facts = {"row": "source_row", "cell": "cell"}
    if named:
        facts |= {"sheet": "sheet", "column": "column_name", "expected": "expected"}
    seen = {word: {getattr(finding, fact) for finding in findings} for word, fact in facts.items()}
    shared = {word: one.pop() or HIDDEN for word, one in seen.items() if len(one) == 1}
    return dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), HIDDEN) | shared


def _where(findings: list[Finding], named: bool) -> str:
    """Sheet and column, then the first cells or rows in them; — for what is about the whole file."""
    places: dict[tuple[str, ...], list[str]] = {}
    for finding in findings:
        names = (finding.sheet, finding.column_name) if named else ()
        place = finding.cell or (f"{_row(finding.source_row)}" if finding.source_row else "")
        of_column = places.setdefault(tuple(_plain(name) for name in names if name), [])
        if place and place not in of_column:
            of_column.append(place)
    parts = [": ".join(filter(None, (" · ".join(names), _first(cells)))) for names, cells in places.items()]
    return "; ".join(filter(None, parts)) or "—"


def _first(places: list[str]) -> str:
    return ", ".join([*places[:PLACES], *([HIDDEN] if len(places) > PLACES else [])])


def _row(number: int) -> Sentence:
    return Sentence("dagster.row", {"row": number})


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """A text as Markdown shows it letter by letter, in one cell of a table."""
    return re.sub(r"([\\|`*_<>\[\]#~])", r"\\\1", " ".join(text.split()))
