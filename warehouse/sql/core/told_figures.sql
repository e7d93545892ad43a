-- What protected collections tell the indicators: the cells of their public tables, nothing else of them, as figures.
-- One row per cell of one country. From baseline.protected_counts, core.observations (what was taken as origin),
-- reference tables and the registry. A withheld cell is anything that the total and the other cells told of its table
-- leave: from 0, and `value_high` is NULL where the total is withheld too.
-- A class of origin but the own stands as citizenship under its own name: nobody is told by country.
WITH told AS (
    SELECT
        *,
        CASE dimension WHEN '_T' THEN 'total' WHEN 'origin_class' THEN 'citizenship' ELSE dimension END AS breakdown
    FROM baseline.protected_counts
    WHERE members IS NULL
),
left_over AS (   -- of the total whoever is told by no code
    SELECT
        t.family, t.measure, t.reporting_country, t.period_start, t.frequency, t.breakdown,
        any_value(w.value) - sum(coalesce(t.value, 0)) AS most
    FROM told AS t
    JOIN told AS w USING (family, measure, reporting_country, period_start, frequency)
    WHERE w.breakdown = 'total' AND t.breakdown <> 'total'
    GROUP BY ALL
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
    coalesce(c.value, 0) AS value_low,
    coalesce(c.value, l.most) AS value_high,
    0 AS waiting_high, 1 AS parts_present, 1 AS parts_expected,
    CASE WHEN c.value IS NULL THEN 'withheld' END AS flag,
    c.submissions
FROM classed AS c
JOIN (SELECT collection, provider FROM registry.collections) AS k USING (collection)
JOIN (SELECT measure, whose FROM reference.measures) AS m USING (measure)
LEFT JOIN left_over AS l USING (family, measure, reporting_country, period_start, frequency, breakdown)
