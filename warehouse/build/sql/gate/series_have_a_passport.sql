-- One row per period in force that does not lie within exactly one passport of its series.
WITH periods AS (
    SELECT DISTINCT collection, reporting_country, measure, period_start, period_end FROM core.current
)

SELECT p.collection, p.reporting_country, p.measure, p.period_start, p.period_end, count(s.valid_from) AS passports
FROM periods AS p
LEFT JOIN registry.series AS s
    ON p.collection = s.collection AND p.reporting_country = s.reporting_country AND p.measure = s.measure
    AND s.valid_from <= p.period_start AND coalesce(s.valid_to, p.period_end) >= p.period_end
GROUP BY ALL
HAVING count(s.valid_from) <> 1
