SELECT item, kind, title_{{en|es}}, responsible, due_on_to, status,
    coalesce(due_on_to < (SELECT as_of FROM registry.release), FALSE) AND status NOT IN ('done', 'cancelled') AS is_overdue
FROM network.work_plan WHERE known_to IS NULL ORDER BY ALL
