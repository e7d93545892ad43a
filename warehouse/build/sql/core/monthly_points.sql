-- Months of every series with their bounds: totals, classes of origin and countries of origin. One row per series and
-- reported month. From core.totals, core.origin_tables, core.origin, core.origin_rows and core.breaks. NULL: a missing
-- upper bound, `break_id` without a break, and the flag if there is none.
-- A class is bounded by its sure and its possible persons. A country that a month does not name has zero if absent
-- cells are zero; otherwise it has no row.
WITH tables AS (   -- monthly tables of origins, with quarantined rows that may belong to any origin
    SELECT collection, family, measure, reporting_country, period_start, unread_high, flag AS table_flag
    FROM core.origin_tables
    WHERE frequency = 'M'
),
named AS MATERIALIZED (   -- materialized, like the next: else ten million observations exceed the build's memory
    SELECT
        collection, measure, reporting_country, period_start, citizenship,
        sum(value_low) AS persons_low,
        sum_high(value_high) AS persons_high,
        all_flags(flag) AS flag
    FROM core.origin_rows
    WHERE frequency = 'M'
    GROUP BY ALL
),
countries AS MATERIALIZED (   -- the class of a country is its class in the last month with the country
    SELECT
        collection, measure, reporting_country, citizenship, arg_max(origin_class, period_start) AS origin_class
    FROM core.origin_rows
    JOIN (SELECT country AS citizenship FROM reference.countries WHERE area_type = 'country') USING (citizenship)
    WHERE frequency = 'M'
    GROUP BY ALL
),
by_country AS (
    SELECT
        t.family, t.collection, t.measure, t.reporting_country, o.origin_class, 'part' AS class_level, o.citizenship,
        t.period_start,
        coalesce(n.persons_low, 0) AS value_low,
        CASE WHEN n.citizenship IS NULL THEN 0 ELSE n.persons_high END + t.unread_high AS value_high,
        concat_ws('+', n.flag, t.table_flag) AS flag
    FROM tables AS t
    JOIN countries AS o USING (collection, measure, reporting_country)
    JOIN (SELECT collection, absent_cell FROM registry.collections) AS c USING (collection)
    LEFT JOIN named AS n USING (collection, measure, reporting_country, period_start, citizenship)
    WHERE n.citizenship IS NOT NULL OR c.absent_cell = 'zero'
),
points AS (
    SELECT
        family, collection, measure, reporting_country, '_T' AS origin_class, 'part' AS class_level,
        '_T' AS citizenship, period_start, total_low AS value_low, total_high AS value_high, flag
    FROM core.totals
    WHERE frequency = 'M'
    UNION ALL BY NAME
    SELECT
        family, collection, measure, reporting_country, origin_class, class_level, '_T' AS citizenship, period_start,
        persons_low AS value_low, possible_high AS value_high, flag
    FROM core.origin
    WHERE frequency = 'M' AND NOT hides_origin(origin_class)
    UNION ALL BY NAME
    SELECT * FROM by_country
)
SELECT
    p.* REPLACE (joined_flags(flags_of(p.flag)) AS flag),
    m.count_unit,
    c.year_starts,
    is_out_of_sums(p.flag) AS is_doubted,
    (
        SELECT CAST(max(d.broken_on) AS VARCHAR)
        FROM core.breaks AS d
        WHERE d.collection = p.collection
          AND coalesce(d.measure, p.measure) = p.measure
          AND coalesce(d.reporting_country, p.reporting_country) = p.reporting_country
          AND (coalesce(d.dimension, 'total') = 'total' OR (d.dimension = 'citizenship' AND p.origin_class <> '_T'))
          AND d.broken_on <= p.period_start
    ) AS break_id
FROM points AS p
JOIN (SELECT measure, count_unit FROM reference.measures WHERE summable) AS m USING (measure)
JOIN (SELECT collection, year_starts FROM registry.collections) AS c USING (collection)
