"""The grammar of a series.toml: what each national series of a collection counts, and how that is known.

The file stands beside the card. One entry is the passport of one reporting country and measure for a span
of periods. How they reach the release: warehouse/build/passports.py. How to write one: docs/format_card.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas import codelists, periods
from schemas.cards.card_codes import is_code
from schemas.codelists import UNKNOWN
from schemas.grammar import CardError, read_strict
from schemas.words import Sentence, Wrong

FILE = "series.toml"
"""The file beside the card."""

CONFIRMED, INFERRED, UNDOCUMENTED = "confirmed", "inferred", "undocumented"
OFFICIAL = "official"
"""The kind of source that `confirmed` needs."""

CLAIMS = ("counted_unit", "authority", "authority_kind", "flow", "year_starts")
"""What an undocumented series does not state."""

_ADDRESS = re.compile(r"https?://\S+|[\w.-]+\.(?:xlsx?|csv|ods|pdf)")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Texts(_Strict):
    """A text in the two languages of the network; never empty."""

    es: Text
    en: Text


def _listed(codelist: str) -> AfterValidator:
    """Accept codes of the list only."""

    def check(code: str) -> str:
        known = codelists.codelist(codelist)
        if code not in known:
            raise Wrong("card.not_in_list", value=code, known=", ".join(known))
        return code

    return AfterValidator(check)


def _country(code: str) -> str:
    if not is_code("reporting_country", code):
        raise Wrong("card.no_alpha3", value=code)
    return code


def _measure(code: str) -> str:
    if code not in codelists.codelist("measure"):
        raise Wrong("card.no_measure", value=code)
    return code


def _period(text: str) -> str:
    if periods.read(text) is None:
        raise Wrong("card.no_period", value=text, examples="2015, 2015-Q1, 2015-03")
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise Wrong("card.no_address", value=text)
    return text


PeriodText = Annotated[str, AfterValidator(_period)]


class Source(_Strict):
    """One publication, and the place in it that supports the passport."""

    publisher: Text
    place: Text = Field(description="page, table or sentence in the publication")
    address: Annotated[str, AfterValidator(_address)]
    kind: Annotated[str, _listed("series_source_kind")]

    def citation(self) -> str:
        """Publisher, place and address in one line."""
        return f"{self.publisher}: {self.place}. {self.address}"


class Change(_Strict):
    """A documented change within the span of the passport."""

    on: PeriodText = Field(description="first period that is affected")
    what: Texts
    is_break: bool = Field(strict=True, description="values before and after it are not comparable")


class Passport(_Strict):
    """What one series counts from one period to another, and how that is known."""

    reporting_country: Annotated[str, AfterValidator(_country)]
    measure: Annotated[str, AfterValidator(_measure)]
    valid_from: PeriodText
    valid_to: PeriodText | None = Field(default=None, description="last period; without it, still valid")
    evidence: Annotated[str, _listed("series_evidence")]
    counted_unit: Annotated[str, _listed("counted_unit")] = UNKNOWN
    authority: Text | None = None
    authority_kind: Annotated[str, _listed("series_authority_kind")] = UNKNOWN
    flow: Annotated[str, _listed("series_flow")] = UNKNOWN
    year_starts: int | None = Field(default=None, ge=1, le=12, strict=True)
    scope: Texts | None = Field(default=None, description="legal scope")
    what: Texts | None = Field(default=None, description="what is counted and what is not")
    change: list[Change] = []
    source: list[Source] = []
    verified_on: date

    @model_validator(mode="after")
    def _states_only_what_is_documented(self) -> Self:
        if self.evidence == UNDOCUMENTED:
            if stated := [name for name in CLAIMS if getattr(self, name) not in (None, UNKNOWN)]:
                raise Wrong("card.series_claims", names=", ".join(stated))
        else:
            self._refuse_unsupported()
        return self

    def _refuse_unsupported(self) -> None:
        if self.counted_unit == UNKNOWN:
            raise Wrong("card.series_without_unit", evidence=self.evidence)
        if self.what is None:
            raise Wrong("card.series_without_what", evidence=self.evidence)
        if not self.source:
            raise Wrong("card.series_without_source", evidence=self.evidence)
        if self.evidence == CONFIRMED and all(one.kind != OFFICIAL for one in self.source):
            raise Wrong("card.series_not_official")

    @model_validator(mode="after")
    def _has_a_source_for_its_changes(self) -> Self:
        if self.change and not self.source:
            raise Wrong("card.series_change_without_source")
        return self

    @model_validator(mode="after")
    def _names_the_authority_of_a_kind(self) -> Self:
        if self.authority is None and self.authority_kind != UNKNOWN:
            raise Wrong("card.series_without_authority")
        return self

    def span(self, year_starts: int) -> Span:
        """First and last day; `year_starts` is that of the card, which names the periods."""
        last = _read(self.valid_to, year_starts).end if self.valid_to else None
        return Span(first_day(self.valid_from, year_starts), last)


def first_day(text: str, year_starts: int) -> date:
    """First day of a period of the file."""
    return _read(text, year_starts).start


def _read(text: str, year_starts: int) -> periods.Period:
    period = periods.read(text, year_starts=year_starts)
    assert period is not None  # the grammar has read it
    return period


@dataclass(frozen=True, order=True)
class Span:
    """First and last day of validity; no last day if it still holds."""

    first: date
    last: date | None

    @property
    def end(self) -> date:
        """The last day for comparisons."""
        return self.last or date.max

    def overlaps(self, other: Span) -> bool:
        """Whether the spans share a day."""
        return self.first <= other.end and other.first <= self.end

    def contains(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return self.first <= day <= self.end

    def without(self, other: Span) -> Iterator[Span]:
        """The parts of the span outside another one."""
        if not self.overlaps(other):
            yield self
            return
        if self.first < other.first:
            yield Span(self.first, other.first - timedelta(days=1))
        if other.last is not None and other.last < self.end:
            yield Span(other.last + timedelta(days=1), self.last)


class Passports(_Strict):
    """A whole series.toml."""

    series: list[Passport] = []


def read_passports(path: Path, year_starts: int = 1) -> Passports:
    """The passports at `path`. Raises CardError with one sentence per problem.

    `year_starts`: the first month of the years that the collection's periods name.
    """
    passports: Passports = read_strict(path, Passports)
    if wrong := list(_problems(passports, year_starts)):
        sentences = [
            Sentence("card.problem", {"file": path, "where": f"[{where}] ", "what": what})
            for where, what in wrong
        ]
        raise CardError("card.problems", problems=sentences)
    return passports


def _problems(passports: Passports, year_starts: int) -> Iterator[tuple[str, Sentence]]:
    """Where the file is wrong although each entry fits the grammar, and why."""
    placed = [(n, one, one.span(year_starts)) for n, one in enumerate(passports.series, start=1)]
    for n, one, span in placed:
        if span.first > span.end:
            yield f"series ({n})", Sentence("card.series_reversed")
        for k, change in enumerate(one.change, start=1):
            if not span.contains(first_day(change.on, year_starts)):
                yield f"series ({n}).change ({k})", Sentence("card.series_change_outside")
    for (first, one, span), (second, other, later) in combinations(placed, 2):
        same = (one.reporting_country, one.measure) == (other.reporting_country, other.measure)
        if same and span.overlaps(later):
            facts: dict[str, Any] = {
                "other": first,
                "country": other.reporting_country,
                "measure": other.measure,
            }
            yield f"series ({second})", Sentence("card.series_overlap", facts)
