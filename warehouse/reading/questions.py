"""The open questions of a release, numbered: the one that frees most series first. None is answered."""

from __future__ import annotations

from typing import Any

from warehouse.reading.client import Warehouse
from warehouse.releases import older

_OPEN = """
WITH waiting AS (
    SELECT collection, measure, reporting_country, origin_class <> '_T' AS is_by_origin, count(*) AS series
    FROM analysis.trends
    WHERE list_has_any(
            string_split(coalesce(flag, ''), '+'),
            ['spike', 'suspect_value', 'suspected_break', 'suspected_partial', 'unconfirmed_edge']
        )
       OR why_not IS NOT NULL OR why_no_level IS NOT NULL
    GROUP BY ALL
)
SELECT q.* REPLACE (period_start::VARCHAR AS period_start), coalesce(sum(w.series), 0)::INTEGER AS series
FROM analysis.open_questions AS q
LEFT JOIN waiting AS w ON
    w.collection = q.collection AND w.measure = q.measure AND w.reporting_country = q.reporting_country
    AND (w.is_by_origin OR q.question <> 'sudden_origin')
GROUP BY ALL
ORDER BY ALL
"""
"""A doubt of a table is a doubt of every series made of it; a sudden origin only of those by origin."""


def open_questions(release: Warehouse) -> list[dict[str, Any]]:
    """Those of a release, each with its number in it. Raises OlderRelease where it lacks what they ask for.

    `series`: how many series of its table are refused or doubted now.
    """
    with older.asked(release.connection):
        result = release.connection.execute(_OPEN)
    names = [column[0] for column in result.description]
    found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    found.sort(key=lambda question: -question["series"])  # those alike stay in the order of the query
    return [{"number": n, **question} for n, question in enumerate(found, start=1)]
