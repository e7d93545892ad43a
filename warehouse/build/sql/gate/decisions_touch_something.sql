-- One row per decision that applies to no value in force, for collections with submissions.
-- An agreement may come before the member's first submission.
SELECT d.kind, d.collection, d.reporting_country, d.measure, d.period_start, d.value, d.citizenship
FROM registry.decisions AS d
SEMI JOIN registry.submissions USING (collection)
WHERE d.kind <> 'agreement' AND NOT EXISTS (
    SELECT 1
    FROM core.current AS o
    WHERE o.collection = d.collection
      AND coalesce(d.measure, o.measure) = o.measure
      AND coalesce(d.reporting_country, o.reporting_country) = o.reporting_country
      AND CASE replace(d.kind, 'slip', 'real_change')   -- both concern a single period
          WHEN 'confirmed_value' THEN
              o.period_start = d.period_start AND o.frequency = d.frequency
              AND o.value_low = d.value AND o.value_high = d.value
              AND has_flag(o.flag, 'suspect_value')
          WHEN 'equal_number' THEN FALSE
          WHEN 'known_difference' THEN FALSE
          WHEN 'confirmed_origin' THEN
              d.frequency = 'A' AND o.citizenship = d.citizenship AND o.period_start >= d.period_start
              AND o.period_end < d.period_start + INTERVAL 1 YEAR
          WHEN 'real_change' THEN
              o.period_start >= d.period_start AND o.period_end < d.period_start + to_months(
                  CASE d.frequency WHEN 'A' THEN 12 WHEN 'Q' THEN 3 ELSE 1 END
              )
          ELSE o.period_end >= d.period_start
      END
)
AND NOT EXISTS (
    SELECT 1
    FROM analysis.same_numbers AS n
    WHERE d.kind = 'equal_number' AND d.value = n.value
      AND (
          d.collection = n.collection AND d.period_start = n.period_start
          AND coalesce(d.measure, n.measure) = n.measure
          OR d.collection = n.collection_other AND d.period_start = n.start_other
          AND coalesce(d.measure, n.measure_other) = n.measure_other
      )
      AND coalesce(d.reporting_country, n.reporting_country) = n.reporting_country
)
AND NOT EXISTS (
    SELECT 1
    FROM analysis.source_agreement AS s
    WHERE d.kind = 'known_difference' AND s.differs
      AND s.period_start = d.period_start AND s.frequency = d.frequency
      AND coalesce(d.measure, s.measure) = s.measure
      AND coalesce(d.reporting_country, s.reporting_country) = s.reporting_country
      AND (d.collection = s.collection_a AND d.other_collection = s.collection_b AND d.value = s.value_a_low
          OR d.collection = s.collection_b AND d.other_collection = s.collection_a AND d.value = s.value_b_low)
)
