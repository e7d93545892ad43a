"""Where a release shows each collection: every one that ships, and one that is shown nowhere."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from schemas.pages import DOCS, Lang
from schemas.periods import Period
from schemas.tables import TABLES
from warehouse.publication.collection_pages import chapters, page
from warehouse.publication.collection_tables import collections_without_tables, tables_by_collection
from warehouse.publication.shipping import shipped_figures


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
    assert tables_by_collection(release) == {
        "X/a": ["baseline.indicator_values", "analysis.source_agreement"],
        "X/b": ["analysis.source_agreement"],
        "X/d": [],
        "X/revised": [],
    }
    assert collections_without_tables(release) == ["X/d", "X/revised"]


def test_every_table_of_figures_names_its_collections() -> None:
    for table in TABLES:
        named = [name for name in table.column_names if name.split("_")[0] == "collection"]
        assert named or not table.figures, table.full_name


def test_every_collection_that_ships_is_shown(released: duckdb.DuckDBPyConnection) -> None:
    assert set(tables_by_collection(released)) == {name.rsplit("/", 1)[0] for name in shipped_figures()}
    assert collections_without_tables(released) == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_is_what_the_release_says(released: duckdb.DuckDBPyConnection, lang: Lang) -> None:
    """Where it fails: make docs."""
    assert (DOCS / f"collections.{lang}.md").read_text(encoding="utf-8") == page(released, lang)


def test_a_chapter_says_how_much_is_usually_revised_and_how_late_it_comes(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """UNODC's extracts of 2023 and 2025: 4,009 values, of which 153 went; 835 days from 2022-12-31 to April 2025."""
    by_name = {c.split("`")[1]: c for c in chapters(released, "en")}
    unodc = by_name["UNODC/glotip"]
    assert f"of {4009 - 151 - 2} values in both, 355 changed (9 %)" in unodc
    assert "ended 835 days before the date of the last delivery (2025-04-14)" in unodc
    assert "does not say whether they are presumed or formally identified" in unodc
    assert "due by 2025-12-30" in unodc
    closed = by_name["USA-DHS/table61"]
    assert "ended on 2001-09-30" in closed
    assert "| Timeliness | The series is closed: nothing newer is awaited |" in closed


@pytest.mark.parametrize(
    ("last", "frequency", "next_end"),
    [
        (date(2024, 12, 31), "A", date(2025, 12, 31)),
        (date(2023, 9, 30), "A", date(2024, 9, 30)),
        (date(2024, 9, 30), "Q", date(2024, 12, 31)),
        (date(2025, 1, 31), "M", date(2025, 2, 28)),
        (date(2025, 11, 30), "M", date(2025, 12, 31)),
    ],
)
def test_the_next_period_ends_on_a_last_day(last: date, frequency: str, next_end: date) -> None:
    assert Period(last + timedelta(days=1), frequency).end == next_end


@pytest.mark.parametrize(("lang", "words"), [("es", "en ningún indicador"), ("en", "in no indicator")])
def test_status_names_a_collection_that_is_shown_nowhere(
    released_home: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    def said() -> str:
        env = {"LINEABASE_HOME": str(released_home), "COLUMNS": "300"}
        return CliRunner().invoke(app, ["status", "--lang", lang], env=env).stdout

    assert words not in said()
    monkeypatch.setattr("pipelines.cli.home.collections_without_tables", lambda release: ["X/d"])
    [line] = [line for line in said().splitlines() if words in line]
    assert "X/d" in line
