"""Tables filled on Spark: its session, what it is given, what it hands over to the internal database.

Beside DuckDB, in the order of the build: a model's rows stay in Parquet, where later models read them, and go
to DuckDB, where statistics, gate and release read them. What Spark has not made it is given.
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

from schemas.records import declarations
from schemas.tables import STAGED, TABLES, Table, entered_table, table
from schemas.words import NotInstalled, UserError
from warehouse.build import models
from warehouse.home import quoted

if TYPE_CHECKING:
    from warehouse.spark.dialect import Statement

MASTER = "LINEABASE_SPARK_MASTER"
"""Where Spark runs (`local[8]`, `spark://…`); if it says nothing, two threads of this machine.

Whatever is not set here stands in Spark's own spark-defaults.conf."""

MEMORY = "LINEABASE_SPARK_MEMORY"
"""How much memory Spark may take on this machine, in its own words (`8g`); if it says nothing, 3g."""

LEAST_JAVA = 17

_TYPES = {"VARCHAR": "string", "DOUBLE": "double", "DATE": "date", "BIGINT": "bigint", "BOOLEAN": "boolean"}

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ansi.enabled": "true",  # what cannot be computed fails, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
    # Rows take some fifty times the bytes in memory that they take in Parquet, where texts are numbers of a
    # list. Spark takes both for equal, and would send tables of millions of rows to each worker as a whole.
    "spark.sql.sources.fileCompressionFactor": "50",
    # Of one model (core.totals) Spark 4.3 finds a plan of its own invalid after this rule.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases",
}

_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 "
    "-XX:ReservedCodeCacheSize=256m",
}
"""On one machine: no door but to this machine itself; a compiler that suits plans that run once, and room
for what it compiles: out of its own 48 MB it throws what it needs again, a tenth of a refresh and more."""


class Spark:
    """Fills tables of one build. `folder`: where their rows lie as Parquet meanwhile."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, session: Any, folder: Path, observations: Sequence[Path]
    ) -> None:
        from warehouse.spark.dialect import Translator

        self._db, self._session, self._folder = db, session, folder
        self._observations = observations
        self._entered = {one.name: one for one in map(entered_table, declarations().values())}
        macros = models.MACROS.read_text(encoding="utf-8")
        self._translator = Translator(macros, [*TABLES, *self._entered.values()], self._texts)
        self._views: set[str] = set()

    def fill(self, into: Table, selects: Sequence[str]) -> None:
        """Fill a table by its SELECTs; its rows go to DuckDB, too. A view stays one. Raises UserError."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            self._fill(into, selects)
        except (Py4JError, PySparkException) as error:
            raise UserError("engine.failed", table=into.full_name, reason=reason(str(error))) from error

    def _fill(self, into: Table, selects: Sequence[str]) -> None:
        from warehouse.spark.dialect import view_name

        name, view = into.full_name, view_name(into.full_name)
        made = []
        for n, select in enumerate(selects):
            *before, last = self._translator.statements(select, into, view)
            for statement in before:
                self._keep(statement, f"{statement.view}{n}")
            self._give(last)
            rows = self._session.sql(last.sql)
            if into.is_view:
                rows.createOrReplaceTempView(view)
                self._views.add(name)
                return
            made.append(self._folder / view / str(n))
            rows.write.parquet(str(made[-1]))
        if made:  # else it has no rows, which DuckDB says
            self._db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM {_parquet(made)}")
            self._read(view, _schema(into), made)
            self._views.add(name)

    def _keep(self, statement: Statement, folder: str) -> None:
        self._give(statement)
        path = self._folder / folder
        rows = self._session.sql(statement.sql)
        rows.write.parquet(str(path))
        self._read(statement.view, {one.name: one.dataType.simpleString() for one in rows.schema}, [path])

    def _give(self, statement: Statement) -> None:
        """What a statement reads and Spark has not: the staged files as they are, the rest out of DuckDB."""
        from warehouse.spark.dialect import view_name

        for name in sorted(statement.reads - self._views):
            into = self._entered.get(name) or table(name)
            if name == STAGED.full_name and self._observations:
                paths = list(self._observations)
            else:
                paths = [self._folder / view_name(name)]
                paths[0].mkdir()
                columns, file = ", ".join(into.column_names), quoted(paths[0] / "0.parquet")
                self._db.execute(f"COPY (SELECT {columns} FROM {name}) TO {file}")
            self._read(view_name(name), _schema(into), paths)
            self._views.add(name)

    def _read(self, view: str, schema: dict[str, str], paths: Sequence[Path]) -> None:
        """Show rows to Spark. It is told where there are none, and leaves out what asks for them."""
        found: Any = self._db.execute(f"SELECT count(*) FROM {_parquet(paths)}").fetchone()
        if found[0]:
            told = ", ".join(f"{name} {kind}" for name, kind in schema.items())
            rows = self._session.read.schema(told).parquet(*map(str, paths))
        else:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in schema.items())
            rows = self._session.sql(f"SELECT {nothing} WHERE FALSE")
        rows.createOrReplaceTempView(view)

    def _texts(self, select: str) -> list[str]:
        row: Any = self._db.execute(select).fetchone()
        return list(row[0] or [])


