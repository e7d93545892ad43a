"""Trace a figure back to the received values behind it, with file, sheet and cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from schemas.indicators import catalogue
from schemas.indicators.forms import form
from schemas.tables import DIMENSIONS, SLICES
from schemas.words import InvalidValue
from warehouse.reading.arguments import CITIZENSHIP, ORIGIN

if TYPE_CHECKING:
    import pandas as pd

REQUIRED_COLUMNS = ("reporting_country", "period_start", "period_end", "measure", "submissions")
"""Columns that a row must have to be traced."""

_CELLS = """
SELECT
    o.collection, o.submission, s.received_on, s.sha256, c.sheet, c.source_row, c.source_column, c.cell,
    o.measure, o.reporting_country, o.period_start, o.period_end, o.frequency, o.breakdown, {dimensions},
    o.value_low, o.value_high, o.value_text, o.flag, o.observation
FROM core.current AS o
JOIN core.sources AS c USING (submission, observation)
JOIN registry.submissions AS s USING (submission)
WHERE list_contains(string_split($submissions, ' '), o.submission) AND list_contains($measures, o.measure)
  AND (o.reporting_country = $country OR list_contains(string_split($members, ' '), o.reporting_country))
  AND o.period_start >= $first AND o.period_end <= $last AND {detailed}
ORDER BY o.submission, o.reporting_country, o.period_start, o.breakdown <> 'total', o.breakdown,
    c.sheet NULLS FIRST, c.source_row, c.source_column
"""


def received_values(db: duckdb.DuckDBPyConnection, row: Mapping[str, object]) -> pd.DataFrame:
    """Return the received values behind a row of a frame, each with its cell; totals first.

    A total that nobody sent leads to the values of the breakdown that it is the sum of.
    """
    if missing := [name for name in REQUIRED_COLUMNS if name not in row]:
        raise InvalidValue("home.no_way_back", missing=", ".join(missing))
    parameters = {
        "submissions": row["submissions"],
        "measures": sorted({str(row["measure"]), *_measures(row.get("indicator"))}),
        "country": row["reporting_country"],
        "members": row.get("members") or "",
        "first": row["period_start"],
        "last": row["period_end"],
    }
    details, totals_only = _dimension_conditions(row, parameters)
    values = _cells(db, [*details, *totals_only], parameters)
    if values.empty:
        values = _parts_of_sum(_cells(db, details, parameters), row.get("value_low"))
    plain = [d.name for d in DIMENSIONS if values[d.name].isin(["_T", "_Z"]).all()]
    return values.drop(columns=plain)


def _cells(
    db: duckdb.DuckDBPyConnection, conditions: list[str], parameters: dict[str, object]
) -> pd.DataFrame:
    sql = _CELLS.format(
        dimensions=", ".join(f"o.{d.name}" for d in DIMENSIONS), detailed=" AND ".join([*conditions, "TRUE"])
    )
    return db.execute(sql, parameters).df()


def _parts_of_sum(values: pd.DataFrame, low: object) -> pd.DataFrame:
    """Return the values of the breakdowns whose sum is the lower bound of a total; all if none is."""
    sums = values.groupby("breakdown")["value_low"].sum()
    breakdowns = sums.index[sums == low]
    return values[values["breakdown"].isin(breakdowns)] if len(breakdowns) else values


# ---- all figures of an indicator at once ---------------------------------------------------------------


class CellOfFigure(NamedTuple):
    """A received value behind a figure: its submission, its place in the file, and what it counts."""

    submission: str
    received_on: date
    sheet: str | None
    cell: str
    measure: str
    period_start: date
    period_end: date
    breakdown: str
    value_low: float | None
    value_text: str
    details: Mapping[str, str]  # codes of the dimensions that detail it


_FIGURE_CELLS = """
WITH shown AS (
    SELECT indicator, reporting_country, year, period FROM baseline.headline
    UNION SELECT indicator, reporting_country, year, period FROM baseline.headline_origin
    UNION SELECT indicator, reporting_country, year, period FROM baseline.headline_exploitation
),
figures AS (
    SELECT DISTINCT v.reporting_country, v.year, v.period_start, v.period_end,
        unnest(string_split(v.submissions, ' ')) AS submission
    FROM baseline.indicator_values AS v
    SEMI JOIN shown USING (indicator, reporting_country, year, period)
    WHERE v.indicator = $indicator AND v.preferred AND v.panel = '_Z' AND v.frequency = 'A'
        AND v.submissions IS NOT NULL
)
SELECT f.reporting_country, f.year, o.submission, s.received_on, c.sheet, c.cell, o.measure, o.period_start,
    o.period_end, o.breakdown, o.value_low, o.value_text, {dimensions}
