"""Detection of series that are shifted by a year against the previous submission.

Used for two submissions when the later submission is received (assets/intake/comparison.py), and for the
revisions in a release, so that readers see a single shift instead of many revisions.
"""

from __future__ import annotations

from schemas.tables import OBSERVATION_KEY

MIN_COUNT = 10
"""From this count on, two equal values are hardly a coincidence."""
MIN_SHIFTED_VALUES = 3
"""Values of a series that must be shifted by a year; they must also be half of the compared ones."""

_SERIES = [
    *("collection", "old_submission", "new_submission"),
    *(name for name in OBSERVATION_KEY if name != "period_start"),
]
_EQUAL_VALUES = "new.new_low = old.old_low AND new.new_high = old.old_high"
SHIFTED_REVISIONS_QUERY = f"""
SELECT
    reporting_country, collection, measure, new_submission, n.years,
    count(*) FILTER ({_EQUAL_VALUES}) AS same,
    min(year(new.period_start)) FILTER ({_EQUAL_VALUES}) AS first,
    max(year(new.period_start)) FILTER ({_EQUAL_VALUES}) AS last
FROM analysis.revisions AS old
CROSS JOIN (VALUES (1), (-1)) AS n (years)
JOIN analysis.revisions AS new USING ({", ".join(_SERIES)})
WHERE old.old_low = old.old_high AND old.old_low >= {MIN_COUNT} AND new.new_low IS NOT NULL
  AND new.period_start = old.period_start + to_years(n.years)
GROUP BY reporting_country, collection, measure, new_submission, n.years
HAVING same >= {MIN_SHIFTED_VALUES} AND same * 2 >= count(*)
ORDER BY ALL
"""
"""Applies the rule to the revisions of a release: a row per country, measure and submission."""
