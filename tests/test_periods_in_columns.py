"""A period that two columns tell: what a blank or strange month does, and a year beside its months.

Values are small and worked out by hand.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from tests import cards
from tests.bad_input import build
from warehouse.home.frames import read_frame

CARD = (
    cards.collection(
        family="irregular_mobility", measure="irregular_entries", reporting_country="PAN", frequency="M"
    )
    + """
[[format]]
file = { type = "csv" }
key = ["año", "mes", "nat"]

[format.columns]
"año" = { role = "year" }
mes = { role = "month" }
nat = { role = "citizenship", codes = "iso3" }
n = { role = "value" }
"""
)
WHOLE_YEARS = CARD.replace('role = "month"', 'role = "month", blank = "_T", map = { Total = "_T" }')


def sent(folder: Path, text: str, card: str = CARD) -> tuple[Outcome, pd.DataFrame]:
    """What becomes of the file, and its values."""
    home = build.home(folder / "home", card)
    submission = receive(home, build.write(folder / "in", text), build.COLLECTION, build.RECEIVED)
    outcome = process(home, submission)
    return outcome, read_frame(home, submission.id, "observations")


def quarantined(folder: Path, submission: str) -> pd.DataFrame:
    from warehouse.home import Home

    return read_frame(Home(folder / "home"), submission, "quarantined")


def test_a_blank_month_makes_no_row_the_year_s_figure(tmp_path: Path) -> None:
    months = "".join(f"2020,{n},VEN,10\n" for n in range(1, 12))
    outcome, values = sent(tmp_path, f"año,mes,nat,n\n{months}2020,,VEN,5\n")
    assert [(f.rule, f.cell) for f in outcome.findings] == [("month_missing", "B13")]
    assert set(values["frequency"]) == {"M"}
    waits = quarantined(tmp_path, outcome.submission)
    assert [(str(d)[:10], f) for d, f in zip(waits["period_start"], waits["frequency"], strict=True)] == [
        ("2020-01-01", "A")
    ]


def test_two_rows_without_a_month_are_not_said_to_repeat_each_other(tmp_path: Path) -> None:
    outcome, _ = sent(tmp_path, "año,mes,nat,n\n2020,1,VEN,1\n2020,,VEN,5\n2020,Agost,VEN,5\n")
    assert [f.rule for f in outcome.findings] == ["month_missing", "unknown_month"]


def test_where_neither_year_nor_month_can_be_read_both_are_said(tmp_path: Path) -> None:
    outcome, _ = sent(tmp_path, "año,mes,nat,n\n2020,1,VEN,1\nMMXX,Agost,VEN,5\n")
    assert sorted((f.rule, f.column_name) for f in outcome.findings) == [
        ("unknown_month", "mes"),
        ("unreadable_period", "año"),
    ]


@pytest.mark.parametrize(("mark", "told"), [("", 'blank = "_T"'), ("Total", 'map = { Total = "_T" }')])
def test_a_card_may_say_that_the_cell_is_the_whole_year(mark: str, told: str, tmp_path: Path) -> None:
    card = CARD.replace('role = "month"', f'role = "month", {told}')
    months = "".join(f"2020,{n},VEN,10\n" for n in range(1, 13))
    outcome, values = sent(tmp_path, f"año,mes,nat,n\n{months}2020,{mark},VEN,120\n", card)
    assert [f.rule for f in outcome.findings] == ["overlapping_periods"]
    years = values[values["frequency"] == "A"]
    assert years[["value_low", "value_high"]].to_numpy().tolist() == [[120, 120]]
    assert values["flag"].isna().all()


@pytest.mark.parametrize(
    ("year", "months", "flagged"),
    [
        ("121", 12, True),
        ("119", 12, True),
        ("120", 12, False),
        ("119", 11, False),
        ("109", 11, True),
        ("900", 11, False),
    ],
)
def test_a_year_is_held_against_its_months(year: str, months: int, flagged: bool, tmp_path: Path) -> None:
    """Of months that are not all there the year may be more, and never less."""
    rows = "".join(f"2020,{n},VEN,10\n" for n in range(1, months + 1))
    others = "2019,1,VEN,10\n2020,1,CUB,3\n"
    outcome, values = sent(tmp_path, f"año,mes,nat,n\n{rows}2020,,VEN,{year}\n{others}", WHOLE_YEARS)
    told = [(f.value, f.expected) for f in outcome.findings if f.rule == "parts_differ"]
    assert told == [(f"2020 ({year})", str(months * 10))] * flagged
    of_2020 = (values["citizenship"] == "VEN") & (pd.to_datetime(values["period_start"]).dt.year == 2020)
    assert set(values.loc[of_2020, "flag"].dropna()) == ({"parts_differ"} if flagged else set())
    assert values.loc[of_2020, "flag"].notna().all() == flagged
    assert values.loc[~of_2020, "flag"].isna().all()


def test_months_of_rates_are_not_added_up(tmp_path: Path) -> None:
    card = WHOLE_YEARS.replace("irregular_entries", "victims_detected_rate_published").replace(
        "irregular_mobility", "trafficking"
    )
    rows = "".join(f"2020,{n},VEN,0.4\n" for n in range(1, 13))
    outcome, _ = sent(tmp_path, f"año,mes,nat,n\n{rows}2020,,VEN,0.4\n", card)
    assert "parts_differ" not in {f.rule for f in outcome.findings}
