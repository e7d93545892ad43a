-- One row per series and period of an indicator with more than one value.
SELECT indicator, collection, reporting_country, period_start
FROM baseline.indicator_values
GROUP BY
    indicator, measure, reporting_country, period_start, frequency, {{ slices }}, origin_class,
    denominator_basis, pooled_years, panel,
    provider, collection
HAVING count(*) > 1
