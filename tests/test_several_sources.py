"""A region whose members each have a source of their own: its figures cite all of them, and the whole release bears it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.intake.submission import receive
from tests.conftest import accept, release
from tests.test_vintages import CARD
from warehouse.home import Home
from warehouse.publication import site
from warehouse.publication.bundle import sdmx
from warehouse.reading.client import Warehouse

pytestmark = pytest.mark.slow  # it takes a release of its own

MEMBERS = ("CRI", "DOM", "GTM", "HND", "MEX", "PAN")
YEARS = range(1999, 2024)
"""From before the Dominican Republic joined (24 March 2000, schemas/groupings/members.csv): then it has no class."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A collection a member, with ten persons of two citizenships every year."""
    made = Home(tmp_path_factory.mktemp("several"))
    for number, member in enumerate(MEMBERS):
        collection = f"{member}-X/victims"
        card = made.raw / collection / "format.toml"
        card.parent.mkdir(parents=True)
        told = CARD.format(delivery="full", confidentiality="open")
        card.write_text(told.replace("A made-up provider", f"Office of {member}"), encoding="utf-8")
        lines = [
            f"{member},{year},{citizenship},{value}"
            for year in YEARS
            for citizenship, value in (("NIC", 4), ("COL", 6), ("", 10))
        ]
        file = made.root / "file.csv"
        file.write_text("\n".join(["reporting_country,period,citizenship,value", *lines]) + "\n", "utf-8")
        accept(made, receive(made, file, collection, date(2024, 2, 1 + number)))
    release(made)
    return made


def regional(home: Home, columns: str) -> list[tuple[Any, ...]]:
    with Warehouse.open(home.current) as warehouse:
        rows = warehouse.query(
            f"SELECT {columns} FROM baseline.headline_region WHERE indicator = 'tip_victims_detected' "
            "AND reporting_country = 'CRM' AND year = 2023"
        )
    return list(rows.itertuples(index=False, name=None))


def test_a_regional_figure_cites_each_of_its_sources(home: Home) -> None:
    (row,) = regional(home, "value_low, collection, citation, source_en, source_es")
    assert row[0] == 60
    assert row[1].split(" ") == [f"{member}-X/victims" for member in MEMBERS]
    assert row[2] == " ".join(f"Office of {member}" for member in MEMBERS)
    assert row[3] == "; ".join(["Victims"] * 6)
    assert row[4] == "; ".join(["Víctimas"] * 6)


def test_it_is_written_in_sdmx_with_a_code_for_its_sources_together(home: Home, tmp_path: Path) -> None:
    with Warehouse.open(home.current) as warehouse:
        sdmx.write(warehouse, tmp_path)
    written = (tmp_path / "HEADLINE_REGION.csv").read_text(encoding="utf-8")
    together = "_".join(f"{member}-X_victims" for member in MEMBERS)
    assert together in written
    assert f'id="{together}"' in (tmp_path / "structures.xml").read_text(encoding="utf-8")


def test_a_year_in_which_the_reporting_state_is_no_member_has_the_class_of_none_in_sdmx(
    home: Home, tmp_path: Path
) -> None:
    with Warehouse.open(home.current) as warehouse:
        rows = warehouse.query(
            "SELECT DISTINCT reporting_country, year FROM baseline.indicator_values WHERE origin_class = '_Z'"
        )
        sdmx.write(warehouse, tmp_path)
    assert sorted(rows.itertuples(index=False, name=None)) == [("DOM", 1999), ("DOM", 2000)]
    assert ",_Z," in (tmp_path / "INDICATOR_VALUES.csv").read_text(encoding="utf-8")


def test_its_pages_are_written(home: Home, tmp_path: Path) -> None:
    with Warehouse.open(home.current) as warehouse:
        site.write(warehouse, tmp_path / "site", on_paper=False)
    page = (tmp_path / "site" / "es" / "tip_victims_detected.html").read_text(encoding="utf-8")
    assert [member for member in MEMBERS if f"Office of {member}" not in page] == []
