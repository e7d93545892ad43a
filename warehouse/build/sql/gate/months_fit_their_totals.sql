-- One row per month of a class or country of origin that surely exceeds the month's total, and per month of a class
-- that exceeds a class containing it.
SELECT m.collection, m.measure, m.reporting_country, m.period_start, m.origin_class, m.citizenship
FROM analysis.monthly AS m
LEFT JOIN reference.codes AS k
    ON k.codelist = 'origin_class' AND k.code = m.origin_class AND m.citizenship = '_T' AND m.class_level = 'part'
JOIN analysis.monthly AS t
    ON (t.collection, t.measure, t.reporting_country, t.period_start)
     = (m.collection, m.measure, m.reporting_country, m.period_start)
    AND t.citizenship = '_T' AND (t.origin_class = '_T' OR (t.origin_class = k.parent AND t.class_level = 'parent'))
WHERE m.value_low > t.value_high AND NOT has_flag(m.flag, 'inconsistent') AND NOT has_flag(t.flag, 'inconsistent')
