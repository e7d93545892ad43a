"""The open questions of a release, numbered. First comes the question that would free most series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse.reading.client import Warehouse
from warehouse.reading.rows import row_dicts
from warehouse.release import older_releases

if TYPE_CHECKING:
    from typing_extensions import ReadOnly

    from schemas.tables.rows import OpenQuestionsRow

    class Question(OpenQuestionsRow):
        """An open question with its number, and how many series have no verdict or a doubt now."""

        number: ReadOnly[int]
        series: ReadOnly[int]


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
SELECT q.*, coalesce(sum(w.series), 0)::INTEGER AS series
FROM analysis.open_questions AS q
LEFT JOIN waiting AS w ON
    w.collection = q.collection AND w.measure = q.measure AND w.reporting_country = q.reporting_country
    AND (w.is_by_origin OR q.question <> 'sudden_origin')
GROUP BY ALL
ORDER BY ALL
"""
"""A doubt about a table concerns every series made from it; a sudden origin only those by origin."""


def open_questions(release: Warehouse) -> list[Question]:
    """Return the open questions of a release. Raises OlderRelease if it lacks the tables."""
    with older_releases.explain_missing_tables(release.connection):
        rows = row_dicts(release.connection.execute(_OPEN))
    # The sort is stable: questions with equal numbers keep the query's order.
    rows.sort(key=lambda question: -question["series"])
    questions: list[Any] = [{"number": n, **question} for n, question in enumerate(rows, start=1)]
    return questions
