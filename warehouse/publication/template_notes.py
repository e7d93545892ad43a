"""The sheet of notes of a template: what the figures count, who answers for them, and totals of the rows.

Answers are kept in the history of the submission and compared with the passport (series.toml), explanations
of findings as those of `submit --justify` are. assets/intake/workbook_answers.py reads them by column D.
"""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from schemas import codelists
from schemas.cards.template import QUESTION_LISTS, Template
from schemas.code_names import name_in_list
from schemas.codelists import TOTAL, codelist
from schemas.tables import DIMENSIONS
from schemas.words import say, words
from warehouse.reading.workbook_styles import HEAD, TITLE, WRAPPED, set_widths, style_heads, wrap

_EXPLANATIONS = 5
"""Number of rows for explanations of findings."""
_PERIODS = 12
"""Number of periods for which the totals are computed."""
_NAMED_ROLES = ("period", "reporting_country", "measure")
"""Roles that a person names for a sum: other countries, periods and measures are never added to it."""


def write_notes(sheet: Worksheet, template: Template, lang: str) -> None:
    """Write the questions, the place of an office's agreement, and the totals."""
    set_widths(sheet, (60, 40))
    sheet.append([say("template.notes", lang)])
    sheet.cell(1, 1).font = TITLE
    for key in (key for key in words(lang) if key.startswith("template.question.")):
        question = key.rsplit(".", 1)[1]
        name = QUESTION_LISTS.get(question, "")
        choices = [name_in_list(name, code, lang) for code in codelist(name)] if name else []
        sheet.append([say(key, lang), None, " · ".join(choices) or None, question])
        sheet.cell(sheet.max_row, 1).alignment = WRAPPED
    sheet.append([])
    sheet.append([say("template.finding", lang), say("template.explanation", lang)])
    style_heads(sheet[sheet.max_row])
    wrap(sheet[sheet.max_row])
    for _ in range(_EXPLANATIONS):
        sheet.append([None, None, None, "explanation"])
    if any(field.role == "value" for field in template.fields):
        _write_totals(sheet, template, lang)


def _write_totals(sheet: Worksheet, template: Template, lang: str) -> None:
    """Write the sums of what a person names, such as a period: of rows without a breakdown, and of each
    breakdown."""
    sheet.append([])
    sheet.append([say("template.sums", lang)])
    sheet.cell(sheet.max_row, 1).font = HEAD
    letters = {field.role: get_column_letter(n) for n, field in enumerate(template.fields, start=1)}
    headers = {field.role: field.header for field in template.fields}
    named_roles = [role for role in _NAMED_ROLES if role in letters]
    breakdowns = [d.name for d in DIMENSIONS if d.default == TOTAL and d.name in letters]
    first = [headers[role] for role in named_roles]
    sheet.append([*first, say("template.whole", lang), *(headers[name] for name in breakdowns)])
    for row in range(sheet.max_row + 1, sheet.max_row + 1 + _PERIODS):
        formulas = [_sum(template, letters, named_roles, detail, row) for detail in (None, *breakdowns)]
        sheet.append([*(None for _ in named_roles), *formulas])
        sheet.cell(row, 1).number_format = "@"


def _sum(
    template: Template, letters: dict[str, str], named_roles: list[str], detail: str | None, row: int
) -> str:
    """Return the formula that adds up the rows of what is named which have this detail and no other."""
    data = f"'{template.sheets.fill}'!"

    def column(role: str) -> str:
        return f"{data}{letters[role]}:{letters[role]}"

    cells = [f"${get_column_letter(n)}{row}" for n, _ in enumerate(named_roles, start=1)]
    criteria = [f"{column(role)},{cell}" for role, cell in zip(named_roles, cells, strict=True)]
    for name in (d.name for d in DIMENSIONS if d.name in letters):
        criteria += [f'{column(name)},"{"<>" if name == detail else "="}"']
    if detail:
        criteria += [f'{column(detail)},"<>{word}"' for word in _words_of_total(template, detail)]
    blank = ",".join(f'{cell}=""' for cell in cells)
    return f'=IF(OR({blank}),"",SUMIFS({column("value")},{",".join(criteria)}))'


def _words_of_total(template: Template, name: str) -> list[str]:
    """Return the choices of a column that mean its total: they are no part."""
    choices = next(field.choices for field in template.fields if field.role == name)
    return [word for word in choices if codelists.find("sex", word) == TOTAL]
