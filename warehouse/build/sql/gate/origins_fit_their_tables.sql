-- One row per origin whose last year surely exceeds the total of that year's table.
SELECT o.collection, o.measure, o.reporting_country, o.citizenship, o.last_year
FROM analysis.origins AS o
JOIN (
    SELECT grouping, collection, measure, reporting_country, year, max(total_high) AS total_high
    FROM baseline.origin_profile
    WHERE NOT has_flag(flag, 'inconsistent')
    GROUP BY ALL
    HAVING count(*) = count(total_high)
) AS t
    ON (t.grouping, t.collection, t.measure, t.reporting_country, t.year)
     = (o.grouping, o.collection, o.measure, o.reporting_country, o.last_year)
WHERE o.last_low > t.total_high
