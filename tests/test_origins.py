"""Origins over the years and classes that suddenly are one origin: examples by hand, hidden truth, real files."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables import TABLES, table
from tests import in_memory
from tests.conftest import SHARED
from tests.test_bounds import _ask, _built, _empty_inputs, _indicator, _month, few
from warehouse.build.statistics.composition import compositions
from warehouse.home import Home
from warehouse.statements import model_build

Rows = list[dict[str, Any]]
SILENT, ZERO, WHOLE = "X/silent", "X/zero", "X/zero_whole"
"""Absent is not reported, with a total apart; absent is zero; absent is zero and the table is its own total."""


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from in_memory.database(_empty_inputs())


def _years(series: dict[str, dict[int, int]], flags: dict[int, str] | None = None) -> Rows:
    return [
        {"year": year, "citizenship": citizenship, "value": [n, n], "flag": (flags or {}).get(year)}
        for citizenship, told in series.items()
        for year, n in told.items()
    ]


def _totals(totals: dict[int, int]) -> Rows:
    return [{"year": year, "value": [n, n]} for year, n in totals.items()]


def _origins(db: duckdb.DuckDBPyConnection, collection: str, rows: Rows) -> dict[str, dict[str, Any]]:
    _built(db, collection, rows, "analysis.origins")
    return {o["citizenship"]: o for o in _ask(db, "SELECT * FROM analysis.origins")}


def _flagged(db: duckdb.DuckDBPyConnection, collection: str, rows: Rows, *asks: str) -> list[tuple[str, int]]:
    _built(db, collection, rows, "core.origin", *asks)
    found = _ask(
        db,
        "SELECT DISTINCT origin_class, year(period_start) AS year FROM core.origin "
        "WHERE frequency = 'A' AND flag LIKE '%single_origin%' ORDER BY ALL",
    )
    return [(r["origin_class"], r["year"]) for r in found]


SEVEN = range(2012, 2019)
COMING_AND_GOING = {
    "PAN": dict.fromkeys(SEVEN, 50),
    "NIC": {2018: 20},
    "COL": dict.fromkeys(range(2012, 2017), 30),
    "CHN": {2018: 5},
    "CUB": {2013: 12, 2016: 12},
    "VEN": dict.fromkeys(range(2012, 2017), 6),
}


def test_origins_enter_leave_continue_and_come_now_and_then(db: duckdb.DuckDBPyConnection) -> None:
    """Five persons are too few to enter, six too few to leave; all in a table that hides nobody."""
    found = _origins(db, WHOLE, _years(COMING_AND_GOING))
    assert {c: o["status"] for c, o in found.items()} == {
        "PAN": "continuing",
        "NIC": "entering",
        "COL": "leaving",
        "CHN": "occasional",
        "CUB": "occasional",
        "VEN": "occasional",
    }
    assert {c: o["rank"] for c, o in found.items() if o["rank"]} == {"PAN": 1, "NIC": 2, "CHN": 3}
    colombia = found["COL"]
    assert (colombia["first_named"], colombia["last_named"], colombia["years_named"]) == (2012, 2016, 5)
    assert (colombia["baseline_period"], colombia["baseline_low"], colombia["baseline_high"]) == (
        "2016-2018",
        0,  # median of 30, 0, 0
        0,
    )
    assert (colombia["named_last"], colombia["last_low"], colombia["last_high"]) == (False, 0, 0)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([20, 20, 20, 20, 20, 20, 70], "surging"),  # 50 more and over three times as many
        ([20, 20, 20, 20, 20, 20, 69], "continuing"),
        ([100, 100, 100, 100, 100, 100, 299], "continuing"),
        ([100, 100, 100, 100, 100, 100, 300], "surging"),
        ([0, 9, 0, 0, 0, 0, 60], "surging"),  # named before, now and then
        ([0, 0, 0, 0, 0, 0, 60], "entering"),  # never before
        ([20, 20, 20, 20, 20, 210, 70], "subsiding"),  # a third is left, though still far above 20
        ([20, 20, 20, 20, 20, 209, 70], "surging"),
        ([20, 20, 20, 20, 69, 20, 20], "continuing"),  # it never stood so high
        ([20, 20, 20, 20, 70, 20, 20], "subsiding"),
        ([20, 20, 20, 210, 20, 20, 20], "continuing"),  # that was four years ago
        ([20, 20, 20, 20, 20, 210, 0], "subsiding"),
    ],
)
def test_a_surge_is_of_an_origin_that_was_there_and_so_is_its_end(
    db: duckdb.DuckDBPyConnection, told: list[int], status: str
) -> None:
    """The baseline is the median of the first three of 2019–2025, since 2016–2018 is not there."""
    series = {
        "PAN": dict.fromkeys(range(2019, 2026), 50),
        "VEN": dict(zip(range(2019, 2026), told, strict=True)),
    }
    found = _origins(db, WHOLE, _years(series))["VEN"]
    assert (found["status"], found["peak_low"]) == (status, max(told[-3:-1]))


def test_what_a_table_hides_in_the_baseline_is_no_surge(db: duckdb.DuckDBPyConnection) -> None:
    """Of 100, a third is 33: 33 hidden could not have been that many, 34 could."""
    told = {"PAN": dict.fromkeys(SEVEN, 50), "VEN": {2012: 5, 2018: 100}}
    for hidden, status in ((33, "surging"), (34, "occasional")):
        listed = {y: sum(of.get(y, 0) for of in told.values()) + hidden * (y != 2018) for y in SEVEN}
        found = _origins(db, SILENT, _years(told) + _totals(listed))["VEN"]
        assert (found["status"], found["baseline_high"]) == (status, hidden)


@pytest.mark.parametrize(
    ("hidden", "entry", "exit_"),
    [(0, "entering", "leaving"), (9, "entering", "leaving"), (10, "possibly_entering", "possibly_leaving")],
)
def test_a_top_list_invents_no_entry_and_no_exit(
    db: duckdb.DuckDBPyConnection, hidden: int, entry: str, exit_: str
) -> None:
    """Of 20 entering and 30 leaving a tenth is 2 and 3, so the ten persons count: 9 may hide, not 10."""
    rows = _years(COMING_AND_GOING)
    listed = {y: sum(told.get(y, 0) for told in COMING_AND_GOING.values()) for y in SEVEN}
    found = _origins(db, SILENT, rows + _totals({y: n + hidden for y, n in listed.items()}))
    assert (found["NIC"]["status"], found["COL"]["status"]) == (entry, exit_)
    assert (found["COL"]["last_low"], found["COL"]["last_high"]) == (0, hidden)
    assert found["COL"]["baseline_high"] == hidden  # median of 30, and twice 0 to as many as are hidden
    assert found["NIC"]["last_high"] == 20


def test_the_hidden_may_be_a_tenth_of_an_origin_and_no_more(db: duckdb.DuckDBPyConnection) -> None:
    """Of 400, forty hidden are a tenth: 39 could not hold what entered or left, 40 may."""
    for unknown, status in ((39, ("entering", "leaving")), (40, ("possibly_entering", "possibly_leaving"))):
        series = {
            "PAN": dict.fromkeys(SEVEN, 50),
            "NIC": {2018: 400},
            "COL": dict.fromkeys(range(2012, 2017), 400),
            "_U": dict.fromkeys(SEVEN, unknown),
        }
        found = _origins(db, WHOLE, _years(series))
        assert (found["NIC"]["status"], found["COL"]["status"]) == status


def test_an_area_may_hide_its_countries(db: duckdb.DuckDBPyConnection) -> None:
    """Forty South Americans may be Colombians; of forty Africans that is not asked: doubt costs little."""
    for area in ("005", "002"):
        series = {"PAN": dict.fromkeys(SEVEN, 50), "NIC": {2018: 400}, area: dict.fromkeys(SEVEN, 40)}
        series["COL"] = dict.fromkeys(range(2012, 2017), 400)
        found = _origins(db, WHOLE, _years(series))
        assert (found["NIC"]["status"], found["COL"]["status"]) == ("possibly_entering", "possibly_leaving")


def test_without_a_total_nothing_is_said_for_sure(db: duckdb.DuckDBPyConnection) -> None:
    found = _origins(db, SILENT, _years(COMING_AND_GOING))
    assert (found["NIC"]["status"], found["COL"]["status"]) == ("possibly_entering", "possibly_leaving")
    assert (found["COL"]["last_low"], found["COL"]["last_high"]) == (0, None)
    assert found["COL"]["baseline_high"] is None


def test_partial_years_tell_of_presence_and_not_of_absence(db: duckdb.DuckDBPyConnection) -> None:
    partial = {2013: "partial", 2019: "partial", 2020: "partial"}
    series = {
        "PAN": dict.fromkeys(range(2010, 2021), 50),
        "NIC": {2013: 1, 2018: 20},  # named once in a partial year: no first time
        "COL": dict.fromkeys(range(2010, 2019), 30),  # not named in two partial years: not gone
        "CUB": dict.fromkeys([*range(2010, 2017), 2019], 30),  # absent in two whole years, named since
    }
    found = _origins(db, WHOLE, _years(series, partial))
    assert {c: found[c]["status"] for c in ("NIC", "COL", "CUB")} == {
        "NIC": "occasional",
        "COL": "continuing",
        "CUB": "continuing",
    }
    assert found["COL"]["last_year"] == 2018
    assert (found["COL"]["years_reported"], found["COL"]["whole_years"]) == (11, 8)


def test_now_and_then_is_neither_there_nor_gone(db: duckdb.DuckDBPyConnection) -> None:
    """Three of the seven years 2010–2016 are less than half; four are more."""
    series = {"PAN": dict.fromkeys(range(2010, 2019), 50)}
    for years, there, gone in (
        ((2010, 2012, 2014), "occasional", "occasional"),
        ((2010, 2012, 2014, 2016), "continuing", "leaving"),
    ):
        told = dict.fromkeys(years, 30)
        found = _origins(db, WHOLE, _years(series | {"COL": told, "CUB": told | {2018: 30}}))
        assert (found["CUB"]["status"], found["COL"]["status"]) == (there, gone)


def test_few_years_have_no_status(db: duckdb.DuckDBPyConnection) -> None:
    series = {"PAN": dict.fromkeys(range(2015, 2019), 50), "NIC": {2018: 20}}
    found = _origins(db, WHOLE, _years(series))
    assert {o["status"] for o in found.values()} == {"too_few_years"}


def test_equal_numbers_share_a_rank_and_what_is_no_country_has_none(db: duckdb.DuckDBPyConnection) -> None:
    told = {"PAN": 50, "NIC": 50, "COL": 20, "_U": 500, "STLS": 60, "002": 70}
    found = _origins(db, WHOLE, _years({c: dict.fromkeys(SEVEN, n) for c, n in told.items()}))
    assert {c: o["rank"] for c, o in found.items()} == {
        "PAN": 1,
        "NIC": 1,
        "COL": 3,
        "_U": None,
        "STLS": None,
        "002": None,
    }
    assert [found[c]["status"] for c in ("_U", "STLS", "002")] == [None, None, None]


@pytest.mark.statistics("1", "out of rankings")
def test_an_unconfirmed_origin_has_no_rank(db: duckdb.DuckDBPyConnection) -> None:
    """Half of the last whole year, and absent from the partial ones after it."""
    series = {"PAN": dict.fromkeys(range(2010, 2019), 50), "NIC": {2016: 50}}
    found = _origins(db, WHOLE, _years(series, {2017: "partial", 2018: "partial"}))
    assert (found["NIC"]["last_year"], found["NIC"]["last_low"], found["NIC"]["rank"]) == (2016, 50, None)
    assert found["NIC"]["flag"] == "unconfirmed_origin"
    assert (found["PAN"]["rank"], found["PAN"]["flag"]) == (1, None)


@pytest.mark.parametrize(("citizenship", "asked"), [("NIC", [("NIC", 2015)]), ("002", [])])
def test_a_sudden_origin_is_asked_for_in_wider_tables_too_and_an_area_is_none(
    db: duckdb.DuckDBPyConnection, citizenship: str, asked: list
) -> None:
    series = {"PAN": dict.fromkeys(range(2012, 2019), 50), citizenship: {2015: 50}}
    rows = [r | {"sex": "F"} for r in _years(series)]
    _built(db, "X/origin_and_sex", rows, "core.unconfirmed")
    found = _ask(db, "SELECT citizenship, year(period_start) AS year FROM core.unconfirmed")
    assert [(r["citizenship"], r["year"]) for r in found] == asked


def test_an_own_baseline_says_so(db: duckdb.DuckDBPyConnection) -> None:
    series = {"PAN": {2007: 10, 2008: 20, 2009: 60, 2010: 90, 2018: 90}}
    found = _origins(db, WHOLE, _years(series))["PAN"]
    assert (found["baseline_period"], found["baseline_low"], found["baseline_high"]) == (
        "own:2007-2009",
        20,
        20,
    )


@st.composite
def lives(draw: st.DrawFn) -> list[int]:
    """True persons of one origin in seven years: there at the end, at the beginning, or now and then."""
    pattern = draw(st.sampled_from([(0, 0, 0, 0, 0, 1, 1), (1, 1, 1, 1, 1, 0, 0), None]))
    size = draw(st.sampled_from([8, 12, 60, 400]))
    told = pattern or draw(st.lists(st.integers(0, 1), min_size=7, max_size=7))
    return [n * (size + draw(st.integers(0, 3))) for n in told]


@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from([SILENT, ZERO, WHOLE]))
def test_what_enters_was_not_there_and_what_leaves_is_not(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    """True lives, part of which a table hides among the unknown or leaves out, whatever it names."""
    truth = {"PAN": [90] * 7, "COL": data.draw(lives()), "CHN": data.draw(lives())}
    named: dict[str, dict[int, int]] = {c: {} for c in (*truth, "_U")}
    totals = {}
    for n, year in enumerate(SEVEN):
        for c, true in truth.items():
            hides = c != "PAN" and data.draw(st.sampled_from([0, 0, 0, 0, 5, 45, 1000]))
            shown = max(0, true[n] - hides)
            named[c] |= {year: shown} if shown else {}
            if collection != SILENT:
                named["_U"][year] = named["_U"].get(year, 0) + true[n] - shown
        totals[year] = sum(true[n] for true in truth.values())
    found = _origins(db, collection, _years(named) + (_totals(totals) if collection != WHOLE else []))
    for c, o in found.items():
        if c not in truth:
            continue
        if o["status"] == "entering":
            assert max(truth[c][:5]) < max(10, truth[c][6] / 10), (c, truth, named)
            assert truth[c][6] >= 10
        if o["status"] == "leaving":
            usual = median([n for n in truth[c][:5] if n])
            assert max(truth[c][5:]) < max(10, usual / 10), (c, truth, named)
        if collection == SILENT and "_U" not in found:
            assert o["last_low"] <= truth[c][6]
            if not o["named_last"]:
                assert truth[c][6] <= o["last_high"]


@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from([SILENT, WHOLE]))
def test_tables_of_origin_agree_with_the_profile(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    """The same table is read by class and by citizenship: sums and what is left out are the same."""
    rows: Rows = []
    for year in (2016, 2017):
        for c in data.draw(st.lists(st.sampled_from(["CRI", "PAN", "COL", "_U"]), min_size=1, unique=True)):
            low = data.draw(st.integers(0, 9))
            rows.append({"year": year, "citizenship": c, "value": [low, low + data.draw(st.integers(0, 4))]})
        if collection == SILENT and data.draw(st.booleans()):
            low = data.draw(st.integers(1, 40))
            rows.append({"year": year, "value": [low, data.draw(st.none() | st.integers(low, low + 3))]})
    _built(db, collection, rows, "core.origin", "core.origin_tables")
    compared = _ask(
        db,
        """
        SELECT t.*, p.* FROM core.origin_tables AS t JOIN (
            SELECT period_start, coalesce(any_value(flag), '') LIKE '%inconsistent%' AS inconsistent,
                coalesce(max(persons_low) FILTER (origin_class = 'not_detailed'), 0) AS rest_low,
                max(persons_high) FILTER (origin_class = 'not_detailed') AS rest_high,
                bool_or(origin_class = 'not_detailed') AS has_rest,
                any_value(total_low) AS profile_low, any_value(total_high) AS profile_high
            FROM core.origin GROUP BY ALL
        ) AS p USING (period_start)
        """,
    )
    assert len(compared) == 2
    for r in compared:
        assert (r["total_low"], r["total_high"]) == (r["profile_low"], r["profile_high"])
        assert r["is_whole"] == (not r["inconsistent"])
        if not r["inconsistent"]:
            assert (r["left_out_low"], r["left_out_high"]) == (
                r["rest_low"],
                r["rest_high"] if r["has_rest"] else 0,
            )


# ── Classes that suddenly are one origin ─────────────────────────────────────────────────────────

SUDDEN = {
    "COL": dict.fromkeys(range(2013, 2019), 1000),
    "CHN": dict.fromkeys(range(2013, 2019), 500),
    "IND": dict.fromkeys(range(2013, 2019), 400),
    "PAN": {2014: 5, 2015: 300, 2016: 150, 2017: 14},
    "NIC": {2014: 4, 2017: 2},
}


def test_a_class_that_suddenly_is_one_origin_is_flagged(db: duckdb.DuckDBPyConnection) -> None:
    """A tenth of the lesser year is 15: five before and fourteen after are tiny. Own class and CHN are usual."""
    found = _flagged(db, WHOLE, _years(SUDDEN), "baseline.indicator_values")
    assert found == [("intra_regional", 2015), ("intra_regional", 2016)]
    shares = {
        (v["origin_class"], v["period_start"].year): v["flag"] for v in _indicator(db, "tip_origin_share_all")
    }
    assert {k for k, flag in shares.items() if flag} == {("intra_regional", 2015), ("intra_regional", 2016)}
    assert {v["flag"] for v in _indicator(db, "data_origin_completeness")} == {None}


@pytest.mark.parametrize(
    ("why", "changes", "flagged"),
    [
        ("it is not tiny after", {"PAN": SUDDEN["PAN"] | {2017: 15}}, []),
        ("it is not tiny before", {"PAN": SUDDEN["PAN"] | {2014: 15}}, []),
        ("others are over a twentieth of one year", {"NIC": {2014: 4, 2015: 16, 2017: 2}}, []),
        ("others are just a twentieth", {"NIC": {2014: 4, 2016: 7, 2017: 2}}, [2015, 2016]),
        ("fewer than a hundred", {"PAN": {2014: 5, 2015: 99, 2017: 2}, "NIC": {}}, []),
        ("one year of a hundred", {"PAN": {2014: 5, 2015: 100, 2017: 2}, "NIC": {}}, [2015]),
        ("own nationals are one citizenship", {"PAN": {}, "CRI": {2015: 300, 2016: 150}}, []),
    ],
)
def test_what_makes_a_single_origin(
    db: duckdb.DuckDBPyConnection, why: str, changes: dict[str, dict[int, int]], flagged: list[int]
) -> None:
    found = _flagged(db, WHOLE, _years(SUDDEN | changes))
    assert found == [("intra_regional", y) for y in flagged], why


@pytest.mark.parametrize(("africans", "flagged"), [(9, [2015, 2016]), (10, [])])
def test_an_area_beside_may_hide_the_single_origin(
    db: duckdb.DuckDBPyConnection, africans: int, flagged: list[int]
) -> None:
    """Five Ghanaians and ten more Africans of 2014 may be fifteen Ghanaians, a tenth of 150."""
    ghana = {"COL": SUDDEN["COL"], "GHA": SUDDEN["PAN"], "IND": {2014: 4, 2017: 2}, "002": {2014: africans}}
    assert _flagged(db, WHOLE, _years(ghana)) == [("extra_continental", y) for y in flagged]


def test_a_single_origin_needs_a_year_on_either_side(db: duckdb.DuckDBPyConnection) -> None:
    last = {c: {y: n for y, n in told.items() if y <= 2016} for c, told in SUDDEN.items()}
    assert _flagged(db, WHOLE, _years(last)) == []
    first = {c: {y: n for y, n in told.items() if y >= 2015} for c, told in SUDDEN.items()}
    assert _flagged(db, WHOLE, _years(first)) == []


@pytest.mark.slow
def test_whom_a_table_leaves_out_may_be_of_the_class(db: duckdb.DuckDBPyConnection) -> None:
    """Where the total is apart, a lone citizenship of a class may only be the one that was listed."""
    listed = {y: sum(told.get(y, 0) for told in SUDDEN.values()) for y in range(2013, 2019)}
    assert _flagged(db, SILENT, _years(SUDDEN) + _totals(listed)) == [
        ("intra_regional", 2015),
        ("intra_regional", 2016),
    ]
    for hiding in ((2015, 2016), (2014,), (2017,)):
        totals = {y: n + 20 * (y in hiding) for y, n in listed.items()}
        assert _flagged(db, SILENT, _years(SUDDEN) + _totals(totals)) == []
    assert _flagged(db, SILENT, _years(SUDDEN)) == []


@pytest.mark.parametrize(("persons", "flagged"), [(3, [2015, 2016]), (4, [])])
def test_of_a_partial_year_its_part_is_asked(
    db: duckdb.DuckDBPyConnection, persons: int, flagged: list[int]
) -> None:
    """Three months of 2017: a tenth of 150 is 15 a year, 3.75 a quarter of it."""
    years = _years({c: {y: n for y, n in told.items() if y < 2017} for c, told in SUDDEN.items()})
    months = [
        _month(date(2017, 1, 1), m) | {"citizenship": c, "value": [n, n]}
        for m, told in {1: {"PAN": persons, "COL": 90}, 2: {"COL": 90}, 3: {"COL": 90}}.items()
        for c, n in told.items()
    ]
    assert _flagged(db, WHOLE, years + months) == [("intra_regional", y) for y in flagged]


# ── From a table of origin to a verdict ──────────────────────────────────────────────────────────


def _built_mix(
    db: duckdb.DuckDBPyConnection, collection: str, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    _built(db, collection, rows, "core.composition_points")
    for model in ("core.composition_points", "analysis.origin_mix"):
        db.execute(f"DELETE FROM {model}")
        model_build.run_model(db, model, date(2020, 1, 1))
    return _ask(db, "SELECT * FROM analysis.origin_mix")


NATIONAL = {
    "CRI": {y: 500 if y < 2016 else 200 for y in range(2013, 2019)},
    "PAN": {y: 150 if y < 2016 else 300 for y in range(2013, 2019)},
    "NIC": {y: 150 if y < 2016 else 300 for y in range(2013, 2019)},
    "CHN": dict.fromkeys(range(2013, 2019), 100),
    "IND": dict.fromkeys(range(2013, 2019), 100),
}


def test_a_built_table_is_tested(db: duckdb.DuckDBPyConnection) -> None:
    """2013–2015 against 2016–2018, where the latter are the common baseline: nothing lies after them."""
    (row,) = _built_mix(db, WHOLE, _years(NATIONAL))
    assert (row["baseline_period"], row["last_period"], row["why_not"]) == (
        "2016-2018",
        None,
        "too_few_years",
    )
    later = {c: {y + 3: n for y, n in told.items()} for c, told in NATIONAL.items()}
    (row,) = _built_mix(db, WHOLE, _years(later))
    assert (row["verdict"], row["largest_class"]) == ("changed", "own_national")
    assert (row["points_low"], row["points_high"]) == (-30, -30)


def test_a_top_list_changes_by_no_more_than_it_hides(db: duckdb.DuckDBPyConnection) -> None:
    """The later lists name 900 of 1,000 and no Indians: those may be the hundred left out."""
    later = {c: {y + 3: n for y, n in told.items()} for c, told in NATIONAL.items()}
    flat = {c: dict.fromkeys(range(2016, 2022), later[c][2016]) for c in later}
    flat["IND"] = dict.fromkeys(range(2016, 2019), 100)
    totals = [{"year": y, "value": [1000, 1000]} for y in range(2016, 2022)]
    (row,) = _built_mix(db, SILENT, _years(flat) + totals)
    assert (row["known_low"], row["verdict"]) == (0.9, "no_clear_change")
    assert row["points_low"] <= 0 <= row["points_high"]


def test_an_unconfirmed_origin_stops_the_test(db: duckdb.DuckDBPyConnection) -> None:
    later = {c: {y + 3: n for y, n in told.items()} for c, told in NATIONAL.items()} | {"BWA": {2018: 200}}
    (row,) = _built_mix(db, WHOLE, _years(later))
    assert (row["verdict"], row["why_not"]) == ("not_comparable", "unconfirmed_origin")


# ── Real files ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.statistics("9", "all Dominican")
def test_the_only_single_origin_of_the_shipped_submissions(released_home: Path) -> None:
    with duckdb.connect(Home(released_home).internal, read_only=True) as internal:
        found = internal.execute(
            "SELECT collection, citizenship, origin_class, year(period_start) FROM core.single_origin ORDER BY ALL"
        ).fetchall()
        rows = internal.execute(
            "SELECT frequency, count(*) FROM core.origin WHERE flag LIKE '%single_origin%' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    darien = ("PAN-SNM/darien_nationality", "DOM", "intra_regional")
    assert found == [(*darien, year) for year in (2021, 2022, 2023, 2024)]
    assert rows == [("A", 4), ("M", 48), ("Q", 16)]  # said of the years' quarters and months too


@pytest.mark.statistics("9", "all Dominican")
@pytest.mark.shared
def test_the_publisher_names_no_other_member_in_those_years(released_home: Path) -> None:
    """The publisher's rows by pandas: 194, 2,465, 686 and 353, all Dominican; 8 and 11 before, none after."""
    rows = pd.read_csv(SHARED / "data" / "pan_darien_nationality_2025-06.csv", keep_default_na=False)
    members = ["BLZ", "CAN", "CRI", "DOM", "SLV", "USA", "GTM", "HND", "MEX", "NIC"]
    rows = rows[rows["nat"].isin(members)].assign(year=rows["t"].str[:4].astype(int))
    by_year = rows.pivot_table(index="year", columns="nat", values="n", aggfunc="sum", fill_value=0)
    assert by_year["DOM"].loc[[2019, 2020, 2021, 2022, 2023, 2024, 2025]].tolist() == [
        8,
        11,
        194,
        2465,
        686,
        353,
        0,
    ]
    others = by_year.drop(columns="DOM").sum(axis=1)
    assert others.loc[2021:2024].tolist() == [0, 0, 0, 0]
    assert (others.loc[[2019, 2020, 2025]] > 0).all()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("collection", "file", "columns", "last"),
    [
        ("PAN-SNM/darien_nationality", "pan_darien_nationality_2025-06.csv", ("t", "nat", "n"), 2024),
        ("MEX-UPMRIP/nationality", "mex_upmrip_nationality_2025-06-19.csv", ("t", "nat", "n"), 2024),
    ],
)
def test_origins_are_those_of_the_publishers_file(
    released: duckdb.DuckDBPyConnection, collection: str, file: str, columns: tuple[str, str, str], last: int
) -> None:
    """First and last year, persons and rank of the last whole year, by pandas from the publisher's rows."""
    time, nationality, persons = columns
    rows = pd.read_csv(SHARED / "data" / file, keep_default_na=False)
    rows = rows[rows[persons] > 0].replace({nationality: {"TIB": "CHN", "OOO": "_U", "STL": "STLS"}})
    rows = rows.assign(year=rows[time].str[:4].astype(int))
    sums = rows.groupby([nationality, "year"])[persons].sum()
    expected = pd.DataFrame(
        {
            "first": rows.groupby(nationality)["year"].min(),
            "last": rows.groupby(nationality)["year"].max(),
            "persons": sums.xs(last, level="year"),
        }
    )
    ranked = expected["persons"].drop(["_U", "STLS"], errors="ignore")
    expected = expected.fillna({"persons": 0}).assign(rank=ranked.rank(method="min", ascending=False))
    found = (
        released.execute(
            "SELECT citizenship, first_named, last_named, last_low, rank FROM analysis.origins "
            "WHERE collection = $c",
            {"c": collection},
        )
        .df()
        .set_index("citizenship")
        .astype(float)
    )
    found.columns = expected.columns
    pd.testing.assert_frame_equal(
        found.sort_index(), expected.astype(float).sort_index(), check_names=False, check_dtype=False
    )


