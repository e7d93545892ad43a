-- Series that a later submission shows moved by a year: enough of its values, and half of the compared ones, stand a
-- year from where they stood. One row per series and submission, in the last year, and one per year whose total this
-- changed. From core.settings, core.specification, core.current, the registry and analysis.revisions of open
-- collections. The value is the number of equal values, the other the first and last year of these. `_Z`: no indicator
-- counts the measure. No value is NULL.
-- Only values in force count. A submission that is in force again after a withdrawal has not moved.
WITH numbered AS (
    SELECT
        submission, (received_on, day_number(submission)) AS place
    FROM registry.submissions
),
in_force AS (
    SELECT DISTINCT submission AS new_submission, measure, reporting_country, frequency, period_start, TRUE AS is_known
    FROM core.current
),
revised AS (
    SELECT r.*, c.family, coalesce(f.is_known, FALSE) AS is_in_force
    FROM analysis.revisions AS r
    JOIN (SELECT collection, family, confidentiality FROM registry.collections) AS c USING (collection)
    JOIN numbered AS p ON p.submission = r.old_submission
    JOIN numbered AS n ON n.submission = r.new_submission
    LEFT JOIN in_force AS f USING (new_submission, measure, reporting_country, frequency, period_start)
    WHERE c.confidentiality = 'open' AND p.place < n.place
),
moved AS (   -- each exact value with that of a year later and earlier
    SELECT
        o.collection, o.family, o.measure, o.reporting_country, o.new_submission, s.years, n.year,
        coalesce(n.new_low = o.old_low AND n.new_high = o.old_high, FALSE) AS is_equal
    FROM revised AS o
    CROSS JOIN (VALUES (1), (-1)) AS s (years)
    CROSS JOIN core.settings AS g
    JOIN revised AS n USING (
        collection, old_submission, new_submission, measure, reporting_country, frequency, {{ dimensions }}
    )
    WHERE o.old_low = o.old_high AND o.old_low >= g.shifted_count AND n.new_low IS NOT NULL AND n.is_in_force
      AND n.period_start = o.period_start + to_years(CAST(s.years AS INTEGER))
),
counted AS (
    SELECT
        collection, family, measure, reporting_country, new_submission, years,
        count(*) AS compared,
        count(*) FILTER (is_equal) AS equal_values,
        min(year) FILTER (is_equal) AS first_year,
        max(year) FILTER (is_equal) AS last_year
    FROM moved
    GROUP BY ALL
),
shifts AS (
    SELECT
        coalesce(s.indicator, '_Z') AS indicator, c.reporting_country, c.collection, c.measure, c.new_submission,
        c.years, c.first_year, c.last_year,
        CASE WHEN c.years < 0 THEN 'earlier' ELSE 'later' END AS code,
        c.equal_values AS value_low, c.equal_values AS value_high, c.first_year AS other_low, c.last_year AS other_high
    FROM counted AS c
    CROSS JOIN core.settings AS g
    LEFT JOIN core.specification AS s ON s.form = 'count' AND s.measure = c.measure AND s.family = c.family
    WHERE c.equal_values >= g.shifted_values AND c.equal_values * 2 >= c.compared
),
shifted_years AS (   -- where its values stand now, and where they stood
    SELECT s.*, r.year
    FROM shifts AS s
    JOIN revised AS r USING (collection, measure, reporting_country, new_submission)
    WHERE r.frequency = 'A' AND r.kind <> 'new' AND {{ each_dimension("r.$ = '@'", "AND") }}
      AND r.year BETWEEN least(s.first_year, s.first_year - s.years) AND greatest(s.last_year, s.last_year - s.years)
)
SELECT
    indicator, reporting_country, last_year AS year, collection, measure, new_submission, 'shift' AS kind, code,
    value_low, value_high, other_low, other_high
FROM shifts
UNION ALL
SELECT
    indicator, reporting_country, year, collection, measure, new_submission, 'shift_of_year', code, value_low,
    value_high, other_low, other_high
FROM shifted_years
