"""What the other tables of a release say of protected counts: no less and no more than so many in some cells.

Indicators, the labelled layer, profiles and flows of origin, trends: read as anybody reads them, with the
published catalogue. What follows from it is for the attack (published.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from math import ceil, floor, inf, isfinite
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from schemas.codelists import within
from schemas.indicators import Indicator, catalogue
from schemas.protected import WHOLE, Breakdown, breakdowns

TOTAL = (WHOLE, (WHOLE,))
ORIGIN, REST_OF_ORIGIN = "origin_class", "indeterminate"
_ROUNDED = 1e-6
"""A share is told as a fraction in binary; of persons no part as small as this is told."""


class Cell(NamedTuple):
    """Where a count stands in its tables, without the component."""

    measure: str
    area: str
    frequency: str
    first_day: str
    dimension: str
    code: str


class Said(NamedTuple):
    """Of some cells, each times a factor: at least, and at most."""

    terms: tuple[tuple[Cell, float], ...]
    low: float
    high: float

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells."""
        return tuple(cell for cell, _ in self.terms)


Group = tuple[str, tuple[str, ...]]
"""A dimension and codes of it."""


def said(file: Path) -> list[Said]:
    """All that is said; nothing where the file has no such tables."""
    with duckdb.connect(file, read_only=True) as db:
        tables = {
            f"{s}.{t}"
            for s, t in db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        }
        found = []
        for name, read in _READ.items():
            if {name, "baseline.protected_counts"} <= tables:
                found += [*read(db)]
    return [one for one in found if isfinite(one.low) or isfinite(one.high)]


_OURS = "(SELECT DISTINCT collection FROM baseline.protected_counts WHERE members IS NULL)"
_YEARS = (
    "(SELECT DISTINCT measure, reporting_country, year, period_start FROM baseline.protected_counts "
    "WHERE frequency = 'A')"
)


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[dict[Any, Any]]:
    frame = db.execute(query).df()
    yield from frame.astype(object).where(frame.notna(), None).to_dict("records")


# ---- indicators ------------------------------------------------------------------------------------------


def _of_indicators(db: duckdb.DuckDBPyConnection) -> Iterator[Said]:
    rows = _rows(
        db,
        f"""
        SELECT *, CAST(period_start AS VARCHAR) AS first_day, coalesce(members, reporting_country) AS areas
        FROM baseline.indicator_values
        WHERE collection IN {_OURS} AND pooled_years = 1
        """,
    )
    for row in rows:
        yield from _of_indicator(row)


def _of_indicator(row: Mapping[str, Any]) -> Iterator[Said]:
    indicator = catalogue().get(row["indicator"])
    group = _counted(indicator, row) if indicator else None
    if indicator is None or group is None:
        return
    yield _said(row, group, row["numerator_low"], row["numerator_high"])
    below = _below(indicator, row)
    if below:
        yield _said(row, below, row["denominator_low"], row["denominator_high"])
    of = 1 if row["denominator_basis"] == "_Z" else _exact(row["denominator_low"], row["denominator_high"])
    yield from _of_value(row, group, below, None if of is None else of / indicator.per)


def _of_value(row: Mapping[str, Any], group: Group, below: Group | None, of: float | None) -> Iterator[Said]:
    """What a share says of both its groups, or a rate or count, of so many, of the one."""
    low, high = row["value_low"], row["value_high"]
    if low is None:
        return
    if below:
        for bound, least, most in ((low, -_ROUNDED, inf), (high, -inf, _ROUNDED)):
            if bound is not None and isfinite(bound):
                yield _shared(row, group, below, bound, least, most)
    elif of is not None:
        most = inf if high is None or not isfinite(high) else floor(high * of + _ROUNDED)
        yield _said(row, group, ceil(low * of - _ROUNDED), most)


def _shared(
    row: Mapping[str, Any], group: Group, below: Group, share: float, least: float, most: float
) -> Said:
    """The persons of a group less their share of those of another."""
    terms: dict[Cell, float] = {}
    for (dimension, codes), factor in ((group, 1.0), (below, -share)):
        for cell in _cells(row, dimension, codes):
            terms[cell] = terms.get(cell, 0) + factor
    return Said(tuple(terms.items()), least, most)


def _counted(indicator: Indicator, row: Mapping[str, Any]) -> Group | None:
    """The codes whose persons the numerator counts; None where these tables have no such cells."""
    if row.get(ORIGIN, WHOLE) != WHOLE:
        return _listed(ORIGIN, (row[ORIGIN],))
    detailed = [
        (one.dimension, row[one.dimension]) for one in breakdowns() if row.get(one.dimension, WHOLE) != WHOLE
    ]
    if row.get("citizenship", WHOLE) != WHOLE or len(detailed) > 1:
        return None
    if detailed:
        [(dimension, code)] = detailed
        return _listed(dimension, (code,))
    if indicator.form == "share" and (table := _table(indicator.dimension)):
        return table.dimension, tuple(
            c for c in table.codes if any(within(table.dimension, c, p) for p in indicator.part)
        )
    if indicator.form == "origin_known" and (table := _table(ORIGIN)):
        return table.dimension, table.codes
    return TOTAL if indicator.form in ("count", "rate") else None


