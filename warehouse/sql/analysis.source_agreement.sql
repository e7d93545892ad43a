-- The same measure, place and time in two collections, side by side. Never merged.
WITH comparable AS (
    SELECT
        provider, collection, measure, origin_basis, reporting_country, period_start, frequency, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, total_low AS value_low, total_high AS value_high,
        total_source, flag
    FROM core.totals
)
SELECT
    a.reporting_country, a.period_start, a.frequency, a.measure, a.sex, a.age_group, a.exploitation, a.citizenship,
    a.provider AS provider_a, a.collection AS collection_a, a.value_low AS value_a_low, a.value_high AS value_a_high,
    b.provider AS provider_b, b.collection AS collection_b, b.value_low AS value_b_low, b.value_high AS value_b_high,
    a.value_low / nullif(b.value_high, 0) AS ratio_low,
    a.value_high / nullif(b.value_low, 0) AS ratio_high,
    nullif(concat_ws('; ',
        CASE WHEN a.total_source <> 'sent' THEN a.collection || ': ' || a.total_source END,
        CASE WHEN b.total_source <> 'sent' THEN b.collection || ': ' || b.total_source END,
        CASE WHEN coalesce(a.flag, b.flag) IS NOT NULL THEN concat_ws('+', a.flag, b.flag) END), '') AS note
FROM comparable AS a
JOIN comparable AS b
    USING (measure, origin_basis, reporting_country, period_start, frequency, sex, age_group, exploitation, citizenship)
WHERE a.collection < b.collection
