"""Changes without a test: bounds against every completion, windows, breaks and kinds, sums of members, sentences."""

import csv
import itertools
import math
import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codelists import codelist
from schemas.groupings import DEFAULT_GROUPING, members
from schemas.tables import SLICES
from schemas.words import CONTRACT_LANGUAGES, number, say
from tests.conftest import AS_OF, SHARED
from tests.published.publishers import unodc_totals
from tests.sentence_facts import taken_out
from tests.test_client import shipped_rows
from warehouse import Warehouse
from warehouse.build.statistics.changes import (
    annual_changes,
    average,
    bound_columns,
    mark_first,
    mark_jumps,
    monthly_changes,
    regional_changes,
)
from warehouse.home import Home
from warehouse.publication.site.changes import last_revision, member_lines, region_lines, window_changes
from warehouse.publication.site.facts import Facts
from warehouse.statements.change_sentences import add_change_sentences, answer, conclude, may_say, size_key
from warehouse.statements.series_sentences import series_caveat

SERIES = [
    "indicator",
    "measure",
    "reporting_country",
    *SLICES,
    "origin_class",
    "class_level",
    "collection",
    "provider",
    "preferred",
]
NAN = float("nan")


def points(told: dict[int, Any], country: str = "CRI", **changed: Any) -> pd.DataFrame:
    """Points of one series: year → a number, a pair of bounds, or both with what else differs."""
    rows = []
    for year, value in told.items():
        value, differs = value if isinstance(value, list) else (value, {})
        low, high = value if isinstance(value, tuple) else (value, value)
        row = {
            **dict.fromkeys(SERIES, "_T"),
            "indicator": "i",
            "measure": "victims_detected",
            "reporting_country": country,
            "class_level": "_Z",
            "collection": "X/c",
            "provider": "X",
            "preferred": True,
            "period_start": pd.Timestamp(year, 1, 1),
            "period_end": pd.Timestamp(year, 12, 31),
            "value_low": float(low),
            "value_high": NAN if high is None else float(high),
            "break_id": "_Z",
            "flag": None,
            "baseline_from": 2016,
            "baseline_to": 2018,
            "is_total": True,
        }
        rows.append(row | changed | differs)
    return pd.DataFrame(rows)


def compared(told: dict[int, Any], **changed: Any) -> dict[str, dict[str, Any]]:
    """The comparisons of a series by their code."""
    rows = annual_changes(points(told, **changed), series=SERIES)
    return {row["comparison"]: row for row in rows.to_dict("records")}


# ── Bounds over every completion ─────────────────────────────────────────────────────────────────

bounds = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
windows = st.lists(bounds, min_size=1, max_size=3)


def completions(window: list[tuple[int, int]]) -> list[float]:
    """The average of every choice of a value in each interval."""
    values = (range(low, high + 1) for low, high in window)
    return [sum(choice) / len(window) for choice in itertools.product(*values)]


@pytest.mark.statistics("7", "change without a test")
@given(windows, windows)
def test_bounds_are_the_extremes_of_every_completion(
    earlier: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    row = bound_columns(average(earlier), average(later))
    pairs = [*itertools.product(completions(earlier), completions(later))]
    differences = [after - before for before, after in pairs]
    assert row["difference_low"] == pytest.approx(min(differences))
    assert row["difference_high"] == pytest.approx(max(differences))
    ratios = [after / before for before, after in pairs if before > 0]
    if not ratios:  # surely none before: no ratio
        assert np.isnan([row["ratio_low"], row["ratio_high"]]).all()
        return
    assert row["ratio_low"] == pytest.approx(min(ratios))
    if min(before for before, _ in pairs) == 0:  # a ratio to nothing has no upper bound
        assert np.isnan(row["ratio_high"])
    else:
        assert row["ratio_high"] == pytest.approx(max(ratios))


@pytest.mark.parametrize(
    ("before", "after", "ratio", "difference"),
    [
        ((10, NAN), (20, 20), (0, 2), (NAN, 10)),
        ((10, 10), (20, NAN), (2, NAN), (10, NAN)),
        ((0, NAN), (0, NAN), (0, NAN), (NAN, NAN)),
        ((NAN, NAN), (5, 5), (NAN, NAN), (NAN, NAN)),
    ],
)
def test_an_open_bound_stays_open(before: Any, after: Any, ratio: Any, difference: Any) -> None:
    row = bound_columns(before, after)
    found = [row["ratio_low"], row["ratio_high"], row["difference_low"], row["difference_high"]]
    assert found == pytest.approx([*ratio, *difference], nan_ok=True)


# ── Windows ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "earlier", "later", "left_out"),
    [
        (dict.fromkeys(range(2015, 2023), 50), "2016-2018", "2020-2022", None),
        # a year is missing in each window: those that are there are named
        ({2016: 1, 2018: 1, 2020: 1, 2022: 1}, "2016, 2018", "2020, 2022", "2017, 2021"),
        # the last year is near: the later window has the years after the baseline alone
        ({2016: 1, 2017: 1, 2018: 1, 2019: 1}, "2016-2018", "2019", None),
        # no common baseline: the first years against the last ones, which never overlap
        (dict.fromkeys(range(2010, 2015), 50), "2010-2011", "2012-2014", None),
        (dict.fromkeys(range(2013, 2019), 50), "2013-2015", "2016-2018", None),
        ({2019: 1, 2020: 1, 2021: 1, 2022: 1}, "2019-2020", "2021-2022", None),
    ],
)
def test_windows_are_named_by_the_years_that_they_use(
    told: dict[int, int], earlier: str, later: str, left_out: str | None
) -> None:
    row = compared(told)["baseline"]
    assert (row["earlier_window"], row["later_window"], row["left_out"]) == (earlier, later, left_out)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, {}),
        ({2020: 5}, {"baseline": "few_years", "year": "one_year"}),
        ({2018: 5, 2020: 5, 2022: 5}, {"baseline": "few_years", "year": "year_before_missing"}),
        ({2020: [5, {"flag": "suspect_value"}]}, {"baseline": "no_year", "year": "no_year"}),
    ],
)
def test_a_total_that_is_not_compared_has_the_reason(told: dict[int, Any], why: dict[str, str]) -> None:
    if told:
        assert {code: row["why_not"] for code, row in compared(told).items()} == why
        assert compared(told, is_total=False) == {}


