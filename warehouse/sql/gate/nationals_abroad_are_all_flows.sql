-- One row per sum of nationals abroad that is not what the flows of preferred sources add up to.
SELECT a.origin, a.measure, a.year, a.persons_low, f.low
FROM analysis.nationals_abroad AS a
LEFT JOIN (
    SELECT grouping, measure, origin_basis, origin, year(period_end) AS year, sum(persons_low) AS low,
        count(DISTINCT reporting_country) AS members
    FROM baseline.origin_flows
    WHERE preferred AND origin <> reporting_country
    GROUP BY ALL
) AS f USING (grouping, measure, origin_basis, origin, year)
WHERE (a.persons_low, a.members_reporting) IS DISTINCT FROM (f.low, f.members)
   OR a.members_reporting > a.members_total
