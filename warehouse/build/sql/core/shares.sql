-- Shares of a breakdown over two denominators (STATISTICS section 4): the known persons, and all persons if a total
-- exists. One row per part of a table and denominator. From core.parts_of_tables. No value if surely nobody is counted
-- (flag ratio_undefined), if the table is inconsistent, or if it is older than its total.
-- Over all persons, the part has from its named persons to all persons except the other named ones.
WITH reach AS (
    SELECT
        *,
        -- a doubtful total narrows no bound
        greatest(part_low + others_low, CASE WHEN is_whole AND NOT total_in_doubt THEN all_low - unknown_high END)
            AS known_low,
        least(part_high + others_high, CASE WHEN NOT total_in_doubt THEN all_high - unknown_low END) AS known_high,
        -- the largest number of all persons, with the least known persons, part and others
        CASE WHEN is_whole THEN least(all_high, known_low + unknown_high) ELSE all_high END AS beside_known,
        CASE WHEN is_whole THEN least(all_high, part_low + others_high + unknown_high) ELSE all_high END AS beside_part,
        CASE WHEN is_whole THEN least(all_high, part_high + others_low + unknown_high) ELSE all_high END
            AS beside_others,
        has_flag(flag, 'inconsistent') OR has_flag(flag, 'details_await_revision') AS is_withheld
    FROM core.parts_of_tables
),
of_each AS (
    SELECT
        *, 'known' AS denominator_basis,
        part_low AS numerator_low, part_high AS numerator_high,
        known_low AS denominator_low, known_high AS denominator_high,
        part_low + others_high AS denominator_at_low, part_high + others_low AS denominator_at_high,
        CASE WHEN all_high > 0 AND beside_known = 0 THEN 1 ELSE known_low / nullif(beside_known, 0) END
            AS known_share_low,
        CASE
            WHEN all_high = 0 THEN NULL
            WHEN known_high = 0 THEN 0
            ELSE coalesce(known_high / greatest(all_low, known_high + unknown_low), 1)
        END AS known_share_high,
        share_low(part_low, part_high, others_high) AS low,
        share_high(part_high, others_low, others_high) AS high
    FROM reach
    UNION ALL BY NAME
    SELECT
        *, 'all' AS denominator_basis,
        part_low AS numerator_low, beside_others - others_low AS numerator_high,
        all_low AS denominator_low, all_high AS denominator_high,
        beside_part AS denominator_at_low, beside_others AS denominator_at_high,
        CASE
            WHEN all_high = 0 THEN NULL
            WHEN beside_part = 0 THEN 1
            ELSE coalesce(part_low / beside_part, 0)
        END AS low,
        CASE
            WHEN all_high = 0 THEN NULL
            WHEN numerator_high = 0 THEN 0
            ELSE coalesce(numerator_high / beside_others, 1)
        END AS high
    FROM reach
    WHERE has_total
)
SELECT
    form, indicator, reporting_country, period_start, period_end, frequency,
    {{ each_slice("CASE WHEN form = 'share_each' AND dimension = '$' THEN part ELSE '_T' END AS $") }},
    '_T' AS origin_class, dimension AS breakdown, denominator_basis, 1 AS pooled_years,
    numerator_low, numerator_high, denominator_low, denominator_high, denominator_at_low, denominator_at_high,
    known_share_low, known_share_high,
    CASE WHEN NOT is_withheld THEN low END AS value_low,
    CASE WHEN NOT is_withheld THEN high END AS value_high,
    joined_flags(flags_of(flag) || CASE denominator_basis WHEN 'all' THEN flags_of(total_flag) ELSE [] END || [
        CASE WHEN NOT is_withheld AND low IS NULL THEN 'ratio_undefined' END,
        CASE WHEN NOT is_withheld AND low IS NOT NULL AND denominator_basis = 'known'
             AND coalesce(known_share_low, 0) < 0.8 THEN 'incomplete' END
    ]) AS flag,
    provider, collection, submissions
FROM of_each
