-- One row per ranked origin that is not a country, or whose count in the last year is unconfirmed.
SELECT collection, measure, reporting_country, citizenship, rank
FROM analysis.origins
WHERE rank IS NOT NULL AND citizenship NOT IN (SELECT country FROM reference.countries WHERE area_type = 'country')
UNION ALL
SELECT o.collection, o.measure, o.reporting_country, o.citizenship, o.rank
FROM analysis.origins AS o
INNER JOIN core.unconfirmed AS u USING (collection, measure, reporting_country, citizenship)
INNER JOIN core.origin_tables AS t
    USING (collection, measure, whose, origin_basis, reporting_country, period_start)
WHERE o.rank IS NOT NULL AND t.frequency = 'A' AND year(t.period_end) = o.last_year
