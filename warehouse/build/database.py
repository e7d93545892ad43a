"""One build: from staged files to the internal database, models in dependency order. Publishes nothing.

The models are SQL, one SELECT a file (models.py); their columns are declared in schemas/tables. Trends and
the test of composition are computed in warehouse/build/statistics and stored here.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import duckdb
import pandas as pd

from schemas import codelists, groupings
from schemas.indicators import Indicator, catalogue
from schemas.protected import Settings, settings
from schemas.records import declarations
from schemas.tables import (
    DATES,
    PERIOD_START,
    PROTECTED_CELLS,
    STAGED,
    TABLES,
    Table,
    entered_table,
    table,
)
from warehouse.build import models
from warehouse.build.models import PREVIOUS
from warehouse.build.reference import reference_frames, specification_frames
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.home import quoted
from warehouse.home.limits import SETTINGS
from warehouse.home.settings import Engine

Compute = Callable[[duckdb.DuckDBPyConnection, date], pd.DataFrame]
Computed = Mapping[str, tuple[tuple[str, ...], Compute]]
"""The tables that Python computes, each with those it reads."""
Fill = Callable[[Table, Sequence[str]], None]
"""Fills a table by its SELECTs, as DuckDB reads them."""

Frames = Mapping[str, pd.DataFrame]
"""Rows by the full names of their tables."""

PROGRESS = logging.getLogger("lineabase.progress")


class ProtectedCells(Protocol):
    """Makes the rows of core.protected_cells (warehouse/protection)."""

    @property
    def settings(self) -> Settings:
        """The settings of the method."""

    def cells(self, db: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        """The rows."""


@dataclass(frozen=True)
class Inputs:
    """What a build is made from: the day, the registry's rows and the staged files of known submissions.

    `previous`: the last release; `protection`: how protected counts are published (None: not at all).
    """

    as_of: date
    collections: pd.DataFrame
    exhaustive: pd.DataFrame
    submissions: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    passports: Frames = field(default_factory=dict)
    observations: Sequence[Path] = ()
    sources: Sequence[Path] = ()
    cases: Sequence[tuple[Path, Path]] = ()
    quarantined: Sequence[Path] = ()
    openings: Sequence[Path] = ()
    records: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    indicators: Sequence[Indicator] = field(default_factory=lambda: list(catalogue().values()))
    grouping: str = groupings.DEFAULT
    previous: Path | None = None
    protection: ProtectedCells | None = None


def build(path: Path, inputs: Inputs, computed: Computed, engine: Engine = "duckdb") -> None:
    """Build the whole internal database at `path`, which must not exist. Readable by its owner only.

    `engine`: what runs the models; the database holds the same tables. Raises NotInstalled.
    """
    with owner_only():
        path.write_bytes(blank(TABLES, reference_frames))
        with duckdb.connect(path, config=SETTINGS) as db:
            load(db, inputs, engine)
            if inputs.previous is not None:
                db.execute(f"ATTACH {quoted(inputs.previous)} AS {PREVIOUS} (READ_ONLY)")
            names = model_order(computed)
            with _filling(engine, db, path, inputs) as fill:
                for done, name in enumerate(names, start=1):
                    if name == PROTECTED_CELLS.full_name:
                        _protect(db, inputs.protection)
                    else:
                        run_model(db, name, inputs.as_of, computed, fill)
                    PROGRESS.info("%s %d/%d", name, done, len(names))
            if inputs.observations:
                db.execute(f"DROP VIEW {STAGED.full_name}")


@contextmanager
def _filling(engine: Engine, db: duckdb.DuckDBPyConnection, path: Path, inputs: Inputs) -> Iterator[Fill]:
    """What fills tables by their SELECTs while a build goes on. Raises NotInstalled.

    What another engine writes meanwhile lies beside the database, bears its name and goes with it.
    """
    if engine == "duckdb":
        yield partial(_fill, db)
        return
    from warehouse.spark.engine import filling  # here: an extra that few have

    with filling(db, path.with_name(f"{path.name}.spark"), inputs.observations) as fill:
        yield fill


@contextmanager
def owner_only() -> Iterator[None]:
    """Files made meanwhile are readable by their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@cache
