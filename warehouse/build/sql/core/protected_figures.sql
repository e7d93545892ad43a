-- Everything ever received of protected collections, summed for their public tables: the sum of each reported table
-- (`breakdown`, dimension _T), and its sums by each code of a dimension or crossing; the number of values that are not
-- whole; if the submission is in force. One row per submission, country, period, table, dimension and code. From
-- core.observations, the registry and reference tables. Never NULL.
-- Only for measures that can be summed.
WITH protected AS MATERIALIZED (
    SELECT
        o.submission, o.collection, o.family, o.measure, o.reporting_country, o.period_start, o.period_end, o.frequency,
        o.breakdown, {{ each_dimension("o.$") }}, o.origin_class, o.observation, o.value_low, o.value_high,
        c.confidentiality, c.year_starts,
        bool_or(is_in_force((SELECT s.as_of FROM core.settings AS s), o.known_from, o.known_to)) AS in_force
    FROM core.observations AS o
    JOIN registry.collections AS c USING (collection)
    JOIN reference.measures AS m USING (measure)
    WHERE c.confidentiality IN ('small_counts', 'cases') AND m.summable
    GROUP BY ALL
),
codes AS (SELECT codelist AS within, code AS own, parent FROM reference.codes WHERE parent <> '_T'),
counts AS NOT MATERIALIZED (SELECT * FROM protected WHERE confidentiality = 'small_counts'),
of_wider_groups AS (   -- rows whose wider group is in the same table; not for cases, where each row is another person
    {{ each_dimension("
    SELECT f.* REPLACE (parent AS $) FROM counts AS f JOIN codes ON within = '$' AND own = $
    ", "UNION ALL") }}
),
added AS (
    SELECT
        *,
        list_concat(
            string_split(breakdown, '+'),
            CASE WHEN list_contains(string_split(breakdown, '+'), 'citizenship') THEN ['origin_class'] ELSE [] END
        ) AS details
    FROM protected
    ANTI JOIN (
        SELECT DISTINCT submission, observation
        FROM of_wider_groups
        SEMI JOIN counts USING (submission, breakdown, {{ key }})
    ) USING (submission, observation)
),
coded AS (
    SELECT *, '_T' AS dimension, '_T' AS code FROM added
    UNION ALL
    {{ each_protected_dimension("
    SELECT *, '$' AS dimension, $ AS code FROM added WHERE list_contains(details, '$')
    ", "UNION ALL") }}
    UNION ALL
    {{ each_crossing("
    SELECT *, '$1+$2' AS dimension, concat($1, '+', $2) AS code FROM added
    WHERE list_contains(details, '$1') AND list_contains(details, '$2')
    ", "UNION ALL") }}
)
SELECT
    submission, collection, family, measure, reporting_country, period_start, period_end, frequency,
    period_of('A', period_start, year_starts) AS year_start,
    period_of('Q', period_start, year_starts) AS quarter_start,
    breakdown, dimension, code, in_force,
    sum(value_low) AS value_low,
    count(*) FILTER (value_high IS DISTINCT FROM value_low OR value_low <> floor(value_low)) AS not_whole
FROM coded
WHERE dimension <> 'citizenship' OR code <> reporting_country   -- own nationals are an origin class, not a country
GROUP BY ALL
