-- Origin by class for every period: what the breakdown names, the total, what is not detailed, the bounds. One row per
-- profile (collection, measure, country, period) and class. From core.origin_rows, core.totals and core.single_origin.
-- STATISTICS section 1: shares are over all. They are NULL, withheld, where the listed surely exceed the total or there
-- is none; an upper bound of persons where nobody knows how many are left out.
WITH by_class AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, origin_class,
        sum(value_low) AS low,
        sum_high(value_high) AS high,
        all_flags(flag) AS own_flag
    FROM core.origin_rows
    GROUP BY ALL
),
profiles AS (
    SELECT
        l.provider, l.collection, l.family, l.measure, l.whose, l.origin_basis, l.reporting_country,
        l.period_start, l.period_end, l.frequency, l.breakdown,
        sum(l.value_low) AS listed_low,
        sum_high(l.value_high) AS listed_high,
        sum_high(l.waiting_high) AS waiting_high,
        sum_high_where(l.origin_class = 'indeterminate', l.waiting_high) AS unread_high,
        carried_flags(l.flag) AS listed_flag,
        string_agg(DISTINCT l.submissions, ' ' ORDER BY l.submissions) AS submissions
    FROM core.origin_rows AS l
    GROUP BY ALL
),
with_total AS (   -- apart: the total is not the sum of this very table, so the table may leave persons out
    SELECT
        p.*,
        coalesce(t.total_low, p.listed_low) AS total_low,
        t.total_high,
        t.collection IS NULL AS no_total,
        (t.total_source IS DISTINCT FROM p.breakdown) AS total_apart,
        t.flag AS total_flag
    FROM profiles AS p
    LEFT JOIN core.totals AS t USING (collection, measure, reporting_country, period_start, frequency)
),
remainder AS (   -- without a total, or with one that has no upper bound, nobody knows how many are left out
    SELECT
        *,
        CASE WHEN total_apart THEN greatest(0, total_low - coalesce(listed_high, total_low)) ELSE 0 END AS rest_low,
        CASE
            WHEN NOT total_apart THEN 0
            WHEN total_high IS NOT NULL THEN greatest(0, total_high - listed_low)
        END AS rest_high,
        total_apart AND coalesce(listed_low > total_high, FALSE) AS inconsistent
    FROM with_total
),
classes AS (
    SELECT code AS origin_class FROM reference.codes WHERE codelist = 'origin_class' AND code <> '_T'
),
class_rows AS (
    SELECT
        r.*,
        k.origin_class,
        CASE k.origin_class WHEN 'not_detailed' THEN r.rest_low ELSE coalesce(b.low, 0) END AS persons_low,
        CASE
            WHEN k.origin_class = 'not_detailed' THEN r.rest_high
            WHEN b.low IS NULL THEN 0
            ELSE b.high
        END AS persons_high,
        b.own_flag,
        c.period_basis,
        b.low IS NULL AND c.absent_cell <> 'zero' AND k.origin_class <> 'not_detailed' AS is_unnamed
    FROM remainder AS r
    CROSS JOIN classes AS k
    JOIN (SELECT collection, absent_cell, period_basis FROM registry.collections) AS c USING (collection)
    LEFT JOIN by_class AS b
        USING (collection, measure, reporting_country, period_start, frequency, origin_class)
    WHERE b.low IS NOT NULL
       OR k.origin_class IN ('own_national', 'intra_regional', 'extra_regional_americas', 'extra_continental')
       OR (k.origin_class = 'not_detailed' AND r.total_apart AND NOT r.inconsistent)
       OR (k.origin_class <> 'not_detailed' AND c.absent_cell = 'zero')
),
clipped AS (   -- what is named of a class leaves room for the least of all others
    SELECT
        * REPLACE (
            CASE
                WHEN total_apart AND NOT inconsistent THEN least(persons_high, persons_low + rest_high)
                ELSE persons_high
            END AS persons_high
        ),
        origin_class IN ('indeterminate', 'not_detailed') AS is_hidden,
        CASE WHEN origin_class = 'indeterminate' THEN persons_low ELSE 0 END AS own_unclear_low,
        CASE WHEN origin_class = 'indeterminate' THEN persons_high ELSE 0 END AS own_unclear_high
    FROM class_rows
),
hidden AS (
    SELECT
        *,
        sum(own_unclear_low) OVER profile AS unclear_low,
        CASE WHEN count(*) OVER profile = count(own_unclear_high) OVER profile
             THEN sum(own_unclear_high) OVER profile END AS unclear_high,
        CASE WHEN count(*) OVER others = count(persons_high) OVER others
             THEN sum(persons_high) OVER others END
        + CASE WHEN origin_class = 'indeterminate' THEN unread_high ELSE 0 END AS others_high
    FROM clipped
    WINDOW
        profile AS (PARTITION BY collection, measure, reporting_country, period_start, frequency),
        others AS (
            PARTITION BY collection, measure, reporting_country, period_start, frequency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW
        )
),
bounded AS (
    SELECT
        *,
        CASE
            WHEN is_hidden THEN persons_high
            -- the total less all others
            WHEN total_apart AND NOT inconsistent THEN persons_low + unclear_low + rest_high
            ELSE persons_high + unclear_high
        END AS possible_high,
        CASE
            WHEN origin_class = 'not_detailed' THEN listed_low
            WHEN is_hidden THEN listed_low - persons_low
            ELSE listed_low - persons_low - unclear_low
        END AS others_low,
        inconsistent OR no_total OR coalesce(total_high, 1) = 0 AS withheld
    FROM hidden
)
SELECT
    g.grouping,
    reporting_country, period_start, period_end, frequency, period_basis, family, measure, whose, origin_basis,
    provider, collection, origin_class, persons_low,
    CASE
        WHEN is_hidden THEN persons_high
        WHEN is_unnamed THEN possible_high
        -- what waits and cannot be read may be of this class
        WHEN total_apart AND NOT inconsistent THEN least(persons_high + unread_high, persons_low + rest_high)
        ELSE persons_high + unread_high
    END AS persons_high,
    CASE WHEN is_unnamed THEN 0 ELSE persons_high END AS named_high, waiting_high, unread_high,
    possible_high, total_low, total_high,
    CASE
        WHEN withheld THEN NULL
        WHEN NOT total_apart AND others_high = 0 THEN 1
        WHEN NOT total_apart THEN coalesce(persons_low / (persons_low + others_high), 0)
        WHEN origin_class = 'not_detailed' THEN coalesce(rest_low / nullif(total_low, 0), 0)
        ELSE coalesce(persons_low / total_high, 0)
    END AS share_low,
    CASE
        WHEN withheld THEN NULL
        WHEN possible_high IS NULL THEN 1
        WHEN possible_high = 0 THEN 0
        ELSE possible_high / greatest(total_low, possible_high + others_low)
    END AS share_high,
    joined_flags(
        flags_of(total_flag) || flags_of(listed_flag) || [
            CASE WHEN inconsistent THEN 'inconsistent' END, CASE WHEN no_total THEN 'no_total' END
        ]
    ) AS table_flag,
    joined_flags(
        flags_of(table_flag) || flags_of(own_flag) || [
            CASE WHEN EXISTS (   -- said of the year's quarters and months too
                SELECT 1 FROM core.single_origin AS s
                WHERE (s.collection, s.measure, s.whose, s.origin_basis, s.reporting_country, s.origin_class)
                    = (b.collection, b.measure, b.whose, b.origin_basis, b.reporting_country, b.origin_class)
                  AND b.period_start BETWEEN s.period_start AND s.period_end
            ) THEN 'single_origin' END
        ]
    ) AS flag,
    submissions
FROM bounded AS b
CROSS JOIN core.settings AS g
-- A class that the breakdown does not name is told only where something hidden may belong to it.
WHERE NOT is_unnamed OR possible_high IS NULL OR possible_high > 0
