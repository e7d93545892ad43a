-- What open collections tell exactly of cells that protected tables have too, so that it is no secret there: totals and
-- one breakdown, of years and quarters. One row per cell and value told. From core.open_figures. Never NULL.
WITH exact AS (
    SELECT
        f.family, f.measure, f.reporting_country, f.period_start, f.frequency, f.collection, f.breakdown,
        {{ each_dimension("f.$") }}, f.origin_class, f.value_low
    FROM core.open_figures AS f
    SEMI JOIN (SELECT DISTINCT family, measure, reporting_country, year_start FROM core.protected_figures) AS p
        ON (p.family, p.measure, p.reporting_country) = (f.family, f.measure, f.reporting_country)
        AND f.period_start BETWEEN p.year_start AND p.year_start + INTERVAL 11 MONTH
    WHERE f.value_low = f.value_high AND f.frequency IN ('A', 'Q') AND f.parts_present = f.parts_expected
),
coded AS (
    SELECT *, '_T' AS dimension, '_T' AS code FROM exact WHERE breakdown = 'total'
    UNION ALL
    SELECT *, 'origin_class' AS dimension, origin_class AS code FROM exact WHERE breakdown = 'citizenship'
    UNION ALL
    {{ each_coded_dimension("SELECT *, '$' AS dimension, $ AS code FROM exact WHERE breakdown = '$'", "UNION ALL") }}
),
told AS (
    SELECT
        family, measure, reporting_country, period_start, frequency, collection, dimension, code,
        sum(value_low) AS value_low
    FROM coded
    GROUP BY ALL
)
SELECT DISTINCT family, measure, reporting_country, period_start, frequency, dimension, code, value_low
FROM told
