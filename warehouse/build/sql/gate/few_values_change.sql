-- One row per submission in force that changes or withdraws over a fifth of the values that it replaces.
WITH changed AS (
    SELECT collection, old_submission, new_submission, count(*) AS changed
    FROM analysis.revisions
    WHERE kind IN ('revised', 'withdrawn')
      AND new_submission IN (SELECT submission FROM core.current)
      AND old_submission NOT IN (SELECT submission FROM registry.submissions WHERE withdrawn_on IS NOT NULL)
    GROUP BY ALL
),

brought AS (
    SELECT DISTINCT submission AS new_submission, reporting_country, period_start, frequency
    FROM core.observations
    WHERE submission IN (SELECT new_submission FROM changed)
),

replaced AS ( -- a value that was in force twice is one value
    SELECT DISTINCT observation, submission AS old_submission, reporting_country, period_start, frequency
    FROM core.observations
    WHERE submission IN (SELECT old_submission FROM changed)
)

SELECT c.collection, c.changed, count(*) AS replaced, c.old_submission, c.new_submission
FROM changed AS c
INNER JOIN (SELECT collection, delivery FROM registry.collections) AS k USING (collection)
INNER JOIN replaced AS o USING (old_submission)
LEFT JOIN brought AS b USING (new_submission, reporting_country, period_start, frequency)
WHERE k.delivery = 'full' OR b.reporting_country IS NOT NULL
GROUP BY ALL
HAVING c.changed > 0.2 * count(*)
