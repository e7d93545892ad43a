"""A series that stands a year from where it stood in the submission before: from when on that is no chance.

Used for two submissions when the later one is received (assets/intake/comparison.py), and for values that a
release says were revised, so that its readers are not told of many revisions where there is one shift.
"""

from __future__ import annotations

from schemas.tables import KEY

COUNTED = 10
"""From so many on, a value equal to another is hardly chance."""
SHIFTED = 3
"""So many values of a series, and half of those that moved, stand a year away."""

_SERIES = [
    *("collection", "old_submission", "new_submission"),
    *(name for name in KEY if name != "period_start"),
]
_SAME = "new.new_low = old.old_low AND new.new_high = old.old_high"
REVISED = f"""
SELECT
    reporting_country, collection, measure, new_submission, n.years,
    count(*) FILTER ({_SAME}) AS same,
    min(year(new.period_start)) FILTER ({_SAME}) AS first,
    max(year(new.period_start)) FILTER ({_SAME}) AS last
FROM analysis.revisions AS old
CROSS JOIN (VALUES (1), (-1)) AS n (years)
JOIN analysis.revisions AS new USING ({", ".join(_SERIES)})
WHERE old.old_low = old.old_high AND old.old_low >= {COUNTED} AND new.new_low IS NOT NULL
  AND new.period_start = old.period_start + to_years(n.years)
GROUP BY reporting_country, collection, measure, new_submission, n.years
HAVING same >= {SHIFTED} AND same * 2 >= count(*)
ORDER BY ALL
"""
"""The rule over what a release says was revised: a row for each country, measure and submission it finds."""
