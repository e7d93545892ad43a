-- Every received value of a collection of which some value is in three submissions or more, with its age when it became
-- known, and the value that is in force for it. One row per value and submission. From core.observations, core.spans
-- and registry.collections. NULL: missing upper bounds, and `last_low` if the value is gone.
-- The age is in whole months from the end of the period to the day of receipt. What a person transcribes again from
-- publications is no revision. A submission that is in force again after a withdrawal has the day of its first span.
WITH restored AS (
    SELECT submission, known_from
    FROM core.spans
    QUALIFY known_from > min(known_from) OVER (PARTITION BY submission, scope)
),
arrivals AS (
    SELECT
        collection,
        max(last_day) AS last_day
    FROM (
        SELECT
            collection, breakdown, {{ key }}, max(known_from) AS last_day, count(*) AS submissions
        FROM core.observations
        ANTI JOIN restored USING (submission, known_from)
        ANTI JOIN (SELECT collection FROM registry.collections WHERE transcribed) USING (collection)
        GROUP BY ALL
    )
    GROUP BY collection
    HAVING max(submissions) >= 3
),
last_values AS (
    SELECT
        collection, breakdown, {{ key }}, submission, value_low AS last_low, value_high AS last_high
    FROM core.observations
    WHERE known_to IS NULL
)
SELECT
    o.collection, o.breakdown, {{ key }}, o.known_from, o.value_low, o.value_high, l.last_low, l.last_high,
    (l.submission IS DISTINCT FROM o.submission) AS is_replaced,
    greatest(date_diff('month', o.period_end, o.known_from), 0) AS age_months,
    greatest(date_diff('month', o.period_end, a.last_day), 0) AS last_age_months
FROM core.observations AS o
ANTI JOIN restored USING (submission, known_from)
JOIN arrivals AS a USING (collection)
LEFT JOIN last_values AS l USING (collection, breakdown, {{ key }})
