SELECT measure, title_{{en|es}}, countries, adapting_{{en|es}}, source_page FROM network.measures
WHERE kind = 'good_practice' AND known_to IS NULL ORDER BY ALL
