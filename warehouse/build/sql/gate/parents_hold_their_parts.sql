-- One row per parent class of origin with a lower or upper bound below that of one of its parts.
SELECT
    p.collection, p.reporting_country, p.period_start, p.origin_class, c.origin_class AS part, p.persons_low,
    c.persons_low AS part_low
FROM baseline.origin_profile AS p
JOIN reference.codes AS k ON k.codelist = 'origin_class' AND k.parent = p.origin_class
JOIN baseline.origin_profile AS c
    USING (grouping, collection, measure, reporting_country, period_start, frequency)
WHERE p.class_level = 'parent' AND c.origin_class = k.code
  AND (p.persons_low < c.persons_low OR p.possible_high < c.possible_high)
