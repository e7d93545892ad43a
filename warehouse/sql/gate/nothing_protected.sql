-- One row per protected collection of which the indicators count anything but what its public tables tell: a value that
-- is none of theirs, or a bound of a withheld cell that is narrower than the total and the cells told leave.
WITH told AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency,
        CASE dimension WHEN '_T' THEN 'total' WHEN 'origin_class' THEN 'citizenship' ELSE dimension END AS breakdown,
        value
    FROM baseline.protected_counts
),
tables AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, breakdown, sum(value) AS sum_told,
        list(value) FILTER (value IS NOT NULL) AS told
    FROM told
    GROUP BY ALL
)
SELECT DISTINCT f.collection
FROM core.figures AS f
SEMI JOIN (SELECT collection FROM registry.collections WHERE confidentiality <> 'open') USING (collection)
LEFT JOIN tables AS t USING (collection, measure, reporting_country, period_start, frequency, breakdown)
LEFT JOIN (FROM told WHERE breakdown = 'total') AS w
    ON (w.collection, w.measure, w.reporting_country, w.period_start, w.frequency)
     = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
WHERE CASE
    WHEN t.collection IS NULL THEN TRUE
    WHEN f.value_low = f.value_high AND NOT has_flag(f.flag, 'withheld') THEN NOT list_contains(t.told, f.value_low)
    ELSE f.value_low > 0 OR f.value_high < w.value - coalesce(CASE WHEN f.breakdown <> 'total' THEN t.sum_told END, 0)
END
