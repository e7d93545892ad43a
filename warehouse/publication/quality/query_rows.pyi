"""Rows of the queries of quality reports. For the type checker."""

from datetime import date
from typing import TypedDict

from typing_extensions import ReadOnly

from schemas.tables.rows import SubmissionsRow

class ValuesInForce(TypedDict):
    """Numbers on the values of a collection: countries, first and last day, values, exact ones."""

    countries: ReadOnly[int]
    first: ReadOnly[date]
    last: ReadOnly[date]
    n: ReadOnly[int]
    exact: ReadOnly[int]

class Delivery(SubmissionsRow):
    """A submission with the last day that it has values of."""

    last: ReadOnly[date | None]

class RevisionSizes(TypedDict):
    """What a submission changed in the one before: numbers of values, and quantiles of the sizes."""

    old: ReadOnly[date]
    new: ReadOnly[date]
    both: ReadOnly[int]
    revised: ReadOnly[int]
    added: ReadOnly[int]
    withdrawn: ReadOnly[int]
    quarantined: ReadOnly[int]
    sizes: ReadOnly[list[float] | None]

class Discrepancy(TypedDict):
    """Ratios to another collection for a country and measure, with the units and flows of both."""

    other: ReadOnly[str]
    reporting_country: ReadOnly[str]
    measure: ReadOnly[str]
    unit: ReadOnly[str]
    flow: ReadOnly[str]
    other_unit: ReadOnly[str]
    other_flow: ReadOnly[str]
    same_kind: ReadOnly[bool | None]
    is_scoped: ReadOnly[bool]
    n: ReadOnly[int]
    low: ReadOnly[float | None]
    high: ReadOnly[float | None]

class SeriesLength(TypedDict):
    """Years of a series from its last break on, and how many of them have figures."""

    first: ReadOnly[int]
    last: ReadOnly[int]
    n: ReadOnly[int]
