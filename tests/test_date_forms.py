"""Dates as offices write them, each by the card's word. Expected periods are calendar facts."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.intake.processing import check
from schemas.date_forms import example, is_form, iso_date
from tests.bad_input import build
from tests.conftest import SHARED
from tests.test_sums_in_table import HEAD, sent


@pytest.mark.parametrize(
    ("text", "form", "read"),
    [
        ("Enero 2024", "MONTH YYYY", "2024-01"),
        ("enero de 2024", "MONTH de YYYY", "2024-01"),
        ("ENERO  DE 2024", "MONTH de YYYY", "2024-01"),
        ("ene-24", "MONTH-YY", "2024-01"),
        ("Sept.-24", "MONTH-YY", "2024-09"),
        ("2024 août", "YYYY MONTH", "2024-08"),
        ("01/2024", "MM/YYYY", "2024-01"),
        ("1/2024", "MM/YYYY", "2024-01"),
        ("202401", "YYYYMM", "2024-01"),
        ("20240131", "YYYYMMDD", "2024-01-31"),
        ("31/01/2024", "DD/MM/YYYY", "2024-01-31"),
        ("3/4/2024", "DD/MM/YYYY", "2024-04-03"),
        ("3/4/2024", "MM/DD/YYYY", "2024-03-04"),
        ("45292", "serial", "2024-01-01"),
        ("19723", "days_since_1970", "2024-01-01"),
        ("19723.0", "days_since_1970", "2024-01-01"),
        ("AF2024", "AFYYYY", "2024"),
        ("13/2024", "MM/YYYY", None),
        ("31/02/2024", "DD/MM/YYYY", None),
        ("Enro 2024", "MONTH YYYY", None),
        ("Enero 24", "MONTH YYYY", None),
        ("20241", "YYYYMM", None),
        ("2024-01", "MM/YYYY", None),
        ("19723.5", "days_since_1970", None),
    ],
)
def test_a_date_is_read_in_the_form_that_the_card_names(text: str, form: str, read: str | None) -> None:
    assert iso_date(text, [form]) == read
    assert iso_date(text, ["YYYY", form]) == read


@pytest.mark.parametrize("form", ["MM", "YYYY YY", "DD/YYYY", "MONTH MM YYYY", "%Y-%m", ""])
def test_a_form_says_the_year_and_nothing_twice(form: str) -> None:
    assert not is_form(form)


def card(dates: str) -> str:
    columns = f'[format.columns]\n"país" = {{ role = "citizenship" }}\nt = {{ role = "period", {dates} }}\n'
    return HEAD.replace('"A"', '"M"') + f'key = ["país", "t"]\n{columns}n = {{ role = "value" }}\n'


@pytest.mark.parametrize(
    ("form", "written"),
    [("MONTH-YY", "ene-24"), ("DD/MM/YYYY", "31/01/2024"), ("serial", "45322"), ("days_since_1970", "19753")],
)
def test_people_are_shown_a_form_by_an_example(form: str, written: str) -> None:
    assert example(form) == written
    assert iso_date(written, [form]) in ("2024-01", "2024-01-31")


@pytest.mark.parametrize(
    ("text", "dates", "start"),
    [
        ("ene-20", 'dates = "MONTH-YY"', "2020-01-01"),
        ("31/01/2020", 'dates = "DD/MM/YYYY", day = "last"', "2020-01-01"),
        ("15/01/2020", 'dates = "DD/MM/YYYY", day = "any"', "2020-01-01"),
        ("2020-01-15", 'day = "any"', "2020-01-01"),
        ("2020-01-01", 'dates = "DD/MM/YYYY"', "2020-01-01"),
        ("30/01/2020", 'dates = "DD/MM/YYYY", day = "last"', None),
        ("15/01/2020", 'dates = "DD/MM/YYYY"', None),
        ("01/02/2020", 'dates = "MONTH-YY"', None),
    ],
)
def test_a_day_names_its_period_as_the_card_says(
    text: str, dates: str, start: str | None, tmp_path: Path
) -> None:
    home = build.home(tmp_path / "home", card(dates))
    path = build.write(tmp_path / "in", f"país,t,n\nCuba,{text},4\n")
    outcome = check(home, path, build.COLLECTION, build.RECEIVED)
    assert [f.rule for f in outcome.findings if f.source_row] == ["unreadable_period"] * (start is None)
    if start:
        _, values = sent(tmp_path / "again", path.read_text(encoding="utf-8"), card(dates))
        told = zip(values["period_start"].astype(str).str[:10], values["frequency"], strict=True)
        assert list(told) == [(start, "M")]


def test_dates_stand_in_headers_too(tmp_path: Path) -> None:
    columns = "wide = { pattern = '(?P<period>\\w{3}-\\d\\d)', dates = 'MONTH-YY' }\n[format.columns]\n"
    text = HEAD.replace('"A"', '"M"') + f'key = ["país"]\n{columns}"país" = {{ role = "citizenship" }}\n'
    _, values = sent(tmp_path, "país,ene-20,feb-20\nCuba,4,5\n", text)
    told = sorted(zip(values["period_start"].astype(str).str[:10], values["value_low"], strict=True))
    assert told == [("2020-01-01", 4), ("2020-02-01", 5)]


HONDURAS = """
key = ["t", "nat"]

[[format.duplicates]]
do = "sum"
reason = "the tidied file folds several labels of the source into one code"

[format.columns]
t = { role = "period", dates = "days_since_1970" }
nat = { role = "citizenship", codes = "iso3", map = { OOO = "@unknown", STL = "@stateless" } }
n = { role = "value" }
"""


@pytest.mark.shared
def test_honduras_counts_days_since_1970(tmp_path: Path) -> None:
    """Sums by month, added up here from the publisher's file."""
    source = SHARED / "data" / "hnd_inm_nationality_2025-06.csv"
    months: dict[str, float] = {}
    for row in csv.DictReader(source.open(encoding="utf-8")):
        month = str(date(1970, 1, 1) + timedelta(float(row["t"])))
        months[month] = months.get(month, 0) + float(row["n"])
    head = HEAD.replace('"A"', '"M"').replace('"trafficking"', '"irregular_mobility"')
    head = head.replace("victims_detected", "irregular_entries").replace('"GTM"', '"HND"')
    text = source.read_text(encoding="utf-8")
    outcome, values = sent(tmp_path, text, head + HONDURAS, date(2025, 7, 1))
    assert outcome.rows["quarantined"] == 0
    found = values.groupby(values["period_start"].astype(str).str[:10])["value_low"].sum()
    assert found.to_dict() == months
