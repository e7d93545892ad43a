-- One row per verdict on a mix of origins, or reason against one, that is missing in its code list.
SELECT DISTINCT verdict AS code
FROM analysis.origin_mix
WHERE verdict NOT IN (SELECT code FROM reference.codes WHERE codelist = 'mix_verdict')
UNION ALL
SELECT DISTINCT why_not
FROM analysis.origin_mix
WHERE why_not NOT IN (SELECT code FROM reference.codes WHERE codelist = 'mix_reason')
