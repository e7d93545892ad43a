-- Every received value with the days on which it was in force. One row per value and span of days. From core.staged,
-- core.spans, core.questioned, core.openings, core.passport_changes and the registry. `known_to` is NULL while the
-- value is in force, `value_high` without an upper bound.
-- A period of a series that is under question marks the values received until then, until somebody answers. A row in
-- quarantine marks the values of its submission to which it may belong; how much it may hold is in core.open_figures.
WITH asked AS (
    SELECT DISTINCT
        s.submission, q.measure, q.reporting_country, q.frequency, q.period_start
    FROM core.questioned AS q
    JOIN registry.submissions AS s
        ON s.collection = q.collection
        AND (s.received_on, day_number(s.submission)) <= (q.received_on, q.number)
    WHERE NOT EXISTS (
        SELECT 1
        FROM registry.decisions AS d
        WHERE d.kind IN ('real_change', 'break') AND d.collection = q.collection
          AND d.period_start = q.period_start AND d.frequency = q.frequency
          AND coalesce(d.measure, q.measure) = q.measure
          AND coalesce(d.reporting_country, q.reporting_country) = q.reporting_country
    )
),
documented AS (   -- flags of documented changes
    SELECT o.observation, o.submission, string_agg(DISTINCT n.flag, '+') AS flag
    FROM core.passport_changes AS n
    JOIN registry.submissions AS s
        ON s.collection = n.collection AND s.received_on >= coalesce(n.received_from, s.received_on)
    JOIN core.staged AS o
        ON o.submission = s.submission AND o.measure = n.measure AND o.reporting_country = n.reporting_country
        AND o.period_start BETWEEN n.changed_on AND coalesce(n.flagged_to, o.period_start)
        AND (n.dimension IS NULL OR list_contains(string_split(o.breakdown, '+'), n.dimension))
    WHERE n.flag IS NOT NULL
    GROUP BY o.observation, o.submission
),
openings AS (
    SELECT
        *, list_filter(string_split(breakdown, '+'), lambda d: d <> 'total') AS may_detail,
        string_split(unread, '+') AS lost, string_split(may_lack, '+') AS lacking
    FROM core.openings
),
waiting AS (
    SELECT DISTINCT v.observation, v.submission
    FROM (
        SELECT *, list_filter(string_split(breakdown, '+'), lambda d: d <> 'total') AS details
        FROM core.staged
        SEMI JOIN core.openings USING (submission)
    ) AS v
    JOIN openings AS o
        ON o.submission = v.submission
        AND o.measure IN ('_U', v.measure) AND o.reporting_country IN ('_U', v.reporting_country)
        AND (o.period_start IS NULL OR (v.period_start <= o.period_end AND v.period_end >= o.period_start))
        AND coalesce(o.frequency, v.frequency) = v.frequency
        AND list_has_all(o.may_detail, v.details)
        AND list_has_all(v.details, list_filter(o.may_detail, lambda d: NOT list_contains(o.lacking, d)))
        AND (o.period_start IS NULL OR ({{ each_dimension("CASE
            WHEN NOT list_contains(o.lost, '$') THEN o.$ WHEN list_contains(v.details, '$') THEN '_U' ELSE v.$
        END = v.$", "AND") }}))
)
SELECT
    o.* REPLACE (
        CASE WHEN coalesce(a.submission, w.observation, n.observation) IS NULL THEN o.flag ELSE joined_flags(
            flags_of(o.flag) || flags_of(n.flag) || [
            CASE WHEN a.submission IS NOT NULL THEN 'under_question' END,
            CASE WHEN w.observation IS NOT NULL THEN 'rows_in_quarantine' END
        ]) END AS flag
    ),
    p.known_from, p.known_to
FROM core.staged AS o
JOIN registry.collections AS c USING (collection)
JOIN core.spans AS p
    ON p.submission = o.submission
    AND p.scope = CASE c.delivery
        WHEN 'by_period' THEN concat_ws(' ', o.reporting_country, o.period_start, o.frequency)
        ELSE ''
    END
LEFT JOIN asked AS a
    ON a.submission = o.submission AND a.measure = o.measure AND a.reporting_country = o.reporting_country
    AND a.frequency = o.frequency AND a.period_start = o.period_start
LEFT JOIN waiting AS w ON w.observation = o.observation AND w.submission = o.submission
LEFT JOIN documented AS n ON n.observation = o.observation AND n.submission = o.submission
