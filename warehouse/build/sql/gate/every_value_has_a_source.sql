-- One row per value without a source cell.
SELECT submission, observation
FROM core.observations
WHERE observation NOT IN (SELECT observation FROM core.sources)
