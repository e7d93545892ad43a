-- One row per kind or code of a judgement that is missing in its code list.
SELECT DISTINCT code
FROM (
    SELECT kind AS code, 'statement_kind' AS codelist FROM analysis.statements
    UNION ALL
    SELECT
        code,
        CASE
            WHEN kind IN ('flag', 'doubt_of_year', 'doubt_of_table') THEN 'obs_flag'
            WHEN kind = 'direction' THEN 'trend_direction'
            WHEN kind IN ('report', 'last_report') AND code NOT IN ('parts', 'elsewhere') THEN 'coverage_status'
            ELSE 'statement_code'
        END
    FROM analysis.statements
) AS used
WHERE NOT EXISTS (SELECT 1 FROM reference.codes AS c WHERE c.codelist = used.codelist AND c.code = used.code)
