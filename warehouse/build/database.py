"""Build: the internal database from staged files, models in dependency order. Publishes nothing.

The models are SQL files with a SELECT each (models.py); schemas/tables declares their columns.
warehouse/build/statistics computes trends and the test of composition, and their results are stored here.
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
from schemas.protected_tables import Settings, settings
from schemas.records import declarations
from schemas.tables import (
    DATES,
    PERIOD_START,
    PROTECTED_CELLS,
    STAGED_TABLE,
    TABLES,
    Table,
    entered_table,
    table,
)
from warehouse.build import models
from warehouse.build.freshness import LastBuild, TableHashes
from warehouse.build.models import PREVIOUS
from warehouse.build.reference import reference_frames, specification_frames
from warehouse.build.reuse import TableReuse
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.build.statistics.shifts import MIN_COUNT, MIN_SHIFTED_VALUES
from warehouse.environment.limits import SETTINGS
from warehouse.environment.result_cache import cached_bytes
from warehouse.environment.settings import Engine
from warehouse.home import quote_path

Compute = Callable[[duckdb.DuckDBPyConnection, date], pd.DataFrame]
Computed = Mapping[str, tuple[tuple[str, ...], Compute]]
"""The tables that Python computes, each with those it reads."""
Fill = Callable[[Table, Sequence[str]], None]
"""Fills a table from its SELECTs, written in DuckDB's SQL."""

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
    """The inputs of a build: the day, the registry's rows and the staged files of known submissions.

    `previous` is the last release, `last` the last build. `protection`: how protected counts are published
    (None: not at all).
    """

    as_of: date
    collections: pd.DataFrame
    exhaustive: pd.DataFrame
    submissions: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    questioned: pd.DataFrame = field(default_factory=pd.DataFrame)
    passports: Frames = field(default_factory=dict)
    observations: Sequence[Path] = ()
    sources: Sequence[Path] = ()
    cases: Sequence[tuple[Path, Path]] = ()
    quarantined: Sequence[Path] = ()
    openings: Sequence[Path] = ()
    records: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    indicators: Sequence[Indicator] = field(default_factory=lambda: list(catalogue().values()))
    grouping: str = groupings.DEFAULT_GROUPING
    previous: Path | None = None
    last: LastBuild | None = None
    protection: ProtectedCells | None = None


def build(path: Path, inputs: Inputs, computed: Computed, engine: Engine = "duckdb") -> TableHashes:
    """Build the internal database at `path`, which must not exist. Only its owner can read it.

    `engine` runs the models; the resulting tables are the same. Returns the hashes by which the next build
    recognises tables that it need not make again; another engine than DuckDB makes all. Raises NotInstalled.
    """
    with owner_only():
        path.write_bytes(empty_database(TABLES, reference_frames))
        with duckdb.connect(path, config=SETTINGS) as db:
            load_inputs(db, inputs, engine)
            if inputs.previous is not None:
                db.execute(f"ATTACH {quote_path(inputs.previous)} AS {PREVIOUS} (READ_ONLY)")
            names = model_order(computed)
            sources = models.all_sources(_sources(computed))
            reuse = TableReuse(db, inputs.last, sources, library_versions()) if engine == "duckdb" else None
            with _table_filler(engine, db, path, inputs, computed) as fill:
                for number, name in enumerate(names, start=1):
                    if name == PROTECTED_CELLS.full_name:
                        _fill_protected_cells(db, inputs.protection)
                    elif not (
                        reuse and reuse.copy(table(name), str(inputs.as_of) if name in computed else "")
                    ):
                        run_model(db, name, inputs.as_of, computed, fill)
                    PROGRESS.info("%s %d/%d", name, number, len(names))
            if inputs.observations:
                db.execute(f"DROP VIEW {STAGED_TABLE.full_name}")
            return reuse.finish() if reuse else {}


def _day_of(name: str, inputs: Inputs, computed: Computed) -> str:
    """Return the day on which a table of Python depends; models read it from tables."""
    return str(inputs.as_of) if name in computed else ""


@contextmanager
def _table_filler(
    engine: Engine, db: duckdb.DuckDBPyConnection, path: Path, inputs: Inputs, computed: Computed
) -> Iterator[Fill]:
    """Yield the function that fills tables during a build. Raises NotInstalled.

    Another engine fills the tables that grow with the received rows; DuckDB fills those made of their sums.
    Temporary files of that engine are written next to the database, under its name, and removed at the end.
    """
    if engine == "duckdb":
        yield partial(_fill, db)
        return
    from warehouse.spark.engine import table_filler  # imported here: an optional extra

    of_rows = models.tables_of_rows(_sources(computed))
    with table_filler(db, path.with_name(f"{path.name}.spark"), inputs.observations) as fill_rows:
        yield (
            lambda target, selects: (
                fill_rows(target, selects) if target.full_name in of_rows else _fill(db, target, selects)
            )
        )


