"""Report of the gate next to the build, for programs and for people. Judges nothing.

`warehouse/verdict/<table>.json` has Great Expectations' results for a table; `<lang>.html` are pages without
external resources; `summary.json` has the questions that refused. They describe the last build, released or
refused, without values of protected collections.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from schemas.words import languages, say
from warehouse.gate.verdict import Answer, Verdict
from warehouse.home.verdicts import SUMMARY

COLUMNS = ("answer", "table", "question", "violations")


def write_report(folder: Path, verdict: Verdict) -> None:
    """Write the results and the pages in place of those of the previous build."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)  # private, since it shows rows that may not be released
    for table, result in verdict.results.items():
        text = json.dumps(result, ensure_ascii=False, default=str)  # indenting takes far longer
        (folder / f"{table}.json").write_text(text, encoding="utf-8")
    (folder / SUMMARY).write_text(json.dumps(summary(verdict)), encoding="utf-8")
    for lang in languages():
        (folder / f"{lang}.html").write_text(page(verdict, lang), encoding="utf-8")


def read_results(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the results of the last build by table, without files that cannot be read."""
    results = {}
    for path in (path for path in folder.glob("*.json") if path.name != SUMMARY):
        with suppress(OSError, ValueError):
            results[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return results


def summary(verdict: Verdict) -> dict[str, Any]:
    """Return if the gate passed; the questions refused, remarked or waived; hashes of the refusals."""
    answers_by_outcome = {
        "refused": verdict.failed,
        "remarked": verdict.remarks,
        "waived": verdict.waived_answers,
    }
    ids_by_outcome = {name: [a.question.id for a in answers] for name, answers in answers_by_outcome.items()}
    digests = {a.question.id: [a.violations, a.digest] for a in verdict.failed}
    return {"passed": verdict.has_passed, **ids_by_outcome, "violations": digests}


def page(verdict: Verdict, lang: str) -> str:
    """Render all answers as a page of HTML: violated questions first, then by table."""
    answers = sorted(verdict.answers, key=lambda a: (a.has_passed, not a.question.refuses, a.question.table))
    heads = "".join(f"<th>{say(f'gate.{name}', lang)}</th>" for name in COLUMNS)
    rows = "\n".join(_row(answer, lang) for answer in answers)
    title, outcome = (
        say("gate.title", lang),
        say("gate.passed" if verdict.has_passed else "gate.refused", lang),
    )
    return f"""<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: sans-serif }}
td, th {{ text-align: left; vertical-align: top; padding: .3em }}
</style>
<h1>{title}</h1>
<p>{outcome}</p>
<table>
<tr>{heads}</tr>
{rows}
</table>
</html>
"""


def _row(answer: Answer, lang: str) -> str:
    question = answer.question
    outcome = say(f"gate.{_outcome(answer)}", lang)
    violations = f"{answer.violations}: {'; '.join(answer.examples)}" if answer.violations else ""
    cells = (outcome, question.table, question.words.render(lang), violations)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _outcome(answer: Answer) -> str:
    if answer.has_passed:
        return "holds"
    return "waived" if answer.waiver else answer.question.severity
