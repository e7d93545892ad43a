-- One row per collection with an accepted submission but no value or record in force.
SELECT DISTINCT collection
FROM registry.submissions
WHERE status = 'accepted' AND withdrawn_on IS NULL
  AND collection NOT IN (SELECT collection FROM core.current)
  AND collection NOT IN (
      SELECT collection FROM core.spans SEMI JOIN core.entered USING (submission, scope) WHERE known_to IS NULL
  )