def reason(said: str) -> str:
    """What Spark says last of why it failed, out of all the errors that it wraps one in another."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(_CAUSED_BY)] or lines[:1]
    return causes[-1].removeprefix(_CAUSED_BY)[:LONGEST_REASON] if causes else "?"


_CAUSED_BY = "Caused by: "
LONGEST_REASON = 300


def _schema(into: Table) -> dict[str, str]:
    return {c.name: _TYPES[c.type] for c in into.columns}


def _parquet(paths: Sequence[Path]) -> str:
    """DuckDB's reading of files, and of the folders that Spark writes."""
    files = [path if path.suffix == ".parquet" else path / "*.parquet" for path in paths]
    return f"read_parquet([{', '.join(map(quoted, files))}])"


@contextmanager
def filling(
    db: duckdb.DuckDBPyConnection, folder: Path, observations: Sequence[Path]
) -> Iterator[Callable[[Table, Sequence[str]], None]]:
    """What fills tables on Spark by way of `folder`, which ends with the block. Raises NotInstalled."""
    folder.mkdir(mode=0o700)
    try:
        with session(folder) as made:
            yield Spark(db, made, folder, observations).fill
    finally:
        shutil.rmtree(folder)


@contextmanager
def session(folder: Path) -> Iterator[Any]:
    """A Spark session that writes below `folder`. Raises NotInstalled where pyspark or Java is missing."""
    check()
    from pyspark.sql import SparkSession

    master = os.environ.get(MASTER, "").strip() or "local[2]"
    settings = settings_of(master, folder)
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it prints what it raises
    builder = SparkSession.builder.master(master).appName("lineabase")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _said_to(folder / "spark.log"):
        made = builder.getOrCreate()
    try:
        yield made
    finally:
        made.stop()


def settings_of(master: str, folder: Path) -> dict[str, str]:
    """What a session at `master` is told, with `folder` to write in."""
    settings = _SETTINGS | {"spark.sql.warehouse.dir": str(folder / "tables")}
    if not master.startswith("local"):
        return settings
    memory = os.environ.get(MEMORY, "").strip() or "3g"
    return settings | _LOCAL | {"spark.local.dir": str(folder / "spill"), "spark.driver.memory": memory}


@contextmanager
def _said_to(file: Path) -> Iterator[None]:
    """What Java says goes into a file: it keeps the standard error that it was started with."""
    before = os.dup(2)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def check() -> None:
    """Raises NotInstalled, with what to install, where pyspark, sqlglot or Java is missing."""
    try:
        import pyspark  # noqa: F401
        import sqlglot  # noqa: F401
    except ModuleNotFoundError as error:
        raise NotInstalled("engine.not_installed", missing=error.name) from error
    found = java_version()
    if found is None:
        raise NotInstalled("engine.no_java", least=LEAST_JAVA)
    if found < LEAST_JAVA:
        raise NotInstalled("engine.old_java", least=LEAST_JAVA, found=found)


def java_version() -> int | None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    first, _, rest = told.partition('version "')[2].partition('"')[0].partition(".")
    number = rest.partition(".")[0] if first == "1" else first  # 1.8 is 8
    return int(number) if number.isdecimal() else None
