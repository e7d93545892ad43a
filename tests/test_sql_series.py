"""Edges of the SQL of series, shares and regions: breaks, kinds, sources, members, tables. Worked out by hand.

Each test changes the registry and the values in a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests import in_memory, test_bounds
from tests.test_bounds import DAY, _ask, _built
from tests.test_edges import insert
from tests.test_sql_limits import Row, cell, pairs, series

db = test_bounds.db  # the same database in memory
JAN_2016, JAN_2017, JAN_2018 = (date(year, 1, 1) for year in (2016, 2017, 2018))
COUNT, RATE, RATIO, SHARE = (
    "tip_victims_detected",
    "tip_victims_detected_rate",
    "tip_convicted_per_100_prosecuted",
    "tip_female_share_known_sex",
)


@pytest.fixture
def trial(db: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    db.execute("BEGIN")
    yield db
    db.execute("ROLLBACK")


def decide(db: duckdb.DuckDBPyConnection, kind: str, day: date, **more: Any) -> None:
    plain = {"kind": kind, "collection": "X/silent", "measure": None, "reporting_country": "CRI", "frequency": "A",
             "dimension": None, "period_start": day}  # fmt: skip
    insert(db, "registry.decisions", plain | more)


def document(db: duckdb.DuckDBPyConnection, valid_from: date, unit: str = "cases", **more: Any) -> None:
    """Document that a series counts another unit than its measure's."""
    plain = {"collection": "X/silent", "reporting_country": "CRI", "measure": "victims_detected", "flow": "_U",
             "valid_from": valid_from, "valid_to": None, "counted_unit": unit, "evidence": "confirmed"}  # fmt: skip
    insert(db, "registry.series", plain | more)


def values(db: duckdb.DuckDBPyConnection, indicator: str, columns: str, where: str = "TRUE") -> Any:
    """These columns of an indicator's rows of countries, by last year."""
    sql = f"SELECT year(period_end), {columns} FROM core.country_values WHERE indicator = '{indicator}' AND {where}"
    return db.execute(f"{sql} ORDER BY ALL").fetchall()


# ---- breaks and decisions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "broken", "later"),
    [
        (JAN_2017, [], [2017, 2018]),
        (date(2017, 1, 2), [2017], [2017, 2018]),
        (date(2017, 12, 31), [2017], [2017, 2018]),
        (JAN_2018, [], [2018]),
    ],
)
def test_a_break_is_in_a_year_if_the_year_began_before_it(
    trial: duckdb.DuckDBPyConnection, day: date, broken: list[int], later: list[int]
) -> None:
    decide(trial, "break", day)
    _built(trial, "X/silent", [*series("CRI", [30] * 3), *series("GTM", [30] * 3)], "core.country_values")
    found = values(trial, COUNT, "flag, break_id", "reporting_country = 'CRI'")
    assert [year for year, flag, _ in found if flag == "broken_period"] == broken
    assert [(year, break_id) for year, _, break_id in found if break_id != "_Z"] == [
        (year, str(day)) for year in later
    ]
    assert [row[1:] for row in values(trial, COUNT, "flag, break_id", "reporting_country = 'GTM'")] == [
        (None, "_Z")
    ] * 3


def test_a_jump_is_confirmed_for_the_period_and_frequency_of_the_decision(
    trial: duckdb.DuckDBPyConnection,
) -> None:
    decide(trial, "real_change", JAN_2017)
    decide(trial, "real_change", JAN_2018, frequency="Q")
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.country_values")
    flags = values(trial, COUNT, "flag")
    assert flags == [(2016, None), (2017, "confirmed_change"), (2018, None)]


def test_a_suspected_break_in_a_gap_is_asked_of_the_next_value(trial: duckdb.DuckDBPyConnection) -> None:
    decide(trial, "suspected_break", date(2016, 3, 1))
    _built(trial, "X/silent", [cell("CRI", year, 30) for year in (2015, 2018, 2019)], "core.country_values")
    flags = values(trial, COUNT, "flag")
    assert flags == [(2015, None), (2018, "unconfirmed_break"), (2019, None)]


