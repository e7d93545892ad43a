-- One row per reply of a country that names no figure: no collection, no listed measure or item, or none of
-- the country's values. Records other than values are asked for their collection and their item alone.
SELECT r.country, r.of_collection, r.item, r.period
FROM network.replies AS r
WHERE r.known_to IS NULL
  AND (
      r.of_collection NOT IN (SELECT collection FROM registry.submissions)
      OR r.item NOT IN (SELECT code FROM reference.codes)
      OR r.of_collection IN (SELECT collection FROM core.current)
      AND NOT EXISTS (
          SELECT 1
          FROM core.current AS o
          WHERE o.collection = r.of_collection AND o.reporting_country = r.country
            AND coalesce(r.item, o.measure) = o.measure
            AND coalesce(r.period, o.period, '') IN (o.period, CAST(o.year AS VARCHAR), '')
      )
  )
