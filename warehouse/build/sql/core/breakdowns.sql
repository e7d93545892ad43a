-- Tables of each period as wholes: how many persons they list, if they leave persons out, and if they are inconsistent
-- (STATISTICS section 2): no completion of their intervals fits the total, a table with fewer dimensions, or a wider
-- group among their own rows. `is_contradicted`: a table with more dimensions lists surely more in a cell; which of the
-- two is right is not known. One row per table of a measure that can be summed. From core.figures, core.told_figures,
-- core.other_as_unknown, core.added_up, core.totals and the registry. `listed_high`,
-- `unknown_high`: NULL without an upper bound. `known_part` is the least part of all persons whose codes are known.
WITH listed AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, breakdown,
        sum(value_low) AS listed_low,
        sum_high(value_high) AS listed_high,
        coalesce(sum(value_low) FILTER (NOT list_contains([{{ dimensions }}], '_U')), 0) AS known_low,
        sum_high_where(list_contains([{{ dimensions }}], '_U'), value_high) AS unknown_high,
        max(parts_present / parts_expected) AS reported_part
    FROM core.figures
    SEMI JOIN (SELECT measure FROM reference.measures WHERE summable) USING (measure)
    ANTI JOIN core.subgroups USING (collection, breakdown, {{ key }})
    ANTI JOIN (   -- "other sex" that repeats "unknown sex" in the same table, in all or by age
        SELECT collection, measure, reporting_country, period_start, frequency, breakdown, '_O' AS sex
        FROM core.figures AS unknown
        SEMI JOIN core.other_as_unknown USING (collection, measure, reporting_country, period_start, frequency)
        WHERE sex = '_U'
    ) USING (collection, measure, reporting_country, period_start, frequency, breakdown, sex)
    GROUP BY ALL
),
wider_cells AS (   -- without cells of unknown codes: a table with more dimensions may know these persons
    SELECT
        collection, measure, reporting_country, period_start, frequency, breakdown AS wider, value_high,
        concat_ws('|', {{ each_dimension("CASE WHEN list_contains(string_split(breakdown, '+'), '$') THEN $ END") }})
            AS codes
    FROM core.figures
    SEMI JOIN (
        SELECT collection, measure, reporting_country, period_start, frequency, wider AS breakdown FROM core.added_up
    ) USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    WHERE NOT list_contains([{{ dimensions }}], '_U')
),
above_wider_cells AS (
    SELECT DISTINCT a.collection, a.measure, a.reporting_country, a.period_start, a.frequency, a.breakdown, a.wider
    FROM core.added_up AS a
    JOIN wider_cells AS w USING (collection, measure, reporting_country, period_start, frequency, wider, codes)
    WHERE a.low > w.value_high
),
tables AS (
    SELECT
        l.* EXCLUDE (reported_part), t.collection IS NOT NULL AS has_total, t.total_high,
        coalesce(l.listed_low > t.total_high AND l.reported_part <= s.reported_part, FALSE) AS is_above_total,
        -- tables of protected collections have a code for the rest, so they leave nobody out
        (e.breakdown IS NOT NULL OR l.collection IN (SELECT p.collection FROM core.told_figures AS p))
        AND coalesce(l.reported_part >= s.reported_part, FALSE)
        AND coalesce(l.listed_high >= t.total_low, TRUE) AS is_whole,
        w.breakdown IS NOT NULL OR is_above_total AS is_inconsistent
    FROM listed AS l
    LEFT JOIN core.totals AS t USING (collection, measure, reporting_country, period_start, frequency)
    LEFT JOIN listed AS s   -- the table from which the total was read or summed
        ON (s.collection, s.measure, s.reporting_country, s.period_start, s.frequency)
         = (l.collection, l.measure, l.reporting_country, l.period_start, l.frequency)
        AND s.breakdown = CASE t.total_source WHEN 'sent' THEN 'total' ELSE t.total_source END
    LEFT JOIN registry.exhaustive AS e ON e.collection = l.collection AND e.breakdown = l.breakdown
    LEFT JOIN (SELECT DISTINCT * EXCLUDE (wider) FROM above_wider_cells) AS w
        ON (w.collection, w.measure, w.reporting_country, w.period_start, w.frequency, w.breakdown)
         = (l.collection, l.measure, l.reporting_country, l.period_start, l.frequency, l.breakdown)
    WHERE l.breakdown <> 'total'
),
contradicted_tables AS (   -- a table above the total is at fault itself, so it contradicts no other
    SELECT DISTINCT a.* EXCLUDE (breakdown, wider), a.wider AS breakdown, TRUE AS is_contradicted
    FROM above_wider_cells AS a
    ANTI JOIN (SELECT * FROM tables WHERE is_above_total)
        USING (collection, measure, reporting_country, period_start, frequency, breakdown)
)
SELECT
    * EXCLUDE (known_low, unknown_high, has_total, total_high, is_above_total)
    REPLACE (coalesce(is_contradicted AND NOT is_inconsistent, FALSE) AS is_contradicted),
    CASE
        WHEN known_low = 0 THEN 0
        WHEN is_whole OR NOT has_total THEN coalesce(known_low / (known_low + unknown_high), 0)
        ELSE coalesce(least(known_low / total_high, 1), 0)
    END AS known_part
FROM tables
LEFT JOIN contradicted_tables USING (collection, measure, reporting_country, period_start, frequency, breakdown)
