"""Tables that Python computes in a build: trends, months, their sentences, words of protected counts.

`build` makes the whole internal database: these tables and the models in SQL, in dependency order.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from schemas.tables import (
    COMPOSITION_POINTS,
    HEADLINES,
    JUMPS,
    MONTHLY,
    MONTHLY_POINTS,
    ORIGIN_MIX,
    PROTECTED_CELLS,
    PROTECTED_COUNTS,
    TRENDS,
)
from warehouse.build import database
from warehouse.build.database import Compute, Fill, Inputs
from warehouse.build.statistics.breaks import jumps
from warehouse.build.statistics.composition import compositions
from warehouse.build.statistics.months import monthly
from warehouse.build.statistics.trends import trends
from warehouse.home.settings import Engine
from warehouse.statements.alert_sentences import with_alert_sentences
from warehouse.statements.headlines import with_bounds_in_words, with_words
from warehouse.statements.sentences import with_sentences


def build(path: Path, inputs: Inputs, engine: Engine = "duckdb") -> None:
    """Build the whole internal database at `path`. Raises NotInstalled."""
    database.build(path, inputs, COMPUTED, engine)


def model_order() -> list[str]:
    """The tables to fill, each after those it reads."""
    return database.model_order(COMPUTED)


def run_model(db: duckdb.DuckDBPyConnection, name: str, as_of: date, fill: Fill | None = None) -> None:
    """Fill one table, by its models or by Python, or create its view."""
    database.run_model(db, name, as_of, COMPUTED, fill)


def compute_trends(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`analysis.trends` from the points that trends are judged by, each row with what it says in words."""
    points = db.execute("SELECT * FROM core.judged_points").df()
    catalogue = db.execute(
        "SELECT indicator, family, name_es, name_en, caveat_es, caveat_en FROM core.declared"
    ).df()
    events = db.execute("SELECT * FROM core.events ORDER BY ALL").df()
    return with_sentences(trends(points, as_of=as_of, series=_SERIES), catalogue, events)


def compute_jumps(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`core.jumps` from the points of all series."""
    return jumps(db.execute("SELECT * FROM core.trend_points").df(), series=_SERIES)


def compute_compositions(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`analysis.origin_mix`: the test of composition of every series of tables of origin."""
    points = db.execute("SELECT * FROM core.composition_points").df()
    series = [c for c in ORIGIN_MIX.column_names if c in COMPOSITION_POINTS.column_names]
    return compositions(points, as_of=as_of, series=series)


def compute_monthly(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """`analysis.monthly` from the months of all series, each alert with what it says in words."""
    points = db.execute("SELECT * FROM core.monthly_points").df()
    series = ["family", *(column for column in MONTHLY.key if column != "period_start")]
    return with_alert_sentences(monthly(points, series=series))


def compute_protected_counts(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """`baseline.protected_counts`: the published bounds, each with its words."""
    return with_bounds_in_words(db.execute("SELECT * FROM core.protected_bounds").df())


def headlines_where(kind: str) -> Compute:
    """What fills a table of the labelled layer: the rows of that kind, each with its value in words."""

    def compute(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
        return with_words(db.execute(f"SELECT * FROM {HEADLINES.full_name} WHERE {kind}").df())

    return compute


_SERIES = [c for c in TRENDS.column_names if c in JUMPS.column_names]

_OF_COUNTRIES, _OF_ALL, _OF_ALL_FORMS = "area_type = 'country'", "origin_class = '_T'", "exploitation = '_T'"

COMPUTED: dict[str, tuple[tuple[str, ...], Compute]] = {
    JUMPS.full_name: (("core.trend_points",), compute_jumps),
    TRENDS.full_name: (("core.judged_points", "core.events"), compute_trends),
    MONTHLY.full_name: ((MONTHLY_POINTS.full_name,), compute_monthly),
    ORIGIN_MIX.full_name: ((COMPOSITION_POINTS.full_name,), compute_compositions),
    PROTECTED_CELLS.full_name: (("core.protected_figures", "core.current"), lambda *_: pd.DataFrame()),
    PROTECTED_COUNTS.full_name: (("core.protected_bounds",), compute_protected_counts),
    "baseline.headline": (
        (HEADLINES.full_name,),
        headlines_where(f"{_OF_COUNTRIES} AND {_OF_ALL} AND {_OF_ALL_FORMS}"),
    ),
    "baseline.headline_origin": (
        (HEADLINES.full_name,),
        headlines_where(f"{_OF_COUNTRIES} AND NOT {_OF_ALL}"),
    ),
    "baseline.headline_exploitation": (
        (HEADLINES.full_name,),
        headlines_where(f"{_OF_COUNTRIES} AND NOT {_OF_ALL_FORMS}"),
    ),
    "baseline.headline_region": ((HEADLINES.full_name,), headlines_where("area_type = 'region'")),
}
"""The tables that Python fills, each with those it reads; all others have a model."""
