-- One row per origin that surges or subsides without being three times and fifty persons above its baseline in the last
-- year or before it, or, if it subsides, with more than a third left.
SELECT o.collection, o.measure, o.reporting_country, o.citizenship, o.status
FROM analysis.origins AS o
CROSS JOIN core.settings AS g
WHERE o.status IN ('surging', 'subsiding')
  AND NOT coalesce(
      CASE WHEN o.status = 'surging' THEN o.last_low ELSE o.peak_low END
      >= greatest(g.break_factor * o.baseline_high, o.baseline_high + g.break_persons)
      AND (o.status = 'surging' OR o.last_high * g.break_factor <= o.peak_low),
      FALSE
  )
