-- Values of all indicators: of each country by source, and of groupings from preferred sources only. One row per series
-- and period. From core.country_values, core.regional_sums and core.grouping_values. NULL as in its sources.
SELECT
    v.* EXCLUDE (breakdown, denominator_at_low, denominator_at_high),
    g.grouping,
    CASE
        WHEN v.origin_class = '_T' THEN '_Z'
        WHEN holds_classes(v.origin_class) THEN 'parent'
        ELSE 'part'
    END AS class_level,
    status_of(v.flag) AS obs_status
FROM (
    SELECT *, '_Z' AS panel FROM core.country_values
    UNION ALL BY NAME
    SELECT * FROM core.regional_sums
    UNION ALL BY NAME
    SELECT * FROM core.grouping_values
) AS v
CROSS JOIN core.settings AS g
