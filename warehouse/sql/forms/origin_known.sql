-- Known origin over all. One row per profile of origin.
-- From core.origin. No value where the profile withholds its shares.
WITH classes AS (   -- `unclear` is in the table and of unknown origin; `hidden` is that, and who is left out of it
    SELECT
        *,
        origin_class IN ('indeterminate', 'not_detailed') AS is_hidden,
        CASE WHEN is_hidden THEN 0 ELSE persons_low END AS own_known_low,
        CASE WHEN is_hidden THEN 0 ELSE named_high END AS own_known_high,
        CASE WHEN origin_class = 'indeterminate' THEN persons_low ELSE 0 END AS own_unclear_low,
        CASE WHEN is_hidden THEN persons_high ELSE 0 END AS own_hidden_high
    FROM core.origin
    WHERE class_level = 'part'
),
profiles AS (
    SELECT
        s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency, o.provider, o.collection,
        sum(o.own_known_low) AS known_low,
        sum_high(o.own_known_high) AS known_high,
        sum(o.own_unclear_low) AS unclear_low,
        sum_high(o.own_hidden_high) AS hidden_high,
        any_value(o.unread_high) AS unread_high,
        -- named, and not known as long as it waits
        any_value(o.waiting_high) - any_value(o.unread_high) AS read_high,
        bool_or(o.origin_class = 'not_detailed') AS total_apart,
        any_value(o.total_low) AS total_low,
        any_value(o.total_high) AS total_high,
        count(o.share_low) = 0 AS withheld,
        any_value(o.table_flag) AS flag,
        any_value(o.submissions) AS submissions
    FROM core.specification AS s
    JOIN classes AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
    WHERE s.form = 'origin_known'
    GROUP BY ALL
),
most_known AS (   -- as many as the table names, and no more than the total leaves beside the unclear
    SELECT
        *,
        CASE WHEN total_apart THEN least(known_high + unread_high, total_high - unclear_low)
            ELSE known_high + unread_high END AS most
    FROM profiles
)
SELECT
    indicator, reporting_country, period_start, period_end, frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'citizenship+total' AS breakdown,
    'all' AS denominator_basis, 1 AS pooled_years,
    known_low AS numerator_low,
    CASE WHEN NOT withheld THEN most END AS numerator_high,
    total_low AS denominator_low, total_high AS denominator_high,
    CASE
        WHEN withheld THEN NULL
        WHEN hidden_high + read_high = 0 THEN 1
        ELSE coalesce(known_low / least(total_high, known_low + hidden_high + read_high), 0)
    END AS value_low,
    CASE
        WHEN withheld THEN NULL
        WHEN most = 0 THEN 0
        WHEN total_apart THEN coalesce(most / greatest(total_low, most + unclear_low), 1)
        ELSE coalesce(most / (most + unclear_low), 1)
    END AS value_high,
    flag, provider, collection, submissions
FROM most_known
