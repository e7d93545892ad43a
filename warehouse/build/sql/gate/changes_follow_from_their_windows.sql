-- One row per change whose ratio or difference is not that of its windows, whose bounds are out of order, or whose
-- conclusion the ratio forbids.
SELECT comparison, indicator, collection, reporting_country, citizenship, origin_class
FROM analysis.changes
WHERE earlier_low > earlier_high OR later_low > later_high OR ratio_low > ratio_high
   OR abs(ratio_low * earlier_high - later_low) > 1e-6 * (1 + later_low)
   OR abs(ratio_high * earlier_low - later_high) > 1e-6 * (1 + later_high)
   OR abs(difference_low - (later_low - earlier_high)) > 1e-6
   OR abs(difference_high - (later_high - earlier_low)) > 1e-6
   OR (conclusion = 'more' AND ratio_low <= 1)
   OR (conclusion = 'fewer' AND NOT coalesce(ratio_high < 1, FALSE))
   OR (conclusion <> 'not_compared' AND why_not IS NOT NULL AND direction IS NULL)
