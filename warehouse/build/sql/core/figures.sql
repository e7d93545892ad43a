-- All that indicators are made of: the figures of open collections, of protected ones what their public tables tell.
-- One row per figure. From core.open_figures and core.told_figures, NULL as there. A view: each reader takes its part.
SELECT * FROM core.open_figures
UNION ALL BY NAME
SELECT * FROM core.told_figures
