"""`python -m tests.joint_figures FILE`: what joint bounds narrow in a release, and whether shares gain by them."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_CELLS = """
SELECT
    count(*), count(*) FILTER (joint_low = joint_high), median(value_high - value_low), median(joint_high - joint_low),
    sum(value_high - value_low), sum(joint_high - joint_low), count(*) FILTER (NOT compares_tables)
FROM analysis.joint_bounds
WHERE NOT is_contradictory AND value_high IS NOT NULL AND ($measure = '' OR measure = $measure)
"""
_HIDDEN = """
SELECT count(*) FROM core.current
SEMI JOIN (SELECT DISTINCT collection, measure FROM analysis.joint_bounds) USING (collection, measure)
WHERE frequency = 'A' AND value_low < value_high AND ($measure = '' OR measure = $measure)
"""
_UNBOUNDED = "SELECT count(*) FROM analysis.joint_bounds WHERE value_high IS NULL AND joint_high IS NOT NULL"
_SETS = """
SELECT count(DISTINCT (collection, measure, reporting_country, period_start)), count(DISTINCT certificate)
FROM analysis.joint_bounds WHERE is_contradictory
"""
_SHARES = """
SELECT count(*), count(*) FILTER (j.joint_low > n.numerator_low OR j.joint_high < n.numerator_high)
FROM baseline.indicator_values AS n
JOIN analysis.joint_bounds AS j
    USING (collection, measure, reporting_country, period_start, sex, age_group, exploitation, citizenship)
WHERE NOT j.is_contradictory AND n.denominator_basis IN ('known', 'all') AND n.frequency = 'A'
"""


def lines(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the figures in words."""
    written = []
    for measure in ("", "victims_detected"):
        [cells] = db.execute(_CELLS, {"measure": measure}).fetchall()
        [(hidden,)] = db.execute(_HIDDEN, {"measure": measure}).fetchall()
        narrowed, exact, before, after, sum_before, sum_after, within = cells
        written.append(
            f"{measure or 'all measures'}: {narrowed} of {hidden} hidden cells narrowed, {exact} to one value; median width "
            f"{before:g}, then {after:g}; sum of widths {sum_before:g}, then {sum_after:g}; {within} proofs compare no tables"
        )
    [(unbounded,)], [(years, sets)], [(shares, better)] = (
        db.execute(query).fetchall() for query in (_UNBOUNDED, _SETS, _SHARES)
    )
    return [
        *written,
        f"{unbounded} cells without an upper bound have one",
        f"{sets} contradictory sets in {years} country-years",
        f"{better} of {shares} shares of such a cell have a narrower numerator",
    ]


def main() -> None:
    """Print the figures of a release file."""
    with duckdb.connect(Path(sys.argv[1]), read_only=True) as db:
        print("\n".join(lines(db)))


if __name__ == "__main__":
    main()
