-- The indicators' values by country, of one source for a country's whole series, so that no series changes its source
-- unsaid; of every source where the catalogue says `combine = "each"`. One row per row of core.values_by_source kept.
-- From core.values_by_source, core.specification(_sources) and registry.collections. NULL as there.
SELECT
    v.* EXCLUDE (measure),
    coalesce(v.measure, s.measure) AS measure, s.unit, s.denominator_measure, c.period_basis
FROM core.values_by_source AS v
JOIN core.specification AS s USING (indicator)
JOIN (SELECT collection, period_basis FROM registry.collections) AS c ON c.collection = v.collection
LEFT JOIN core.specification_sources AS r ON r.indicator = v.indicator AND r.collection = v.collection
WHERE r.collection IS NULL OR r.preference IS NOT NULL   -- one that stands beside is never a substitute
QUALIFY s.combine = 'each' OR dense_rank() OVER (
    PARTITION BY v.indicator, v.reporting_country ORDER BY coalesce(r.preference, 1000), v.collection
) = 1
