-- One row per value of an indicator with a negative lower bound, or a lower bound above its upper bound.
SELECT collection, indicator, reporting_country, period_start, value_low, value_high
FROM baseline.indicator_values
WHERE value_low < 0 OR value_low > value_high + 1e-12
