"""Spark engine: its session, its input tables, and the transfer of results to the internal database.

Spark fills the tables that grow with the received rows, DuckDB the others, in the order of the build. Rows of
Spark stay in Parquet for its later models, and are copied to DuckDB. A table of DuckDB that a model reads is
copied to Spark.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.tables import STAGED_TABLE, TABLES, Table, table
from schemas.words import NotInstalled, UserError
from warehouse.build import models
from warehouse.home import quote_path

if TYPE_CHECKING:
    from warehouse.spark.dialect import Statement

MASTER = "LINEABASE_SPARK_MASTER"
"""Address of Spark (`local[8]`, `spark://…`); if unset, two threads of this machine. Settings that are not
made here come from Spark's own spark-defaults.conf.
"""

MEMORY = "LINEABASE_SPARK_MEMORY"
"""Memory for Spark on this machine, in Spark's notation (`8g`); if unset, 3g."""

LEAST_JAVA = 17

_TYPES = {"VARCHAR": "string", "DOUBLE": "double", "DATE": "date", "BIGINT": "bigint", "BOOLEAN": "boolean"}

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ansi.enabled": "true",  # errors in computations fail, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
    # Rows take about fifty times as many bytes in memory as in Parquet, which stores texts as numbers of a
    # list. Without this factor Spark would send whole tables of millions of rows to each worker.
    "spark.sql.sources.fileCompressionFactor": "50",
    # For core.totals, this rule of Spark 4.3 makes a plan that Spark itself finds invalid.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases",
}

_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 "
    "-XX:ReservedCodeCacheSize=256m",
}
"""Settings for a single machine: connections from this machine only, a compiler for plans that run once, and
space for compiled code. With the default of 48 MB Spark compiles the same code again, which takes over a
tenth of a refresh.
"""


class Spark:
    """Fills the tables of a build. `folder` has their rows as Parquet during the build."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, session: Any, folder: Path, observations: Sequence[Path]
    ) -> None:
        from warehouse.spark.dialect import Translator

        self._db, self._session, self._folder = db, session, folder
        self._observations = observations
        macros = models.MACROS.read_text(encoding="utf-8")
        self._translator = Translator(macros, TABLES)
        self._views: set[str] = set()

    def fill(self, target: Table, selects: Sequence[str]) -> None:
        """Fill a table from its SELECTs; copy its rows to DuckDB. A view stays a view. Raises UserError."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            self._fill(target, selects)
        except (Py4JError, PySparkException) as error:
            raise UserError("engine.failed", table=target.full_name, reason=reason(str(error))) from error

    def _fill(self, target: Table, selects: Sequence[str]) -> None:
        from warehouse.spark.dialect import view_name

        name, view = target.full_name, view_name(target.full_name)
        paths = []
        for n, select in enumerate(selects):
            *earlier, last = self._translator.statements(select, target, view)
            for statement in earlier:
                self._run_statement(statement, f"{statement.view}{n}")
            self._register_inputs(last)
            rows = self._session.sql(last.sql)
            if target.is_view:
                rows.createOrReplaceTempView(view)
                self._views.add(name)
                return
            paths.append(self._folder / view / str(n))
            rows.write.parquet(str(paths[-1]))
        if paths:  # otherwise the table has no rows, and DuckDB has it already
            self._db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM {_read_parquet(paths)}")
            self._register_view(view, _spark_schema(target), paths)
            self._views.add(name)

    def _run_statement(self, statement: Statement, folder: str) -> None:
        self._register_inputs(statement)
        path = self._folder / folder
        rows = self._session.sql(statement.sql)
        rows.write.parquet(str(path))
        self._register_view(
            statement.view, {column.name: column.dataType.simpleString() for column in rows.schema}, [path]
        )

    def _register_inputs(self, statement: Statement) -> None:
        """Make the inputs of a statement available: staged files directly, other tables out of DuckDB."""
        from warehouse.spark.dialect import view_name

        for name in sorted(statement.reads - self._views):
            source = table(name)
            if name == STAGED_TABLE.full_name and self._observations:
                paths = list(self._observations)
            else:
                paths = [self._folder / view_name(name)]
                paths[0].mkdir()
                columns, file = ", ".join(source.column_names), quote_path(paths[0] / "0.parquet")
                self._db.execute(f"COPY (SELECT {columns} FROM {name}) TO {file}")
            self._register_view(view_name(name), _spark_schema(source), paths)
            self._views.add(name)

    def _register_view(self, view: str, schema: dict[str, str], paths: Sequence[Path]) -> None:
        """Register rows as a view. Without rows the view is empty by definition; Spark then skips its
        readers.
        """
        row: Any = self._db.execute(f"SELECT count(*) FROM {_read_parquet(paths)}").fetchone()
        if row[0]:
            columns = ", ".join(f"{name} {kind}" for name, kind in schema.items())
            rows = self._session.read.schema(columns).parquet(*map(str, paths))
        else:
            null_columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in schema.items())
            rows = self._session.sql(f"SELECT {null_columns} WHERE FALSE")
        rows.createOrReplaceTempView(view)


