"""The catalogue: one TOML beside this file per indicator. Here its grammar and its reading, no formula.

The forms are declared in forms.py; how each is computed is warehouse/build/sql/forms/<form>.sql.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas import codelists
from schemas.grammar import problems
from schemas.indicators.forms import form
from schemas.records import declarations
from schemas.tables import DIMENSIONS, SLICES, table
from schemas.words import UserError, Wrong, say

FOLDER = Path(__file__).parent

OF_SHARES = [
    d.name
    for d in DIMENSIONS
    if d.values == "codes" and d.name in table("core.indicator_figures").column_names
]
"""Dimensions that a share may be taken of: those whose codes the figures of indicators keep apart."""

BASELINE = (2016, 2018)
"""The common window: first and last year."""


class CatalogueError(UserError, ValueError):
    """An indicator's TOML that cannot be used. The message names the file and the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


class Example(_Strict):
    """A small example, also its documentation: given figures and the values they must give.

    `value` is [low, high]; a dimension left out is not broken down; no `value` expects none.
    """

    says: Text
    measure: str = "victims_detected"
    family: str = "trafficking"
    exhaustive: list[str] = []
    with_: list[str] = Field(default=[], alias="with", description="indicators it needs beside")
    shows: list[str] = []
    given: list[dict[str, Any]]
    expect: list[dict[str, Any]]


class Counted(_Strict):
    """Which of the network's records an indicator counts, by country and year.

    `among`: those that are looked at, `where` those of them that count: columns and what they may say.
    Either those that hold at a year's end (`since`, `until`), or those that are `dated` in it. `state`: the
    last day of which the records are known. With `codes` (attributes of a list's codes) a country is asked
    for each of these in `column`, and what it does not report may count as well. `seen`: the day from which
    a record that has no day of its own surely holds. `first`: a column, of which a country's records of a
    collection are looked at only of the code that `among` names first.
    """

    of: str
    among: dict[str, list[str]] = {}
    where: dict[str, list[str]]
    since: str | None = None
    until: str | None = None
    dated: str | None = None
    state: str | None = None
    seen: str | None = None
    first: str | None = None
    column: str | None = None
    codes: dict[str, list[str]] = {}

    @model_validator(mode="after")
    def _names_its_columns(self) -> Counted:
        if self.of not in declarations():
            raise Wrong("card.no_records", value=self.of, known=", ".join(declarations()))
        declared = declarations()[self.of]
        known = {one.name for one in declared.stored}
        days = filter(None, (self.since, self.until, self.dated, self.state, self.seen, self.column))
        if missing := sorted({*self.among, *self.where, *days} - known):
            raise Wrong("card.not_described", names=", ".join(missing))
        if self.first is not None and self.first not in self.among:
            raise Wrong("card.not_described", names=self.first)
        if (self.since is None) == (self.dated is None) or bool(self.codes) != (self.column is not None):
            raise Wrong("card.counted_once")
        return self

    def asked(self) -> list[str]:
        """The codes that a country is asked for, if it is asked for some."""
        if self.column is None:
            return []
        declared = declarations()[self.of]
        codes = codelists.codelist(str(declared.columns[self.column].list)).values()
        return [c.code for c in codes if all(c.attributes[k] in v for k, v in self.codes.items())]


class Indicator(_Strict):
    """One indicator: what it counts, over what, in which unit, from whom, and what it may not say.

    `sources`: collections in order of preference, one for a country's whole series; a collection that
    is not named comes after them; one named in `beside` never stands in for them. `baseline`: first and
    last year of the common window. `minimum_coverage`: share of the members that must have reported
    before they are summed.
    """

    id: str
    kind: Literal["structural", "process", "outcome", "context", "quality"]
    family: Literal["trafficking", "smuggling", "irregular_mobility"]
    status: Literal["proposed", "adopted"] = "proposed"
    name: Text
    definition: Text
    numerator: str | Text  # a plain text: codes only
    denominator: str | Text | None = None
    unit: str
    links: list[str] = []
    caveat: Text | None = None
    direction: Literal["none", "more_is_better"] = "none"
    sources: list[str] = []
    beside: list[str] = []
    baseline: tuple[int, int] = BASELINE
    minimum_coverage: float = 0.5
    combine: Literal["preferred", "each"] = "preferred"
    form: str
    measure: str | None = None
    slices: list[str] = []
    dimension: str | None = None
    part: list[str] = []
    per: float = 1.0
    published_as: str | None = None
    denominator_measure: str | None = None
    pool_years: int = 1
    sum_over: Literal["counterpart_country"] | None = None
    filled_by: Text | None = None
    records: Counted | None = None
    minimum_numerator: int = 0
    example: list[Example] = []

    @model_validator(mode="after")
    def _has_what_its_form_needs(self) -> Indicator:
        for key in form(self.form).needs:
            if not getattr(self, key):
                raise Wrong("card.form_needs", form=self.form, key=key)
        if unknown := sorted(set(self.slices) - set(SLICES)):
            raise Wrong("card.no_slice", names=", ".join(unknown), known=", ".join(SLICES))
        if self.dimension is not None and self.dimension not in OF_SHARES:
            raise Wrong("card.no_share_of", value=self.dimension, known=", ".join(OF_SHARES))
        if form(self.form).numerator == "each_code" and self.dimension not in SLICES:
            raise Wrong("card.no_slice", names=str(self.dimension), known=", ".join(SLICES))
        for measure in filter(None, (self.measure, self.published_as, self.denominator_measure)):
            if measure not in codelists.codelist("measure"):
                raise Wrong("card.no_measure", value=measure)
        return self

    def formula(self, lang: Literal["es", "en"]) -> tuple[str, str | None]:
        """Numerator and denominator in words and codes."""
        top, below = (
            getattr(t, lang) if isinstance(t, Text) else t for t in (self.numerator, self.denominator)
        )
        return str(top), below

    def full_caveat(self, lang: Literal["es", "en"]) -> str:
        """The fixed sentence of its family, then its own."""
        fixed = say(f"caveat.{self.family}", lang)
        own = getattr(self.caveat, lang) if self.caveat else ""
        return f"{fixed} {own}".strip()


@cache
def catalogue(folder: Path = FOLDER) -> dict[str, Indicator]:
    """All indicators by id, sorted. Raises CatalogueError naming file and key."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> Indicator:
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        return Indicator.model_validate({"id": path.stem, **entry})
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CatalogueError("card.problems", problems=problems(path, error, Indicator)) from error


def codes_of(indicator: Indicator) -> list[tuple[str, bool, bool]]:
    """For each code of its dimension: (code, in the numerator, in the denominator of known)."""
    if indicator.dimension is None:
        return []
    codes = codelists.codelist(indicator.dimension)
    unknown = (codelists.TOTAL, codelists.UNKNOWN, codelists.NOT_APPLICABLE)
    return [
        (
            code,
            any(codelists.within(indicator.dimension, code, part) for part in indicator.part),
            code not in unknown,
        )
        for code in codes
    ]
