"""The fixed tables of protected collections: their breakdowns, and below what number nothing is told.

They are data, protected.toml beside this file. Which cells are withheld is warehouse/disclosure.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from schemas.codelists import codelist
from schemas.grammar import read_strict

WHOLE = "_T"
"""The dimension, and the code, of a total."""


class Breakdown(BaseModel):
    """One breakdown: its codes add up to the total, with `rest` for whoever is of none of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: str
    codes: tuple[str, ...]
    rest: str

    def code_of(self, code: str) -> str:
        """Of the codes the one that holds this one, or the rest."""
        listed = codelist(self.dimension)
        while code not in self.codes:
            if code not in listed or not (parent := listed[code].parent):
                return self.rest
            code = parent
        return code

    @property
    def cells(self) -> tuple[str, ...]:
        """Every code of the table."""
        return (*self.codes, self.rest)


class _Protected(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: int = Field(ge=2)
    open_threshold: int = Field(ge=2)
    breakdown: tuple[Breakdown, ...]


@cache
def _declared() -> _Protected:
    return read_strict(Path(__file__).with_name("protected.toml"), _Protected)


def breakdowns() -> tuple[Breakdown, ...]:
    """The breakdowns, each of which is a table of its own."""
    return _declared().breakdown


def threshold(*, open_dumps: bool = False) -> int:
    """Counts from 1 to below it are never told."""
    return _declared().open_threshold if open_dumps else _declared().threshold
