-- Least sums of the rows of a table within wider cells: cells of a table with fewer dimensions and the same persons, or
-- a wider group in the same table. One row per table (`breakdown`), table of the wider cell (`wider`), dimension of the
-- group (`within`) and the cell's codes in the order of the dimensions. From core.figures and core.subgroups, for
-- measures that can be summed. Never NULL.
WITH figures_in_tables AS NOT MATERIALIZED (
    SELECT *
    FROM core.figures
    SEMI JOIN (SELECT measure FROM reference.measures WHERE summable) USING (measure)
    WHERE breakdown <> 'total'
),
tables AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, breakdown,
        string_split(breakdown, '+') AS details,
        max(parts_present / parts_expected) AS reported_part
    FROM figures_in_tables
    GROUP BY ALL
),
pairs AS (   -- a table with more months of the period may list more, so it is not compared
    SELECT n.* EXCLUDE (details, reported_part), w.breakdown AS wider, w.details
    FROM tables AS n
    JOIN tables AS w USING (collection, measure, reporting_country, period_start, frequency)
    WHERE array_length(n.details) > array_length(w.details) AND list_has_all(n.details, w.details)
      AND n.reported_part <= w.reported_part
)
SELECT
    p.collection, p.measure, p.reporting_country, p.period_start, p.frequency, p.breakdown, p.wider, '' AS within,
    concat_ws('|', {{ each_dimension("CASE WHEN list_contains(p.details, '$') THEN f.$ END") }}) AS codes,
    sum(f.value_low) AS low
FROM pairs AS p
JOIN (FROM figures_in_tables ANTI JOIN core.subgroups USING (collection, breakdown, {{ key }})) AS f
    USING (collection, measure, reporting_country, period_start, frequency, breakdown)
GROUP BY ALL
UNION ALL BY NAME
SELECT
    g.collection, g.measure, g.reporting_country, g.period_start, g.frequency, g.breakdown, g.breakdown AS wider,
    g.within,
    concat_ws('|', {{ each_dimension("
        CASE WHEN g.within = '$' THEN g.wider_group WHEN list_contains(string_split(g.breakdown, '+'), '$') THEN g.$ END
    ") }}) AS codes,
    sum(f.value_low) AS low
FROM core.subgroups AS g
JOIN figures_in_tables AS f USING (collection, breakdown, {{ key }})
GROUP BY ALL
