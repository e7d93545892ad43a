"""What the workbook has sheets of: an indicator's totals, its classes of origin or forms of exploitation.

Each with the figures of members and, apart, those of regions, so that no sum counts a case twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from schemas.code_names import coded
from schemas.words import CONTRACT
from warehouse.publication import headlines
from warehouse.publication.client import Warehouse

_NONE = "not_reported"
_FORMS = """
WITH shown AS (   -- as core.headlines chooses: over known forms where few are unknown, else over all
    SELECT v.*
    FROM baseline.indicator_values AS v
    WHERE v.exploitation <> '_T' AND v.preferred AND v.panel IN ('_Z', 'reporting')
      AND v.frequency = 'A' AND v.pooled_years = 1 AND v.unit = 'share'
      AND (v.sex, v.age_group, v.origin_class, v.citizenship) = ('_T', '_T', '_T', '_T')
      AND v.indicator NOT IN (SELECT indicator FROM baseline.headline)
    QUALIFY row_number() OVER (
        PARTITION BY v.indicator, v.exploitation, v.reporting_country, v.year
        ORDER BY v.denominator_basis = 'known' AND NOT list_contains(string_split(coalesce(v.flag, ''), '+'),
            'incomplete') DESC, v.denominator_basis <> 'known' DESC, v.period_end DESC
    ) = 1
),
spans AS (
    SELECT indicator, exploitation, min(year) AS first_year, max(year) AS last_year FROM shown GROUP BY ALL
),
places AS (   -- members in the years in which they are, so that a year that nobody told is said
    SELECT s.indicator, s.exploitation, m.member AS reporting_country, y.year
    FROM spans AS s
    CROSS JOIN (SELECT unnest(range(1900, 2200)) AS year) AS y
    JOIN reference.groupings AS m
        ON m.grouping = $grouping
        AND make_date(y.year, 12, 31) BETWEEN m.valid_from AND coalesce(m.valid_to, make_date(y.year, 12, 31))
    WHERE y.year BETWEEN s.first_year AND s.last_year
)
SELECT
    indicator, exploitation, year, CAST(year AS varchar) AS period, coalesce(v.panel, '_Z') AS panel,
    v.value_low, CASE WHEN v.value_low IS NOT NULL THEN coalesce(v.value_high, 1) END AS value_high,
    'share' AS unit, v.flag, v.denominator_basis, v.collection, v.members_reporting, v.members_total,
    p.name_es AS country_es, p.name_en AS country_en, c.title_es AS source_es, c.title_en AS source_en,
    c.citation
FROM places FULL JOIN shown AS v USING (indicator, exploitation, reporting_country, year)
LEFT JOIN reference.countries AS p ON p.country = reporting_country
LEFT JOIN registry.collections AS c ON c.collection = v.collection
ORDER BY ALL
"""


@dataclass(frozen=True)
class Part:
    """A sheet's figures: of which indicator, of what of it by language (empty: its totals), of whom."""

    indicator: str
    of: dict[str, str]
    members: pd.DataFrame
    regions: pd.DataFrame


def parts(release: Warehouse, grouping: str) -> Iterator[Part]:
    """The sheets of a release, by indicator: totals, then classes of origin, then forms."""
    tables = {
        name: release.query(f"SELECT * FROM baseline.{name} ORDER BY ALL")
        for name in ("headline", "headline_origin", "headline_region")
    }
    regions = tables["headline_region"]
    for indicator, rows in tables["headline"].groupby("indicator"):
        own = regions[(regions["indicator"] == indicator) & (regions["origin_class"] == "_T")]
        is_regional = len(own) > 0 and bool((rows["how"] == _NONE).all())
        yield Part(str(indicator), {}, rows.iloc[:0] if is_regional else rows, own)
    for (name, kind), parts_of in tables["headline_origin"].groupby(["indicator", "origin_class"]):
        own = regions[(regions["indicator"] == name) & (regions["origin_class"] == kind)]
        yield Part(str(name), _of("origin_class", str(kind)), parts_of, own)
    forms = _in_words(release.connection.execute(_FORMS, {"grouping": grouping}).df())
    for (name, form), told in forms.groupby(["indicator", "exploitation"]):
        is_member = told["panel"] == "_Z"
        yield Part(str(name), _of("exploitation", str(form)), told[is_member], told[~is_member])


def _of(codes: str, code: str) -> dict[str, str]:
    return {lang: coded(codes, code, lang) for lang in CONTRACT}


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures with what each is, its value and its flags in words, as the labelled tables have them."""
    told = rows[["collection", "value_low", "value_high", "unit", "flag"]].to_dict("records")
    for row in told:
        low, high = row["value_low"], row["value_high"]
        row["how"] = _NONE if pd.isna(row["collection"]) else headlines.how(low, high, row["unit"], False)
        row |= {"said_low": low, "said_high": high}
    words: dict[str, list[Any]] = {"how": [row["how"] for row in told]}
    for lang in CONTRACT:
        words[f"value_{lang}"] = [headlines.value({str(k): v for k, v in row.items()}, lang) for row in told]
        words[f"flags_{lang}"] = [headlines.flags(row["flag"], lang) for row in told]
    return pd.concat([rows, pd.DataFrame(words, index=rows.index)], axis="columns")


def with_figures(release: Warehouse) -> set[str]:
    """The indicators that the release has a figure of, in whatever table."""
    found = release.query(
        "SELECT DISTINCT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL"
    )
    return set(found["indicator"])
