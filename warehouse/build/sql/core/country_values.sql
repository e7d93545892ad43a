-- Indicators' values by country, with stewards' decisions on breaks and jumps. One row per row of core.series_values,
-- except pooled years on both sides of a break, which are left out. From core.series_values and registry.decisions.
-- NULL as there.
WITH spaced_values AS (   -- each value with the end of the previous value in its series
    SELECT
        *,
        max(period_end) OVER (
            PARTITION BY indicator, collection, measure, reporting_country, frequency, denominator_basis, pooled_years,
                {{ slices }}, origin_class
            ORDER BY period_start RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS end_before
    FROM core.series_values
    SEMI JOIN registry.decisions USING (collection)
),
decided_series AS (
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
    JOIN registry.decisions AS d
        ON d.collection = v.collection AND d.kind IN ('break', 'real_change', 'suspected_break')
        AND coalesce(d.reporting_country, v.reporting_country) = v.reporting_country
        AND coalesce(d.measure, v.measure) IN (v.measure, v.denominator_measure)
        AND (d.dimension IS NULL OR list_contains(string_split(v.breakdown, '+'), d.dimension))
    GROUP BY ALL
)
SELECT
    v.* EXCLUDE (denominator_measure, is_beside) REPLACE (
        joined_flags(flags_of(v.flag) || [
            CASE WHEN d.is_broken THEN 'broken_period' END,
            CASE WHEN d.is_real THEN 'confirmed_change' END,
            CASE WHEN d.may_be_broken THEN 'unconfirmed_break' END
        ]) AS flag
    ),
    coalesce(CAST(d.broken_on AS VARCHAR), '_Z') AS break_id
FROM core.series_values AS v
LEFT JOIN decided_series AS d USING (
    indicator, collection, measure, reporting_country, period_start, period_end, frequency, denominator_basis,
    pooled_years, {{ slices }}, origin_class
)
WHERE v.pooled_years = 1 OR d.is_broken IS NOT TRUE
