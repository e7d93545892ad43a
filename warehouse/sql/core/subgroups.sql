-- Rows whose wider group stands in the same table: their persons are counted there, and never added to it.
-- One row per such figure and dimension (`within`). From core.figures, of breakdowns that may be added up. Never NULL.
WITH figures_added_up AS (
    SELECT collection, measure, reporting_country, period_start, frequency, breakdown, {{ dimensions }}
    FROM core.figures
    SEMI JOIN registry.exhaustive USING (collection, breakdown)
),
subgroup_codes AS (SELECT codelist AS within, code AS own, parent FROM reference.codes WHERE parent <> '_T')
{{ each_dimension("
SELECT * EXCLUDE (own) REPLACE (own AS $)
FROM (
    SELECT figures_added_up.* REPLACE (parent AS $), own, within
    FROM figures_added_up
    JOIN subgroup_codes ON within = '$' AND own = $
)
NATURAL SEMI JOIN figures_added_up
", "UNION ALL") }}
