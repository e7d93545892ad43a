"""Bounds hold for every completion, and no narrower ones would: random tables, their hidden truth, brute force."""

import itertools
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import in_memory
from tests.in_memory import AS_OF, Rules
from warehouse.build import database as build

DAY = date(2024, 1, 1)
CLASS = {  # seen from Costa Rica
    "CRI": "own_national",
    "PAN": "intra_regional",
    "NIC": "intra_regional",
    "COL": "extra_regional_americas",
    "CHN": "extra_continental",
    "005+142": "extra_regional",  # South America or Asia: outside, nobody knows on which side
    "_U": "indeterminate",
}
OUTSIDE = ["extra_regional_americas", "extra_continental"]
REAL = ["own_national", "intra_regional", *OUTSIDE]
HOLDERS = {
    "extra_regional": [*OUTSIDE, "extra_regional"],
    "foreign": ["intra_regional", *OUTSIDE, "extra_regional", "stateless"],
}
COLLECTION_RULES = {
    "X/silent": Rules("not_reported", []),
    "X/zero": Rules("zero", []),
    "X/silent_whole": Rules("not_reported", ["citizenship"]),
    "X/zero_whole": Rules("zero", ["citizenship"]),
    "X/by_sex": Rules("zero", ["sex"]),
    "X/two_tables": Rules("zero", ["age_group+sex", "exploitation+sex"]),
    "X/origin_and_sex": Rules("zero", ["citizenship+sex"]),
    "X/fiscal": Rules("zero", ["citizenship"], year_starts=10),
}
INDICATORS = [
    "data_origin_completeness",
    "tip_child_share_known_age",
    "tip_convicted_per_100_prosecuted",
    "tip_exploitation_share",
    "tip_female_share_known_sex",
    "tip_nationals_repatriated",
    "tip_origin_share_all",
    "tip_persons_convicted",
    "tip_victims_detected",
    "tip_victims_detected_rate",
]

Bounds = tuple[int, int | None]
few = in_memory.built_examples(8)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with one collection of each kind of rules and no value yet."""
    yield from in_memory.database(_empty_inputs())


def _empty_inputs() -> build.Inputs:
    return in_memory.inputs(COLLECTION_RULES, INDICATORS, DAY)


def _built(db: duckdb.DuckDBPyConnection, collection: str, rows: list[dict[str, Any]], *asks: str) -> None:
    """Replace all values by these and run the models; `asks`: those that these tables are made of."""
    in_memory.fill(db, in_memory.values(collection, DAY, rows), asks=asks)


def _ask(db: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = db.execute(sql)
    names = [d[0] for d in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _indicator(db: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of countries; those of regions are not their bounds."""
    return _ask(
        db,
        f"SELECT * FROM baseline.indicator_values WHERE indicator = '{name}' AND panel = '_Z' "
        "ORDER BY period_start, exploitation",
    )