@contextmanager
def owner_only() -> Iterator[None]:
    """Make files created in the block readable by their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@cache
def empty_database(
    tables: tuple[Table, ...], frames: Callable[[], Frames] | None = None, storage: str | None = None
) -> bytes:
    """Return an empty database file with these tables and only the rows of `frames`. Cached per process."""
    statements = create_statements(tables)
    inputs = [duckdb.__version__, str(storage), *statements]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blank.duckdb"
        path.write_bytes(cached_bytes(inputs, partial(_database_of, statements, storage)))
        if frames:
            with duckdb.connect(path, config=SETTINGS) as db:
                insert_frames(db, frames())
        return path.read_bytes()


def _database_of(statements: Sequence[str], storage: str | None) -> bytes:
    """Return the file of a database that these statements make: a third of the build of a few submissions."""
    options = f"(STORAGE_VERSION '{storage}')" if storage else ""
    with TemporaryDirectory() as folder, duckdb.connect(config=SETTINGS) as db:
        path = Path(folder) / "blank.duckdb"
        db.execute(f"ATTACH {quote_path(path)} AS blank {options}; USE blank")
        _run_together(db, statements)
        db.execute("USE memory; DETACH blank")
        return path.read_bytes()


def create_tables(db: duckdb.DuckDBPyConnection, tables: Sequence[Table] = TABLES) -> None:
    """Create schemas and empty tables with comments in a single transaction. Models create the views."""
    _run_together(db, create_statements(tables))


def create_statements(tables: Sequence[Table]) -> list[str]:
    """Return the statements that make schemas and empty tables with comments."""
    schemas = [f"CREATE SCHEMA IF NOT EXISTS {schema}" for schema in sorted({t.schema for t in tables})]
    stored_tables = [declaration for declaration in tables if not declaration.is_view]
    return schemas + [text for t in stored_tables for text in (t.ddl(), *t.comments())]


def _run_together(db: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    db.begin()
    for statement in statements:
        db.execute(statement)
    db.commit()


def create_view(db: duckdb.DuckDBPyConnection, declaration: Table) -> None:
    """Create a view from its model, with its comments, in a single transaction."""
    [select] = models.selects(declaration.full_name)
    db.begin()
    db.execute(f"CREATE VIEW {declaration.full_name} AS {select}")
    write_comments(db, declaration)
    db.commit()


def write_comments(db: duckdb.DuckDBPyConnection, declaration: Table) -> None:
    """Set the comments of a table or view and of its columns."""
    for statement in declaration.comments():
        db.execute(statement)


def load_inputs(db: duckdb.DuckDBPyConnection, inputs: Inputs, engine: Engine = "duckdb") -> None:
    """Fill the inputs of the models: registry, the catalogue's rows and staged files."""
    define_macros(db)
    frames = {
        "registry.release": release_row(inputs.as_of, engine=engine),
        "registry.collections": inputs.collections,
        "registry.exhaustive": inputs.exhaustive,
        "registry.decisions": inputs.decisions,
        **inputs.passports,
        "registry.submissions": inputs.submissions,
        "registry.findings": inputs.findings,
        "core.questioned": inputs.questioned,
        "core.settings": pd.DataFrame([_settings_row(inputs)]),
        "core.summed_groupings": pd.DataFrame({"grouping": _summed_groupings()}),
        **specification_frames(inputs.indicators),
    }
    insert_frames(db, frames)
    if inputs.observations:
        db.execute(f"DROP TABLE {STAGED_TABLE.full_name}")
        db.execute(f"CREATE VIEW {STAGED_TABLE.full_name} AS {_select_files(inputs.observations)}")
    staged_files = {
        "core.sources": inputs.sources,
        "core.quarantined": inputs.quarantined,
        "core.openings": inputs.openings,
    }
    for name, paths in staged_files.items():
        if paths:
            db.execute(f"INSERT INTO {name} BY NAME {_select_files(paths)}")
    _load_records(db, inputs)
    for lines, rows in inputs.cases:
        db.execute(f"INSERT INTO core.sources BY NAME {_cells_of_cases(lines, rows)}")


