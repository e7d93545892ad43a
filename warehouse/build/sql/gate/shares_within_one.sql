-- One row per share above 1.
SELECT collection, indicator, reporting_country, period_start, value_high
FROM baseline.indicator_values
WHERE unit = 'share' AND value_high > 1 + 1e-12
