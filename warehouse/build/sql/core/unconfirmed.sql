-- Origins that suddenly appear large: a twentieth or more of the listed persons and ten persons, for a year or two,
-- without a row in the two years on either side although those years list origins (STATISTICS section 1: a drop-down
-- error, or real). One row per series, year and origin. From core.named_origins. Never NULL.
-- They are shown as reported and flagged, and left out of rankings until a steward confirms them.
WITH listed AS (
    SELECT
        collection, measure, reporting_country, citizenship, year(period_end) AS y, period_start,
        persons_low AS value_low, persons_high,
        sum(persons_low) OVER (PARTITION BY collection, measure, reporting_country, period_start) AS listed_low
    FROM core.named_origins
    WHERE citizenship NOT IN ('_U', '_O', 'STLS')
),
numbered AS (
    SELECT *, y - row_number() OVER of_origin AS run
    FROM listed
    JOIN (SELECT country AS citizenship FROM reference.countries WHERE area_type = 'country') USING (citizenship)
    WHERE persons_high IS NULL OR persons_high > 0   -- a reported zero counts as absence
    WINDOW of_origin AS (PARTITION BY collection, measure, reporting_country, citizenship ORDER BY y)
),
runs AS (
    SELECT
        collection, measure, reporting_country, citizenship, run, min(y) AS first_year, max(y) AS last_year,
        bool_or(value_low >= 10 AND value_low >= 0.05 * listed_low) AS is_large
    FROM numbered
    GROUP BY ALL
),
with_neighbours AS (
    SELECT
        *,
        lag(last_year) OVER of_origin AS year_before,
        lead(first_year) OVER of_origin AS year_after
    FROM runs
    WINDOW of_origin AS (PARTITION BY collection, measure, reporting_country, citizenship ORDER BY first_year)
),
years AS (SELECT DISTINCT collection, measure, reporting_country, y FROM listed),
sudden AS (
    SELECT w.*
    FROM with_neighbours AS w
    WHERE w.is_large
      AND w.last_year - w.first_year < 2
      AND (w.year_before IS NULL OR w.first_year - w.year_before > 2)
      AND (w.year_after IS NULL OR w.year_after - w.last_year > 2)
      AND EXISTS (SELECT 1 FROM years AS y WHERE y.collection = w.collection AND y.measure = w.measure
                  AND y.reporting_country = w.reporting_country AND y.y BETWEEN w.first_year - 2 AND w.first_year - 1)
      AND EXISTS (SELECT 1 FROM years AS y WHERE y.collection = w.collection AND y.measure = w.measure
                  AND y.reporting_country = w.reporting_country AND y.y BETWEEN w.last_year + 1 AND w.last_year + 2)
)
SELECT n.collection, n.measure, n.reporting_country, n.period_start, n.citizenship
FROM numbered AS n
JOIN sudden AS s USING (collection, measure, reporting_country, citizenship, run)
ANTI JOIN core.confirmed_origins USING (collection, measure, reporting_country, period_start, citizenship)
