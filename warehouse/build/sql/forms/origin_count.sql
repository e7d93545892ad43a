-- Counts of each origin class: from persons surely of the class to persons who may be of it. One row per class of each
-- profile of origin. From core.origin. NULL: an upper bound if the number of persons left out is unknown.
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
  -- for a class that contains others, the parent: persons reported only for the class belong to it
  AND NOT (o.class_level = 'part' AND holds_classes(o.origin_class))
