-- One row per code of an observation that is missing in its code list.
WITH used AS (
    SELECT unnest([
        {{ each_coded_dimension("{ 'codelist': '$', 'codes': list(DISTINCT $) }") }},
        { 'codelist': 'origin_class', 'codes': list(DISTINCT origin_class) }
    ]) AS list
    FROM core.observations
),

one_by_one AS (SELECT list.codelist, unnest(list.codes) AS code FROM used)

SELECT codelist, code
FROM one_by_one
ANTI JOIN reference.codes USING (codelist, code)
WHERE code NOT IN ('_T', '_Z')
