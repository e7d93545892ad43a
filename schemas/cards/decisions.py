"""Decisions of a steward about values and spellings: the grammar of decisions.toml, and how it is read.

The warehouse finds the values that a decision applies to, and its consequences.
"""

from __future__ import annotations

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
from schemas.toml_lines import toml_table
from schemas.words import InvalidValue

FILE, FORMER_FILE = "decisions.toml", "breaks.toml"
"""Name of the file next to the card, and its former name, which is still read."""

if TYPE_CHECKING:
    Dimension = str
else:
    Dimension = Literal["total", *SLICES]

MEANINGS = {word: SPECIAL[word] for word in ("@unknown", "@other", "@stateless")}

NonEmptyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Reason(Strict):
    """Reason of a decision, in the two languages of the network. Never empty."""

    es: NonEmptyText
    en: NonEmptyText


class Decision(Strict):
    """A decision: its series and period, its reason, and the office and day of the decision.

    Without `reporting_country` or `measure` it holds for the whole collection.
    """

    reporting_country: str | None = None
    measure: str | None = None
    period: str
    reason: Reason
    source: NonEmptyText
    decided_by: NonEmptyText = Field(description="an office, never a person")
    decided_on: date

    @field_validator("measure")
    @classmethod
    def _check_measure(cls, measure: str | None) -> str | None:
        if measure is not None and measure not in codelists.codelist("measure"):
            raise InvalidValue("card.no_measure", value=measure)
        return measure

    @field_validator("reporting_country")
    @classmethod
    def _check_reporting_country(cls, code: str | None) -> str | None:
        if code is not None and not is_code("reporting_country", code):
            raise InvalidValue("card.no_alpha3", value=code)
        return code

    @field_validator("citizenship", check_fields=False)
    @classmethod
    def _check_citizenship(cls, code: str) -> str:
        if not is_country(code):
            raise InvalidValue("card.no_alpha3", value=code)
        return code

    @field_validator("period")
    @classmethod
    def _check_period(cls, text: str) -> str:
        if periods.read(text) is None:
            raise InvalidValue("card.no_period", value=text, examples="2015, 2015-Q1, 2015-03")
        return text


class ConfirmedValue(Decision):
    """The value looks like a year or a code but is a correct count. Holds for this exact value only."""

    value: float = Field(strict=True)  # "2.015" in quotation marks is not 2015


class ConfirmedOrigin(Decision):
    """The origin appeared suddenly and is a correct count."""

    citizenship: str


class SeriesDecision(Decision):
    """A decision about a whole series from a period on. With `dimension`, only about that breakdown."""

    dimension: Dimension | None = None


class Slip(Decision):
    """The value is an error that its sender must correct. It stays doubtful. Holds for this value only."""

    value: float = Field(strict=True)
    citizenship: str | None = None


class EqualNumber(Decision):
    """The number also stands elsewhere and is what the series counts. Holds for this exact value only."""

    value: float = Field(strict=True)


class KnownDifference(Decision):
    """Another source has other values up to this period, for the reason given. Holds for this value only."""

    value: float = Field(strict=True)
    other_collection: NonEmptyText


class AcceptedLabel(Strict):
    """A spelling that the collection uses, and its meaning: an error that only a person may resolve.

    It applies only to texts that are otherwise refused. The card's `map` takes precedence.
    """

    text: NonEmptyText
    means: str = Field(description="alpha-3, or @unknown, @other, @stateless")
    decided_by: NonEmptyText = Field(description="an office, never a person")
    decided_on: date

    @field_validator("means")
    @classmethod
    def _check_meaning(cls, code: str) -> str:
        if code not in MEANINGS and not is_country(code):
            raise InvalidValue("card.no_alpha3", value=code)
        return code

    @property
    def code(self) -> str:
        """Code that the text becomes."""
        return MEANINGS.get(self.means, self.means)

    def line(self) -> str:
        """Return the label as an entry of decisions.toml."""
        names = ("text", "means", "decided_by", "decided_on")
        return toml_table("label", {name: getattr(self, name) for name in names})


def spelling(text: str) -> str:
    """Return the text without capitals and extra spaces. Spellings with equal results are the same."""
    return " ".join(text.casefold().split())


class Decisions(Strict):
    """A whole decisions.toml, by kind of decision."""

    confirmed_value: list[ConfirmedValue] = Field(
        default=[], description="a value that looks like an error is correct"
    )
    confirmed_origin: list[ConfirmedOrigin] = Field(default=[], description="a sudden origin is correct")
    real_change: list[SeriesDecision] = Field(
        default=[], description="the jump from the previous period is real, not an effect of counting"
    )
    break_: list[SeriesDecision] = Field(
        default=[], alias="break", description="from this period on, something else is counted"
    )
    suspected_break: list[SeriesDecision] = Field(
        default=[], description="there may be a break here; no trend is published until it is decided"
    )
    slip: list[Slip] = Field(default=[], description="the value is an error; its sender must correct it")
    equal_number: list[EqualNumber] = Field(
        default=[], description="the number also stands elsewhere, and is what was counted here"
    )
    known_difference: list[KnownDifference] = Field(
        default=[], description="another source differs up to this period, for the reason given"
    )
    agreement: list[Decision] = Field(
        default=[], description="the member agrees that counts from this period on are published as intervals"
    )
    new_draw: list[Decision] = Field(
        default=[], description="the details of this period may be drawn again after the last draw"
    )
    label: list[AcceptedLabel] = Field(default=[], description="the meaning of a spelling of a country here")

    def appended_to(self, earlier: Decisions) -> Decisions:
        """Return the earlier decisions followed by these. If both decide the same, the later entry counts."""
        update = {kind: [*getattr(earlier, kind), *getattr(self, kind)] for kind in Decisions.model_fields}
        return self.model_copy(update=update)


def decisions_path(folder: Path) -> Path:
    """Return the path of the decisions in a collection's folder, also if the file does not exist.

    Raises CardError if both file names exist.
    """
    path, former = folder / FILE, folder / FORMER_FILE
    if path.exists() and former.exists():
        raise CardError("card.decisions_twice", folder=folder, file=FILE, first=FORMER_FILE)
    return former if former.exists() else path


def accepted_labels(decisions: Decisions) -> dict[str, str]:
    """Return spelling → code for the accepted labels. If a spelling occurs twice, the later entry counts."""
    return {spelling(label.text): label.code for label in decisions.label}


def read_decisions(path: Path) -> Decisions:
    """Read the decisions at `path`. Raises CardError, which explains the correction."""
    return read_strict(path, Decisions)


def decision_rows(name: str, collection: Collection, decisions: Decisions) -> Iterator[dict[str, Any]]:
    """Yield the decisions as rows of `registry.decisions`.

    If a decision occurs twice, the later entry counts.
    """
    key = table("registry.decisions").key
    by_key = {tuple(row[column] for column in key): row for row in _rows(name, collection, decisions)}
    yield from by_key.values()


def _rows(name: str, collection: Collection, decisions: Decisions) -> Iterator[dict[str, Any]]:
    for kind, field in Decisions.model_fields.items():
        for decision in getattr(decisions, kind):
            if not isinstance(decision, Decision):
                continue  # a decision about a spelling, not about a value
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
                "other_collection": getattr(decision, "other_collection", None),
                "reason_es": decision.reason.es,
                "reason_en": decision.reason.en,
                "source": decision.source,
                "decided_by": decision.decided_by,
                "decided_on": decision.decided_on,
            }
