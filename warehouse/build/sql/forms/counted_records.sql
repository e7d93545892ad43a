-- Share of the network's records that fulfil a condition, among the records examined. One row per country and year with
-- known records. From core.counted_records (conditions of the catalogue). NULL only for the flag of a year without one.
SELECT
    r.indicator, '_Z' AS measure, r.reporting_country, make_date(CAST(r.year AS INTEGER), 1, 1) AS period_start,
    make_date(CAST(r.year AS INTEGER), 12, 31) AS period_end, 'A' AS frequency, {{ each_slice("'_T' AS $") }},
    '_T' AS origin_class, 'total' AS breakdown, '_Z' AS denominator_basis, 1 AS pooled_years,
    r.numerator_low, r.numerator_high, r.denominator_low, r.denominator_low AS denominator_high,
    r.denominator_low AS denominator_at_low, r.denominator_low AS denominator_at_high,
    r.numerator_low / r.denominator_low AS value_low, r.numerator_high / r.denominator_low AS value_high,
    r.flag, r.provider, r.collection, r.submissions
FROM core.counted_records AS r
