-- What changed between a submission and the one that replaced it, on harmonised keys.
WITH successions AS (
    SELECT
        collection, scope, submission AS old_submission,
        lead(submission) OVER (PARTITION BY collection, scope ORDER BY known_from) AS new_submission
    FROM core.spans
    QUALIFY new_submission IS NOT NULL
),
pairs AS (SELECT DISTINCT collection, old_submission, new_submission FROM successions),
old AS (SELECT p.old_submission, p.new_submission, o.* FROM pairs AS p JOIN core.staged AS o ON o.submission = p.old_submission),
new AS (SELECT p.old_submission, p.new_submission, o.* FROM pairs AS p JOIN core.staged AS o ON o.submission = p.new_submission),
compared AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, area, sex, age_group, exploitation,
        citizenship, counterpart_country, counterpart_role, legal_basis, accompaniment, place_of_exploitation,
        country_of_exploitation, authority_kind, identification_status, old_submission, new_submission,
        old.value_low AS old_low, old.value_high AS old_high, new.value_low AS new_low, new.value_high AS new_high,
        old.observation AS old_observation, new.observation AS new_observation
    FROM old
    FULL JOIN new USING (
        collection, measure, reporting_country, period_start, frequency, area, sex, age_group, exploitation,
        citizenship, counterpart_country, counterpart_role, legal_basis, accompaniment, place_of_exploitation,
        country_of_exploitation, authority_kind, identification_status, old_submission, new_submission
    )
),
quarantined AS (   -- repeated keys are quarantined together
    SELECT DISTINCT submission, measure, reporting_country, period_start, citizenship, sex, age_group, exploitation
    FROM core.quarantined
),
by_period AS (   -- a submission by period says nothing of the periods it leaves out
    SELECT DISTINCT collection, submission, reporting_country, period_start, frequency FROM core.staged
)
SELECT
    c.* EXCLUDE (old_observation, new_observation),
    CASE
        WHEN c.old_observation IS NULL THEN 'new'
        WHEN c.new_observation IS NULL AND q.submission IS NOT NULL THEN 'quarantined'
        WHEN c.new_observation IS NULL THEN 'withdrawn'
        ELSE 'revised'
    END AS kind
FROM compared AS c
JOIN registry.collections AS k USING (collection)
LEFT JOIN quarantined AS q
    ON q.submission = c.new_submission AND q.measure = c.measure AND q.reporting_country = c.reporting_country
    AND q.period_start = c.period_start AND q.citizenship = c.citizenship AND q.sex = c.sex
    AND q.age_group = c.age_group AND q.exploitation = c.exploitation
LEFT JOIN by_period AS n
    ON n.submission = c.new_submission AND n.reporting_country = c.reporting_country
    AND n.period_start = c.period_start AND n.frequency = c.frequency
WHERE (c.old_observation IS NULL OR c.new_observation IS NULL
       OR c.old_low <> c.new_low OR c.old_high IS DISTINCT FROM c.new_high)
  AND (k.delivery = 'full' OR c.new_observation IS NOT NULL OR n.submission IS NOT NULL)
