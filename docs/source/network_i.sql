SELECT w.title_{{en|es}} AS agreed, c.indicator, c.name_{{en|es}}, c.status, c.data FROM network.work_plan AS w
CROSS JOIN baseline.catalogue AS c
WHERE w.item = '8.2' AND w.known_to IS NULL AND c.family = 'trafficking' ORDER BY ALL
