"""What a steward has decided about values and spellings: the grammar of a decisions.toml, and its reading.

Which values a decision touches, and what follows, is the warehouse's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from schemas import codelists, periods
from schemas.cards.card_codes import SPECIAL, is_code
from schemas.cards.format_card import Collection, Strict
from schemas.countries.table import is_country
from schemas.grammar import CardError, read_strict
from schemas.tables import SLICES, table
from schemas.words import Wrong

FILE, FIRST_NAME = "decisions.toml", "breaks.toml"
"""The file beside the card; under the name it had first it is read too."""

if TYPE_CHECKING:
    Dimension = str
else:
    Dimension = Literal["total", *SLICES]

MEANINGS = {word: SPECIAL[word] for word in ("@unknown", "@other", "@stateless")}

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Reason(Strict):
    """Why, in the two languages of the network; never empty."""

    es: Said
    en: Said


class Decision(Strict):
    """One decision: of which series and period, why, by which office and when.

    Without `reporting_country` or `measure` it holds for all of the collection.
    """

    reporting_country: str | None = None
    measure: str | None = None
    period: str
    reason: Reason
    source: Said
    decided_by: Said = Field(description="an office, never a person")
    decided_on: date

    @field_validator("measure")
    @classmethod
    def _is_a_measure(cls, measure: str | None) -> str | None:
        if measure is not None and measure not in codelists.codelist("measure"):
            raise Wrong("card.no_measure", value=measure)
        return measure

    @field_validator("reporting_country")
    @classmethod
    def _may_report(cls, code: str | None) -> str | None:
        if code is not None and not is_code("reporting_country", code):
            raise Wrong("card.no_alpha3", value=code)
        return code

    @field_validator("citizenship", check_fields=False)
    @classmethod
    def _is_a_country(cls, code: str) -> str:
        if not is_country(code):
            raise Wrong("card.no_alpha3", value=code)
        return code

    @field_validator("period")
    @classmethod
    def _is_a_period(cls, text: str) -> str:
        if periods.read(text) is None:
            raise Wrong("card.no_period", value=text, examples="2015, 2015-Q1, 2015-03")
        return text


class ConfirmedValue(Decision):
    """The value looks like a year or a code, and is what was counted. Holds for that very value only."""

    value: float = Field(strict=True)  # "2.015" in quotation marks is no 2015


class ConfirmedOrigin(Decision):
    """The origin appeared suddenly, and is what was counted."""

    citizenship: str


class OfSeries(Decision):
    """Of a whole series from a period on; `dimension`: of that breakdown's only."""

    dimension: Dimension | None = None


class Slip(Decision):
    """The value is a slip that its sender is to mend: it stays doubted. Holds for that very value only."""

    value: float = Field(strict=True)
    citizenship: str | None = None


class AcceptedLabel(Strict):
    """A spelling that the collection uses, and what it means: a slip that only a person may decide.

    It says what a refused text means and nothing about one that is read; the card's `map` goes before it.
    """

    text: Said
    means: str = Field(description="alpha-3, or @unknown, @other, @stateless")
    decided_by: Said = Field(description="an office, never a person")
    decided_on: date

    @field_validator("means")
    @classmethod
    def _is_a_meaning(cls, code: str) -> str:
        if code not in MEANINGS and not is_country(code):
            raise Wrong("card.no_alpha3", value=code)
        return code

    @property
    def code(self) -> str:
        """The code that the text becomes."""
        return MEANINGS.get(self.means, self.means)

    def line(self) -> str:
        """The label as it stands in decisions.toml."""
        texts = {name: getattr(self, name) for name in ("text", "means", "decided_by")}
        entries = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()]
        return "\n".join(["[[label]]", *entries, f"decided_on = {self.decided_on}", ""])


def spelling(text: str) -> str:
    """What two cells share that are spelled alike: capitals and spaces do not count."""
    return " ".join(text.casefold().split())


class Decisions(Strict):
    """A whole decisions.toml, by kind of decision."""

    confirmed_value: list[ConfirmedValue] = Field(default=[], description="what looks like a slip is right")
    confirmed_origin: list[ConfirmedOrigin] = Field(default=[], description="a sudden origin is right")
    real_change: list[OfSeries] = Field(
        default=[], description="the jump from the period before is of the matter, not of the counting"
    )
    break_: list[OfSeries] = Field(
        default=[], alias="break", description="from this period on, what is counted is another thing"
    )
    suspected_break: list[OfSeries] = Field(
        default=[], description="there may be a break here; no trend is said until it is decided"
    )
    slip: list[Slip] = Field(default=[], description="the value is a slip; its sender is to mend it")
    agreement: list[Decision] = Field(
        default=[], description="the member agrees that counts from this period on are published as intervals"
    )
    new_draw: list[Decision] = Field(
        default=[], description="the details of this period may be drawn once more after the last draw"
    )
    label: list[AcceptedLabel] = Field(default=[], description="what a spelling of a country means here")

    def added_to(self, shipped: Decisions) -> Decisions:
        """Those shipped and these: of what is decided twice, the later line counts."""
        both = {kind: [*getattr(shipped, kind), *getattr(self, kind)] for kind in Decisions.model_fields}
        return self.model_copy(update=both)


def path_in(folder: Path) -> Path:
    """Where the decisions of a collection's folder stand, or would stand. CardError if in two files."""
    path, first = folder / FILE, folder / FIRST_NAME
    if path.exists() and first.exists():
        raise CardError("card.decisions_twice", folder=folder, file=FILE, first=FIRST_NAME)
    return first if first.exists() else path


def accepted(decided: Decisions) -> dict[str, str]:
    """Spelling → code, of the accepted labels; of one accepted twice, the later line."""
    return {spelling(label.text): label.code for label in decided.label}


def read_decisions(path: Path) -> Decisions:
    """The decisions at `path`. Raises CardError, which says what to mend."""
    return read_strict(path, Decisions)


def rows(name: str, collection: Collection, decided: Decisions) -> Iterator[dict[str, Any]]:
    """Its decisions as rows of `registry.decisions`; of one that was taken twice, the later line."""
    key = table("registry.decisions").key
    yield from {tuple(row[c] for c in key): row for row in _rows(name, collection, decided)}.values()


def _rows(name: str, collection: Collection, decided: Decisions) -> Iterator[dict[str, Any]]:
    for kind, field in Decisions.model_fields.items():
        for decision in getattr(decided, kind):
            if not isinstance(decision, Decision):
                continue  # of a spelling, not of a value
            period = periods.read(decision.period, year_starts=collection.year_starts)
            assert period is not None
            yield {
                "kind": field.alias or kind,
                "collection": name,
                "measure": decision.measure,
                "reporting_country": decision.reporting_country or collection.reporting_country,
                "period_start": period.start,
                "frequency": period.frequency,
                "dimension": getattr(decision, "dimension", None),
                "citizenship": getattr(decision, "citizenship", None),
                "value": getattr(decision, "value", None),
                "reason_es": decision.reason.es,
                "reason_en": decision.reason.en,
                "source": decision.source,
                "decided_by": decision.decided_by,
                "decided_on": decision.decided_on,
            }
