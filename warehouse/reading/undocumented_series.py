"""The undocumented series of a release, numbered. First comes the series with most figures and verdicts."""

from __future__ import annotations

from typing import NamedTuple

from schemas.words import contract_language
from warehouse.reading.client import Warehouse
from warehouse.release import older_releases

_UNDOCUMENTED = """
SELECT
    s.collection, c.title_{lang} AS title, s.reporting_country, s.measure,
    s.valid_from::VARCHAR AS valid_from, s.valid_to::VARCHAR AS valid_to,
    (
        SELECT count(*) FROM baseline.indicator_values AS v
        WHERE v.collection = s.collection AND v.reporting_country = s.reporting_country
          AND v.measure = s.measure
          AND v.period_start BETWEEN s.valid_from AND coalesce(s.valid_to, v.period_start)
    ) AS figures,
    (
        SELECT count(*) FROM analysis.trends AS t
        WHERE t.collection = s.collection AND t.reporting_country = s.reporting_country
          AND t.measure = s.measure AND t.why_not IS NULL
    ) AS verdicts
FROM registry.series AS s
JOIN registry.collections AS c USING (collection)
WHERE s.evidence = 'undocumented'
ORDER BY figures DESC, verdicts DESC, s.collection, s.reporting_country, s.measure, s.valid_from
"""


class UndocumentedSeries(NamedTuple):
    """A series that no source documents, and the number of figures and verdicts that rest on it."""

    number: int
    collection: str
    title: str
    reporting_country: str
    measure: str
    valid_from: str
    valid_to: str | None
    figures: int
    verdicts: int


def undocumented_series(release: Warehouse, lang: str) -> list[UndocumentedSeries]:
    """Return the series that no source documents. Raises OlderRelease if the release lacks the tables."""
    with older_releases.explain_missing_tables(release.connection):
        result = release.connection.execute(_UNDOCUMENTED.format(lang=contract_language(lang)))
        return [UndocumentedSeries(n, *row) for n, row in enumerate(result.fetchall(), start=1)]
