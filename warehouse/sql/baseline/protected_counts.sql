-- The published counts of protected collections. One row per measure, country or region, period, dimension and code.
-- From core.protected_cells, without the true value and the draw. `members` is NULL for a country.
SELECT
    family, measure, reporting_country, year, year_start,
    period_name(frequency, period_start, period_end) AS period,
    period_start, period_end, frequency, dimension, code, value_low, value_high, value_published, flag, value_es,
    value_en, details_as_of, revised_on, members, collection, submissions
FROM core.protected_cells
WHERE status = 'shown'
