-- Origin by class for every period: named persons, total, persons not detailed, and bounds. One row per profile
-- (collection, measure, country, period) and class: parts, which add up, and parents, which contain several parts. From
-- core.origin_rows, core.origin_tables, core.single_origin and the code list. NULL: shares that are withheld because
-- the listed persons surely exceed the total or there is none; upper bounds if the number of persons left out is
-- unknown.
-- Shares are over all persons (STATISTICS section 1).
WITH by_class AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, origin_class,
        sum(value_low) AS low,
        sum_high(value_high) AS high,
        all_flags(flag) AS own_flag
    FROM core.origin_rows
    GROUP BY ALL
),
classes AS (
    SELECT code AS origin_class, parent, holds_classes(code) AS is_parent
    FROM reference.codes
    WHERE codelist = 'origin_class' AND code <> '_T'
),
held AS (   -- all classes that contain a class, directly or indirectly
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
        CASE k.origin_class WHEN 'not_detailed' THEN r.left_out_low ELSE coalesce(b.low, 0) END AS persons_low,
        CASE
            WHEN k.origin_class = 'not_detailed' THEN r.left_out_high
            WHEN b.low IS NULL THEN 0
            ELSE b.high
        END AS persons_high,
        b.own_flag,
        c.period_basis,
        b.low IS NULL AND c.absent_cell <> 'zero' AND k.origin_class <> 'not_detailed' AS is_unnamed
    FROM core.origin_tables AS r
    CROSS JOIN classes AS k
    JOIN (SELECT collection, absent_cell, period_basis FROM registry.collections) AS c USING (collection)
    LEFT JOIN by_class AS b
        USING (collection, measure, reporting_country, period_start, frequency, origin_class)
    WHERE b.low IS NOT NULL
       OR k.origin_class IN ('own_national', 'intra_regional', 'extra_regional_americas', 'extra_continental')
       OR (k.origin_class = 'not_detailed' AND r.total_apart AND NOT r.is_inconsistent)
       OR (k.origin_class <> 'not_detailed' AND NOT k.is_parent AND c.absent_cell = 'zero')
),
clipped AS (   -- a class has at most the total less the least of all others
    SELECT
        * REPLACE (
            CASE
                WHEN total_apart AND NOT is_inconsistent THEN least(persons_high, persons_low + left_out_high)
                ELSE persons_high
            END AS persons_high
        )
    FROM class_rows
),
relations AS (   -- relation of each part to each class: belongs to it, may belong (unknown, or its parent), or does not
    SELECT
        k.origin_class, k.class_level, p.origin_class AS part,
        CASE
            WHEN p.origin_class = k.origin_class THEN 'of'
            WHEN k.class_level = 'parent' AND (p.origin_class, k.origin_class) IN (FROM held) THEN 'of'
            WHEN hides_origin(k.origin_class) THEN 'not'
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
told AS (   -- each class with its persons, the persons who may belong to it, and all others of its table
    SELECT
        c.provider, c.collection, c.family, c.measure, c.whose, c.origin_basis, c.reporting_country, c.period_start,
        c.period_end, c.frequency, c.period_basis, c.listed_low, c.waiting_high, c.unread_high, c.submissions,
        c.total_low, c.total_high, c.total_apart, c.left_out_low, c.left_out_high, c.is_inconsistent, c.is_withheld,
        c.flag AS table_flag,
        r.origin_class, r.class_level,
        hides_origin(r.origin_class) AS is_hidden,
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
of_class AS (   -- parts together also have at most the total less the least of all others
    SELECT
        *,
        CASE
            WHEN total_apart AND NOT is_inconsistent THEN least(parts_high, persons_low + left_out_high)
            ELSE parts_high
        END AS persons_high,
        -- unreadable quarantined rows may belong to any class
        least(
            others_told_high + CASE WHEN origin_class = 'indeterminate' THEN unread_high ELSE 0 END,
            CASE WHEN has_flag(table_flag, 'perturbed') THEN total_high - persons_low END   -- the rest
        ) AS others_high
    FROM told
),
bounded AS (
    SELECT
        *,
        CASE
            WHEN is_hidden THEN persons_high
            -- the total less all others
            WHEN total_apart AND NOT is_inconsistent THEN persons_low + unclear_low + left_out_high
            -- for perturbed classes at most the total less the others
            WHEN has_flag(table_flag, 'perturbed')
            THEN least(persons_high + unclear_high, total_high - (listed_low - persons_low - unclear_low))
            ELSE persons_high + unclear_high
        END AS possible_high,
        CASE
            WHEN origin_class = 'not_detailed' THEN listed_low
            ELSE listed_low - persons_low - unclear_low
        END AS others_low
    FROM of_class
),
flagged AS (
    SELECT
        b.*,
        CASE WHEN EXISTS (   -- also applies to the year's quarters and months
            SELECT 1 FROM core.single_origin AS s
            WHERE (s.collection, s.measure, s.whose, s.origin_basis, s.reporting_country, s.origin_class)
                = (b.collection, b.measure, b.whose, b.origin_basis, b.reporting_country, b.origin_class)
              AND b.class_level = 'part' AND b.period_start BETWEEN s.period_start AND s.period_end
        ) THEN 'single_origin' END AS doubt
    FROM bounded AS b
)
SELECT
    g.grouping,
    reporting_country, period_start, period_end, frequency, period_basis, family, measure, whose, origin_basis,
    provider, collection, origin_class, class_level, persons_low,
    CASE
        WHEN is_hidden THEN persons_high
        WHEN is_unnamed THEN possible_high
        -- unreadable quarantined rows may belong to this class
        WHEN total_apart AND NOT is_inconsistent THEN least(persons_high + unread_high, persons_low + left_out_high)
        ELSE persons_high + unread_high
    END AS persons_high,
    possible_high, total_low, total_high,
    CASE
        WHEN NOT total_apart THEN persons_low + others_high
        WHEN origin_class = 'not_detailed' THEN total_low
        ELSE total_high
    END AS denominator_at_low,
    greatest(total_low, possible_high + others_low) AS denominator_at_high,
    CASE
        WHEN is_withheld THEN NULL
        WHEN NOT total_apart AND others_high = 0 THEN 1
        WHEN NOT total_apart THEN coalesce(persons_low / (persons_low + others_high), 0)
        WHEN origin_class = 'not_detailed' THEN coalesce(left_out_low / nullif(total_low, 0), 0)
        ELSE coalesce(persons_low / total_high, 0)
    END AS share_low,
    CASE
        WHEN is_withheld THEN NULL
        WHEN possible_high IS NULL THEN 1
        WHEN possible_high = 0 THEN 0
        ELSE possible_high / greatest(total_low, possible_high + others_low)
    END AS share_high,
    joined_flags(
        flags_of(table_flag) || flags_of(own_flag) || [doubt]
    ) AS flag,
    submissions
FROM flagged
CROSS JOIN core.settings AS g
-- A class that the breakdown does not name has a row only if hidden persons may belong to it.
WHERE NOT is_unnamed OR possible_high IS NULL OR possible_high > 0