def _regional(db: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The sums over the members that reported."""
    return _ask(
        db,
        f"SELECT * FROM baseline.indicator_values WHERE indicator = '{name}' AND panel = 'reporting' "
        "AND reporting_country = 'CRM' ORDER BY period_start",
    )


def _within(value: float, low: float, high: float | None) -> bool:
    return low - 1e-12 <= value <= (math.inf if high is None else high + 1e-12)


def _sum_or_none(highs: list[int | None]) -> int | None:
    return None if None in highs else sum(h for h in highs if h is not None)


@st.composite
def told(draw: st.DrawFn, most: int = 6, unbounded: bool = True) -> tuple[int, Bounds]:
    """A true count and the interval it was told as."""
    true = draw(st.integers(0, most))
    low: int = true - draw(st.sampled_from([0, 0, 1, 4]))
    high: int | None = true + draw(st.sampled_from([0, 0, 1, 4]))
    if unbounded and draw(st.integers(0, 9)) == 0:
        high = None
    return true, (max(0, low), high)


@st.composite
def tables_of_origin(draw: st.DrawFn, whole: bool) -> dict[str, Any]:
    """One year: cells named, who hides behind the unknown and behind what the table leaves out, the total."""
    named = draw(st.lists(st.sampled_from(sorted(CLASS)), min_size=1, unique=True))
    cells = {c: draw(told()) for c in named}
    unclear = cells["_U"][0] if "_U" in cells else 0
    left_out = 0 if whole else draw(st.integers(0, 8))
    hidden = [draw(st.sampled_from(REAL)) for _ in range(unclear + left_out)]
    undivided = cells["005+142"][0] if "005+142" in cells else 0
    outside = [draw(st.sampled_from(OUTSIDE)) for _ in range(undivided)]
    true_total = sum(true for true, _ in cells.values()) + left_out
    total = None
    if not whole and draw(st.integers(0, 4)):
        low = max(0, true_total - draw(st.sampled_from([0, 0, 3])))
        high = draw(st.sampled_from([true_total, true_total, true_total + 3, None]))
        total = (low, high)
    return {
        "cells": cells,
        "left_out": left_out,
        "hidden": hidden,
        "outside": outside,
        "true_total": true_total,
        "total": total,
    }


def _rows(year: int, drawn: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [{"year": year, "citizenship": c, "value": list(told)} for c, (_, told) in drawn["cells"].items()]
    return rows + ([{"year": year, "value": list(drawn["total"])}] if drawn["total"] else [])


@pytest.mark.statistics("1", "not detailed")
@pytest.mark.statistics("1", "share over all")
@pytest.mark.statistics("6", "completeness")
@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from(["X/silent", "X/zero", "X/silent_whole", "X/zero_whole"]))
def test_the_true_origin_lies_within_its_bounds(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    whole = bool(COLLECTION_RULES[collection].exhaustive)
    years = {
        2016 + n: d
        for n, d in enumerate(data.draw(st.lists(tables_of_origin(whole), min_size=1, max_size=3)))
    }
    _built(db, collection, [r for year, drawn in years.items() for r in _rows(year, drawn)])
    for year, drawn in years.items():
        shown = _ask(db, f"SELECT * FROM core.origin WHERE year(period_start) = {year}")
        _check_origin(shown, drawn, whole)
        for v in _indicator(db, "data_origin_completeness"):
            if v["period_start"].year == year and v["value_low"] is not None and drawn["true_total"]:
                known = sum(true for c, (true, _) in drawn["cells"].items() if c != "_U")
                assert _within(known / drawn["true_total"], v["value_low"], v["value_high"])
                assert _within(known, v["numerator_low"], v["numerator_high"])


def _check_origin(shown: list[dict[str, Any]], drawn: dict[str, Any], whole: bool) -> None:
    parts = dict.fromkeys([*REAL, "extra_regional", "indeterminate", "not_detailed", "stateless"], 0)
    for citizenship, (true, _) in drawn["cells"].items():
        parts[CLASS[citizenship]] += true
    parts["not_detailed"] = drawn["left_out"]
    named = {(k, "part"): n for k, n in parts.items()} | {
        (k, "parent"): sum(parts[p] for p in held) for k, held in HOLDERS.items()
    }
    truth = {
        (k, level): n
        + sum(drawn["hidden"].count(p) for p in (HOLDERS[k] if level == "parent" else [k]))
        + (drawn["outside"].count(k) if level == "part" else 0)
        for (k, level), n in named.items()
    }
    rows = {(r["origin_class"], r["class_level"]): r for r in shown}
    assert len(rows) == len(shown)
    assert {k for k in truth if truth[k]} <= set(rows)
    for k, r in rows.items():
        assert _within(named[k], r["persons_low"], r["persons_high"]), r
        assert _within(truth[k], r["persons_low"], r["possible_high"]), r
        assert _within(drawn["true_total"], r["total_low"], r["total_high"]), r
        assert "inconsistent" not in (r["flag"] or "")
        assert (r["share_low"] is None) == (r["share_high"] is None), r
        if r["share_low"] is None:
            assert (r["flag"] == "no_total" and not whole and drawn["total"] is None) or r[
                "total_high"
            ] == 0, r
        elif drawn["true_total"]:
            assert _within(truth[k] / drawn["true_total"], r["share_low"], r["share_high"]), r


@pytest.mark.statistics("1", "share over all")
@pytest.mark.slow
@few
@given(data=st.data(), whole=st.booleans())
def test_no_narrower_bounds_of_origin_would_do(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, whole: bool
) -> None:
    origins = ["CRI", "PAN", "CHN", "005+142", "_U"]
    named = data.draw(st.lists(st.sampled_from(origins), min_size=1, max_size=3, unique=True))
    cells = {c: data.draw(told(most=3, unbounded=False)) for c in named}
    total = (
        None
        if whole
        else data.draw(st.tuples(st.integers(1, 6), st.integers(0, 4)).map(lambda t: (t[0], sum(t))))
    )
    completions = list(_completions(cells, total))
    assume(completions)
    drawn = {"cells": cells, "total": total}
    _built(db, "X/zero_whole" if whole else "X/zero", _rows(2018, drawn))
    for r in _ask(db, "SELECT * FROM core.origin WHERE origin_class <> 'stateless'"):
        k = r["origin_class"]
        if (k, r["class_level"]) == ("extra_regional", "part"):
            continue  # of how many the side is not told; that more might be said so is no completion
        counts = [c[k][1] for c in completions]
        assert (r["persons_low"], r["possible_high"]) == (min(counts), max(counts)), r
        assert r["persons_high"] == max(c[k][0] for c in completions), r
        shares = [c[k][1] / c["total"] for c in completions if c["total"]]
        if shares:
            assert (r["share_low"], r["share_high"]) == pytest.approx((min(shares), max(shares))), r
        else:
            assert (r["share_low"], r["share_high"]) == (None, None)
    for v in _indicator(db, "data_origin_completeness"):
        known = [(c["known"][0], c["total"]) for c in completions]
        shares = [n / total for n, total in known if total]
        if shares:
            counts = [n for n, _ in known]
            assert (v["numerator_low"], v["numerator_high"]) == (min(counts), max(counts))
            assert (v["value_low"], v["value_high"]) == pytest.approx((min(shares), max(shares)))
        else:
            assert (v["value_low"], v["value_high"]) == (None, None)


def _completions(cells: dict[str, Any], total: tuple[int, int] | None) -> Iterator[dict[str, Any]]:
    """Of each class (named, true) and the total: all values, the hidden all in one class."""
    for values in itertools.product(*(range(low, high + 1) for _, (low, high) in cells.values())):
        for whole in [sum(values)] if total is None else range(total[0], total[1] + 1):
            left_out = whole - sum(values)
            if left_out < 0:
                continue
            named = dict.fromkeys([*REAL, "extra_regional", "indeterminate", "not_detailed"], 0)
            named["not_detailed"] = left_out
            for citizenship, value in zip(cells, values, strict=True):
                named[CLASS[citizenship]] += value
            hidden = left_out + named["indeterminate"]
            known = whole - hidden
            for lucky, side in itertools.product(REAL, OUTSIDE):
                true = {
                    k: n + hidden * (k == lucky) + named["extra_regional"] * (k == side)
                    for k, n in named.items()
                    if k != "extra_regional"
                }
                outside = named["extra_regional"] + sum(named[k] for k in OUTSIDE)
                yield {"total": whole, "known": (known, known)} | {
                    **{k: (named[k], n) for k, n in true.items()},
                    "extra_regional": (outside, sum(true[k] for k in OUTSIDE)),
                    "foreign": (
                        outside + named["intra_regional"],
                        sum(true[k] for k in ("intra_regional", *OUTSIDE)),
                    ),
                }


@pytest.mark.statistics("4", "both bounds")
@pytest.mark.statistics("4", "ratio undefined")
@pytest.mark.statistics("6", "pooled cohorts")
@pytest.mark.statistics("5", "who reports")
@pytest.mark.statistics("4", "no false upper bound")
@pytest.mark.slow
@few
@given(data=st.data())
def test_sums_rates_and_pooled_ratios_hold_the_truth(
    db: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    members = data.draw(st.lists(st.sampled_from(["CRI", "PAN", "BLZ", "USA"]), min_size=1, unique=True))
    victims = {c: data.draw(told(most=60)) for c in members}
    pairs = [(data.draw(told()), data.draw(told())) for _ in range(3)]
    rows: list[dict[str, Any]] = [{"country": c, "value": list(v)} for c, (_, v) in victims.items()]
    for year, (convicted, prosecuted) in enumerate(pairs, start=2016):
        rows.append({"year": year, "measure": "persons_convicted", "value": list(convicted[1])})
        rows.append({"year": year, "measure": "persons_prosecuted", "value": list(prosecuted[1])})
    _built(db, "X/silent", rows)
    doubted = {r["reporting_country"] for r in _ask(db, "SELECT * FROM core.totals WHERE flag IS NOT NULL")}
    (region,) = _regional(db, "tip_victims_detected")
    low, high = region["numerator_low"], region["numerator_high"]
    assert (low, high) == (
        sum(v[0] for _, v in victims.values()),
        _sum_or_none([v[1] for _, v in victims.values()]),
    )
    assert _within(sum(true for true, _ in victims.values()), low, high)
    assert (region["members_reporting"], region["members_total"]) == (len(members), 11)
    assert region["value_low"] is None
    assert "low_coverage" in region["flag"]
    for v in _indicator(db, "tip_victims_detected_rate"):
        true, (low, _) = victims[v["reporting_country"]]
        if v["value_low"] is None:
            assert low < 20
            assert v["flag"].endswith("small_numerator")
        else:
            assert _within(true / v["denominator_low"] * 100_000, v["value_low"], v["value_high"])
    ratios = _indicator(db, "tip_convicted_per_100_prosecuted")
    assert len(ratios) == 1 or doubted
    for v in ratios:
        above, below = (sum(p[i][0] for p in pairs) for i in (0, 1))
        if below:
            assert _within(100 * above / below, v["value_low"], v["value_high"])
        else:
            assert (v["value_high"], v["flag"]) == (None, "ratio_undefined")


@pytest.mark.statistics("3", "whole years")
@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from(["X/silent_whole", "X/zero_whole", "X/fiscal"]))
def test_months_add_up_to_what_they_say(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    absent, _, starts, _ = COLLECTION_RULES[collection]
    months = data.draw(st.sets(st.integers(1, 12), min_size=1) | st.just(set(range(1, 13))))
    cells = {}
    for month in sorted(months):
        for c in data.draw(st.lists(st.sampled_from(["PAN", "COL"]), min_size=1, unique=True)):
            cells[month, c] = data.draw(told())[1]
    first = date(2018, starts, 1)
    _built(
        db,
        collection,
        [_month(first, m) | {"citizenship": c, "value": list(v)} for (m, c), v in cells.items()],
        "core.figures",
        "core.totals",
    )
    for frequency, long in (("A", 12), ("Q", 3)):
        shown = {(r["period_start"], r["citizenship"]): r for r in _figures(db, frequency)}
        for n in range(12 // long):
            part = [m for m in months if (m - 1) // long == n]
            start = _month(first, n * long + 1)["period_start"]
            for c in ("PAN", "COL"):
                values = [cells[m, c] for m in part if (m, c) in cells]
                assert ((start, c) in shown) == bool(values)
                if values:
                    _check_sum(shown[start, c], values, len(part), long, absent)
    whole = _ask(db, "SELECT * FROM core.totals WHERE frequency = 'A'")
    assert [w["flag"] for w in whole] == [None if len(months) == 12 else "partial"]


@pytest.mark.statistics("4", "rates never summed")
def test_months_of_a_published_rate_are_never_added_up(db: duckdb.DuckDBPyConnection) -> None:
    measures = ("victims_detected", "victims_detected_rate_published")
    months = [
        _month(date(2018, 1, 1), m) | {"measure": name, "value": [2, 2]}
        for m in range(1, 13)
        for name in measures
    ]
    _built(db, "X/silent", months, "core.figures")
    for frequency in ("Q", "A"):
        assert {row["measure"] for row in _figures(db, frequency)} == {"victims_detected"}
    assert {row["measure"] for row in _figures(db, "M")} == set(measures)


def _month(first: date, number: int) -> dict[str, Any]:
    months = first.year * 12 + first.month - 1 + number - 1
    return {"period_start": date(months // 12, months % 12 + 1, 1), "period_end": AS_OF, "frequency": "M"}


def _figures(db: duckdb.DuckDBPyConnection, frequency: str) -> list[dict[str, Any]]:
    return _ask(db, f"SELECT * FROM core.figures WHERE frequency = '{frequency}'")


def _check_sum(row: dict[str, Any], values: list[Bounds], present: int, long: int, absent: str) -> None:
    unnamed = absent == "not_reported" and len(values) < present
    assert row["value_low"] == sum(low for low, _ in values)
    assert row["value_high"] == (None if unnamed else _sum_or_none([high for _, high in values]))
    assert row["flag"] == (None if present == long else "partial")
    assert (row["parts_present"], row["parts_expected"]) == (present, long)


def test_months_and_quarters_of_one_year_are_never_added_together(db: duckdb.DuckDBPyConnection) -> None:
    first = date(2018, 1, 1)
    months = [_month(first, m) | {"value": [10, 10]} for m in range(1, 13)]
    quarters = [_month(first, m) | {"frequency": "Q", "value": [30, 30]} for m in (1, 4)]
    _built(db, "X/silent", months + quarters, "core.figures")
    (year,) = _figures(db, "A")
    assert (year["value_low"], year["flag"]) == (120, None)
    _built(db, "X/silent", months[6:] + quarters, "core.figures")
    (year,) = _figures(db, "A")
    assert year["flag"] == "partial"
    assert year["value_low"] == 60


def test_a_table_is_compared_with_a_total_summed_over_another(db: duckdb.DuckDBPyConnection) -> None:
    """A total added up over the sexes leaves room for citizenships that the table does not name."""
    sexes = [{"sex": s, "value": [50, 50]} for s in ("F", "M")]
    _built(db, "X/by_sex", [*sexes, {"citizenship": "PAN", "value": [40, 40]}], "core.origin")
    shown = {r["origin_class"]: r for r in _ask(db, "SELECT * FROM core.origin")}
    assert (shown["not_detailed"]["persons_low"], shown["not_detailed"]["persons_high"]) == (60, 60)
    assert (shown["intra_regional"]["share_low"], shown["intra_regional"]["share_high"]) == (0.4, 1)


def test_tables_that_share_a_dimension_are_not_added_together(db: duckdb.DuckDBPyConnection) -> None:
    by_age = [{"sex": s, "age_group": a, "value": [5, 5]} for s in ("F", "M") for a in ("Y0T17", "Y_GE18")]
    by_form = [{"sex": s, "exploitation": "SEX", "value": [10, 10]} for s in ("F", "M")]
    _built(db, "X/two_tables", by_age + by_form)
    shown = [v for v in _indicator(db, "tip_victims_detected") if v["age_group"] == v["exploitation"] == "_T"]
    assert {v["sex"]: v["value_low"] for v in shown if v["sex"] != "_T"} == {"F": 10, "M": 10}


def test_a_group_and_its_subgroups_are_counted_once(db: duckdb.DuckDBPyConnection) -> None:
    ages = {"Y0T17": 10, "Y0T11": 4, "Y12T17": 6, "Y_GE18": 30}
    _built(db, "X/silent", [{"age_group": a, "value": [n, n]} for a, n in ages.items()])
    (share,) = _indicator(db, "tip_child_share_known_age")
    assert (share["value_low"], share["value_high"], share["denominator_low"]) == (0.25, 0.25, 40)


@pytest.mark.statistics("6", "three forms")
def test_forms_of_exploitation_are_told_under_the_three_main_ones(db: duckdb.DuckDBPyConnection) -> None:
    forms = {"SexualExploitation": 30, "ChildLabour": 5, "Servitude": 5, "_U": 20}
    _built(db, "X/silent", [{"exploitation": e, "value": [n, n]} for e, n in forms.items()])
    shown = _indicator(db, "tip_exploitation_share")
    assert [(v["exploitation"], v["value_low"], v["value_high"]) for v in shown] == [
        ("LAB", 0.25, 0.25),
        ("SEX", 0.75, 0.75),
    ]


@pytest.mark.statistics("2", "suspected partial")
def test_a_doubt_about_a_year_is_told_of_its_tables_too(db: duckdb.DuckDBPyConnection) -> None:
    sexes = {2017: {"F": 200, "M": 100}, 2018: {"F": 20, "M": 10, "_U": 40}}
    rows: list[dict[str, Any]] = [
        {"year": y, "sex": s, "value": [n, n]} for y, told in sexes.items() for s, n in told.items()
    ]
    rows += [{"year": y, "value": [sum(told.values())] * 2} for y, told in sexes.items()]
    _built(db, "X/silent", rows)
    for name in ("tip_female_share_known_sex", "tip_victims_detected"):
        shown = [v for v in _indicator(db, name) if v["reporting_country"] == "CRI"]
        doubted = {v["period_start"].year for v in shown if v["flag"] == "suspected_partial"}
        assert (doubted, {v["period_start"].year for v in shown if v["flag"] is None}) == ({2018}, {2017})


@pytest.mark.statistics("2", "suspected partial")
def test_a_doubt_is_told_of_tables_that_were_added_up(db: duckdb.DuckDBPyConnection) -> None:
    """Only sex with age was sent: 2018 falls from 100 to 25, of which 20 are of unknown sex."""
    women = {"sex": "F", "age_group": "Y_GE18"}
    rows = [{"year": 2017, "value": [100, 100]} | women, {"year": 2018, "value": [5, 5]} | women]
    _built(db, "X/two_tables", [*rows, {"year": 2018, "sex": "_U", "age_group": "_U", "value": [20, 20]}])
    for name in ("tip_female_share_known_sex", "tip_victims_detected"):
        shown = [v for v in _indicator(db, name) if v["panel"] == "_Z"]
        little = {"incomplete+suspected_partial"} if "share" in name else set()  # five of 25
        assert {(v["period_start"].year, v["flag"]) for v in shown} == {
            (2017, None),
            *((2018, flag) for flag in {"suspected_partial"} | little),
        }


@pytest.mark.statistics("1", "suspicious origin")
def test_a_sudden_origin_is_flagged_in_tables_that_were_added_up(db: duckdb.DuckDBPyConnection) -> None:
    rows = [{"year": y, "sex": "F", "citizenship": "PAN", "value": [50, 50]} for y in range(2012, 2019)]
    _built(
        db, "X/origin_and_sex", [*rows, {"year": 2015, "sex": "F", "citizenship": "NIC", "value": [50, 50]}]
    )
    shown = [v for v in _indicator(db, "tip_victims_detected") if v["citizenship"] == "NIC"]
    assert {v["sex"]: v["flag"] for v in shown} == dict.fromkeys(("_T", "F"), "unconfirmed_origin")


@pytest.mark.slow
def test_persons_brought_home_are_added_up_once(db: duckdb.DuckDBPyConnection) -> None:
    home = {"measure": "victims_repatriated", "counterpart_role": "repatriated_from", "citizenship": "CRI"}
    by_country: list[dict[str, Any]] = [
        home | {"counterpart_country": c, "value": [3, 3]} for c in ("USA", "ESP")
    ]
    total = {"measure": "victims_repatriated", "value": [7, 7]}
    for rows, persons in ((by_country, 6), ([*by_country, total], 7)):
        _built(db, "X/silent", rows)
        shown = _indicator(db, "tip_nationals_repatriated")
        assert [v["value_low"] for v in shown if v["reporting_country"] == "CRI"] == [persons]


BREAKDOWNS = ["sex", "age_group", "exploitation", "citizenship", "age_group+sex", "exploitation+sex"]
person = st.fixed_dictionaries(
    {
        "sex": st.sampled_from(["F", "M", "_U"]),
        "age_group": st.sampled_from(["Y0T17", "Y_GE18"]),
        "exploitation": st.sampled_from(["SEX", "LAB"]),
        "citizenship": st.sampled_from(["CRI", "PAN", "COL"]),
    }
)


@pytest.mark.statistics("2", "breakdowns apart")
@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from(["X/silent", "X/two_tables", "X/zero_whole"]))
def test_persons_told_by_many_breakdowns_are_counted_once(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    """The same persons, told as a total and by any breakdowns, or only by those that may be added up."""
    persons = pd.DataFrame(data.draw(st.lists(person, min_size=1, max_size=12)))
    exhaustive = COLLECTION_RULES[collection].exhaustive
    told_by = set(data.draw(st.lists(st.sampled_from(BREAKDOWNS), unique=True))) | set(exhaustive)
    rows: list[dict[str, Any]] = []
    if not exhaustive or data.draw(st.booleans()):
        rows.append({"value": [len(persons)] * 2})
    for breakdown in sorted(told_by):
        counts = persons.groupby(breakdown.split("+")).size().reset_index(name="n").to_dict("records")
        rows += [{k: v for k, v in c.items() if k != "n"} | {"value": [c["n"]] * 2} for c in counts]
    _built(db, collection, rows)
    shown = pd.DataFrame(_indicator(db, "tip_victims_detected"))
    shown = shown[shown["panel"] == "_Z"]
    slices = ["sex", "age_group", "exploitation", "citizenship"]
    assert not shown.duplicated(slices).any()
    detail = shown[slices].ne("_T").apply(lambda r: "+".join(sorted(r.index[r])), axis=1)
    sums = shown.groupby(detail)["value_low"].sum()
    assert set(sums) == {len(persons)}
    assert told_by | {""} <= set(sums.index)
    (region,) = _regional(db, "tip_victims_detected")
    assert region["numerator_low"] == len(persons)
    for v in _ask(db, "SELECT * FROM core.origin"):
        assert v["total_low"] == len(persons)


@pytest.mark.parametrize(
    ("sexes", "total", "known"),
    [
        ({"F": [30, 30], "M": [20, 20], "_U": [10, 10]}, [100, 100], 50 / 100),  # forty are left out
        ({"F": [30, 30], "M": [20, 20], "_U": [10, 10]}, None, 50 / 60),
        ({"F": [0, 4], "M": [6, 6]}, [12, 12], 6 / 12),
        ({"F": [30, 30], "M": [20, 20]}, [40, 40], 1),  # more than the total: nobody is unknown
        ({"F": [30, 30], "M": [20, 20], "_U": [0, None]}, None, None),
    ],
)
def test_how_much_is_known_at_least(
    db: duckdb.DuckDBPyConnection, sexes: dict[str, list], total: list | None, known: float | None
) -> None:
    rows: list[dict[str, Any]] = [{"sex": code, "value": value} for code, value in sexes.items()]
    _built(db, "X/silent", [*rows, *([{"value": total}] if total else [])])
    (share,) = (v for v in _indicator(db, "tip_female_share_known_sex") if v["denominator_basis"] == "known")
    assert share["known_share_low"] == (None if known is None else pytest.approx(known))


def test_a_member_counts_from_the_day_it_joined(db: duckdb.DuckDBPyConnection) -> None:
    rows = [{"country": c, "year": y, "value": [30, 30]} for c in ("DOM", "CRI") for y in (2000, 2001)]
    _built(db, "X/silent", rows)
    region = _regional(db, "tip_victims_detected")
    assert [(v["period_start"].year, v["numerator_low"], v["members_total"]) for v in region] == [
        (2000, 30, 10),
        (2001, 60, 11),
    ]


@pytest.mark.statistics("3", "population of the year")
def test_the_year_of_the_population_is_that_of_the_middle_of_a_fiscal_year(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fiscal = {"period_start": date(2017, 10, 1), "period_end": date(2018, 9, 30), "value": [60, 60]}
    _built(db, "X/fiscal", [fiscal])
    (rate,) = _indicator(db, "tip_victims_detected_rate")
    people = _ask(db, "SELECT population FROM reference.population WHERE country = 'CRI' AND year = 2018")
    assert [rate["denominator_low"]] == [p["population"] for p in people]
