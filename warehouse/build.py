"""One build: from staged files to the internal database, models in dependency order. Publishes nothing.

The models are warehouse/sql/<schema>.<table>.sql, one SELECT each; their columns are declared in
schemas/tables/. Trends and the test of composition are computed in warehouse/statistics and stored here.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from schemas import codelists, countries, groupings, origin
from schemas.indicators import Indicator, catalogue, codes_of
from schemas.indicators.forms import form
from schemas.tables import (
    COMPOSITION_POINTS,
    INDICATOR_VALUES,
    JUMPS,
    ORIGIN_MIX,
    STAGED,
    TABLES,
    TRENDS,
    Table,
    table,
)
from warehouse import models
from warehouse.home import quoted
from warehouse.statistics.breaks import jumps
from warehouse.statistics.composition import compositions
from warehouse.statistics.settings import DEFAULTS
from warehouse.statistics.trends import trends

PROGRESS = logging.getLogger("lineabase.progress")
POPULATION = Path(groupings.__file__).parent.parent / "reference" / "population.csv"

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1500MB",
    "preserve_insertion_order": False,
}
"""Of the connections that go through all values: build, gate, release. What does not fit in memory goes to a
folder beside the database. Models sort nothing: a release does."""


@dataclass(frozen=True)
class Inputs:
    """What a build is made from: the day, the registry's rows and the staged files of known submissions."""

    as_of: date
    collections: pd.DataFrame
    exhaustive: pd.DataFrame
    submissions: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    observations: Sequence[Path] = ()
    sources: Sequence[Path] = ()
    quarantined: Sequence[Path] = ()
    indicators: Sequence[Indicator] = field(default_factory=lambda: list(catalogue().values()))
    grouping: str = groupings.DEFAULT


def build(path: Path, inputs: Inputs) -> None:
    """Build the whole internal database at `path`, which must not exist. Readable by its owner only."""
    with owner_only(), duckdb.connect(path, config=SETTINGS) as db:
        create(db)
        load(db, inputs)
        names = model_order()
        for done, name in enumerate(names, start=1):
            run_model(db, name, inputs.as_of)
            PROGRESS.info("%s %d/%d", name, done, len(names))
        if inputs.observations:
            db.execute(f"DROP VIEW {STAGED.full_name}")


@contextmanager
def owner_only() -> Iterator[None]:
    """Files made meanwhile are readable by their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def create(db: duckdb.DuckDBPyConnection, tables: Sequence[Table] = TABLES) -> None:
    """Create schemas and empty tables with their comments, at once; views are made by their models."""
    db.begin()
    for schema in sorted({t.schema for t in tables}):
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for declared in tables:
        if not declared.is_view:
            db.execute(declared.ddl())
            comment(db, declared)
    db.commit()


def comment(db: duckdb.DuckDBPyConnection, declared: Table) -> None:
    """Set the comments of a table or view and of its columns."""
    for statement in declared.comments():
        db.execute(statement)


def load(db: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Fill what models read: registry, reference tables, the catalogue's specification, staged files."""
    define_macros(db)
    frames = {
        "registry.release": release_row(inputs.as_of),
        "registry.collections": inputs.collections,
        "registry.exhaustive": inputs.exhaustive,
        "registry.decisions": inputs.decisions,
        "registry.submissions": inputs.submissions,
        "registry.findings": inputs.findings,
        "core.settings": pd.DataFrame([_settings(inputs)]),
        "core.summed_groupings": pd.DataFrame({"grouping": _summed_groupings()}),
        **reference_frames(),
        **specification_frames(inputs.indicators),
    }
    for name, frame in frames.items():
        insert(db, name, frame)
    if inputs.observations:
        db.execute(f"DROP TABLE {STAGED.full_name}")
        db.execute(f"CREATE VIEW {STAGED.full_name} AS {_select(inputs.observations)}")
    for name, paths in (("core.sources", inputs.sources), ("core.quarantined", inputs.quarantined)):
        if paths:
            db.execute(f"INSERT INTO {name} BY NAME {_select(paths)}")