def blank(
    tables: tuple[Table, ...], frames: Callable[[], Frames] | None = None, storage: str | None = None
) -> bytes:
    """A database file with these tables, and of rows those frames alone: made once in a process.

    Tables and their comments are a thousand statements, a third of the build of a few submissions.
    """
    form = f"(STORAGE_VERSION '{storage}')" if storage else ""
    with TemporaryDirectory() as folder, duckdb.connect(config=SETTINGS) as db:
        path = Path(folder) / "blank.duckdb"
        db.execute(f"ATTACH {quoted(path)} AS blank {form}; USE blank")
        create(db, tables)
        store(db, frames() if frames else {})
        db.execute("USE memory; DETACH blank")
        return path.read_bytes()


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


def create_view(db: duckdb.DuckDBPyConnection, declared: Table) -> None:
    """Create a view by its model, with its comments, at once."""
    [select] = models.selects(declared.full_name)
    db.begin()
    db.execute(f"CREATE VIEW {declared.full_name} AS {select}")
    comment(db, declared)
    db.commit()


def comment(db: duckdb.DuckDBPyConnection, declared: Table) -> None:
    """Set the comments of a table or view and of its columns."""
    for statement in declared.comments():
        db.execute(statement)


def load(db: duckdb.DuckDBPyConnection, inputs: Inputs, engine: Engine = "duckdb") -> None:
    """Fill what models read beside reference tables: registry, the catalogue's rows, staged files."""
    define_macros(db)
    frames = {
        "registry.release": release_row(inputs.as_of, engine=engine),
        "registry.collections": inputs.collections,
        "registry.exhaustive": inputs.exhaustive,
        "registry.decisions": inputs.decisions,
        **inputs.passports,
        "registry.submissions": inputs.submissions,
        "registry.findings": inputs.findings,
        "core.settings": pd.DataFrame([_settings(inputs)]),
        "core.summed_groupings": pd.DataFrame({"grouping": _summed_groupings()}),
        **specification_frames(inputs.indicators),
    }
    store(db, frames)
    if inputs.observations:
        db.execute(f"DROP TABLE {STAGED.full_name}")
        db.execute(f"CREATE VIEW {STAGED.full_name} AS {_select(inputs.observations)}")
    staged = {
        "core.sources": inputs.sources,
        "core.quarantined": inputs.quarantined,
        "core.openings": inputs.openings,
    }
    for name, paths in staged.items():
        if paths:
            db.execute(f"INSERT INTO {name} BY NAME {_select(paths)}")
    _load_records(db, inputs)
    for lines, rows in inputs.cases:
        db.execute(f"INSERT INTO core.sources BY NAME {_cells_of_cases(lines, rows)}")


