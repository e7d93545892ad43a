-- One row per small count of a protected collection that the public file tells or narrows, by itself or with the one
-- before; per attack that found no answer; per cell that the release before showed and this one has not, unless its
-- country withdrew. `audited` is what the attack on the public files found, `told_before` what the one before told
-- (warehouse/audit); per small count that stands in baseline.protected_counts.
WITH cells AS (
    SELECT
        collection, family, measure, CAST(year_start AS VARCHAR) AS year_start, reporting_country AS area, frequency,
        CAST(period_start AS VARCHAR) AS first_day, dimension, code, is_told, is_open, threshold, is_unknown,
        unnest(['now', 'before', 'change']) AS which,
        unnest([value, value_before, value - value_before]) AS value
    FROM (SELECT *, NOT is_told AND value IS NULL AS is_unknown FROM core.protected_cells WHERE status = 'shown')
),
secrets AS (
    SELECT * FROM cells
    WHERE (abs(value) >= 1 AND abs(value) < threshold AND NOT is_open) OR (is_unknown AND which = 'now')
)
SELECT s.collection, s.family, s.measure, s.year_start, s.area, s.frequency, s.first_day, s.dimension, s.code, s.which
FROM secrets AS s
LEFT JOIN audited AS a USING (family, measure, year_start, area, frequency, first_day, dimension, code, which)
WHERE CASE
    WHEN a.low IS NULL THEN TRUE
    WHEN s.is_unknown THEN a.low = a.high AND a.low >= 1 AND a.low < s.threshold
    WHEN s.value > 0 THEN a.low > 1 OR coalesce(a.high, s.threshold) < s.threshold - 1
    ELSE a.low > 1 - s.threshold OR coalesce(a.high, 0) < -1
END
UNION ALL BY NAME
SELECT '_Z' AS collection, family, measure, year_start, answer AS which
FROM audited
WHERE answer <> 'answered'
UNION ALL BY NAME
SELECT
    '_Z' AS collection, b.family, b.measure, b.year_start, b.area, b.frequency, b.first_day, b.dimension, b.code,
    'gone' AS which
FROM told_before AS b
ANTI JOIN core.protected_cells AS p
    ON (p.family, p.measure, CAST(p.year_start AS VARCHAR), p.reporting_country, p.frequency, p.dimension, p.code)
    = (b.family, b.measure, b.year_start, b.area, b.frequency, b.dimension, b.code)
    AND CAST(p.period_start AS VARCHAR) = b.first_day AND p.status = 'shown'
WHERE EXISTS (
    SELECT 1 FROM core.protected_figures AS f
    WHERE f.in_force AND (f.family, f.measure, CAST(f.year_start AS VARCHAR)) = (b.family, b.measure, b.year_start)
      AND (f.reporting_country = b.area OR b.area IN (SELECT g.grouping FROM reference.groupings AS g))
)
UNION ALL BY NAME
SELECT
    collection, family, measure, CAST(year_start AS VARCHAR) AS year_start, reporting_country AS area, frequency,
    CAST(period_start AS VARCHAR) AS first_day, dimension, code, 'told' AS which
FROM baseline.protected_counts
WHERE value >= 1 AND value < (SELECT max(c.threshold) FROM core.protected_cells AS c)
