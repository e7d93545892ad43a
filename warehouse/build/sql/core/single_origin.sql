-- Classes that suddenly consist of a single origin, possibly a coding error (STATISTICS section 9). One row per class
-- and year. From core.origin_tables and core.named_origins. Never NULL.
-- For a year or several in a row, at least nineteen in twenty of a class of a hundred persons or more have a single
-- citizenship, which in the reported years just before and after has less than a tenth of the least of those years.
-- Both neighbours must exist; for a partial neighbour, a tenth of the same part counts. Persons left out of a table may
-- have any origin: they count as others of the class, and as that citizenship in the neighbours, like persons grouped
-- by area. Own nationals are one citizenship by definition and are not included.
WITH tables AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY collection, measure, whose, origin_basis, reporting_country ORDER BY period_start
        ) AS n
    FROM core.origin_tables
    WHERE frequency = 'A'
),
classes AS (
    SELECT
        o.*, t.n, t.left_out_high,
        sum(o.persons_low) OVER one_class AS class_low,
        CASE WHEN count(*) OVER one_class = count(o.persons_high) OVER one_class
             THEN sum(o.persons_high) OVER one_class END AS class_high
    FROM core.named_origins AS o
    JOIN tables AS t USING (collection, measure, whose, origin_basis, reporting_country, period_start)
    WHERE o.origin_class NOT IN ('own_national', 'indeterminate', 'stateless')
    WINDOW one_class AS (
        PARTITION BY
            o.collection, o.measure, o.whose, o.origin_basis, o.reporting_country, o.period_start, o.origin_class
    )
),
of_one_origin AS (
    SELECT
        *,
        n - row_number() OVER (
            PARTITION BY collection, measure, whose, origin_basis, reporting_country, origin_class, citizenship
            ORDER BY n
        ) AS run
    FROM classes
    JOIN (SELECT country FROM reference.countries WHERE area_type = 'country') ON country = citizenship
    WHERE class_low >= 100 AND persons_low >= 19 * (class_high - persons_low + left_out_high)
),
runs AS (
    SELECT
        collection, measure, whose, origin_basis, reporting_country, origin_class, citizenship, run,
        min(n) - 1 AS before, max(n) + 1 AS after, min(persons_low) AS least
    FROM of_one_origin
    GROUP BY ALL
),
small_beside AS (   -- neighbours of a run in which the citizenship is surely that small
    SELECT r.collection, r.measure, r.whose, r.origin_basis, r.reporting_country, r.origin_class, r.citizenship, r.run
    FROM runs AS r
    JOIN tables AS t USING (collection, measure, whose, origin_basis, reporting_country)
    LEFT JOIN core.named_origins AS o
        USING (collection, measure, whose, origin_basis, reporting_country, period_start, citizenship)
    WHERE t.n IN (r.before, r.after)
      AND CASE WHEN o.citizenship IS NULL THEN 0 ELSE o.persons_high END + t.left_out_high + t.grouped_high
          < r.least / 10 * t.reported_part
    GROUP BY ALL
    HAVING count(*) = 2
)
SELECT
    a.collection, a.measure, a.whose, a.origin_basis, a.reporting_country, a.period_start, a.period_end, a.origin_class,
    a.citizenship
FROM of_one_origin AS a
JOIN small_beside AS s
    USING (collection, measure, whose, origin_basis, reporting_country, origin_class, citizenship, run)
ANTI JOIN core.confirmed_origins USING (collection, measure, reporting_country, period_start, citizenship)
