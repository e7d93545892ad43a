-- Periods of protected collections with the status of their tables and the reasons for missing ones. One row per
-- measure, country or region, period and missing table; dimension _T is the period itself. From core.protected_cells.
-- Never NULL.
SELECT DISTINCT
    family, measure, reporting_country, year, year_start,
    period_name(frequency, period_start, period_end) AS period,
    period_start, period_end, frequency,
    CASE WHEN status = 'shown' THEN '_T' ELSE dimension END AS dimension,
    status
FROM core.protected_cells
