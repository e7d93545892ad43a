-- Tables that nobody reported, summed from wider ones: by one dimension only (marginals), and persons brought home from
-- anywhere. One row per code of the dimension and period. From core.figures, for breakdowns that registry.exhaustive
-- allows to be summed, and core.breakdowns. NULL only for a missing upper bound.
WITH sent_tables AS (
    SELECT DISTINCT collection, measure, reporting_country, period_start, frequency, breakdown FROM core.figures
),
wider_tables AS (   -- each dimension of a breakdown that may be summed; one such breakdown per period
    SELECT * FROM (
        SELECT t.*, unnest(string_split(t.breakdown, '+')) AS dimension
        FROM sent_tables AS t
        JOIN registry.exhaustive AS e USING (collection, breakdown)
        WHERE contains(t.breakdown, '+')
    )
    QUALIFY row_number() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency, dimension
        ORDER BY len(breakdown), breakdown
    ) = 1
),
brought_home AS (   -- one table per period, only for periods without a reported total
    SELECT *
    FROM core.figures
    JOIN (SELECT measure FROM core.specification WHERE sum_over = 'counterpart_country') USING (measure)
    ANTI JOIN core.totals USING (collection, measure, reporting_country, period_start, frequency)
    WHERE breakdown IN ('counterpart_country', 'citizenship+counterpart_country')
    QUALIFY dense_rank() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency ORDER BY len(breakdown)
    ) = 1
),
marginals AS (   -- only if no table by that dimension alone was reported
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, dimension AS breakdown,
        {{ each_slice("CASE dimension WHEN '$' THEN $ ELSE '_T' END AS $") }},
        CASE dimension WHEN 'citizenship' THEN origin_class ELSE '_T' END AS origin_class,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        sum_high(waiting_high) AS waiting_high,
        joined_flags(flags_of(carried_flags(flag)) || [
            CASE WHEN bool_or(is_inconsistent) THEN 'inconsistent' WHEN bool_or(is_contradicted) THEN 'contradicted' END
        ]) AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM (
        SELECT * FROM wider_tables
        ANTI JOIN (SELECT * RENAME (breakdown AS dimension) FROM sent_tables)
            USING (collection, measure, reporting_country, period_start, frequency, dimension)
        WHERE dimension IN ({{ each_slice("'$'") }})
    )
    JOIN core.figures USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    LEFT JOIN core.breakdowns USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    ANTI JOIN (
        SELECT *, unnest(list_filter([{{ each_slice("'$'") }}], lambda d: d <> within)) AS dimension
        FROM core.subgroups
    ) USING (collection, breakdown, {{ key }}, dimension)
    GROUP BY ALL
),
all_brought_home AS (   -- sums over the other country involved
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown,
        {{ each_slice("'_T' AS $") }}, '_T' AS origin_class,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        sum_high(waiting_high) AS waiting_high,
        carried_flags(flag) AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM brought_home
    GROUP BY ALL
)
SELECT * FROM marginals
UNION ALL BY NAME
SELECT * FROM all_brought_home
