-- One row per series with more than one test of its mix of origins.
SELECT collection, measure, reporting_country
FROM analysis.origin_mix
GROUP BY grouping, collection, measure, whose, origin_basis, reporting_country
HAVING count(*) > 1
