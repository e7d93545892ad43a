-- What changed between a submission and the one that replaced it, on harmonised keys.
-- Lines, places and submissions are numbered: every row is compared twice, and wide keys would cost ten times as much.
WITH lines AS (   -- what is the same in every period
    SELECT
        CAST(row_number() OVER () AS INTEGER) AS line,
        CAST(dense_rank() OVER (ORDER BY reporting_country, frequency) AS INTEGER) AS place,
        *
    FROM (
        SELECT DISTINCT
            measure, reporting_country, frequency, area, sex, age_group, exploitation, citizenship, counterpart_country,
            counterpart_role, legal_basis, accompaniment, place_of_exploitation, country_of_exploitation,
            authority_kind, identification_status
        FROM core.staged
    )
),
numbered AS (SELECT submission, CAST(row_number() OVER () AS INTEGER) AS number FROM registry.submissions),
received AS MATERIALIZED (
    SELECT number, place, line, period_start, value_low, value_high
    FROM core.staged
    JOIN numbered USING (submission)
    JOIN lines USING (
        measure, reporting_country, frequency, area, sex, age_group, exploitation, citizenship, counterpart_country,
        counterpart_role, legal_basis, accompaniment, place_of_exploitation, country_of_exploitation, authority_kind,
        identification_status
    )
),
successions AS (
    SELECT
        collection, submission AS old_submission,
        lead(submission) OVER (PARTITION BY collection, scope ORDER BY known_from) AS new_submission
    FROM core.spans
    QUALIFY new_submission IS NOT NULL
),
pairs AS MATERIALIZED (
    SELECT
        CAST(row_number() OVER () AS INTEGER) AS pair,
        collection, delivery, old_submission, new_submission, o.number AS old_number, n.number AS new_number
    FROM (SELECT DISTINCT * FROM successions)
    JOIN registry.collections USING (collection)
    JOIN numbered AS o ON o.submission = old_submission
    JOIN numbered AS n ON n.submission = new_submission
),
told AS (SELECT DISTINCT number, place, period_start FROM received),
compared AS (
    SELECT pair, line, period_start, value_low AS old_low, value_high AS old_high, NULL AS new_low, NULL AS new_high
    FROM received
    JOIN pairs ON old_number = number
    WHERE delivery = 'full'   -- a submission by period says nothing of the periods it leaves out
       OR (new_number, place, period_start) IN (SELECT (number, place, period_start) FROM told)
    UNION ALL
    SELECT pair, line, period_start, NULL, NULL, value_low, value_high
    FROM received
    JOIN pairs ON new_number = number
),
changed AS (   -- a value that was sent has a lower bound; grouped, not joined, because a sum spills to disk gracefully
    SELECT
        pair, line, period_start,
        max(old_low) AS old_low, max(old_high) AS old_high, max(new_low) AS new_low, max(new_high) AS new_high
    FROM compared
    GROUP BY pair, line, period_start
    HAVING max(old_low) IS DISTINCT FROM max(new_low) OR max(old_high) IS DISTINCT FROM max(new_high)
),
quarantined AS (   -- repeated keys are quarantined together
    SELECT DISTINCT
        submission AS new_submission, measure, reporting_country, period_start, citizenship, sex, age_group, exploitation
    FROM core.quarantined
)
SELECT
    c.* EXCLUDE (pair, line), l.* EXCLUDE (line, place), p.collection, p.old_submission, p.new_submission,
    CASE
        WHEN c.old_low IS NULL THEN 'new'
        WHEN c.new_low IS NULL AND q.new_submission IS NOT NULL THEN 'quarantined'
        WHEN c.new_low IS NULL THEN 'withdrawn'
        ELSE 'revised'
    END AS kind
FROM changed AS c
JOIN pairs AS p USING (pair)
JOIN lines AS l USING (line)
LEFT JOIN quarantined AS q USING (
    new_submission, measure, reporting_country, period_start, citizenship, sex, age_group, exploitation
)
