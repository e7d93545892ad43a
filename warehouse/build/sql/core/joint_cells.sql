-- Cells of annual tables that may bound each other: open collections, measures of whole persons or cases that can be
-- summed, periods with two reported tables and a hidden cell or a table at fault. One row per cell. From
-- core.open_figures, core.totals, core.breakdowns, core.other_as_unknown, core.current, the registry and reference
-- tables. `value_high` is NULL without an upper bound.
-- Not of periods with quarantined rows, whose persons may belong to several cells, and not of a member and family of
-- which some collection is protected: nothing sharper than its tables is published there. A doubtful value bounds
-- nothing. Persons reported as "other sex" again as "unknown sex" in the same table are repeated.
WITH measured AS (
    SELECT measure FROM reference.measures WHERE summable AND whole
),
cells AS (
    SELECT
        family, collection, measure, reporting_country, period_start, period_end, breakdown, {{ dimensions }},
        value_low, value_high, flag, TRUE AS is_reported
    FROM core.open_figures
    WHERE frequency = 'A' AND breakdown <> 'total'
    UNION ALL BY NAME
    SELECT
        family, collection, measure, reporting_country, period_start, period_end, 'total' AS breakdown,
        {{ each_dimension("'@' AS $") }}, total_low AS value_low, total_high AS value_high, flag,
        total_source = 'sent' AS is_reported
    FROM core.totals
    WHERE frequency = 'A'
),
periods AS (
    SELECT collection, measure, reporting_country, period_start
    FROM cells
    SEMI JOIN measured USING (measure)
    SEMI JOIN (SELECT collection FROM registry.collections WHERE confidentiality = 'open') USING (collection)
    ANTI JOIN (
        SELECT DISTINCT o.family, o.reporting_country
        FROM core.current AS o
        JOIN registry.collections AS c USING (collection)
        WHERE c.confidentiality <> 'open'
    ) USING (family, reporting_country)
    LEFT JOIN (SELECT * FROM core.breakdowns WHERE frequency = 'A')
        USING (collection, measure, reporting_country, period_start, breakdown)
    GROUP BY ALL
    HAVING count(DISTINCT CASE WHEN is_reported THEN breakdown END) > 1
       AND bool_and(NOT has_flag(flag, 'rows_in_quarantine'))
       AND bool_or(value_high IS NULL OR value_low < value_high OR coalesce(is_inconsistent OR is_contradicted, FALSE))
),
with_unknown_sex AS (
    SELECT DISTINCT collection, measure, reporting_country, period_start, breakdown
    FROM cells
    SEMI JOIN (SELECT * FROM core.other_as_unknown WHERE frequency = 'A')
        USING (collection, measure, reporting_country, period_start)
    WHERE sex = '_U'
)
SELECT
    c.* EXCLUDE (flag, is_reported),
    is_out_of_baselines(c.flag) AS is_doubtful,
    c.sex = '_O' AND u.breakdown IS NOT NULL AS is_repeated,
    coalesce(b.is_whole, FALSE) AS is_whole
FROM cells AS c
SEMI JOIN periods USING (collection, measure, reporting_country, period_start)
LEFT JOIN with_unknown_sex AS u
    ON (u.collection, u.measure, u.reporting_country, u.period_start, u.breakdown)
     = (c.collection, c.measure, c.reporting_country, c.period_start, c.breakdown)
LEFT JOIN (SELECT * FROM core.breakdowns WHERE frequency = 'A') AS b
    ON (b.collection, b.measure, b.reporting_country, b.period_start, b.breakdown)
     = (c.collection, c.measure, c.reporting_country, c.period_start, c.breakdown)
