-- One row per flow with bounds out of order, or above its table's total unless the table is flagged as inconsistent.
SELECT collection, origin, reporting_country, period_start, persons_low, possible_high, total_high
FROM baseline.origin_flows
WHERE persons_low > persons_high OR persons_high > possible_high
   OR (greatest(persons_low, possible_high) > total_high AND NOT has_flag(flag, 'inconsistent'))