def test_two_years_with_one_end_are_not_compared() -> None:
    twice = pd.concat([points({2021: 5, 2022: 5}), points({2022: 5}, period_end=pd.Timestamp(2022, 9, 30))])
    assert set(annual_changes(twice, series=SERIES)["why_not"]) == {"overlapping_periods"}


@pytest.mark.parametrize("flag", ["suspect_value", "partial", "suspected_partial+sources_disagree"])
def test_a_year_in_doubt_is_left_out_by_name(flag: str) -> None:
    rows = compared(
        {2016: 5, 2017: [500, {"flag": flag}], 2018: 5, 2020: 5, 2021: 5, 2022: [9, {"flag": flag}]}
    )
    baseline = rows["baseline"]
    assert (baseline["earlier_window"], baseline["later_window"]) == ("2016, 2018", "2020-2021")
    assert (baseline["ratio_low"], baseline["left_out"]) == (1, "2017, 2019, 2022")


@pytest.mark.statistics("7", "change without a test")
def test_nothing_is_compared_across_a_break() -> None:
    """Years before the break do not count: as many as before it, ten times as many since."""
    since = {year: [100, {"break_id": "2019-01-01"}] for year in range(2019, 2023)}
    told = {**dict.fromkeys(range(2013, 2019), 10), **since}
    rows = compared(told)
    assert rows["baseline"]["earlier_window"] == "2019-2020"
    assert rows["baseline"]["break_id"] == "2019-01-01"
    assert rows["year"]["ratio_low"] == rows["baseline"]["ratio_high"] == 1
    of_one = compared({**dict.fromkeys(range(2013, 2019), 10), 2019: since[2019]})
    assert {row["why_not"] for row in of_one.values()} == {"after_break"}


@pytest.mark.parametrize("kind", ["other_kind", "other_kind+other_unit", "other_kind+sources_disagree"])
def test_years_of_another_kind_are_not_compared(kind: str) -> None:
    other = [900, {"flag": kind}]
    baseline = compared({2016: 10, 2017: 10, 2018: other, 2020: 20, 2021: 20})["baseline"]
    assert (baseline["earlier_window"], baseline["left_out"], baseline["ratio_low"]) == (
        "2016-2017",
        "2018-2019",
        2,
    )
    # all of the other kind are alike among themselves
    assert compared({2021: other, 2022: other})["year"]["ratio_low"] == 1
    assert compared({2021: other, 2022: 9})["year"]["why_not"] == "one_year"


def test_hidden_years_and_flags_are_named() -> None:
    row = compared(
        {2016: 10, 2017: (0, 4), 2018: 10, 2020: [20, {"flag": "same_value_across_units"}], 2021: (5, None)}
    )
    baseline = row["baseline"]
    assert (baseline["hidden_in"], baseline["flag"]) == ("2017, 2021", "same_value_across_units")
    assert (baseline["earlier_low"], baseline["earlier_high"]) == (pytest.approx(20 / 3), 8)
    assert baseline["ratio_low"] == pytest.approx(12.5 / 8)
    assert np.isnan(baseline["ratio_high"])


# ── Months ───────────────────────────────────────────────────────────────────────────────────────


