-- One row per cell whose joint bounds are not within its own and narrower, or lack a proof, or whose collection is not
-- open.
SELECT collection, measure, reporting_country, period_start, breakdown
FROM analysis.joint_bounds
WHERE is_contradictory = (certificate IS NULL)
   OR NOT is_contradictory AND (
       joint_low < value_low
       OR (joint_low > value_low) = (low_certificate IS NULL)
       OR joint_low > joint_high
       OR joint_high > value_high
       OR (joint_high IS NOT DISTINCT FROM value_high) = (high_certificate IS NOT NULL)
       OR coalesce(low_certificate, high_certificate) IS NULL
   )
   OR collection NOT IN (SELECT c.collection FROM registry.collections AS c WHERE c.confidentiality = 'open')
