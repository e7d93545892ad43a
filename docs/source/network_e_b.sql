SELECT item, title_{{en|es}}, responsible, partners, status, source_page FROM network.work_plan
WHERE item = 'directorio' AND known_to IS NULL