@pytest.mark.parametrize(("day", "flag"), [(JAN_2018, None), (date(2018, 7, 1), "broken_period")])
def test_years_on_both_sides_of_a_break_are_not_pooled_and_each_stays(
    trial: duckdb.DuckDBPyConnection, day: date, flag: str | None
) -> None:
    decide(trial, "break", day)
    rows = [*series("CRI", [8] * 3), *series("GTM", [8] * 3)]
    _built(trial, "X/silent", rows, "core.country_values")
    columns = "reporting_country, pooled_years"
    assert [row for row in values(trial, RATE, columns) if row[2] == 3] == [(2018, "GTM", 3)]
    single = values(trial, RATE, "flag", "reporting_country = 'CRI' AND pooled_years = 1")
    assert single[:2] == [(2016, "small_numerator"), (2017, "small_numerator")]
    assert single[2][1] == "+".join(filter(None, [flag, "small_numerator"]))


def test_of_the_flags_of_pooled_years_those_stay_that_travel(trial: duckdb.DuckDBPyConnection) -> None:
    rows = series("CRI", [8] * 3)
    for row, flag in zip(rows, ("confirmed_value", "estimated", None), strict=True):
        row["flag"] = flag
    _built(trial, "X/silent", rows, "core.country_values")
    assert values(trial, RATE, "flag", "pooled_years = 3") == [(2018, "estimated")]


@pytest.mark.parametrize("measure", ["persons_convicted", "persons_prosecuted"])
def test_a_break_of_either_measure_of_a_ratio_parts_its_years(
    trial: duckdb.DuckDBPyConnection, measure: str
) -> None:
    decide(trial, "break", JAN_2017, measure=measure)
    decide(trial, "break", JAN_2017, measure="victims_detected", reporting_country="GTM")
    _built(trial, "X/silent", pairs("CRI", 1, 10) + pairs("GTM", 1, 10), "core.country_values")
    assert values(trial, RATIO, "reporting_country") == [(2018, "GTM")]


# ---- kinds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("valid_from", "first"), [(JAN_2017, 2017), (date(2017, 12, 31), 2017), (JAN_2018, 2018)]
)
def test_a_year_is_of_another_kind_from_its_last_day_on(
    trial: duckdb.DuckDBPyConnection, valid_from: date, first: int
) -> None:
    document(trial, valid_from)
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.country_values")
    found = values(trial, COUNT, "flag")
    assert [year for year, flag in found if flag] == [*range(first, 2019)]
    assert {flag for _, flag in found if flag} == {"other_kind+other_unit"}


@pytest.mark.parametrize("measure", ["persons_convicted", "persons_prosecuted"])
@pytest.mark.parametrize("valid_from", [date(2015, 1, 1), JAN_2018])
def test_a_ratio_with_one_year_of_another_kind_has_no_value(
    trial: duckdb.DuckDBPyConnection, valid_from: date, measure: str
) -> None:
    """The kind may have begun before the ratio's years, or in the last of them."""
    document(trial, valid_from, measure=measure)
    _built(trial, "X/silent", pairs("CRI", 1, 10), "core.country_values")
    [(_, low, high, flag)] = values(trial, RATIO, "value_low, value_high, flag")
    assert (low, high) == (None, None)
    assert "other_kind" in flag


# ---- sources ----------------------------------------------------------------------------------------------


def test_each_country_has_the_first_source_that_reports_it_but_none_used_for_comparison(
    trial: duckdb.DuckDBPyConnection,
) -> None:
    trial.execute(f"DELETE FROM core.specification_sources WHERE indicator = '{COUNT}'")
    for collection, preference in (("X/zero", 1), ("X/silent", 2), ("X/by_sex", None)):
        source = {"indicator": COUNT, "collection": collection, "preference": preference}
        insert(trial, "core.specification_sources", source)
    reported = {"X/silent": "CRI PAN", "X/zero": "CRI", "X/by_sex": "CRI GTM", "X/fiscal": "CRI HND"}
    frames = [
        in_memory.values(name, DAY, [cell(country, 2018, 30) for country in countries.split()])
        for name, countries in reported.items()
    ]
    in_memory.fill(trial, pd.concat(frames), asks=["core.country_values"])
    preferred = values(trial, COUNT, "reporting_country, collection", "preferred")
    assert [row[1:] for row in preferred] == [("CRI", "X/zero"), ("HND", "X/fiscal"), ("PAN", "X/silent")]


