-- Counts as reported. One row per value of the measure that has no dimension besides the indicator's slices. From
-- core.indicator_figures. NULL only for a missing upper bound.
WITH cells AS (
    SELECT
        s.indicator, f.*
    FROM core.specification AS s
    JOIN core.indicator_figures AS f ON f.measure = s.measure AND f.family = s.family
    WHERE s.form = 'count'
      AND (
          f.breakdown = 'total'
          OR list_has_all(string_split(s.slices, '+'), string_split(f.breakdown, '+'))
      )
),
unread AS (   -- a quarantined row with an unreadable code may belong to any of these sums; a row has a single key
    SELECT
        c.indicator, c.collection, c.reporting_country, c.period_start, c.frequency, c.breakdown,
        {{ each_slice("c.$") }},
        sum_high(u.waiting_high) AS unread_high
    FROM cells AS c
    JOIN (
        SELECT * FROM cells
        WHERE (waiting_high IS NULL OR waiting_high > 0) AND list_contains([{{ slices }}], '_U')
    ) AS u USING (indicator, collection, reporting_country, period_start, frequency, breakdown)
    WHERE c.is_sum AND {{ each_slice("u.$ IN ('_U', c.$)", "AND") }}
      AND NOT ({{ each_slice("u.$ = c.$", "AND") }})
    GROUP BY ALL
)
SELECT
    c.indicator, c.reporting_country, c.period_start, c.period_end, c.frequency,
    {{ each_slice("c.$") }}, c.origin_class, c.breakdown, '_Z' AS denominator_basis,
    1 AS pooled_years,
    c.value_low AS numerator_low,
    CASE WHEN u.indicator IS NULL THEN c.value_high ELSE c.value_high + u.unread_high END AS numerator_high,
    c.value_low,
    CASE WHEN u.indicator IS NULL THEN c.value_high ELSE c.value_high + u.unread_high END AS value_high,
    CASE WHEN u.indicator IS NULL THEN c.flag ELSE joined_flags(flags_of(c.flag) || ['rows_in_quarantine']) END AS flag,
    c.provider, c.collection, c.submissions
FROM cells AS c
LEFT JOIN unread AS u
    ON (u.indicator, u.collection, u.reporting_country, u.period_start, u.frequency, u.breakdown)
     = (c.indicator, c.collection, c.reporting_country, c.period_start, c.frequency, c.breakdown)
    AND {{ each_slice("u.$ = c.$", "AND") }}
