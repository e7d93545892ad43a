-- Changes of regional sums by origin class, from one year to the next, for the members that have a table of origins in
-- both years. One row per change and class; parents as well as their parts. From core.origin, baseline.indicator_values
-- (preferred sources and years with a sum) and reference.groupings. NULL: a missing bound, and the flag if there is
-- none.
-- The change of the members' totals lies within the sum of the parts, since persons of unknown origin may belong to any
-- class.
WITH tables AS (   -- yearly tables of members without a doubtful class
    SELECT
        s.indicator, o.measure, s.unit, m.grouping, o.reporting_country AS member, o.period_start, o.period_end,
        o.origin_class, o.class_level, o.persons_low, o.possible_high, o.total_low, o.total_high, o.flag,
        row_number() OVER (one_table ORDER BY o.origin_class, o.class_level) = 1 AS is_first
    FROM core.specification AS s
    JOIN core.origin AS o ON o.family = s.family AND o.measure = s.measure
    JOIN (
        SELECT DISTINCT indicator, collection, reporting_country FROM baseline.indicator_values
        WHERE preferred AND panel = '_Z'
    ) AS v ON (v.indicator, v.collection, v.reporting_country) = (s.indicator, o.collection, o.reporting_country)
    JOIN reference.groupings AS m
        ON m.member = o.reporting_country AND m.valid_from <= o.period_start
        AND (m.valid_to IS NULL OR m.valid_to >= o.period_start)
    JOIN core.summed_groupings AS g ON g.grouping = m.grouping
    WHERE s.form = 'origin_count' AND o.frequency = 'A'
    WINDOW one_table AS (PARTITION BY s.indicator, m.grouping, o.reporting_country, o.period_start)
    QUALIFY NOT bool_or(is_out_of_sums(o.flag)) OVER one_table
),
summed_years AS (
    SELECT DISTINCT indicator, reporting_country AS grouping, period_start
    FROM baseline.indicator_values
    WHERE panel = 'reporting' AND origin_class <> '_T' AND value_low IS NOT NULL
),
stayed AS (
    SELECT a.indicator, a.grouping, a.member, a.period_start AS from_start, b.period_start AS to_start
    FROM tables AS a
    JOIN tables AS b USING (indicator, grouping, member, is_first)
    SEMI JOIN summed_years AS y ON (y.indicator, y.grouping, y.period_start) = (a.indicator, a.grouping, a.period_start)
    SEMI JOIN summed_years AS z ON (z.indicator, z.grouping, z.period_start) = (b.indicator, b.grouping, b.period_start)
    WHERE is_first AND date_diff('year', a.period_start, b.period_start) = 1
      AND month(a.period_start) = month(b.period_start)
),
sides AS (   -- both years of the members that stayed, by class
    SELECT s.from_start, s.to_start, t.period_start = s.to_start AS is_after, t.*
    FROM stayed AS s
    JOIN tables AS t
        ON (t.indicator, t.grouping, t.member) = (s.indicator, s.grouping, s.member)
        AND t.period_start IN (s.from_start, s.to_start)
),
changes AS (
    SELECT
        indicator, grouping, from_start, any_value(measure) AS measure, any_value(unit) AS unit,
        max(year(period_end)) FILTER (NOT is_after) AS from_year, max(year(period_end)) FILTER (is_after) AS to_year,
        sum(total_low) FILTER (is_after AND is_first)
        - sum_high_where(NOT is_after AND is_first, total_high) AS change_low,
        sum_high_where(is_after AND is_first, total_high)
        - sum(total_low) FILTER (NOT is_after AND is_first) AS change_high,
        carried_flags(flag) AS flag
    FROM sides
    GROUP BY indicator, grouping, from_start
),
classes AS (
    SELECT
        indicator, grouping, from_start, origin_class, class_level,
        coalesce(sum(persons_low) FILTER (NOT is_after), 0) AS from_low,
        sum_high_where(NOT is_after, possible_high) AS from_high,
        coalesce(sum(persons_low) FILTER (is_after), 0) AS to_low,
        sum_high_where(is_after, possible_high) AS to_high
    FROM sides
    GROUP BY ALL
)
SELECT
    c.indicator, c.measure, c.unit, c.grouping AS reporting_country, 'reporting' AS panel, c.from_year, c.to_year,
    '_T' AS member, k.origin_class, k.class_level, 'stayed' AS part,
    k.from_low, k.from_high, k.to_low, k.to_high,
    k.to_low - k.from_high AS part_low, k.to_high - k.from_low AS part_high,
    c.change_low, c.change_high, c.flag
FROM changes AS c
JOIN classes AS k USING (indicator, grouping, from_start)
