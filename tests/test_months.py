"""Months beside the year before, surges and shifts: examples by hand, in Python and in a build; what a refresh tells of them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipelines.cli.releases import _print_new_alerts
from schemas.tables import MONTHLY
from schemas.words import number
from tests import in_memory
from tests.in_memory import AS_OF
from tests.test_bounds import _ask, _built, _empty_inputs, _month
from warehouse.build.statistics.months import monthly
from warehouse.home import Home
from warehouse.statements import model_build
from warehouse.statements.alert_sentences import new_alerts

SERIES = ["collection", "citizenship"]
FLAT = [100, 110, 90, 105, 95, 100, 110, 90, 105, 95, 100, 110]
"""A year about 100 in which neighbours differ by 12 and no month is far from another."""


def told(values: list, first: str = "2018-01", **columns: object) -> pd.DataFrame:
    """One series: a number, a pair of bounds, or None for a month that was not reported."""
    months = pd.period_range(first, periods=len(values), freq="M").to_timestamp()
    bounds = [v if isinstance(v, tuple) else (v, v) for v in values]
    points = pd.DataFrame(
        {
            "collection": "X/x",
            "citizenship": "_T",
            "period_start": months,
            "value_low": [low for low, _ in bounds],
            "value_high": [high for _, high in bounds],
            "count_unit": "event",
            "is_doubted": False,
            "break_id": None,
            "year_starts": 1,
            "flag": None,
        }
        | columns
    )
    points = points[[v is not None for v in values]]
    points = points.astype({"value_low": float, "value_high": float})
    return monthly(points.sample(frac=1, random_state=1), series=SERIES).set_index("period_start")


@pytest.mark.statistics("7", "months")
def test_a_month_stands_beside_the_same_month_and_the_same_months_of_the_year_before() -> None:
    out = told([10] * 12 + [(20, 30), 5, None, 5])
    january, february, april = out.loc["2019-01-01"], out.loc["2019-02-01"], out.loc["2019-04-01"]
    assert (january["before_low"], january["change_low"], january["change_high"]) == (10, 100, 200)
    assert (february["to_date_low"], february["to_date_high"]) == (25, 35)
    assert (february["to_date_before_low"], february["to_date_before_high"]) == (20, 20)
    assert (february["twelve_months_low"], february["twelve_months_high"]) == (10 * 10 + 25, 10 * 10 + 35)
    # a month is missing: nothing is filled in
    assert april[["to_date_low", "to_date_before_low", "twelve_months_low"]].isna().all()
    assert april["before_low"] == 10
    # a first year has its own sum, and none beside it
    assert out.loc["2018-12-01", ["before_low", "to_date_before_low"]].isna().all()
    assert out.loc["2018-12-01", ["to_date_low", "to_date_high"]].tolist() == [120, 120]
    assert out.loc["2018-12-01", "twelve_months_low"] == 120


def test_a_year_begins_where_the_collection_says() -> None:
    out = told([1] * 12 + [2] * 12, first="2020-10", year_starts=10)
    assert out.loc["2021-12-01", ["to_date_low", "to_date_before_low"]].tolist() == [6, 3]


def test_nothing_is_compared_across_a_break() -> None:
    out = told([10] * 24, break_id=[None] * 18 + ["2019-07-01"] * 6)
    assert out.loc["2019-06-01", ["before_low", "twelve_months_low"]].tolist() == [10, 120]
    assert (
        out.loc["2019-07-01":, ["before_low", "change_low", "to_date_low", "twelve_months_low"]]
        .isna()
        .all()
        .all()
    )
    of_january = told([10] * 24, break_id=[None] * 12 + ["2019-01-01"] * 12).loc["2019-12-01"]
    assert (of_january["to_date_low"], np.isnan(of_january["to_date_before_low"])) == (120, True)


def test_an_unbounded_month_leaves_sums_unbounded() -> None:
    out = told([10] * 12 + [(3, None)] + [10] * 11)
    assert out.loc["2019-12-01", "twelve_months_low"] == 113
    assert np.isnan(out.loc["2019-12-01", "twelve_months_high"])
    assert np.isnan(out.loc["2019-01-01", "change_high"])


# ── Surges ───────────────────────────────────────────────────────────────────────────────────────


def surged(values: list, **columns: object) -> list[str]:
    """The months that bear a surge, and since when."""
    out = told(values, **columns)
    out = out[out["surge_from"].notna()]
    return [f"{day:%Y-%m}<{since:%Y-%m}" for day, since in out["surge_from"].items()]


@pytest.mark.statistics("7", "surges")
def test_a_surge_is_two_months_in_a_row_above_what_was_to_be_expected() -> None:
    assert surged([*FLAT * 4, 300, 300, 300, 100]) == ["2022-02<2022-01", "2022-03<2022-01"]
    assert surged([*FLAT * 4, 300, 100, 300, 100]) == []
    assert surged([*FLAT * 4, 130, 130]) == []


def recent(values: list) -> list[str]:
    """The months whose alert is recent."""
    out = told(values)
    return [f"{day:%Y-%m}" for day in out[out["is_recent_alert"]].index]


def test_an_alert_is_recent_in_the_last_twelve_months_of_its_series() -> None:
    """Surges of January to March 2022, each in doubt of growth too: their alerts are of February and March."""
    surges = [*FLAT * 4, 300, 300, 300]
    assert recent(surges) == ["2022-02", "2022-03"]
    assert recent([*surges, *FLAT[3:], *FLAT[:1]]) == ["2022-02", "2022-03"]  # to January 2023
    assert recent([*surges, *FLAT[3:], *FLAT[:2]]) == ["2022-03"]
    assert recent([*surges, *FLAT[3:], *FLAT[:3]]) == []
    assert recent([*surges, *FLAT[3:], 100, None, None]) == ["2022-02", "2022-03"]  # no data moves no end
    assert recent(FLAT * 4) == []


def test_of_a_growth_the_last_month_alone_is_recent() -> None:
    """Growth alone from January 2020, told in February and March; two growths are two alerts."""
    growth = [*FLAT, *FLAT, 300, 300, 151]
    alerts = told(growth)["alert"].dropna()
    assert [*alerts] == ["growth", "growth"]
    assert recent(growth) == ["2020-03"]
    assert recent([*growth, 100, 100]) == ["2020-03"]


@pytest.mark.statistics("7", "surges")
def test_what_is_expected_is_the_same_month_and_its_neighbours_of_earlier_years() -> None:
    """Five earlier years of 12/2021–2/2022 and so on: 110, 100, 110 each. The bound by SciPy's log-normal."""
    out = told([*FLAT * 6]).loc["2023-01-01"]
    assert out["years_compared"] == 4  # the neighbour before January 2018 is not there
    assert out["expected"] == pytest.approx((110 + 100 + 110) / 3)
    mean, apart = 320 / 3, 12 / 2.5  # hardly scattered: φ is 1, Poisson's
    scatter = np.sqrt(np.log(1 + mean * (1 + 1 / apart) / mean**2))
    tail = stats.norm.sf(stats.t.isf(0.005, apart - 1))
    bound = stats.lognorm.isf(tail, scatter, scale=mean / np.exp(scatter**2 / 2))
    assert out["surge_above"] == pytest.approx(bound)


