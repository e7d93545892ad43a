"""Template files: a workbook to fill in, or a CSV file with its collection and the header.

schemas/cards/template.py defines the content; assets/intake reads a filled template.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from schemas.cards.template import Field, Template
from schemas.words import CONTRACT_LANGUAGES, say, words
from warehouse.publication.template_notes import write_notes
from warehouse.reading.workbook_styles import HEAD, TITLE, colour, set_widths, wrap

ROWS = 10_000
"""How many rows below the header are checked during entry."""
_TEXT = "@"
"""The number format of text; a spreadsheet would otherwise turn `2024-01` into a date."""
_HEADER, _REQUIRED = colour("DDEBF7"), colour("FCE4D6")
_LONGEST_PROMPT = 255


def write_csv(template: Template, path: Path, lang: str) -> None:
    """Write the line that names the collection, and the header; with the mark of UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([[template.stamp_line], template.headers])


def write_workbook(template: Template, path: Path | BinaryIO, lang: str) -> None:
    """Write the workbook: instructions, entry sheet, example, lists of choices, version."""
    book = Workbook()
    book.properties.creator = "lineabase"
    instructions: Worksheet = book.active
    instructions.title = template.sheets.instructions
    _write_instructions(instructions, template, lang)
    ranges = _choice_ranges(template)
    fill = _add_sheet(book, template.sheets.fill, template, lang)
    for column, field in enumerate(template.fields, start=1):
        _add_check(fill, column, field, ranges.get(field.name), template, lang)
    example = _add_sheet(book, template.sheets.example, template, lang)
    for row in template.example():
        example.append([int(cell) if cell.isdecimal() and len(cell) < 3 else cell for cell in row.values()])
    for previous_row in template.rows:
        fill.append([previous_row.get(header, "") for header in template.headers])
    _write_lists(book.create_sheet(template.sheets.lists), ranges, template)
    if template.declaration is None:
        write_notes(book.create_sheet(template.sheets.notes), template, lang)
    stamp = book.create_sheet(template.sheets.stamp)
    for pair in template.stamp:
        stamp.append(pair)
    stamp.sheet_state = "hidden"
    for sheet in (instructions, example, book[template.sheets.lists], stamp):
        sheet.protection.sheet = True  # against accidental edits only, so without a password
    book.save(path)


FORMATS: dict[str, Callable[[Template, Path, str], None]] = {".xlsx": write_workbook, ".csv": write_csv}
"""The function for each file suffix."""


def _write_instructions(sheet: Worksheet, template: Template, lang: str) -> None:
    """Write the instructions in the contract's languages and the requested language."""
    set_widths(sheet, (32, 100))
    for language in dict.fromkeys((lang, *CONTRACT_LANGUAGES)):
        title = say("template.title", language, name=template.collection or template.name)
        sheet.append([title])
        sheet.cell(sheet.max_row, 1).font = TITLE
        steps = [key for key in words(language) if key.startswith("template.step.")]
        sheets = {"fill": template.sheets.fill, "lists": template.sheets.lists}
        for number, key in enumerate(steps, start=1):
            sheet.append([str(number), say(key, language, **sheets)])
        for field in template.fields:
            required = f" ({say('help.required', language)})" if field.required else ""
            sheet.append([field.header + required, template.about(field, language)])
        sheet.append([])
    for row in sheet.iter_rows():
        wrap(row[1:])


def _add_sheet(book: Workbook, name: str, template: Template, lang: str) -> Worksheet:
    """Add a sheet with the header, and a note on each header cell."""
    sheet = book.create_sheet(name)
    sheet.append(template.headers)
    sheet.freeze_panes = "A2"
    for number, field in enumerate(template.fields, start=1):
        cell = sheet.cell(1, number)
        cell.font, cell.fill = HEAD, _REQUIRED if field.required else _HEADER
        cell.comment = Comment(template.about(field, lang), "lineabase", height=120, width=280)
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = max(14, len(field.header) + 4)
        if field.role != "value":
            column.number_format = _TEXT
    return sheet


def _choice_ranges(template: Template) -> dict[str, str]:
    """Return the range of each column's choices in the sheet of lists; equal choices share a column."""
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
    for column, (choices, names) in enumerate(headers.items(), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = 34
        for row, text in enumerate((" / ".join(names), *choices), start=1):
            sheet.cell(row, column, text)
        sheet.cell(1, column).font = HEAD


def _add_check(
    sheet: Worksheet, column: int, field: Field, choices: str | None, template: Template, lang: str
) -> None:
    """Add a check to a column. It only warns, since other spellings can be read too."""
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
    letter = get_column_letter(column)
    rule.add(f"{letter}2:{letter}{ROWS + 1}")
    sheet.add_data_validation(rule)
