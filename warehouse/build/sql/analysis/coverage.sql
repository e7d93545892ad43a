-- Reporting status of each year, country, collection and measure. One row per country, year, collection and measure,
-- from the collection's first year to the last year due. From core.open_figures, core.totals, core.staged,
-- core.quarantined, the registry and reference.groupings. `submissions` is NULL if nothing is in force.
-- `late` is the only status that blames a country. It requires that the country reported the measure before and, in a
-- collection of several countries, that others reported that year. Nobody owes a figure to a transcription of
-- publications: these collections are left out.
WITH reported AS (
    SELECT
        f.reporting_country, f.collection, f.family, f.measure,
        period_of('A', f.period_start, c.year_starts) AS period_start,
        first(f.breakdown ORDER BY f.breakdown <> 'total', len(f.breakdown), f.breakdown) AS breakdown,
        bool_or(has_flag(f.flag, 'partial')) AS is_partial,
        bool_and(f.area <> '_T') AS is_of_areas,
        bool_and(is_only_waiting(f.value_low, f.flag)) AS is_waiting,
        string_agg(DISTINCT f.submissions, ' ' ORDER BY f.submissions) AS submissions
    FROM core.open_figures AS f
    JOIN registry.collections AS c USING (collection)
    JOIN reference.measures AS m USING (measure)
    WHERE f.frequency = 'A' OR NOT m.summable   -- rates cannot be summed, so their months count as reports
    GROUP BY ALL
),
senders AS (   -- submissions whose quarantined rows count: full deliveries in force, all deliveries by period
    SELECT s.submission, s.collection, c.family
    FROM registry.submissions AS s
    JOIN registry.collections AS c USING (collection)
    CROSS JOIN core.settings AS g
    WHERE s.status = 'accepted' AND s.withdrawn_on IS NULL AND c.confidentiality = 'open'
      AND (
          c.delivery = 'by_period'
          OR s.submission IN (
              SELECT o.submission FROM core.spans AS o
              WHERE is_in_force(g.as_of, o.known_from, o.known_to)
          )
      )
),
waiting AS (
    SELECT DISTINCT q.reporting_country, s.collection, s.family, q.measure, q.period_start
    FROM core.quarantined AS q
    JOIN senders AS s USING (submission)
    WHERE q.reporting_country IS NOT NULL AND q.measure IS NOT NULL AND q.period_start IS NOT NULL
),
as_a_whole AS (   -- groupings that report sums of their members; their rows are not expected of a member
    SELECT DISTINCT collection, reporting_country
    FROM reported
    SEMI JOIN (SELECT grouping AS reporting_country FROM reference.groupings) USING (reporting_country)
),
measures AS (
    SELECT DISTINCT t.collection, t.family, t.measure, w.collection IS NOT NULL AS is_of_grouping
    FROM (
        SELECT collection, reporting_country, family, measure FROM reported
        UNION ALL
        SELECT collection, reporting_country, family, measure FROM waiting
    ) AS t
    LEFT JOIN as_a_whole AS w USING (collection, reporting_country)
),
countries AS (
    SELECT c.collection, c.fixed_country AS reporting_country, DATE '1900-01-01' AS since, FALSE AS is_of_grouping
    FROM registry.collections AS c WHERE c.fixed_country IS NOT NULL
    UNION
    SELECT c.collection, g.member, g.valid_from, FALSE
    FROM registry.collections AS c
    CROSS JOIN reference.groupings AS g
    JOIN core.settings AS s ON s.grouping = g.grouping
    WHERE c.fixed_country IS NULL AND g.valid_to IS NULL
    UNION
    SELECT w.collection, w.reporting_country, DATE '1900-01-01', TRUE FROM as_a_whole AS w
),
beginnings AS (   -- years of each collection, calendar or fiscal, from the first reported year on
    SELECT
        collection,
        min(period_of('A', t.period_start, c.year_starts)) AS first_start
    FROM (
        SELECT collection, period_start FROM reported
        UNION
        SELECT collection, period_start FROM waiting
    ) AS t
    JOIN registry.collections AS c USING (collection)
    GROUP BY collection
),
years AS (
    SELECT
        c.collection, c.due_days, c.ended, c.fixed_country IS NULL AS is_of_several,
        CAST(unnest(generate_series(b.first_start, s.as_of, INTERVAL 1 YEAR)) AS DATE) AS period_start
    FROM beginnings AS b
    JOIN registry.collections AS c USING (collection)
    CROSS JOIN core.settings AS s
    WHERE NOT c.transcribed
),
expected AS (
    SELECT
        k.reporting_country, y.period_start, m.collection, m.family, m.measure, y.is_of_several,
        last_day_of('A', y.period_start) AS period_end,
        CAST(last_day_of('A', y.period_start) + to_days(CAST(y.due_days AS INTEGER)) AS DATE) AS due_on,
        coalesce(y.period_start > y.ended, FALSE) AS is_after_end,
        y.ended IS NOT NULL AS has_ended, m.is_of_grouping
    FROM measures AS m
    JOIN countries AS k USING (collection, is_of_grouping)
    JOIN years AS y ON y.collection = m.collection AND y.period_start >= k.since
),
waiting_years AS (
    SELECT DISTINCT e.reporting_country, e.collection, e.measure, e.period_start
    FROM expected AS e
    JOIN waiting AS w
        ON w.reporting_country = e.reporting_country AND w.collection = e.collection AND w.measure = e.measure
        AND w.period_start BETWEEN e.period_start AND e.period_end
),
withdrawn_years AS (   -- reported once; later the submission was withdrawn or replaced by one without the year
    SELECT DISTINCT e.reporting_country, e.collection, e.measure, e.period_start
    FROM expected AS e
    JOIN (SELECT DISTINCT collection, measure, reporting_country, period_start FROM core.staged) AS o
        ON o.reporting_country = e.reporting_country AND o.collection = e.collection AND o.measure = e.measure
        AND o.period_start BETWEEN e.period_start AND e.period_end
),
told_by AS (
    SELECT DISTINCT r.collection, r.measure, r.period_start, w.collection IS NOT NULL AS is_of_grouping
    FROM reported AS r
    LEFT JOIN as_a_whole AS w USING (collection, reporting_country)
),
extracts AS (SELECT collection, max(period_start) AS last_start FROM reported GROUP BY collection),
first_told AS (
    SELECT collection, measure, reporting_country, min(period_start) AS first_start FROM reported GROUP BY ALL
)
SELECT
    e.reporting_country, e.period_start, e.period_end, e.collection, e.family, e.measure,
    coalesce(r.breakdown, '_Z') AS breakdown,
    CASE
        WHEN r.is_waiting THEN 'in_quarantine'
        WHEN r.is_of_areas AND n.collection IS NULL THEN 'only_areas'
        WHEN r.is_partial THEN 'partial'
        WHEN r.collection IS NOT NULL THEN 'reported'
        WHEN q.collection IS NOT NULL THEN 'in_quarantine'
        WHEN w.collection IS NOT NULL THEN 'withdrawn'
        WHEN e.is_after_end THEN 'series_closed'
        WHEN e.is_of_several AND e.period_start > x.last_start THEN 'not_in_extract'
        WHEN e.is_of_several AND t.collection IS NULL THEN 'not_asked'
        WHEN NOT e.is_of_several AND (e.has_ended OR f.first_start IS NULL OR e.period_start < f.first_start)
            THEN 'not_asked'
        WHEN f.first_start < e.period_start THEN 'late'
        ELSE 'never'
    END AS status,
    e.due_on,
    r.submissions
FROM expected AS e
CROSS JOIN core.settings AS s
LEFT JOIN reported AS r USING (reporting_country, collection, measure, period_start)
LEFT JOIN waiting_years AS q USING (reporting_country, collection, measure, period_start)
LEFT JOIN withdrawn_years AS w USING (reporting_country, collection, measure, period_start)
LEFT JOIN told_by AS t USING (collection, measure, period_start, is_of_grouping)
LEFT JOIN (   -- areas that the card allows to be summed are the country as a whole
    SELECT DISTINCT collection, measure, reporting_country, period_start FROM core.totals WHERE frequency = 'A'
) AS n USING (collection, measure, reporting_country, period_start)
LEFT JOIN extracts AS x USING (collection)
LEFT JOIN first_told AS f USING (reporting_country, collection, measure)
WHERE coalesce(r.collection, q.collection, w.collection) IS NOT NULL OR e.due_on < s.as_of