@pytest.mark.statistics("7", "surges")
def test_a_season_is_no_surge_and_its_absence_is_said() -> None:
    year = [*FLAT[:8], 500, 500, 500, 500]
    assert surged(year * 5) == []
    assert surged([*year * 4, *FLAT[:8], 500, 1500, 1500]) == ["2022-11<2022-10"]
    assert surged([*year * 4, 100, 110, 500, 500]) == ["2022-04<2022-03"]  # as many, and not in their season
    out = told(year * 5)
    assert out.loc["2020-12-01", ["years_compared", "expected"]].tolist() == [0, pytest.approx(np.mean(year))]
    assert out.loc["2019-12-01", ["years_compared", "expected"]].isna().all()  # not even 24 months
    assert out.loc["2021-12-01", "years_compared"] == 3
    assert np.isnan(told([*FLAT, None, *FLAT * 2]).loc["2020-06-01", "expected"])


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([5] * 72 + [49, 49], []),
        ([5] * 72 + [50, 50], ["2024-02<2024-01"]),
        ([5] * 72 + [(50, 90), (50, None)], ["2024-02<2024-01"]),
        ([5] * 72 + [(49, 90), (49, None)], []),
    ],
)
def test_a_surge_is_of_fifty_or_more_and_sure(values: list, first: list[str]) -> None:
    assert surged(values) == first


def test_a_doubted_month_neither_surges_nor_is_expected() -> None:
    values = [*FLAT * 4, 300, 300]
    assert surged(values, is_doubted=[False] * 48 + [True, False]) == []
    doubted = told(values, is_doubted=[False] * 37 + [True] + [False] * 12)
    assert doubted.loc["2022-02-01", "years_compared"] == 3
    broken = told(values, break_id=[None] * 40 + ["2021-05-01"] * 10)
    assert np.isnan(broken.loc["2022-02-01", "expected"])


