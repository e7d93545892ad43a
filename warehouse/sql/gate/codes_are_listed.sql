-- One row per code of an observation that its code list does not have.
WITH used AS (
    SELECT DISTINCT 'sex' AS codelist, sex AS code FROM core.observations
    UNION ALL
    SELECT DISTINCT 'age_group', age_group FROM core.observations
    UNION ALL
    SELECT DISTINCT 'exploitation', exploitation FROM core.observations
    UNION ALL
    SELECT DISTINCT 'origin_class', origin_class FROM core.observations WHERE origin_class <> '_Z'
)

SELECT codelist, code
FROM used
ANTI JOIN reference.codes USING (codelist, code)
