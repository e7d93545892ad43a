SELECT measure, kind, title_{{en|es}}, countries, status, source, source_page FROM network.measures
WHERE kind IN ('advance', 'bilateral_initiative', 'joint_initiative') AND known_to IS NULL ORDER BY ALL
