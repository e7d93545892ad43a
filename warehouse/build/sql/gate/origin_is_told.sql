-- One row per value by citizenship without an origin class.
SELECT submission, observation
FROM core.observations
WHERE citizenship <> '_T' AND origin_class = '_T'
