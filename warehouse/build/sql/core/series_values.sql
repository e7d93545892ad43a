-- Indicators' values by country. One row per row of core.values_by_source. From core.values_by_source,
-- core.specification(_sources) and registry.collections. NULL as there.
-- Every source is a separate series. One source per country is preferred for the whole series, so that no series
-- changes its source silently. Sources that the catalogue uses only for comparison are never preferred.
SELECT
    v.* EXCLUDE (measure),
    coalesce(v.measure, s.measure) AS measure, s.unit, s.denominator_measure, c.period_basis,
    r.collection IS NOT NULL AND r.preference IS NULL AS is_beside,
    NOT is_beside AND dense_rank() OVER (
        PARTITION BY v.indicator, coalesce(v.measure, s.measure), v.reporting_country
        ORDER BY is_beside, coalesce(r.preference, 1000), v.collection
    ) = 1 AS preferred
FROM core.values_by_source AS v
JOIN core.specification AS s USING (indicator)
JOIN (SELECT collection, period_basis FROM registry.collections) AS c ON c.collection = v.collection
LEFT JOIN core.specification_sources AS r ON r.indicator = v.indicator AND r.collection = v.collection
