-- The indicators' values: of each country, and regional sums.
SELECT
    v.*,
    g.grouping,
    status_of(v.flag) AS obs_status
FROM (
    SELECT *, '_Z' AS panel FROM core.national
    UNION ALL BY NAME SELECT * FROM core.regional
) AS v
CROSS JOIN core.settings AS g
