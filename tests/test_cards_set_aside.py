"""A new card that cannot be read is set aside and named; the other collections are released."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.intake.submission import receive
from pipelines.cli.main import app
from schemas.grammar import CardError
from tests.bad_input import build
from warehouse.home import CHECKOUT, Home

BROKEN = {
    "no country": build.BASE.replace(
        'pais = { role = "reporting_country", codes = "any" }', "pais = { ignore = 'x' }"
    ),
    "a misspelt key": build.BASE.replace("frequency", "frecuency"),
    "no TOML": build.BASE.replace("[collection]", "[collection"),
}
DAY = date(2022, 3, 31)


def with_card(home: Home, name: str, text: str) -> Path:
    folder = home.raw / name
    folder.mkdir(parents=True)
    (folder / "format.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", BROKEN)
def test_a_new_card_that_cannot_be_read_is_left_out(what: str, tmp_path: Path) -> None:
    home = build.home(tmp_path, build.BASE)
    folder = with_card(home, "NEW/half", BROKEN[what])
    (folder / "2024-01-01.1").mkdir()
    (folder / "2024-01-01.1" / "d.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    usable = home.usable()
    assert usable.excluded_collections == {"NEW/half"}
    assert build.COLLECTION in usable.collections()
    assert "NEW.half.2024-01-01.1" not in {s.id for s in usable.submissions()}


def home_with_file(folder: Path) -> Home:
    """A home that has received a file of the made-up collection."""
    home = build.home(folder / "home", build.BASE)
    file = build.write(folder / "in", build.with_cell(2, "victimas", "7"), "d.csv")
    receive(home, file, build.COLLECTION, DAY)
    return home


def test_a_card_that_can_be_read_is_never_left_out(tmp_path: Path) -> None:
    home = build.home(tmp_path, build.BASE)
    with_card(home, "NEW/whole", build.BASE)
    assert home.usable().excluded_collections == frozenset()


def test_the_card_of_a_collection_with_files_stops_the_release(tmp_path: Path) -> None:
    """Its figures would vanish from the release."""
    home = home_with_file(tmp_path)
    (home.raw / build.COLLECTION / "format.toml").write_text(BROKEN["no TOML"], encoding="utf-8")
    with pytest.raises(CardError, match="DEMO/victimas"):
        home.usable()


def test_a_shipped_card_that_cannot_be_read_stops_the_release(tmp_path: Path) -> None:
    home = Home(tmp_path)
    name = "PAN-SNM/darien_nationality"
    text = (CHECKOUT / "raw" / name / "format.toml").read_text(encoding="utf-8")
    with_card(home, name, text.replace("frequency", "frecuency"))
    with pytest.raises(CardError, match="frecuency"):
        home.usable()


def refreshed(home: Home) -> Result:
    environment = {
        "LINEABASE_HOME": str(home.root),
        "COLUMNS": "300",
        "NO_COLOR": "1",
        "LINEABASE_SITE": "no",
    }
    return CliRunner().invoke(app, ("refresh", "--lang", "en"), env=environment)


@pytest.mark.slow
def test_refresh_names_the_card_and_releases_the_others(tmp_path: Path) -> None:
    home = home_with_file(tmp_path)
    folder = with_card(home, "NEW/half", BROKEN["a misspelt key"])
    result = refreshed(home)
    assert result.exit_code in (0, 1), result.output
    assert "NEW/half is set aside" in result.output
    assert "frecuency" in result.output
    with duckdb.connect(home.current, read_only=True) as db:
        collections = {
            name for (name,) in db.execute("SELECT collection FROM registry.collections").fetchall()
        }
    assert build.COLLECTION in collections
    assert "NEW/half" not in collections
    shutil.rmtree(folder)
