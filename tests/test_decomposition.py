"""A regional change taken apart: an example by hand, and every completion against its bounds."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import in_memory
from tests.in_memory import AS_OF
from tests.test_bounds import COLLECTION_RULES, DAY, _ask, _built, few
from warehouse.statements import model_build

CRM = ["BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC"]
"""Eight of the eleven: half of the members are needed for a sum."""
INDICATORS = ["tip_victims_detected", "tip_victims_detected_origin"]
Told = dict[tuple[str, int], tuple[int, int | None]]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from in_memory.database(in_memory.inputs(COLLECTION_RULES, INDICATORS, DAY))


def _decomposed(db: duckdb.DuckDBPyConnection) -> None:
    for model in ("core.change_by_class", "analysis.decomposition"):
        db.execute(f"DELETE FROM {model}")
        model_build.run_model(db, model, AS_OF)


def _parts(db: duckdb.DuckDBPyConnection, told: Told, panel: str = "reporting") -> list[dict[str, Any]]:
    """The parts of CRM's changes of victims."""
    _built(db, "X/silent", [{"country": c, "year": y, "value": list(v)} for (c, y), v in told.items()])
    _decomposed(db)
    return _ask(
        db,
        "SELECT * FROM analysis.decomposition WHERE indicator = 'tip_victims_detected' "
        f"AND reporting_country = 'CRM' AND panel = '{panel}' ORDER BY from_year, to_year, member",
    )


@pytest.mark.statistics("7", "decomposition")
def test_who_stays_enters_and_leaves_adds_up_to_the_change(db: duckdb.DuckDBPyConnection) -> None:
    """2015: eight of 10 each; 2016: BLZ is gone, SLV is new with 7, CAN is 0 to 4, CRI 25: 67 to 71 for 80."""
    told: Told = {(c, 2015): (10, 10) for c in CRM} | {(c, 2016): (10, 10) for c in CRM[3:]}
    told |= {("CAN", 2016): (0, 4), ("CRI", 2016): (25, 25), ("SLV", 2016): (7, 7)}
    rows = _parts(db, told)
    found = {r["member"]: (r["part"], r["part_low"], r["part_high"]) for r in rows}
    assert found == dict.fromkeys(CRM[3:], ("stayed", 0, 0)) | {
        "BLZ": ("left", -10, -10),
        "CAN": ("stayed", -10, -6),
        "CRI": ("stayed", 15, 15),
        "SLV": ("entered", 7, 7),
    }
    assert {(r["from_year"], r["to_year"], r["change_low"], r["change_high"]) for r in rows} == {
        (2015, 2016, 2, 6)
    }
    by_member = {r["member"]: r for r in rows}
    assert (by_member["BLZ"]["from_low"], by_member["BLZ"]["to_low"]) == (10, None)
    assert (by_member["SLV"]["from_low"], by_member["SLV"]["to_high"]) == (None, 7)


def test_a_fixed_panel_is_compared_from_its_first_year_to_its_last_too(db: duckdb.DuckDBPyConnection) -> None:
    """Five years, each member one more a year; one that entered late is in no fixed panel."""
    told: Told = {(c, y): (y - 2000, y - 2000) for c in CRM for y in range(2014, 2019)}
    told[("SLV", 2018)] = (50, 50)
    rows = _parts(db, told, "fixed")
    assert {(r["from_year"], r["to_year"]) for r in rows} == {
        *((y, y + 1) for y in range(2014, 2018)),
        (2014, 2018),
    }
    whole = [r for r in rows if (r["from_year"], r["to_year"]) == (2014, 2018)]
    assert [(r["member"], r["part"], r["part_low"]) for r in whole] == [(c, "stayed", 4) for c in CRM]
    assert {r["change_low"] for r in whole} == {4 * len(CRM)}


@pytest.mark.slow
def test_where_a_year_has_no_sum_nothing_is_taken_apart(db: duckdb.DuckDBPyConnection) -> None:
    """Four of eleven are too few."""
    told: Told = {(c, 2015): (10, 10) for c in CRM} | {(c, 2016): (10, 10) for c in CRM[:4]}
    assert _parts(db, told) == []
    assert _parts(db, {(c, y): (10, 10) for c in CRM for y in (2015, 2017)}) == []


values = st.one_of(
    st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted).map(tuple),
    st.tuples(st.integers(0, 4), st.none()),
)


