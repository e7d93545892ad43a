-- Published counts of protected collections, of members and of their region, without the true value and the draw. One
-- row per measure, country or region, period, dimension and code. From core.protected_cells and core.protected_regions.
-- `members` is NULL for a country.
SELECT *, period_name(frequency, period_start, period_end) AS period
FROM (
    SELECT
        family, measure, reporting_country, year, year_start, period_start, period_end, frequency, dimension, code,
        value_low, value_high, value_published, flag, details_as_of, revised_on, CAST(NULL AS VARCHAR) AS members,
        collection, submissions
    FROM core.protected_cells
    WHERE status = 'shown'
    UNION ALL BY NAME
    SELECT * FROM core.protected_regions
)
