"""The models on Spark: every table holds what DuckDB's holds, and who lacks Spark is told what to install."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from schemas.tables import TABLES, table
from schemas.words import NotInstalled, UserError, languages, say
from tests.conftest import AS_OF
from tests.covered import counted
from tests.same_tables import RELEASED, differing
from warehouse.environment import settings
from warehouse.home import Home
from warehouse.spark import engine

PACKAGES = os.environ.get("LINEABASE_SPARK_PACKAGES", "")
"""A folder with pyspark and sqlglot, which the tests' own environment has not: `make tools` makes it."""

MAIN = "from pipelines.cli.main import main; main()"


@pytest.fixture(scope="module")
def on_spark(released_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The submissions of `released_home`, released again by `refresh --engine spark`."""
    if not PACKAGES and find_spec("pyspark") is None:
        pytest.skip("needs Spark: run `make tools`")
    if engine.java_version() is None:
        pytest.skip("needs Java: apt install openjdk-17-jre-headless, or JAVA_HOME")
    home = Home(tmp_path_factory.mktemp("spark"))
    for name in ("raw", "staged"):
        shutil.copytree(released_home / name, home.root / name)
    ended = subprocess.run(
        [sys.executable, "-c", counted(MAIN), "refresh", "--engine", "spark", "--as-of", str(AS_OF)],
        env=os.environ | {"LINEABASE_HOME": str(home.root), "PYTHONPATH": PACKAGES},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WARN" not in ended.stderr.upper(), ended.stderr
    return home


@pytest.mark.slow
def test_every_internal_table_holds_the_same_rows(on_spark: Home, released_home: Path) -> None:
    """Value by value and without a tolerance: what is summed are whole numbers, or sums of few."""
    assert differing(Home(released_home).internal, on_spark.internal, TABLES) == {}


@pytest.mark.slow
def test_the_release_holds_the_same_rows(on_spark: Home, released_home: Path) -> None:
    assert differing(Home(released_home).current, on_spark.current, RELEASED) == {}


@pytest.mark.parametrize("lang", languages())
def test_without_spark_the_command_says_what_to_install(lang: str, tmp_path: Path) -> None:
    if find_spec("pyspark"):
        pytest.skip("Spark is installed here")
    ended = CliRunner().invoke(
        app, ["refresh", "--engine", "spark", "--lang", lang], env={"LINEABASE_HOME": str(tmp_path)}
    )
    assert ended.exit_code == 3
    assert " ".join(ended.output.split()) == " ".join(
        say("engine.not_installed", lang, missing="pyspark").split()
    )
    assert not any(tmp_path.iterdir())


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyspark and sqlglot as if they were here."""
    for name in ("pyspark", "sqlglot"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))


def _java(folder: Path, version: str) -> Path:
    """A home of Java that says so of itself."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("version", "sentence"),
    [("11.0.2", "engine.old_java"), ("1.8.0_392", "engine.old_java"), ("17.0.21", None), ("21", None)],
)
def test_an_old_java_is_named(
    version: str, sentence: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path, version)))
    if sentence is None:
        engine.check_installed()
        return
    with pytest.raises(NotInstalled) as raised:
        engine.check_installed()
    assert raised.value.sentence.key == sentence


@pytest.mark.usefixtures("installed")
def test_no_java_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled) as raised:
        engine.check_installed()
    assert raised.value.sentence.key == "engine.no_java"


def test_an_unknown_engine_is_a_slip(tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        app, ["refresh", "--engine", "Dask", "--lang", "en"], env={"LINEABASE_HOME": str(tmp_path)}
    )
    assert ended.exit_code == 2
    assert "duckdb, spark" in ended.output


def test_the_engine_of_a_deployment_stands_in_its_home(tmp_path: Path) -> None:
    (tmp_path / "lineabase.toml").write_text('engine = "dask"\n', encoding="utf-8")
    ended = CliRunner().invoke(app, ["refresh", "--lang", "en"], env={"LINEABASE_HOME": str(tmp_path)})
    assert ended.exit_code == 2
    assert "“dask”" in ended.output


def test_the_command_counts_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.choose_engine() == "duckdb"
    monkeypatch.setenv(settings.ENGINE, "Spark")
    assert settings.choose_engine() == "spark"
    assert settings.choose_engine("duckdb") == "duckdb"


def test_spark_s_memory_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.spark_settings("local[2]", tmp_path)["spark.driver.memory"] == "3g"
    monkeypatch.setenv(engine.MEMORY, "8g")
    assert engine.spark_settings("local[2]", tmp_path)["spark.driver.memory"] == "8g"
    assert "spark.driver.memory" not in engine.spark_settings("spark://elsewhere:7077", tmp_path)


@pytest.mark.parametrize("lang", languages())
def test_where_spark_fails_its_last_reason_is_said(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (("py4j.protocol", "Py4JError"), ("pyspark.errors", "PySparkException")):
        monkeypatch.setitem(sys.modules, module.partition(".")[0], ModuleType("package"))
        monkeypatch.setitem(sys.modules, module, made := ModuleType(module))
        setattr(made, name, type(name, (Exception,), {}))
    from py4j.protocol import Py4JError  # type: ignore[import-not-found, unused-ignore]

    def fails(*_: object) -> None:
        raise Py4JError(
            "An error occurred while calling o691.parquet.\n: java.util.concurrent.ExecutionException\n\tat org.apache\n"
            "Caused by: org.apache.spark.util.SparkFatalException\n\t... 1 more\n"
            "Caused by: org.apache.spark.SparkException: Not enough memory\n\t... 11 more\n"
        )

    monkeypatch.setattr(engine.Spark, "_fill", fails)
    with pytest.raises(UserError) as raised:
        object.__new__(engine.Spark).fill(table("core.totals"), [])
    told = raised.value.render(lang)
    assert "core.totals: org.apache.spark.SparkException: Not enough memory." in told.replace(" :", ":")
    assert engine.MEMORY in told
