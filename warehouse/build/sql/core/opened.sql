-- Upper bounds that quarantined rows of submissions in force add to each value. One row per value. From core.openings,
-- core.current, core.spans and the registry. NULL: unbounded.
-- A row that can only be read in part may add to every value it may belong to: all tables of its submission with its
-- dimensions, and all overlapping periods. Each key is reported once, so a row with an unreadable place cannot change a
-- value that another row reported; it adds only to sums (`unsent_high`), unless rows with the same key are added up.
WITH in_force AS (
    SELECT s.collection, s.scope, s.submission
    FROM core.spans AS s
    CROSS JOIN core.settings AS g
    WHERE is_in_force(g.as_of, s.known_from, s.known_to)
),
numbered AS MATERIALIZED (
    SELECT
        row_number() OVER () AS opening,
        o.*, s.collection, s.received_on, c.provider, c.family, c.year_starts, c.absent_cell,
        CASE c.delivery
            WHEN 'by_period' THEN concat_ws(' ', o.reporting_country, o.period_start, o.frequency) ELSE ''
        END AS scope,
        c.delivery = 'by_period' AND (o.frequency IS NULL OR o.reporting_country = '_U') AS has_many_scopes,
        list_filter(string_split(o.breakdown, '+'), lambda d: d <> 'total') AS may_detail,
        string_split(o.unread, '+') AS lost,
        string_split(o.may_lack, '+') AS lacking
    FROM core.openings AS o
    JOIN registry.submissions AS s USING (submission)
    JOIN registry.collections AS c USING (collection)
    WHERE s.status = 'accepted' AND s.withdrawn_on IS NULL AND c.confidentiality = 'open'
),
waiting AS (   -- for a period without accepted rows, the rows of the last submission
    SELECT n.*
    FROM numbered AS n
    LEFT JOIN in_force AS f ON f.collection = n.collection AND f.scope = n.scope
    WHERE f.submission = n.submission
       OR (n.has_many_scopes AND n.submission IN (SELECT i.submission FROM in_force AS i))
       OR (f.submission IS NULL AND n.scope <> '' AND NOT n.has_many_scopes)
    QUALIFY f.submission IS NOT NULL OR n.has_many_scopes OR n.submission = max_by(
        n.submission, (n.received_on, day_number(n.submission))
    ) OVER (PARTITION BY n.collection, n.scope)
),
told AS MATERIALIZED (
    SELECT DISTINCT
        submission, measure, reporting_country, breakdown, frequency, period_start, period_end, {{ dimensions }},
        origin_class
    FROM core.current
    SEMI JOIN waiting USING (submission)
),
tables AS (   -- codes of dimensions that a table lacks are equal in all its rows
    SELECT
        submission, measure, reporting_country, breakdown,
        list_filter(string_split(breakdown, '+'), lambda d: d <> 'total') AS details,
        {{ each_dimension("min($) AS $") }}, min(origin_class) AS origin_class
    FROM told
    GROUP BY ALL
),
fitting AS (
    SELECT
        w.opening, t.measure, t.reporting_country, t.breakdown, t.details,
        {{ each_dimension("CASE
            WHEN NOT list_contains(w.lost, '$') THEN w.$
            WHEN list_contains(t.details, '$') THEN '_U'
            ELSE t.$ END AS $") }},
        CASE
            WHEN NOT list_contains(w.lost, 'citizenship') THEN w.origin_class
            WHEN list_contains(t.details, 'citizenship') THEN 'indeterminate'
            ELSE t.origin_class
        END AS origin_class
    FROM waiting AS w
    JOIN tables AS t
        ON t.submission = w.submission
        AND w.measure IN ('_U', t.measure) AND w.reporting_country IN ('_U', t.reporting_country)
        AND list_has_all(w.may_detail, t.details)
        AND list_has_all(t.details, list_filter(w.may_detail, lambda d: NOT list_contains(w.lacking, d)))
),
placed AS (
    SELECT
        p.*, list_has_any(w.lost, p.details) AS is_unread, w.adds_up OR is_unread OR (
            w.unread = '' AND w.frequency IS NOT NULL AND w.measure <> '_U' AND w.reporting_country <> '_U'
        ) AS adds_to_sent
    FROM fitting AS p
    JOIN waiting AS w USING (opening)
    UNION ALL BY NAME
    SELECT   -- rows that fit no table of the submission
        opening, measure, reporting_country, breakdown, may_detail AS details, {{ dimensions }}, origin_class,
        FALSE AS is_unread, TRUE AS adds_to_sent
    FROM waiting
    ANTI JOIN fitting USING (opening)
    WHERE measure <> '_U' AND reporting_country <> '_U'
),
openings AS (
    SELECT
        p.*, w.submission, w.period_start AS opened_from, w.period_end AS opened_to, w.frequency AS own_frequency,
        w.value_high, w.absent_cell, w.collection, w.provider, w.family, w.origin_basis, w.year_starts,
        m.whose, m.summable
    FROM placed AS p
    JOIN waiting AS w USING (opening)
    JOIN reference.measures AS m ON m.measure = p.measure
    WHERE w.period_start IS NOT NULL OR w.is_number   -- other rows only add the flag
),
sent_periods AS (
    SELECT submission, measure, reporting_country, breakdown, frequency, period_start, period_end FROM told
    UNION
    SELECT submission, measure, reporting_country, breakdown, own_frequency, opened_from, opened_to
    FROM openings
    WHERE own_frequency IS NOT NULL
),
roll_ups AS (
    SELECT * FROM (VALUES ('M', 'Q'), ('M', 'A'), ('Q', 'A')) AS t (from_frequency, frequency)
),
rolled_up AS (
    SELECT DISTINCT
        s.submission, s.measure, s.reporting_country, s.breakdown, r.frequency,
        period_of(r.frequency, s.period_start, c.year_starts) AS period_start
    FROM sent_periods AS s
    JOIN roll_ups AS r ON r.from_frequency = s.frequency
    JOIN (SELECT DISTINCT submission, year_starts FROM openings WHERE summable) AS c USING (submission)
),
periods AS (
    SELECT *, FALSE AS is_rolled_up FROM sent_periods
    UNION ALL BY NAME
    SELECT
        r.*,
        last_day_of(r.frequency, r.period_start) AS period_end,
        TRUE AS is_rolled_up
    FROM rolled_up AS r
    ANTI JOIN sent_periods USING (submission, measure, reporting_country, breakdown, frequency, period_start)
),
reached AS (   -- for persons with an unreadable code, the other parts of the period are unknown too
    SELECT
        o.* EXCLUDE (value_high), p.period_start, p.period_end, p.frequency, p.is_rolled_up,
        CASE WHEN NOT (p.is_rolled_up AND o.is_unread AND o.absent_cell <> 'zero') THEN o.value_high END AS value_high
    FROM openings AS o
    JOIN periods AS p
        ON (p.submission, p.measure, p.reporting_country, p.breakdown)
         = (o.submission, o.measure, o.reporting_country, o.breakdown)
        AND (o.opened_from IS NULL OR (p.period_start <= o.opened_to AND p.period_end >= o.opened_from))
        AND (o.own_frequency IS NULL OR o.own_frequency = p.frequency
             OR (p.is_rolled_up AND (o.own_frequency = 'M' OR p.frequency = 'A')))
)
SELECT
    provider, collection, family, measure, whose, any_value(origin_basis) AS origin_basis,
    reporting_country, period_start, period_end, frequency, breakdown, {{ dimensions }},
    min(origin_class) AS origin_class,
    sum_high_where(adds_to_sent, value_high) AS hidden_high,
    sum_high(value_high) AS unsent_high,
    bool_and(is_rolled_up) AS is_rolled_up,
    string_agg(DISTINCT submission, ' ' ORDER BY submission) AS submissions
FROM reached
GROUP BY ALL
