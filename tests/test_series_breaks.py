"""Breaks of series by their passports: at documented changes and where the documented kind changes, and at no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.intake.submission import receive
from tests.conftest import accept, release
from tests.test_decisions import ask
from tests.test_series_passports import SOURCE, UNDOCUMENTED
from tests.test_vintages import new_home, send
from warehouse.home import Home

DAY = date(2024, 1, 10)
CHANGE = """
[[series.change]]
on = "2015"
what = { es = "otra ley", en = "another law" }
is_break = %s
"""


def passport(
    country: str, first: int, last: int, unit: str, flow: str = "new", measure: str = "victims_detected"
) -> str:
    """A confirmed passport of a span of years."""
    return f"""
[[series]]
reporting_country = "{country}"
measure = "{measure}"
valid_from = "{first}"
valid_to = "{last}"
evidence = "confirmed"
counted_unit = "{unit}"
flow = "{flow}"
what = {{ es = "lo contado", en = "the counted" }}
verified_on = 2026-11-30
{SOURCE}"""


def undocumented(country: str, change: str = "") -> str:
    """An undocumented passport from 2012 on, with a documented change."""
    text = UNDOCUMENTED.replace('"USA"', f'"{country}"').replace('"2020"', '"2012"')
    return text + change + (SOURCE if change else "")


PASSPORTS = "".join(
    (
        passport("CAN", 2012, 2014, "persons") + passport("CAN", 2015, 2018, "incidents"),
        passport("USA", 2012, 2014, "clients") + passport("USA", 2015, 2018, "clients", "served"),
        passport("GTM", 2012, 2013, "persons") + passport("GTM", 2016, 2018, "cases"),
        passport("HND", 2012, 2014, "persons"),
        undocumented("CRI", CHANGE % "true"),
        undocumented("PAN", CHANGE % "false"),
    )
)
EXPECTED = {
    "CAN": "2015-01-01",  # another unit
    "CRI": "2015-01-01",  # a documented change
    "GTM": "2016-01-01",  # another unit after years that no source documents
    "HND": "_Z",  # undocumented from 2015 on: no documented change
    "PAN": "_Z",  # a change that leaves the years comparable
    "USA": "2015-01-01",  # another flow
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Six countries with small counts, each with its passports."""
    home = new_home(tmp_path_factory.mktemp("broken"))
    send(home, DAY, {(country, year): "8" for country in EXPECTED for year in range(2012, 2019)})
    (home.raw / "X" / "c" / "series.toml").write_text(PASSPORTS, encoding="utf-8")
    release(home)
    return home


@pytest.mark.slow
@pytest.mark.statistics("2", "passport")
def test_a_series_breaks_where_another_kind_is_documented(broken: Home) -> None:
    last = "SELECT reporting_country, max_by(break_id, period_start) FROM baseline.indicator_values WHERE panel = '_Z' AND pooled_years = 1 GROUP BY ALL"
    assert dict(ask(broken, last)) == EXPECTED
    assert ask(
        broken,
        "SELECT DISTINCT reporting_country, basis, broken_on::VARCHAR FROM core.breaks WHERE collection = 'X/c' ORDER BY ALL",
    ) == [
        ("CAN", "kind", "2015-01-01"),
        ("CRI", "documented", "2015-01-01"),
        ("GTM", "kind", "2016-01-01"),
        ("USA", "kind", "2015-01-01"),
    ]


@pytest.mark.slow
def test_years_on_two_sides_of_a_documented_change_are_not_pooled(broken: Home) -> None:
    pooled = (
        "SELECT reporting_country, list(period ORDER BY period) FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected_rate' AND pooled_years = 3 AND panel = '_Z' GROUP BY ALL"
    )
    whole = [f"{year}-{year + 2}" for year in range(2012, 2017)]
    apart = ["2012-2014", "2015-2017", "2016-2018"]
    assert dict(ask(broken, pooled)) == {
        "CAN": apart,
        "CRI": apart,
        "GTM": ["2012-2014", "2013-2015", "2016-2018"],
        "HND": whole,
        "PAN": whole,
        "USA": apart,
    }


@pytest.mark.slow
def test_a_documented_change_is_an_event_of_its_country(broken: Home) -> None:
    with duckdb.connect(broken.internal, read_only=True) as db:
        events = db.execute(
            "SELECT reporting_country, happened_from::VARCHAR, what_en FROM core.events ORDER BY ALL"
        ).fetchall()
    assert events == [("CRI", "2015-01-01", "another law"), ("PAN", "2015-01-01", "another law")]


@pytest.mark.slow
def test_a_partial_year_is_compared_across_no_documented_change(tmp_path: Path) -> None:
    """Eleven months of 2015 beside those of 2014, until a change is documented between them."""
    home = new_home(tmp_path)
    lines = [
        f"CRI,{year}-{month:02},5"
        for year, months in ((2014, 12), (2015, 11))
        for month in range(1, months + 1)
    ]
    card = home.raw / "X" / "c" / "format.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace('frequency = "A"', 'frequency = "M"'), encoding="utf-8"
    )
    file = home.root / "file.csv"
    file.write_text("\n".join(["reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
    accept(home, receive(home, file, "X/c", DAY))
    release(home)
    assert ask(home, "SELECT count(*) FROM analysis.same_months") == [(1,)]
    (home.raw / "X" / "c" / "series.toml").write_text(undocumented("CRI", CHANGE % "true"), encoding="utf-8")
    release(home)
    assert ask(home, "SELECT count(*) FROM analysis.same_months") == [(0,)]
    with duckdb.connect(home.internal, read_only=True) as db:
        ids = db.execute(
            "SELECT break_id, count(*) FROM core.monthly_points GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert ids == [("2015-01-01", 11), (None, 12)]
