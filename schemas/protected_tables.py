"""Tables and settings of protected collections, as data: breakdowns, crossings, probabilities.

The data are protected_tables.toml and perturbation.csv. warehouse/protection draws and publishes the counts.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.codelists import codelist
from schemas.grammar import read_strict

TOTAL_CODE = "_T"
"""Dimension and code of a total."""

JOIN = "+"
"""Joins the dimensions, and the codes, of a crossing."""


class Settings(BaseModel):
    """The settings of the method. `reason` explains a deployment's own values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: int = Field(ge=2)
    deviation: int = Field(ge=3)
    variance: float = Field(gt=0)
    draws: int = Field(ge=1)
    redraws: int = Field(ge=0)
    feasible_values: int = Field(ge=2)
    listed_from: int = Field(ge=1)
    reason: str = ""

    @property
    def most_absent(self) -> int:
        """Largest count of a cell that a list does not name."""
        return self.deviation + (self.listed_from - 1 if self.listed_from > 3 else 0)


class Breakdown(BaseModel):
    """A table of a single dimension. `codes` and `rest` add up to the total. Without codes it lists cells."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: str
    codes: tuple[str, ...] = ()
    rest: str = ""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions of the table."""
        return (self.dimension,)

    @property
    def is_listed(self) -> bool:
        """True if the table lists only the cells that are large enough."""
        return not self.codes

    @property
    def cells(self) -> tuple[str, ...]:
        """All codes of the table; () for a list."""
        return (*self.codes, self.rest) if self.codes else ()

    @property
    def rest_cell(self) -> str:
        """Code for everybody who is in no other cell."""
        return self.rest

    def code_of(self, code: str) -> str:
        """Return the code of the table that contains `code`, or the rest. A list keeps every code."""
        if self.is_listed:
            return code
        codes = codelist(self.dimension)
        while code not in self.codes:
            if code not in codes or not (parent := codes[code].parent):
                return self.rest
            code = parent
        return code


class Crossing(BaseModel):
    """A table of two dimensions. Its codes are those of both breakdowns, joined by `JOIN`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimensions: tuple[str, str]

    @property
    def dimension(self) -> str:
        """Name of the table."""
        return JOIN.join(self.dimensions)

    @property
    def is_listed(self) -> bool:
        """Always False: a crossing names every cell."""
        return False

    @property
    def parts(self) -> tuple[Breakdown, ...]:
        """Breakdowns of its dimensions."""
        return tuple(breakdown(dimension) for dimension in self.dimensions)

    @property
    def cells(self) -> tuple[str, ...]:
        """All codes of the table."""
        return tuple(JOIN.join(codes) for codes in product(*(part.cells for part in self.parts)))

    @property
    def rest_cell(self) -> str:
        """Code for everybody who is in no other cell."""
        return JOIN.join(part.rest for part in self.parts)

    def code_of(self, code: str) -> str:
        """Return the code of the table that contains `code`."""
        pairs = zip(self.parts, code.split(JOIN), strict=True)
        return JOIN.join(part.code_of(part_code) for part, part_code in pairs)


Layout = Breakdown | Crossing
"""A table of a year."""


class _ProtectionFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: Settings
    breakdown: tuple[Breakdown, ...]
    crossing: tuple[Crossing, ...]

    @model_validator(mode="after")
    def _check_crossings(self) -> Self:
        coded_dimensions = {table.dimension for table in self.breakdown if table.codes}
        for table in self.crossing:
            dimensions = list(table.dimensions)
            if not set(dimensions) <= coded_dimensions or dimensions != sorted(dimensions):
                raise ValueError(f"no crossing of breakdowns in alphabetical order: {table.dimension}")
        return self


@cache
def _read_file() -> _ProtectionFile:
    return read_strict(Path(__file__).with_suffix(".toml"), _ProtectionFile)


def breakdowns() -> tuple[Breakdown, ...]:
    """Return the tables of a single dimension that name every code."""
    return tuple(table for table in _read_file().breakdown if table.codes)


def crossings() -> tuple[Crossing, ...]:
    """Return the tables of two dimensions."""
    return _read_file().crossing


def layouts() -> tuple[Layout, ...]:
    """Return all tables of a year, coarse tables first."""
    return (*_read_file().breakdown, *_read_file().crossing)


def breakdown(dimension: str) -> Breakdown:
    """Return the breakdown of a dimension. KeyError if there is none."""
    return {table.dimension: table for table in _read_file().breakdown}[dimension]


def settings() -> Settings:
    """Return the settings of a deployment without settings of its own."""
    return _read_file().settings


Probabilities = Mapping[int, tuple[tuple[int, float], ...]]
"""For each true count: the values that may be published instead, with their probabilities.

The last count stands for all larger counts, shifted.
"""


@cache
def probabilities(deviation: int, variance: float) -> Probabilities:
    """Return the table of transition probabilities. KeyError if perturbation.csv has none for this pair."""
    table: dict[int, list[tuple[int, float]]] = {}
    with Path(__file__).with_name("perturbation.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (int(row["deviation"]), float(row["variance"])) == (deviation, variance):
                line = table.setdefault(int(row["count"]), [])
                line.append((int(row["published"]), float(row["probability"])))
    if not table:
        raise KeyError(f"perturbation.csv has no table for deviation {deviation}, variance {variance:g}")
    return {count: tuple(line) for count, line in table.items()}