def test_no_share_of_known_origin_is_released(released: duckdb.DuckDBPyConnection) -> None:
    """Shares by class are over all, whoever is unknown included (Statistics §1)."""
    found = released.execute(
        "SELECT DISTINCT denominator_basis FROM baseline.indicator_values WHERE origin_class <> '_T' AND unit = 'share'"
    )
    assert found.fetchall() == [("all",)]


@pytest.mark.statistics("2", "no ranking")
def test_the_only_rank_is_of_origins_within_a_country(released: duckdb.DuckDBPyConnection) -> None:
    ranks = [(t.full_name, c.name) for t in TABLES for c in t.columns if "rank" in c.name]
    assert sorted(ranks) == [("analysis.origins", "rank"), ("analysis.statements", "rank")]
    of_statements = table(
        "analysis.statements"
    ).key  # the order in which the judgements of one figure are read
    assert {"reporting_country", "year", "rank"} <= set(of_statements)
    firsts = released.execute(
        "SELECT min(rank), count(DISTINCT citizenship) FROM analysis.origins WHERE rank IS NOT NULL "
        "GROUP BY collection, measure, whose, origin_basis, reporting_country"
    ).fetchall()
    assert {first for first, _ in firsts} == {1}


def test_hardly_a_shipped_series_may_be_tested(released_home: Path) -> None:
    """Seen in mid-2023, so that age is no reason yet. Guatemala's series changed in 2020, as documented; of its 228
    victims of 2022 UNODC names none by citizenship but in cells "<5", which may be none; the United States' 2017 and 2018 hold Botswana and Hong Kong.
    The Dominican Republic counts victims since 2021, and potential victims before that: a documented break.
    """
    with duckdb.connect(Home(released_home).internal, read_only=True) as internal:
        points = internal.execute("SELECT * FROM core.composition_points").df()
    series = [c for c in table("analysis.origin_mix").column_names if c in points]
    found = compositions(points, as_of=date(2023, 6, 30), series=series)
    of_unodc = (found["measure"] == "victims_detected") & (found["collection"] == "UNODC/glotip")
    victims = found[of_unodc].set_index("reporting_country")
    assert found.loc[found["why_not"].isna(), "reporting_country"].tolist() == []
    assert victims["why_not"]["DOM"] == "break"
    assert set(found.loc[found["family"] == "irregular_mobility", "why_not"]) == {"not_persons"}
    assert victims["why_not"].loc[["CRI", "GTM", "PAN"]].tolist() == [
        "origin_unknown",
        "break",
        "too_few_years",
    ]
    assert victims["known_low"]["GTM"] == 0
    assert victims["why_not"]["USA"] == "unconfirmed_origin"


def test_a_zero_that_was_sent_names_nobody(db: duckdb.DuckDBPyConnection) -> None:
    """Botswana: sent as zero until 2022, then 40 and 50."""
    late = dict.fromkeys(range(2014, 2023), 0) | {2023: 40, 2024: 50}
    rows = _years({"NIC": dict.fromkeys(late, 100), "BWA": late})
    found = _origins(db, WHOLE, rows)["BWA"]
    assert [found[c] for c in ("first_named", "years_named", "last_low", "status")] == [
        2023,
        2,
        50,
        "entering",
    ]
