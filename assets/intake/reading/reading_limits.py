"""How large a file may be once unpacked, and a sheet; what is said of a larger one. No file is read here.

What reading may take of memory and time is the deployment's: warehouse/home/settings.py.
"""

from __future__ import annotations

from typing import Unpack

from assets.intake.reading.regular_csv import MOST_COLUMNS
from schemas.findings import Finding, Place
from warehouse.home.settings import ReadingLimits

MOST_CELLS = 30_000_000
"""A sheet of so many cells, from A1 to the last that holds something: every row of a sheet, 28 columns."""
SPARSE_FROM, SPARSEST = 2_000_000, 0.01
"""A sheet of so many cells, of which a smaller part holds something, has a cell far from its table."""
MOST_ROWS = 10_000_000
"""A text that is not regular is read line by line: of so many lines, in about half a minute."""
MOST_PARTS = 10_000
"""An archive of so many parts: a workbook has a few for each sheet."""
LARGEST_UNPACKED = 2 * 1024**3
BOMB_FROM, BOMB_RATIO = 128 * 1024**2, 300
"""A file that unpacks to so many bytes, and to so many times its own, was made to do harm."""
_MIB = 1024**2


def too_large(size: int, packed: int | None = None) -> Finding:
    """The finding for a file of so many bytes, unpacked; and packed, if it grew too much."""
    value, expected = f"{size // _MIB:,} MiB", f"{LARGEST_UNPACKED // _MIB:,} MiB"
    if packed is not None and size <= LARGEST_UNPACKED:
        value, expected = f"{packed / 1024:,.1f} KiB → {value}", f"1 → {BOMB_RATIO}"
    return Finding("file_too_large", value=value, expected=expected)


def too_many_cells(sheet: str, last: str, cells: int, filled: int) -> Finding:
    """The finding for a sheet that reaches from A1 to its last cell, of which so many hold something."""
    value = f"{sheet}!A1:{last} = {cells:,} ({filled:,} ≠ ∅)"
    expected = f"{MOST_CELLS:,}" if cells > MOST_CELLS else f"{SPARSE_FROM:,} (≥ {SPARSEST:.0%} ≠ ∅)"
    return Finding("file_too_large", sheet=sheet, cell=last, value=value, expected=expected)


def too_many_columns(found: str, **place: Unpack[Place]) -> Finding:
    """The finding for a row or sheet of more columns than this program reads."""
    return Finding("too_many_columns", value=found, expected=f"{MOST_COLUMNS:,}", **place)


def too_many_rows(rows: int) -> Finding:
    """The finding for a text of so many lines that are read one by one."""
    return Finding("file_too_large", value=f"{rows:,} ↵", expected=f"{MOST_ROWS:,} ↵")


def too_many_parts(parts: int) -> Finding:
    """The finding for an archive of so many parts."""
    return Finding("file_too_large", value=f"zip: {parts:,}", expected=f"{MOST_PARTS:,}")


def too_much_memory(limits: ReadingLimits) -> Finding:
    """The finding for a file that asks for more memory than there may be."""
    most = f"{limits.memory_mib:,} MiB RAM"
    return Finding("file_too_large", value=f"> {most}", expected=most)


def too_long(limits: ReadingLimits) -> Finding:
    """The finding for a file that takes more time than there may be."""
    return Finding("file_too_slow", expected=f"{limits.seconds:,} s")
