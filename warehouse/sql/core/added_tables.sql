-- Tables that nobody sent by themselves, added up from wider ones: by one dimension; persons brought home.
WITH sent_tables AS (
    SELECT DISTINCT collection, measure, reporting_country, period_start, frequency, breakdown FROM core.figures
),
exhaustive AS (   -- each dimension of a breakdown that may be added up, of one such breakdown a period
    SELECT * FROM (
        SELECT t.*, unnest(string_split(t.breakdown, '+')) AS dimension
        FROM sent_tables AS t
        JOIN registry.exhaustive AS e USING (collection, breakdown)
        WHERE contains(t.breakdown, '+')
    )
    QUALIFY row_number() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency, dimension
        ORDER BY len(breakdown), breakdown
    ) = 1
),
by_counterpart AS (   -- persons brought home, from wherever; one table a period, and only where no total was sent
    SELECT *
    FROM core.figures
    JOIN (SELECT measure FROM core.specification WHERE sum_over = 'counterpart_country') USING (measure)
    ANTI JOIN core.totals USING (collection, measure, reporting_country, period_start, frequency)
    WHERE breakdown IN ('counterpart_country', 'citizenship+counterpart_country')
    QUALIFY dense_rank() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency ORDER BY len(breakdown)
    ) = 1
),
added_up AS (   -- rows that differ only in the other country involved
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown,
        '_T' AS sex, '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, '_T' AS origin_class,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        carried_flags(flag) AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM by_counterpart
    GROUP BY ALL
),
marginals AS (   -- where no table of that dimension alone was sent
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, dimension AS breakdown,
        CASE dimension WHEN 'sex' THEN sex ELSE '_T' END AS sex,
        CASE dimension WHEN 'age_group' THEN age_group ELSE '_T' END AS age_group,
        CASE dimension WHEN 'exploitation' THEN exploitation ELSE '_T' END AS exploitation,
        CASE dimension WHEN 'citizenship' THEN citizenship ELSE '_T' END AS citizenship,
        CASE dimension WHEN 'citizenship' THEN origin_class ELSE '_T' END AS origin_class,
        sum(value_low) AS value_low,
        sum_high(value_high) AS value_high,
        carried_flags(flag) AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM (
        SELECT * FROM exhaustive
        ANTI JOIN (SELECT * RENAME (breakdown AS dimension) FROM sent_tables)
            USING (collection, measure, reporting_country, period_start, frequency, dimension)
        WHERE dimension IN ('sex', 'age_group', 'exploitation', 'citizenship')
    )
    JOIN core.figures USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    NATURAL ANTI JOIN (
        SELECT *, unnest(list_filter(['sex', 'age_group', 'exploitation', 'citizenship'], lambda d: d <> within)) AS dimension
        FROM core.subgroups
    )
    GROUP BY ALL
)
SELECT * FROM marginals
UNION ALL BY NAME
SELECT * FROM added_up
