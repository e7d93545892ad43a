-- Indicators' values by country, with the breaks of their series and stewards' decisions on jumps. One row per row of
-- core.series_values, except pooled years on both sides of a break, which are left out. From core.series_values,
-- core.breaks, core.series_kinds and registry.decisions. NULL as there.
WITH marks AS (
    SELECT collection, kind, measure, reporting_country, broken_on AS period_start, dimension FROM core.breaks
    UNION ALL BY NAME
    SELECT collection, kind, measure, reporting_country, period_start, dimension, frequency
    FROM registry.decisions
    WHERE kind = 'real_change'
),
spaced_values AS (   -- each value with the end of the previous value in its series
    SELECT
        *,
        max(period_end) OVER (
            PARTITION BY indicator, collection, measure, reporting_country, frequency, denominator_basis, pooled_years,
                {{ slices }}, origin_class
            ORDER BY period_start RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS end_before
    FROM core.series_values
    SEMI JOIN marks USING (collection)
),
marked_series AS (
    SELECT
        v.indicator, v.collection, v.measure, v.reporting_country, v.period_start, v.period_end, v.frequency,
        v.denominator_basis, v.pooled_years, {{ each_slice("v.$") }}, v.origin_class,
        max(d.period_start) FILTER (d.kind = 'break' AND d.period_start <= v.period_end) AS broken_on,
        bool_or(d.kind = 'break' AND d.period_start > v.period_start AND d.period_start <= v.period_end) AS is_broken,
        bool_or(
            d.kind = 'real_change' AND d.period_start = v.period_start AND d.frequency = v.frequency
        ) AS is_real,
        bool_or(   -- a decision on a period without values applies to the next value
            d.kind = 'suspected_break' AND d.period_start <= v.period_end
            AND d.period_start > least(v.end_before, v.period_start - INTERVAL 1 DAY)
        ) AS may_be_broken
    FROM spaced_values AS v
    JOIN marks AS d
        ON d.collection = v.collection
        AND coalesce(d.reporting_country, v.reporting_country) = v.reporting_country
        AND coalesce(d.measure, v.measure) IN (v.measure, v.denominator_measure)
        AND (d.dimension IS NULL OR list_contains(string_split(v.breakdown, '+'), d.dimension))
    GROUP BY ALL
),
other_kinds AS (
    SELECT
        v.indicator, v.collection, v.measure, v.reporting_country, v.period_start, v.period_end,
        bool_or(has_flag(k.flag, 'other_unit')) AS is_other_unit
    FROM core.series_values AS v
    JOIN core.series_kinds AS k
        ON k.collection = v.collection AND k.reporting_country = v.reporting_country AND k.measure = v.measure
        AND k.valid_from <= v.period_end AND coalesce(k.valid_to, v.period_start) >= v.period_start
    WHERE k.is_other_kind
    GROUP BY ALL
)
SELECT
    v.* EXCLUDE (denominator_measure, is_beside) REPLACE (
        joined_flags(flags_of(v.flag) || [
            CASE WHEN d.is_broken THEN 'broken_period' END,
            CASE WHEN d.is_real THEN 'confirmed_change' END,
            CASE WHEN d.may_be_broken THEN 'unconfirmed_break' END,
            CASE WHEN k.indicator IS NOT NULL THEN 'other_kind' END,
            CASE WHEN k.is_other_unit THEN 'other_unit' END
        ]) AS flag
    ),
    coalesce(CAST(d.broken_on AS VARCHAR), '_Z') AS break_id
FROM core.series_values AS v
LEFT JOIN marked_series AS d USING (
    indicator, collection, measure, reporting_country, period_start, period_end, frequency, denominator_basis,
    pooled_years, {{ slices }}, origin_class
)
LEFT JOIN other_kinds AS k USING (indicator, collection, measure, reporting_country, period_start, period_end)
WHERE v.pooled_years = 1 OR d.is_broken IS NOT TRUE
