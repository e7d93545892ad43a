SELECT w.item, w.title_{{en|es}}, w.responsible, t.country, t.treaty, t.status, t.in_force_on FROM network.work_plan AS w
CROSS JOIN network.treaties AS t
WHERE w.item IN ('B.5', '5.3') AND w.known_to IS NULL AND t.known_to IS NULL
  AND t.treaty = CASE w.item WHEN '5.3' THEN 'som_protocol' ELSE 'tip_protocol' END ORDER BY ALL
