-- One row per regional change whose parts by member do not add up to it, bound by bound.
WITH added AS (
    SELECT
        indicator, reporting_country, panel, from_year, to_year,
        CASE WHEN count(*) = count(part_low) THEN sum(part_low) END AS parts_low,
        CASE WHEN count(*) = count(part_high) THEN sum(part_high) END AS parts_high,
        any_value(change_low) AS change_low, any_value(change_high) AS change_high
    FROM analysis.decomposition
    WHERE member <> '_T'
    GROUP BY ALL
)
SELECT indicator, reporting_country, panel, from_year, to_year
FROM added
WHERE coalesce(abs(parts_low - change_low) > 1e-6, (parts_low IS NULL) <> (change_low IS NULL))
   OR coalesce(abs(parts_high - change_high) > 1e-6, (parts_high IS NULL) <> (change_high IS NULL))