def _load_records(db: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """The network's records of all submissions, a table a declaration, which ends with the connection."""
    for name, declared in declarations().items():
        entered = entered_table(declared)
        db.execute(entered.ddl().replace(f"TABLE {entered.full_name}", f"TEMP TABLE {entered.name}"))
        if paths := inputs.records.get(name):
            db.execute(f"INSERT INTO {entered.name} BY NAME {_select(paths)}")
        db.execute(f"INSERT INTO core.entered SELECT DISTINCT submission, scope FROM {entered.name}")


def define_macros(db: duckdb.DuckDBPyConnection) -> None:
    """Make what the models say alike known to this connection (sql/macros.sql); nothing of it is stored."""
    db.execute(models.MACROS.read_text(encoding="utf-8"))


def _select(paths: Sequence[Path]) -> str:
    return f"SELECT * FROM read_parquet([{', '.join(map(quoted, paths))}])"


def _cells_of_cases(lines: Path, rows: Path) -> str:
    """The cell of each case's number, where the rows of a submission left as counts."""
    return f"""
        SELECT observation, submission, sheet, source_row, source_column, letters || source_row AS cell
        FROM read_parquet({quoted(rows)}) JOIN read_parquet({quoted(lines)}) USING (line) ORDER BY source_row
    """


def store(db: duckdb.DuckDBPyConnection, frames: Frames) -> None:
    """Insert frames by the names of their tables."""
    for name, frame in frames.items():
        insert(db, name, frame)


def insert(db: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Insert a frame's declared columns, but the names of periods, which are made here; types hold."""
    if frame.empty:
        return
    into = table(name)
    frame = frame[[column for column in into.column_names if not (into.dated and column in DATES)]]
    db.register("incoming", frame)
    db.execute(f"INSERT INTO {name} BY NAME {_dated(into, 'SELECT * FROM incoming')}")
    db.unregister("incoming")


def _dated(into: Table, select: str) -> str:
    """The SELECT with the year and the name of each row's period, where the table is dated."""
    if into.dated is None:
        return select
    frequency = into.dated if into.dated in into.column_names else f"'{into.dated}'"
    last = "period_end" if "period_end" in into.column_names else f"last_day_of({frequency}, {PERIOD_START})"
    return f"""
        SELECT *, year({last}) AS year, period_name({frequency}, {PERIOD_START}, {last}) AS period
        FROM ({select})
    """


def release_row(as_of: date, release: str = "unreleased", engine: Engine = "duckdb") -> pd.DataFrame:
    """The one row that says what a file is: release, day, time of building, versions."""
    libraries = ["duckdb", "pandas", "pandera", "pycountry", "lineabase"]
    libraries += ["pyspark", "sqlglot"] if engine == "spark" else []
    versions = {name: version(name) for name in libraries} | {"python": platform.python_version()}
    row = {
        "release": release,
        "as_of": as_of,
        "built_on": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": json.dumps(versions),
    }
    return pd.DataFrame([row])


_OF_TRENDS = (
    "baseline_from",
    "baseline_to",
    "baseline_min_years",
    "own_baseline_years",
    "min_years",
    "break_factor",
    "break_persons",
)


def _settings(inputs: Inputs) -> dict[str, Any]:
    of_trends = {name: getattr(DEFAULTS, name) for name in _OF_TRENDS}
    own = inputs.protection.settings if inputs.protection else settings()
    return {"as_of": inputs.as_of, "grouping": inputs.grouping} | of_trends | _of_protection(own)


def _of_protection(own: Settings) -> dict[str, int]:
    """The largest small count, and the largest one that a list may leave out: published as 0."""
    return {"small_high": own.threshold - 1, "unlisted_high": own.deviation}


def _summed_groupings() -> list[str]:
    listed = codelists.codelist("grouping").values()
    return [code.code for code in listed if code.attributes["summed"] == "true"]


def model_order(computed: Computed) -> list[str]:
    """The tables to fill, each after those it reads."""
    return models.order({name: sources for name, (sources, _) in computed.items()})


def run_model(
    db: duckdb.DuckDBPyConnection, name: str, as_of: date, computed: Computed, fill: Fill | None = None
) -> None:
    """Fill one table by its models (`fill`: by another engine's hand), or create its view."""
    if name in computed:
        _, compute = computed[name]
        insert(db, name, compute(db, as_of))
        return
    into = table(name)
    selects = models.selects(name)
    if into.is_view:
        create_view(db, into)
    (fill or partial(_fill, db))(into, [_dated(into, select) for select in selects])


def _protect(db: duckdb.DuckDBPyConnection, protection: ProtectedCells | None) -> None:
    """Fill core.protected_cells; it stays empty without protection."""
    if protection is not None:
        insert(db, PROTECTED_CELLS.full_name, protection.cells(db))


def _fill(db: duckdb.DuckDBPyConnection, into: Table, selects: Sequence[str]) -> None:
    """Fill a table by its SELECTs in DuckDB itself. A view fills itself."""
    for select in () if into.is_view else selects:
        db.execute(f"INSERT INTO {into.full_name} BY NAME {select}")
