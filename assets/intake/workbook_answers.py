"""Answers that a workbook brings back: the template's sheet of notes, and explanations of findings.

The sheets are written by warehouse/publication/template_notes.py and assets/answers/workbook.py. Nothing is
stored here, and no figure is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from assets.decisions.justifications import InvalidJustification, check_answer, is_question
from assets.intake.series.values import Doubt, name_of_month
from schemas.cards.template import QUESTION_LISTS
from schemas.codelists import UNKNOWN, codelist, find, fold
from schemas.findings import Finding, rules
from warehouse.build.passports import Entry
from warehouse.home.admission_state import Question

Rows = Sequence[Sequence[str]]
_NUMBER = re.compile(r"\d[\d.,/-]*\d")
"""Number of a law, as in `Ley 9095` or `PL 106-386`."""


_NAME, _EXPLANATION = 3, "explanation"
"""Column with the name of a row, and the name of the rows for an explanation."""


def read_answers(rows: Rows) -> tuple[dict[str, str], list[Finding]]:
    """Return the answers by question or by the rule that they explain, and a finding for each not kept.

    `rows` are those of the sheet of notes and of the sheets with this program's answer.
    """
    answers: dict[str, str] = {}
    findings = []
    for row in rows:
        name, text = _read_row(row)
        if not text:
            continue
        try:
            check_answer(name, text)
            answers[name] = text
        except InvalidJustification:
            findings.append(Finding("answer_not_kept", value=name))
    return answers, findings


def _read_row(row: Sequence[str]) -> tuple[str, str]:
    """Return the name and the text of a row's answer; blank for other rows."""
    cells = [" ".join(cell.split()) for cell in row] + [""] * (_NAME + 2 - len(row))
    name = cells[_NAME]
    if name == _EXPLANATION:
        return cells[0], cells[1]
    if name in rules():
        return name, cells[_NAME + 1]
    return (name, cells[1]) if is_question(name) else ("", "")


def passport_doubts(answers: Mapping[str, str], values: pa.Table, entries: Sequence[Entry]) -> list[Doubt]:
    """Return a doubt for each series whose passport says otherwise than the answers.

    `values` are the delivered ones; the newest period of the series is put under question.
    """
    columns = ["reporting_country", "measure", "frequency", "period_start"]
    newest = values.select(columns).to_pandas().groupby(columns[:3], sort=True)["period_start"].max()
    doubts = []
    for (country, measure, frequency), start in newest.items():
        for entry in entries:
            passport = entry.passport
            is_of_series = (passport.reporting_country, passport.measure) == (country, measure)
            if not (is_of_series and entry.span.contains(start)):
                continue
            period = name_of_month(start.year * 12 + start.month - 1, frequency)
            for question, passport_code in _differences(answers, entry):
                series_period = f"{country} · {measure} · {period}"
                finding = Finding("answer_differs", column_name=series_period, value=answers[question])
                questions = (Question(country, measure, frequency, f"{start:%Y-%m-%d}"),)
                doubts.append(Doubt(replace(finding, expected=passport_code), questions, holds=False))
    return doubts


def _differences(answers: Mapping[str, str], entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the questions that are answered otherwise than in the passport, with what it states."""
    passport = entry.passport
    passport_codes = {"unit": passport.counted_unit, "flow": passport.flow}
    passport_codes["year_starts"] = f"{passport.year_starts:02d}" if passport.year_starts else UNKNOWN
    for question, code in passport_codes.items():
        answer = _find_code(QUESTION_LISTS[question], answers.get(question, ""))
        if answer and UNKNOWN not in (answer, code) and answer != code:
            yield question, code
    laws = [set(_NUMBER.findall(text)) for text in (answers.get("law", ""), _scope(entry))]
    if all(laws) and not laws[0] & laws[1]:
        yield "law", ", ".join(sorted(laws[1]))


def _scope(entry: Entry) -> str:
    scope = entry.passport.scope
    return f"{scope.es} {scope.en}" if scope else ""


def _find_code(name: str, text: str) -> str | None:
    """Return the code that an answer names: the answer itself, or the only name that it contains."""
    if code := find(name, text):
        return code
    folded = f" {re.sub(r'[^a-z0-9]+', ' ', fold(text))} "
    codes_in_text = {
        code.code
        for code in codelist(name).values()
        if any(f" {fold(code.name(lang))} " in folded for lang in ("es", "en"))
    }
    return codes_in_text.pop() if len(codes_in_text) == 1 else None
