-- One row per alert of a month without its evidence: a surge of less than 50, or not above its bound in two months in a
-- row; a growth that is not above its bound for two months or more; a shift between levels that differ by less than
-- half as much again and 50; a missing sentence.
SELECT n.collection, n.measure, n.reporting_country, n.origin_class, n.citizenship, n.period_start, n.alert
FROM analysis.monthly AS n
LEFT JOIN analysis.monthly AS b
    ON b.collection = n.collection AND b.measure = n.measure AND b.reporting_country = n.reporting_country
    AND b.origin_class = n.origin_class AND b.class_level = n.class_level AND b.citizenship = n.citizenship
    AND b.period_start = n.period_start - INTERVAL 1 MONTH
WHERE n.alert IS NOT NULL
  AND (
      n.sentence_es IS NULL OR n.sentence_en IS NULL
      OR (list_contains(string_split(n.alert, '+'), 'surge') AND NOT coalesce(
          least(n.value_low, b.value_low) >= 50 AND n.value_low > n.surge_above AND b.value_low > b.surge_above
          AND n.surge_from < n.period_start, FALSE
      ))
      OR (list_contains(string_split(n.alert, '+'), 'growth') AND NOT coalesce(
          n.value_low > n.growth_above AND n.growth_above > n.growth_before AND n.growth_spreads > 0
          AND n.growth_from < n.period_start, FALSE
      ))
      OR (list_has_any(string_split(n.alert, '+'), ['shift_up', 'shift_down']) AND NOT coalesce(
          abs(n.level_after - n.level_before) >= 50 - 1e-6
          AND greatest(n.level_after, n.level_before) >= 1.5 * least(n.level_after, n.level_before) - 1e-6, FALSE
      ))
  )
