-- Published cells of protected collections as inputs of indicators: totals and single breakdowns of years and quarters
-- of one country. One row per cell. From baseline.protected_counts, core.observations (basis of origin), reference
-- tables and the registry. `value_high` is NULL if the published interval has no upper bound.
-- Indicators use only published values. An origin class, except own nationals, is stored as a citizenship under its own
-- code; single citizenships are not read.
WITH told AS (
    SELECT
        *,
        CASE dimension WHEN '_T' THEN 'total' WHEN 'origin_class' THEN 'citizenship' ELSE dimension END AS breakdown
    FROM baseline.protected_counts
    WHERE members IS NULL AND frequency <> 'M' AND NOT contains(dimension, '+')
      AND dimension NOT IN ('citizenship', 'area')
),
bases AS (
    SELECT DISTINCT collection, origin_basis
    FROM core.observations
    SEMI JOIN told USING (collection)
),
classed AS (
    SELECT
        t.*,
        CASE
            WHEN t.dimension <> 'origin_class' THEN '_T'
            WHEN m.member IS NULL THEN '_Z'
            ELSE t.code
        END AS origin_class,
        CASE
            WHEN t.dimension <> 'origin_class' THEN '_T'
            WHEN t.code = 'own_national' THEN t.reporting_country
            WHEN t.code = 'indeterminate' THEN '_U'
            ELSE t.code
        END AS origin
    FROM told AS t
    CROSS JOIN core.settings AS g
    LEFT JOIN reference.groupings AS m
        ON m.grouping = g.grouping AND m.member = t.reporting_country
        AND t.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, t.period_start)
)
SELECT
    k.provider, collection, family, measure, m.whose,
    coalesce((SELECT min(b.origin_basis) FROM bases AS b WHERE b.collection = k.collection), '_Z') AS origin_basis,
    reporting_country, period_start, c.period_end, frequency, breakdown,
    {{ each_dimension("CASE WHEN '$' = 'citizenship' AND c.origin <> '_T' THEN c.origin
        WHEN c.dimension = '$' THEN c.code ELSE '@' END AS $") }},
    c.origin_class,
    c.value_low, c.value_high,
    0 AS waiting_high, 1 AS parts_present, 1 AS parts_expected,
    c.flag,
    c.submissions
FROM classed AS c
JOIN (SELECT collection, provider FROM registry.collections) AS k USING (collection)
JOIN (SELECT measure, whose FROM reference.measures) AS m USING (measure)
