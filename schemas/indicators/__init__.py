"""The catalogue of indicators: a TOML file per indicator in this folder. This module reads them.

No formula is here: forms.py declares the forms, warehouse/build/sql/forms/<form>.sql computes them.
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
from schemas.words import InvalidValue, UserError, say

__all__ = [
    "BASELINE",
    "CatalogueError",
    "CountedRecords",
    "Example",
    "Indicator",
    "catalogue",
    "dimension_codes",
]

FOLDER = Path(__file__).parent

SHARE_DIMENSIONS = [
    d.name
    for d in DIMENSIONS
    if d.values == "codes" and d.name in table("core.indicator_figures").column_names
]
"""Dimensions that a share can be computed for: the figures of indicators keep their codes apart."""

BASELINE = (2016, 2018)
"""The common window: first and last year."""


class CatalogueError(UserError, ValueError):
    """Error: an indicator's TOML cannot be used. The message names the file and the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


class Example(_Strict):
    """A small example, also used as documentation: given rows and the values that they must give.

    `value` is [low, high]. A missing dimension is not broken down. Without `value` no value is expected.
    """

    says: Text
    measure: str = "victims_detected"
    family: str = "trafficking"
    exhaustive: list[str] = []
    needed_indicators: list[str] = Field(
        default=[], alias="with", description="other indicators that it needs"
    )
    shows: list[str] = []
    given: list[dict[str, Any]]
    expect: list[dict[str, Any]]


class CountedRecords(_Strict):
    """The records of the network that an indicator counts, by country and year.

    `among` selects the records that are considered; `where` selects those that count. Both map columns to
    allowed values. Records count either if they are in force at the end of a year (`since`, `until`) or if
    they are `dated` in it. `state`: the last day for which the records are known. With `codes` (attributes of
    a list's codes) a country is asked for each of these codes in `column`, and codes that it does not report
    may count. `seen`: the day from which a record without a first day is certainly in force. `first`: a
    column in `among`; of a country's records of a collection only those with the first of its listed codes
    count.
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
    def _check_columns(self) -> CountedRecords:
        if self.of not in declarations():
            raise InvalidValue("card.no_records", value=self.of, known=", ".join(declarations()))
        declaration = declarations()[self.of]
        names = {column.name for column in declaration.table_columns}
        days = filter(None, (self.since, self.until, self.dated, self.state, self.seen, self.column))
        if missing := sorted({*self.among, *self.where, *days} - names):
            raise InvalidValue("card.not_described", names=", ".join(missing))
        if self.first is not None and self.first not in self.among:
            raise InvalidValue("card.not_described", names=self.first)
        if (self.since is None) == (self.dated is None) or bool(self.codes) != (self.column is not None):
            raise InvalidValue("card.counted_once")
        return self

    def asked_codes(self) -> list[str]:
        """Return the codes that a country is asked for. Empty if it is asked for none."""
        if self.column is None:
            return []
        declaration = declarations()[self.of]
        codes = codelists.codelist(str(declaration.columns[self.column].list)).values()
        return [
            c.code for c in codes if all(c.attributes[key] in values for key, values in self.codes.items())
        ]


class Indicator(_Strict):
    """An indicator: the counted events, the denominator, the unit, the sources, and the caveats.

    `sources`: collections in order of preference, a single collection for the whole series of a country. A
    collection that is not named has the lowest preference. A collection in `beside` never replaces a source.
    `baseline`: first and last year of the common window. `minimum_coverage`: share of the members that must
    report before values are summed. `filled_by`, `sent_by`, `template`: for an indicator without data the
    records that would fill it, who could send them, and the collection whose template they use.
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
    sent_by: Text | None = None
    template: str | None = None
    records: CountedRecords | None = None
    minimum_numerator: int = 0
    example: list[Example] = []

    @model_validator(mode="after")
    def _check_form(self) -> Indicator:
        for key in form(self.form).needs:
            if not getattr(self, key):
                raise InvalidValue("card.form_needs", form=self.form, key=key)
        if unknown := sorted(set(self.slices) - set(SLICES)):
            raise InvalidValue("card.no_slice", names=", ".join(unknown), known=", ".join(SLICES))
        if self.dimension is not None and self.dimension not in SHARE_DIMENSIONS:
            raise InvalidValue("card.no_share_of", value=self.dimension, known=", ".join(SHARE_DIMENSIONS))
        if form(self.form).numerator == "each_code" and self.dimension not in SLICES:
            raise InvalidValue("card.no_slice", names=str(self.dimension), known=", ".join(SLICES))
        for measure in filter(None, (self.measure, self.published_as, self.denominator_measure)):
            if measure not in codelists.codelist("measure"):
                raise InvalidValue("card.no_measure", value=measure)
        return self

    def formula(self, lang: Literal["es", "en"]) -> tuple[str, str | None]:
        """Return numerator and denominator in words and codes."""
        numerator, denominator = (
            getattr(text, lang) if isinstance(text, Text) else text
            for text in (self.numerator, self.denominator)
        )
        return str(numerator), denominator

    def full_caveat(self, lang: Literal["es", "en"]) -> str:
        """Return the fixed sentence of the indicator's family, then its own caveat."""
        family_caveat = say(f"caveat.{self.family}", lang)
        caveat = getattr(self.caveat, lang) if self.caveat else ""
        return f"{family_caveat} {caveat}".strip()


@cache
def catalogue(folder: Path = FOLDER) -> dict[str, Indicator]:
    """Return all indicators by id, sorted. Raises CatalogueError, which names file and key."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> Indicator:
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        return Indicator.model_validate({"id": path.stem, **entry})
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CatalogueError("card.problems", problems=problems(path, error, Indicator)) from error


def dimension_codes(indicator: Indicator) -> list[tuple[str, bool, bool]]:
    """Return for each code of the dimension: (code, is in the numerator, is in the denominator of known)."""
    if indicator.dimension is None:
        return []
    codes = codelists.codelist(indicator.dimension)
    unknown = (codelists.TOTAL, codelists.UNKNOWN, codelists.NOT_APPLICABLE)
    return [
        (
            code,
            any(codelists.is_within(indicator.dimension, code, part) for part in indicator.part),
            code not in unknown,
        )
        for code in codes
    ]
