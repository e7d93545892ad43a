-- Partial years compared with the same months (or quarters) of other years that have them all. One row per partial year
-- (collection, measure, country) and other year. From core.totals and core.breaks. NULL: missing upper bounds, a
-- bound of the change if the other year may be 0 or has no upper bound, and the flag if there is none.
-- A partial year is never compared with a whole year, nor across a sure or suspected break (STATISTICS sections 3 and
-- 7). Quarters are used only for series without months.
WITH undoubted_parts AS (
    SELECT *
    FROM core.totals
    WHERE frequency <> 'A'
      AND NOT is_out_of_sums(flag)
    QUALIFY frequency = min(frequency) OVER (PARTITION BY collection, measure, reporting_country)   -- M before Q
),
partial_years AS (
    SELECT collection, measure, reporting_country, period_start, period_end
    FROM core.totals
    WHERE frequency = 'A' AND has_flag(flag, 'partial')
),
parts_of_partial_years AS (
    SELECT
        y.collection, y.measure, y.reporting_country, y.period_start, y.period_end, p.frequency AS part_frequency,
        p.period_start AS part_start, p.total_low, p.total_high, p.flag
    FROM partial_years AS y
    JOIN undoubted_parts AS p
        ON p.collection = y.collection AND p.measure = y.measure AND p.reporting_country = y.reporting_country
        AND p.period_start BETWEEN y.period_start AND y.period_end
),
reported_parts AS (
    SELECT
        collection, measure, reporting_country, period_start, period_end, part_frequency,
        count(*) AS n_parts,
        string_agg(strftime(part_start, '%m'), ' ' ORDER BY part_start) AS months,
        sum(total_low) AS value_low,
        sum_high(total_high) AS value_high,
        carried_flags(flag) AS value_flag
    FROM parts_of_partial_years
    GROUP BY ALL
),
same_parts_of_other_years AS (
    SELECT
        w.collection, w.measure, w.reporting_country, w.period_start,
        date_diff('month', p.period_start, w.part_start) / 12 AS years,
        count(*) AS n_parts,
        min(least(p.period_start, w.part_start)) AS from_start,
        max(greatest(p.period_start, w.part_start)) AS until_start,
        sum(p.total_low) AS other_low,
        sum_high(p.total_high) AS other_high,
        carried_flags(p.flag) AS other_flag
    FROM parts_of_partial_years AS w
    JOIN undoubted_parts AS p
        ON p.collection = w.collection AND p.measure = w.measure AND p.reporting_country = w.reporting_country
        AND p.frequency = w.part_frequency AND month(p.period_start) = month(w.part_start)
        AND p.period_start <> w.part_start
    GROUP BY ALL
)
SELECT
    t.* EXCLUDE (n_parts, part_frequency, value_flag),
    t.part_frequency AS frequency,
    CAST(t.period_start - to_years(CAST(o.years AS INTEGER)) AS DATE) AS other_start,
    o.other_low, o.other_high,
    100 * (t.value_low / nullif(o.other_high, 0) - 1) AS change_low,
    100 * (t.value_high / nullif(o.other_low, 0) - 1) AS change_high,
    joined_flags(flags_of(t.value_flag) || flags_of(o.other_flag)) AS flag
FROM reported_parts AS t
JOIN same_parts_of_other_years AS o USING (collection, measure, reporting_country, period_start, n_parts)
WHERE NOT EXISTS (
    SELECT 1 FROM core.breaks AS d
    WHERE d.collection = t.collection
      AND coalesce(d.measure, t.measure) = t.measure
      AND coalesce(d.reporting_country, t.reporting_country) = t.reporting_country
      AND coalesce(d.dimension, 'total') = 'total'
      AND d.broken_on > o.from_start AND d.broken_on <= o.until_start
)
