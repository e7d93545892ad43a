-- Each period's total: the one that was sent, else the sum of a breakdown that the card calls exhaustive.
WITH summed AS (
    SELECT
        f.provider, f.collection, f.family, f.measure, f.whose, f.origin_basis, f.reporting_country,
        f.period_start, f.period_end, f.frequency,
        sum(f.value_low) AS total_low,
        CASE WHEN count(*) = count(f.value_high) THEN sum(f.value_high) END AS total_high,
        f.breakdown AS total_source,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(f.flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value')))), '+'), '') AS flag,
        string_agg(DISTINCT f.submissions, ' ' ORDER BY f.submissions) AS submissions
    FROM core.figures AS f
    JOIN registry.exhaustive AS e USING (collection, breakdown)
    GROUP BY ALL
),
sent AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, value_low AS total_low, value_high AS total_high, 'sent' AS total_source, flag, submissions
    FROM core.figures
    WHERE breakdown = 'total'
)
SELECT * FROM (SELECT * FROM sent UNION ALL BY NAME SELECT * FROM summed)
QUALIFY row_number() OVER (
    PARTITION BY collection, measure, reporting_country, period_start, frequency
    ORDER BY total_source <> 'sent', total_source
) = 1
