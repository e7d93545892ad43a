-- Values that indicators count: reported or summed values, totals with their doubts, and tables summed from wider ones.
-- One row per value. From core.figures (except its totals), core.marginal_figures, core.totals, core.breakdowns
-- (inconsistent and contradicted tables) and core.openings (collections whose quarantined rows add up). NULL as there.
-- A view, since each model reads only its own part and a table of this size would be written twice. Views use no
-- macros.
SELECT
    f.family, f.measure, f.reporting_country, f.period_start, f.period_end, f.frequency, f.breakdown,
    {{ each_slice("f.$") }}, f.origin_class, f.place_of_exploitation, f.value_low, f.value_high,
    f.waiting_high,
    coalesce(f.parts_expected, 0) <> 1
    OR (f.value_low = 0 AND list_contains(string_split(f.flag, '+'), 'rows_in_quarantine'))
    OR f.collection IN (   -- collections whose rows with the same key are added up
        SELECT s.collection FROM core.openings AS o JOIN registry.submissions AS s USING (submission) WHERE o.adds_up
    ) AS is_sum,
    CASE
        WHEN coalesce(f.flag, d.collection, u.citizenship, i.collection) IS NOT NULL   -- most values have none
        THEN nullif(array_to_string(list_sort(string_split(concat_ws(
            '+', f.flag,
            CASE WHEN d.collection IS NOT NULL THEN 'suspected_partial' END,
            CASE WHEN u.citizenship IS NOT NULL THEN 'unconfirmed_origin' END,
            CASE WHEN i.is_inconsistent THEN 'inconsistent' WHEN i.is_contradicted THEN 'contradicted' END
        ), '+')), '+'), '')
    END AS flag,
    f.provider, f.collection, f.submissions
FROM (
    SELECT * FROM core.figures
    WHERE breakdown <> 'total' AND (citizenship = '_T' OR citizenship <> origin_class)   -- no classes as countries
    UNION ALL BY NAME
    SELECT * FROM core.marginal_figures
) AS f
LEFT JOIN core.unconfirmed AS u
    ON f.frequency = 'A'
    AND (u.collection, u.measure, u.reporting_country, u.period_start, u.citizenship)
      = (f.collection, f.measure, f.reporting_country, f.period_start, f.citizenship)
LEFT JOIN (SELECT * FROM core.breakdowns WHERE is_inconsistent OR is_contradicted) AS i
    ON (i.collection, i.measure, i.reporting_country, i.period_start, i.frequency, i.breakdown)
     = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency, f.breakdown)
LEFT JOIN (SELECT * FROM core.totals WHERE list_contains(string_split(flag, '+'), 'suspected_partial')) AS d
    ON (d.collection, d.measure, d.reporting_country, d.period_start, d.frequency)
     = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
UNION ALL BY NAME
SELECT
    t.family, t.measure, t.reporting_country, t.period_start, t.period_end, t.frequency, 'total' AS breakdown,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class,
    t.total_low AS value_low, t.total_high AS value_high,
    CASE
        WHEN i.collection IS NULL THEN t.flag
        ELSE array_to_string(list_sort(string_split(concat_ws(
            '+', t.flag, CASE WHEN i.is_inconsistent THEN 'inconsistent' ELSE 'contradicted' END
        ), '+')), '+')
    END AS flag,
    t.provider, t.collection, t.submissions
FROM core.totals AS t
LEFT JOIN (SELECT * FROM core.breakdowns WHERE is_inconsistent OR is_contradicted) AS i   -- summed to the total
    ON (i.collection, i.measure, i.reporting_country, i.period_start, i.frequency, i.breakdown)
     = (t.collection, t.measure, t.reporting_country, t.period_start, t.frequency, t.total_source)
