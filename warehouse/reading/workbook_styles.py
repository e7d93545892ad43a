"""Styles that all workbooks of the program share: fonts, alignment, fills and widths. It loads openpyxl."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

TITLE, HEAD = Font(bold=True, size=14), Font(bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")


def colour(value: str) -> PatternFill:
    """Return the fill of a cell in a colour, such as F2F2F2."""
    return PatternFill("solid", fgColor=value)


def set_widths(sheet: Worksheet, widths: Iterable[int]) -> None:
    """Set the widths of the first columns, in characters."""
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def style_heads(cells: Iterable[Any]) -> None:
    """Style cells as the heads of columns or rows."""
    for cell in cells:
        cell.font = HEAD


def wrap(cells: Iterable[Any]) -> None:
    """Wrap long texts, from the top of each cell."""
    for cell in cells:
        cell.alignment = WRAPPED
