-- One row per regional change outside the sum of its classes of origin.
WITH added AS (
    SELECT
        indicator, reporting_country, panel, from_year, to_year,
        CASE WHEN count(*) = count(part_low) THEN sum(part_low) END AS parts_low,
        CASE WHEN count(*) = count(part_high) THEN sum(part_high) END AS parts_high,
        any_value(change_low) AS change_low, any_value(change_high) AS change_high
    FROM analysis.decomposition
    WHERE member = '_T' AND class_level = 'part'
    GROUP BY ALL
)
SELECT indicator, reporting_country, panel, from_year, to_year
FROM added
WHERE parts_low > change_low OR parts_high < change_high
