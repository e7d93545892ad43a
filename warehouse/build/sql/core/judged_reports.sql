-- Judgements about the reports of each country, measure and year: what is known of all sources together, or why the
-- tables of totals lack the figure; and the same of the last year in which each source was due. One row per country,
-- family, measure, year and judgement, with the source. From core.headlines, core.specification,
-- baseline.indicator_values, analysis.coverage and reference.codes. `_Z`: no indicator counts the measure. NULL: the
-- other sources, but where only they have the total.
WITH reports AS (   -- the list of statuses begins with what tells most
    SELECT
        v.reporting_country, v.family, v.measure, year(v.period_end) AS year, v.collection, v.status, c.position,
        min(CASE WHEN v.status IN ('reported', 'partial') THEN year(v.period_end) END) OVER (
            PARTITION BY v.reporting_country, v.family, v.measure
        ) AS first_year
    FROM analysis.coverage AS v
    JOIN reference.codes AS c ON c.codelist = 'coverage_status' AND c.code = v.status
),
best_reports AS (   -- "never" would be wrong for a country that reported earlier to another source
    SELECT *
    FROM reports
    WHERE status <> 'never' OR coalesce(first_year >= year, TRUE)
    QUALIFY row_number() OVER (
        PARTITION BY reporting_country, family, measure, year ORDER BY position, collection
    ) = 1
),
other_totals AS (
    SELECT indicator, reporting_country, year, string_agg(DISTINCT collection, ' ' ORDER BY collection) AS collections
    FROM baseline.indicator_values
    WHERE NOT preferred AND panel = '_Z' AND frequency = 'A' AND pooled_years = 1 AND value_low IS NOT NULL
      AND citizenship = '_T' AND origin_class = '_T' AND {{ each_slice("$ = '_T'", "AND") }}
    GROUP BY ALL
),
judged AS (
    SELECT
        coalesce(s.indicator, '_Z') AS indicator, b.reporting_country, b.year, b.collection, b.family, b.measure,
        CASE
            WHEN b.status NOT IN ('reported', 'partial') OR s.indicator IS NULL OR h.collection IS NOT NULL
                THEN b.status
            WHEN o.collections IS NOT NULL THEN 'elsewhere'
            ELSE 'parts'
        END AS code,
        CASE WHEN code = 'elsewhere' THEN o.collections END AS other_collection
    FROM best_reports AS b
    LEFT JOIN core.specification AS s ON s.form = 'count' AND s.measure = b.measure AND s.family = b.family
    LEFT JOIN core.headlines AS h
        ON h.indicator = s.indicator AND h.reporting_country = b.reporting_country AND h.year = b.year
        AND h.origin_class = '_T' AND h.exploitation = '_T'
    LEFT JOIN other_totals AS o
        ON o.indicator = s.indicator AND o.reporting_country = b.reporting_country AND o.year = b.year
),
last_reports AS (
    SELECT reporting_country, family, measure, year, collection, status
    FROM reports
    WHERE status NOT IN ('not_in_extract', 'series_closed', 'not_asked')
    QUALIFY year = max(year) OVER (PARTITION BY reporting_country, family, collection)
)
SELECT
    indicator, reporting_country, year, collection, measure, 'report' AS kind, code, other_collection
FROM judged
UNION ALL
SELECT
    coalesce(s.indicator, '_Z'), r.reporting_country, r.year, r.collection, r.measure, 'last_report',
    coalesce(j.code, r.status), j.other_collection
FROM last_reports AS r
LEFT JOIN core.specification AS s ON s.form = 'count' AND s.measure = r.measure AND s.family = r.family
LEFT JOIN judged AS j
    ON j.reporting_country = r.reporting_country AND j.family = r.family AND j.measure = r.measure AND j.year = r.year
