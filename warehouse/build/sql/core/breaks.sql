-- Breaks of series: decided by stewards, documented in passports, and where the documented unit or flow changes from
-- one passport to the next. One row per break and basis. From registry.decisions, registry.series_changes and
-- registry.series. NULL: the break applies to all measures, countries or breakdowns.
-- Values before and after a break are not comparable.
WITH documented_kinds AS (
    SELECT collection, reporting_country, measure, valid_from, 'counted_unit' AS property, counted_unit AS code
    FROM registry.series
    WHERE counted_unit <> '_U'
    UNION ALL BY NAME
    SELECT collection, reporting_country, measure, valid_from, 'flow' AS property, flow AS code
    FROM registry.series
    WHERE flow <> '_U'
),

changes_of_kind AS (
    SELECT *
    FROM documented_kinds
    QUALIFY code <> lag(code) OVER (
        PARTITION BY collection, reporting_country, measure, property ORDER BY valid_from
    )
)

SELECT kind, 'decided' AS basis, collection, measure, reporting_country, period_start AS broken_on, dimension
FROM registry.decisions
WHERE kind IN ('break', 'suspected_break')
UNION
SELECT
    'break' AS kind, 'documented' AS basis, collection, measure, reporting_country, changed_on AS broken_on,
    dimension
FROM registry.series_changes
WHERE is_break
UNION
SELECT
    'break' AS kind, 'kind' AS basis, collection, measure, reporting_country, valid_from AS broken_on,
    CAST(NULL AS VARCHAR) AS dimension
FROM changes_of_kind
