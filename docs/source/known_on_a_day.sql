SELECT reporting_country, period_start, value_low, value_high
FROM core.observations
WHERE known_from <= DATE '2024-06-30' AND (known_to IS NULL OR known_to > DATE '2024-06-30')
  AND collection = 'UNODC/glotip' AND measure = 'victims_detected' AND breakdown = 'total';
