-- One row per pair of versions of a value that are in force on the same day.
WITH versions AS (
    SELECT DISTINCT collection, reporting_country, period_start, frequency, submission, known_from, known_to
    FROM core.observations
),

overlapping AS (
    SELECT
        a.collection, a.reporting_country, a.period_start, a.frequency,
        [a.submission, b.submission] AS submissions
    FROM versions AS a
    INNER JOIN versions AS b USING (collection, reporting_country, period_start, frequency)
    WHERE (a.known_from, a.submission) < (b.known_from, b.submission)
      AND (a.known_to IS NULL OR a.known_to > b.known_from)
),

doubtful AS MATERIALIZED ( -- empty in a sound build: values are compared only if whole submissions overlap
    SELECT *
    FROM core.observations
    SEMI JOIN (SELECT * EXCLUDE (submissions), unnest(submissions) AS submission FROM overlapping)
        USING (collection, reporting_country, period_start, frequency, submission)
)

SELECT a.submission, b.submission AS other_submission, a.reporting_country, a.period_start
FROM doubtful AS a
INNER JOIN doubtful AS b
    USING (collection, {{ key }})
WHERE (a.known_from, a.submission) < (b.known_from, b.submission)
  AND (a.known_to IS NULL OR a.known_to > b.known_from)
