-- One row per reply of a country that names nothing of its own: no value of a collection, no record of a matrix.
-- A blank measure or item is every one, a blank year or edition, too; records without an edition have any.
WITH figures AS (
    SELECT DISTINCT
        collection, reporting_country AS country, measure AS item, unnest([period, CAST(year AS VARCHAR)]) AS period
    FROM core.current
    UNION ALL
    SELECT collection, country, item, edition AS period FROM network.child_labour WHERE known_to IS NULL
    UNION ALL
    SELECT collection, country, element AS item, NULL AS period FROM network.legislation WHERE known_to IS NULL
    UNION ALL
    SELECT collection, country, treaty AS item, NULL AS period FROM network.treaties WHERE known_to IS NULL
)

SELECT r.country, r.of_collection, r.item, r.period, r.collection, r.submission, r.source_row
FROM network.replies AS r
ANTI JOIN figures AS f
    ON f.collection = r.of_collection AND f.country = r.country
    AND (r.item IS NULL OR f.item = r.item)
    AND (r.period IS NULL OR f.period IS NULL OR f.period = r.period)
WHERE r.known_to IS NULL
