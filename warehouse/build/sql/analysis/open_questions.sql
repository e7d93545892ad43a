-- Questions for a steward, with the lines that record the answer in the collection's decisions.toml. One row per
-- question. From registry.decisions (reporting errors), core.figures (doubtful values), core.unconfirmed and
-- core.single_origin (sudden origins), core.jumps, analysis.same_numbers, analysis.source_agreement, core.totals,
-- registry.series, core.events, core.current and registry.submissions. NULL: `before_*` except for jumps; `value_high`
-- without an upper bound; `context_*` without a law, measure or decided break of the country near the period;
-- `justification` without an explanation by a sender.
WITH doubtful AS (
    SELECT
        'doubtful_value' AS question, collection, measure, reporting_country, period_start, frequency, breakdown,
        '_T' AS citizenship, CAST(NULL AS DOUBLE) AS before_low, CAST(NULL AS DOUBLE) AS before_high,
        value_low, value_high
    FROM core.figures
    WHERE has_flag(flag, 'suspect_value') AND parts_expected = 1
),
questioned AS (   -- of each period the table with the fewest dimensions
    SELECT
        'questioned_period' AS question, collection, measure, reporting_country, period_start, frequency, breakdown,
        '_T' AS citizenship, CAST(NULL AS DOUBLE) AS before_low, CAST(NULL AS DOUBLE) AS before_high,
        value_low, value_high
    FROM core.figures
    WHERE has_flag(flag, 'under_question') AND parts_expected = 1
    QUALIFY row_number() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency
        ORDER BY breakdown <> 'total', breakdown, value_low DESC, {{ dimensions }}
    ) = 1
),
sudden AS (   -- suddenly a large part of all, or nearly all of its class
    SELECT
        'sudden_origin' AS question, n.collection, n.measure, n.reporting_country, n.period_start, 'A' AS frequency,
        n.breakdown, n.citizenship, CAST(NULL AS DOUBLE) AS before_low, CAST(NULL AS DOUBLE) AS before_high,
        n.persons_low AS value_low, n.persons_high AS value_high
    FROM core.named_origins AS n
    JOIN (
        SELECT collection, measure, reporting_country, period_start, citizenship FROM core.unconfirmed
        UNION
        SELECT collection, measure, reporting_country, period_start, citizenship FROM core.single_origin
    ) USING (collection, measure, reporting_country, period_start, citizenship)
),
jumps AS (   -- of series that jump together the one with the fewest dimensions, and an origin before its class
    SELECT
        'jump' AS question, j.collection, j.measure, j.reporting_country, j.period_start, j.frequency,
        coalesce(
            nullif(concat_ws('+', {{ each_slice("CASE WHEN j.$ <> '_T' THEN '$' END") }}), ''),
            CASE WHEN j.origin_class = '_T' THEN 'total' ELSE 'citizenship' END
        ) AS breakdown,
        j.citizenship, j.before_low, j.before_high, j.value_low, j.value_high
    FROM core.jumps AS j
    JOIN core.specification AS s USING (indicator)
    WHERE s.trend = 'count' AND j.panel = '_Z'
    QUALIFY row_number() OVER (
        PARTITION BY j.collection, j.measure, j.reporting_country, j.period_start, j.frequency
        ORDER BY breakdown <> 'total', breakdown, j.citizenship = '_T', j.value_low DESC, {{ each_slice("j.$") }}
    ) = 1
),
repeated AS (   -- all other places of a number in one question
    SELECT
        'same_number_elsewhere' AS question, n.collection, n.measure, n.reporting_country, n.period_start,
        'A' AS frequency, 'total' AS breakdown, '_T' AS citizenship,
        CAST(NULL AS DOUBLE) AS before_low, CAST(NULL AS DOUBLE) AS before_high,
        n.value AS value_low, n.value AS value_high,
        'El mismo número, ' || CAST(n.value AS BIGINT) || ', está también en ' || any_value(c.name_es) || ': '
            || string_agg(n.elsewhere_es, '; ' ORDER BY n.elsewhere_es)
            || '. Uno puede ser copia de otro, o contar ambos lo mismo con dos nombres; una suma, una razón o un '
            || 'veredicto con los dos sería erróneo. ¿Es lo que se contó en ' || n.place_es || '?' AS says_es,
        'The same number, ' || CAST(n.value AS BIGINT) || ', also stands in ' || any_value(c.name_en) || ': '
            || string_agg(n.elsewhere_en, '; ' ORDER BY n.elsewhere_en)
            || '. One may be a copy of another, or both may count one thing under two names; a sum, a ratio or a '
            || 'verdict with both would be wrong. Is it what was counted in ' || n.place_en || '?' AS says_en
    FROM analysis.same_numbers AS n
    JOIN (
        SELECT country AS reporting_country, name_es, name_en
        FROM reference.countries
        WHERE area_type = 'country' OR area_type = 'grouping'
    ) AS c USING (reporting_country)
    WHERE n.explained_by IS NULL
    GROUP BY
        n.collection, n.measure, n.reporting_country, n.period_start, n.value, n.place_es, n.place_en
),
apart AS (   -- years in which two open sources differ and nothing explains it, from either side
    SELECT
        a.reporting_country, a.measure, a.period_start, a.collection_a AS collection, a.value_a_low AS value_low,
        a.value_a_high AS value_high, a.collection_b AS other, a.value_b_low AS other_low, a.value_b_high AS other_high
    FROM analysis.source_agreement AS a
    WHERE a.frequency = 'A' AND a.differs AND a.explained_by IS NULL
    UNION ALL BY NAME
    SELECT
        a.reporting_country, a.measure, a.period_start, a.collection_b AS collection, a.value_b_low AS value_low,
        a.value_b_high AS value_high, a.collection_a AS other, a.value_a_low AS other_low, a.value_a_high AS other_high
    FROM analysis.source_agreement AS a
    WHERE a.frequency = 'A' AND a.differs AND a.explained_by IS NULL
),
asked_side AS (   -- the source that has the value itself; of two the one that is less documented
    SELECT a.*
    FROM apart AS a
    SEMI JOIN (SELECT collection FROM registry.collections WHERE confidentiality = 'open') AS o USING (collection)
    SEMI JOIN (SELECT collection AS other FROM registry.collections WHERE confidentiality = 'open') AS p USING (other)
    JOIN (
        SELECT DISTINCT collection, measure, reporting_country, period_start FROM core.totals WHERE frequency = 'A'
    ) AS t USING (collection, measure, reporting_country, period_start)
    LEFT JOIN registry.series AS s
        ON s.collection = a.collection AND s.reporting_country = a.reporting_country AND s.measure = a.measure
        AND a.period_start BETWEEN s.valid_from AND coalesce(s.valid_to, a.period_start)
    WHERE NOT EXISTS (
        SELECT 1
        FROM registry.decisions AS d
        WHERE d.kind = 'slip' AND d.citizenship IS NULL AND d.frequency = 'A' AND d.period_start = a.period_start
          AND coalesce(d.measure, a.measure) = a.measure
          AND coalesce(d.reporting_country, a.reporting_country) = a.reporting_country
          AND (d.collection = a.collection AND d.value = a.value_low
              OR d.collection = a.other AND d.value = a.other_low)
    )
    QUALIFY row_number() OVER (
        PARTITION BY
            a.reporting_country, a.measure, a.period_start, least(a.collection, a.other),
            greatest(a.collection, a.other)
        ORDER BY s.evidence = 'confirmed', s.evidence = 'inferred', a.collection DESC
    ) = 1
),
last_years AS (
    SELECT
        *,
        period_name('A', period_start, last_day_of('A', period_start)) AS period,
        row_number() OVER (
            PARTITION BY collection, other, measure, reporting_country ORDER BY period_start DESC
        ) AS rank_from_last
    FROM asked_side
),
sources_apart AS (   -- all years of two sources in one question, which has the value of the last
    SELECT
        'sources_differ' AS question, a.collection, a.measure, a.reporting_country,
        max(a.period_start) AS period_start, 'A' AS frequency, 'total' AS breakdown, '_T' AS citizenship,
        CAST(NULL AS DOUBLE) AS before_low, CAST(NULL AS DOUBLE) AS before_high,
        max(a.value_low) FILTER (a.rank_from_last = 1) AS value_low,
        max(a.value_high) FILTER (a.rank_from_last = 1) AS value_high, a.other,
        'Difieren en más de un décimo ' || a.collection || ' y ' || a.other || ': '
            || string_agg(
                a.period || ', ' || bounds_text(a.value_low, a.value_high) || ' y '
                || bounds_text(a.other_low, a.other_high), '; ' ORDER BY a.period_start
            )
            || '. Ningún pasaporte dice otra unidad contada, otro flujo, otro año u otro alcance que lo explique. '
            || '¿Es lo que se contó en ' || a.collection || '? También responde un pasaporte (series.toml).' AS says_es,
        a.collection || ' and ' || a.other || ' differ by more than a tenth: '
            || string_agg(
                a.period || ', ' || bounds_text(a.value_low, a.value_high) || ' and '
                || bounds_text(a.other_low, a.other_high), '; ' ORDER BY a.period_start
            )
            || '. No passport states another counted unit, flow, year or scope that explains it. '
            || 'Is it what was counted in ' || a.collection || '? A passport (series.toml) also answers.' AS says_en
    FROM last_years AS a
    GROUP BY a.collection, a.measure, a.reporting_country, a.other
),
questions AS (
    SELECT * FROM doubtful
    UNION ALL BY NAME
    SELECT * FROM questioned
    UNION ALL BY NAME
    SELECT * FROM sudden
    UNION ALL BY NAME
    SELECT * FROM jumps
    UNION ALL BY NAME
    SELECT * FROM repeated
    UNION ALL BY NAME
    SELECT * FROM sources_apart
),
asked AS (   -- a decided reporting error is not asked again; its sender has to correct it
    SELECT *
    FROM questions AS q
    WHERE NOT EXISTS (
        SELECT 1
        FROM registry.decisions AS d
        WHERE d.kind = 'slip' AND d.collection = q.collection
          AND coalesce(d.measure, q.measure) = q.measure
          AND coalesce(d.reporting_country, q.reporting_country) = q.reporting_country
          AND d.period_start = q.period_start AND d.frequency = q.frequency
          AND coalesce(d.citizenship, q.citizenship) = q.citizenship AND d.value = q.value_low
    )
),
worded AS (
    SELECT
        a.* REPLACE (coalesce(a.says_es, k.name_es) AS says_es, coalesce(a.says_en, k.name_en) AS says_en),
        CASE a.frequency WHEN 'M' THEN strftime(a.period_start, '%Y-%m')
            ELSE year(a.period_start - to_months(c.year_starts - 1)) + CAST(c.year_starts > 1 AS INTEGER)
                || CASE a.frequency
                    WHEN 'Q' THEN '-Q' || quarter(a.period_start - to_months(c.year_starts - 1)) ELSE ''
                END
        END AS period
    FROM asked AS a
    JOIN (SELECT collection, CAST(year_starts AS INTEGER) AS year_starts FROM registry.collections) AS c
        USING (collection)
    JOIN reference.codes AS k ON k.codelist = 'open_question' AND k.code = a.question
),
context AS (   -- events of the same family, or of no family, from a year before the period to its end
    SELECT
        a.collection, a.reporting_country, a.period_start, a.frequency,
        string_agg(DISTINCT day_name(e.happened_from, e.happened_to) || ': ' || e.what_es, '; '
            ORDER BY day_name(e.happened_from, e.happened_to) || ': ' || e.what_es) AS context_es,
        string_agg(DISTINCT day_name(e.happened_from, e.happened_to) || ': ' || e.what_en, '; '
            ORDER BY day_name(e.happened_from, e.happened_to) || ': ' || e.what_en) AS context_en
    FROM asked AS a
    JOIN (SELECT collection, family AS own_family FROM registry.collections) AS c USING (collection)
    JOIN core.events AS e
        ON e.reporting_country = a.reporting_country AND coalesce(e.family, c.own_family) = c.own_family
        AND e.happened_to >= a.period_start - INTERVAL 1 YEAR
        AND e.happened_from < a.period_start + CASE a.frequency
            WHEN 'A' THEN INTERVAL 1 YEAR WHEN 'Q' THEN INTERVAL 3 MONTH ELSE INTERVAL 1 MONTH
        END
    GROUP BY ALL
),
explained AS (   -- what the senders of the period's values explained
    SELECT
        v.collection, v.measure, v.reporting_country, v.period_start, v.frequency,
        string_agg(DISTINCT s.justification, chr(10) ORDER BY s.justification) AS justification
    FROM core.current AS v
    JOIN registry.submissions AS s USING (submission)
    WHERE s.justification IS NOT NULL
    GROUP BY ALL
)
SELECT
    worded.* EXCLUDE (period, other),
    context.context_es, context.context_en, explained.justification,
    concat_ws(chr(10),
        CASE question WHEN 'doubtful_value' THEN '[[confirmed_value]]' WHEN 'sudden_origin' THEN '[[confirmed_origin]]'
            WHEN 'same_number_elsewhere' THEN '[[equal_number]]'
            WHEN 'sources_differ' THEN '[[known_difference]]'
            ELSE '[[real_change]]   # o / or [[break]]' END,
        'reporting_country = "' || reporting_country || '"',
        'measure = "' || measure || '"',
        'period = "' || period || '"',
        CASE
            WHEN question IN ('doubtful_value', 'same_number_elsewhere', 'sources_differ')
                THEN 'value = ' || regexp_replace(CAST(value_low AS VARCHAR), '\.0$', '')
            WHEN question = 'sudden_origin' THEN 'citizenship = "' || citizenship || '"'
        END,
        'other_collection = "' || other || '"',
        CASE WHEN question = 'jump' AND breakdown <> 'total'
             THEN 'dimension = "' || split_part(breakdown, '+', 1) || '"' END,
        'reason = { es = "", en = "" }', 'source = ""', 'decided_by = ""', 'decided_on = ' || g.as_of
    ) AS answer
FROM worded
LEFT JOIN context USING (collection, reporting_country, period_start, frequency)
LEFT JOIN explained USING (collection, measure, reporting_country, period_start, frequency)
CROSS JOIN (SELECT as_of FROM core.settings) AS g
