-- Values that differ between a submission and the one that replaces it. One row per observation key whose value
-- differs, and pair of submissions. From core.staged, core.observations and core.spans. NULL: `old_*` for a new value,
-- `new_*` for a removed one, and a flag if the value has none.
-- Lines, places and submissions are numbered: every row is compared twice, and wide keys would cost ten times as much.
WITH lines AS (   -- columns that do not depend on the period
    SELECT
        CAST(row_number() OVER () AS INTEGER) AS line,
        CAST(dense_rank() OVER (ORDER BY reporting_country, frequency) AS INTEGER) AS place,
        *
    FROM (
        SELECT DISTINCT
            measure, reporting_country, frequency, {{ dimensions }}
        FROM core.staged
    )
),
numbered AS (SELECT submission, CAST(row_number() OVER () AS INTEGER) AS number FROM registry.submissions),
received_values AS MATERIALIZED (
    SELECT number, place, line, period_start, value_low, value_high
    FROM core.staged
    JOIN numbered USING (submission)
    JOIN lines USING (measure, reporting_country, frequency, {{ dimensions }})
),
arrivals AS (
    SELECT
        collection, submission,
        lag(submission) OVER (PARTITION BY collection ORDER BY min(known_from), day_number(submission)) AS previous
    FROM core.spans
    GROUP BY collection, submission
),
successions AS (   -- in a new scope, everything is new against the collection's previous submission
    SELECT DISTINCT
        s.collection, s.scope, s.submission AS new_submission,
        coalesce(lag(s.submission) OVER (PARTITION BY s.collection, s.scope ORDER BY s.known_from), a.previous)
            AS old_submission
    FROM core.spans AS s
    JOIN arrivals AS a USING (collection, submission)
    QUALIFY old_submission IS NOT NULL
),
scopes AS (   -- a submission by period has no information about the periods it leaves out; scopes as in core.spans
    SELECT place, period_start, concat_ws(' ', reporting_country, period_start, frequency) AS scope
    FROM (SELECT DISTINCT place, period_start FROM received_values)
    JOIN (SELECT DISTINCT place, reporting_country, frequency FROM lines) USING (place)
),
pairs AS MATERIALIZED (   -- no place: the whole collection
    SELECT
        CAST(row_number() OVER () AS INTEGER) AS pair,
        p.collection, p.old_submission, p.new_submission, o.number AS old_number, n.number AS new_number, s.place,
        s.period_start
    FROM successions AS p
    JOIN numbered AS o ON o.submission = p.old_submission
    JOIN numbered AS n ON n.submission = p.new_submission
    LEFT JOIN scopes AS s USING (scope)
),
pairs_of_collections AS (SELECT pair, old_number, new_number FROM pairs WHERE place IS NULL),
old_and_new AS (
    SELECT pair, line, period_start, value_low AS old_low, value_high AS old_high, NULL AS new_low, NULL AS new_high
    FROM received_values JOIN pairs_of_collections ON old_number = number
    UNION ALL
    SELECT pair, line, period_start, NULL, NULL, value_low, value_high
    FROM received_values JOIN pairs_of_collections ON new_number = number
    UNION ALL
    SELECT pair, line, r.period_start, value_low, value_high, NULL, NULL
    FROM received_values AS r
    JOIN pairs AS p ON (p.old_number, p.place, p.period_start) = (r.number, r.place, r.period_start)
    UNION ALL
    SELECT pair, line, r.period_start, NULL, NULL, value_low, value_high
    FROM received_values AS r
    JOIN pairs AS p ON (p.new_number, p.place, p.period_start) = (r.number, r.place, r.period_start)
),
-- every reported value has a lower bound; grouped instead of joined, since sums can spill to disk
changed_values AS (
    SELECT
        pair, line, period_start,
        max(old_low) AS old_low, max(old_high) AS old_high, max(new_low) AS new_low, max(new_high) AS new_high
    FROM old_and_new
    GROUP BY pair, line, period_start
    HAVING max(old_low) IS DISTINCT FROM max(new_low) OR max(old_high) IS DISTINCT FROM max(new_high)
),
flagged AS MATERIALIZED (   -- most values have no flag
    SELECT DISTINCT number, line, period_start, flag
    FROM core.observations
    JOIN numbered USING (submission)
    JOIN lines USING (measure, reporting_country, frequency, {{ dimensions }})
    WHERE flag IS NOT NULL
),
quarantined AS (   -- repeated keys are in quarantine together
    SELECT DISTINCT
        submission AS new_submission, measure, reporting_country, period_start, {{ slices }}
    FROM core.quarantined
)
SELECT
    c.* EXCLUDE (pair, line), l.* EXCLUDE (line, place), p.collection, p.old_submission, p.new_submission,
    o.flag AS old_flag, n.flag AS new_flag,
    c.new_low - c.old_high AS change_low,
    c.new_high - c.old_low AS change_high,
    CASE
        WHEN c.old_low IS NULL THEN 'new'
        WHEN c.new_low IS NULL AND q.new_submission IS NOT NULL THEN 'quarantined'
        WHEN c.new_low IS NULL THEN 'withdrawn'
        ELSE 'revised'
    END AS kind
FROM changed_values AS c
JOIN pairs AS p USING (pair)
JOIN lines AS l USING (line)
LEFT JOIN flagged AS o ON (o.number, o.line, o.period_start) = (p.old_number, c.line, c.period_start)
LEFT JOIN flagged AS n ON (n.number, n.line, n.period_start) = (p.new_number, c.line, c.period_start)
LEFT JOIN quarantined AS q
    ON (q.new_submission, q.measure, q.reporting_country, q.period_start, {{ each_slice("q.$") }})
     = (p.new_submission, l.measure, l.reporting_country, c.period_start, {{ each_slice("l.$") }})
