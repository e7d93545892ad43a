SELECT event, country, partners, title_{{en|es}}, held_on_from, held_on_to, status FROM network.training
WHERE kind = 'workshop' AND known_to IS NULL ORDER BY ALL
