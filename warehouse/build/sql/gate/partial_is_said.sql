-- One row per figure of which a part of the period is missing, and which does not say so.
SELECT collection, reporting_country, period_start
FROM core.open_figures
WHERE parts_present < parts_expected AND NOT has_flag(flag, 'partial')
