-- One row per member of a summed grouping and calendar year without a population that a rate or a region needs: the
-- years of its own numerators, and those of the region's values, for which all its members are counted.
WITH needed AS (
    SELECT f.reporting_country AS grouping_or_member, f.period_start
    FROM core.specification AS s
    JOIN core.indicator_figures AS f ON f.measure = s.measure AND f.family = s.family
    WHERE s.form = 'rate' AND f.breakdown = 'total' AND f.frequency = 'A'
    UNION
    SELECT reporting_country, period_start FROM baseline.indicator_values WHERE panel = 'reporting'
)

SELECT DISTINCT m.member, year(n.period_start + INTERVAL 6 MONTH) AS year
FROM needed AS n
JOIN reference.groupings AS m
    ON n.grouping_or_member IN (m.grouping, m.member)
    AND n.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, n.period_start)
JOIN core.summed_groupings AS g ON g.grouping = m.grouping
LEFT JOIN reference.population AS p
    ON p.country = m.member AND p.year = year(n.period_start + INTERVAL 6 MONTH)
WHERE p.country IS NULL
