-- Counts of a region: sums of its members' published bounds, if two or more members publish a total of the period. One
-- row per measure, period, dimension and code. From core.protected_cells, reference.groupings and core.settings.
-- `value_high` is NULL if a member's is; columns of a draw are NULL.
-- A member whose list lacks a code counts from 0 to the largest unlisted count; a member without the table from 0 to
-- its total.
WITH cells AS (
    SELECT c.*, s.grouping, s.unlisted_high
    FROM core.protected_cells AS c
    CROSS JOIN core.settings AS s
    JOIN reference.groupings AS g ON g.grouping = s.grouping AND g.member = c.reporting_country
    WHERE c.status = 'shown' AND c.period_end BETWEEN g.valid_from AND coalesce(g.valid_to, c.period_end)
),
totals AS (
    SELECT
        family, measure, period_start, frequency, reporting_country, value_high AS total_high,
        count(*) OVER (PARTITION BY family, measure, period_start, frequency) AS members
    FROM cells
    WHERE dimension = '_T'
),
tables AS (SELECT DISTINCT family, measure, period_start, frequency, reporting_country, dimension FROM cells),
codes AS (SELECT DISTINCT family, measure, period_start, frequency, dimension, code FROM cells),
parts AS (
    SELECT
        k.*, t.reporting_country,
        coalesce(c.value_low, 0) AS value_low,
        CASE
            WHEN c.code IS NOT NULL THEN c.value_high
            WHEN d.dimension IS NOT NULL THEN s.unlisted_high
            ELSE t.total_high
        END AS value_high,
        c.flag, c.details_as_of, c.revised_on, c.submissions
    FROM codes AS k
    JOIN (FROM totals WHERE members > 1) AS t USING (family, measure, period_start, frequency)
    CROSS JOIN core.settings AS s
    LEFT JOIN tables AS d USING (family, measure, period_start, frequency, reporting_country, dimension)
    LEFT JOIN cells AS c USING (family, measure, period_start, frequency, reporting_country, dimension, code)
),
sums AS (
    SELECT
        family, measure, period_start, frequency, dimension, code,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        bool_or(has_flag(flag, 'details_await_revision')) AS is_stale,
        min(details_as_of) AS details_as_of,
        min(revised_on) AS revised_on,
        string_agg(reporting_country, ' ' ORDER BY reporting_country) AS members,
        list_sort(list_distinct(flatten(list(string_split(coalesce(submissions, ''), ' '))))) AS submissions
    FROM parts
    GROUP BY ALL
)
SELECT
    s.family, s.measure, g.grouping AS reporting_country, y.year, y.year_start, s.period_start, y.period_end,
    s.frequency, s.dimension, s.code, s.value_low, s.value_high,
    CAST(NULL AS DOUBLE) AS value_published,
    joined_flags([
        CASE WHEN s.value_low IS DISTINCT FROM s.value_high THEN 'perturbed' END,
        CASE WHEN s.is_stale THEN 'details_await_revision' END
    ]) AS flag,
    s.details_as_of, s.revised_on, s.members,
    '_Z' AS collection,
    array_to_string(list_filter(s.submissions, lambda one: one <> ''), ' ') AS submissions
FROM sums AS s
CROSS JOIN core.settings AS g
JOIN (SELECT DISTINCT period_start, frequency, period_end, year, year_start FROM cells) AS y
    USING (period_start, frequency)
