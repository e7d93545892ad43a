-- The catalogue of indicators, with the information if data is available. One row per indicator. From core.declared and
-- baseline.indicator_values. NULL: entries that the catalogue leaves out.
SELECT
    c.* REPLACE (CASE WHEN v.indicator IS NULL THEN 'no_data' ELSE 'available' END AS data)
FROM core.declared AS c
LEFT JOIN (SELECT DISTINCT indicator FROM baseline.indicator_values) AS v USING (indicator)
