-- All inputs of the indicators: values of open collections, and the published values of protected ones. One row per
-- value. From core.open_figures and core.told_figures, NULL as there.
-- A view, since each model reads only its own part.
SELECT * FROM core.open_figures
UNION ALL BY NAME
SELECT * FROM core.told_figures
