-- Of each year and country that told a protected collection something: whether its tables are shown, and else why not.
-- One row per family, measure, country or region, and year. From core.protected_cells. Never NULL.
SELECT DISTINCT family, measure, reporting_country, year, year_start, status, threshold
FROM core.protected_cells
