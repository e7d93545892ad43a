"""Trends as a release shows them: what the models give the statistics, and the sentences. Expected rows by hand."""

from datetime import date
from pathlib import Path

import pytest

from assets.intake.processing import process
from assets.intake.submission import receive
from tests.conftest import release
from tests.test_decisions import ask
from tests.test_vintages import new_home
from warehouse.home import Home

YEARS = range(2013, 2025)


def told(root: Path, header: str, rows: list[str]) -> Home:
    """A release of one submission of these rows, received in March 2025."""
    home = new_home(root)
    file = root / "file.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    process(home, receive(home, file, "X/c", date(2025, 3, 1)))
    release(home)
    return home


@pytest.mark.slow
@pytest.mark.statistics("7", "known shares")
@pytest.mark.parametrize(
    ("others", "why", "why_no_share"), [(30, "little_known", "little_known"), (45, "total_silent", "hidden")]
)
def test_a_count_by_origin_is_judged_where_four_fifths_are_known(
    others: int, why: str, why_no_share: str, tmp_path: Path
) -> None:
    """Without four fifths it is refused for that; with them its total, 100 every year, has no clear verdict.

    Of 100 a year 40 are Panamanian and 30 or 45 Colombian: 70 or 85 are of known origin.

    The share of the class is 40 to 55 % in every year then, and what is hidden decides.
    """
    cells = (("", 100), ("PAN", 40), ("COL", others))
    rows = [f"CRI,{year},{code},{n}" for year in YEARS for code, n in cells]
    home = told(tmp_path, "reporting_country,period,citizenship,value", rows)
    found = ask(
        home,
        "SELECT citizenship, why_not FROM analysis.trends WHERE indicator = 'tip_victims_detected' "
        "AND citizenship IN ('PAN', '_T') ORDER BY 1",
    )
    assert found == [("PAN", why), ("_T", None)]
    shares = ask(
        home,
        "SELECT DISTINCT why_not FROM analysis.trends WHERE indicator = 'tip_origin_share_all' "
        "AND origin_class = 'intra_regional'",
    )
    assert shares == [(why_no_share,)]


@pytest.mark.slow
@pytest.mark.statistics("7", "slices inherit")
@pytest.mark.statistics("7", "words")
def test_a_break_of_the_total_is_said_of_its_slices_in_words(tmp_path: Path) -> None:
    """The total jumps from 100 to 400 in 2016; of women there are 50 a year throughout. Nine years are left."""
    rows = [f"CRI,{year},_T,{100 if year < 2016 else 400}" for year in YEARS]
    rows += [f"CRI,{year},F,50" for year in YEARS]
    home = told(tmp_path, "reporting_country,period,sex,value", rows)
    found = ask(
        home,
        "SELECT sex, tested_from, n_periods, direction, flag, sentence_es, sentence_en FROM analysis.trends "
        "WHERE indicator = 'tip_victims_detected' ORDER BY 1",
    )
    assert [row[:5] for row in found] == [
        ("F", 2016, 9, "not_comparable", "suspected_break"),
        ("_T", 2016, 9, "no_clear_change", "suspected_break"),
    ]
    _, _, _, _, _, es, en = found[0]
    assert es.startswith(
        "Víctimas de trata detectadas, Costa Rica, Mujeres (X/c). De 2016 a 2024 no se afirma ninguna tendencia: en algún año comparado la tabla describe a menos"
    )
    assert "En 2016 hay un salto que parece una ruptura de la serie" in es
    assert en.startswith(
        "Detected victims of trafficking, Costa Rica, Female (X/c). From 2016 to 2024 no trend is claimed: in some year compared the table describes less"
    )
    assert en.endswith("Cases that authorities detected; more may mean more effort, not more crime.")


@pytest.mark.slow
@pytest.mark.statistics("7", "known shares")
@pytest.mark.statistics("7", "coverage, no trend")
def test_a_slice_of_an_incomplete_table_is_not_judged_and_short_ones_are_counted(tmp_path: Path) -> None:
    """Of 100 to 210 victims the form of three quarters is known; two years have the sex of all of them."""
    totals = {year: 100 + 10 * k for k, year in enumerate(YEARS)}
    rows = [f"CRI,{year},_T,_T,{n}" for year, n in totals.items()]
    rows += [f"CRI,{year},_T,SEX,{3 * n // 4}" for year, n in totals.items()]
    rows += [f"CRI,{year},F,_T,{totals[year]}" for year in (2023, 2024)]
    home = told(tmp_path, "reporting_country,period,sex,exploitation,value", rows)
    found = ask(
        home,
        "SELECT sex, exploitation, direction, why_not FROM analysis.trends "
        "WHERE indicator = 'tip_victims_detected' ORDER BY ALL",
    )
    assert found == [("_T", "SEX", "not_comparable", "little_known"), ("_T", "_T", "rising", None)]
    counted = ask(
        home,
        "SELECT annual_series, short_series, refused_series, unclear_series, claimed_series "
        "FROM analysis.trend_coverage WHERE indicator = 'tip_victims_detected'",
    )
    assert counted == [(3, 1, 1, 0, 1)]


@pytest.mark.slow
def test_trends_are_annual(tmp_path: Path) -> None:
    """Months have no row of their own; the years they add up to have one."""
    home = new_home(tmp_path)
    card = home.raw / "X" / "c" / "format.toml"
    text = card.read_text(encoding="utf-8").replace('frequency = "A"', 'frequency = "M"')
    card.write_text(text, encoding="utf-8")
    file = tmp_path / "file.csv"
    rows = [f"CRI,{year}-{month:02d},10" for year in (2022, 2023) for month in range(1, 13)]
    file.write_text("\n".join(["reporting_country,period,value", *rows]) + "\n", encoding="utf-8")
    process(home, receive(home, file, "X/c", date(2025, 3, 1)))
    release(home)
    assert ask(home, "SELECT DISTINCT frequency, n_periods FROM analysis.trends") == [("A", 2)]
