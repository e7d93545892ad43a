-- One row per slice or class of a count whose latest value surely exceeds that of its total in the same year.
WITH counts AS (
    SELECT t.*
    FROM analysis.trends AS t
    JOIN core.specification AS s USING (indicator)
    WHERE s.trend = 'count' AND t.pooled_years = 1 AND NOT has_flag(t.flag, 'inconsistent')
)
SELECT v.indicator, v.collection, v.reporting_country, v.last_period
FROM counts AS v
JOIN counts AS t USING (indicator, measure, collection, reporting_country, panel, frequency, last_period)
WHERE {{ each_slice("t.$ = '_T'", "AND") }} AND t.origin_class = '_T' AND t.citizenship = '_T'
  AND v.latest_low > t.latest_high