def test_values_of_another_family_are_in_no_indicator(trial: duckdb.DuckDBPyConnection) -> None:
    """Convictions for smuggling are no convictions for trafficking, and have no rate of it."""
    rows = [*series("CRI", [30] * 3), *series("CRI", [30] * 3, measure="persons_convicted")]
    frame = in_memory.values("X/silent", DAY, rows).assign(family="smuggling")
    in_memory.fill(trial, frame, asks=["core.country_values"])
    assert trial.execute("SELECT indicator FROM core.country_values").fetchall() == []


def test_a_count_has_the_tables_of_its_own_dimensions_alone(trial: duckdb.DuckDBPyConnection) -> None:
    rows = [cell("CRI", 2018, 9), cell("CRI", 2018, 4, sex="F"), cell("CRI", 2018, 5, legal_basis="x")]
    _built(trial, "X/silent", rows, "core.country_values")
    found = values(trial, COUNT, "sex, value_low")
    assert [row[1:] for row in found] == [("F", 4), ("_T", 9)]


# ---- questions --------------------------------------------------------------------------------------------


def flags_of_observations(db: duckdb.DuckDBPyConnection) -> list[str | None]:
    found = db.execute("SELECT flag FROM core.observations ORDER BY period_start").fetchall()
    return [flag for (flag,) in found]


@pytest.mark.parametrize(
    ("asked_on", "number", "is_asked"), [(DAY, 1, True), (DAY, 0, False), (DAY - timedelta(days=1), 9, False)]
)
def test_a_question_is_of_the_values_received_until_then_itself_included(
    trial: duckdb.DuckDBPyConnection, asked_on: date, number: int, is_asked: bool
) -> None:
    question = {"collection": "X/silent", "received_on": asked_on, "number": number, "measure": "victims_detected",
                "reporting_country": "CRI", "frequency": "A", "period_start": JAN_2017}  # fmt: skip
    trial.execute("UPDATE registry.submissions SET received_on = ?", [DAY])
    insert(trial, "core.questioned", question)
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.observations")
    assert flags_of_observations(trial) == [None, "under_question" if is_asked else None, None]
    decide(trial, "real_change", JAN_2017, frequency="Q")  # another question's answer
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.observations")
    assert flags_of_observations(trial)[1] == ("under_question" if is_asked else None)
    decide(trial, "real_change", JAN_2017)
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.observations")
    assert flags_of_observations(trial) == [None] * 3


@pytest.mark.parametrize(
    ("received_from", "flagged_to", "flagged"),
    [
        (None, None, [2017, 2018]),
        (DAY, None, [2017, 2018]),
        (DAY + timedelta(days=1), None, []),
        (None, JAN_2017, [2017]),
    ],
)
def test_a_documented_change_flags_what_was_received_from_its_day_on(
    trial: duckdb.DuckDBPyConnection, received_from: date | None, flagged_to: date | None, flagged: list[int]
) -> None:
    change = {"collection": "X/silent", "reporting_country": "CRI", "measure": "victims_detected", "is_break": False,
              "changed_on": JAN_2017, "dimension": None, "flag": "provisional", "flagged_to": flagged_to,
              "received_from": received_from}  # fmt: skip
    trial.execute("UPDATE registry.submissions SET received_on = ?", [DAY])
    insert(trial, "core.passport_changes", change)
    _built(trial, "X/silent", series("CRI", [30] * 3), "core.observations")
    found = flags_of_observations(trial)
    assert found == ["provisional" if year in flagged else None for year in (2016, 2017, 2018)]


# ---- tables -----------------------------------------------------------------------------------------------


def share(db: duckdb.DuckDBPyConnection, basis: str, columns: str) -> tuple[Any, ...]:
    sql = f"SELECT {columns} FROM core.country_values WHERE indicator = '{SHARE}' AND denominator_basis = ?"
    [row] = db.execute(sql, [basis]).fetchall()
    return tuple(row)


def by_sex(*bounds: list[int | None], flag: str | None = None) -> list[Row]:
    return [cell("CRI", 2018, b, sex=s, flag=flag) for s, b in zip(("F", "M", "_U"), bounds, strict=False)]