# ── Seasons and shifts ───────────────────────────────────────────────────────────────────────────


def noisy(n: int, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.08, n)


@pytest.mark.statistics("7", "shifts")
def test_a_season_is_found_in_forty_eight_months_without_a_gap() -> None:
    wave = 1 + 0.5 * np.sin(2 * np.pi * np.arange(60) / 12)
    values = list(np.round(1000 * wave * np.exp(noisy(60))))
    out = told(values)
    assert out["why_no_season"].isna().all()
    assert out["season"].to_numpy() == pytest.approx(wave / np.exp(np.log(wave).mean()), rel=0.2)
    assert out["trend"].to_numpy() == pytest.approx(1000 * np.exp(np.log(wave).mean()), rel=0.1)
    assert out["alert"].isna().all()
    gap = told([*values[:47], None, *values[48:]])
    assert gap["why_no_season"].eq("short_stretch").all()
    assert gap[["trend", "season"]].isna().all().all()
    interval = told([*values[:20], (values[20], values[20] + 1), *values[21:]])
    assert interval["why_no_season"].eq("short_stretch").all()
    parted = told(values, break_id=[None] * 12 + ["2019-01-01"] * 48)
    assert parted["why_no_season"].notna().sum() == 12


@pytest.mark.statistics("7", "shifts")
def test_a_shift_is_told_at_its_first_month_with_the_levels_on_both_sides() -> None:
    level = np.where(np.arange(72) < 30, 200, 600)
    values = np.round(level * np.exp(noisy(72)))
    shifts = told(list(values)).query("level_before.notna()")
    assert [f"{day:%Y-%m}" for day in shifts.index] == ["2020-07"]
    [row] = shifts.to_dict("records")
    assert (row["level_before"], row["level_after"]) == (
        pytest.approx(values[:30].mean()),
        pytest.approx(values[30:].mean()),
    )
    assert "shift_up" in row["alert"].split("+")
    down = told(list(values[::-1])).query("level_before.notna()")
    assert [(f"{day:%Y-%m}", alert) for day, alert in down["alert"].items()] == [("2021-07", "shift_down")]


@pytest.mark.parametrize(
    ("before", "after", "alerts"), [(1000, 1450, 0), (1000, 1600, 1), (20, 60, 0), (20, 75, 1)]
)
def test_a_shift_is_half_as_much_again_and_fifty_a_month(before: int, after: int, alerts: int) -> None:
    level = np.where(np.arange(72) < 36, before, after)
    out = told(list(np.round(level * np.exp(noisy(72)))))
    assert out["level_before"].notna().sum() == alerts


def test_a_series_that_never_moves_has_no_shift() -> None:
    assert told([0] * 60)["alert"].isna().all()


def test_of_countries_only_those_that_may_be_alerted_have_rows() -> None:
    assert len(told([49] * 12, citizenship="COL")) == 0
    assert len(told([49] * 11 + [50], citizenship="COL")) == 12


# ── In a build ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from in_memory.database(_empty_inputs())


def _monthly(db: duckdb.DuckDBPyConnection, collection: str, rows: list[dict]) -> None:
    _built(db, collection, rows, "core.monthly_points")
    for name in ("core.monthly_points", "analysis.monthly"):
        db.execute(f"DELETE FROM {name}")
        model_build.run_model(db, name, AS_OF)


