-- Points for the test of trends. One row per row of core.trend_points. From core.trend_points, core.jumps,
-- registry.collections and analysis.source_agreement. NULL as there.
-- `sources_disagree`: another source, not documented to count something else, surely differs by half or more. What a
-- person copied from a third party's reports is shown beside the series, and refutes none.
-- An undecided jump of a member, a suspected break or one at an edge, also marks the sum of the member's panel.
WITH panel_years AS (
    SELECT *, min(period_start) OVER (PARTITION BY indicator, reporting_country) AS first_start
    FROM core.trend_points
    WHERE panel = 'fixed'
),
doubted_sums AS (
    SELECT
        p.indicator, p.reporting_country, p.period_start,
        bool_or(j.kind = 'suspected_break') AS is_broken,
        bool_or(j.kind = 'unconfirmed_edge') AS has_edge
    FROM panel_years AS p
    JOIN core.jumps AS j
        ON (j.indicator, j.period_start, j.frequency) = (p.indicator, p.period_start, p.frequency)
        AND j.preferred AND j.panel = '_Z' AND {{ each_slice("j.$ = '_T'", "AND") }}
        AND list_contains(string_split(p.members, ' '), j.reporting_country)
    WHERE p.period_start > p.first_start
    GROUP BY ALL
),
disputed AS (
    SELECT DISTINCT
        measure, reporting_country, period_start, frequency,
        unnest([collection_a, collection_b]) AS collection
    FROM analysis.source_agreement
    ANTI JOIN (SELECT collection AS collection_a FROM registry.collections WHERE transcribed) USING (collection_a)
    ANTI JOIN (SELECT collection AS collection_b FROM registry.collections WHERE transcribed) USING (collection_b)
    WHERE same_kind IS DISTINCT FROM FALSE AND (ratio_low >= 1.5 OR ratio_high <= 1 / 1.5)
)
SELECT
    v.* REPLACE (
        CASE WHEN coalesce(d.indicator, a.measure) IS NULL THEN v.flag ELSE joined_flags(flags_of(v.flag) || [
            CASE WHEN d.is_broken THEN 'unconfirmed_break' END,
            CASE WHEN d.has_edge THEN 'unconfirmed_edge' END,
            CASE WHEN a.measure IS NOT NULL THEN 'sources_disagree' END
        ]) END AS flag
    )
FROM core.trend_points AS v
LEFT JOIN doubted_sums AS d
    ON v.panel = 'fixed'
    AND (d.indicator, d.reporting_country, d.period_start) = (v.indicator, v.reporting_country, v.period_start)
LEFT JOIN disputed AS a
    ON (a.measure, a.reporting_country, a.period_start, a.frequency, a.collection)
     = (v.measure, v.reporting_country, v.period_start, v.frequency, v.collection)