def test_a_total_narrows_the_known_persons_of_a_share(trial: duckdb.DuckDBPyConnection) -> None:
    """Of 12 two are unknown: 10 are known, though 4 to 6 women and as many men may be 12."""
    rows = [cell("CRI", 2018, 12), *by_sex([4, 6], [4, 6], [2, 2])]
    _built(trial, "X/silent", rows, "core.country_values")
    assert share(trial, "known", "denominator_low, denominator_high") == (8, 10)


@pytest.mark.parametrize(("flag", "known"), [(None, (12, 12)), ("suspect_value", (8, 12))])
def test_a_total_in_doubt_narrows_nothing(
    trial: duckdb.DuckDBPyConnection, flag: str | None, known: tuple[int, int]
) -> None:
    """Of 14 two are unknown, so that 12 are known; if 14 is in doubt, 8 to 12."""
    rows = [cell("CRI", 2018, 14, flag=flag), *by_sex([4, 6], [4, 6], [2, 2])]
    _built(trial, "X/by_sex", rows, "core.country_values")
    assert share(trial, "known", "denominator_low, denominator_high") == known


def test_the_least_share_of_all_is_of_the_most_others(trial: duckdb.DuckDBPyConnection) -> None:
    """4 of 4 women and 6 men; the most women of 6 and 4 men."""
    _built(trial, "X/by_sex", by_sex([4, 6], [4, 6]), "core.country_values")
    columns = "denominator_at_low, denominator_at_high, value_low, value_high"
    assert share(trial, "all", columns) == (10, 10, 0.4, 0.6)


@pytest.mark.parametrize(
    ("unknown", "flag"), [([2, 2], None), ([3, 3], "incomplete"), ([0, None], "incomplete"), ([0, 0], None)]
)
def test_a_share_is_complete_with_four_fifths_known(
    trial: duckdb.DuckDBPyConnection, unknown: list[int | None], flag: str | None
) -> None:
    _built(trial, "X/by_sex", by_sex([4, 4], [4, 4], unknown), "core.country_values")
    assert share(trial, "known", "value_low, flag") == (0.5, flag)


@pytest.mark.parametrize(
    ("women", "men", "bounds"),
    [
        ([0, 4], [0, 0], (1, 1)),
        ([0, 0], [0, 4], (0, 0)),
        ([0, 4], [0, 4], (0, 1)),
        ([0, 0], [0, 0], (None, None)),
    ],
)
def test_a_share_of_nobody_else_is_one_and_of_nobody_zero(
    trial: duckdb.DuckDBPyConnection, women: list[int], men: list[int], bounds: tuple[float | None, ...]
) -> None:
    _built(trial, "X/by_sex", by_sex(women, men), "core.country_values")
    assert share(trial, "known", "value_low, value_high") == bounds


@pytest.mark.parametrize("flag", ["details_await_revision", "inconsistent"])
def test_a_share_of_a_table_that_is_not_of_its_total_is_withheld(
    trial: duckdb.DuckDBPyConnection, flag: str
) -> None:
    _built(trial, "X/by_sex", by_sex([4, 4], [4, 4], flag=flag), "core.country_values")
    assert share(trial, "known", "value_low, value_high, flag") == (None, None, flag)


def test_a_group_and_its_part_in_one_table_are_counted_once(trial: duckdb.DuckDBPyConnection) -> None:
    """Of five women for other forms two are for forced begging; of GTM's only those two are named."""

    def form(country: str, code: str, number: int) -> Row:
        return cell(country, 2018, number, exploitation=code, sex="F")

    rows = [form("CRI", "OTH", 5), form("CRI", "ForcedBegging", 2), form("GTM", "ForcedBegging", 2)]
    rows += [cell("CRI", 2018, 5, sex="F"), cell("GTM", 2018, 2, sex="F")]
    _built(trial, "X/two_tables", rows, "core.breakdowns", "core.totals")
    sql = "SELECT reporting_country, total_low FROM core.totals ORDER BY ALL"
    assert trial.execute(sql).fetchall() == [("CRI", 5), ("GTM", 2)]
    sql = "SELECT DISTINCT is_inconsistent, is_contradicted FROM core.breakdowns"
    assert trial.execute(sql).fetchall() == [(False, False)]


