-- Tables of origins of each period as wholes: listed persons, persons of known origin, hidden persons (unknown origin,
-- several classes, or left out), if shares are withheld, and if the year can be compared. One row per table. From
-- core.origin_rows, core.told_figures, core.totals, core.breakdowns, core.series_kinds and reference.countries. NULL:
-- unknown upper bounds, and the flag if there is none.
WITH listed AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, breakdown,
        min(parts_present / parts_expected) AS reported_part,
        sum(value_low) AS listed_low,
        sum_high(value_high) AS listed_high,
        sum(CASE WHEN hides_origin(origin_class) THEN 0 ELSE value_low END) AS known_low,
        sum_high_where(NOT hides_origin(origin_class), value_high) AS known_high,
        sum_high_where(hides_origin(origin_class), value_high) AS unknown_high,
        sum(CASE WHEN is_undivided(origin_class) THEN value_low ELSE 0 END) AS unclear_low,
        sum_high_where(is_undivided(origin_class), value_high) AS unclear_high,
        -- an area or a former state: a known class without a country
        sum_high_where(
            country IS NULL AND origin_class <> 'stateless' AND NOT is_undivided(origin_class), value_high
        ) AS grouped_high,
        sum_high(waiting_high) AS waiting_high,
        sum_high_where(hides_origin(origin_class), waiting_high) AS unread_high,
        carried_flags(flag) AS listed_flag,
        string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM core.origin_rows
    LEFT JOIN (
        SELECT country FROM reference.countries WHERE area_type = 'country' AND kind <> 'historic'
    ) ON country = citizenship
    GROUP BY ALL
),
with_total AS (   -- `total_apart`: the total is not the sum of this table, so the table may leave persons out;
    -- tables of protected collections leave nobody out
    SELECT
        l.*,
        coalesce(t.total_low, l.listed_low) AS total_low,
        t.total_high,
        t.collection IS NOT NULL AS has_total,
        (t.total_source IS DISTINCT FROM l.breakdown AND p.collection IS NULL) AS total_apart,
        coalesce(b.is_inconsistent, FALSE) OR (total_apart AND coalesce(l.listed_low > t.total_high, FALSE))
            AS is_inconsistent,
        coalesce(b.is_contradicted, FALSE) AS is_contradicted,
        t.flag AS total_flag,
        k.flag AS kind_flag
    FROM listed AS l
    LEFT JOIN (SELECT DISTINCT collection FROM core.told_figures) AS p USING (collection)
    LEFT JOIN core.totals AS t USING (collection, measure, reporting_country, period_start, frequency)
    LEFT JOIN core.breakdowns AS b USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    LEFT JOIN core.series_kinds AS k
        ON k.collection = l.collection AND k.reporting_country = l.reporting_country AND k.measure = l.measure
        AND l.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, l.period_start)
),
with_rest AS (   -- without a total, or without its upper bound, the number of persons left out is unknown
    SELECT
        * EXCLUDE (unknown_high, unclear_high, listed_flag, total_flag, kind_flag, has_total, is_contradicted),
        CASE WHEN total_apart THEN greatest(0, total_low - coalesce(listed_high, total_low)) ELSE 0 END AS left_out_low,
        CASE WHEN NOT total_apart THEN 0 WHEN total_high IS NOT NULL THEN greatest(0, total_high - listed_low) END
            AS left_out_high,
        -- unknown and unclear persons are not left out, so both share the total less all others
        CASE WHEN total_apart AND NOT is_inconsistent THEN unclear_low ELSE unclear_high END + left_out_high
            AS hidden_high,
        CASE
            WHEN total_apart AND NOT is_inconsistent THEN total_high - known_low
            ELSE unknown_high + left_out_high + waiting_high - unread_high   -- quarantined rows are named, not known
        END AS not_known_high,
        is_inconsistent OR NOT has_total OR coalesce(total_high, 1) = 0
            OR has_flag(listed_flag, 'details_await_revision') AS is_withheld,   -- details older than the total
        joined_flags(flags_of(listed_flag) || flags_of(total_flag) || [
            CASE WHEN is_inconsistent THEN 'inconsistent' WHEN is_contradicted THEN 'contradicted' END,
            CASE WHEN NOT has_total THEN 'no_total' END,
            CASE WHEN has_flag(kind_flag, 'other_kind') THEN 'other_kind' END,
            CASE WHEN has_flag(kind_flag, 'other_unit') THEN 'other_unit' END
        ]) AS flag
    FROM with_total
)
SELECT
    * EXCLUDE (not_known_high),
    CASE WHEN not_known_high = 0 THEN 1 ELSE coalesce(known_low / (known_low + not_known_high), 0) END AS completeness,
    NOT is_out_of_baselines(flag) AS is_whole
FROM with_rest
