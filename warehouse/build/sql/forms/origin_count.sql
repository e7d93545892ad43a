-- Each class of origin as counted: from those who surely are of it to those who may be, beside the total. One row per
-- class of each profile of origin.
-- From core.origin. NULL an upper bound where nobody knows how many are left out.
SELECT
    s.indicator, o.measure, o.reporting_country, o.period_start, o.period_end, o.frequency,
    {{ each_slice("'_T' AS $") }}, o.origin_class, 'citizenship+total' AS breakdown,
    '_Z' AS denominator_basis, 1 AS pooled_years,
    o.persons_low AS numerator_low, o.possible_high AS numerator_high,
    o.total_low AS denominator_low, o.total_high AS denominator_high,
    o.persons_low AS value_low, o.possible_high AS value_high, o.flag, o.provider, o.collection, o.submissions
FROM core.specification AS s
JOIN core.origin AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
WHERE s.form = 'origin_count'
  -- of a class that holds others the parent: what is told of it alone is a part of that
  AND NOT (o.class_level = 'part' AND holds_classes(o.origin_class))
