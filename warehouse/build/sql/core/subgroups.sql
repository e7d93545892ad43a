-- Rows whose wider group is in the same table. Their persons are counted in the group, so they are not added to it. One
-- row per such value and dimension (`within`), with the wider group's code. From core.figures. Never NULL.
WITH figures_in_tables AS (
    SELECT collection, measure, reporting_country, period_start, frequency, breakdown, {{ dimensions }}
    FROM core.figures
    WHERE breakdown <> 'total'
),
codes AS (SELECT codelist AS within, code AS own, parent FROM reference.codes WHERE parent <> '_T'),
as_wider_group AS (
    {{ each_dimension("
    SELECT f.* REPLACE (parent AS $), own, within, parent AS wider_group
    FROM figures_in_tables AS f
    JOIN codes ON within = '$' AND own = $
    ", "UNION ALL") }}
)
SELECT * EXCLUDE (own) REPLACE ({{ each_dimension("CASE within WHEN '$' THEN own ELSE $ END AS $") }})
FROM as_wider_group
SEMI JOIN figures_in_tables USING (collection, breakdown, {{ key }})
