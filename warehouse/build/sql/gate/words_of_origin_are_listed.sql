-- One row per status of an origin that its code list does not have.
SELECT DISTINCT status AS code
FROM analysis.origins
WHERE status NOT IN (SELECT code FROM reference.codes WHERE codelist = 'origin_status')
