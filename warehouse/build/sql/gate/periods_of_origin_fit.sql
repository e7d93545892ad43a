-- One row per class of origin of a month or quarter that surely exceeds its table's total, or the class that contains
-- it.
SELECT c.collection, c.measure, c.reporting_country, c.frequency, c.period_start, c.origin_class
FROM baseline.origin_profile_sub AS c
LEFT JOIN reference.codes AS k
    ON k.codelist = 'origin_class' AND k.code = c.origin_class AND c.class_level = 'part'
LEFT JOIN baseline.origin_profile_sub AS p
    ON p.class_level = 'parent' AND p.origin_class = k.parent
    AND (p.grouping, p.collection, p.measure, p.reporting_country, p.period_start, p.frequency)
      = (c.grouping, c.collection, c.measure, c.reporting_country, c.period_start, c.frequency)
WHERE (c.persons_low > c.total_high AND NOT has_flag(c.flag, 'inconsistent'))
   OR c.persons_low > p.persons_low OR c.possible_high > p.possible_high
