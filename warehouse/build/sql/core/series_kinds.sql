-- Kind of each series in force: its counted unit and flow, and whether they are the measure's own. One row per series
-- and span without a break and of one passport. From registry.series, core.breaks, core.current and reference.measures.
-- NULL: `valid_to` while it holds, and the flag of a kind that is confirmed and the measure's own.
-- What may be one line is of one kind: periods without a documented kind take the one that a source documents for more
-- than half of the periods between the same breaks. Otherwise they stay undocumented.
WITH breaks AS (
    SELECT DISTINCT
        s.collection, s.reporting_country, s.measure, b.broken_on
    FROM registry.series AS s
    JOIN core.breaks AS b
        ON b.collection = s.collection AND coalesce(b.measure, s.measure) = s.measure
        AND coalesce(b.reporting_country, s.reporting_country) = s.reporting_country
        AND b.kind = 'break' AND coalesce(b.dimension, 'total') = 'total'
),
starts AS (
    SELECT collection, reporting_country, measure, valid_from AS starts_on FROM registry.series
    UNION
    SELECT collection, reporting_country, measure, broken_on AS starts_on FROM breaks
),
spans AS (
    SELECT
        collection, reporting_country, measure, starts_on,
        lead(starts_on) OVER (
            PARTITION BY collection, reporting_country, measure ORDER BY starts_on
        ) - INTERVAL 1 DAY AS ends_on
    FROM starts
),
pieces AS (
    SELECT
        p.collection, p.reporting_country, p.measure, p.starts_on AS valid_from,
        CAST(least(s.valid_to, p.ends_on) AS DATE) AS valid_to,   -- the one of them that is known
        s.counted_unit, s.flow, s.evidence,
        (
            SELECT count(*)
            FROM breaks AS b
            WHERE b.collection = p.collection AND b.reporting_country = p.reporting_country
              AND b.measure = p.measure AND b.broken_on <= p.starts_on
        ) AS line
    FROM spans AS p
    JOIN registry.series AS s
        ON s.collection = p.collection AND s.reporting_country = p.reporting_country AND s.measure = p.measure
        AND p.starts_on BETWEEN s.valid_from AND coalesce(s.valid_to, p.starts_on)
),
counted AS (
    SELECT
        s.*,
        count(DISTINCT c.period_start) AS periods
    FROM pieces AS s
    LEFT JOIN core.current AS c
        ON c.collection = s.collection AND c.reporting_country = s.reporting_country AND c.measure = s.measure
        AND c.period_start BETWEEN s.valid_from AND coalesce(s.valid_to, c.period_start)
    GROUP BY ALL
),
lines AS (   -- a line has at most one documented unit and flow, since another one is a break
    SELECT
        collection, reporting_country, measure, line,
        CASE WHEN 2 * sum(periods) FILTER (counted_unit <> '_U') > sum(periods) THEN min(nullif(counted_unit, '_U')) END
            AS line_unit,
        CASE WHEN 2 * sum(periods) FILTER (flow <> '_U') > sum(periods) THEN min(nullif(flow, '_U')) END AS line_flow
    FROM counted
    GROUP BY ALL
),
kinds AS (
    SELECT
        c.collection, c.reporting_country, c.measure, c.valid_from, c.valid_to, c.evidence,
        coalesce(nullif(c.counted_unit, '_U'), l.line_unit, '_U') AS counted_unit,
        coalesce(nullif(c.flow, '_U'), l.line_flow, '_U') AS flow
    FROM counted AS c
    JOIN lines AS l USING (collection, reporting_country, measure, line)
),
compared AS (
    SELECT
        k.*,
        k.counted_unit <> '_U' AND NOT list_contains(string_split(m.counted_units, ' '), k.counted_unit)
            AS is_other_unit,
        k.flow <> '_U' AND m.flow IS NOT NULL AND k.flow <> m.flow AS is_other_flow
    FROM kinds AS k
    JOIN (SELECT measure, counted_units, flow FROM reference.measures) AS m USING (measure)
)
SELECT
    collection, reporting_country, measure, valid_from, valid_to, counted_unit, flow, evidence,
    is_other_unit OR is_other_flow AS is_other_kind,
    joined_flags([
        CASE WHEN is_other_unit OR is_other_flow THEN 'other_kind' END,
        CASE WHEN is_other_unit THEN 'other_unit' END,
        CASE WHEN counted_unit = '_U' THEN 'unit_undocumented'
            WHEN evidence <> 'confirmed' THEN 'unit_inferred' END
    ]) AS flag
FROM compared
