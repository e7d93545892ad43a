"""Tables that Python computes in a build: trends, months, their sentences, words of protected counts.

`build` makes the whole internal database: these tables and the models in SQL, in dependency order.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from schemas.codelists import TOTAL
from schemas.tables import (
    CHANGES,
    JOINT_BOUNDS,
    MONTHLY,
    PROTECTED_CELLS,
    PROTECTED_COUNTS,
    SLICES,
    TRENDS,
    table,
)
from warehouse.build import database
from warehouse.build.database import Compute, Fill, Inputs
from warehouse.build.freshness import TableHashes
from warehouse.build.joint.frames import SmallCounts, joint_bounds
from warehouse.build.models import PREVIOUS
from warehouse.build.statistics.breaks import list_jumps
from warehouse.build.statistics.changes import (
    annual_changes,
    mark_first,
    mark_jumps,
    monthly_changes,
    regional_changes,
)
from warehouse.build.statistics.composition import compositions
from warehouse.build.statistics.months import monthly
from warehouse.build.statistics.trends import trends, without_coverage
from warehouse.environment.settings import Engine
from warehouse.statements.alert_sentences import add_alert_sentences
from warehouse.statements.change_sentences import add_change_sentences
from warehouse.statements.headlines import add_bound_texts, add_value_texts
from warehouse.statements.sentences import add_trend_sentences

CHANGE_POINTS = table("core.change_points")
COMPOSITION_POINTS = table("core.composition_points")
HEADLINES = table("core.headlines")
JUMPS = table("core.jumps")
MONTHLY_POINTS = table("core.monthly_points")
ORIGIN_MIX = table("analysis.origin_mix")


def build(path: Path, inputs: Inputs, engine: Engine = "duckdb") -> TableHashes:
    """Build the whole internal database at `path`. Returns the hashes of its tables. Raises NotInstalled."""
    return database.build(path, inputs, COMPUTED, engine)


def model_order() -> list[str]:
    """The tables to fill, each after those it reads."""
    return database.model_order(COMPUTED)


def run_model(db: duckdb.DuckDBPyConnection, name: str, as_of: date, fill: Fill | None = None) -> None:
    """Fill one table, by its models or by Python, or create its view."""
    database.run_model(db, name, as_of, COMPUTED, fill)


def compute_trends(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """Compute `analysis.trends` with its sentences from core.judged_points."""
    points = db.execute("SELECT * FROM core.judged_points").df()
    catalogue = db.execute(
        "SELECT indicator, family, name_es, name_en, caveat_es, caveat_en FROM core.declared"
    ).df()
    events = db.execute("SELECT * FROM core.events ORDER BY ALL").df()
    kinds = db.execute("SELECT * FROM core.series_kinds").df()
    judged = without_coverage(trends(points, as_of=as_of, series=_SERIES))
    return add_trend_sentences(judged, catalogue, events, kinds)


def compute_jumps(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """Compute `core.jumps` from the points of all series."""
    return list_jumps(db.execute("SELECT * FROM core.trend_points").df(), series=_SERIES)


def compute_compositions(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """Compute `analysis.origin_mix`, the test of composition of every table of origin."""
    points = db.execute("SELECT * FROM core.composition_points").df()
    series = [c for c in ORIGIN_MIX.column_names if c in COMPOSITION_POINTS.column_names]
    return compositions(points, as_of=as_of, series=series)


def compute_monthly(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """Compute `analysis.monthly` from the months of all series, with the sentence of each alert."""
    points = db.execute("SELECT * FROM core.monthly_points").df()
    series = ["family", *(column for column in MONTHLY.key if column != "period_start")]
    return add_alert_sentences(monthly(points, series=series))


def compute_changes(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """Compute `analysis.changes`, the changes of all series between two windows, with their sentences."""
    years, months = (
        db.execute(f"SELECT * FROM {CHANGE_POINTS.full_name} WHERE frequency = '{frequency}'").df()
        for frequency in "AM"
    )
    of_years = annual_changes(years, series=_COMPARED_SERIES)
    of_months = monthly_changes(
        months, series=_COMPARED_SERIES, source=("collection", "measure", "reporting_country")
    )
    if of_years.empty and of_months.empty:
        return pd.DataFrame()
    jumps = db.execute(f"SELECT * FROM {JUMPS.full_name} WHERE panel = '_Z'").df()
    countries = mark_jumps(pd.concat([of_years, of_months], ignore_index=True), jumps, series=_JUMPING_SERIES)
    members = db.execute(
        "SELECT g.* FROM reference.groupings AS g JOIN core.summed_groupings USING (grouping)"
    ).df()
    is_whole = countries["preferred"] & (countries[list(SLICES)] == TOTAL).all(axis=1)
    changes = mark_first(
        pd.concat([countries, regional_changes(countries[is_whole], members)], ignore_index=True)
    )
    catalogue = db.execute("SELECT indicator, name_es, name_en FROM core.declared").df()
    kinds = db.execute("SELECT * FROM core.series_kinds").df()
    trends = db.execute(f"SELECT * FROM {TRENDS.full_name}").df()
    return add_change_sentences(changes, catalogue, kinds, trends)


def compute_joint_bounds(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """Compute `analysis.joint_bounds`; rows of unchanged content come from the last release."""
    cells = db.execute("SELECT * FROM core.joint_cells ORDER BY ALL").df()
    groups = db.execute("SELECT * FROM core.subgroups WHERE frequency = 'A' ORDER BY ALL").df()
    small_high, feasible_values = db.execute(
        "SELECT small_high, feasible_values FROM core.settings"
    ).fetchall()[0]
    return joint_bounds(cells, groups, _rows_before(db), SmallCounts(small_high, feasible_values))


def _rows_before(db: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the rows of analysis.joint_bounds in the last release; none if it has other columns."""
    columns = JOINT_BOUNDS.public().column_names
    query = (
        "SELECT column_name FROM duckdb_columns() WHERE (database_name, schema_name, table_name) = (?, ?, ?)"
    )
    present = db.execute(query, [PREVIOUS, JOINT_BOUNDS.schema, JOINT_BOUNDS.name]).fetchall()
    if not set(columns) <= {name for (name,) in present}:
        return pd.DataFrame(columns=columns)
    return db.execute(f"SELECT * FROM {PREVIOUS}.{JOINT_BOUNDS.full_name} ORDER BY ALL").df()


