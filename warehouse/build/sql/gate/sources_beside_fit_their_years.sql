-- One row per year of a pair of sources in which the months or quarters of a source surely exceed its year.
SELECT m.collection_a, m.collection_b, m.measure, m.reporting_country, m.frequency, y.period_start
FROM analysis.source_agreement AS m
JOIN analysis.source_agreement AS y
    ON (y.measure, y.reporting_country, y.collection_a, y.collection_b)
     = (m.measure, m.reporting_country, m.collection_a, m.collection_b)
    AND m.period_start BETWEEN y.period_start AND y.period_start + INTERVAL 11 MONTH
JOIN reference.measures AS k ON k.measure = m.measure
WHERE m.frequency <> 'A' AND y.frequency = 'A' AND k.summable
GROUP BY ALL
HAVING sum(m.value_a_low) > any_value(y.value_a_high) OR sum(m.value_b_low) > any_value(y.value_b_high)
