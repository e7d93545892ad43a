-- One row per value of a period with a missing part and without the flag for it.
SELECT collection, reporting_country, period_start
FROM core.open_figures
WHERE parts_present < parts_expected AND NOT has_flag(flag, 'partial')
