-- One row per value of an indicator from a collection of another family.
SELECT v.indicator, v.collection, v.reporting_country, v.period_start
FROM baseline.indicator_values AS v
INNER JOIN baseline.catalogue AS k USING (indicator)
INNER JOIN registry.collections AS c USING (collection)
WHERE c.family NOT IN (k.family, '_Z')   -- the network's records have no family
