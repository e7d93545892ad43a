-- How many annual series have a trend, and why the others have none. One row per indicator, measure, country or
-- grouping, panel and source. From core.judged_points and analysis.trends. Never NULL.
-- Slices with too few years for any test have no row in analysis.trends: they are among `short_series` only.
WITH series AS (
    SELECT DISTINCT
        indicator, measure, reporting_country, grouping, panel, provider, collection, preferred, frequency,
        {{ each_slice("$") }}, origin_class, class_level, denominator_basis, pooled_years, break_id
    FROM core.judged_points
),
outcomes AS (
    SELECT
        s.*,
        CASE
            WHEN t.direction IN ('rising', 'falling') OR t.level IN ('higher', 'lower') THEN 'claimed'
            WHEN t.direction = 'no_clear_change' OR t.level = 'no_clear_difference' THEN 'unclear'
            WHEN t.indicator IS NULL OR (t.direction = 'too_few_years' AND t.n_periods < 5) THEN 'short'
            ELSE 'refused'
        END AS outcome
    FROM series AS s
    LEFT JOIN analysis.trends AS t USING (
        indicator, measure, reporting_country, panel, collection, frequency, {{ slices }}, origin_class,
        denominator_basis, pooled_years, break_id
    )
)
SELECT
    indicator, measure, reporting_country, grouping, panel, provider, collection, preferred,
    count(*) AS annual_series,
    count(*) FILTER (outcome = 'short') AS short_series,
    count(*) FILTER (outcome = 'refused') AS refused_series,
    count(*) FILTER (outcome = 'unclear') AS unclear_series,
    count(*) FILTER (outcome = 'claimed') AS claimed_series
FROM outcomes
GROUP BY ALL
