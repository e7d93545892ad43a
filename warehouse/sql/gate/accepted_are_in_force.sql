-- One row per collection with an accepted submission and no value in force.
SELECT DISTINCT collection
FROM registry.submissions
WHERE status = 'accepted' AND withdrawn_on IS NULL
  AND collection NOT IN (SELECT collection FROM core.current)
