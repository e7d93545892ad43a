-- Points of the comparison of two windows: years of counts, and months. One row per series and period with a value.
-- From core.judged_points, core.monthly_points, core.origin and registry.collections. NULL: a missing upper bound, and
-- the flag if there is none. `indicator` is _Z for months.
-- The upper bound of a slice has all persons whom its table does not describe, or describes as unknown: they may belong
-- to it. Bounds of a class of origin have them already.
WITH totals AS (
    SELECT indicator, measure, reporting_country, collection, break_id, period_start, value_high AS total_high
    FROM core.judged_points
    WHERE is_total AND unit_kind = 'count'
),
years AS (
    SELECT
        p.* EXCLUDE (value_high),
        CASE
            WHEN p.is_total OR p.known >= 1 OR (p.origin_class <> '_T' AND p.citizenship = '_T') THEN p.value_high
            ELSE least(p.value_high + ceil((1 - p.known) * t.total_high - 1e-6), t.total_high)
        END AS value_high
    FROM core.judged_points AS p
    LEFT JOIN totals AS t USING (indicator, measure, reporting_country, collection, break_id, period_start)
    WHERE p.unit_kind = 'count' AND p.panel = '_Z' AND NOT hides_origin(p.origin_class)
),
hidden AS (   -- a month without unknown persons has no such class
    SELECT collection, measure, reporting_country, period_start, sum_high(persons_high) AS hidden_high
    FROM core.origin
    WHERE frequency = 'M' AND hides_origin(origin_class)
    GROUP BY ALL
),
months AS (
    SELECT
        p.*,
        CASE
            WHEN p.citizenship = '_T' OR h.measure IS NULL THEN p.value_high
            ELSE p.value_high + h.hidden_high
        END AS open_high
    FROM core.monthly_points AS p
    LEFT JOIN hidden AS h USING (collection, measure, reporting_country, period_start)
)
SELECT
    indicator, measure, reporting_country, {{ slices }}, origin_class, class_level, break_id, frequency, provider,
    collection, preferred, period_start, period_end, value_low, value_high,
    FALSE AS is_doubted, flag, baseline_from, baseline_to, is_total
FROM years
UNION ALL BY NAME
SELECT
    '_Z' AS indicator, m.measure, m.reporting_country,
    {{ each_slice("CASE WHEN '$' = 'citizenship' THEN m.citizenship ELSE '_T' END AS $") }},
    m.origin_class, CASE WHEN m.origin_class = '_T' THEN '_Z' ELSE m.class_level END AS class_level,
    coalesce(m.break_id, '_Z') AS break_id, 'M' AS frequency, c.provider, m.collection, TRUE AS preferred,
    m.period_start, last_day_of('M', m.period_start) AS period_end, m.value_low, m.open_high AS value_high,
    m.is_doubted, m.flag,
    g.baseline_from, g.baseline_to, m.origin_class = '_T' AND m.citizenship = '_T' AS is_total
FROM months AS m
JOIN (SELECT collection, provider FROM registry.collections) AS c USING (collection)
CROSS JOIN core.settings AS g
