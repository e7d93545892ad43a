"""Change of a cell, and the refusal of a file or cell that cannot be corrected."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.findings import column_number
from schemas.words import UserError

_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


class Uncorrectable(UserError, ValueError):
    """The file or the cell cannot be corrected on the page; the message says what to do instead."""


@dataclass(frozen=True)
class CellChange:
    """Cell of a sheet (empty for a text file), and its text after the correction."""

    sheet: str
    cell: str
    after: str


def parse_cell(name: str) -> tuple[int, int]:
    """Return row and column of a cell such as B12, from 1. Raises Uncorrectable."""
    if not (match := _CELL.fullmatch(name)):
        raise Uncorrectable("correct.no_cell", cell=name)
    return int(match[2]), column_number(match[1])