@pytest.mark.slow
@few
@given(
    moving=st.fixed_dictionaries({(c, y): st.none() | values for c in ("CAN", "CRI") for y in (2015, 2016)})
)
def test_every_completion_keeps_to_the_bounds_and_some_reach_them(
    db: duckdb.DuckDBPyConnection, moving: dict[tuple[str, int], tuple[int, int | None] | None]
) -> None:
    """Two members move, appear or vanish beside six that stay; an unbounded one is tried up to nine."""
    told: Told = {(c, y): (10, 10) for c in CRM if c not in ("CAN", "CRI") for y in (2015, 2016)}
    told |= {key: value for key, value in moving.items() if value is not None}
    rows = _parts(db, told)
    within = {key: range(low, (9 if high is None else high) + 1) for key, (low, high) in told.items()}
    for member in {c for c, _ in told}:
        [row] = [r for r in rows if r["member"] == member]
        years = [within.get((member, y), range(1)) for y in (2015, 2016)]
        changes = [after - before for before, after in product(*years)]
        is_open = [told.get((member, y), (0, 0))[1] is None for y in (2015, 2016)]
        assert row["part_low"] == (None if is_open[0] else min(changes))
        assert row["part_high"] == (None if is_open[1] else max(changes))
    for bound in ("low", "high"):
        parts = [r[f"part_{bound}"] for r in rows]
        assert {r[f"change_{bound}"] for r in rows} == {None if None in parts else sum(parts)}


CELLS = ("CRI", "NIC", "COL", "CHN", "_U")
OF = {
    "CRI": "own_national",
    "NIC": "intra_regional",
    "COL": "extra_regional_americas",
    "CHN": "extra_continental",
}


def _by_class(db: duckdb.DuckDBPyConnection, told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The classes of CRM's change of victims by origin."""
    _built(db, "X/silent", told)
    _decomposed(db)
    rows = _ask(
        db,
        "SELECT * FROM analysis.decomposition WHERE indicator = 'tip_victims_detected_origin' "
        "AND reporting_country = 'CRM' AND member = '_T'",
    )
    return {r["origin_class"]: r for r in rows if r["class_level"] == "part"}


def _table(country: str, year: int, total: int, **cells: tuple[int, int]) -> list[dict[str, Any]]:
    rows = [{"citizenship": c, "value": list(v)} for c, v in cells.items()] + [{"value": [total, total]}]
    return [r | {"country": country, "year": year} for r in rows]


@pytest.mark.slow
@pytest.mark.statistics("7", "decomposition")
@few
@given(
    cells=st.fixed_dictionaries(
        {(c, y): st.tuples(st.integers(0, 2), st.integers(0, 1)) for c in CELLS for y in (2015, 2016)}
    ),
    left_out=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_by_class_every_completion_lies_within_the_bounds_and_they_hold_the_change(
    db: duckdb.DuckDBPyConnection,
    cells: dict[tuple[str, int], tuple[int, int]],
    left_out: tuple[int, int],
) -> None:
    """Costa Rica's tables are drawn, with unknown and left out; five members stand still; one comes in the second year."""
    told = [r for c in CRM[3:] for y in (2015, 2016) for r in _table(c, y, 4, COL=(4, 4))]
    told += _table(
        "SLV", 2016, 50, CHN=(50, 50)
    )  # it entered: no part of what changed among those that stayed
    true = {key: low for key, (low, _) in cells.items()}
    totals = {y: sum(true[c, y] for c in CELLS) + left_out[n] for n, y in enumerate((2015, 2016))}
    for y, total in totals.items():
        told += _table("CRI", y, total, **{c: (cells[c, y][0], sum(cells[c, y])) for c in CELLS})
    parts = _by_class(db, told)
    change = totals[2016] - totals[2015]
    assert {(r["change_low"], r["change_high"]) for r in parts.values()} == {(change, change)}
    assert sum(r["part_low"] for r in parts.values()) <= change <= sum(r["part_high"] for r in parts.values())
    for before, after in product(OF, OF):  # all hidden of one year of one origin, of the other of another
        for origin, name in OF.items():
            value = {
                y: true[origin, y] + (whom == origin) * (totals[y] - sum(true[c, y] for c in OF))
                for y, whom in ((2015, before), (2016, after))
            }
            moved = value[2016] - value[2015]
            row = parts.get(name)
            assert (row["part_low"] <= moved <= row["part_high"]) if row else moved == 0
