SELECT w.item, w.title_{{en|es}}, w.note_{{en|es}}, m.measure, m.status FROM network.work_plan AS w
JOIN network.measures AS m ON w.evidence = 'measures:' || m.measure
WHERE w.item = 'informe-rrocm' AND w.known_to IS NULL AND m.known_to IS NULL
