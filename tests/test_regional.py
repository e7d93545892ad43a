"""Regional sums: who reported, without the largest, the fixed panel; against enumeration by other code."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import groupings
from tests import in_memory
from tests.conftest import release
from tests.in_memory import Rules
from tests.test_decisions import WHY, ask, decide
from tests.test_vintages import new_home, send

CRM = sorted(groupings.members("CRM", date(2015, 1, 1)))
YEARS = list(range(2010, 2019))
IN_TIME = date(2021, 1, 1)
WHY = WHY.replace("2024-05-01", "2019-01-01")
WHY_NOT = (
    "SELECT why_not, tested_from FROM analysis.trends WHERE panel = 'fixed' AND reporting_country = 'CRM' "
    "AND indicator = 'tip_victims_detected'"
)


def best_panel(reported: set[tuple[str, int]], members: list[str]) -> tuple[set[str], set[int]] | None:
    """The block of most members × years that ends in the last year half of them reported; STATISTICS section 5."""
    half = [y for y in YEARS if sum((m, y) in reported for m in members) * 2 >= len(members)]
    if not half:
        return None
    best, size = None, 0
    for first in YEARS:
        window = {y for y in YEARS if first <= y <= half[-1]}
        whole = {m for m in members if all((m, y) in reported for y in window)}
        if len(window) >= 5 and len(whole) * 2 >= len(members) and len(window) * len(whole) > size:
            best, size = (whole, window), len(window) * len(whole)
    return best


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with one collection and no value yet."""
    rules = {"X/c": Rules("not_reported", [])}
    yield from in_memory.database(in_memory.inputs(rules, ["tip_victims_detected"], IN_TIME))


