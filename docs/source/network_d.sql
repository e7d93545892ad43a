SELECT w.title_{{en|es}} AS agreed, h.reporting_country, h.year, h.origin_{{en|es}}, h.value_{{en|es}} FROM network.work_plan AS w
CROSS JOIN baseline.headline_origin AS h
WHERE w.item = 'estadisticas' AND w.known_to IS NULL AND h.indicator = 'tip_victims_detected_origin'
  AND h.how <> 'not_reported' ORDER BY ALL
