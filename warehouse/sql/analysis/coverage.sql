-- Which country reported which year, and what is missing. One row per country, year, collection and measure, from the
-- collection's first year to the last one due. From core.figures, core.staged, the registry and reference.groupings.
-- `submissions` is NULL where nothing is in force. `never` is said only up to the last year that anybody reported.
WITH reported AS (
    SELECT
        f.reporting_country, f.collection, f.family, f.measure, f.period_start, f.period_end,
        first(f.breakdown ORDER BY f.breakdown <> 'total', len(f.breakdown), f.breakdown) AS breakdown,
        bool_or(has_flag(f.flag, 'partial')) AS is_partial,
        string_agg(DISTINCT f.submissions, ' ' ORDER BY f.submissions) AS submissions
    FROM core.figures AS f
    WHERE f.frequency = 'A'
    GROUP BY ALL
),
measures AS (
    SELECT DISTINCT collection, family, measure FROM reported
),
countries AS (
    SELECT c.collection, c.fixed_country AS reporting_country, DATE '1900-01-01' AS since
    FROM registry.collections AS c WHERE c.fixed_country IS NOT NULL
    UNION
    SELECT c.collection, g.member, g.valid_from
    FROM registry.collections AS c
    CROSS JOIN reference.groupings AS g
    JOIN core.settings AS s ON s.grouping = g.grouping
    WHERE c.fixed_country IS NULL AND g.valid_to IS NULL
),
years AS (
    SELECT
        c.collection, c.due_days,
        CAST(unnest(generate_series(min(r.period_start), max(s.as_of), INTERVAL 1 YEAR)) AS DATE) AS period_start
    FROM reported AS r
    JOIN registry.collections AS c USING (collection)
    CROSS JOIN core.settings AS s
    GROUP BY c.collection, c.due_days
),
expected AS (
    SELECT
        k.reporting_country, y.period_start, m.collection, m.family, m.measure,
        CAST(y.period_start + INTERVAL 1 YEAR - INTERVAL 1 DAY AS DATE) AS period_end,
        CAST(y.period_start + INTERVAL 1 YEAR - INTERVAL 1 DAY + to_days(CAST(y.due_days AS INTEGER)) AS DATE) AS due_on
    FROM measures AS m
    JOIN countries AS k USING (collection)
    JOIN years AS y ON y.collection = m.collection AND y.period_start >= k.since
),
withdrawn AS (
    SELECT DISTINCT o.reporting_country, o.collection, o.measure, o.period_start
    FROM core.staged AS o
    JOIN registry.submissions AS s USING (submission)
    WHERE s.withdrawn_on IS NOT NULL
),
last_seen AS (
    SELECT collection, max(period_start) AS last_start FROM reported GROUP BY collection
)
SELECT
    e.reporting_country, e.period_start, e.period_end, e.collection, e.family, e.measure,
    coalesce(r.breakdown, '_Z') AS breakdown,
    CASE
        WHEN r.is_partial THEN 'partial'
        WHEN r.collection IS NOT NULL THEN 'reported'
        WHEN w.collection IS NOT NULL THEN 'withdrawn'
        WHEN e.period_start > l.last_start THEN 'late'
        ELSE 'never'
    END AS status,
    e.due_on,
    r.submissions
FROM expected AS e
JOIN last_seen AS l USING (collection)
CROSS JOIN core.settings AS s
LEFT JOIN reported AS r USING (reporting_country, collection, measure, period_start)
LEFT JOIN withdrawn AS w USING (reporting_country, collection, measure, period_start)
WHERE r.collection IS NOT NULL OR w.collection IS NOT NULL OR e.due_on < s.as_of
