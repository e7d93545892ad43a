-- One row per sum of twelve months that differs from the sum of its months, or has fewer months.
SELECT n.collection, n.measure, n.reporting_country, n.origin_class, n.citizenship, n.period_start
FROM analysis.monthly AS n
INNER JOIN analysis.monthly AS b
    ON b.collection = n.collection AND b.measure = n.measure AND b.reporting_country = n.reporting_country
    AND b.origin_class = n.origin_class AND b.class_level = n.class_level AND b.citizenship = n.citizenship
    AND b.period_start BETWEEN n.period_start - INTERVAL 11 MONTH AND n.period_start
WHERE n.twelve_months_low IS NOT NULL
GROUP BY ALL
HAVING count(*) <> 12 OR abs(sum(b.value_low) - any_value(n.twelve_months_low)) > 1e-6
