-- One row per protected collection that the indicators count.
SELECT DISTINCT f.collection
FROM core.figures AS f
INNER JOIN registry.collections AS c USING (collection)
WHERE c.confidentiality <> 'open'
