-- One row per origin with more than one row in a series.
SELECT collection, measure, reporting_country, citizenship
FROM analysis.origins
GROUP BY grouping, collection, measure, whose, origin_basis, reporting_country, citizenship
HAVING count(*) > 1
