"""A template as a file: a workbook to be filled in, or a text with its header alone.

What it holds is schemas/cards/template.py; how a filled one is read is assets/intake.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from schemas.cards.template import Field, Template
from schemas.words import CONTRACT, say, words

ROWS = 10_000
"""So many rows below the header are checked as they are filled in."""
_TEXT = "@"
"""The number format of text: a spreadsheet would make a day of `2024-01`."""
_HEADER, _NEEDED = (PatternFill("solid", fgColor=colour) for colour in ("DDEBF7", "FCE4D6"))
_LONGEST_PROMPT = 255


def write_csv(template: Template, path: Path, lang: str) -> None:
    """The header alone, with the mark by which a spreadsheet sees that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(template.headers)


def write_workbook(template: Template, path: Path | BinaryIO, lang: str) -> None:
    """The workbook: what to do, the sheet to fill, an example, the lists to choose from, the version."""
    book = Workbook()
    book.properties.creator = "lineabase"
    told: Worksheet = book.active
    told.title = template.sheets.instructions
    _tell(told, template, lang)
    lists = _lists(template)
    fill = _titled(book, template.sheets.fill, template, lang)
    for place, field in enumerate(template.fields, start=1):
        _check(fill, place, field, lists.get(field.name), template, lang)
    example = _titled(book, template.sheets.example, template, lang)
    for row in template.example():
        example.append([int(cell) if cell.isdecimal() and len(cell) < 3 else cell for cell in row.values()])
    _write_lists(book.create_sheet(template.sheets.lists), lists, template)
    stamp = book.create_sheet(template.sheets.stamp)
    for pair in template.stamp:
        stamp.append(pair)
    stamp.sheet_state = "hidden"
    for sheet in (told, example, book[template.sheets.lists], stamp):
        sheet.protection.sheet = True  # against slips: no password
    book.save(path)


FORMATS: dict[str, Callable[[Template, Path, str], None]] = {".xlsx": write_workbook, ".csv": write_csv}
"""How a template is written, by the end of the file's name."""


def _tell(sheet: Worksheet, template: Template, lang: str) -> None:
    """What to do, in both languages of the contract and in the one asked for."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 32, 100
    for spoken in dict.fromkeys((lang, *CONTRACT)):
        title = say("template.title", spoken, name=template.collection or template.name)
        sheet.append([title])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True, size=14)
        steps = [key for key in words(spoken) if key.startswith("template.step.")]
        sheets = {"fill": template.sheets.fill, "lists": template.sheets.lists}
        for number, key in enumerate(steps, start=1):
            sheet.append([str(number), say(key, spoken, **sheets)])
        for field in template.fields:
            needed = f" ({say('help.required', spoken)})" if field.required else ""
            sheet.append([field.header + needed, template.about(field, spoken)])
        sheet.append([])
    for row in sheet.iter_rows():
        for cell in row[1:]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _titled(book: Workbook, name: str, template: Template, lang: str) -> Worksheet:
    """A sheet with the header, each cell of it with a note."""
    sheet = book.create_sheet(name)
    sheet.append(template.headers)
    sheet.freeze_panes = "A2"
    for place, field in enumerate(template.fields, start=1):
        cell = sheet.cell(1, place)
        cell.font, cell.fill = Font(bold=True), _NEEDED if field.required else _HEADER
        cell.comment = Comment(template.about(field, lang), "lineabase", height=120, width=280)
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width = max(14, len(field.header) + 4)
        if field.role != "value":
            column.number_format = _TEXT
    return sheet


def _lists(template: Template) -> dict[str, str]:
    """Where the choices of a column stand in the sheet of lists: columns of the same choices share one."""
    with_choices = [field for field in template.fields if field.choices]
    distinct = list(dict.fromkeys(field.choices for field in with_choices))
    letters = {choices: get_column_letter(n) for n, choices in enumerate(distinct, start=1)}
    sheet = template.sheets.lists
    return {
        field.name: f"{sheet}!${letters[field.choices]}$2:${letters[field.choices]}${len(field.choices) + 1}"
        for field in with_choices
    }


def _write_lists(sheet: Worksheet, lists: dict[str, str], template: Template) -> None:
    headers: dict[tuple[str, ...], list[str]] = {}
    for field in template.fields:
        if field.choices:
            headers.setdefault(field.choices, []).append(field.header)
    for place, (choices, named) in enumerate(headers.items(), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = 34
        for row, text in enumerate((" / ".join(named), *choices), start=1):
            sheet.cell(row, place, text)
        sheet.cell(1, place).font = Font(bold=True)


def _check(
    sheet: Worksheet, place: int, field: Field, choices: str | None, template: Template, lang: str
) -> None:
    """What may be written in a column: anything else asks back, since other spellings are read, too."""
    if choices:
        rule = DataValidation("list", formula1=f"={choices}")
    elif field.role == "value":
        rule = DataValidation("whole", operator="greaterThanOrEqual", formula1="0")
    elif field.role == "period":
        rule = DataValidation("textLength", operator="between", formula1="4", formula2="7")
    else:
        return
    rule.errorStyle, rule.allow_blank = "warning", True
    rule.showErrorMessage = rule.showInputMessage = True
    rule.errorTitle, rule.promptTitle = field.header[:32], field.header[:32]
    rule.error = say("template.unusual", lang, lists=template.sheets.lists)
    rule.prompt = template.about(field, lang)[:_LONGEST_PROMPT]
    letter = get_column_letter(place)
    rule.add(f"{letter}2:{letter}{ROWS + 1}")
    sheet.add_data_validation(rule)
