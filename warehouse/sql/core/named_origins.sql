-- Every origin that a year's table of origins names, once, added up over what else that table details.
SELECT
    collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end, breakdown,
    citizenship, origin_class,
    sum(value_low) AS persons_low,
    CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS persons_high,
    min(parts_present / parts_expected) AS reported_part,
    nullif(array_to_string(list_sort(list_distinct(list_filter(
        flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f <> ''))), '+'), '') AS flag
FROM core.origin_rows
WHERE frequency = 'A'
GROUP BY ALL
