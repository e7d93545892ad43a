-- One row per sum of nationals abroad that is missing or differs from the sum of the flows of preferred sources.
SELECT coalesce(a.origin, f.origin) AS origin, coalesce(a.measure, f.measure) AS measure,
    coalesce(a.year, f.year) AS year, a.persons_low, f.low
FROM analysis.nationals_abroad AS a
FULL JOIN (
    SELECT grouping, measure, origin_basis, origin, year(period_end) AS year, sum(persons_low) AS low,
        count(DISTINCT reporting_country) AS members
    FROM baseline.origin_flows AS w
    SEMI JOIN reference.groupings AS m
        ON m.grouping = w.grouping AND m.member = w.origin
        AND w.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, w.period_start)
    WHERE preferred AND origin <> reporting_country
    GROUP BY ALL
) AS f USING (grouping, measure, origin_basis, origin, year)
WHERE (a.persons_low, a.members_reporting) IS DISTINCT FROM (f.low, f.members)
   OR a.members_reporting > a.members_total