FROM figures AS f
JOIN core.current AS o ON o.submission = f.submission AND o.reporting_country = f.reporting_country
    AND o.period_start >= f.period_start AND o.period_end <= f.period_end
JOIN core.sources AS c ON c.submission = o.submission AND c.observation = o.observation
JOIN registry.submissions AS s ON s.submission = o.submission
WHERE list_contains($measures, o.measure) AND {conditions}
ORDER BY f.reporting_country, f.year, o.period_start, o.breakdown <> 'total', o.breakdown, o.submission,
    c.sheet NULLS FIRST, c.source_row, c.source_column
"""


def cells_of_indicator(
    db: duckdb.DuckDBPyConnection, indicator: str, lows: Mapping[tuple[str, int], float | None]
) -> dict[tuple[str, int], list[CellOfFigure]]:
    """Return the received values behind the labelled yearly figures of countries, by country and year.

    They are those of `received_values`. `lows` are the lower bounds of totals, by the same key: a total that
    nobody sent leads to the values of the breakdown that it is the sum of.
    """
    entry = catalogue()[indicator]
    open_dimensions = {entry.dimension, form(entry.form).whole_table}
    totals = " AND ".join([f"o.{name} = '_T'" for name in SLICES if name not in open_dimensions] or ["TRUE"])
    figures = _by_figure(db, indicator, totals)
    if missing := {key for key in lows if key not in figures}:
        for key, values in _by_figure(db, indicator, "TRUE").items():
            if key in missing:
                figures[key] = _cells_of_sum(values, lows[key])
    return figures


def _cells_of_sum(values: list[CellOfFigure], low: float | None) -> list[CellOfFigure]:
    """Return the cells of the breakdowns whose sum is the lower bound of a total; all if none is."""
    import pandas as pd  # here: it is slow to load

    frame = pd.DataFrame([{"breakdown": cell.breakdown, "value_low": cell.value_low} for cell in values])
    return [values[position] for position in _parts_of_sum(frame, low).index]


def _by_figure(
    db: duckdb.DuckDBPyConnection, indicator: str, conditions: str
) -> dict[tuple[str, int], list[CellOfFigure]]:
    names = [d.name for d in DIMENSIONS]
    sql = _FIGURE_CELLS.format(dimensions=", ".join(f"o.{name}" for name in names), conditions=conditions)
    grouped: dict[tuple[str, int], list[CellOfFigure]] = {}
    result = db.execute(sql, {"indicator": indicator, "measures": _measures(indicator)})
    for country, year, *values in result.fetchall():
        codes = zip(names, values[-len(names) :], strict=True)
        details = {name: code for name, code in codes if code not in ("_T", "_Z")}
        grouped.setdefault((country, year), []).append(CellOfFigure._make([*values[: -len(names)], details]))
    return grouped


def _measures(indicator: object) -> list[str]:
    """Return the measures in an indicator's numerator and denominator."""
    entry = catalogue().get(str(indicator))
    return [name for name in (entry.measure, entry.denominator_measure) if name] if entry else []


def _dimension_conditions(
    row: Mapping[str, object], parameters: dict[str, object]
) -> tuple[list[str], list[str]]:
    """Return SQL conditions for the detailed dimensions of a row, and for those that have totals only.

    A dimension with a code selects that code and the totals that include it; any other selects totals only. A
    share rests on its whole table, so the dimension that it divides is not restricted.
    """
    entry = catalogue().get(str(row.get("indicator")))
    divided_dimensions = {entry.dimension} if entry and entry.dimension else set()
    detailed_dimensions = [name for name in SLICES if row.get(name, "_T") != "_T"]
    if row.get("origin") is not None:
        detailed_dimensions, parameters[CITIZENSHIP] = [*detailed_dimensions, CITIZENSHIP], row["origin"]
    by_class = row.get(ORIGIN, "_T") != "_T" and CITIZENSHIP not in detailed_dimensions
    limited_dimensions = [name for name in detailed_dimensions if name not in divided_dimensions]
    for name in limited_dimensions:
        parameters.setdefault(name, row.get(name))
    conditions = [f"(o.{name} = '_T' OR o.{name} = ${name})" for name in limited_dimensions]
    totals_only = [
        name for name in SLICES if name not in detailed_dimensions and name not in divided_dimensions
    ]
    if by_class:
        totals_only = [name for name in totals_only if name != CITIZENSHIP]
    return conditions, [f"o.{name} = '_T'" for name in totals_only]
