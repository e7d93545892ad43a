"""`query` reads the release and nothing else; `export` writes over nothing of the program's; a home is not made by a slip."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from warehouse.reading.client import Warehouse


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a release of one row, an internal database, and a received file."""
    root = tmp_path / "home"
    (root / "warehouse").mkdir(parents=True)
    for name in ("current", "internal"):
        with duckdb.connect(root / "warehouse" / f"{name}.duckdb") as db:
            db.execute("CREATE SCHEMA registry; CREATE SCHEMA baseline")
            db.execute("CREATE TABLE registry.release AS SELECT '2026-Q1.r1' AS release")
            db.execute("CREATE TABLE baseline.catalogue AS SELECT 'x' AS indicator")
    received = root / "raw" / "DEMO" / "victimas" / "2022-03-31.1" / "datos.csv"
    received.parent.mkdir(parents=True)
    received.write_text("a,b\n1,2\n")
    return root


ATTEMPTS = [
    "COPY (SELECT 1) TO '{raw}'",
    "COPY registry.release TO '{new}' (FORMAT parquet)",
    "EXPORT DATABASE '{new}'",
    "SELECT * FROM read_csv('{raw}')",
    "SELECT * FROM read_csv_auto('{raw}')",
    "SELECT * FROM '{raw}'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd', sep = ':')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('{raw}')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('{raw}')",
    "SELECT * FROM parquet_schema('{raw}')",
    "ATTACH '{internal}' AS i (READ_ONLY)",
    "ATTACH '{internal}' AS i",
    "ATTACH '{new}' AS i",
    "ATTACH IF NOT EXISTS '{internal}' AS i; SELECT * FROM i.registry.release",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL spatial",
    "SELECT * FROM read_csv('https://example.org/a.csv')",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET enable_external_access",
    "PRAGMA enable_external_access = true",
    "SET temp_directory = '/tmp'",
    "SET allowed_directories = ['/']",
    "SET GLOBAL allow_unsigned_extensions = true",
    "CREATE TABLE registry.mine AS SELECT 1",
    "UPDATE registry.release SET release = 'x'",
    "DELETE FROM registry.release",
    "DROP TABLE registry.release",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "IMPORT DATABASE '{new}'",
    "SELECT 1; COPY (SELECT 1) TO '{raw}'",
    "CALL enable_logging(storage = 'file', storage_path = '{new}')",
    "PRAGMA enable_profiling; SET profiling_output = '{new}'",
    "SELECT * FROM os_environ",
]


@pytest.mark.parametrize("sql", ATTEMPTS)
@pytest.mark.operator("6", "query")
def test_query_reads_the_release_and_nothing_else(sql: str, home: Path, tmp_path: Path) -> None:
    raw = home / "raw" / "DEMO" / "victimas" / "2022-03-31.1" / "datos.csv"
    new, internal = tmp_path / "new", home / "warehouse" / "internal.duckdb"
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    result = run(home, "query", sql.format(raw=raw, new=new, internal=internal))
    assert result.exit_code == 2, result.output
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before
    assert not new.exists()


def test_what_stands_in_the_program_s_memory_is_no_table(home: Path) -> None:
    import pandas as pd

    secret = pd.DataFrame({"a": [1]})
    with Warehouse.open(home / "warehouse" / "current.duckdb") as warehouse, pytest.raises(duckdb.Error):
        warehouse.connection.execute("SELECT * FROM secret")
    assert len(secret) == 1


@pytest.mark.parametrize("sql", ["", "  ", "/* nothing */", ";"])
@pytest.mark.parametrize(("lang", "says"), [("es", "vacía"), ("en", "empty")])
@pytest.mark.operator("6", "in words")
def test_an_empty_query_is_told_in_words(sql: str, lang: str, says: str, home: Path) -> None:
    result = run(home, "query", sql, "--lang", lang)
    assert (result.exit_code, says in result.output) == (2, True), result.output


def test_a_select_is_answered(home: Path) -> None:
    assert "2026-Q1.r1" in run(home, "query", "SELECT * FROM registry.release").output
    assert "registry" in run(home, "query", "SELECT schema_name FROM duckdb_tables()").output
    assert "release" in run(home, "query", "DESCRIBE registry.release").output


PLACES = [
    "warehouse/current.duckdb", "warehouse/internal.duckdb", "warehouse/releases/2026-Q1.r1/lineabase.duckdb", "warehouse/new.csv",
    "raw/DEMO/victimas/2022-03-31.1/datos.csv", "raw/DEMO/victimas/format.toml", "staged/x.csv", ".dagster/dagster.yaml",
    "inbox/DEMO/victimas/a.csv", "link/current.duckdb", "hard.duckdb", "other/../raw/a.csv",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.operator("6", "export")
def test_export_writes_over_nothing_of_the_program_s(place: str, home: Path) -> None:
    (home / "link").symlink_to(home / "warehouse")
    (home / "hard.duckdb").hardlink_to(home / "warehouse" / "current.duckdb")
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    result = run(home, "export", "--indicator", "x", "--output", str(home / place))
    assert (result.exit_code, "guarda lo suyo" in result.output) == (2, True), result.output
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(("lang", "says"), [("es", "No existe la carpeta"), ("en", "no folder")])
@pytest.mark.operator("6", "mistyped home")
def test_a_mistyped_home_is_an_error_unless_it_is_to_be_new(lang: str, says: str, tmp_path: Path) -> None:
    mistyped = tmp_path / "hmoe"
    result = run(mistyped, "status", "--lang", lang)
    assert (result.exit_code, says in result.output, mistyped.exists()) == (2, True, False), result.output
    assert run(mistyped, "--help").exit_code == 0
    assert run(mistyped, "status", "--new").exit_code == 0
    assert mistyped.is_dir()
    assert run(mistyped, "status").exit_code == 0


def run(home: Path, *arguments: str):
    return CliRunner().invoke(
        app, arguments, env={"LINEABASE_HOME": str(home), "COLUMNS": "400", "NO_COLOR": "1"}
    )
