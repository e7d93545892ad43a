"""A doubt reaches every table: each flag that an observation may bear is planted on one, and followed."""

from pathlib import Path

import duckdb
import pytest

from schemas.flags import flags_that, has_flag
from tests.test_quarantine import AS_OF, MODELS, VIEWS, built
from tests.test_quarantine import db as _db
from warehouse import build

db = _db
PLANTED = sorted({*flags_that("carried")} - {"inconsistent"})
"""What a sum of rows bears too. `inconsistent` is said of tables, and tested in test_inconsistent.py."""
ROWS = [
    {"period": year, "citizenship": citizenship, "value": value}
    for year in ("2019", "2020", "2021")
    for citizenship, value in (("CRI", "40"), ("PAN", "30"), ("COL", "20"))
]
SAID_OF = {
    "totals": "SELECT flag FROM core.totals WHERE year(period_start) = 2021",
    "origin": "SELECT flag FROM core.origin WHERE year(period_start) = 2021",
    "indicators": """SELECT flag FROM baseline.indicator_values WHERE year(period_end) = 2021 AND panel = '_Z'
        AND citizenship = '_T' AND indicator IN ('tip_victims_detected', 'tip_victims_detected_rate',
        'tip_origin_share_all', 'data_origin_completeness')""",
    "regional sums": """SELECT flag FROM baseline.indicator_values WHERE year(period_end) = 2021
        AND panel IN ('reporting', 'fixed')""",
}


@pytest.mark.parametrize("flag", PLANTED)
def test_a_flag_of_an_observation_stands_on_all_that_is_made_of_it(
    flag: str, db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    built(db, ROWS, "X/years_zero", tmp_path)
    db.execute(
        "UPDATE core.staged SET flag = $flag WHERE citizenship = 'PAN' AND year(period_start) = 2021",
        {"flag": flag},
    )
    for model in MODELS:
        if model not in VIEWS:
            db.execute(f"DELETE FROM {model}")
            build.run_model(db, model, AS_OF)
    for table, sql in SAID_OF.items():
        flags = [said for (said,) in db.execute(sql).fetchall()]
        left_out = table == "regional sums" and flag in flags_that("out_of_sums")
        assert bool(flags) != left_out, table
        assert all(has_flag(said, flag) for said in flags), (table, flags)
    other = db.execute("SELECT DISTINCT flag FROM core.totals WHERE year(period_start) = 2020").fetchall()
    assert other == [(None,)]
