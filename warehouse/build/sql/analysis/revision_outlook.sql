-- How much values of an age still change: of the values that earlier submissions had at that age, how many differ from
-- those in force, how many of these are gone, and the band of four fifths of the ratios of the others. One row per
-- collection, measure, frequency and age; for a collection without a value of three submissions a row without ages.
-- From core.observations, core.spans, core.known_values and registry.collections.
-- NULL: ages, counts and ratios without three submissions, and ratios of fewer than 40 changed values of 20 or more.
-- The band is of values that changed: most never do, and a band with 1 in it would hold all of these. Of fewer than 40
-- ratios it would hold less than three in four of the next ones. A value that is gone counts as changed unless it was
-- zero, and has no ratio. What a person transcribes again from publications is no revision. Ratios have six digits, so
-- that engines which interpolate in another order agree.
WITH restored AS (   -- in force again after a withdrawal
    SELECT submission, known_from
    FROM core.spans
    QUALIFY known_from > min(known_from) OVER (PARTITION BY submission, scope)
),
vintages AS (
    SELECT
        collection, measure, frequency, max(submissions) AS vintages
    FROM (
        SELECT
            collection, breakdown, {{ key }}, count(*) AS submissions
        FROM core.observations
        ANTI JOIN restored USING (submission, known_from)
        ANTI JOIN (SELECT collection FROM registry.collections WHERE transcribed) USING (collection)
        GROUP BY ALL
    )
    GROUP BY ALL
),
ages AS (
    SELECT *
    FROM (VALUES (0, 2), (3, 5), (6, 11), (12, 23), (24, 35), (36, NULL)) AS bands (age_from, age_to)
),
compared AS (
    SELECT
        k.*,
        k.last_low IS NULL AS is_gone,
        CASE
            WHEN k.last_low IS NULL THEN k.value_high IS NULL OR k.value_high > 0
            ELSE (k.value_low <> k.last_low OR k.value_high IS DISTINCT FROM k.last_high)
        END AS is_changed
    FROM core.known_values AS k
    WHERE k.is_replaced
),
outlooks AS (
    SELECT
        k.collection, k.measure, k.frequency, a.age_from, a.age_to,
        count(*) AS values_compared,
        count(*) FILTER (k.is_changed) AS values_changed,
        count(*) FILTER (k.is_changed AND k.is_gone) AS values_gone,
        count(DISTINCT k.known_from) AS submissions_compared,
        count(DISTINCT k.known_from) FILTER (k.is_changed) AS submissions_changed,
        count(*) FILTER (k.is_changed AND k.value_low >= 20 AND NOT k.is_gone) AS ratios,
        quantile_cont(k.last_low / k.value_low, [0.1, 0.9]) FILTER (k.is_changed AND k.value_low >= 20) AS band
    FROM compared AS k
    JOIN ages AS a ON k.age_months >= a.age_from AND k.age_months <= coalesce(a.age_to, k.age_months)
    GROUP BY ALL
)
SELECT
    v.collection, v.measure, v.frequency, coalesce(o.age_from, 0) AS age_from, o.age_to, v.vintages, o.values_compared,
    o.values_changed, o.values_gone, o.submissions_compared, o.submissions_changed,
    CASE WHEN o.ratios >= 40 THEN round(o.band[1], 6) END AS ratio_low,
    CASE WHEN o.ratios >= 40 THEN round(o.band[2], 6) END AS ratio_high,
    CASE
        WHEN o.collection IS NULL THEN 'few_vintages'
        WHEN o.values_compared < 20 THEN 'few_values'
    END AS why_not
FROM vintages AS v
LEFT JOIN outlooks AS o USING (collection, measure, frequency)
