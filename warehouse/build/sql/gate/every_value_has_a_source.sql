-- One row per value without a cell that it came from.
SELECT submission, observation
FROM core.observations
WHERE observation NOT IN (SELECT observation FROM core.sources)
