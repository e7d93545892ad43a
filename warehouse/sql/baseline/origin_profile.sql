-- Origin by year, calendar or fiscal. One row per profile and class; from core.origin, NULL as there.
SELECT * FROM core.origin WHERE frequency = 'A'
