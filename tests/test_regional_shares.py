"""Regional rows of shares and rates: by hand, by brute force over small tables, and against the members' own values."""

from __future__ import annotations

import itertools
from typing import Any

import duckdb
import pytest

from tests import test_bounds
from tests.test_bounds import _ask, _built

db = test_bounds.db  # the same database in memory
SIX = ["CAN", "CRI", "DOM", "GTM", "MEX", "PAN"]


def _told(**by_country: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"country": c} | row for c, rows in by_country.items() for row in rows]


def _region(
    db: duckdb.DuckDBPyConnection, indicator: str, basis: str = "known"
) -> dict[tuple[str, str], Any]:
    """The rows of the whole region, by exploitation or class of origin, and panel."""
    rows = _ask(
        db,
        f"SELECT * FROM baseline.indicator_values WHERE indicator = '{indicator}' "
        f"AND reporting_country = 'CRM' AND denominator_basis = '{basis}'",
    )
    return {
        (r["origin_class"] if r["origin_class"] != "_T" else r["exploitation"], r["panel"]): r for r in rows
    }


def by_sex(women: list[int], men: list[int]) -> list[dict[str, Any]]:
    return [{"sex": "F", "value": women}, {"sex": "M", "value": men}]


def test_a_regional_share_is_the_sum_of_numerators_over_the_sum_of_denominators(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """Six of eleven: 10 women of 20 in five countries, 90 of 100 in the largest. Without it 50 of 100."""
    tables = {c: by_sex([10, 10], [10, 10]) for c in SIX[:5]} | {"PAN": by_sex([90, 90], [10, 10])}
    _built(db, "X/by_sex", _told(**tables))
    shown = _region(db, "tip_female_share_known_sex")
    every, others = shown["_T", "reporting"], shown["_T", "without_largest"]
    assert (every["value_low"], every["value_high"]) == (140 / 200, 140 / 200)
    assert (every["members_reporting"], every["members_total"], every["flag"]) == (6, 11, None)
    assert every["largest_member"] == "PAN"
    assert (every["largest_share_low"], every["largest_share_high"]) == (0.5, 0.5)
    assert (others["numerator_low"], others["denominator_low"], others["value_low"]) == (50, 100, 0.5)
    assert others["members_reporting"] == 5


def test_its_bounds_are_those_of_all_completions(db: duckdb.DuckDBPyConnection) -> None:
    told = {"CAN": ([0, 4], [3, 5]), "CRI": ([2, 2], [0, 4]), "DOM": ([1, 3], [6, 6])}
    exact = {c: ([2, 2], [1, 1]) for c in SIX[3:]}
    _built(db, "X/by_sex", _told(**{c: by_sex(*cells) for c, cells in (told | exact).items()}))
    spans = [range(low, high + 1) for cells in told.values() for low, high in cells]
    shares = [(sum(values[::2]) + 6) / (sum(values) + 9) for values in itertools.product(*spans)]
    shown = _region(db, "tip_female_share_known_sex")["_T", "reporting"]
    assert (shown["value_low"], shown["value_high"]) == pytest.approx((min(shares), max(shares)))


@pytest.mark.slow
def test_a_form_that_a_member_does_not_name_may_be_of_whom_it_leaves_out(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """Five name 6 for sexual exploitation and 4 for labour of 10; the sixth 8 for sexual exploitation of 10."""
    both = [{"exploitation": e, "value": [n, n]} for e, n in (("SEX", 6), ("LAB", 4))]
    tables = {c: [*both, {"value": [10, 10]}] for c in SIX[:5]}
    tables["PAN"] = [{"exploitation": "SEX", "value": [8, 8]}, {"value": [10, 10]}]
    _built(db, "X/silent", _told(**tables))
    known = _region(db, "tip_exploitation_share")["LAB", "reporting"]
    assert (known["numerator_low"], known["numerator_high"], known["members_reporting"]) == (20, 22, 6)
    assert (known["value_low"], known["value_high"]) == (20 / 60, 22 / 60)  # the two may be of any form
    every = _region(db, "tip_exploitation_share", "all")["LAB", "reporting"]
    assert (every["value_low"], every["value_high"]) == (20 / 60, 22 / 60)
    tables["PAN"] = [{"exploitation": e, "value": [n, n]} for e, n in (("SEX", 5), ("OTH", 3))]
    _built(db, "X/silent", _told(**tables | {"PAN": [*tables["PAN"], {"value": [10, 10]}]}))
    known = _region(db, "tip_exploitation_share")["LAB", "reporting"]  # of two forms named, nobody of a third
    assert (known["value_low"], known["value_high"]) == (20 / 58, 20 / 58)


def test_origin_of_the_region_with_joint_bounds(db: duckdb.DuckDBPyConnection) -> None:
    """Each names 4 Colombians and 4 Chinese of 10: from outside 8 to 10, and no sum of two highs."""
    rows = [{"citizenship": c, "value": [4, 4]} for c in ("COL", "CHN")]
    _built(db, "X/silent", _told(**{c: [*rows, {"value": [10, 10]}] for c in SIX}))
    shown = _region(db, "tip_origin_share_all", "all")
    outside, americas = shown["extra_regional", "reporting"], shown["extra_regional_americas", "reporting"]
    assert (outside["value_low"], outside["value_high"]) == (48 / 60, 60 / 60)
    assert (americas["value_low"], americas["value_high"]) == (24 / 60, 36 / 60)
    own = shown["own_national", "reporting"]
    assert (own["value_low"], own["value_high"]) == (0, 12 / 60)


def test_whoever_has_no_unknown_ones_is_as_few_as_may_be(db: duckdb.DuckDBPyConnection) -> None:
    """Five call 2 of 10 unknown; the sixth has 0 to 4 victims and calls none unknown: 10 of 50 to 54."""
    rows = [
        {"citizenship": "_U", "value": [2, 2]},
        {"citizenship": "COL", "value": [8, 8]},
        {"value": [10, 10]},
    ]
    few = [{"citizenship": "COL", "value": [0, 4]}, {"value": [0, 4]}]
    _built(db, "X/silent", _told(**dict.fromkeys(SIX[:5], rows) | {"PAN": few}))
    unknown = _region(db, "tip_origin_share_all", "all")["indeterminate", "reporting"]
    assert (unknown["value_low"], unknown["value_high"]) == (10 / 54, 10 / 50)


def test_regional_rates_and_shares_are_what_their_members_add_up_to(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Of every row whose members told exact numbers, from the members' own rows of the released file."""
    compared = released.execute(
        """
        SELECT r.indicator, count(*), max(abs(r.value_low - r.per * r.told / r.of_all)), count(DISTINCT r.year)
        FROM (
            SELECT r.indicator, r.reporting_country, r.panel, r.exploitation, r.denominator_basis, r.year, r.value_low,
                any_value(CASE r.unit WHEN 'share' THEN 1 ELSE 100000 END) AS per,
                sum(v.numerator_low) AS told, sum(v.denominator_low) AS of_all,
                bool_and(v.numerator_low = v.numerator_high AND v.denominator_low = v.denominator_high) AS is_exact,
                count(*) = any_value(r.members_reporting) AS has_all
            FROM baseline.indicator_values AS r
            JOIN baseline.indicator_values AS v
                USING (indicator, measure, year, frequency, sex, age_group, exploitation, origin_class, denominator_basis)
            WHERE r.panel <> '_Z' AND r.unit IN ('share', 'per 100 000 population') AND r.origin_class = '_T'
              AND r.value_low IS NOT NULL AND v.panel = '_Z' AND v.preferred AND v.pooled_years = 1
              AND list_contains(string_split(r.members, ' '), v.reporting_country)
              AND r.value_low = r.value_high
            GROUP BY ALL
        ) AS r
        WHERE r.is_exact AND r.has_all GROUP BY ALL
        """
    ).fetchall()
    assert {row[0] for row in compared} >= {"tip_victims_detected_rate", "tip_female_share_known_sex"}
    assert all(row[2] < 1e-12 for row in compared), compared


def test_shares_and_rates_have_the_panels_of_sums_and_say_who(released: duckdb.DuckDBPyConnection) -> None:
    found = released.execute(
        """SELECT indicator, list(DISTINCT panel ORDER BY panel) FROM baseline.indicator_values
        WHERE panel <> '_Z' AND value_low IS NOT NULL AND members IS NOT NULL GROUP BY ALL"""
    ).fetchall()
    panels = dict(found)
    for indicator in (
        "tip_victims_detected_rate",
        "tip_child_share_known_age",
        "tip_female_share_known_sex",
        "tip_exploitation_share",
        "tip_origin_share_all",
    ):
        assert {"reporting", "without_largest"} <= set(panels[indicator]), indicator
    # Every block of five years of detected victims holds a documented change of a member's series.
    assert "fixed" not in panels["tip_victims_detected_rate"]
    assert "fixed" in panels["tip_protocol_in_force"]
    assert "mobility_origin_share" not in panels