def test_a_finer_table_may_know_whom_a_wider_one_does_not(trial: duckdb.DuckDBPyConnection) -> None:
    """One is of unknown sex; of the children, three are: the sex of two is known in the wider table."""
    rows = [cell("CRI", 2018, 6), *by_sex([5, 5], [0, 0], [1, 1])]
    rows += [
        cell("CRI", 2018, 3, sex="_U", age_group="Y0T17"),
        cell("CRI", 2018, 3, sex="F", age_group="Y_GE18"),
    ]
    _built(trial, "X/silent", rows, "core.breakdowns")
    assert {r["is_inconsistent"] for r in _ask(trial, "SELECT * FROM core.breakdowns")} == {False}


def test_a_finer_table_of_more_months_is_no_contradiction(trial: duckdb.DuckDBPyConnection) -> None:
    """The table by sex came for three months, the one by sex and age for twelve; each month fits."""

    def months(last: int, **codes: str) -> list[Row]:
        days = [(date(2018, month, 1), date(2018, month, 28)) for month in range(1, last + 1)]
        return [
            cell("CRI", 2018, 4, frequency="M", period_start=first, period_end=end, **codes)
            for first, end in days
        ]

    rows = [*months(12), *months(3, sex="F"), *months(12, sex="F", age_group="Y0T17")]
    _built(trial, "X/silent", rows, "core.breakdowns")
    sql = "SELECT DISTINCT frequency, is_inconsistent, is_contradicted FROM core.breakdowns ORDER BY ALL"
    assert [row for row in trial.execute(sql).fetchall() if row[0] in "AM"] == [
        ("A", False, False), ("M", False, False),
    ]  # fmt: skip


def test_an_interval_and_its_lower_bound_are_not_one_number(trial: duckdb.DuckDBPyConnection) -> None:
    other = [cell(country, 2018, 10, measure="persons_convicted") for country in ("CRI", "GTM")]
    rows = [cell("CRI", 2018, [10, 12]), cell("GTM", 2018, 10), *other]
    _built(trial, "X/silent", rows, "core.totals")
    sql = "SELECT reporting_country, count(flag) FROM core.totals GROUP BY ALL ORDER BY ALL"
    assert trial.execute(sql).fetchall() == [("CRI", 0), ("GTM", 2)]


# ---- regions ----------------------------------------------------------------------------------------------


def regional(
    db: duckdb.DuckDBPyConnection, indicator: str, panel: str = "reporting", grouping: str = "SICA"
) -> Row:
    sql = f"SELECT * FROM baseline.indicator_values WHERE indicator = '{indicator}' AND panel = '{panel}'"
    [row] = _ask(
        db,
        f"{sql} AND reporting_country = '{grouping}' AND year(period_end) = 2018 AND (denominator_basis <> 'all' OR unit <> 'share')",
    )
    return row


FIVE = ("CRI", "GTM", "HND", "NIC", "PAN")


def of_five(**more: Any) -> list[Row]:
    return [cell(country, 2018, 10, **more) for country in FIVE]


def test_a_sum_has_those_who_were_members_on_the_first_day_of_its_year(
    trial: duckdb.DuckDBPyConnection,
) -> None:
    """CRI left the day before, HND on it; GTM entered the day after, NIC on it."""
    for country, column, day in (
        ("CRI", "valid_to", date(2017, 12, 31)), ("HND", "valid_to", JAN_2018),
        ("GTM", "valid_from", date(2018, 1, 2)), ("NIC", "valid_from", JAN_2018),
    ):  # fmt: skip
        sql = f"UPDATE reference.groupings SET {column} = ? WHERE grouping = 'SICA' AND member = ?"
        trial.execute(sql, [day, country])
    _built(trial, "X/silent", [*of_five(), cell("SLV", 2018, 10)])
    row = regional(trial, COUNT)
    assert (row["members"], row["members_total"], row["value_low"]) == ("HND NIC PAN SLV", 6, 40)


def test_a_member_in_doubt_or_of_which_all_waits_is_in_no_sum(trial: duckdb.DuckDBPyConnection) -> None:
    """Some rows of NIC wait, but 10 are known."""
    rows = [*of_five()[:3], cell("NIC", 2018, [10, 12], flag="rows_in_quarantine")]
    rows += [
        cell("PAN", 2018, 10, flag="suspect_value"),
        cell("SLV", 2018, [0, 9], flag="rows_in_quarantine"),
    ]
    _built(trial, "X/silent", rows)
    row = regional(trial, COUNT)
    assert (row["members"], row["value_low"], row["value_high"]) == ("CRI GTM HND NIC", 40, 42)
    assert row["flag"] == "rows_in_quarantine"


