-- One row per value with a negative lower bound, or a lower bound above its upper bound.
SELECT submission, observation, value_low, value_high
FROM core.observations
WHERE value_low < 0 OR value_low > value_high
