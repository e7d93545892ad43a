-- Origin classes by quarter and month. One row per profile and class. From core.origin, NULL as there.
SELECT * EXCLUDE (denominator_at_low, denominator_at_high) FROM core.origin WHERE frequency <> 'A'
