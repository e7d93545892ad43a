-- Days on which each submission was in force, by scope. One row per scope and span of days. From core.staged,
-- core.entered (the network's records) and the registry. `known_to` is NULL while it is in force.
-- A later submission (received_on, n) replaces an earlier one in its scope. Withdrawing it puts the earlier one in
-- force again, so a submission may have two spans.
WITH brought AS (
    SELECT DISTINCT
        o.submission,
        CASE c.delivery
            WHEN 'by_period' THEN concat_ws(' ', o.reporting_country, o.period_start, o.frequency)
            ELSE ''
        END AS scope
    FROM core.staged AS o
    JOIN registry.collections AS c USING (collection)
    UNION ALL
    SELECT submission, scope FROM core.entered
),
accepted AS (
    SELECT
        s.collection,
        s.submission,
        s.received_on,
        day_number(s.submission) AS n,
        s.withdrawn_on,
        b.scope
    FROM registry.submissions AS s
    JOIN brought AS b USING (submission)
    WHERE s.status = 'accepted'
),
boundaries AS (
    SELECT collection, scope, received_on AS day FROM accepted
    UNION
    SELECT collection, scope, withdrawn_on FROM accepted WHERE withdrawn_on IS NOT NULL
),
in_force AS (
    SELECT
        b.collection,
        b.scope,
        b.day,
        max_by(a.submission, CAST(a.received_on AS VARCHAR) || lpad(CAST(a.n AS VARCHAR), 9, '0')) AS submission
    FROM boundaries AS b
    LEFT JOIN accepted AS a
        ON a.collection = b.collection
        AND a.scope = b.scope
        AND is_in_force(b.day, a.received_on, a.withdrawn_on)
    GROUP BY ALL
),
changes AS (
    SELECT * FROM in_force
    WINDOW of_scope AS (PARTITION BY collection, scope ORDER BY day)
    QUALIFY submission IS DISTINCT FROM lag(submission) OVER of_scope OR lag(day) OVER of_scope IS NULL
),
spans AS (
    SELECT
        collection,
        scope,
        submission,
        day AS known_from,
        lead(day) OVER (PARTITION BY collection, scope ORDER BY day) AS known_to
    FROM changes
)
SELECT collection, scope, submission, known_from, known_to
FROM spans
WHERE submission IS NOT NULL
