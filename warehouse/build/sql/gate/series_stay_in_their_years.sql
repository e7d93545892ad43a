-- One row per measure, country and submission in force in which at least three changed values, and half of all changed
-- values, equal those of the previous or next year in the submission that it replaces.
WITH changed AS (
    SELECT * FROM analysis.revisions WHERE new_submission IN (SELECT submission FROM core.current)
),

counted AS (
    SELECT
        collection, measure, reporting_country, old_submission, new_submission,
        count(*) FILTER (WHERE new_low >= 10) AS new_values
    FROM changed
    GROUP BY ALL
),

shifted AS (
    SELECT
        n.collection, n.measure, n.reporting_country,
        year(n.period_start) - year(o.period_start) AS years,
        count(*) AS same_values, n.old_submission, n.new_submission
    FROM (SELECT * FROM changed WHERE new_low = new_high AND new_low >= 10) AS n
    INNER JOIN (SELECT * FROM changed WHERE old_low = old_high AND old_low >= 10) AS o
        USING (
            collection, measure, reporting_country, frequency, {{ dimensions }}, old_submission, new_submission
        )
    WHERE n.period_start IN (o.period_start + INTERVAL 1 YEAR, o.period_start - INTERVAL 1 YEAR)
      AND n.new_low = o.old_low
    GROUP BY ALL
)

SELECT collection, measure, reporting_country, years, same_values, new_submission
FROM shifted
INNER JOIN counted USING (collection, measure, reporting_country, old_submission, new_submission)
WHERE same_values >= 3 AND same_values * 2 >= new_values
