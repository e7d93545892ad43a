-- Origins of a year that a steward confirmed as correct. One row per series, year and origin. From core.named_origins
-- and registry.decisions. Never NULL.
SELECT DISTINCT n.collection, n.measure, n.reporting_country, n.period_start, n.citizenship
FROM core.named_origins AS n
JOIN registry.decisions AS d
    ON d.kind = 'confirmed_origin' AND d.frequency = 'A' AND d.collection = n.collection
    AND d.citizenship = n.citizenship AND d.period_start = n.period_start
    AND coalesce(d.measure, n.measure) = n.measure
    AND coalesce(d.reporting_country, n.reporting_country) = n.reporting_country
