"""Growth of monthly series: when it starts and ends, by hand; the series that must be told in time; replay and truncation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from schemas.words import CONTRACT_LANGUAGES
from tests.months_replay import alerts_of, delay, replays, totals
from tests.test_months import FLAT, told
from warehouse.build.statistics.settings import MonthSettings
from warehouse.statements.alert_sentences import alert_sentence


def grown(values: list, **columns: object) -> list[str]:
    """The months that bear a growth, and since when."""
    out = told(values, **columns)
    out = out[out["growth_from"].notna()]
    return [f"{day:%Y-%m}<{since:%Y-%m}" for day, since in out["growth_from"].items()]


@pytest.mark.statistics("7", "growth in time")
def test_growth_is_told_with_its_second_month_and_ends_at_its_bound() -> None:
    """The middle of FLAT is 100: the alert ends with 1.5 × 101 − 1 = 150.5 or less."""
    assert grown([*FLAT, *FLAT, 300, 300, 151, 150, 300]) == [
        "2020-02<2020-01",
        "2020-03<2020-01",
    ]
    out = told([*FLAT, *FLAT, 300, 320]).loc["2020-02-01"]
    assert (out["growth_before"], out["growth_above"]) == (pytest.approx(100), pytest.approx(150.5))


@pytest.mark.parametrize(
    "last",
    [
        [300, 100, 300],  # never two in a row
        [140, 140, 140],  # less than half as much again
        [160, None, 160],  # a month is missing
    ],
)
def test_what_is_no_growth(last: list) -> None:
    assert grown([*FLAT, *FLAT, *last]) == []


def test_a_small_series_has_no_alert() -> None:
    """Three times as many, and fewer than fifty more."""
    assert grown([*([10] * 24), 30, 30, 30]) == []


def test_an_alert_of_a_small_series_ends_with_a_month_less_than_fifty_above_it() -> None:
    """The rise is from nobody to 60 persons; what stays at four of them needs no look."""
    nobody = [0] * 24
    assert grown([*nobody, 60, 70, 50, 49, 4, 4]) == ["2020-02<2020-01", "2020-03<2020-01"]
    assert grown([*nobody, 60, 70, 4, 4, 4, 4]) == ["2020-02<2020-01"]
    assert told([*nobody, 60, 70]).loc["2020-02-01", "growth_above"] == pytest.approx(49)


def test_a_growth_lasts_twelve_months_at_most() -> None:
    assert len(grown([*FLAT, *FLAT, *[500] * 20])) == 12


def test_growth_ends_at_a_break_a_gap_and_a_doubt() -> None:
    rising = [*FLAT, *FLAT, 300, 300, 300, 300]
    assert grown(rising, break_id=[None] * 26 + ["2020-03-01"] * 2) == ["2020-02<2020-01"]
    assert grown([*rising[:26], None, 300]) == ["2020-02<2020-01"]
    assert grown(rising, is_doubted=[False] * 26 + [True] * 2) == ["2020-02<2020-01"]
    assert grown(rising, is_doubted=[False] * 24 + [True] * 4) == []


def test_an_interval_counts_by_its_lower_bound() -> None:
    assert grown([*FLAT, *FLAT, (300, None), (300, 900)]) == ["2020-02<2020-01"]
    assert grown([*FLAT, *FLAT, (120, 900), (120, 900)]) == []


def test_a_scattered_series_needs_a_larger_rise() -> None:
    wild = [40, 160, 50, 200, 60, 150, 40, 180, 50, 170, 60, 150] * 2
    assert grown([*wild, 300, 300]) == []
    assert grown([*wild, 90000, 90000]) == ["2020-02<2020-01"]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_sentence_says_since_when_from_where_to_where_how_unusual_and_what_to_check(lang: str) -> None:
    row = {
        "period_start": pd.Timestamp(2022, 4, 1),
        "growth_from": pd.Timestamp(2022, 3, 1),
        "surge_from": pd.NaT,
        "count_unit": "person",
        "value_low": 12971.0,
        "expected": np.nan,
        "surge_above": np.nan,
        "years_compared": np.nan,
        "level_before": np.nan,
        "level_after": np.nan,
        "growth_before": 1700.2,
        "growth_above": 2550.8,
        "growth_spreads": 4.04,
        "alert": "growth",
        "measure": "irregular_entries",
        "reporting_country": "HND",
        "origin_class": "_T",
        "citizenship": "_T",
        "collection": "X/c",
    }
    sentence = alert_sentence(row, lang)
    for fact in ("2022-03", "2022-04", "12,971", "1,700", "2,550", "4"):
        assert fact in sentence
    assert "{" not in sentence


WITHOUT_SEASON = MonthSettings(stretch=10_000)
"""No growth needs a season, and it takes most of the time."""

# ── The shipped series ───────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.statistics("7", "growth in time")
def test_the_rises_of_early_2021_and_spring_2022_are_told_within_two_months_of_their_data(
    released_home: Path,
) -> None:
    """The south-west border leaps in March 2021 (101,099 to 173,277), Honduras in March 2022 (2,430 to 8,921).

    What the border counts changed in March 2020, so that a year of it is short.
    """
    found = {(a.collection, a.begin): a for a in replays(released_home, WITHOUT_SEASON) if a.kind == "growth"}
    border = [
        a for (name, begin), a in found.items() if name == "USA-CBP/southwest_border" and begin >= "2020-06"
    ]
    assert [a.told for a in border] == ["2021-04"]
    for name in ("HND-INM/nationality", "HND-INM/sex_age"):
        spring = [a for (of, begin), a in found.items() if of == name and "2022-01" <= begin <= "2022-12"]
        assert [a.told for a in spring] == ["2022-04"]
    assert {delay(a) for a in found.values()} == {1}


def test_a_growth_is_the_same_when_later_months_are_known(released_home: Path) -> None:
    """No month looks ahead: each truncation has exactly the alerts of the whole series up to its end."""
    points = totals(released_home)
    for name in ("HND-INM/nationality", "MEX-UPMRIP/nationality"):
        series = points[points["collection"] == name]
        whole = {begin for kind, begin in alerts_of(series, WITHOUT_SEASON) if kind == "growth"}
        assert whole
        for day in sorted(series["period_start"].unique())[30::7]:
            cut = {
                b
                for kind, b in alerts_of(series[series["period_start"] <= day], WITHOUT_SEASON)
                if kind == "growth"
            }
            assert cut == {begin for begin in whole if pd.Timestamp(f"{begin}-01") < day}
