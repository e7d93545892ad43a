"""Limits on the unpacked size of a file and of a sheet, and the findings on larger ones. Reads no file.

The deployment sets the limits on memory and time: warehouse/environment/settings.py.
"""

from __future__ import annotations

from typing import Unpack

from assets.intake.reading.regular_csv import MOST_COLUMNS
from schemas.findings import Finding, Location
from warehouse.environment.settings import ReadingLimits

MOST_CELLS = 30_000_000
"""Largest sheet, in cells from A1 to the last filled cell: all rows of a sheet with 28 columns."""
SPARSE_FROM, SPARSEST = 2_000_000, 0.01
"""A sheet with more cells than SPARSE_FROM and a smaller filled share than SPARSEST has a cell far from
its table."""
MOST_ROWS = 10_000_000
"""Most lines of an irregular text, which is read line by line in about half a minute."""
MOST_PARTS = 10_000
"""Most parts of an archive: a workbook has a few for each sheet."""
LARGEST_UNPACKED = 2 * 1024**3
BOMB_FROM, BOMB_RATIO = 128 * 1024**2, 300
"""A file that unpacks to more than BOMB_FROM bytes and BOMB_RATIO times its size was made to do harm."""
_MIB = 1024**2


def too_large(size: int, packed_size: int | None = None) -> Finding:
    """Return the finding for the unpacked size of a file, and its packed size if it grew too much."""
    value, expected = f"{size // _MIB:,} MiB", f"{LARGEST_UNPACKED // _MIB:,} MiB"
    if packed_size is not None and size <= LARGEST_UNPACKED:
        value, expected = f"{packed_size / 1024:,.1f} KiB → {value}", f"1 → {BOMB_RATIO}"
    return Finding("file_too_large", value=value, expected=expected)


def too_many_cells(sheet: str, last: str, cells: int, filled_cells: int) -> Finding:
    """Return the finding for a sheet that spans too many cells, with the number of filled ones."""
    value = f"{sheet}!A1:{last} = {cells:,} ({filled_cells:,} ≠ ∅)"
    expected = f"{MOST_CELLS:,}" if cells > MOST_CELLS else f"{SPARSE_FROM:,} (≥ {SPARSEST:.0%} ≠ ∅)"
    return Finding("file_too_large", sheet=sheet, cell=last, value=value, expected=expected)


def too_many_columns(columns: str, **location: Unpack[Location]) -> Finding:
    """Return the finding for a row or sheet with more columns than this program reads."""
    return Finding("too_many_columns", value=columns, expected=f"{MOST_COLUMNS:,}", **location)


def too_many_rows(rows: int) -> Finding:
    """Return the finding for an irregular text with too many lines."""
    return Finding("file_too_large", value=f"{rows:,} ↵", expected=f"{MOST_ROWS:,} ↵")


def too_many_parts(parts: int) -> Finding:
    """Return the finding for an archive with too many parts."""
    return Finding("file_too_large", value=f"zip: {parts:,}", expected=f"{MOST_PARTS:,}")


def too_much_memory(limits: ReadingLimits) -> Finding:
    """Return the finding for a file that needs more memory than allowed."""
    limit = f"{limits.memory_mib:,} MiB RAM"
    return Finding("file_too_large", value=f"> {limit}", expected=limit)


def too_long(limits: ReadingLimits) -> Finding:
    """Return the finding for a file that takes more time than allowed."""
    return Finding("file_too_slow", expected=f"{limits.seconds:,} s")
