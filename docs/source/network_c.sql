SELECT countries, title_{{en|es}}, reported_on, source_page FROM network.measures
WHERE kind = 'reference_material' AND known_to IS NULL ORDER BY ALL
