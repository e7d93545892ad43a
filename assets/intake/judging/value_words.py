"""Words and marks in cells of figures: not available, not applicable, zero, provisional, estimated.

The usual ones are data: value_words.toml. A card has its own in `values.words`. A figure that is not
available is no zero: what it may hold stays open (quarantine.py).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.cards.format_card import Values
from schemas.codelists import fold

NOT_AVAILABLE, NOT_APPLICABLE, ZERO = "not_available", "not_applicable", "zero"
STATE = "state"
"""Column of a line: NOT_AVAILABLE or NOT_APPLICABLE if its cell says so by a word, else blank."""


@dataclass(frozen=True)
class CellText:
    """The text that is read as a number, the state that a word tells, and the flag of a mark."""

    number: str
    state: str = ""
    flag: str = ""


def read_cell(text: str, values: Values) -> CellText:
    """Return what a cell of figures says. What the card declares comes first."""
    text = text.strip()
    if not text or text in values.intervals or text in values.not_available:
        return CellText(text)
    state = values.words.get(text) or _usual_words().get(_fold_word(text), "")
    if state == ZERO:
        return CellText("0")
    if state:
        return CellText(text, state)
    marks = ((mark, flag) for flag, marks in _words()["marks"].items() for mark in marks)
    for mark, flag in marks:
        number = text[: -len(mark)].rstrip()
        if text.lower().endswith(mark) and number[-1:].isdigit():
            return CellText(number, flag=flag)
    return CellText(text)


def _fold_word(text: str) -> str:
    return fold(text).replace(" ", "")


@cache
def _usual_words() -> Mapping[str, str]:
    """Return the state of each word."""
    return {_fold_word(w): s for s, table in _words().items() for w in table.get("words", ())}


@cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