def _load_records(db: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Load the network's records of all submissions into a temporary table per declaration."""
    for name, declaration in declarations().items():
        input_table = entered_table(declaration)
        db.execute(
            input_table.ddl().replace(f"TABLE {input_table.full_name}", f"TEMP TABLE {input_table.name}")
        )
        if paths := inputs.records.get(name):
            db.execute(f"INSERT INTO {input_table.name} BY NAME {_select_files(paths)}")
        db.execute(f"INSERT INTO core.entered SELECT DISTINCT submission, scope FROM {input_table.name}")


def define_macros(db: duckdb.DuckDBPyConnection) -> None:
    """Define the macros that models share (sql/macros.sql) for this connection. They are not stored."""
    db.execute(models.MACROS.read_text(encoding="utf-8"))


def _select_files(paths: Sequence[Path]) -> str:
    return f"SELECT * FROM read_parquet([{', '.join(map(quote_path, paths))}])"


def _cells_of_cases(lines: Path, rows: Path) -> str:
    """Select the cell of each case number, for submissions whose rows became counts."""
    return f"""
        SELECT observation, submission, sheet, source_row, source_column, letters || source_row AS cell
        FROM read_parquet({quote_path(rows)}) JOIN read_parquet({quote_path(lines)}) USING (line)
        ORDER BY source_row
    """


def insert_frames(db: duckdb.DuckDBPyConnection, frames: Frames) -> None:
    """Insert frames by the names of their tables."""
    for name, frame in frames.items():
        insert_frame(db, name, frame)


def insert_frame(db: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Insert the declared columns of a frame. Names of periods are computed here; other types are kept."""
    if frame.empty:
        return
    target = table(name)
    frame = frame[
        [column for column in target.column_names if not (target.period_frequency and column in DATES)]
    ]
    db.register("incoming", frame)
    db.execute(f"INSERT INTO {name} BY NAME {_with_period_columns(target, 'SELECT * FROM incoming')}")
    db.unregister("incoming")


def _with_period_columns(target: Table, select: str) -> str:
    """Add year and period name to a SELECT if the table is dated."""
    if target.period_frequency is None:
        return select
    frequency = (
        target.period_frequency
        if target.period_frequency in target.column_names
        else f"'{target.period_frequency}'"
    )
    last_day = (
        "period_end" if "period_end" in target.column_names else f"last_day_of({frequency}, {PERIOD_START})"
    )
    return f"""
        SELECT *, year({last_day}) AS year, period_name({frequency}, {PERIOD_START}, {last_day}) AS period
        FROM ({select})
    """


def release_row(as_of: date, release: str = "unreleased", engine: Engine = "duckdb") -> pd.DataFrame:
    """Return the row that describes a file: release, day, time of the build, versions."""
    row = {
        "release": release,
        "as_of": as_of,
        "built_on": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": library_versions(engine),
    }
    return pd.DataFrame([row])


def library_versions(engine: Engine = "duckdb") -> str:
    """Return the versions of the libraries and of Python with which a build is made, as JSON."""
    libraries = ["duckdb", "pandas", "pandera", "pycountry", "lineabase"]
    libraries += ["pyspark", "sqlglot"] if engine == "spark" else []
    return json.dumps({name: version(name) for name in libraries} | {"python": platform.python_version()})


_TREND_SETTINGS = (
    "baseline_from",
    "baseline_to",
    "baseline_min_years",
    "own_baseline_years",
    "min_years",
    "stale_years",
    "break_factor",
    "break_persons",
    "days_of_a_year",
    "different_ratio",
)


def _settings_row(inputs: Inputs) -> dict[str, Any]:
    trend_settings = {name: getattr(DEFAULTS, name) for name in _TREND_SETTINGS}
    protection_settings = inputs.protection.settings if inputs.protection else settings()
    return (
        {"as_of": inputs.as_of, "grouping": inputs.grouping}
        | trend_settings
        | {"shifted_count": MIN_COUNT, "shifted_values": MIN_SHIFTED_VALUES}
        | _protection_limits(protection_settings)
    )


def _protection_limits(protection_settings: Settings) -> dict[str, int]:
    """Return the largest small count, the largest that a list may leave out as 0, and the values to keep."""
    return {
        "small_high": protection_settings.threshold - 1,
        "unlisted_high": protection_settings.deviation,
        "feasible_values": protection_settings.feasible_values,
    }


def _summed_groupings() -> list[str]:
    codes = codelists.codelist("grouping").values()
    return [code.code for code in codes if code.attributes["summed"] == "true"]


def model_order(computed: Computed) -> list[str]:
    """List the tables to fill, each after the tables it reads."""
    return models.fill_order(_sources(computed))


def _sources(computed: Computed) -> dict[str, tuple[str, ...]]:
    return {name: sources for name, (sources, _) in computed.items()}


def run_model(
    db: duckdb.DuckDBPyConnection, name: str, as_of: date, computed: Computed, fill: Fill | None = None
) -> None:
    """Fill a table from its models, or create its view. `fill` runs the models on another engine."""
    if name in computed:
        _, compute = computed[name]
        insert_frame(db, name, compute(db, as_of))
        return
    target = table(name)
    selects = models.selects(name)
    if target.is_view:
        create_view(db, target)
    (fill or partial(_fill, db))(target, [_with_period_columns(target, select) for select in selects])


def _fill_protected_cells(db: duckdb.DuckDBPyConnection, protection: ProtectedCells | None) -> None:
    """Fill core.protected_cells; it stays empty without protection."""
    if protection is not None:
        insert_frame(db, PROTECTED_CELLS.full_name, protection.cells(db))


def _fill(db: duckdb.DuckDBPyConnection, target: Table, selects: Sequence[str]) -> None:
    """Fill a table from its SELECTs in DuckDB. A view needs no filling."""
    for select in () if target.is_view else selects:
        db.execute(f"INSERT INTO {target.full_name} BY NAME {select}")
