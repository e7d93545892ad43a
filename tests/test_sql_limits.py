"""Both sides of limits that the SQL of rates, ratios, totals, tables and regional sums has. Worked out by hand.

Each country of a test is a case of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests import in_memory, test_bounds
from tests.test_bounds import DAY, _ask, _built
from warehouse.home import CHECKOUT

db = test_bounds.db  # the same database in memory

RATE, RATIO = "tip_victims_detected_rate", "tip_convicted_per_100_prosecuted"
Row = dict[str, Any]
YEARS = (2016, 2017, 2018)


def cell(country: str, year: int, value: Any, **more: Any) -> Row:
    return {
        "country": country,
        "year": year,
        "value": value if isinstance(value, list) else [value] * 2,
    } | more


def series(country: str, values: Iterable[Any], first: int = 2016, **more: Any) -> list[Row]:
    return [cell(country, year, value, **more) for year, value in enumerate(values, start=first)]


def quarter(country: str, year: int, value: Any, **more: Any) -> Row:
    dates = {"frequency": "Q", "period_start": date(year, 1, 1), "period_end": date(year, 3, 31)}
    return cell(country, year, value, **dates, **more)


def of(db: duckdb.DuckDBPyConnection, indicator: str, country: str, columns: str) -> list[tuple[Any, ...]]:
    sql = f"SELECT year(period_end), {columns} FROM baseline.indicator_values WHERE indicator = ? "
    return db.execute(f"{sql} AND reporting_country = ? ORDER BY ALL", [indicator, country]).fetchall()


def test_a_rate_needs_twenty_persons_in_a_year_or_has_them_in_three(db: duckdb.DuckDBPyConnection) -> None:
    with (CHECKOUT / "schemas/reference/population.csv").open(encoding="utf-8") as file:
        people = {(row["country"], int(row["year"])): int(row["population"]) for row in csv.DictReader(file)}
    rows = [*series("CRI", [20] * 3), *series("GTM", [19] * 3), *series("PAN", [8] * 4, first=2015)]
    rows += [*series("HND", [8, [8, None], 8]), *(quarter("MEX", year, 30) for year in YEARS)]
    frames = [in_memory.values("X/silent", DAY, rows + series("DOM", [8] * 3))]
    frames.append(in_memory.values("X/zero", DAY, series("DOM", [9] * 3)))  # another source
    in_memory.fill(db, pd.concat(frames))
    columns = "pooled_years, numerator_low, numerator_high, denominator_low, round(value_low, 6), "
    columns += "round(value_high, 6), flag"

    def rate(country: str, persons: int, *of_years: int) -> tuple[Any, ...]:
        living = sum(people[country, year] for year in of_years)
        value = round(persons / living * 100_000, 6)
        return (of_years[-1], len(of_years), persons, persons, living, value, value, None)

    assert of(db, RATE, "CRI", columns) == [rate("CRI", 20, year) for year in YEARS]
    *alone, together = sorted(of(db, RATE, "GTM", columns), key=lambda row: row[1])
    assert together == rate("GTM", 57, *YEARS)
    assert [row[-3:] for row in alone] == [(None, None, "small_numerator")] * 3
    pooled = [row for row in of(db, RATE, "PAN", columns) if row[1] == 3]
    assert pooled == [rate("PAN", 24, 2015, 2016, 2017), rate("PAN", 24, *YEARS)]
    [open_] = [row for row in of(db, RATE, "HND", columns) if row[1] == 3]
    assert open_[2:4] == (24, None)
    assert [row[2] for row in of(db, RATE, "DOM", columns) if row[1] == 3] == [24, 27]
    assert [row[:3] for row in of(db, RATE, "MEX", columns)] == [
        (year, 1, 30) for year in YEARS
    ]  # a sum of quarters


def pairs(country: str, convicted: Any, prosecuted: Any, **of_second: Any) -> list[Row]:
    rows = series(country, [convicted] * 3, measure="persons_convicted")
    return rows + series(country, [prosecuted] * 3, measure="persons_prosecuted", **of_second)


def test_a_ratio_has_its_bounds_at_opposite_corners_and_none_by_zero(db: duckdb.DuckDBPyConnection) -> None:
    rows = [*pairs("CRI", [1, 2], [10, 20]), *pairs("GTM", 1, [10, None]), *pairs("PAN", 1, 0)]
    rows += [*pairs("HND", 1, [0, 5]), *pairs("DOM", [1, None], 10)]
    for year in YEARS:
        rows += [quarter("NIC", year, 5, measure=m) for m in ("persons_convicted", "persons_prosecuted")]
    frames = [in_memory.values("X/silent", DAY, rows + pairs("MEX", 1, 10)[:3])]
    frames.append(
        in_memory.values("X/zero", DAY, pairs("MEX", 1, 10)[3:])
    )  # the other half, of another source
    in_memory.fill(db, pd.concat(frames))
    columns = "value_low, value_high, flag"
    assert of(db, RATIO, "CRI", columns) == [(2018, 5, 20, None)]
    assert of(db, RATIO, "GTM", columns) == [(2018, 0, 10, None)]
    assert of(db, RATIO, "PAN", columns) == [(2018, None, None, "ratio_undefined")]
    assert of(db, RATIO, "HND", columns) == [(2018, 20, None, "ratio_undefined")]
    assert of(db, RATIO, "DOM", columns) == [(2018, 10, None, None)]
    assert of(db, RATIO, "NIC", columns) == of(db, RATIO, "MEX", columns) == []


@pytest.mark.parametrize("measure", ["persons_convicted", "persons_prosecuted"])
def test_a_year_in_doubt_of_either_measure_is_in_no_ratio(
    db: duckdb.DuckDBPyConnection, measure: str
) -> None:
    rows = [row | {"flag": "partial"} if row["measure"] == measure and row["year"] == 2017 else row
            for row in pairs("CRI", 1, 10)]  # fmt: skip
    _built(db, "X/silent", rows)
    assert of(db, RATIO, "CRI", "value_low") == []


# ---- totals and tables ---------------------------------------------------------------------------------


def totals(db: duckdb.DuckDBPyConnection, columns: str, where: str = "TRUE") -> dict[str, Any]:
    sql = f"SELECT reporting_country, {columns} FROM core.totals WHERE {where} ORDER BY ALL"
    return {country: rest if len(rest) > 1 else rest[0] for country, *rest in db.execute(sql).fetchall()}


def test_one_number_of_ten_under_two_measures_is_in_doubt(db: duckdb.DuckDBPyConnection) -> None:
    def both(
        country: str, first: Any, second: Any, other: str = "persons_convicted", year: int = 2018
    ) -> list[Row]:
        return [cell(country, 2018, first), cell(country, year, second, measure=other)]

    rows = [*both("CRI", 10, 10), *both("GTM", 9, 9), *both("PAN", 10, 11), *both("HND", [10, 12], [10, 12])]
    rows += [*both("MEX", 12, 12, "victims_assisted"), *both("DOM", 10, 10, year=2017)]
    _built(db, "X/silent", rows, "core.totals")
    flags = totals(db, "flag", "measure = 'victims_detected'")
    doubtful = "same_value_across_units"
    assert flags == {"CRI": doubtful} | dict.fromkeys(("GTM", "PAN", "HND", "MEX", "DOM"))


def test_a_third_of_the_year_before_with_half_unknown_may_be_partial(db: duckdb.DuckDBPyConnection) -> None:
    def after(country: str, total: int, unknown: int, *before: Row) -> list[Row]:
        table = [cell(country, 2018, unknown, sex="_U"), cell(country, 2018, total - unknown, sex="F")]
        return [*(before or [cell(country, 2017, 30)]), cell(country, 2018, total), *table]

    rows = [*after("CRI", 10, 5), *after("GTM", 11, 6), *after("PAN", 10, 4)]
    rows += after(
        "HND", 10, 5, cell("HND", 2017, 20), quarter("HND", 2017, 30)
    )  # no quarter is the year before
    _built(db, "X/silent", rows, "core.totals")
    flags = totals(db, "flag", "year(period_start) = 2018")
    assert flags == {"CRI": "suspected_partial", "GTM": None, "PAN": None, "HND": None}


def test_a_total_that_waits_is_between_its_own_number_and_its_largest_table(
    db: duckdb.DuckDBPyConnection,
) -> None:
    def waiting(country: str, high: int | None) -> list[Row]:
        total = cell(country, 2018, [0, high], flag="rows_in_quarantine")
        return [total, cell(country, 2018, 5, sex="F"), cell(country, 2018, 8, exploitation="SEX")]

    _built(db, "X/silent", [*waiting("CRI", 20), *waiting("GTM", 6), *waiting("PAN", None)], "core.totals")
    assert totals(db, "total_low, total_high") == {"CRI": [8, 20], "GTM": [6, 8], "PAN": [8, None]}


def test_a_total_that_was_sent_stands_before_one_that_is_added_up(db: duckdb.DuckDBPyConnection) -> None:
    def by_sex(country: str) -> list[Row]:
        return [cell(country, 2018, 5, sex="F"), cell(country, 2018, [6, 7], sex="M")]

    _built(db, "X/by_sex", [cell("CRI", 2018, 12), *by_sex("CRI"), *by_sex("GTM")], "core.totals")
    assert totals(db, "total_source, total_low, total_high") == {
        "CRI": ["sent", 12, 12],
        "GTM": ["sex", 11, 12],
    }


def test_tables_that_reach_their_total_and_their_wider_cells_are_consistent(
    db: duckdb.DuckDBPyConnection,
) -> None:
    def both(country: str, girls: int, men: int = 3) -> list[Row]:
        finer = [cell(country, 2018, n, sex="F", age_group=a) for n, a in ((girls, "Y0T17"), (2, "Y_GE18"))]
        return [
            cell(country, 2018, 8),
            cell(country, 2018, 5, sex="F"),
            cell(country, 2018, men, sex="M"),
            *finer,
        ]

    _built(db, "X/by_sex", [*both("CRI", 3), *both("GTM", 4), *both("PAN", 3, men=4)], "core.breakdowns")
    columns = "reporting_country AS country, breakdown, is_inconsistent, is_contradicted, is_whole"
    found = {
        (row["country"], row["breakdown"]): (row["is_inconsistent"], row["is_contradicted"], row["is_whole"])
        for row in _ask(db, f"SELECT {columns} FROM core.breakdowns")
    }
    sound, finer = (False, False, True), (False, False, False)
    assert found == {
        ("CRI", "sex"): sound, ("CRI", "age_group+sex"): finer,
        ("GTM", "sex"): (False, True, True), ("GTM", "age_group+sex"): (True, False, False),
        ("PAN", "sex"): (True, False, True), ("PAN", "age_group+sex"): finer,
    }  # fmt: skip


# ---- regional sums -------------------------------------------------------------------------------------


def of_grouping(db: duckdb.DuckDBPyConnection, grouping: str, panel: str = "reporting") -> Row:
    sql = f"SELECT * FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = '{panel}'"
    [row] = _ask(db, f"{sql} AND reporting_country = '{grouping}'")
    return row


def test_half_of_the_members_are_enough(db: duckdb.DuckDBPyConnection) -> None:
    """Four of the eight of SICA, of which the largest is as large as the others together."""
    _built(db, "X/silent", [cell(c, 2018, n) for c, n in {"CRI": 3, "GTM": 6, "HND": 2, "PAN": 1}.items()])
    row = of_grouping(db, "SICA")
    assert (row["members_reporting"], row["members_total"], row["value_low"]) == (4, 8, 12)
    assert (row["largest_member"], row["flag"]) == ("GTM", None)
    region = of_grouping(db, "CRM")
    assert (region["members_reporting"], region["value_low"], region["flag"]) == (4, None, "low_coverage")


def test_a_member_without_an_upper_bound_leaves_none_to_the_sum_and_may_be_most_of_it(
    db: duckdb.DuckDBPyConnection,
) -> None:
    others = [cell(c, 2018, 10) for c in ("GTM", "HND", "PAN", "NIC")]
    _built(db, "X/silent", [cell("CRI", 2018, [2, None]), *others])
    row = of_grouping(db, "SICA")
    assert (row["value_low"], row["value_high"], row["flag"]) == (42, None, "dominated")
    without = of_grouping(db, "SICA", "without_largest")
    assert (without["members_reporting"], without["value_low"], without["value_high"]) == (4, 32, None)