def reason(message: str) -> str:
    """Return the innermost cause of Spark's nested errors."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(_CAUSED_BY)] or lines[:1]
    return causes[-1].removeprefix(_CAUSED_BY)[:LONGEST_REASON] if causes else "?"


_CAUSED_BY = "Caused by: "
LONGEST_REASON = 300


def _spark_schema(declared_table: Table) -> dict[str, str]:
    return {c.name: _TYPES[c.type] for c in declared_table.columns}


def _read_parquet(paths: Sequence[Path]) -> str:
    """Return DuckDB's expression for reading files, and the folders that Spark writes."""
    files = [path if path.suffix == ".parquet" else path / "*.parquet" for path in paths]
    return f"read_parquet([{', '.join(map(quote_path, files))}])"


@contextmanager
def table_filler(
    db: duckdb.DuckDBPyConnection, folder: Path, observations: Sequence[Path]
) -> Iterator[Callable[[Table, Sequence[str]], None]]:
    """Yield a function that fills tables on Spark. `folder` is temporary. Raises NotInstalled."""
    folder.mkdir(mode=0o700)
    try:
        with session(folder) as spark_session:
            yield Spark(db, spark_session, folder, observations).fill
    finally:
        shutil.rmtree(folder)


@contextmanager
def session(folder: Path) -> Iterator[Any]:
    """Open a Spark session that writes below `folder`. Raises NotInstalled without pyspark or Java."""
    check_installed()
    from pyspark.sql import SparkSession

    master = os.environ.get(MASTER, "").strip() or "local[2]"
    settings = spark_settings(master, folder)
    logging.getLogger("SQLQueryContextLogger").setLevel(
        logging.CRITICAL
    )  # it also prints the errors that it raises
    builder = SparkSession.builder.master(master).appName("lineabase")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _redirect_stderr(folder / "spark.log"):
        spark_session = builder.getOrCreate()
    try:
        yield spark_session
    finally:
        spark_session.stop()


def spark_settings(master: str, folder: Path) -> dict[str, str]:
    """Return the settings of a session at `master` that writes to `folder`."""
    settings = _SETTINGS | {"spark.sql.warehouse.dir": str(folder / "tables")}
    if not master.startswith("local"):
        return settings
    memory = os.environ.get(MEMORY, "").strip() or "3g"
    return settings | _LOCAL | {"spark.local.dir": str(folder / "spill"), "spark.driver.memory": memory}


@contextmanager
def _redirect_stderr(file: Path) -> Iterator[None]:
    """Redirect the standard error of Java to a file. Java keeps the stream that it was started with."""
    before = os.dup(2)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def check_installed() -> None:
    """Raise NotInstalled, with what to install, if pyspark, sqlglot or Java is missing."""
    try:
        import pyspark  # noqa: F401
        import sqlglot  # noqa: F401
    except ModuleNotFoundError as error:
        raise NotInstalled("engine.not_installed", missing=error.name) from error
    version = java_version()
    if version is None:
        raise NotInstalled("engine.no_java", least=LEAST_JAVA)
    if version < LEAST_JAVA:
        raise NotInstalled("engine.old_java", least=LEAST_JAVA, found=version)


def java_version() -> int | None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    first, _, rest = output.partition('version "')[2].partition('"')[0].partition(".")
    number = rest.partition(".")[0] if first == "1" else first  # 1.8 is 8
    return int(number) if number.isdecimal() else None
