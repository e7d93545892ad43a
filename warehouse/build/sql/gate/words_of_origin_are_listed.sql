-- One row per status of an origin that is missing in its code list.
SELECT DISTINCT status AS code
FROM analysis.origins
WHERE status NOT IN (SELECT code FROM reference.codes WHERE codelist = 'origin_status')
