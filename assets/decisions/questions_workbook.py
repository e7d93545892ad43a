"""Workbook of all open questions with drop-downs, and reading of the filled workbook. Keeps no file.

A hidden column identifies the question of a row, because numbers and order may change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from assets.decisions.question_answers import (
    CHOICES,
    CannotDecide,
    QuestionAnswer,
    allowed_answers,
    check_answer,
    format_change,
    identify_question,
    question_text,
    series_label,
)
from assets.intake.reading.reading import read_for_inspection
from assets.intake.reading.sheets import Unreadable
from schemas.words import Sentence, UserError, languages, say
from warehouse.reading.workbook_styles import colour, set_widths, style_heads, wrap

if TYPE_CHECKING:
    from warehouse.reading.questions import Question

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
_FILL = colour("FFF2CC")


@dataclass(frozen=True)
class AnsweredRow:
    """A row of a filled workbook: the question and its answer."""

    question: Question
    answer: QuestionAnswer


class InvalidRows(UserError, ValueError):
    """Rows of a filled workbook cannot be recorded; then no row is."""

    def __init__(self, problems: list[Sentence]) -> None:
        super().__init__("decide.wrong_rows", rows=" ".join(map(str, problems)), n=len(problems))
        self.problems = problems


def write_workbook(questions: Sequence[Question], path: Path, lang: str) -> None:
    """Write the workbook: a row for each question, coloured cells to fill in, drop-downs with the answers."""
    book = Workbook()
    book.properties.creator = SHEET
    sheet: Worksheet = book.active
    sheet.title = SHEET
    sheet.append([*(say(f"decide.column.{name}", lang) for name in COLUMNS), "key"])
    for question in questions:
        sheet.append([*_row_cells(question, lang), _question_key(question)])
    _format_sheet(sheet)
    _add_drop_downs(sheet, questions, lang)
    book.save(path)


def _row_cells(question: Question, lang: str) -> list[Any]:
    texts = [question_text(question, lang), series_label(question, lang), format_change(question, lang)]
    return [question["number"], *texts, question["series"], *([None] * len(_TO_FILL))]


def _question_key(question: Question) -> str:
    """Return the identity of a question. It includes the value: another value is another question."""
    identity = {
        "collection": question["collection"],
        "question": question["question"],
        **identify_question(question),
    }
    return json.dumps(identity | {"low": question["value_low"]}, ensure_ascii=False, sort_keys=True)


def _format_sheet(sheet: Worksheet) -> None:
    set_widths(sheet, _WIDTHS)
    style_heads(sheet[1][: len(_WIDTHS)])
    sheet.column_dimensions[get_column_letter(len(COLUMNS) + 1)].hidden = True
    sheet.freeze_panes = "A2"
    for row in sheet.iter_rows(min_row=2, max_col=len(COLUMNS)):
        wrap(row)
        for name, cell in zip(COLUMNS, row, strict=True):
            if name in _TO_FILL:
                cell.fill = _FILL


def _add_drop_downs(sheet: Worksheet, questions: Sequence[Question], lang: str) -> None:
    letter = get_column_letter(COLUMNS.index("answer") + 1)
    validations: dict[tuple[str, ...], DataValidation] = {}
    for row, question in enumerate(questions, start=2):
        answers = tuple(allowed_answers(question))
        if answers not in validations:
            labels = ",".join(say(f"decide.{answer}", lang) for answer in answers)
            validations[answers] = DataValidation(
                "list", formula1=f'"{labels}"', allow_blank=True, showErrorMessage=True
            )
            sheet.add_data_validation(validations[answers])
        validations[answers].add(f"{letter}{row}")


def read_workbook(path: Path, questions: Sequence[Question]) -> list[AnsweredRow]:
    """Read the answered rows. Raises InvalidRows, which lists each row that cannot be recorded."""
    by_key = {_question_key(question): question for question in questions}
    answered_rows: list[AnsweredRow] = []
    problems: list[Sentence] = []
    for row, cells in _filled_rows(path):
        try:
            answered_rows.append(_parse_row(cells, by_key))
        except UserError as error:
            problems.append(Sentence("decide.wrong_row", {"row": row, "why": error.sentence}))
    if problems:
        raise InvalidRows(problems)
    return answered_rows


def _filled_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows with an answer: row number, and each cell by the name of its column."""
    try:
        # read in the child process with limits, like any file of a sender
        sheets = {sheet.name: sheet for sheet in read_for_inspection(path)}
    except (Unreadable, OSError) as error:
        raise CannotDecide("decide.no_workbook", file=path.name) from error
    if SHEET not in sheets:
        raise CannotDecide("decide.no_workbook", file=path.name)
    for row, cells in enumerate(sheets[SHEET].rows[1:], start=2):
        values = dict(zip([*COLUMNS, "key"], (cell.strip() for cell in cells), strict=False))
        if values.get("answer"):
            yield row, values


def _parse_row(cells: dict[str, str], by_key: dict[str, Question]) -> AnsweredRow:
    question = by_key.get(cells.get("key", ""))
    if question is None:
        raise CannotDecide("decide.not_asked")
    reason = {"es": cells.get("reason_es", ""), "en": cells.get("reason_en", "")}
    choice = _parse_answer(cells["answer"])
    answer = QuestionAnswer(choice, reason, cells.get("source", ""), cells.get("office", ""))
    check_answer(question, answer)
    return AnsweredRow(question, answer)


def _parse_answer(text: str) -> str:
    """Recognise the answer of a cell in any language."""
    answers_by_label = {
        say(f"decide.{answer}", lang).casefold(): answer for answer in CHOICES for lang in languages()
    }
    return answers_by_label.get(text.casefold(), text)
