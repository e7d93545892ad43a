"""The grammar of a series.toml: what each national series of a collection counts, the evidence, and errata.

The file is in the same folder as the card. An entry is the passport of a reporting country and a measure for
a span of periods, or an erratum on it. warehouse/build/passports.py writes both into the release. Guide:
docs/format_card.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas import codelists, periods
from schemas.cards.card_codes import is_code
from schemas.cards.decisions import Dimension
from schemas.codelists import UNKNOWN
from schemas.grammar import Address, CardError, read_strict
from schemas.words import InvalidValue, Sentence

FILE = "series.toml"
"""Name of the file in the folder of the card."""

CONFIRMED_EVIDENCE, INFERRED_EVIDENCE, UNDOCUMENTED_EVIDENCE = "confirmed", "inferred", "undocumented"
OFFICIAL = "official"
"""The kind of source that `confirmed` needs."""

CLAIMS = ("counted_unit", "authority", "authority_kind", "flow", "year_starts", "repeats")
"""Fields that an undocumented series must not have."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Texts(_Strict):
    """A text in the two languages of the network. Never empty."""

    es: Text
    en: Text


def _code_validator(codelist: str) -> AfterValidator:
    """Accept codes of the list only."""

    def check(code: str) -> str:
        codes = codelists.codelist(codelist)
        if code not in codes:
            raise InvalidValue("card.not_in_list", value=code, known=", ".join(codes))
        return code

    return AfterValidator(check)


def _check_country(code: str) -> str:
    if not is_code("reporting_country", code):
        raise InvalidValue("card.no_alpha3", value=code)
    return code


def _check_measure(code: str) -> str:
    if code not in codelists.codelist("measure"):
        raise InvalidValue("card.no_measure", value=code)
    return code


def _check_period(text: str) -> str:
    if periods.read(text) is None:
        raise InvalidValue("card.no_period", value=text, examples="2015, 2015-Q1, 2015-03")
    return text


PeriodText = Annotated[str, AfterValidator(_check_period)]


class Source(_Strict):
    """A publication, with the page, table or sentence that supports the passport."""

    publisher: Text
    place: Text = Field(description="page, table or sentence in the publication")
    address: Address
    kind: Annotated[str, _code_validator("series_source_kind")]

    def citation(self) -> str:
        """Return publisher, place and address in a line."""
        return f"{self.publisher}: {self.place}. {self.address}"


class Change(_Strict):
    """A documented change within the span of the passport."""

    on: PeriodText = Field(description="first period that is affected")
    what: Texts
    is_break: bool = Field(strict=True, description="values before and after it are not comparable")
    dimension: Dimension | None = Field(default=None, description="the only breakdown that it affects")
    flag: Annotated[str, _code_validator("obs_flag")] | None = Field(
        default=None, description="flag of the values of the periods from `on` to `until`"
    )
    until: PeriodText | None = Field(
        default=None, description="last period with the flag; without it, all later"
    )
    received_from: date | None = Field(
        default=None, description="first day of receipt of the files whose values have the flag"
    )

    @model_validator(mode="after")
    def _check_flag(self) -> Self:
        if self.flag is None and (self.until or self.received_from):
            raise InvalidValue("card.series_change_without_flag")
        return self

    def span(self, year_starts: int) -> Span:
        """Return the first and last day of the periods with the flag."""
        last = _read(self.until, year_starts).end if self.until else None
        return Span(first_day(self.on, year_starts), last)


class Passport(_Strict):
    """The content of a series from a period to another, and the evidence for it."""

    reporting_country: Annotated[str, AfterValidator(_check_country)]
    measure: Annotated[str, AfterValidator(_check_measure)]
    valid_from: PeriodText
    valid_to: PeriodText | None = Field(default=None, description="last period; without it, still valid")
    evidence: Annotated[str, _code_validator("series_evidence")]
    counted_unit: Annotated[str, _code_validator("counted_unit")] = UNKNOWN
    authority: Text | None = None
    authority_kind: Annotated[str, _code_validator("series_authority_kind")] = UNKNOWN
    flow: Annotated[str, _code_validator("series_flow")] = UNKNOWN
    year_starts: int | None = Field(default=None, ge=1, le=12, strict=True)
    repeats: Annotated[str, AfterValidator(_check_measure)] | None = Field(
        default=None, description="another measure whose number the series repeats"
    )
    scope: Texts | None = Field(default=None, description="legal scope")
    what: Texts | None = Field(default=None, description="what is counted and what is not")
    change: list[Change] = []
    source: list[Source] = []
    verified_on: date

    @model_validator(mode="after")
    def _check_evidence(self) -> Self:
        if self.evidence == UNDOCUMENTED_EVIDENCE:
            if claims := [name for name in CLAIMS if getattr(self, name) not in (None, UNKNOWN)]:
                raise InvalidValue("card.series_claims", names=", ".join(claims))
        else:
            self._refuse_unsupported()
        return self

    def _refuse_unsupported(self) -> None:
        if self.counted_unit == UNKNOWN:
            raise InvalidValue("card.series_without_unit", evidence=self.evidence)
        if self.what is None:
            raise InvalidValue("card.series_without_what", evidence=self.evidence)
        if not self.source:
            raise InvalidValue("card.series_without_source", evidence=self.evidence)
        if self.evidence == CONFIRMED_EVIDENCE and all(source.kind != OFFICIAL for source in self.source):
            raise InvalidValue("card.series_not_official")

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        if self.change and not self.source:
            raise InvalidValue("card.series_change_without_source")
        return self

    @model_validator(mode="after")
    def _check_authority(self) -> Self:
        if self.authority is None and self.authority_kind != UNKNOWN:
            raise InvalidValue("card.series_without_authority")
        return self

    def span(self, year_starts: int) -> Span:
        """Return the first and last day. `year_starts` is that of the card, which names the periods."""
        last = _read(self.valid_to, year_starts).end if self.valid_to else None
        return Span(first_day(self.valid_from, year_starts), last)


