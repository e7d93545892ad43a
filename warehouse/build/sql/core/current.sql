-- Values in force on the release's day. One row per value. From core.observations, NULL as there.
-- A view that is kept in releases, so it uses no macro of the build.
SELECT *
FROM core.observations
WHERE known_from <= (SELECT as_of FROM registry.release)
  AND (known_to IS NULL OR known_to > (SELECT as_of FROM registry.release))
