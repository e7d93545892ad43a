-- One row per mix of origins that was tested although it must not be, or called changed for less than 5 sure points.
SELECT o.collection, o.measure, o.reporting_country, o.verdict
FROM analysis.origin_mix AS o
INNER JOIN (SELECT measure, count_unit FROM reference.measures) AS m USING (measure)
WHERE (o.p_high IS NOT NULL AND (m.count_unit <> 'person' OR o.known_low < 0.8 OR o.why_not IS NOT NULL))
   OR (o.verdict = 'changed' AND (o.p_high IS NULL OR greatest(o.points_low, -o.points_high) < 5 - 1e-6))