def first_day(text: str, year_starts: int) -> date:
    """Return the first day of a period of the file."""
    return _read(text, year_starts).start


def _read(text: str, year_starts: int) -> periods.Period:
    period = periods.read(text, year_starts=year_starts)
    assert period is not None  # the grammar has read it
    return period


@dataclass(frozen=True, order=True)
class Span:
    """First and last day of validity. No last day if it still holds."""

    first: date
    last: date | None

    @property
    def end(self) -> date:
        """Last day, for comparisons."""
        return self.last or date.max

    def overlaps(self, other: Span) -> bool:
        """Return True if the spans share a day."""
        return self.first <= other.end and other.first <= self.end

    def contains(self, day: date) -> bool:
        """Return True if the day is in the span."""
        return self.first <= day <= self.end

    def subtract(self, other: Span) -> Iterator[Span]:
        """Yield the parts of the span that are outside the other span."""
        if not self.overlaps(other):
            yield self
            return
        if self.first < other.first:
            yield Span(self.first, other.first - timedelta(days=1))
        if other.last is not None and other.last < self.end:
            yield Span(other.last + timedelta(days=1), self.last)


class Erratum(_Strict):
    """A wrong meaning that was published of a series, and the right one."""

    reporting_country: Annotated[str, AfterValidator(_check_country)]
    measure: Annotated[str, AfterValidator(_check_measure)]
    valid_from: PeriodText
    valid_to: PeriodText | None = Field(default=None, description="last period; without it, all later ones")
    published_on: date = Field(description="day of the first release with the wrong meaning")
    corrected_on: date = Field(description="day from which releases have the right one")
    published: Texts = Field(description="what was published")
    correct: Texts = Field(description="what is right, as a whole sentence")

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.corrected_on < self.published_on:
            raise InvalidValue("card.erratum_reversed")
        return self

    def span(self, year_starts: int) -> Span:
        """Return the first and last day. `year_starts` is that of the card, which names the periods."""
        last = _read(self.valid_to, year_starts).end if self.valid_to else None
        return Span(first_day(self.valid_from, year_starts), last)


class Passports(_Strict):
    """A whole series.toml."""

    series: list[Passport] = []
    erratum: list[Erratum] = []


def read_passports(path: Path, year_starts: int = 1) -> Passports:
    """Read the passports at `path`. Raises CardError with a sentence per problem.

    `year_starts`: the first month of the years that the collection's periods name.
    """
    passports: Passports = read_strict(path, Passports)
    if problems := list(_problems(passports, year_starts)):
        sentences = [
            Sentence("card.problem", {"file": path, "where": f"[{location}] ", "what": problem})
            for location, problem in problems
        ]
        raise CardError("card.problems", problems=sentences)
    return passports


def _problems(passports: Passports, year_starts: int) -> Iterator[tuple[str, Sentence]]:
    """Yield location and problem of errors that the grammar of a single entry cannot find."""
    entries = [
        (n, passport, passport.span(year_starts)) for n, passport in enumerate(passports.series, start=1)
    ]
    for n, passport, span in entries:
        if span.first > span.end:
            yield f"series ({n})", Sentence("card.series_reversed")
        for k, change in enumerate(passport.change, start=1):
            affected = change.span(year_starts)
            if not span.contains(affected.first) or (change.until and not span.contains(affected.end)):
                yield f"series ({n}).change ({k})", Sentence("card.series_change_outside")
            if affected.first > affected.end:
                yield f"series ({n}).change ({k})", Sentence("card.series_change_reversed")
    for (first, passport, span), (second, other, later) in combinations(entries, 2):
        is_same_series = (passport.reporting_country, passport.measure) == (
            other.reporting_country,
            other.measure,
        )
        if is_same_series and span.overlaps(later):
            facts: dict[str, Any] = {
                "other": first,
                "country": other.reporting_country,
                "measure": other.measure,
            }
            yield f"series ({second})", Sentence("card.series_overlap", facts)
    for n, erratum in enumerate(passports.erratum, start=1):
        span = erratum.span(year_starts)
        if not any(
            (passport.reporting_country, passport.measure) == (erratum.reporting_country, erratum.measure)
            and other_span.overlaps(span)
            for _, passport, other_span in entries
        ):
            yield f"erratum ({n})", Sentence("card.erratum_of_no_series")
