"""The contract of answers: the types that every door returns. Reads no release and decides nothing.

A reply is an `Answer`, a `Missing` or a `Refusal`; its `kind` names it. A value has a `kind`, too: an open
bound is a kind of its own, so no number is infinite and none is null. The JSON schema of the contract is
rendered into contract.schema.json (`python -m warehouse.answers.contract`).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

VERSION: Literal["1.0"] = "1.0"
"""Version of the contract. The first number changes when a program that reads it must change."""

SCHEMA = Path(__file__).with_name("contract.schema.json")


class _Part(BaseModel):
    """Base of the contract's types: frozen, and without fields that are not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Code(_Part):
    """A code of the release with its name in the answer's language."""

    code: str
    name: str


class Call(_Part):
    """A call of the contract: the tool and its arguments by name."""

    tool: str
    arguments: dict[str, str | int | bool | list[str] | dict[str, str]] = {}


class Exact(_Part):
    """A number that is known."""

    kind: Literal["exact"] = "exact"
    value: float

    @property
    def low(self) -> float:
        """The number itself."""
        return self.value

    @property
    def high(self) -> float:
        """The number itself."""
        return self.value


class Between(_Part):
    """A number between two bounds, both possible."""

    kind: Literal["between"] = "between"
    low: float
    high: float


class AtLeast(_Part):
    """A number with a lower bound and no upper bound: nobody knows how high it is."""

    kind: Literal["at_least"] = "at_least"
    low: float

    @property
    def high(self) -> float:
        """Infinite."""
        return math.inf


class NoNumber(_Part):
    """A value that must not be used as a number; `reason` is its code in the list headline_how."""

    kind: Literal["no_number"] = "no_number"
    reason: str

    @property
    def low(self) -> float:
        """Zero: nothing is known."""
        return 0.0

    @property
    def high(self) -> float:
        """Infinite."""
        return math.inf


Reason = Literal[
    "not_understood",
    "families_mixed",
    "units_mixed",
    "events_as_persons",
    "part_of_a_country",
    "sum_of_series",
    "no_verdict",
    "not_registered",
]
"""Reasons of a refusal; their sentences are `answers.refused.<reason>` in schemas/words."""

Value = Annotated[Exact | Between | AtLeast | NoNumber, Field(discriminator="kind")]


class Figure(_Part):
    """One figure: value, what it counts, doubts, and the call that leads to its source cells.

    `text` is the value as a page shows it. `counts` is what the series counts and on what evidence; empty for
    a sum of several series. `revision` is provisional, settled or another code of the list revision_state.
    """

    indicator: Code
    country: Code
    period: str
    breakdown: dict[str, Code] = {}
    value: Value
    text: str
    unit: str
    counts: str = ""
    flags: tuple[Code, ...] = ()
    revision: Code | None = None
    source: Code
    evidence: Call


class Change(_Part):
    """Change between two windows, without a test. `ratio` is later by earlier."""

    earlier_window: str
    later_window: str
    earlier: Value
    later: Value
    ratio: Value


class SourceCell(_Part):
    """A cell of a received file behind a figure. `sha256` is of the file, `received_on` an ISO date."""

    submission: str
    received_on: str
    sha256: str
    sheet: str = ""
    cell: str
    text: str


class LawCell(_Part):
    """The provision of a law on one element, as assessed. Penalties are in years; dates are ISO dates."""

    country: Code
    family: Code
    element: Code
    status: Code
    law: str = ""
    article: str = ""
    penalty_min_years: float | None = None
    penalty_max_years: float | None = None
    in_force_from: str = ""
    in_force_to: str = ""
    assessment: Code
    verified_on: str = Field("", description="Empty: no jurist of the country has confirmed it")
    source: str = ""


class Item(_Part):
    """An entry of a list: an indicator that fits, a gap, a source. `call` leads on from it."""

    code: str
    name: str
    text: str = ""
    call: Call | None = None


class _Reply(_Part):
    """Fields of every reply. `sentence` can be read aloud and is complete in itself."""

    contract: Literal["1.0"] = VERSION
    call: Call
    lang: str
    release: str
    as_of: str
    sentence: str


class Content(_Part):
    """Content of an answer.

    `conclusion` is what may and may not be concluded, as the release states it; `caveats` hold for all of it.
    `licences` are by collection.
    """

    sentence: str
    figures: tuple[Figure, ...] = ()
    changes: tuple[Change, ...] = ()
    laws: tuple[LawCell, ...] = ()
    items: tuple[Item, ...] = ()
    cells: tuple[SourceCell, ...] = ()
    conclusion: str = ""
    caveats: tuple[str, ...] = ()
    citation: tuple[str, ...] = ()
    licences: dict[str, str] = {}


class Answer(_Reply, Content):
    """An answer with its figures, caveats and citation."""

    kind: Literal["answer"] = "answer"


class Missing(_Reply):
    """No data: the release has no such figure. `filled_by` is what would fill the gap, if that is known."""

    kind: Literal["no_data"] = "no_data"
    filled_by: str = ""
    alternatives: tuple[Call, ...] = ()


class Refusal(_Reply):
    """A refusal: no answer to the question is right. `alternatives` has calls that have an answer."""

    kind: Literal["refused"] = "refused"
    reason: Reason
    alternatives: tuple[Call, ...] = ()


Reply = Annotated[Answer | Missing | Refusal, Field(discriminator="kind")]


class QuestionReply(_Part):
    """A question in words: how it was read, what of it was not used, the replies, and near questions."""

    question: str
    read_as: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    replies: tuple[Reply, ...]
    near: tuple[Call, ...] = ()


class Texts(_Part):
    """A text in the languages of the contract."""

    es: str
    en: str


class SeriesReplies(_Part):
    """The reply of the tool `series` in each language: the document of an indicator and country."""

    es: Reply
    en: Reply


class IndicatorEntry(_Part):
    """An indicator in the catalogue. `series` has the address of each country's document, by country.

    `filled_by` names the source that would fill it, if it has no data.
    """

    indicator: str
    name: Texts
    definition: Texts
    caveat: Texts
    unit: str
    family: str
    has_data: bool
    filled_by: Texts
    series: dict[str, str]


class SourceEntry(_Part):
    """A collection in the catalogue, with its citation and its publisher's licence (empty: not stated)."""

    collection: str
    title: Texts
    citation: str
    licence: str


class Catalogue(_Part):
    """The catalogue of a release: indicators, countries with their names, sources."""

    contract: Literal["1.0"] = VERSION
    release: str
    as_of: str
    indicators: tuple[IndicatorEntry, ...]
    countries: dict[str, Texts]
    sources: tuple[SourceEntry, ...]


class ReleaseEntry(_Part):
    """A release in the list of releases, with the address of its catalogue."""

    release: str
    as_of: str
    catalogue: str


class Releases(_Part):
    """The list of the releases that are served, the oldest first. `latest` names the one in force."""

    contract: Literal["1.0"] = VERSION
    latest: str
    releases: tuple[ReleaseEntry, ...]


def schema() -> dict[str, Any]:
    """Return the JSON schema of a reply."""
    return TypeAdapter(Reply).json_schema(mode="serialization") | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"lineabase answers {VERSION}",
    }


def rendered_schema() -> str:
    """Return the text of contract.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(rendered_schema(), encoding="utf-8")