def test_a_regional_rate_needs_twenty_persons_and_counts_each_member_once(
    trial: duckdb.DuckDBPyConnection,
) -> None:
    """Rates over three years begin in the first of them, and are in no regional rate."""
    rows = [
        *of_five()[:2],
        *(cell(country, year, 7) for country in ("HND", "NIC", "PAN") for year in range(2018, 2021)),
    ]
    _built(trial, "X/silent", rows)
    row = regional(trial, RATE)
    assert (row["numerator_low"], row["members_reporting"], row["flag"]) == (41, 5, None)
    sql = "SELECT DISTINCT year(period_end) - year(period_start) FROM baseline.indicator_values WHERE panel <> '_Z'"
    assert trial.execute(sql).fetchall() == [(0,)]
    _built(trial, "X/silent", [cell(country, 2018, 4) for country in FIVE])
    row = regional(trial, RATE)
    assert (row["numerator_low"], row["flag"]) == (20, None)
    _built(trial, "X/silent", [cell(country, 2018, 4 - (country == "CRI")) for country in FIVE])
    row = regional(trial, RATE)
    assert (row["value_low"], row["flag"]) == (None, "small_numerator")


@pytest.mark.slow
def test_a_regional_share_is_complete_with_four_fifths_known(trial: duckdb.DuckDBPyConnection) -> None:
    def of_each(unknown: int) -> list[Row]:
        sexes = {"F": 4, "M": 4, "_U": unknown}
        return [cell(c, 2018, n, sex=s) for c in FIVE for s, n in sexes.items()]

    _built(trial, "X/by_sex", of_each(2))
    assert (regional(trial, SHARE)["known_share_low"], regional(trial, SHARE)["flag"]) == (0.8, None)
    _built(trial, "X/by_sex", of_each(3))
    assert regional(trial, SHARE)["flag"] == "incomplete"


@pytest.mark.slow
def test_the_largest_of_another_kind_is_not_the_one_left_out(trial: duckdb.DuckDBPyConnection) -> None:
    """PAN, by far the largest, counts cases: the panel without the largest lacks GTM, and PAN anyway."""
    document(trial, JAN_2016, reporting_country="PAN")
    sizes = {"CRI": 10, "GTM": 20, "HND": 10, "NIC": 10, "PAN": 100, "SLV": 10, "DOM": 10}
    _built(trial, "X/silent", [cell(country, 2018, n) for country, n in sizes.items()])
    row, without = regional(trial, COUNT), regional(trial, COUNT, "without_largest")
    assert (row["largest_member"], row["other_kind_left_out"], row["value_low"]) == ("GTM", "PAN", 70)
    assert (without["members"], without["value_low"]) == ("CRI DOM HND NIC SLV", 50)


def test_the_fixed_panel_is_the_largest_block_of_members_in_every_year_without_a_break(
    trial: duckdb.DuckDBPyConnection,
) -> None:
    """Four members of eight through seven years are 28. PAN lacks a year, the series of SLV breaks, DOM makes five
    members in five years (25), and CRI and GTM alone, in seventeen years (34), are less than half of the members."""
    decide(trial, "break", JAN_2017, reporting_country="SLV")
    rows = [row for c in ("HND", "NIC", "SLV") for row in series(c, [10] * 7, 2014)]
    rows += [row for c in ("CRI", "GTM") for row in series(c, [10] * 17, 2004)]
    rows += [cell("PAN", year, 10) for year in range(2014, 2021) if year != 2016] + series("DOM", [10] * 5)
    _built(trial, "X/silent", rows)
    sql = f"SELECT year(period_start), members, value_low FROM baseline.indicator_values WHERE indicator = '{COUNT}'"
    found = trial.execute(f"{sql} AND panel = 'fixed' AND reporting_country = 'SICA' ORDER BY ALL").fetchall()
    assert found == [(year, "CRI GTM HND NIC", 40) for year in range(2014, 2021)]