def _below(indicator: Indicator, row: Mapping[str, Any]) -> Group | None:
    """The codes whose persons the denominator counts."""
    if indicator.form in ("count", "origin_count", "rate"):
        return None
    if row["denominator_basis"] == "known":
        table = _table(indicator.dimension)
        return (table.dimension, table.codes) if table else None
    return TOTAL


def _table(dimension: str | None) -> Breakdown | None:
    return next((one for one in breakdowns() if one.dimension == dimension), None)


def _listed(dimension: str, codes: tuple[str, ...]) -> Group | None:
    table = _table(dimension)
    return (dimension, codes) if table and set(codes) <= set(table.cells) else None


def _said(row: Mapping[str, Any], group: Group, low: float | None, high: float | None) -> Said:
    return Said(tuple((cell, 1.0) for cell in _cells(row, *group)), low or 0, inf if high is None else high)


def _cells(row: Mapping[str, Any], dimension: str, codes: Iterable[str]) -> list[Cell]:
    areas = str(row["areas"]).split()
    return [
        Cell(row["measure"], area, row["frequency"], row["first_day"], dimension, code)
        for area, code in product(areas, codes)
    ]


def _exact(low: float | None, high: float | None) -> float | None:
    return low if low is not None and low == high else None


# ---- the labelled layer, trends --------------------------------------------------------------------------


def _of_headlines(name: str, values: str) -> Callable[[duckdb.DuckDBPyConnection], Iterator[Said]]:
    """What reads a table with a value an indicator, country and year, without numerator and denominator."""

    def read(db: duckdb.DuckDBPyConnection) -> Iterator[Said]:
        rows = _rows(
            db,
            f"""
            SELECT
                v.*, y.measure AS of_measure, CAST(y.period_start AS VARCHAR) AS first_day, 'A' AS of_year,
                v.reporting_country AS areas
            FROM (SELECT {values} FROM {name}) AS v
            JOIN {_YEARS} AS y USING (reporting_country, year)
            WHERE v.collection IN {_OURS}
            """,
        )
        for row in rows:
            yield from _of_headline(row | {"measure": row["of_measure"], "frequency": row["of_year"]})

    return read


def _of_headline(row: Mapping[str, Any]) -> Iterator[Said]:
    indicator = catalogue().get(row["indicator"])
    if indicator is None or row["measure"] != (indicator.measure or row["measure"]):
        return
    if group := _counted(indicator, row):
        of = 1 if row["denominator_basis"] == "_Z" else None
        yield from _of_value(row, group, _below(indicator, row), of)


_LABELLED = "indicator, reporting_country, year, collection, denominator_basis, value_low, value_high"
_OF_TRENDS = f"""
    indicator, reporting_country, TRY_CAST(last_period AS BIGINT) AS year, collection, denominator_basis,
    latest_low AS value_low, latest_high AS value_high, {ORIGIN}, sex, age_group, exploitation, citizenship
"""


# ---- tables of origin ------------------------------------------------------------------------------------


def _of_profiles(db: duckdb.DuckDBPyConnection) -> Iterator[Said]:
    yield from _of_origins(
        _rows(
            db,
            f"""
            SELECT *, CAST(period_start AS VARCHAR) AS first_day, reporting_country AS areas
            FROM baseline.origin_profile WHERE collection IN {_OURS}
            """,
        )
    )


def _of_flows(db: duckdb.DuckDBPyConnection) -> Iterator[Said]:
    """Of the countries themselves: no other is told apart."""
    yield from _of_origins(
        _rows(
            db,
            f"""
            SELECT *, CAST(period_start AS VARCHAR) AS first_day, reporting_country AS areas, 'A' AS frequency
            FROM baseline.origin_flows WHERE collection IN {_OURS} AND origin = reporting_country
            """,
        )
    )


def _of_origins(rows: Iterable[Mapping[str, Any]]) -> Iterator[Said]:
    for row in rows:
        yield _said(row, TOTAL, row["total_low"], row["total_high"])
        if group := _listed(ORIGIN, (row[ORIGIN],)):
            yield _said(row, group, row["persons_low"], row["persons_high"])


_READ = {
    "baseline.indicator_values": _of_indicators,
    "baseline.headline": _of_headlines("baseline.headline", _LABELLED),
    "baseline.headline_origin": _of_headlines("baseline.headline_origin", f"{_LABELLED}, {ORIGIN}"),
    "baseline.headline_exploitation": _of_headlines(
        "baseline.headline_exploitation", f"{_LABELLED}, exploitation"
    ),
    "analysis.trends": _of_headlines("analysis.trends", _OF_TRENDS),
    "baseline.origin_profile": _of_profiles,
    "baseline.origin_flows": _of_flows,
}
