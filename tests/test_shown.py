"""Where a release shows each collection: every one that ships, and one that is shown nowhere."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from schemas.pages import DOCS, Lang
from schemas.tables import TABLES
from warehouse.publication.shipping import shipped
from warehouse.publication.shown import nowhere, page, shown_in


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    """Four collections in force: in an indicator, beside another, revised only, nowhere."""
    db = duckdb.connect()
    db.execute(
        """
        CREATE SCHEMA core; CREATE SCHEMA baseline; CREATE SCHEMA analysis;
        CREATE TABLE core.current AS SELECT unnest(['X/a', 'X/b', 'X/revised', 'X/d']) AS collection;
        CREATE TABLE baseline.indicator_values AS SELECT 'X/a' AS collection;
        CREATE TABLE analysis.source_agreement AS SELECT 'X/a' AS collection_a, 'X/b' AS collection_b;
        CREATE TABLE analysis.revisions AS SELECT 'X/revised' AS collection;
        """
    )
    return db


def test_a_collection_is_shown_by_tables_of_figures_alone(release: duckdb.DuckDBPyConnection) -> None:
    """That it was revised, or is missing in a year, shows no figure of it."""
    assert shown_in(release) == {
        "X/a": ["baseline.indicator_values", "analysis.source_agreement"],
        "X/b": ["analysis.source_agreement"],
        "X/d": [],
        "X/revised": [],
    }
    assert nowhere(release) == ["X/d", "X/revised"]


def test_every_table_of_figures_names_its_collections() -> None:
    for table in TABLES:
        named = [name for name in table.column_names if name.split("_")[0] == "collection"]
        assert named or not table.figures, table.full_name


def test_every_collection_that_ships_is_shown(released: duckdb.DuckDBPyConnection) -> None:
    assert set(shown_in(released)) == {name.rsplit("/", 1)[0] for name in shipped()}
    assert nowhere(released) == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_is_what_the_release_says(released: duckdb.DuckDBPyConnection, lang: Lang) -> None:
    """Where it fails: python -m warehouse.publication.shown."""
    assert (DOCS / f"collections.{lang}.md").read_text(encoding="utf-8") == page(released, lang)


@pytest.mark.parametrize(("lang", "words"), [("es", "en ningún indicador"), ("en", "in no indicator")])
def test_status_names_a_collection_that_is_shown_nowhere(
    released_home: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    def said() -> str:
        env = {"LINEABASE_HOME": str(released_home), "COLUMNS": "300"}
        return CliRunner().invoke(app, ["status", "--lang", lang], env=env).stdout

    assert words not in said()
    monkeypatch.setattr("pipelines.cli.status.nowhere", lambda release: ["X/d"])
    [line] = [line for line in said().splitlines() if words in line]
    assert "X/d" in line
