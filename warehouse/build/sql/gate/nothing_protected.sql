-- One row per value of a protected collection that its public table does not publish with the same bounds. From
-- core.figures and baseline.protected_counts.
WITH published AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency,
        CASE dimension WHEN '_T' THEN 'total' WHEN 'origin_class' THEN 'citizenship' ELSE dimension END AS breakdown,
        value_low, value_high
    FROM baseline.protected_counts
)
SELECT DISTINCT f.collection, f.measure, f.reporting_country, f.period_start, f.breakdown
FROM core.figures AS f
SEMI JOIN (SELECT collection FROM registry.collections WHERE confidentiality <> 'open') USING (collection)
ANTI JOIN published AS p
    ON (p.collection, p.measure, p.reporting_country, p.period_start, p.frequency, p.breakdown, p.value_low)
     = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency, f.breakdown, f.value_low)
    AND p.value_high IS NOT DISTINCT FROM f.value_high
