"""From a figure back to the received values it rests on, with file, sheet and cell. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.indicators import catalogue
from schemas.tables import DIMENSIONS, SLICES
from schemas.words import Wrong
from warehouse.reading.asked import CITIZENSHIP, ORIGIN

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("reporting_country", "period_start", "period_end", "measure", "submissions")
"""What a row must say to be followed."""

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


def behind(db: duckdb.DuckDBPyConnection, lang: str, row: Mapping[str, Any]) -> pd.DataFrame:
    """The received values that a row of a frame rests on, each with its cell; the totals first."""
    if missing := [name for name in NEEDED if name not in row]:
        raise Wrong("home.no_way_back", missing=", ".join(missing))
    parameters = {
        "submissions": row["submissions"],
        "measures": sorted({row["measure"], *_measures(row.get("indicator"))}),
        "country": row["reporting_country"],
        "members": row.get("members") or "",
        "first": row["period_start"],
        "last": row["period_end"],
    }
    sql = _CELLS.format(
        dimensions=", ".join(f"o.{d.name}" for d in DIMENSIONS),
        detailed=" AND ".join(_detailed(row, parameters)),
    )
    found = db.execute(sql, parameters).df()
    plain = [d.name for d in DIMENSIONS if found[d.name].isin(["_T", "_Z"]).all()]
    return found.drop(columns=plain)


def _measures(indicator: str | None) -> list[str]:
    """What an indicator counts, and over what."""
    known = catalogue().get(indicator or "")
    return [name for name in (known.measure, known.denominator_measure) if name] if known else []


def _detailed(row: Mapping[str, Any], parameters: dict[str, Any]) -> list[str]:
    """Of what a row details its own code, and the wider rows that hold it; of what it does not, the totals.

    A share is made of its whole table: every code of the dimension that it divides.
    """
    known = catalogue().get(row.get("indicator") or "")
    table = {known.dimension} if known and known.dimension else set()
    told = [name for name in SLICES if row.get(name, "_T") != "_T"]
    if row.get("origin") is not None:
        told, parameters[CITIZENSHIP] = [*told, CITIZENSHIP], row["origin"]
    by_class = row.get(ORIGIN, "_T") != "_T" and CITIZENSHIP not in told
    for name in told:
        parameters.setdefault(name, row.get(name))
    conditions = [f"(o.{name} = '_T' OR o.{name} = ${name})" for name in told if name not in table]
    rest = [name for name in SLICES if name not in told and name not in table]
    if by_class:
        rest = [name for name in rest if name != CITIZENSHIP]
    return [*conditions, *(f"o.{name} = '_T'" for name in rest), "TRUE"]
