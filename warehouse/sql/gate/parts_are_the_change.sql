-- One row per regional change whose parts do not add up to it, bound by bound.
SELECT indicator, reporting_country, panel, from_year, to_year
FROM analysis.decomposition
GROUP BY indicator, reporting_country, panel, from_year, to_year
HAVING count(*) = count(part_low) AND abs(sum(part_low) - any_value(change_low)) > 1e-6
    OR count(*) = count(part_high) AND abs(sum(part_high) - any_value(change_high)) > 1e-6
    OR (count(*) = count(part_low)) <> (count(*) = count(change_low))
    OR (count(*) = count(part_high)) <> (count(*) = count(change_high))
