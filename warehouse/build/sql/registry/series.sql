-- Counted unit, authority and flow of each series in force, from its passports. One row per series and span of days.
-- From core.passports and core.current. NULL as in a series.toml.
-- Periods of a series without a passport are undocumented: one row per run of them.
WITH periods AS (
    SELECT DISTINCT collection, reporting_country, measure, period_start, period_end FROM core.current
),

documented AS (
    SELECT s.*
    FROM core.passports AS s
    SEMI JOIN periods AS p
        ON s.collection = p.collection AND s.reporting_country = p.reporting_country AND s.measure = p.measure
        AND s.valid_from <= p.period_end AND coalesce(s.valid_to, p.period_start) >= p.period_start
),

undocumented AS (
    SELECT p.*
    FROM periods AS p
    ANTI JOIN documented AS s
        ON s.collection = p.collection AND s.reporting_country = p.reporting_country AND s.measure = p.measure
        AND s.valid_from <= p.period_end AND coalesce(s.valid_to, p.period_start) >= p.period_start
),

runs AS (
    SELECT
        p.collection, p.reporting_country, p.measure, p.period_start, p.period_end,
        count(s.valid_from) AS passports_before
    FROM undocumented AS p
    LEFT JOIN documented AS s
        ON s.collection = p.collection AND s.reporting_country = p.reporting_country AND s.measure = p.measure
        AND s.valid_from <= p.period_start
    GROUP BY ALL
)

SELECT * FROM documented
UNION ALL BY NAME
SELECT
    collection, reporting_country, measure, min(period_start) AS valid_from, max(period_end) AS valid_to,
    '_U' AS counted_unit, '_U' AS authority_kind, '_U' AS flow, 'undocumented' AS evidence
FROM runs
GROUP BY collection, reporting_country, measure, passports_before
