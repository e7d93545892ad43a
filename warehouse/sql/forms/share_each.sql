-- Each code over those known, of one dimension's table. One row per such table and main code.
-- From core.parts_of_known. No value (flag ratio_undefined) where surely nobody is known.
SELECT
    indicator, reporting_country, period_start, period_end, frequency,
    {{ each_slice("CASE dimension WHEN '$' THEN part ELSE '_T' END AS $") }},
    '_T' AS origin_class, dimension AS breakdown, 'known' AS denominator_basis,
    1 AS pooled_years,
    part_low AS numerator_low, part_high AS numerator_high,
    part_low + others_low AS denominator_low, part_high + others_high AS denominator_high,
    (part_low + others_low) / nullif(all_high, 0) AS known_share_low,
    share_low(part_low, part_high, others_high) AS value_low,
    share_high(part_high, others_low, others_high) AS value_high,
    CASE WHEN part_high + others_high = 0 THEN joined_flags(flags_of(flag) || ['ratio_undefined'])
         ELSE flag END AS flag,
    provider, collection, submissions
FROM core.parts_of_known
WHERE form = 'share_each'
