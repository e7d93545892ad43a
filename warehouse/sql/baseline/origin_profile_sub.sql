-- Origin by quarter and month. One row per profile and class; from core.origin, NULL as there.
SELECT * FROM core.origin WHERE frequency <> 'A'
