-- One row per alert of a month, or reason against a season, that is missing in its code list.
SELECT DISTINCT code
FROM (
    SELECT unnest(string_split(alert, '+')) AS code, 'monthly_alert' AS codelist FROM analysis.monthly
    UNION ALL
    SELECT why_no_season, 'monthly_reason' FROM analysis.monthly
) AS told
WHERE code IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM reference.codes AS c WHERE c.codelist = told.codelist AND c.code = told.code)
