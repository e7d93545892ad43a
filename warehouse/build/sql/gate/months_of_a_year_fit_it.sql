-- One row per partial year whose months surely exceed the year's value, and per other year of which the same months
-- surely exceed the whole year.
SELECT s.collection, s.measure, s.reporting_country, s.period_start, t.period_start AS of_year
FROM analysis.same_months AS s
JOIN core.totals AS t
    ON (t.collection, t.measure, t.reporting_country, t.frequency)
     = (s.collection, s.measure, s.reporting_country, 'A')
WHERE (t.period_start = s.period_start AND s.value_low > t.total_high)
   OR (t.period_start = s.other_start AND s.other_low > t.total_high)