def _months_of(series: dict[str, list]) -> list[dict]:
    return [
        _month(date(2018 + n // 12, 1, 1), n % 12 + 1)
        | {"citizenship": c, "value": [v, v] if isinstance(v, int) else v}
        for c, values in series.items()
        for n, v in enumerate(values)
        if v is not None
    ]


def test_totals_classes_and_countries_are_series_of_a_build(db: duckdb.DuckDBPyConnection) -> None:
    """Seen from Costa Rica; absent is zero, and the table is its own total."""
    _monthly(
        db, "X/zero_whole", _months_of({"PAN": [60, 60], "COL": [70, None], "CHN": [1, 1], "_U": [0, 5]})
    )
    found = {
        (r["origin_class"], r["class_level"], r["citizenship"], r["period_start"].month): (
            r["value_low"],
            r["value_high"],
        )
        for r in _ask(db, "SELECT * FROM analysis.monthly")
    }
    assert found["_T", "part", "_T", 1] == (131, 131)
    assert found["_T", "part", "_T", 2] == (66, 66)
    assert found["intra_regional", "part", "_T", 2] == (60, 65)  # the unknown may be of any class
    assert found["extra_regional", "parent", "_T", 1] == (71, 71)
    assert found["extra_regional_americas", "part", "COL", 2] == (0, 0)
    assert not any(citizenship in ("CHN", "_U") for _, _, citizenship, _ in found)


def test_where_absent_is_not_zero_a_month_that_names_nobody_has_no_row(db: duckdb.DuckDBPyConnection) -> None:
    _monthly(db, "X/silent", _months_of({"PAN": [60, 60], "COL": [70, None]}))
    months = _ask(db, "SELECT period_start FROM analysis.monthly WHERE citizenship = 'COL'")
    assert [m["period_start"].month for m in months] == [1]


def test_an_alert_says_what_it_rests_on(db: duckdb.DuckDBPyConnection) -> None:
    _monthly(db, "X/zero_whole", _months_of({"PAN": [*FLAT * 4, 300, 300], "COL": [5] * 50}))
    [row] = _ask(db, "SELECT * FROM analysis.monthly WHERE alert IS NOT NULL AND citizenship = 'PAN'")
    above = round(row["surge_above"])
    assert row["sentence_en"] == (
        "Detected victims, Costa Rica, Panama (X/zero_whole). In 2022-02 300 persons, where 100 were usual in the same "
        f"months of 4 earlier years and at most {above} were to be expected; above that since 2022-01. "
        "Since 2022-01 the figures are far above the twelve months before, whose middle is 100: in 2022-02 300 persons. "
        f"The rise is {number(round(row['growth_spreads'], 1), 'en')} times the usual change between neighbouring "
        "months. To check: whether the way of counting changed, whether a delivery holds several months, whether "
        "another source shows it. The alert ends with a month of at most 150, or after twelve months. "
        "This is an alert, not a verdict."
    )
    assert row["sentence_es"].startswith(
        "Víctimas detectadas, Costa Rica, Panamá (X/zero_whole). En 2022-02 hubo 300 personas"
    )


# ── What is new ──────────────────────────────────────────────────────────────────────────────────


def _release(path: Path, values: list) -> Path:
    """A file with this one series in analysis.monthly."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as db:
        db.execute("CREATE SCHEMA analysis")
        db.execute(MONTHLY.ddl())
        out = told(values).reset_index()
        out = out.assign(
            family="irregular_mobility", measure="irregular_entries", reporting_country="CRI",
            origin_class="_T", class_level="part", sentence_es="x", sentence_en="x",
        )  # fmt: skip
        starts = pd.to_datetime(out["period_start"])
        out = out.assign(year=starts.dt.year, period=starts.dt.strftime("%Y-%m"))
        db.register("incoming", out)
        db.execute("INSERT INTO analysis.monthly BY NAME SELECT * FROM incoming")
    return path


def test_new_is_what_the_release_before_did_not_tell(tmp_path: Path) -> None:
    before = _release(tmp_path / "a.duckdb", [*FLAT * 4, 300, 300])
    longer = _release(tmp_path / "b.duckdb", [*FLAT * 4, 300, 300, 300])
    again = _release(tmp_path / "c.duckdb", [*FLAT * 4, 300, 300, 100, 400, 400])
    assert new_alerts(longer, before) == []  # the same surge goes on
    assert [row["period_start"] for row in new_alerts(again, before)] == [pd.Timestamp("2022-05-01")]
    quiet = _release(tmp_path / "d.duckdb", FLAT * 4)
    assert [row["period_start"] for row in new_alerts(longer, quiet)] == [pd.Timestamp("2022-03-01")]
    older = tmp_path / "older.duckdb"
    duckdb.connect(older).close()
    assert new_alerts(longer, older) == []


def test_a_refresh_tells_what_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path)
    _release(home.releases / "2026-Q1.r1" / "lineabase.duckdb", FLAT * 4)
    _release(home.current, [*FLAT * 4, 300, 300])
    _print_new_alerts(home, "2026-Q1.r1", "en")
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith(
        "New alerts since 2026-Q1.r1: 1. Irregular entries, Costa Rica (X/x). In 2022-02 300 events"
    )
    _print_new_alerts(home, "2025-Q4.r1", "en")
    assert capsys.readouterr().err == ""
