-- One row per table of origin whose classes surely exceed its total without the flag for it.
SELECT collection, reporting_country, period_start, sum(persons_low) AS low, any_value(total_high) AS total
FROM core.origin
WHERE class_level = 'part' AND NOT has_flag(flag, 'inconsistent')
GROUP BY collection, reporting_country, measure, period_start, frequency
HAVING sum(persons_low) > any_value(total_high)
