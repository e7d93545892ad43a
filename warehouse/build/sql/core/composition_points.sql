-- Persons of known origin by class in each year's table of origins, with the table's total and hidden persons, for the
-- test of composition (analysis.origin_mix). One row per table and class. From core.origin_tables, core.named_origins,
-- core.breaks and registry.decisions. NULL: a missing upper bound, `break_id` without a break, and `table_flag` if
-- there is none.
-- A class that the table does not name has no persons of known origin.
WITH classes AS (
    SELECT code AS origin_class FROM reference.codes
    WHERE codelist = 'origin_class' AND code <> '_T' AND NOT hides_origin(code) AND NOT holds_classes(code)
),
named_by_class AS (
    SELECT
        n.collection, n.measure, n.whose, n.origin_basis, n.reporting_country, n.period_start, n.origin_class,
        sum(n.persons_low) AS persons_low,
        sum_high(n.persons_high) AS persons_high
    FROM core.named_origins AS n
    GROUP BY ALL
),
doubted_years AS (
    SELECT collection, measure, reporting_country, period_start FROM core.unconfirmed
    UNION
    SELECT collection, measure, reporting_country, period_start FROM core.single_origin
),
marks AS (
    SELECT collection, kind, measure, reporting_country, broken_on AS period_start, dimension FROM core.breaks
    UNION ALL BY NAME
    SELECT collection, kind, measure, reporting_country, period_start, dimension, frequency
    FROM registry.decisions
    WHERE kind = 'real_change'
),
marked_years AS (   -- years on different sides of a break, sure or suspected, differ in id
    SELECT
        t.collection, t.measure, t.reporting_country, t.period_start,
        bool_or(d.kind = 'real_change' AND d.period_start = t.period_start AND d.frequency = 'A') AS is_real_change,
        CAST(max(d.period_start) FILTER (d.kind <> 'real_change' AND d.period_start <= t.period_end) AS VARCHAR)
            AS break_id
    FROM (
        SELECT DISTINCT collection, measure, reporting_country, period_start, period_end
        FROM core.origin_tables WHERE frequency = 'A'
    ) AS t
    JOIN marks AS d
        ON d.collection = t.collection
        AND coalesce(d.measure, t.measure) = t.measure
        AND coalesce(d.reporting_country, t.reporting_country) = t.reporting_country
        AND coalesce(d.dimension, 'citizenship') IN ('total', 'citizenship')
    GROUP BY ALL
)
SELECT
    g.grouping, t.family, t.collection, t.measure, t.whose, t.origin_basis, t.reporting_country, t.period_start,
    t.period_end, k.origin_class, m.count_unit,
    coalesce(n.persons_low, 0) AS persons_low,
    CASE WHEN n.origin_class IS NULL THEN 0 ELSE n.persons_high END AS persons_high,
    t.hidden_high, t.total_low, t.total_high, t.is_whole,
    d.collection IS NOT NULL AS is_unconfirmed,
    coalesce(b.is_real_change, FALSE) AS is_real_change,
    b.break_id,
    t.flag AS table_flag
FROM core.origin_tables AS t
CROSS JOIN classes AS k
CROSS JOIN core.settings AS g
JOIN (SELECT measure, count_unit FROM reference.measures) AS m USING (measure)
LEFT JOIN named_by_class AS n
    USING (collection, measure, whose, origin_basis, reporting_country, period_start, origin_class)
LEFT JOIN doubted_years AS d USING (collection, measure, reporting_country, period_start)
LEFT JOIN marked_years AS b USING (collection, measure, reporting_country, period_start)
WHERE t.frequency = 'A'
