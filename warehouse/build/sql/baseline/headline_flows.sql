-- Flows by origin, ready to read and add up without filters. One row per origin, table and year of preferred sources.
-- From baseline.origin_flows, reference.countries, reference.flags and registry.collections. NULL: bounds of a doubtful
-- value, and the flag if there is none.
-- An unknown upper bound is infinite, so that a sum stays open. A view that is kept in releases, so it uses no macro of
-- the build.
SELECT
    d.family, d.measure, d.origin, o.name_es AS origin_es, o.name_en AS origin_en, d.origin_class, d.reporting_country,
    r.name_es AS country_es, r.name_en AS country_en, d.year, d.period, d.period_start, d.period_end,
    CASE WHEN NOT d.is_doubted THEN d.persons_low END AS persons_low,
    CASE WHEN NOT d.is_doubted THEN coalesce(d.possible_high, CAST('infinity' AS double)) END AS persons_high,
    d.flag, d.collection, c.title_es AS source_es, c.title_en AS source_en
FROM (
    SELECT
        f.*,
        list_has_any(
            string_split(coalesce(f.flag, ''), '+'),
            (SELECT list(k.flag) FROM reference.flags AS k WHERE k.out_of_sums)
        ) AS is_doubted
    FROM baseline.origin_flows AS f
    WHERE f.preferred
) AS d
JOIN reference.countries AS o ON o.country = d.origin
JOIN reference.countries AS r ON r.country = d.reporting_country
JOIN registry.collections AS c USING (collection)
