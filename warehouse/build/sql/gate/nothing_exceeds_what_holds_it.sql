-- One row per slice of an indicator's count that surely exceeds its total, per class of origin that exceeds a class
-- containing it or the total, and per member whose numerator exceeds that of a regional row that includes it.
-- Rows with the flag inconsistent are excluded, since they are published as reported.
WITH consistent AS (
    SELECT v.*, s.form, s.trend
    FROM baseline.indicator_values AS v
    JOIN core.specification AS s USING (indicator)
    WHERE v.pooled_years = 1 AND NOT has_flag(v.flag, 'inconsistent')
),
counts AS (SELECT * FROM consistent WHERE trend = 'count'),
totals AS (SELECT * FROM counts WHERE {{ each_slice("$ = '_T'", "AND") }} AND origin_class = '_T')
SELECT v.indicator, v.collection, v.reporting_country, v.period
FROM counts AS v
JOIN totals AS t USING (indicator, measure, collection, reporting_country, panel, period_start, frequency)
WHERE v.value_low > t.value_high
UNION
SELECT v.indicator, v.collection, v.reporting_country, v.period
FROM counts AS v
JOIN reference.codes AS k ON k.codelist = 'origin_class' AND k.code = v.origin_class
LEFT JOIN counts AS t
    ON t.origin_class = k.parent
    AND (t.indicator, t.collection, t.reporting_country, t.panel, t.period_start, t.frequency)
     = (v.indicator, v.collection, v.reporting_country, v.panel, v.period_start, v.frequency)
WHERE v.form = 'origin_count' AND (v.value_low > v.denominator_high OR v.value_low > t.value_high)
UNION
SELECT r.indicator, v.collection, v.reporting_country, v.period
FROM consistent AS r
JOIN consistent AS v
    USING (indicator, measure, {{ slices }}, origin_class, denominator_basis, period_start, frequency, preferred)
WHERE r.panel <> '_Z' AND v.panel = '_Z' AND list_contains(string_split(r.members, ' '), v.reporting_country)
  AND v.numerator_low > r.numerator_high
