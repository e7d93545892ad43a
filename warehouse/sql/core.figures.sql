-- Values in force by year, quarter and month. Months add up to quarters and years only where the measure
-- may be summed; a period with missing parts is flagged partial. Where months and quarters of one year both
-- came, the one that covers more of it is summed, never both. Protected collections stop here.
WITH open_values AS (
    SELECT
        o.* EXCLUDE (flag), c.year_starts, c.absent_cell, m.summable,
        CASE WHEN k.observation IS NULL THEN o.flag ELSE replace(o.flag, 'suspect_value', 'confirmed_value') END AS flag
    FROM core.current AS o
    LEFT JOIN core.confirmed AS k USING (observation)
    JOIN registry.collections AS c USING (collection)
    JOIN reference.measures AS m USING (measure)
    WHERE c.confidentiality = 'open'
),
steps AS (
    SELECT * FROM (VALUES ('M', 'Q', 3), ('M', 'A', 12), ('Q', 'A', 4)) AS t (from_frequency, frequency, parts)
),
placed AS (
    SELECT
        v.* EXCLUDE (frequency, period_start, period_end, flag, completeness),
        v.period_start AS part_start,
        v.flag AS part_flag,
        s.from_frequency,
        s.frequency,
        s.parts,
        CAST(
            date_trunc(CASE s.frequency WHEN 'A' THEN 'year' ELSE 'quarter' END,
                       v.period_start - to_months(CAST(v.year_starts - 1 AS INTEGER)))
            + to_months(CAST(v.year_starts - 1 AS INTEGER)) AS DATE
        ) AS period_start
    FROM open_values AS v
    JOIN steps AS s ON s.from_frequency = v.frequency
    WHERE v.summable
),
present AS (
    SELECT
        collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency, parts,
        count(DISTINCT part_start) AS parts_present
    FROM placed
    GROUP BY collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency, parts
    QUALIFY row_number() OVER (
        PARTITION BY collection, reporting_country, measure, breakdown, frequency, period_start
        ORDER BY parts_present / parts DESC, parts DESC
    ) = 1
),
summed AS (
    SELECT
        p.provider, p.collection, p.family, p.measure, p.whose, p.origin_basis, p.reporting_country,
        p.period_start, p.frequency, p.breakdown, p.area, p.sex, p.age_group, p.exploitation, p.citizenship,
        p.counterpart_country, p.counterpart_role, p.legal_basis, p.accompaniment, p.place_of_exploitation,
        p.country_of_exploitation, p.authority_kind, p.identification_status, p.origin_class,
        sum(p.value_low) AS value_low,
        CASE
            WHEN any_value(p.absent_cell) <> 'zero' AND count(DISTINCT p.part_start) < any_value(q.parts_present) THEN NULL
            WHEN count(*) = count(p.value_high) THEN sum(p.value_high)
        END AS value_high,
        any_value(q.parts_present) AS parts_present,
        any_value(p.parts) AS parts_expected,
        nullif(array_to_string(list_sort(list_distinct(list_filter(flatten(list(string_split(coalesce(p.part_flag, ''), '+')))
            || [CASE WHEN any_value(q.parts_present) < any_value(p.parts) THEN 'partial' ELSE '' END], lambda f: f <> ''))), '+'), '') AS flag,
        string_agg(DISTINCT p.submission, ' ' ORDER BY p.submission) AS submissions
    FROM placed AS p
    JOIN present AS q
        USING (collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency)
    GROUP BY ALL
),
sent AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, breakdown, area, sex, age_group, exploitation, citizenship, counterpart_country,
        counterpart_role, legal_basis, accompaniment, place_of_exploitation, country_of_exploitation,
        authority_kind, identification_status, origin_class, value_low, value_high,
        1 AS parts_present, 1 AS parts_expected, flag, submission AS submissions
    FROM open_values
)
SELECT * FROM sent
UNION ALL BY NAME
SELECT
    s.*,
    CAST(s.period_start + to_months(CASE s.frequency WHEN 'A' THEN 12 ELSE 3 END) - INTERVAL 1 DAY AS DATE) AS period_end
FROM summed AS s
ANTI JOIN sent AS t USING (collection, reporting_country, measure, breakdown, frequency, period_start)
