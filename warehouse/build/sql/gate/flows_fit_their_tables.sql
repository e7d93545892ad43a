-- One row per flow that is out of order, or more than its table's total, which is not told to be inconsistent.
SELECT collection, origin, reporting_country, period_start, persons_low, possible_high, total_high
FROM baseline.origin_flows
WHERE persons_low > persons_high OR persons_high > possible_high
   OR (greatest(persons_low, possible_high) > total_high AND NOT has_flag(flag, 'inconsistent'))
