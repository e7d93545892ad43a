"""A build of many submissions: the order on disk changes nothing, and sums are those that pandas gives."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from schemas.tables import STAGED_TABLE, TABLES, table
from tests import bench_build
from tests.same_tables import differing
from warehouse.build import database as build
from warehouse.statements import model_build

KEPT = [t for t in TABLES if not t.is_view and t not in (table("registry.release"), STAGED_TABLE)]
PLACE = [
    "collection",
    "measure",
    "reporting_country",
    "breakdown",
    "sex",
    "age_group",
    "exploitation",
    "citizenship",
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> build.Inputs:
    """Six submissions each of two collections by year and two by month, each replacing what it brings again."""
    return bench_build.write(tmp_path_factory.mktemp("load"), "in_force", collections=4, quarters=6)


@pytest.fixture(scope="module")
def built(inputs: build.Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "built.duckdb"
    model_build.build(path, inputs)
    return path


@pytest.mark.slow
def test_the_order_of_submissions_on_disk_changes_no_table(
    inputs: build.Inputs, built: Path, tmp_path: Path
) -> None:
    turned = replace(
        inputs,
        submissions=inputs.submissions[::-1],
        observations=inputs.observations[::-1],
        sources=inputs.sources[::-1],
    )
    model_build.build(tmp_path / "turned.duckdb", turned)
    with duckdb.connect(built, read_only=True) as db:
        assert db.execute("SELECT count(*) FROM baseline.indicator_values").fetchone() > (0,)
    assert differing(built, tmp_path / "turned.duckdb", KEPT) == {}


@pytest.mark.slow
def test_years_are_the_sums_of_the_last_months_received(inputs: build.Inputs, built: Path) -> None:
    received = pd.concat([pd.read_parquet(path) for path in inputs.observations])
    months = received[received["frequency"] == "M"].sort_values("submission")
    last = months.drop_duplicates([*PLACE, "period_start"], keep="last")
    last = last.assign(year=pd.to_datetime(last["period_start"]).dt.year)
    expected = last.groupby([*PLACE, "year"]).agg(
        value_low=("value_low", "sum"),
        value_high=("value_high", lambda highs: highs.sum(skipna=False)),
        submissions=("submission", lambda names: " ".join(sorted(set(names)))),
        flag=("flag", lambda flags: "+".join(sorted({f for t in flags.dropna() for f in t.split("+")}))),
    )
    with duckdb.connect(built, read_only=True) as db:
        sums = db.execute("SELECT *, year(period_start) AS year FROM core.figures WHERE frequency = 'A'").df()
    sums = sums[sums["collection"].isin(set(last["collection"]))].set_index([*PLACE, "year"])
    whole = sums[sums["parts_present"] == 12]
    assert len(sums) == len(expected) > len(whole) > 0
    compared = whole.join(expected, rsuffix="_expected")
    for told in ("value_low", "value_high", "submissions"):
        pd.testing.assert_series_equal(compared[told], compared[f"{told}_expected"], check_names=False)
    assert (compared["flag"].fillna("") == compared["flag_expected"]).all()
    assert sums.loc[sums["parts_present"] < 12, "flag"].str.contains("partial").all()
