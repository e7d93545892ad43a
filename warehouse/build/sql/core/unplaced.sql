-- Submissions in force with quarantined rows of unreadable periods. Those rows may belong to any of the submission's
-- values, which get the flag. One row per submission and country. From core.openings and core.current. Never NULL.
SELECT DISTINCT t.submission, t.reporting_country
FROM core.openings AS o
JOIN (SELECT DISTINCT submission, reporting_country FROM core.current) AS t
    ON t.submission = o.submission AND o.reporting_country IN ('_U', t.reporting_country)
WHERE o.period_start IS NULL
