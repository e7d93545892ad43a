-- Every origin that a year's table of origins names, once: the table by citizenship alone, else one that the
-- card calls exhaustive, added up over the rest.
WITH candidates AS (
    SELECT f.*, (f.breakdown <> 'citizenship') AS wider
    FROM (FROM core.figures NATURAL ANTI JOIN core.subgroups) AS f
    LEFT JOIN registry.exhaustive AS e USING (collection, breakdown)
    WHERE f.frequency = 'A' AND f.origin_class <> '_Z'
      AND list_contains(string_split(f.breakdown, '+'), 'citizenship')
      AND NOT list_contains(string_split(f.breakdown, '+'), 'counterpart_country')
      AND (f.breakdown = 'citizenship' OR e.breakdown IS NOT NULL)
),
listed AS (
    SELECT * FROM candidates
    QUALIFY dense_rank() OVER (
        PARTITION BY collection, measure, reporting_country, period_start ORDER BY wider, breakdown
    ) = 1
)
SELECT
    collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end, breakdown,
    citizenship, origin_class,
    sum(value_low) AS persons_low,
    CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS persons_high,
    min(parts_present / parts_expected) AS reported_part,
    nullif(array_to_string(list_sort(list_distinct(list_filter(
        flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f <> ''))), '+'), '') AS flag
FROM listed
GROUP BY ALL