def months(values: list[Any], first: str = "2022-01", **changed: Any) -> pd.DataFrame:
    """Months of one series; None for a month that was not reported."""
    starts = pd.period_range(first, periods=len(values), freq="M")
    rows = [
        points({2020: value if isinstance(value, list) else [value, {}]}, is_doubted=False, **changed).assign(
            period_start=start.start_time, period_end=start.end_time.normalize()
        )
        for start, value in zip(starts, values, strict=True)
        if value is not None
    ]
    return pd.concat(rows, ignore_index=True)


def twelve(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The comparisons of twelve months."""
    source = ("collection", "measure", "reporting_country")
    return monthly_changes(frame, series=SERIES, source=source).to_dict("records")


def test_twelve_months_stand_beside_the_twelve_before() -> None:
    [row] = twelve(months([99, *[10] * 12, *[15] * 11, (15, 27)]))
    assert (row["earlier_window"], row["later_window"]) == ("2022-02/2023-01", "2023-02/2024-01")
    assert (row["earlier_low"], row["later_low"], row["later_high"]) == (120, 180, 192)
    assert (row["ratio_low"], row["ratio_high"], row["hidden_in"]) == (1.5, 1.6, "2024-01")


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (None, "months_missing"),
        ([10, {"is_doubted": True}], "months_missing"),
        ([10, {"break_id": "2023-01-01"}], "after_break"),
    ],
)
def test_a_month_that_spoils_the_comparison_is_the_reason(spoilt: Any, why: str) -> None:
    values = [10] * 24
    values[8] = spoilt
    assert [row["why_not"] for row in twelve(months(values))] == [why]
    assert twelve(months(values, is_total=False)) == []


def test_a_part_is_compared_over_the_months_of_its_total() -> None:
    """Its own last month is two before: another reader would compare other months."""
    part = months([5] * 24, citizenship="VEN", is_total=False)
    assert len(twelve(pd.concat([months([9] * 26), part]))) == 1
    assert len(twelve(pd.concat([months([9] * 24), part]))) == 2


# ── Sums of members ──────────────────────────────────────────────────────────────────────────────

REGION = pd.DataFrame(
    [
        {"grouping": "R", "member": code, "valid_from": date(2000, 1, 1), "valid_to": until}
        for code, until in (
            ("CRI", None),
            ("HND", None),
            ("PAN", None),
            ("SLV", None),
            ("BLZ", date(2019, 6, 30)),
        )
    ]
)


def region(**of_members: dict[int, Any]) -> dict[str, dict[str, Any]]:
    """The sums by comparison."""
    frames = [points(told, country=code) for code, told in of_members.items()]
    changes = annual_changes(pd.concat(frames), series=SERIES).assign(jump_years=None)
    return {row["comparison"]: row for row in regional_changes(changes, REGION).to_dict("records")}


EVERY_YEAR = range(2016, 2023)


def test_a_region_is_the_sum_of_members_with_both_windows() -> None:
    rows = region(
        CRI=dict.fromkeys(EVERY_YEAR, 10),
        HND={2016: 30, 2017: 30, 2020: 60, 2021: 60, 2022: (60, 66)},
        PAN={2016: 1000, 2017: 1000, 2018: 1000, 2019: 1000},  # another last year
        SLV={year: [900, {"flag": "other_kind"}] for year in EVERY_YEAR},  # counts something else
        BLZ=dict.fromkeys(EVERY_YEAR, 500),  # no member in the later window
    )
    row = rows["baseline"]
    assert (row["members"], row["other_kind_left_out"], row["panel"]) == ("CRI HND", "SLV", "fixed")
    assert (row["earlier_low"], row["earlier_high"], row["later_low"], row["later_high"]) == (40, 40, 70, 72)
    assert (row["earlier_window"], row["later_window"]) == ("2016-2018", "2020-2022")
    assert (row["left_out"], row["hidden_in"]) == ("HND 2018", "2022")
    assert (row["ratio_low"], row["ratio_high"]) == (1.75, 1.8)


def test_a_sum_needs_two_members_with_the_common_baseline() -> None:
    alone = region(CRI=dict.fromkeys(EVERY_YEAR, 10), HND={2021: 5, 2022: 6})
    assert set(alone) == {"year"}
    own = region(CRI=dict.fromkeys(EVERY_YEAR, 10), HND=dict.fromkeys(range(2019, 2023), 5))
    assert set(own) == {"year"}


# ── Jumps and order ──────────────────────────────────────────────────────────────────────────────


def test_a_jump_of_the_series_or_its_total_within_its_years_is_named() -> None:
    series = ["indicator", "measure", "reporting_country", *SLICES, "origin_class", "collection"]
    own = annual_changes(
        pd.concat([points(dict.fromkeys(EVERY_YEAR, 9)), points(dict.fromkeys(EVERY_YEAR, 5), sex="F")]),
        series=SERIES,
    )
    jumps = pd.concat(
        [
            points({2020: 1, 2016: 1})[
                [*series, "period_start"]
            ],  # one at the first year: nothing came before
            points({2021: 1}, sex="F")[[*series, "period_start"]],
            points({2019: 1}, sex="M")[[*series, "period_start"]],
            points({2018: 1}, collection="X/d")[[*series, "period_start"]],
        ]
    )
    marked = mark_jumps(own, jumps, series=series)
    baseline = marked[marked["comparison"] == "baseline"].set_index("sex")["jump_years"]
    assert baseline.to_dict() == {"_T": "2020", "F": "2020, 2021"}


def test_the_baseline_comes_first_where_it_can_be_compared() -> None:
    def first(told: dict[int, Any]) -> list[str]:
        rows = annual_changes(points(told), series=SERIES)
        marked = mark_first(rows)
        return marked[marked["is_first"]]["comparison"].tolist()

    assert first(dict.fromkeys(EVERY_YEAR, 9)) == ["baseline"]
    assert first({2021: 9, 2022: 9}) == ["year"]
    assert first({2022: 9}) == ["baseline"]


def test_a_region_has_one_first_comparison_though_each_has_other_members() -> None:
    of_members = {
        "CRI": points(dict.fromkeys(EVERY_YEAR, 10), collection="X/CRI"),
        "HND": points(dict.fromkeys(EVERY_YEAR, 20), country="HND", collection="X/HND"),
        "PAN": points({2021: 5, 2022: 6}, country="PAN", collection="X/PAN"),  # has no baseline
    }
    changes = annual_changes(pd.concat(of_members.values()), series=SERIES).assign(jump_years=None)
    sums = mark_first(regional_changes(changes, REGION))
    assert sums.set_index("comparison")["collection"].to_dict() == {
        "baseline": "X/CRI X/HND",
        "year": "X/CRI X/HND X/PAN",
    }
    assert sums[sums["is_first"]]["comparison"].tolist() == ["baseline"]


# ── Conclusions and words ────────────────────────────────────────────────────────────────────────


def concluded(before: tuple[float, float], after: tuple[float, float], **changed: Any) -> str:
    """The conclusion from two windows."""
    verdict = {"direction": None, "level": None, "why_not": None, "comparison": "baseline"}
    return conclude(verdict | bound_columns(before, after) | changed)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ((100, 100), (160, 160), "more"),
        ((100, 100), (101, 160), "more"),
        ((100, 100), (60, 60), "fewer"),
        ((100, 100), (60, 99), "fewer"),
        ((100, 100), (80, 124), "alike"),
        ((100, 100), (70, 124), "open"),
        ((100, NAN), (160, 160), "open"),
        ((100, 100), (160, NAN), "more"),
        ((100, 100), (0, NAN), "open"),
        ((0, 0), (40, 40), "more"),
        ((0, 4), (40, 40), "more"),
        ((5, 5), (7, 7), "few"),
        ((5, 5), (19, 19), "few"),
        ((25, 25), (18, 18), "few"),
        ((18, 18), (60, 60), "more"),
    ],
)
def test_a_conclusion_is_what_the_bounds_allow(before: Any, after: Any, code: str) -> None:
    assert concluded(before, after) == code


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ({"direction": "rising", "level": "lower"}, "tested_rise"),
        ({"direction": "falling"}, "tested_fall"),
        ({"direction": "no_clear_change", "level": "higher"}, "tested_higher"),
        ({"level": "lower"}, "tested_lower"),
        ({"direction": "no_clear_change", "level": "no_level"}, "more"),
        ({"direction": "rising", "comparison": "twelve_months"}, "more"),
    ],
)
def test_a_verdict_of_the_test_is_the_conclusion_and_nothing_else_is(
    verdict: dict[str, str], code: str
) -> None:
    assert concluded((100, 100), (300, 300), **verdict) == code


def test_it_may_only_be_said_to_rise_where_a_test_says_so() -> None:
    codes = codelist("change_conclusion")
    assert {code for code, entry in codes.items() if entry.attributes["may_say"] == "yes"} == {
        "tested_rise",
        "tested_higher",
    }
    assert codes["more"].attributes["may_say"] == "only"


@pytest.mark.parametrize(
    ("evidence", "flag", "allowed", "first_word"),
    [
        ("confirmed", None, "yes", "Yes"),
        ("confirmed", "stale", "yes", "Yes"),
        ("confirmed", "other_kind", "only", "Only"),
        ("inferred", None, "only", "Only"),
        ("undocumented", None, "only", "Only"),
        (None, None, "only", "Only"),  # a sum of several series
    ],
)
@pytest.mark.parametrize("conclusion", ["tested_rise", "tested_higher"])
def test_a_yes_needs_a_confirmed_series_of_the_measure_s_own_kind(
    conclusion: str, evidence: str | None, flag: str | None, allowed: str, first_word: str
) -> None:
    row = {
        "conclusion": conclusion, "evidence": evidence, "flag": flag, "why_not": None, "earlier_window": None,
        "later_window": None, "tested_from": 2012, "tested_to": 2022, "last_years": "2020-2022",
        "baseline_period": "2016-2018", "jump_years": None, "counted_unit": "persons",
    }  # fmt: skip
    assert may_say(row) == allowed
    assert answer(row, "en").startswith(f"{first_word} ") or answer(row, "en").startswith(f"{first_word},")


@pytest.mark.parametrize(
    ("low", "high", "key", "numbers"),
    [
        (1.614, 1.614, "times_exact", {"low": 1.61}),
        (1.504, 1.596, "times_between", {"low": 1.5, "high": 1.6}),
        (4, 41, "times_least", {"low": 4}),
        (20, float("inf"), "times_least", {"low": 20}),
        (0.744, 0.744, "percent_exact", {"low": 74.4}),
        (0.0987, 0.1251, "percent_between", {"low": 9.8, "high": 12.6}),
        (0, 0.3, "percent_most", {"high": 30}),
        (0.9, 1.3, "times_between", {"low": 0.9, "high": 1.3}),
        (0.3, 45, "both_open", {}),
        (0, float("inf"), "both_open", {}),
        (1, 1, "same", {}),
        (1.0049, 1.0049, "nearly_same", {}),
        (0.9951, 0.9951, "nearly_same", {}),
        (NAN, float("inf"), "from_none", {}),
    ],
)
def test_a_ratio_is_printed_outwards_and_never_wider_than_tenfold(
    low: float, high: float, key: str, numbers: dict[str, float]
) -> None:
    assert size_key(low, high) == (key, pytest.approx(numbers))


def test_the_sentence_of_the_issue() -> None:
    """Clients of services 2016–18 and 2020–22, of which one year is hidden in part."""
    frame = points({2016: 100, 2017: 100, 2018: 100, 2020: 150, 2021: 150, 2022: (150, 180)}, country="USA")
    kinds = pd.DataFrame(
        [
            {
                "collection": "X/c",
                "reporting_country": "USA",
                "measure": "victims_detected",
                "valid_from": pd.Timestamp(2010, 1, 1),
                "valid_to": pd.NaT,
                "counted_unit": "clients",
                "flow": "served",
                "evidence": "confirmed",
                "is_other_kind": False,
            }
        ]
    )
    catalogue = pd.DataFrame([{"indicator": "i", "name_es": "Víctimas", "name_en": "Victims"}])
    changes = mark_first(annual_changes(frame, series=SERIES)).assign(jump_years=None)
    trends = pd.DataFrame(
        columns=[
            *SERIES,
            "break_id",
            "panel",
            "frequency",
            "pooled_years",
            "direction",
            "level",
            "tested_from",
            "tested_to",
            "last_years",
            "baseline_period",
        ]
    ).astype({"preferred": bool})
    row = add_change_sentences(changes, catalogue, kinds, trends).iloc[0]
    assert row["sentence_en"] == (
        "Victims, United States of America (X/c). Registered in 2020–2022: between 1.5 and 1.6 times as many as in "
        "2016–2018. On average of a year: 100 in 2016–2018, between 150 and 160 in 2020–2022. Of 2022 the figures are "
        "intervals; the bounds hold whatever is hidden. Without a comparable figure, and left out: 2019."
        " It counts clients of services (served in the period, earlier ones included), by an official publication."
    ).replace(" Without a comparable figure, and left out: 2019.", "")
    assert row["answer_en"].startswith("Only that more was registered in 2020–2022 than in 2016–2018.")
    assert row["sentence_es"].startswith(
        "Víctimas, Estados Unidos de América (X/c). Registrado en 2020–2022: entre 1.5 y 1.6 veces lo de 2016–2018."
    )
    assert (row["counted_unit"], row["flow"], row["evidence"]) == ("clients", "served", "confirmed")


# ── A release ────────────────────────────────────────────────────────────────────────────────────


def changes_of(home: Path, where: str = "TRUE") -> list[dict[str, Any]]:
    """Rows of analysis.changes of a release."""
    with duckdb.connect(Home(home).current, read_only=True) as db:
        frame = db.execute(f"SELECT * FROM analysis.changes WHERE {where} ORDER BY ALL").df()
    return frame.to_dict("records")


TOTALS = " AND ".join(f"{name} = '_T'" for name in SLICES)
VICTIMS = " AND ".join(
    [
        "indicator = 'tip_victims_detected'",
        "preferred AND is_first AND origin_class = '_T'",
        TOTALS,
    ]
)


@pytest.mark.statistics("7", "change without a test")
def test_every_member_and_the_region_have_an_answer_in_both_languages(released_home: Path) -> None:
    rows = {row["reporting_country"]: row for row in changes_of(released_home, VICTIMS)}
    assert set(members(DEFAULT_GROUPING, AS_OF)) | {DEFAULT_GROUPING} <= set(rows)
    for row in rows.values():
        assert pd.isna(row["why_not"]), row["reporting_country"]
        for lang in CONTRACT_LANGUAGES:
            assert row[f"sentence_{lang}"].endswith(".")
            assert row[f"answer_{lang}"].endswith(".")
            assert "{" not in row[f"sentence_{lang}"] + row[f"answer_{lang}"]


def _told_totals() -> dict[tuple[str, int], tuple[float, float]]:
    """Totals of detected victims in the shipped file of UNODC by country and year: a number, or `0-4`."""
    found = {}
    for row in shipped_rows("UNODC/glotip/2025-04-14.1"):
        is_total = {row["sex"], row["age_group"], row["exploitation"], row["citizenship"]} <= {"", "_T"}
        if row["measure"] == "victims_detected" and is_total and row["counterpart_country"] in ("", "_Z"):
            low, _, high = row["value"].partition("-")
            found[row["reporting_country"], int(row["period"])] = (float(low), float(high or low))
    return found


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_each_member_has_a_sentence_on_victims_that_can_be_signed(released_home: Path, lang: str) -> None:
    """Its windows are named, its averages are those of the shipped file, and it says what is counted, and on what evidence.

    Doubted and left-out years and undecided jumps are in it by name, and no rise is claimed without a confirmed series.
    """
    told, rows = _told_totals(), {row["reporting_country"]: row for row in changes_of(released_home, VICTIMS)}
    with duckdb.connect(Home(released_home).current, read_only=True) as db:
        kinds = db.execute("SELECT * FROM core.series_kinds").df().to_dict("records")
    for member in members(DEFAULT_GROUPING, AS_OF):
        row = rows[member]
        sentence = row[f"sentence_{lang}"]
        is_yearly = row["comparison"] == "baseline"
        shown, _ = taken_out("change.per_year" if is_yearly else "change.numbers", lang, sentence)
        assert shown is not None, sentence
        for window, average_of_window in (("earlier", shown["before"]), ("later", shown["after"])):
            years = years_of(row[f"{window}_window"])
            assert shown[window] == row[f"{window}_window"].replace("-", "–")
            low, high = (sum(told[member, year][end] for year in years) / len(years) for end in (0, 1))
            bounds = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", average_of_window)]
            if low == high:
                assert bounds == [pytest.approx(low, abs=0.5 if low >= 20 else 0.05)], sentence
            else:
                assert bounds == [math.floor(low), math.ceil(high)], sentence
        assert any(
            series_caveat(kind, lang) in sentence
            for kind in kinds
            if (kind["collection"], kind["reporting_country"]) == (row["collection"], member)
            and kind["measure"] == "victims_detected"
        ), sentence
        for named in ("left_out", "jump_years"):
            if isinstance(row[named], str):
                assert row[named].replace("-", "–") in sentence
        is_own_kind = row["evidence"] == "confirmed" and "other_kind" not in (row["flag"] or "")
        assert is_own_kind or not row[f"answer_{lang}"].startswith(("Yes", "Sí"))


def _step(value: float, step: str, *roundings: str) -> Iterable[float]:
    exact = Decimal(repr(value))
    return (float(exact.quantize(Decimal(step), rounding)) for rounding in roundings)


def _allowed(row: dict[str, Any]) -> set[float]:
    """Every number that a sentence may have: rounded bounds of its row, by other code."""
    outwards, nearest = (ROUND_FLOOR, ROUND_CEILING, ROUND_HALF_EVEN), (ROUND_HALF_EVEN,)
    found: set[float] = set()
    for name in ("earlier", "later"):
        for bound in (row[f"{name}_low"], row[f"{name}_high"]):
            if not np.isnan(bound):
                found |= {*_step(bound, "1", *outwards), *_step(bound, "0.1", *nearest)}
    for bound in (row["ratio_low"], row["ratio_high"]):
        if not np.isnan(bound):
            found |= {*_step(bound, "0.01", *outwards), *_step(100 * bound, "0.1", *outwards)}
    return found


def _numbers(text: str) -> list[float]:
    """The numbers of a text in Spanish or English, without years and months."""
    text = re.sub(r"\b(?:19|20)\d\d(?:-\d\d)?(?:-\d\d)?\b", " ", text)
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_a_sentence_is_of_its_row(released_home: Path, lang: str) -> None:
    assert number(1234.5, lang) == "1,234.5"
    rows = changes_of(released_home)
    assert len(rows) > 1000
    for row in rows:
        said = row[f"sentence_{lang}"].split("). ", 1)[1]
        if isinstance(row["why_not"], str):
            assert _numbers(said) == []
            continue
        own = {len(row["members"].split())} if isinstance(row["members"], str) else set()
        years = {float(y) for y in re.findall(r"\b(?:19|20)\d\d\b", said)}
        assert {n for n in _numbers(said) if n not in years} <= _allowed(row) | own, said
        windows_of_row = f"{row['earlier_window']} {row['later_window']} {row['left_out']} {row['hidden_in']}"
        named = set(re.findall(r"\b(?:19|20)\d\d\b", f"{windows_of_row} {row['jump_years']}"))
        amounts = {str(int(n)) for n in _allowed(row) if n == int(n)}
        assert set(re.findall(r"\b(?:19|20)\d\d\b", said)) <= named | amounts, said


def test_an_answer_names_the_windows_of_its_row(released_home: Path) -> None:
    for row in changes_of(released_home, "conclusion IN ('more', 'fewer', 'alike')"):
        for lang in CONTRACT_LANGUAGES:
            years = set(re.findall(r"\b\d{4}(?:-\d\d)?\b", row[f"answer_{lang}"]))
            named = f"{row['earlier_window']} {row['later_window']} {row['jump_years']}"
            assert years <= set(re.findall(r"\b\d{4}(?:-\d\d)?\b", named))


def test_a_slice_of_an_incomplete_table_has_all_whom_the_table_leaves_out(released_home: Path) -> None:
    """Mexicans among the clients in the USA in 2021 and 2022: 805 and 954 named, 2,145 and 3,878 of no country."""
    [row] = changes_of(
        released_home,
        "indicator = 'tip_victims_detected' AND reporting_country = 'USA' AND citizenship = 'MEX' "
        "AND comparison = 'year' AND collection = 'UNODC/glotip'",
    )
    assert (row["earlier_low"], row["earlier_high"]) == (805, 805 + 2145)
    assert (row["later_low"], row["later_high"]) == (954, 954 + 3878)
    assert row["conclusion"] == "open"


def test_a_break_that_is_on_record_is_never_crossed(released_home: Path) -> None:
    with duckdb.connect(Home(released_home).internal, read_only=True) as db:
        crossed = db.execute("""
            SELECT c.reporting_country, c.indicator, b.broken_on
            FROM analysis.changes AS c
            JOIN core.breaks AS b
                ON b.collection = c.collection AND coalesce(b.measure, c.measure) = c.measure
                AND coalesce(b.reporting_country, c.reporting_country) = c.reporting_country
                AND b.kind = 'break' AND coalesce(b.dimension, 'total') = 'total'
            WHERE c.why_not IS NULL AND b.broken_on > c.from_period AND b.broken_on <= c.to_period
        """).fetchall()
        assert db.execute("SELECT count(*) FROM core.breaks").fetchone() != (0,)
    assert crossed == []


# ── The publishers' own files, by other code ─────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.shared
def test_the_change_of_detected_victims_is_that_of_the_publisher(released_home: Path) -> None:
    """Yearly averages of UNODC's totals by the publishers' reader, over the years that each row names."""
    rows = unodc_totals("tip_victims_detected").set_index(["country", "year"])
    changes = changes_of(
        released_home,
        "indicator = 'tip_victims_detected' AND collection = 'UNODC/glotip' AND panel = '_Z' AND ratio_low > 0 "
        f"AND origin_class = '_T' AND {TOTALS}",
    )
    assert len({row["reporting_country"] for row in changes}) == 11
    for row in changes:
        before, after = (
            rows.loc[[(row["reporting_country"], year) for year in years_of(row[window])]].mean()
            for window in ("earlier_window", "later_window")
        )
        assert row["ratio_low"] == pytest.approx(after["low"] / before["high"])
        assert row["ratio_high"] == pytest.approx(after["high"] / before["low"])
        assert row["difference_low"] == pytest.approx(after["low"] - before["high"])


def years_of(window: str) -> list[int]:
    """The years of a window: 2016-2018, or 2020, 2022."""
    spans = [[int(year) for year in part.split("-")] for part in window.split(", ")]
    return [year for span in spans for year in range(span[0], span[-1] + 1)]


@pytest.mark.shared
@pytest.mark.statistics("7", "change without a test")
def test_nicaraguans_in_the_mexican_file_are_at_least_twenty_times_as_many(released_home: Path) -> None:
    sums: dict[int, float] = {}
    with (SHARED / "data" / "mex_upmrip_nationality_2025-06-19.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["nat"] == "NIC":
                year = int(line["t"][:4])
                sums[year] = sums.get(year, 0) + float(line["n"])
    ratio = sum(sums[y] for y in (2022, 2023, 2024)) / sum(sums[y] for y in (2018, 2019, 2020))
    [row] = changes_of(
        released_home,
        "indicator = 'mobility_irregular_encounters' AND collection = 'MEX-UPMRIP/nationality' "
        "AND citizenship = 'NIC' AND comparison = 'baseline'",
    )
    assert ratio > 20
    assert row["ratio_low"] == pytest.approx(ratio, rel=1e-3)


def test_an_answer_says_what_may_not_be_said_of_the_unit() -> None:
    row = {
        "conclusion": "more",
        "why_not": None,
        "earlier_window": "2016-2018",
        "later_window": "2020-2022",
        "tested_from": NAN,
        "tested_to": NAN,
        "last_years": None,
        "baseline_period": None,
        "jump_years": None,
        "flag": "other_kind",
        "counted_unit": "clients",
    }
    assert "“clients of services”" in answer(row, "en")
    assert "«clientes de servicios»" in answer(row, "es")
    assert "Say “registered”" in answer(row | {"counted_unit": "_U", "flag": None}, "en")
    assert answer(row | {"jump_years": "2021"}, "en").count("2021") == 1


# ── Where it appears ─────────────────────────────────────────────────────────────────────────────


def test_the_client_returns_the_changes_with_their_answers(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current, lang="en") as warehouse:
        frame = warehouse.change("tip_victims_detected", countries=["HND", "CRM"])
        assert set(frame["reporting_country"]) == {"HND", "CRM"}
        first = frame[frame["is_first"]].set_index("reporting_country")
        assert first.loc["HND", "answer"].startswith("No. Only that less was registered")
        assert first.loc["CRM", "country"] == "Regional Conference on Migration"
        assert frame.attrs["citation"]
        origins = warehouse.change("mobility_irregular_encounters", countries="MEX", by="citizenship")
        assert {"baseline", "year", "twelve_months"} == set(origins["comparison"])
        assert set(warehouse.change("tip_victims_detected", countries="MEX")["collection"]) == {
            "UNODC/glotip",
            "MEX-SESNSP/victimas",
        }


def test_the_labelled_layer_has_the_sentence_at_the_last_year_of_its_window(released_home: Path) -> None:
    with duckdb.connect(Home(released_home).current, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, year, change_es, answer_es FROM baseline.headline "
            "WHERE indicator = 'tip_victims_detected' AND change_es IS NOT NULL"
        ).fetchall()
    told = {row["reporting_country"]: row for row in changes_of(released_home, VICTIMS)}
    assert len(rows) == 11
    for country, year, change, said in rows:
        assert (change, said) == (told[country]["sentence_es"], told[country]["answer_es"])
        assert year == told[country]["to_period"].year


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_pages_show_change_and_answer_of_every_member_and_the_region(released_home: Path, lang: str) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as warehouse:
        facts = Facts(warehouse)
        lines = {line["name"]: line for line in window_changes(facts, "tip_victims_detected", lang)}
        assert len(lines) == 12
        for member in facts.members:
            shown = {line["name"]: line["text"] for line in member_lines(facts, member, lang)}
            assert shown[say("site.changed_may_say", lang)] == lines[facts.name(member, lang)]["answer"]
            assert shown[say("site.changed_windows", lang)] == lines[facts.name(member, lang)]["text"]
        of_region = {line["name"]: line["text"] for line in region_lines(facts, None, lang)}
        assert of_region[say("site.changed_may_say", lang)]


@pytest.mark.parametrize(
    ("withdrawn", "newest"), [((), "X.c.2024-01-10.10"), (("X.c.2024-01-10.10",), "X.c.2024-01-10.9")]
)
def test_the_last_revision_is_that_of_the_newest_submission_in_force(
    withdrawn: tuple[str, ...], newest: str
) -> None:
    """Of one day the tenth came after the ninth; one that was withdrawn revises nothing now."""
    names = ["X.c.2023-01-10.1", "X.c.2024-01-10.9", "X.c.2024-01-10.10"]
    facts: Any = SimpleNamespace(
        submissions=[
            {
                "submission": name,
                "received_on": date.fromisoformat(name.split(".")[2]),
                "withdrawn_on": date(2024, 2, 1) if name in withdrawn else None,
            }
            for name in names
        ],
        revised_totals=[
            {"measure": "victims_detected", "old_low": 4.0, "old_submission": old, "new_submission": new}
            for old, new in itertools.pairwise(names)
        ],
    )
    revision = last_revision(facts)
    assert revision is not None
    assert (revision[0]["submission"], len(revision[2])) == (newest, 1)
