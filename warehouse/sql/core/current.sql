-- The values in force on the release's day.
SELECT *
FROM core.observations
WHERE known_from <= (SELECT as_of FROM registry.release)
  AND (known_to IS NULL OR known_to > (SELECT as_of FROM registry.release))