def define_macros(db: duckdb.DuckDBPyConnection) -> None:
    """Make what the models say alike known to this connection (sql/macros.sql); nothing of it is stored."""
    db.execute(models.MACROS.read_text(encoding="utf-8"))


def _select(paths: Sequence[Path]) -> str:
    return f"SELECT * FROM read_parquet([{', '.join(map(quoted, paths))}])"


def insert(db: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Insert a frame's declared columns; the table's types and NOT NULL hold."""
    if frame.empty:
        return
    frame = frame[table(name).column_names]
    db.register("incoming", frame)
    db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
    db.unregister("incoming")


def release_row(as_of: date, release: str = "unreleased") -> pd.DataFrame:
    """The one row that says what a file is: release, day, time of building, versions."""
    libraries = ("duckdb", "pandas", "pandera", "pycountry", "lineabase")
    versions = {name: version(name) for name in libraries} | {"python": platform.python_version()}
    row = {
        "release": release,
        "as_of": as_of,
        "built_on": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": json.dumps(versions),
    }
    return pd.DataFrame([row])


def reference_frames() -> dict[str, pd.DataFrame]:
    """Reference tables from schemas: countries, groupings, population, codes, measures."""
    return {
        "reference.countries": pd.DataFrame([_country(c) for c in countries.all_countries()]),
        "reference.groupings": pd.DataFrame([_membership(m) for m in groupings.load()]),
        "reference.origin_classes": _origin_classes(),
        "reference.population": pd.read_csv(POPULATION),
        "reference.codes": pd.DataFrame(
            [
                _code(name, code) | {"position": position}
                for name in codelists.names()
                for position, code in enumerate(codelists.codelist(name).values(), start=1)
            ]
        ),
        "reference.measures": pd.DataFrame(
            [_measure(code) for code in codelists.codelist("measure").values()]
        ),
        "reference.flags": pd.DataFrame([_flag(code) for code in codelists.codelist("obs_flag").values()]),
    }


_OF_TRENDS = ("baseline_from", "baseline_to", "baseline_min_years", "own_baseline_years", "min_years")


def _settings(inputs: Inputs) -> dict[str, Any]:
    return {"as_of": inputs.as_of, "grouping": inputs.grouping} | {
        name: getattr(DEFAULTS, name) for name in _OF_TRENDS
    }


def _summed_groupings() -> list[str]:
    listed = codelists.codelist("grouping").values()
    return [code.code for code in listed if code.attributes["summed"] == "true"]


@cache
def _origin_classes() -> pd.DataFrame:
    """The origin class as a table, for every grouping there is: the same answer for SQL."""
    names = table("reference.origin_classes").column_names
    rows = [row for name in groupings.groupings() for row in origin.origin_table(name)]
    return pd.DataFrame({name: [getattr(row, name) for row in rows] for name in names})


def _country(country: Any) -> dict[str, Any]:
    told = {c.name: getattr(country, c.name, None) for c in table("reference.countries").columns}
    return told | {"country": country.code}


def _membership(member: Any) -> dict[str, Any]:
    return {c.name: getattr(member, c.name) for c in table("reference.groupings").columns}


def _code(codelist: str, code: codelists.Code) -> dict[str, Any]:
    return {
        "codelist": codelist,
        "code": code.code,
        "parent": code.parent,
        "name_es": code.es,
        "name_en": code.en,
        "name_fr": code.fr,
        "external": code.external,
    }


def _measure(code: codelists.Code) -> dict[str, Any]:
    told = code.attributes
    return {
        "measure": code.code,
        "unit": told["unit"],
        "count_unit": told["count_unit"],
        "whose": told["whose"],
        "whole": told["whole"] == "true",
        "summable": told["summable"] == "true",
    }


def _flag(code: codelists.Code) -> dict[str, Any]:
    effects = table("reference.flags").column_names[1:]
    return {"flag": code.code} | {name: code.attributes[name] == "true" for name in effects}


def specification_frames(indicators: Sequence[Indicator]) -> dict[str, pd.DataFrame]:
    """The catalogue as rows: what people read, and what the formulas join."""
    return {
        "core.declared": pd.DataFrame([_declared(i) for i in indicators]),
        "core.specification": pd.DataFrame([_specified(i) for i in indicators]),
        "core.specification_codes": pd.DataFrame(
            [(i.id, *told) for i in indicators for told in codes_of(i)],
            columns=["indicator", "code", "in_part", "in_known"],
        ),
        "core.specification_sources": pd.DataFrame(
            [
                *((i.id, s, n) for i in indicators for n, s in enumerate(i.sources, start=1)),
                *((i.id, s, None) for i in indicators for s in i.beside),
            ],
            columns=["indicator", "collection", "preference"],
        ),
    }


def _declared(i: Indicator) -> dict[str, Any]:
    return {
        "indicator": i.id,
        "kind": i.kind,
        "family": i.family,
        "name_es": i.name.es,
        "name_en": i.name.en,
        "definition_es": i.definition.es,
        "definition_en": i.definition.en,
        "unit": i.unit,
        "numerator": i.formula("en")[0],
        "denominator": i.formula("en")[1],
        "links": "; ".join(i.links),
        "caveat_es": i.full_caveat("es"),
        "caveat_en": i.full_caveat("en"),
        "filled_by_es": i.filled_by.es if i.filled_by else None,
        "filled_by_en": i.filled_by.en if i.filled_by else None,
        "direction": i.direction,
        "sources": "; ".join(i.sources),
        "beside": "; ".join(i.beside),
        "baseline_from": i.baseline[0],
        "baseline_to": i.baseline[1],
        "minimum_coverage": i.minimum_coverage,
        "status": i.status,
        "data": "no_data",
    }


_SPECIFIED = {
    "combine",
    "denominator_measure",
    "dimension",
    "family",
    "form",
    "measure",
    "minimum_coverage",
    "per",
    "pool_years",
    "published_as",
    "sum_over",
    "unit",
}


def _specified(i: Indicator) -> dict[str, Any]:
    told, how = i.model_dump(include=_SPECIFIED), form(i.form)
    return told | {
        "indicator": i.id,
        "trend": how.trend,
        "is_summed": how.is_summed,
        "slices": "+".join(i.slices),
        "minimum_numerator": float(i.minimum_numerator),
    }


def model_order() -> list[str]:
    """The tables to fill, each after those it reads."""
    return models.order({name: source for name, (source, _) in COMPUTED.items()})


def run_model(db: duckdb.DuckDBPyConnection, name: str, as_of: date) -> None:
    """Fill one table by its models, or create its view."""
    if name in COMPUTED:
        _, compute = COMPUTED[name]
        insert(db, name, compute(db, as_of))
        return
    for select in models.selects(name):
        if table(name).is_view:
            db.execute(f"CREATE VIEW {name} AS {select}")
            comment(db, table(name))
        else:
            db.execute(f"INSERT INTO {name} BY NAME {select}")


def compute_trends(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`analysis.trends` from the points that trends are judged by."""
    points = db.execute("SELECT * FROM core.judged_points").df()
    return trends(points, as_of=as_of, series=_SERIES)


def compute_jumps(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`core.jumps` from the points of all series."""
    return jumps(db.execute("SELECT * FROM core.trend_points").df(), series=_SERIES)


def compute_compositions(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`analysis.origin_mix`: the test of composition of every series of tables of origin."""
    points = db.execute("SELECT * FROM core.composition_points").df()
    series = [c for c in ORIGIN_MIX.column_names if c in COMPOSITION_POINTS.column_names]
    return compositions(points, as_of=as_of, series=series)


_SERIES = [c for c in TRENDS.column_names if c in INDICATOR_VALUES.column_names]

COMPUTED = {
    JUMPS.full_name: ("core.trend_points", compute_jumps),
    TRENDS.full_name: ("core.judged_points", compute_trends),
    ORIGIN_MIX.full_name: (COMPOSITION_POINTS.full_name, compute_compositions),
}
"""The tables that Python fills, each with the table it reads; all others have a model."""