def compute_protected_counts(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
    """Compute `baseline.protected_counts`: the published bounds, each with its text."""
    return add_bound_texts(db.execute("SELECT * FROM core.protected_bounds").df())


def headline_filler(kind: str) -> Compute:
    """Return the function that fills a labelled table with matching headlines, each with its text."""

    def compute(db: duckdb.DuckDBPyConnection, _: date) -> pd.DataFrame:
        return add_value_texts(db.execute(f"SELECT * FROM {HEADLINES.full_name} WHERE {kind}").df())

    return compute


_SERIES = [c for c in TRENDS.column_names if c in JUMPS.column_names]

_COMPARED_SERIES = [
    name for name in (*CHANGES.key, "provider", "preferred") if name in CHANGE_POINTS.column_names
]
_JUMPING_SERIES = [
    name for name in CHANGES.key if name in JUMPS.column_names and name not in ("panel", "class_level")
]

_COUNTRIES_ONLY, _ALL_ORIGINS, _ALL_FORMS = (
    "area_type = 'country'",
    "origin_class = '_T'",
    "exploitation = '_T'",
)

COMPUTED: dict[str, tuple[tuple[str, ...], Compute]] = {
    JUMPS.full_name: (("core.trend_points",), compute_jumps),
    TRENDS.full_name: (
        ("core.judged_points", "core.events", "core.series_kinds", "core.declared"),
        compute_trends,
    ),
    MONTHLY.full_name: ((MONTHLY_POINTS.full_name,), compute_monthly),
    CHANGES.full_name: (
        (
            *(CHANGE_POINTS.full_name, JUMPS.full_name, TRENDS.full_name, "core.series_kinds"),
            *("core.declared", "core.summed_groupings", "reference.groupings"),
        ),
        compute_changes,
    ),
    JOINT_BOUNDS.full_name: (
        ("core.joint_cells", "core.subgroups", "core.settings"),
        compute_joint_bounds,
    ),
    ORIGIN_MIX.full_name: ((COMPOSITION_POINTS.full_name,), compute_compositions),
    PROTECTED_CELLS.full_name: (("core.protected_figures", "core.current"), lambda *_: pd.DataFrame()),
    PROTECTED_COUNTS.full_name: (("core.protected_bounds",), compute_protected_counts),
    "baseline.headline": (
        (HEADLINES.full_name,),
        headline_filler(f"{_COUNTRIES_ONLY} AND {_ALL_ORIGINS} AND {_ALL_FORMS}"),
    ),
    "baseline.headline_origin": (
        (HEADLINES.full_name,),
        headline_filler(f"{_COUNTRIES_ONLY} AND NOT {_ALL_ORIGINS}"),
    ),
    "baseline.headline_exploitation": (
        (HEADLINES.full_name,),
        headline_filler(f"{_COUNTRIES_ONLY} AND NOT {_ALL_FORMS}"),
    ),
    "baseline.headline_region": ((HEADLINES.full_name,), headline_filler("area_type = 'region'")),
}
"""Tables that Python fills, each with the tables it reads. All other tables have a model."""
