-- Persons of known origin over all persons. One row per table of origins. From core.origin_tables. No value if the
-- table's shares are withheld.
WITH most_known AS (   -- persons named in the table, at most the total less those of unknown origin
    SELECT
        *,
        listed_low - known_low AS unknown_low,
        CASE WHEN total_apart THEN least(known_high + unread_high, total_high - unknown_low)
            ELSE known_high + unread_high END AS most
    FROM core.origin_tables
)
SELECT
    s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'citizenship+total' AS breakdown,
    'all' AS denominator_basis, 1 AS pooled_years,
    o.known_low AS numerator_low,
    CASE WHEN NOT o.is_withheld THEN o.most END AS numerator_high,
    o.total_low AS denominator_low, o.total_high AS denominator_high,
    CASE WHEN NOT o.is_withheld THEN o.completeness END AS value_low,
    CASE
        WHEN o.is_withheld THEN NULL
        WHEN o.most = 0 THEN 0
        WHEN o.total_apart THEN coalesce(o.most / greatest(o.total_low, o.most + o.unknown_low), 1)
        ELSE coalesce(o.most / (o.most + o.unknown_low), 1)
    END AS value_high,
    o.flag, o.provider, o.collection, o.submissions
FROM core.specification AS s
JOIN most_known AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
WHERE s.form = 'origin_known'
