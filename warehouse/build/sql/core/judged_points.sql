-- Points for the test of trends. One row per row of core.trend_points. From core.trend_points and core.jumps. NULL as
-- there.
-- An undecided jump of a member, a suspected break or one at an edge, also marks the sum of the member's panel.
WITH panel_years AS (
    SELECT *, min(period_start) OVER (PARTITION BY indicator, reporting_country) AS first_start
    FROM core.trend_points
    WHERE panel = 'fixed'
),
doubted_sums AS (
    SELECT
        p.indicator, p.reporting_country, p.period_start,
        bool_or(j.kind = 'suspected_break') AS is_broken,
        bool_or(j.kind = 'unconfirmed_edge') AS has_edge
    FROM panel_years AS p
    JOIN core.jumps AS j
        ON (j.indicator, j.period_start, j.frequency) = (p.indicator, p.period_start, p.frequency)
        AND j.preferred AND j.panel = '_Z' AND {{ each_slice("j.$ = '_T'", "AND") }}
        AND list_contains(string_split(p.members, ' '), j.reporting_country)
    WHERE p.period_start > p.first_start
    GROUP BY ALL
)
SELECT
    v.* REPLACE (
        CASE WHEN d.indicator IS NULL THEN v.flag ELSE joined_flags(flags_of(v.flag) || [
            CASE WHEN d.is_broken THEN 'unconfirmed_break' END,
            CASE WHEN d.has_edge THEN 'unconfirmed_edge' END
        ]) END AS flag
    )
FROM core.trend_points AS v
LEFT JOIN doubted_sums AS d
    ON v.panel = 'fixed'
    AND (d.indicator, d.reporting_country, d.period_start) = (v.indicator, v.reporting_country, v.period_start)
