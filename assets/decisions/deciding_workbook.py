"""All open questions as a workbook with drop-downs, and the answers that a filled one gives; none is kept.

A row is known by what it asks about, which stands in a hidden column: numbers and order may change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from assets.decisions.deciding import (
    CHOICES,
    CannotDecide,
    Given,
    Question,
    asked,
    change,
    check,
    choices,
    question_words,
    series_words,
)
from assets.intake.reading.reading import look
from assets.intake.reading.sheets import Unreadable
from schemas.words import Sentence, UserError, languages, say

SHEET = "lineabase"
COLUMNS = (
    "number",
    "question",
    "series",
    "value",
    "frees",
    "answer",
    "reason_es",
    "reason_en",
    "source",
    "office",
)
_WIDTHS = (8, 44, 60, 18, 10, 24, 40, 40, 30, 30)
_TO_FILL = ("answer", "reason_es", "reason_en", "source", "office")
_FILL = PatternFill("solid", fgColor="FFF2CC")


@dataclass(frozen=True)
class Answered:
    """A row of a filled workbook: which question it answers, and how."""

    question: Question
    given: Given


class WrongRows(UserError, ValueError):
    """Rows of a filled workbook that cannot be taken; then none is."""

    def __init__(self, problems: list[Sentence]) -> None:
        super().__init__("decide.wrong_rows", rows=" ".join(map(str, problems)), n=len(problems))
        self.problems = problems


def write(questions: Sequence[Question], path: Path, lang: str) -> None:
    """Write the workbook: a row a question, what is to be filled in coloured, answers to choose from."""
    book = Workbook()
    book.properties.creator = SHEET
    sheet: Worksheet = book.active
    sheet.title = SHEET
    sheet.append([*(say(f"decide.column.{name}", lang) for name in COLUMNS), "key"])
    for question in questions:
        sheet.append([*_cells(question, lang), _key(question)])
    _dress(sheet)
    _choose(sheet, questions, lang)
    book.save(path)


def _cells(question: Question, lang: str) -> list[Any]:
    words = [question_words(question, lang), series_words(question, lang), change(question, lang)]
    return [question["number"], *words, question["series"], *([None] * len(_TO_FILL))]


def _key(question: Question) -> str:
    """What tells the question from others; it holds the value, so that another value is another question."""
    told = {"collection": question["collection"], "question": question["question"], **asked(question)}
    return json.dumps(told | {"low": question["value_low"]}, ensure_ascii=False, sort_keys=True)


def _dress(sheet: Worksheet) -> None:
    for place, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.cell(1, place).font = Font(bold=True)
    sheet.column_dimensions[get_column_letter(len(COLUMNS) + 1)].hidden = True
    sheet.freeze_panes = "A2"
    for row in sheet.iter_rows(min_row=2, max_col=len(COLUMNS)):
        for name, cell in zip(COLUMNS, row, strict=True):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if name in _TO_FILL:
                cell.fill = _FILL


def _choose(sheet: Worksheet, questions: Sequence[Question], lang: str) -> None:
    letter = get_column_letter(COLUMNS.index("answer") + 1)
    rules: dict[tuple[str, ...], DataValidation] = {}
    for row, question in enumerate(questions, start=2):
        allowed = tuple(choices(question))
        if allowed not in rules:
            listed = ",".join(say(f"decide.{answer}", lang) for answer in allowed)
            rules[allowed] = DataValidation(
                "list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True
            )
            sheet.add_data_validation(rules[allowed])
        rules[allowed].add(f"{letter}{row}")


def read(path: Path, questions: Sequence[Question]) -> list[Answered]:
    """The rows that somebody answered. Raises WrongRows, which says each that cannot be taken."""
    by_key = {_key(question): question for question in questions}
    found: list[Answered] = []
    problems: list[Sentence] = []
    for row, cells in _filled(path):
        try:
            found.append(_answered(cells, by_key))
        except UserError as error:
            problems.append(Sentence("decide.wrong_row", {"row": row, "why": error.sentence}))
    if problems:
        raise WrongRows(problems)
    return found


def _filled(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with an answer, by number, each cell by the name of its column."""
    try:
        sheets = {sheet.name: sheet for sheet in look(path)}  # in the child with limits, as any sender's file
    except (Unreadable, OSError) as error:
        raise CannotDecide("decide.no_workbook", file=path.name) from error
    if SHEET not in sheets:
        raise CannotDecide("decide.no_workbook", file=path.name)
    for row, cells in enumerate(sheets[SHEET].rows[1:], start=2):
        told = dict(zip([*COLUMNS, "key"], (cell.strip() for cell in cells), strict=False))
        if told.get("answer"):
            yield row, told


def _answered(cells: dict[str, str], by_key: dict[str, Question]) -> Answered:
    question = by_key.get(cells.get("key", ""))
    if question is None:
        raise CannotDecide("decide.not_asked")
    reason = {"es": cells.get("reason_es", ""), "en": cells.get("reason_en", "")}
    answer = _answer(cells["answer"])
    given = Given(answer, reason, cells.get("source", ""), cells.get("office", ""))
    check(question, given)
    return Answered(question, given)


def _answer(text: str) -> str:
    """Which answer a cell says, in whatever language."""
    said = {say(f"decide.{answer}", lang).casefold(): answer for answer in CHOICES for lang in languages()}
    return said.get(text.casefold(), text)
