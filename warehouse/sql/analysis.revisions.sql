-- What changed between a submission and the one that replaced it, on harmonised keys.
WITH arrivals AS (
    SELECT collection, submission, lag(submission) OVER (PARTITION BY collection ORDER BY min(known_from), submission) AS previous
    FROM core.spans
    GROUP BY collection, submission
),
pairs AS (   -- in a scope that nobody told of before, all is new since the collection's submission before
    SELECT DISTINCT
        s.collection, s.scope, s.submission AS new_submission,
        coalesce(lag(s.submission) OVER (PARTITION BY s.collection, s.scope ORDER BY s.known_from), a.previous) AS old_submission
    FROM core.spans AS s
    JOIN arrivals AS a USING (collection, submission)
    QUALIFY old_submission IS NOT NULL
),
scoped AS (   -- the scope as core.spans has it
    SELECT
        o.*,
        CASE c.delivery
            WHEN 'by_period' THEN concat_ws(' ', o.reporting_country, o.period_start, o.frequency)
            ELSE ''
        END AS scope
    FROM core.staged AS o
    JOIN registry.collections AS c USING (collection)
),
old AS (
    SELECT p.old_submission, p.new_submission, o.*
    FROM pairs AS p
    JOIN scoped AS o ON o.submission = p.old_submission AND o.scope = p.scope
),
new AS (
    SELECT p.old_submission, p.new_submission, o.*
    FROM pairs AS p
    JOIN scoped AS o ON o.submission = p.new_submission AND o.scope = p.scope
),
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
)
SELECT
    c.* EXCLUDE (old_observation, new_observation),
    c.new_low - c.old_high AS change_low,
    c.new_high - c.old_low AS change_high,
    CASE
        WHEN c.old_observation IS NULL THEN 'new'
        WHEN c.new_observation IS NULL AND q.submission IS NOT NULL THEN 'quarantined'
        WHEN c.new_observation IS NULL THEN 'withdrawn'
        ELSE 'revised'
    END AS kind
FROM compared AS c
LEFT JOIN quarantined AS q
    ON q.submission = c.new_submission AND q.measure = c.measure AND q.reporting_country = c.reporting_country
    AND q.period_start = c.period_start AND q.citizenship = c.citizenship AND q.sex = c.sex
    AND q.age_group = c.age_group AND q.exploitation = c.exploitation
WHERE c.old_observation IS NULL OR c.new_observation IS NULL
   OR c.old_low <> c.new_low OR c.old_high IS DISTINCT FROM c.new_high
