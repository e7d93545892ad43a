-- Every origin in a year's table of origins, summed over the table's other dimensions. One row per table and
-- citizenship. From core.origin_rows. `persons_high` is NULL without an upper bound.
SELECT
    collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end, breakdown,
    citizenship, origin_class,
    sum(value_low) AS persons_low,
    sum_high(value_high) AS persons_high,
    sum_high(waiting_high) AS waiting_high,
    min(parts_present / parts_expected) AS reported_part,
    all_flags(flag) AS flag
FROM core.origin_rows
WHERE frequency = 'A'
GROUP BY ALL
