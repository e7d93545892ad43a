-- What is told of protected collections: every cell of their fixed tables, those withheld with one marker and no value.
-- One row per component (family, measure, year), country or region, period, dimension and code. From
-- core.protected_cells. `value` is NULL where it is withheld, `members` of a country.
SELECT
    family, measure, reporting_country, year, year_start,
    period_name(frequency, period_start, period_end) AS period,
    period_start, period_end, frequency, dimension, code,
    CASE WHEN is_told THEN value END AS value,
    CASE WHEN is_told THEN 'F' ELSE 'C' END AS conf_status,
    CASE WHEN is_told THEN CAST(CAST(value AS BIGINT) AS VARCHAR) ELSE 'suprimido' END AS value_es,
    CASE WHEN is_told THEN CAST(CAST(value AS BIGINT) AS VARCHAR) ELSE 'withheld' END AS value_en,
    members, collection, submissions
FROM core.protected_cells
WHERE status = 'shown'
