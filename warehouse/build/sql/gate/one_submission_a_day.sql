-- One row per collection and day with several accepted submissions, if one of them is in force.
SELECT collection, received_on, count(*) AS submissions
FROM registry.submissions
WHERE status = 'accepted' AND withdrawn_on IS NULL
GROUP BY collection, received_on
HAVING count(*) > 1 AND bool_or(submission IN (SELECT submission FROM core.current))
