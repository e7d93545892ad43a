-- Rows whose wider group stands in the same table: their persons are counted there, and never added to it.
WITH told AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency, breakdown, area, sex, age_group, exploitation,
        citizenship, counterpart_country, counterpart_role, legal_basis, accompaniment, place_of_exploitation,
        country_of_exploitation, authority_kind, identification_status
    FROM core.figures
    SEMI JOIN registry.exhaustive USING (collection, breakdown)
),
narrower AS (SELECT codelist AS within, code AS own, parent FROM reference.codes WHERE parent <> '_T')
SELECT * EXCLUDE (own) REPLACE (own AS age_group)
FROM (
    SELECT told.* REPLACE (parent AS age_group), own, within FROM told JOIN narrower ON within = 'age_group' AND own = age_group
)
NATURAL SEMI JOIN told
UNION ALL
SELECT * EXCLUDE (own) REPLACE (own AS exploitation)
FROM (
    SELECT told.* REPLACE (parent AS exploitation), own, within
    FROM told JOIN narrower ON within = 'exploitation' AND own = exploitation
)
NATURAL SEMI JOIN told
