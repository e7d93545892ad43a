-- Origin by class for every period: what the breakdown names, the total, what is not detailed, the bounds. One row per
-- profile (collection, measure, country, period) and class: parts, which add up, and parents, which hold several of
-- them. From core.origin_rows, core.totals, core.breakdowns, core.single_origin and the code list.
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
        coalesce(b.is_inconsistent, FALSE) AS exceeds,
        t.flag AS total_flag
    FROM profiles AS p
    LEFT JOIN core.totals AS t USING (collection, measure, reporting_country, period_start, frequency)
    LEFT JOIN core.breakdowns AS b USING (collection, measure, reporting_country, period_start, frequency, breakdown)
),
remainder AS (   -- without a total, or with one that has no upper bound, nobody knows how many are left out
    SELECT
        *,
        CASE WHEN total_apart THEN greatest(0, total_low - coalesce(listed_high, total_low)) ELSE 0 END AS rest_low,
        CASE
            WHEN NOT total_apart THEN 0
            WHEN total_high IS NOT NULL THEN greatest(0, total_high - listed_low)
        END AS rest_high,
        exceeds OR (total_apart AND coalesce(listed_low > total_high, FALSE)) AS inconsistent
    FROM with_total
),
classes AS (
    SELECT code AS origin_class, parent, holds_classes(code) AS is_parent
    FROM reference.codes
    WHERE codelist = 'origin_class' AND code <> '_T'
),
held AS (   -- class by class all that hold it
    SELECT origin_class AS part, parent AS holder FROM classes WHERE parent IS NOT NULL
    UNION
    SELECT below.origin_class, above.parent
    FROM classes AS below
    JOIN classes AS above ON below.parent = above.origin_class
    WHERE above.parent IS NOT NULL
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
       OR (k.origin_class <> 'not_detailed' AND NOT k.is_parent AND c.absent_cell = 'zero')
),
clipped AS (   -- what is named of a class leaves room for the least of all others
    SELECT
        * REPLACE (
            CASE
                WHEN total_apart AND NOT inconsistent THEN least(persons_high, persons_low + rest_high)
                ELSE persons_high
            END AS persons_high
        )
    FROM class_rows
),
relations AS (   -- to each class, whether a part is of it, may be of it (unknown, or told of its holder), or is not
    SELECT
        k.origin_class, k.class_level, p.origin_class AS part,
        CASE
            WHEN p.origin_class = k.origin_class THEN 'of'
            WHEN k.class_level = 'parent' AND (p.origin_class, k.origin_class) IN (FROM held) THEN 'of'
            WHEN k.origin_class IN ('indeterminate', 'not_detailed') THEN 'not'
            WHEN p.origin_class = 'indeterminate' OR (k.origin_class, p.origin_class) IN (FROM held) THEN 'may'
            ELSE 'not'
        END AS relation
    FROM (
        SELECT origin_class, 'part' AS class_level FROM classes
        UNION ALL
        SELECT origin_class, 'parent' FROM classes WHERE is_parent
    ) AS k
    CROSS JOIN classes AS p
),
told AS (   -- each class once, with what is told of it, what may be of it, and what its table says of all others
    SELECT
        c.provider, c.collection, c.family, c.measure, c.whose, c.origin_basis, c.reporting_country, c.period_start,
        c.period_end, c.frequency, c.period_basis, c.listed_low, c.waiting_high, c.unread_high, c.listed_flag,
        c.submissions, c.total_low, c.total_high, c.no_total, c.total_apart, c.total_flag, c.rest_low, c.rest_high,
        c.inconsistent,
        r.origin_class, r.class_level,
        r.origin_class IN ('indeterminate', 'not_detailed') AS is_hidden,
        bool_and(c.is_unnamed) FILTER (r.relation = 'of') AS is_unnamed,
        all_flags(CASE WHEN r.relation = 'of' THEN c.own_flag END) AS own_flag,
        sum(c.persons_low) FILTER (r.relation = 'of') AS persons_low,
        sum_high_where(r.relation = 'of', c.persons_high) AS parts_high,
        coalesce(sum(c.persons_low) FILTER (r.relation = 'may'), 0) AS unclear_low,
        sum_high_where(r.relation = 'may', c.persons_high) AS unclear_high,
        sum_high_where(r.relation <> 'of', c.persons_high) AS others_told_high
    FROM clipped AS c
    JOIN relations AS r ON c.origin_class = r.part
    GROUP BY ALL
    HAVING count(*) FILTER (r.relation = 'of') > 0
),
of_class AS (   -- parts together leave room for the least of all others, too
    SELECT
        *,
        CASE
            WHEN total_apart AND NOT inconsistent THEN least(parts_high, persons_low + rest_high)
            ELSE parts_high
        END AS persons_high,
        -- what waits and cannot be read may be of any class
        others_told_high + CASE WHEN origin_class = 'indeterminate' THEN unread_high ELSE 0 END AS others_high
    FROM told
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
    FROM of_class
)
SELECT
    g.grouping,
    reporting_country, period_start, period_end, frequency, period_basis, family, measure, whose, origin_basis,
    provider, collection, origin_class, class_level, persons_low,
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
                  AND b.class_level = 'part' AND b.period_start BETWEEN s.period_start AND s.period_end
            ) THEN 'single_origin' END
        ]
    ) AS flag,
    submissions
FROM bounded AS b
CROSS JOIN core.settings AS g
-- A class that the breakdown does not name is told only where something hidden may belong to it.
WHERE NOT is_unnamed OR possible_high IS NULL OR possible_high > 0
