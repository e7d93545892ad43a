SELECT event, kind, title_{{en|es}}, note_{{en|es}}, held_on_from, tutors_women, tutors_men, status FROM network.training
WHERE kind IN ('course', 'replication', 'strengthening') AND known_to IS NULL ORDER BY ALL
