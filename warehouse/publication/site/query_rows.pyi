"""Rows of queries that join or group tables, and what pictures need of a row. For the type checker."""

from datetime import date
from typing import NotRequired, TypedDict

from typing_extensions import ReadOnly

from schemas.tables.rows import CollectionsRow, LabelledFigure, SeriesKindsRow, SourceAgreementRow

class CollectionOfRelease(CollectionsRow):
    """A collection with the day of its newest extract in force."""

    received_on: ReadOnly[date | None]

class KindWithPassport(SeriesKindsRow):
    """What a series counts in a span, with who counts it and where that is published."""

    authority: ReadOnly[str | None]
    what_es: ReadOnly[str | None]
    what_en: ReadOnly[str | None]
    source: ReadOnly[str | None]

class JudgedPair(SourceAgreementRow):
    """A total in two collections, with the judgement if there is one."""

    code: ReadOnly[str | None]

class OtherTotal(TypedDict):
    """A total of a source that is not preferred."""

    reporting_country: ReadOnly[str]
    indicator: ReadOnly[str]
    year: ReadOnly[int]
    period: ReadOnly[str]
    collection: ReadOnly[str]
    value_low: ReadOnly[float]
    value_high: ReadOnly[float | None]

class OriginFlow(TypedDict):
    """Persons of an origin in a country and year."""

    origin: ReadOnly[str]
    origin_class: ReadOnly[str]
    reporting_country: ReadOnly[str]
    year: ReadOnly[int]
    persons_low: ReadOnly[float]
    persons_high: ReadOnly[float | None]
    possible_high: ReadOnly[float | None]
    flag: ReadOnly[str | None]

class RevisionCount(TypedDict):
    """How many values of a country a submission changed in one way."""

    reporting_country: ReadOnly[str]
    new_submission: ReadOnly[str]
    old_submission: ReadOnly[str]
    kind: ReadOnly[str]
    n: ReadOnly[int]

class IndicatorSource(TypedDict):
    """Countries and years that a collection reports of an indicator."""

    indicator: ReadOnly[str]
    collection: ReadOnly[str]
    first: ReadOnly[int]
    last: ReadOnly[int]
    countries: ReadOnly[list[str]]
    preferred: ReadOnly[list[str] | None]

class Vintage(TypedDict):
    """A total of a year with the days between which it was known."""

    reporting_country: ReadOnly[str]
    year: ReadOnly[int]
    value_low: ReadOnly[float]
    value_high: ReadOnly[float | None]
    flag: ReadOnly[str | None]
    known_from: ReadOnly[date]
    known_to: ReadOnly[date | None]

class TotalOnDay(TypedDict):
    """A total as it was known from a day on."""

    collection: ReadOnly[str]
    measure: ReadOnly[str]
    reporting_country: ReadOnly[str]
    frequency: ReadOnly[str]
    period: ReadOnly[str]
    period_start: ReadOnly[date]
    known_from: ReadOnly[date]
    value_low: ReadOnly[float]
    value_high: ReadOnly[float | None]

class WithSource(TypedDict):
    """The collection of a value, or several with spaces between them."""

    collection: ReadOnly[str | None]

class FigureKey(TypedDict):
    """The indicator, country and year of a figure. Every labelled figure has them."""

    indicator: ReadOnly[str]
    reporting_country: ReadOnly[str]
    year: ReadOnly[int]

class DrawnFigure(FigureKey, WithSource):
    """What the pictures of countries read of a figure, besides its texts. Slices have no verdict."""

    period: ReadOnly[str]
    value_low: ReadOnly[float | None]
    value_high: ReadOnly[float | None]
    unit: ReadOnly[str]
    flag: ReadOnly[str | None]
    how: ReadOnly[str]
    direction: NotRequired[ReadOnly[str | None]]
    tested_from: NotRequired[ReadOnly[int | None]]
    tested_to: NotRequired[ReadOnly[int | None]]

class OriginFigure(LabelledFigure):
    """A labelled share of a class of origin, of a country or region."""

    origin_class: ReadOnly[str]
