-- One row per submission and country that the previous release read and this build no longer does.
WITH read AS (
    SELECT DISTINCT submission, reporting_country FROM core.observations
)

SELECT p.submission, p.reporting_country
FROM (SELECT DISTINCT submission, reporting_country FROM previous.core.current) AS p
ANTI JOIN read USING (submission, reporting_country)
WHERE p.submission IN (SELECT r.submission FROM read AS r)
