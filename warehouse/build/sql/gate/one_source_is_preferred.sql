-- One row per indicator, measure and country with several preferred sources, with none although a source is eligible,
-- or with a preferred source that the catalogue uses only for comparison.
SELECT v.indicator, v.measure, v.reporting_country, count(DISTINCT v.collection) FILTER (v.preferred) AS sources
FROM baseline.indicator_values AS v
LEFT JOIN (SELECT indicator, collection FROM core.specification_sources WHERE preference IS NULL) AS b
    USING (indicator, collection)
WHERE v.panel = '_Z'
GROUP BY ALL
HAVING count(DISTINCT v.collection) FILTER (v.preferred) > 1
    OR bool_or(v.preferred AND b.collection IS NOT NULL)
    OR (NOT bool_or(v.preferred) AND bool_or(b.collection IS NULL))
