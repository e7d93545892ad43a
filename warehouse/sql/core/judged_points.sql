-- The points that trends are judged by: a member's jump that nobody has decided puts the sum of its panel in doubt from
-- its second year on. One row per row of core.trend_points, NULL as there.
-- From core.trend_points and core.jumps.
WITH panel_years AS (
    SELECT *, min(period_start) OVER (PARTITION BY indicator, reporting_country) AS first_start
    FROM core.trend_points
    WHERE panel = 'fixed'
),
doubted_sums AS (
    SELECT DISTINCT p.indicator, p.reporting_country, p.period_start
    FROM panel_years AS p
    JOIN core.jumps AS j
        ON (j.indicator, j.period_start, j.frequency) = (p.indicator, p.period_start, p.frequency)
        AND j.panel = '_Z' AND {{ each_slice("j.$ = '_T'", "AND") }}
        AND list_contains(string_split(p.members, ' '), j.reporting_country)
    WHERE p.period_start > p.first_start
)
SELECT
    v.* REPLACE (
        CASE WHEN d.indicator IS NULL THEN v.flag ELSE joined_flags(flags_of(v.flag) || ['unconfirmed_break']) END
            AS flag
    )
FROM core.trend_points AS v
LEFT JOIN doubted_sums AS d
    ON v.panel = 'fixed'
    AND (d.indicator, d.reporting_country, d.period_start) = (v.indicator, v.reporting_country, v.period_start)
