-- History of each origin in its series: years named, persons in the last whole year and in the baseline, rank, and
-- whether it enters, surges, subsides or leaves. One row per series and origin. From core.origin_tables,
-- core.named_origins and core.unconfirmed. NULL: `last_*` without a whole year, `peak_low` without two more years,
-- `baseline_*` without a baseline, `rank` and `status` of an origin that is not a country, and missing upper bounds.
-- Only whole years can show that an origin is absent; any year can show that it is present. In a table that hides
-- persons or groups them by area, an unnamed origin may have persons. If these may be ten or more, and a tenth of the
-- origin's own number, entry and exit are only reported as possible.
WITH years AS (   -- whole years have their positions from the start and from the end
    SELECT
        t.collection, t.family, t.measure, t.whose, t.origin_basis, t.reporting_country, t.period_start,
        t.hidden_high + t.grouped_high AS hidden_high, t.unread_high, t.is_whole, c.absent_cell,
        year(t.period_end) AS y,
        CASE WHEN t.is_whole THEN sum(CAST(t.is_whole AS INTEGER)) OVER (series ORDER BY t.period_start) END
            AS from_first,
        CASE WHEN t.is_whole THEN sum(CAST(t.is_whole AS INTEGER)) OVER (series ORDER BY t.period_start DESC) END
            AS from_last,
        count(*) OVER series AS years_reported,
        sum(CAST(t.is_whole AS INTEGER)) OVER series AS whole_years,
        sum(CAST(t.is_whole AND year(t.period_end) BETWEEN g.baseline_from AND g.baseline_to AS INTEGER)) OVER series
            AS common_years,
        g.baseline_from, g.baseline_to, g.baseline_min_years, g.own_baseline_years, g.break_factor, g.break_persons
    FROM core.origin_tables AS t
    CROSS JOIN core.settings AS g
    JOIN registry.collections AS c USING (collection)
    WHERE t.frequency = 'A'
    WINDOW series AS (PARTITION BY t.collection, t.measure, t.whose, t.origin_basis, t.reporting_country)
),
origins AS (   -- an origin with a reported zero, or only quarantined rows, is not named
    SELECT
        collection, measure, whose, origin_basis, reporting_country, citizenship,
        arg_max(origin_class, period_start) AS origin_class,
        min(period_start) AS first_start, max(period_start) AS last_start,
        min(year(period_end)) AS first_named, max(year(period_end)) AS last_named, count(*) AS years_named
    FROM core.named_origins
    WHERE (persons_high IS NULL OR persons_high > 0) AND NOT is_only_waiting(persons_low, flag)
      AND citizenship <> origin_class   -- protected collections have classes, not countries
    GROUP BY ALL
),
cells AS (   -- every origin in every year of its series; an unnamed origin has none, or up to the hidden persons
    SELECT
        y.*, o.* EXCLUDE (collection, measure, whose, origin_basis, reporting_country),
        n.citizenship IS NOT NULL AND coalesce(n.persons_high, 1) > 0 AND NOT is_only_waiting(n.persons_low, n.flag)
            AS is_named,
        coalesce(n.persons_low, 0) AS low,
        CASE
            WHEN n.citizenship = '_U' THEN n.persons_high
            WHEN n.citizenship IS NOT NULL THEN n.persons_high + y.unread_high
            WHEN y.absent_cell = 'zero' THEN y.unread_high
            ELSE y.hidden_high
        END AS high,
        n.flag,
        u.citizenship IS NOT NULL AS is_unconfirmed,
        CASE WHEN y.common_years >= y.baseline_min_years THEN y.y BETWEEN y.baseline_from AND y.baseline_to
            ELSE y.whole_years >= y.own_baseline_years AND y.from_first <= y.own_baseline_years END
            AND y.is_whole AS in_baseline
    FROM years AS y
    JOIN origins AS o USING (collection, measure, whose, origin_basis, reporting_country)
    LEFT JOIN core.named_origins AS n
        USING (collection, measure, whose, origin_basis, reporting_country, period_start, citizenship)
    LEFT JOIN core.unconfirmed AS u USING (collection, measure, reporting_country, period_start, citizenship)
),
series_of_origins AS (   -- an origin with a reported zero, or only quarantined rows, is not named
    SELECT
        collection, family, measure, whose, origin_basis, reporting_country, citizenship, origin_class,
        first_named, last_named, years_named, years_reported, whole_years, first_start, last_start,
        CASE
            WHEN any_value(common_years) >= any_value(baseline_min_years)
            THEN any_value(baseline_from) || '-' || any_value(baseline_to)
            WHEN any_value(whole_years) >= any_value(own_baseline_years)
            THEN 'own:' || min(y) FILTER (in_baseline) || '-' || max(y) FILTER (in_baseline)
        END AS baseline_period,
        median(low) FILTER (in_baseline) AS baseline_low,
        nullif(
            median(coalesce(high, CAST('infinity' AS DOUBLE))) FILTER (in_baseline), CAST('infinity' AS DOUBLE)
        ) AS baseline_high,
        max(y) FILTER (from_last = 1) AS last_year,
        max(low) FILTER (from_last = 1) AS last_low,
        max(high) FILTER (from_last = 1) AS last_high,
        coalesce(bool_or(is_named) FILTER (from_last = 1), FALSE) AS named_last,
        coalesce(bool_or(is_unconfirmed) FILTER (from_last = 1), FALSE) AS unconfirmed_last,
        max(low) FILTER (from_last IN (2, 3) AND NOT is_unconfirmed) AS peak_low,
        min(period_start) FILTER (from_last = 2) AS recent,
        any_value(break_factor) AS break_factor,
        any_value(break_persons) AS break_persons,
        -- largest hidden number of any whole year before the first one with the origin
        max(coalesce(hidden_high, CAST('infinity' AS DOUBLE))) FILTER (is_whole AND period_start < first_start)
            AS hidden_before,
        -- whole years from then until the last two, years with the origin among them, and its usual number
        count(*) FILTER (from_last > 2 AND period_start >= first_start) AS years_since,
        count(*) FILTER (from_last > 2 AND is_named) AS named_since,
        coalesce(median(low) FILTER (from_last > 2 AND is_named), 0) AS usual_low,
        max(coalesce(hidden_high, CAST('infinity' AS DOUBLE))) FILTER (from_last <= 2) AS hidden_last,
        joined_flags(flatten(list(flags_of(flag)) FILTER (from_last = 1 OR in_baseline))
            || [CASE WHEN bool_or(is_unconfirmed) THEN 'unconfirmed_origin' END]) AS flag
    FROM cells
    GROUP BY ALL
),
judged AS (
    SELECT
        o.*,
        c.country IS NOT NULL AS is_country,
        is_country AND named_last AND last_low > 0 AND NOT unconfirmed_last AS is_ranked,
        -- three or more of five whole years came before
        first_start >= recent AND named_last AND last_low >= 10 AS enters,
        last_start < recent AND named_since >= 3 AND named_since * 2 > years_since AND usual_low >= 10 AS leaves,
        -- differs from its baseline by as much as a suspected break
        greatest(break_factor * baseline_high, baseline_high + break_persons) AS surge_from,
        named_last AND NOT unconfirmed_last AND last_low >= surge_from AS surges,
        peak_low >= surge_from AND last_high * break_factor <= peak_low AS subsides
    FROM series_of_origins AS o
    LEFT JOIN reference.countries AS c ON c.area_type = 'country' AND c.country = o.citizenship
)
SELECT
    g.grouping, j.family, j.collection, j.measure, j.whose, j.origin_basis, j.reporting_country, j.citizenship,
    j.origin_class, j.first_named, j.last_named, j.years_named, j.years_reported, j.whole_years,
    j.baseline_period, j.baseline_low, j.baseline_high, j.last_year, j.named_last, j.last_low, j.last_high,
    j.peak_low,
    CASE WHEN j.is_ranked THEN rank() OVER (
        PARTITION BY j.collection, j.measure, j.whose, j.origin_basis, j.reporting_country, j.is_ranked
        ORDER BY j.last_low DESC
    ) END AS rank,
    CASE
        WHEN NOT j.is_country THEN NULL
        WHEN j.whole_years < g.min_years THEN 'too_few_years'
        WHEN j.enters AND j.hidden_before < greatest(10, j.last_low / 10) THEN 'entering'
        WHEN j.enters THEN 'possibly_entering'
        WHEN j.leaves AND j.hidden_last < greatest(10, j.usual_low / 10) THEN 'leaving'
        WHEN j.leaves THEN 'possibly_leaving'
        WHEN j.subsides THEN 'subsiding'
        WHEN j.surges THEN 'surging'
        WHEN j.last_start >= j.recent AND j.named_since >= 3 AND j.named_since * 2 > j.years_since THEN 'continuing'
        ELSE 'occasional'
    END AS status,
    j.flag
FROM judged AS j
CROSS JOIN core.settings AS g
