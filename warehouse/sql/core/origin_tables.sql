-- Each year's table of origins as a whole: how many it lists, how many it hides (of unknown origin, or left out of
-- the table), and whether the year may stand beside others: not one that is partial, in doubt or inconsistent.
-- One row per table. From core.named_origins, core.totals and core.breakdowns. NULL an upper bound where nobody knows
-- how many, and the flag where there is none.
WITH rows_of_tables AS (   -- undivided: not of one class, but of unknown origin or told of a class that holds others
    SELECT *, origin_class = 'indeterminate' OR holds_classes(origin_class) AS is_undivided
    FROM core.named_origins
),
listed AS (
    SELECT
        collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end, breakdown,
        reported_part,
        sum(persons_low) AS listed_low,
        sum_high(persons_high) AS listed_high,
        sum(own_unclear_low) AS unclear_low,
        sum_high(own_unclear_high) AS unclear_high,
        sum_high(own_grouped_high) AS grouped_high,
        sum_high_where(origin_class = 'indeterminate', waiting_high) AS unread_high,
        carried_flags(flag) AS flag
    FROM (
        SELECT
            * EXCLUDE (country) REPLACE (min(reported_part) OVER one_table AS reported_part),
            CASE WHEN is_undivided THEN persons_low ELSE 0 END AS own_unclear_low,
            CASE WHEN is_undivided THEN persons_high ELSE 0 END AS own_unclear_high,
            -- an area or a state of the past: of a known class, and of no country that is told
            CASE
                WHEN country IS NULL AND origin_class <> 'stateless' AND NOT is_undivided THEN persons_high
                ELSE 0
            END AS own_grouped_high
        FROM rows_of_tables
        LEFT JOIN (SELECT country FROM reference.countries WHERE kind <> 'historic') ON country = citizenship
        WINDOW one_table AS (PARTITION BY collection, measure, whose, origin_basis, reporting_country, period_start)
    )
    GROUP BY ALL
),
with_total AS (
    SELECT
        l.* EXCLUDE (flag),
        coalesce(t.total_low, l.listed_low) AS total_low,
        t.total_high,
        (t.total_source IS DISTINCT FROM l.breakdown) AS total_apart,
        coalesce(b.is_inconsistent, FALSE) AS exceeds,
        concat_ws('+', l.flag, t.flag) AS flag
    FROM listed AS l
    LEFT JOIN core.totals AS t
        ON t.frequency = 'A'
        AND (t.collection, t.measure, t.reporting_country, t.period_start)
          = (l.collection, l.measure, l.reporting_country, l.period_start)
    LEFT JOIN core.breakdowns AS b
        ON b.frequency = 'A'
        AND (b.collection, b.measure, b.reporting_country, b.period_start, b.breakdown)
          = (l.collection, l.measure, l.reporting_country, l.period_start, l.breakdown)
),
with_rest AS (
    SELECT
        *,
        CASE WHEN total_apart THEN greatest(0, total_low - coalesce(listed_high, total_low)) ELSE 0 END AS left_out_low,
        CASE WHEN NOT total_apart THEN 0 WHEN total_high IS NOT NULL THEN greatest(0, total_high - listed_low) END
            AS left_out_high,
        exceeds OR (total_apart AND coalesce(listed_low > total_high, FALSE)) AS inconsistent
    FROM with_total
)
SELECT
    collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end, reported_part,
    listed_low, listed_high, left_out_low, left_out_high, grouped_high, unread_high,
    unclear_low + left_out_low AS hidden_low,
    unclear_high + left_out_high AS hidden_high,
    total_low, total_high,
    NOT inconsistent AND NOT is_out_of_baselines(flag) AS is_whole,
    joined_flags(flags_of(flag)) AS flag
FROM with_rest