@pytest.mark.slow
@in_memory.built_examples(8)
@given(st.data())
@pytest.mark.statistics("5", "fixed panel")
def test_the_fixed_panel_is_the_largest_block(empty: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    silent = data.draw(st.sets(st.tuples(st.sampled_from(CRM), st.sampled_from(YEARS)), max_size=25))
    reported = {(m, y) for m in CRM for y in YEARS} - silent
    told = {(m, y): 100 + y - 2000 + len(m) for m, y in sorted(reported)}
    rows = [{"country": m, "year": y, "value": [n, n]} for (m, y), n in told.items()]
    in_memory.fill(empty, in_memory.values("X/c", IN_TIME, rows))
    rows = empty.execute(
        "SELECT members, year(period_start), value_low FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND panel = 'fixed' AND reporting_country = 'CRM' ORDER BY 2"
    ).fetchall()
    expected = best_panel(reported, CRM)
    if expected is None:
        assert rows == []
        return
    members, window = expected
    assert [(set(m.split()), y, v) for m, y, v in rows] == [
        (members, y, len(members) * (100 + y - 2000 + 3)) for y in sorted(window)
    ]


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Six members in each of five years, and a break in the series of one."""
    home = new_home(tmp_path_factory.mktemp("sums"))
    values = {"USA": "300", "CAN": "60", "CRI": "40", "GTM": "30", "HND": "20", "PAN": "10"}
    send(home, date(2020, 1, 1), {(m, y): v for m, v in values.items() for y in range(2014, 2019)})
    decide(home, f'[[break]]\nreporting_country = "PAN"\nperiod = "2016"\n{WHY}')
    release(home)
    return duckdb.connect(home.current, read_only=True)


@pytest.mark.slow
@pytest.mark.statistics("5", "largest contributor")
def test_a_sum_stands_beside_the_same_without_the_largest(sums: duckdb.DuckDBPyConnection) -> None:
    rows = sums.execute(
        "SELECT panel, value_low, value_high, flag, members, largest_member, round(largest_share_low, 4) "
        "FROM baseline.indicator_values WHERE reporting_country = 'CRM' AND period_start = DATE '2018-01-01' "
        "AND indicator = 'tip_victims_detected' ORDER BY panel"
    ).fetchall()
    assert rows == [
        (
            "reporting",
            460,
            460,
            "dominated+unit_undocumented",
            "CAN CRI GTM HND PAN USA",
            "USA",
            round(300 / 460, 4),
        ),
        ("without_largest", 160, 160, "unit_undocumented", "CAN CRI GTM HND PAN", "CAN", round(60 / 160, 4)),
    ]


@pytest.mark.slow
@pytest.mark.statistics("5", "largest contributor")
def test_a_rate_leaves_out_the_member_that_its_count_leaves_out(tmp_path: Path) -> None:
    """El Salvador has most victims and Guatemala most people, as in 2009 to 2011."""
    home = new_home(tmp_path)
    values = {"SLV": "76", "GTM": "60", "HND": "40", "NIC": "30", "PAN": "20", "CRI": "10"}
    send(home, date(2020, 1, 1), {(m, y): v for m, v in values.items() for y in (2009, 2010, 2011)})
    release(home)
    panels = ask(
        home,
        "SELECT DISTINCT indicator, panel, largest_member, members FROM baseline.indicator_values "
        "WHERE reporting_country = 'SICA' AND panel IN ('reporting', 'without_largest') "
        "AND indicator IN ('tip_victims_detected', 'tip_victims_detected_rate') ORDER BY ALL",
    )
    assert panels == [
        (indicator, panel, largest, members)
        for indicator in ("tip_victims_detected", "tip_victims_detected_rate")
        for panel, largest, members in (
            ("reporting", "SLV", "CRI GTM HND NIC PAN SLV"),
            ("without_largest", "GTM", "CRI GTM HND NIC PAN"),
        )
    ]


@pytest.mark.slow
def test_a_member_whose_series_breaks_is_in_no_fixed_panel(sums: duckdb.DuckDBPyConnection) -> None:
    """Without Panama five of eleven are left, fewer than half: no panel; for SICA three of eight."""
    assert sums.execute(
        "SELECT count(*) FROM baseline.indicator_values WHERE panel = 'fixed'"
    ).fetchone() == (0,)


@pytest.mark.slow
def test_a_break_that_may_be_in_a_member_may_be_in_the_panel(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    values = dict.fromkeys(CRM[:7], "30")
    send(home, date(2020, 1, 1), {(m, y): v for m, v in values.items() for y in range(2013, 2019)})
    decide(home, f'[[suspected_break]]\nreporting_country = "{CRM[0]}"\nperiod = "2016"\n{WHY}')
    release(home, IN_TIME)
    assert ask(home, WHY_NOT) == [("recent_break", 2016)]  # to 2018


@pytest.mark.slow
@pytest.mark.parametrize("after", ["400", "4000"])
@pytest.mark.parametrize(("decided", "told"), [(False, ("too_few_years", 2014)), (True, (None, 2008))])
def test_a_panel_is_tested_after_an_undecided_jump_of_a_member(
    decided: bool, told: tuple[str | None, int], after: str, tmp_path: Path
) -> None:
    """One of seven from 100 to 400 makes a sum of 700 into 1,000: no jump of its own, and a clear rise. To
    4,000 the sum jumps too, and what was decided of the member is decided of the sum.
    """
    home = new_home(tmp_path)
    values = {
        (m, y): after if m == CRM[0] and y >= 2014 else "100" for m in CRM[:7] for y in range(2008, 2020)
    }
    send(home, date(2020, 1, 1), values)
    if decided:
        decide(home, f'[[real_change]]\nreporting_country = "{CRM[0]}"\nperiod = "2014"\n{WHY}')
    release(home, IN_TIME)
    assert ask(home, WHY_NOT) == [told]


BASES = """
    SELECT year(period_start), reporting_country, panel, period_basis, flag FROM baseline.indicator_values
    WHERE indicator = 'tip_victims_detected' AND reporting_country IN ('CRM', 'PAN', 'USA') ORDER BY ALL
"""


@pytest.mark.slow
@pytest.mark.statistics("2", "period basis")
def test_a_sum_of_years_of_several_bases_is_flagged(tmp_path: Path) -> None:
    """Six members of one provider tell calendar years; of another the USA, in 2018 only, years of its own."""
    home = new_home(tmp_path)
    six = ("BLZ", "CAN", "CRI", "GTM", "HND", "PAN")
    send(home, date(2020, 1, 1), {(m, y): "30" for m in six for y in (2017, 2018)})
    other = home.root / "raw" / "Y" / "c"
    other.mkdir(parents=True)
    card = (home.root / "raw" / "X" / "c" / "format.toml").read_text(encoding="utf-8")
    (other / "format.toml").write_text(f'{card}period_basis = "as_reported"\n', encoding="utf-8")
    send(home, date(2020, 1, 1), {("USA", 2018): "40"}, "Y/c")
    release(home)
    assert ask(home, BASES) == [
        (2017, "CRM", "reporting", "calendar", "unit_undocumented"),
        (2017, "CRM", "without_largest", "calendar", "unit_undocumented"),
        (2017, "PAN", "_Z", "calendar", None),
        (2018, "CRM", "reporting", "mixed", "mixed_periods+unit_undocumented"),
        (2018, "CRM", "without_largest", "calendar", "unit_undocumented"),
        (2018, "PAN", "_Z", "calendar", None),
        (2018, "USA", "_Z", "as_reported", None),
    ]


@pytest.mark.statistics("5", "fixed panel")
def test_only_a_fixed_panel_has_a_regional_trend(released: duckdb.DuckDBPyConnection) -> None:
    panels = released.execute(
        "SELECT DISTINCT panel FROM analysis.trends WHERE reporting_country IN ('CRM', 'SICA')"
    ).fetchall()
    assert panels == [("fixed",)]
    members = released.execute(
        "SELECT count(DISTINCT members), count(*), count(DISTINCT reporting_country || indicator) "
        "FROM baseline.indicator_values WHERE panel = 'fixed'"
    ).fetchone()
    assert members[0] <= members[2] < members[1]


@pytest.mark.statistics("5", "SICA")
def test_the_sums_add_up_to_the_countries_own_values(released: duckdb.DuckDBPyConnection) -> None:
    """Each sum of the shipped files, of counts and of numerators, against the members' preferred rows."""
    wrong = released.execute(
        """
        SELECT r.indicator, r.reporting_country, r.panel, r.period_start, r.exploitation, r.origin_class,
            r.denominator_basis, r.numerator_low, sum(n.numerator_low)
        FROM baseline.indicator_values AS r
        JOIN baseline.indicator_values AS n
            USING (indicator, measure, period_start, frequency, sex, age_group, exploitation, citizenship,
                origin_class, class_level, denominator_basis, pooled_years, preferred)
        WHERE r.panel <> '_Z' AND n.panel = '_Z' AND r.indicator NOT LIKE 'data_%'
          AND list_contains(string_split(r.members, ' '), n.reporting_country)
        GROUP BY ALL
        HAVING r.numerator_low <> sum(n.numerator_low)
        """
    ).fetchall()
    assert wrong == []
    assert (
        released.execute("SELECT count(*) FROM baseline.indicator_values WHERE panel <> '_Z'").fetchone()[0]
        > 100
    )


def test_a_panel_keeps_its_members(released: duckdb.DuckDBPyConnection) -> None:
    rows = released.execute(
        "SELECT indicator, reporting_country, period_start, members FROM baseline.indicator_values "
        "WHERE panel = 'fixed' ORDER BY ALL"
    ).fetchall()
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            assert one[3] == other[3]
            assert other[2].year == one[2].year + 1
