-- What the indicators count: figures as sent or rolled up, totals with what puts them in doubt, tables added up.
-- A view: each of its readers takes its own part, and nothing of this size is written twice.
SELECT
    f.family, f.measure, f.reporting_country, f.period_start, f.period_end, f.frequency, f.breakdown, f.sex,
    f.age_group, f.exploitation, f.citizenship, f.origin_class, f.place_of_exploitation, f.value_low, f.value_high,
    CASE WHEN coalesce(f.flag, d.collection, u.citizenship) IS NOT NULL   -- few have any
         THEN nullif(array_to_string(list_sort(string_split(concat_ws('+', f.flag,
            CASE WHEN d.collection IS NULL THEN NULL ELSE 'suspected_partial' END,
            CASE WHEN u.citizenship IS NULL THEN NULL ELSE 'unconfirmed_origin' END), '+')), '+'), '') END AS flag,
    f.provider, f.collection, f.submissions
FROM (
    SELECT * FROM core.figures WHERE breakdown <> 'total'
    UNION ALL BY NAME
    SELECT * FROM core.added_tables
) AS f
LEFT JOIN core.unconfirmed AS u
    ON f.frequency = 'A'
    AND (u.collection, u.measure, u.reporting_country, u.period_start, u.citizenship)
      = (f.collection, f.measure, f.reporting_country, f.period_start, f.citizenship)
LEFT JOIN (SELECT * FROM core.totals WHERE list_contains(string_split(flag, '+'), 'suspected_partial')) AS d
    ON (d.collection, d.measure, d.reporting_country, d.period_start, d.frequency)
     = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
UNION ALL BY NAME
SELECT
    family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown, '_T' AS sex,
    '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, '_T' AS origin_class,
    total_low AS value_low, total_high AS value_high, flag, provider, collection, submissions
FROM core.totals
