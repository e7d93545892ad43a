-- Whether each value in force still changes. One row per value in force of a collection with three submissions or more.
-- From core.known_values and analysis.revision_outlook. NULL: missing upper bounds.
-- At its age on the day of the last submission, a value is provisional if more than a tenth of the values that earlier
-- submissions had at that age changed later, or if too few are known; else it is settled. Of any age, one that went at
-- least half of the way back to its first number has swung back.
WITH histories AS (
    SELECT
        collection, breakdown, {{ key }}, any_value(last_age_months) AS age_months,
        count(*) AS vintages,
        arg_min(value_low, known_from) AS first_low,
        arg_min(value_high, known_from) AS first_high,
        any_value(last_low) AS value_low,
        any_value(last_high) AS value_high,
        max(abs(value_low - first_of_all)) AS farthest
    FROM (
        SELECT
            *,
            first_value(value_low) OVER (
                PARTITION BY collection, breakdown, {{ key }} ORDER BY known_from
            ) AS first_of_all
        FROM core.known_values
        WHERE last_low IS NOT NULL
    )
    GROUP BY ALL
)
SELECT
    h.collection, h.breakdown, {{ key }}, h.age_months, h.vintages, h.first_low, h.first_high, h.value_low,
    h.value_high,
    CASE
        WHEN h.farthest > 0 AND abs(h.value_low - h.first_low) <= h.farthest / 2 THEN 'swung_back'
        WHEN o.values_compared IS NULL OR o.values_compared < 20 OR o.values_changed > 0.1 * o.values_compared
        THEN 'provisional'
        ELSE 'settled'
    END AS state
FROM histories AS h
LEFT JOIN (
    SELECT
        collection AS of_collection, measure AS of_measure, frequency AS of_frequency, age_from, age_to,
        values_compared, values_changed
    FROM analysis.revision_outlook
) AS o
    ON o.of_collection = h.collection AND o.of_measure = h.measure AND o.of_frequency = h.frequency
    AND h.age_months >= o.age_from AND h.age_months <= coalesce(o.age_to, h.age_months)
