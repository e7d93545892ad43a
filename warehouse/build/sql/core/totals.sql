-- Total of each period: the reported one, else the sum of an exhaustive breakdown, with its doubts: the same number
-- under several measures, or a drop to a fraction with most of it unknown. One row per collection, measure, country and
-- period. From core.figures. `total_high` is NULL without an upper bound.
WITH summed_totals AS (
    SELECT
        f.provider, f.collection, f.family, f.measure, f.whose, f.origin_basis, f.reporting_country,
        f.period_start, f.period_end, f.frequency,
        sum(f.value_low) AS total_low,
        sum_high(f.value_high) AS total_high,
        f.breakdown AS total_source,
        carried_flags(f.flag) AS flag,
        string_agg(DISTINCT f.submissions, ' ' ORDER BY f.submissions) AS submissions
    FROM (FROM core.figures ANTI JOIN core.subgroups USING (collection, breakdown, {{ key }})) AS f
    JOIN registry.exhaustive AS e USING (collection, breakdown)
    GROUP BY ALL
),
sent_totals AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, value_low AS total_low, value_high AS total_high, 'sent' AS total_source, flag, submissions
    FROM core.figures
    WHERE breakdown = 'total'
),
parts_of_waiting AS (   -- a quarantined total row is at least the sum of any table's parts
    SELECT collection, measure, reporting_country, period_start, frequency, max(parts_low) AS parts_low
    FROM (
        SELECT collection, measure, reporting_country, period_start, frequency, breakdown, sum(value_low) AS parts_low
        FROM (FROM core.figures ANTI JOIN core.subgroups USING (collection, breakdown, {{ key }}))
        SEMI JOIN (SELECT * FROM sent_totals WHERE is_only_waiting(total_low, flag)) AS s
            USING (collection, measure, reporting_country, period_start, frequency)
        WHERE breakdown <> 'total'
        GROUP BY ALL
    )
    GROUP BY ALL
),
open_totals AS (   -- if its own number is smaller, the total is between the two
    SELECT
        s.* REPLACE (
            least(parts_low, coalesce(total_high, parts_low)) AS total_low,
            CASE WHEN total_high IS NOT NULL THEN greatest(total_high, parts_low) END AS total_high
        )
    FROM sent_totals AS s
    JOIN parts_of_waiting USING (collection, measure, reporting_country, period_start, frequency)
    WHERE is_only_waiting(total_low, flag)
),
chosen_totals AS (
    SELECT * FROM (
        SELECT * FROM open_totals
        UNION ALL BY NAME
        SELECT * FROM sent_totals
        ANTI JOIN open_totals USING (collection, measure, reporting_country, period_start, frequency)
        UNION ALL BY NAME
        SELECT * FROM summed_totals
    )
    QUALIFY row_number() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency
        ORDER BY total_source <> 'sent', total_source
    ) = 1
),
repeated_totals AS (   -- STATISTICS section 2: one number of 10 or more under two measures, neither a part of the other
    SELECT DISTINCT a.collection, a.measure, a.reporting_country, a.period_start, a.frequency
    FROM chosen_totals AS a
    JOIN chosen_totals AS b USING (collection, reporting_country, period_start, frequency)
    JOIN reference.measures AS m ON m.measure = a.measure
    JOIN reference.measures AS n ON n.measure = b.measure
    WHERE m.measure <> n.measure
      AND m.part_of IS DISTINCT FROM n.measure AND n.part_of IS DISTINCT FROM m.measure
      AND a.total_low = a.total_high AND b.total_low = b.total_high AND a.total_low = b.total_low AND a.total_low >= 10
),
unknown_sex AS (   -- persons of unknown sex in a period, from the table with most of them
    SELECT collection, measure, reporting_country, period_start, frequency, max(unknown_low) AS unknown_low
    FROM (
        SELECT collection, measure, reporting_country, period_start, frequency, breakdown, sum(value_low) AS unknown_low
        FROM core.figures
        WHERE sex = '_U' AND breakdown IN ('sex', 'age_group+sex')
        GROUP BY ALL
    )
    GROUP BY ALL
),
dropped_totals AS (   -- to a third or less of the previous year, with half or more of it unknown
    SELECT c.collection, c.measure, c.reporting_country, c.period_start, c.frequency
    FROM chosen_totals AS c
    JOIN unknown_sex AS u USING (collection, measure, reporting_country, period_start, frequency)
    JOIN chosen_totals AS b
        ON b.collection = c.collection AND b.measure = c.measure AND b.reporting_country = c.reporting_country
        AND b.frequency = c.frequency AND b.period_start = c.period_start - INTERVAL 1 YEAR
    WHERE c.total_high * 3 <= b.total_low AND u.unknown_low * 2 >= c.total_high
)
SELECT
    c.* EXCLUDE (flag),
    joined_flags(flags_of(c.flag) || [
        CASE WHEN r.measure IS NOT NULL THEN 'same_value_across_units' END,
        CASE WHEN d.measure IS NOT NULL THEN 'suspected_partial' END
    ]) AS flag
FROM chosen_totals AS c
LEFT JOIN repeated_totals AS r USING (collection, measure, reporting_country, period_start, frequency)
LEFT JOIN dropped_totals AS d USING (collection, measure, reporting_country, period_start, frequency)
