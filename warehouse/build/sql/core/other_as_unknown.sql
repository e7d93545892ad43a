-- Periods in which "other sex" equals "unknown sex" exactly: the same group reported twice (STATISTICS section 2),
-- counted once as unknown. One row per collection, measure, country and period. From core.figures. Never NULL.
SELECT
    o.collection, o.measure, o.reporting_country, o.period_start, o.frequency,
    bool_or(u.breakdown = 'sex') AS in_one_table
FROM core.figures AS o
JOIN core.figures AS u USING (collection, measure, reporting_country, period_start, frequency)
WHERE o.sex = '_O' AND o.breakdown = 'sex'
  AND u.sex = '_U' AND u.age_group IN ('_T', '_U') AND u.breakdown IN ('sex', 'age_group+sex')
  AND o.value_low = o.value_high AND u.value_low = u.value_high AND o.value_low = u.value_low AND o.value_low > 0
GROUP BY ALL
