-- As counted. One row per figure of the measure that details nothing beside the indicator's slices.
-- From core.indicator_figures. Never NULL but for an upper bound, which then is none.
SELECT
    s.indicator, f.reporting_country, f.period_start, f.period_end, f.frequency,
    {{ each_slice("f.$") }}, f.origin_class, f.breakdown, '_Z' AS denominator_basis,
    1 AS pooled_years,
    f.value_low AS numerator_low, f.value_high AS numerator_high,
    f.value_low, f.value_high, f.flag, f.provider, f.collection, f.submissions
FROM core.specification AS s
JOIN core.indicator_figures AS f ON f.measure = s.measure AND f.family = s.family
WHERE s.form = 'count'
  AND (
      f.breakdown = 'total'
      OR list_has_all(string_split(s.slices, '+'), string_split(f.breakdown, '+'))
  )
