"""Who was recorded where: bounds against the truth of random tables and brute force; the region's sums by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import test_bounds
from tests.in_memory import AS_OF
from tests.test_bounds import COLLECTION_RULES, _ask, _rows, _within, few, told
from warehouse.home import Home
from warehouse.statements import model_build

db = test_bounds.db  # the same database in memory
ORIGINS = ["CRI", "PAN", "NIC", "HND", "COL"]
TOLD_AS = {  # seen from Costa Rica; who the persons of a cell may be
    "CRI": ["CRI"],
    "PAN": ["PAN"],
    "NIC": ["NIC"],
    "COL": ["COL"],
    "HND+NIC": ["HND", "NIC"],
    "_U": ORIGINS,
}


def _flows(
    db: duckdb.DuckDBPyConnection, collection: str, rows: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    test_bounds._built(db, collection, rows, "baseline.origin_flows")
    return {r["origin"]: r for r in _ask(db, "SELECT * FROM baseline.origin_flows")}


@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from(["X/silent", "X/zero", "X/zero_whole"]))
def test_the_true_number_of_each_origin_lies_within_its_bounds(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    whole = bool(COLLECTION_RULES[collection].exhaustive)
    named = data.draw(st.lists(st.sampled_from(sorted(TOLD_AS)), min_size=1, unique=True))
    cells = {c: data.draw(told()) for c in named}
    left_out = 0 if whole else data.draw(st.integers(0, 8))
    truth = dict.fromkeys(ORIGINS, 0)
    for told_as, (true, _) in [*cells.items(), ("_U", (left_out, None))]:
        for _ in range(true):
            truth[data.draw(st.sampled_from(TOLD_AS[told_as]))] += 1
    total = None
    if not whole and data.draw(st.booleans()):
        true_total = sum(truth.values())
        total = (max(0, true_total - data.draw(st.sampled_from([0, 3]))), true_total)
    flows = _flows(db, collection, _rows(2018, {"cells": cells, "total": total}))
    assert {"CRI", "PAN", "NIC", "HND"} <= set(flows)  # every member, named or not
    for origin, true in truth.items():
        if origin in flows:
            assert _within(true, flows[origin]["persons_low"], flows[origin]["possible_high"]), (
                origin,
                flows,
            )
    for origin in ("CRI", "PAN", "NIC", "COL"):
        if origin in cells:
            assert _within(cells[origin][0], flows[origin]["persons_low"], flows[origin]["persons_high"])


@pytest.mark.slow
@few
@given(data=st.data(), whole=st.booleans())
def test_no_narrower_bounds_of_an_origin_would_do(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, whole: bool
) -> None:
    named = data.draw(st.lists(st.sampled_from(sorted(TOLD_AS)), min_size=1, max_size=3, unique=True))
    cells = {c: data.draw(told(most=3, unbounded=False)) for c in named}
    totals = st.tuples(st.integers(1, 6), st.integers(0, 4)).map(lambda t: (t[0], sum(t)))
    total = None if whole else data.draw(totals)
    completions = list(_completions(cells, total))
    assume(completions)
    flows = _flows(db, "X/zero_whole" if whole else "X/zero", _rows(2018, {"cells": cells, "total": total}))
    for origin in set(flows) & set(ORIGINS):
        counts = [c[origin] for c in completions]
        bounds = flows[origin]["persons_low"], flows[origin]["possible_high"]
        assert bounds == (min(counts), max(counts)), (origin, flows[origin])


def _completions(cells: dict[str, Any], total: tuple[int, int] | None) -> Iterator[dict[str, int]]:
    """The number of each origin: all values and totals, those of each cell all of one of whom they may be."""
    for values in itertools.product(*(range(low, high + 1) for _, (low, high) in cells.values())):
        for whole in [sum(values)] if total is None else range(total[0], total[1] + 1):
            left_out = whole - sum(values)
            if left_out < 0:
                continue
            groups = [*zip(cells, values, strict=True), ("_U", left_out)]
            for lucky in itertools.product(*(TOLD_AS[told_as] for told_as, _ in groups)):
                counts = dict.fromkeys(ORIGINS, 0)
                for origin, (_, n) in zip(lucky, groups, strict=True):
                    counts[origin] += n
                yield counts


def test_a_territory_counts_with_its_state(db: duckdb.DuckDBPyConnection) -> None:
    flows = _flows(
        db,
        "X/zero_whole",
        [
            {"year": 2018, "citizenship": "USA", "value": [5, 5]},
            {"year": 2018, "citizenship": "PRI", "value": [2, 2]},
        ],
    )
    assert "PRI" not in flows
    assert (flows["USA"]["persons_low"], flows["USA"]["possible_high"]) == (7, 7)


def test_who_is_unknown_is_not_left_out_as_well(db: duckdb.DuckDBPyConnection) -> None:
    """Of 20 the table names 10: ten are unknown or left out, and no fourteen, whatever “<5” may hold."""
    rows = [{"citizenship": c, "value": v} for c, v in (("PAN", [10, 10]), ("_U", [0, 4]))]
    flows = _flows(db, "X/silent", [*rows, {"value": [20, 20]}])
    assert {f["completeness"] for f in flows.values()} == {10 / 20}
    [table] = _ask(db, "SELECT hidden_high, unclear_low, known_low FROM core.origin_tables")
    assert table == {"hidden_high": 10, "unclear_low": 0, "known_low": 10}


@pytest.mark.parametrize(("total", "known"), [(10, 1), (20, 0.5), (None, 0)])
def test_a_trend_by_origin_stands_on_those_of_known_origin(
    db: duckdb.DuckDBPyConnection, total: int | None, known: float
) -> None:
    """Of ten all ten are named; of twenty half; without a total nobody knows."""
    rows = [{"citizenship": "PAN", "value": [10, 10]}, *([{"value": [total, total]}] if total else [])]
    test_bounds._built(db, "X/silent", rows)
    db.execute("DELETE FROM core.trend_points")
    model_build.run_model(db, "core.trend_points", AS_OF)
    points = _ask(db, "SELECT DISTINCT indicator, known FROM core.trend_points WHERE NOT is_total")
    origins = {p["indicator"]: p["known"] for p in points}
    assert origins == dict.fromkeys(
        ["tip_victims_detected", *(["tip_origin_share_all"] if total else [])], known
    )


def test_a_state_of_the_past_may_be_any_of_its_class(db: duckdb.DuckDBPyConnection) -> None:
    """Of five Soviet citizens any may be Russian today, none a Panamanian; they stay Soviet as named, too."""
    rows = [{"citizenship": c, "value": [n, n]} for c, n in (("SUN", 5), ("RUS", 2), ("PAN", 1))]
    flows = _flows(db, "X/zero_whole", rows)
    bounds = {o: (f["persons_low"], f["persons_high"], f["possible_high"]) for o, f in flows.items()}
    assert (bounds["RUS"], bounds["SUN"], bounds["PAN"]) == ((2, 2, 7), (5, 5, 5), (1, 1, 1))


@pytest.fixture(scope="module")
def region(released_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(Home(released_home).current, read_only=True) as db:
        yield db


def test_hondurans_detected_in_other_members_in_2020(region: duckdb.DuckDBPyConnection) -> None:
    """Read by hand in UNODC's extract of 2025: MEX 18, USA 367; SLV "<5", which is 0 to 4."""
    row = region.execute(
        "SELECT persons_low, members_reporting, members_total, members FROM analysis.nationals_abroad "
        "WHERE origin = 'HND' AND measure = 'victims_detected' AND year = 2020"
    ).fetchone()
    assert row == (385, 7, 10, "CRI DOM GTM MEX NIC SLV USA")


def test_origins_of_a_class_add_up_to_its_profile(region: duckdb.DuckDBPyConnection) -> None:
    """What flows name of the members is what the profile says of the class, but for those told as one."""
    compared = region.execute(
        """
        SELECT count(*), count(*) FILTER (f.low > p.persons_low), max(p.persons_low - f.low)
        FROM (
            SELECT collection, measure, reporting_country, period_start, sum(persons_low) AS low
            FROM baseline.origin_flows WHERE origin_class = 'intra_regional' GROUP BY ALL
        ) AS f
        JOIN baseline.origin_profile AS p USING (collection, measure, reporting_country, period_start)
        WHERE p.origin_class = 'intra_regional'
        """
    ).fetchone()
    assert compared is not None
    assert compared[0] > 100
    assert compared[1:] == (0, 0)
    above = region.execute(
        """
        SELECT count(*) FROM baseline.origin_flows AS f
        JOIN baseline.origin_profile AS p
            USING (collection, measure, reporting_country, period_start, origin_class)
        WHERE p.class_level = 'part' AND f.possible_high > p.possible_high
        """
    ).fetchone()
    assert above == (0,)
