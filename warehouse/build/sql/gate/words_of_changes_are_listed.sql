-- One row per comparison, reason or conclusion of a change that is missing in its code list.
SELECT DISTINCT code
FROM (
    SELECT comparison AS code, 'change_window' AS codelist FROM analysis.changes
    UNION ALL
    SELECT why_not, 'change_reason' FROM analysis.changes
    UNION ALL
    SELECT conclusion, 'change_conclusion' FROM analysis.changes
) AS told
WHERE code IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM reference.codes AS c WHERE c.codelist = told.codelist AND c.code = told.code)
