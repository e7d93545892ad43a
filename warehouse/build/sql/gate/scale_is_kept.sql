-- One row per value that the submission in force multiplies or divides by exactly 10, 100 or 1000.
SELECT
    collection, measure, reporting_country, period_start, frequency,
    greatest(old_low, new_low) / least(old_low, new_low) AS times
FROM analysis.revisions
WHERE kind = 'revised'
  AND old_low = old_high AND new_low = new_high
  AND least(old_low, new_low) >= 10
  AND greatest(old_low, new_low) / least(old_low, new_low) IN (10, 100, 1000)
  AND new_submission IN (SELECT submission FROM core.current)
