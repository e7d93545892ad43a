SELECT w.item, w.title_{{en|es}}, w.status, c.indicator, c.name_{{en|es}}, c.data FROM network.work_plan AS w
JOIN baseline.catalogue AS c ON list_contains(string_split(w.evidence, ' '), 'indicator:' || c.indicator)
WHERE w.item = 'anexo-retorno' AND w.known_to IS NULL ORDER BY ALL
