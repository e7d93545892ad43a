-- One row per origin that enters or leaves with too few persons or years, or against the last year.
SELECT collection, measure, reporting_country, citizenship, status
FROM analysis.origins
WHERE (status IN ('entering', 'possibly_entering') AND (last_low < 10 OR NOT named_last))
   OR (status IN ('leaving', 'possibly_leaving') AND named_last)
   OR (status IN ('leaving', 'possibly_leaving', 'entering', 'possibly_entering') AND whole_years < 5)
