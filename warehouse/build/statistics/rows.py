"""Rows of a frame by column, and their numbers. Who reads a declared table names the class of its rows."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame_rows(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a frame by column."""
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def bound(value: float | None) -> float:
    """Return a number of a row; NaN if it has none, also where a database gave None."""
    return nan if value is None else value


def needed_number(value: float | None) -> float:
    """Return a number that a row must have here. Raises ValueError if it has none."""
    if value is None:
        raise ValueError("A row has no number where one is needed.")
    return value
