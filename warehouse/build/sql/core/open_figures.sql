-- Values in force by year, quarter and month, from open collections only. One row per reported value, and per sum of
-- months or quarters for periods that were not reported. From core.current and the registry. `value_high` is NULL
-- (unbounded) if a part's is, or if a missing part is not zero by the card.
-- Months are summed to quarters and years only for measures that can be summed; a period with missing parts is flagged
-- partial. If a year has months and quarters, the ones that cover more of it are summed, never both.
WITH open_values AS NOT MATERIALIZED (
    SELECT
        o.* EXCLUDE (flag), c.year_starts, c.absent_cell, m.summable,
        CASE WHEN k.observation IS NULL AND u.submission IS NULL THEN o.flag ELSE joined_flags(list_transform(
            flags_of(o.flag), lambda f: CASE WHEN f = 'suspect_value' AND k.observation IS NOT NULL
                THEN 'confirmed_value' ELSE f END
        ) || [CASE WHEN u.submission IS NOT NULL THEN 'rows_in_quarantine' END]) END AS flag
    FROM core.current AS o
    LEFT JOIN core.confirmed AS k USING (observation)
    LEFT JOIN core.unplaced AS u ON u.submission = o.submission AND u.reporting_country = o.reporting_country
    JOIN registry.collections AS c USING (collection)
    JOIN reference.measures AS m USING (measure)
    WHERE c.confidentiality = 'open'
),
roll_ups AS (
    SELECT * FROM (VALUES ('M', 'Q', 3), ('M', 'A', 12), ('Q', 'A', 4)) AS t (from_frequency, frequency, parts)
),
lines AS MATERIALIZED (   -- columns that do not depend on the period, numbered: sums over narrow keys cost a tenth
    SELECT row_number() OVER () AS line, *
    FROM (
        SELECT DISTINCT
            provider, collection, family, measure, whose, origin_basis, reporting_country, frequency AS from_frequency,
            breakdown, {{ dimensions }}
        FROM open_values
        WHERE summable
    )
),
parts_in_periods AS (
    SELECT
        l.line, s.frequency, s.parts, v.period_start AS part_start, v.value_low, v.value_high, v.origin_class,
        nullif(v.flag, '') AS part_flag,
        period_of(s.frequency, v.period_start, v.year_starts) AS period_start
    FROM (SELECT * RENAME (frequency AS from_frequency) FROM open_values WHERE summable) AS v
    JOIN lines AS l USING (
        provider, collection, family, measure, whose, origin_basis, reporting_country, from_frequency, breakdown,
        {{ dimensions }}
    )
    JOIN roll_ups AS s USING (from_frequency)
),
period_sums AS MATERIALIZED (   -- `months`: a bit for each month of the period in which a part starts
    SELECT
        line, frequency, period_start, parts,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        arg_min(origin_class, part_start) AS first_class,
        bit_or(1 << datediff('month', period_start, part_start)) AS months,
        string_agg(part_flag, '+') AS part_flags
    FROM parts_in_periods
    GROUP BY ALL
),
reported_parts AS (
    SELECT
        collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency,
        bit_count(bit_or(months)) AS parts_present
    FROM period_sums
    JOIN lines USING (line)
    GROUP BY collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency, parts
    QUALIFY row_number() OVER (
        PARTITION BY collection, reporting_country, measure, breakdown, frequency, period_start
        ORDER BY parts_present / parts DESC, parts DESC
    ) = 1
),
senders AS (   -- each collection, country and month has one submission in force, so the months identify the submissions
    SELECT DISTINCT collection, reporting_country, frequency AS from_frequency, period_start AS part_start, submission
    FROM open_values
),
submissions_of AS (
    SELECT
        collection, reporting_country, from_frequency, frequency, period_start, months,
        string_agg(DISTINCT submission, ' ' ORDER BY submission) AS submissions
    FROM (
        SELECT DISTINCT collection, reporting_country, from_frequency, frequency, period_start, months
        FROM period_sums
        JOIN lines USING (line)
    )
    JOIN senders USING (collection, reporting_country, from_frequency)
    WHERE part_start BETWEEN period_start AND period_start + INTERVAL 11 MONTH
      AND months & (1 << datediff('month', period_start, part_start)) <> 0
    GROUP BY ALL
),
classed AS (   -- the class at the period's start, even if a state joined the grouping within the period
    SELECT
        s.* EXCLUDE (first_class),
        CASE
            WHEN s.first_class = '_T' THEN '_T'
            WHEN m.member IS NULL THEN '_Z'
            ELSE coalesce(k.origin_class, s.first_class)
        END AS origin_class
    FROM (FROM period_sums JOIN lines USING (line)) AS s
    CROSS JOIN core.settings AS g
    LEFT JOIN reference.groupings AS m
        ON m.grouping = g.grouping AND m.member = s.reporting_country
        AND s.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, s.period_start)
    LEFT JOIN reference.origin_classes AS k
        ON (k.grouping, k.reporting_country, k.citizenship) = (g.grouping, s.reporting_country, s.citizenship)
        AND s.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, s.period_start)
),
summed AS (
    SELECT
        * EXCLUDE (line, from_frequency, parts, value_high, months, part_flags, absent_cell),
        CASE WHEN absent_cell = 'zero' OR bit_count(months) = parts_present THEN value_high END AS value_high,
        parts AS parts_expected,
        CASE
            WHEN part_flags IS NOT NULL OR parts_present < parts
            THEN joined_flags(flags_of(part_flags) || [CASE WHEN parts_present < parts THEN 'partial' END])
        END AS flag
    FROM classed
    JOIN reported_parts
        USING (collection, reporting_country, measure, breakdown, frequency, period_start, from_frequency)
    JOIN submissions_of USING (collection, reporting_country, from_frequency, frequency, period_start, months)
    JOIN (SELECT collection, absent_cell FROM registry.collections) USING (collection)
),
sent_values AS (
    SELECT
        provider, collection, family, measure, whose, origin_basis, reporting_country, period_start, period_end,
        frequency, breakdown, {{ dimensions }}, origin_class, value_low, value_high,
        1 AS parts_present, 1 AS parts_expected, flag, submission AS submissions
    FROM open_values
),
told AS NOT MATERIALIZED (
    SELECT * FROM sent_values
    UNION ALL BY NAME
    SELECT
        s.*,
        last_day_of(s.frequency, s.period_start) AS period_end
    FROM summed AS s
    ANTI JOIN (
        SELECT DISTINCT collection, reporting_country, measure, breakdown, frequency, period_start FROM sent_values
    ) AS t
        USING (collection, reporting_country, measure, breakdown, frequency, period_start)
),
only_waiting AS (   -- values without an accepted row: from 0 to the quarantined persons
    SELECT
        o.* EXCLUDE (hidden_high, unsent_high, is_rolled_up),
        0 AS value_low,
        CASE WHEN NOT o.is_rolled_up OR c.absent_cell = 'zero' THEN o.unsent_high END AS value_high,
        o.unsent_high AS waiting_high,
        CASE WHEN o.is_rolled_up THEN coalesce(r.parts_present, 0) ELSE 1 END AS parts_present,
        CASE WHEN NOT o.is_rolled_up THEN 1 ELSE s.parts END AS parts_expected,
        CASE WHEN o.is_rolled_up AND coalesce(r.parts_present, 0) < s.parts
             THEN 'partial+rows_in_quarantine' ELSE 'rows_in_quarantine' END AS flag
    FROM (
        FROM core.opened
        ANTI JOIN (SELECT * FROM told SEMI JOIN core.opened USING (collection)) USING (collection, breakdown, {{ key }})
    ) AS o
    JOIN (SELECT collection, absent_cell FROM registry.collections) AS c USING (collection)
    LEFT JOIN reported_parts AS r
        USING (collection, reporting_country, measure, breakdown, frequency, period_start)
    LEFT JOIN roll_ups AS s ON s.frequency = o.frequency AND s.from_frequency = coalesce(r.from_frequency, 'M')
    WHERE o.unsent_high IS NULL OR o.unsent_high > 0
)
SELECT
    t.* REPLACE (
        CASE
            WHEN o.collection IS NULL THEN t.value_high
            ELSE t.value_high + CASE WHEN t.parts_expected = 1 THEN o.hidden_high ELSE o.unsent_high END
        END AS value_high,
        CASE WHEN o.collection IS NULL THEN t.flag ELSE joined_flags(flags_of(t.flag) || ['rows_in_quarantine']) END
            AS flag
    ),
    CASE
        WHEN o.collection IS NULL THEN 0 WHEN t.parts_expected = 1 THEN o.hidden_high ELSE o.unsent_high
    END AS waiting_high
FROM told AS t
LEFT JOIN (SELECT collection, breakdown, {{ key }}, hidden_high, unsent_high FROM core.opened) AS o
    USING (collection, breakdown, {{ key }})
UNION ALL BY NAME
SELECT * FROM only_waiting
