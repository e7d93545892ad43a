-- The points of series that may have a trend: of a country, or of the same members every year. One row per series and
-- period that has a value and whose form is judged in trends (`trend`: as a count, a rate or a share).
-- From baseline.indicator_values, the catalogue and reference.measures. NULL only an upper bound, which then is none,
-- and the flag.
SELECT
    v.indicator, v.measure, v.reporting_country, v.grouping, {{ each_slice("v.$") }}, v.origin_class,
    v.denominator_basis, v.pooled_years, v.panel, v.break_id, v.frequency, v.provider, v.collection, v.period_start,
    v.period_end, v.value_low, v.value_high, v.flag, v.members, d.baseline_from, d.baseline_to,
    s.trend AS unit_kind,
    CASE WHEN v.denominator_basis = 'known' THEN coalesce(v.known_share_low, 0) ELSE 1 END AS known,
    m.count_unit = 'person' AS of_persons
FROM baseline.indicator_values AS v
JOIN core.specification AS s USING (indicator)
JOIN core.declared AS d USING (indicator)
JOIN reference.measures AS m ON m.measure = v.measure
WHERE s.trend IS NOT NULL AND v.value_low IS NOT NULL AND v.panel IN ('_Z', 'fixed') AND v.pooled_years = 1
