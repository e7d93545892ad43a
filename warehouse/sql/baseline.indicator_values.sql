-- The indicators' values: one formula for each form of the catalogue, then one source per country
-- where the catalogue says so, then regional sums with who reported. Nothing is imputed.
WITH sent_tables AS (
    SELECT DISTINCT collection, measure, reporting_country, period_start, frequency, breakdown FROM core.figures
),
exhaustive AS (   -- each dimension of a breakdown that may be added up, of one such breakdown a period
    SELECT * FROM (
        SELECT t.*, unnest(string_split(t.breakdown, '+')) AS dimension
        FROM sent_tables AS t
        JOIN registry.exhaustive AS e USING (collection, breakdown)
        WHERE t.breakdown LIKE '%+%'
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
        CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS value_high,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value')))), '+'), '') AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM by_counterpart
    GROUP BY ALL
),
marginals AS MATERIALIZED (   -- where no table of that dimension alone was sent
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, dimension AS breakdown,
        CASE dimension WHEN 'sex' THEN sex ELSE '_T' END AS sex,
        CASE dimension WHEN 'age_group' THEN age_group ELSE '_T' END AS age_group,
        CASE dimension WHEN 'exploitation' THEN exploitation ELSE '_T' END AS exploitation,
        CASE dimension WHEN 'citizenship' THEN citizenship ELSE '_T' END AS citizenship,
        CASE dimension WHEN 'citizenship' THEN origin_class ELSE '_T' END AS origin_class,
        sum(value_low) AS value_low,
        CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS value_high,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value')))), '+'), '') AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM (
        SELECT * FROM exhaustive
        ANTI JOIN (SELECT * RENAME (breakdown AS dimension) FROM sent_tables)
            USING (collection, measure, reporting_country, period_start, frequency, dimension)
        WHERE dimension IN ('sex', 'age_group', 'exploitation', 'citizenship')
    )
    JOIN core.figures USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    GROUP BY ALL
),
figures AS NOT MATERIALIZED (   -- figures as sent or rolled up, totals with what puts them in doubt, marginal tables
    SELECT
        f.family, f.measure, f.reporting_country, f.period_start, f.period_end, f.frequency, f.breakdown, f.sex,
        f.age_group, f.exploitation, f.citizenship, f.origin_class, f.place_of_exploitation, f.value_low, f.value_high,
        CASE WHEN coalesce(f.flag, d.collection, u.citizenship) IS NOT NULL   -- few have any
             THEN nullif(array_to_string(list_sort(string_split(concat_ws('+', f.flag,
                CASE WHEN d.collection IS NULL THEN NULL ELSE 'suspected_partial' END,
                CASE WHEN u.citizenship IS NULL THEN NULL ELSE 'unconfirmed_origin' END), '+')), '+'), '') END AS flag,
        f.provider, f.collection, f.submissions
    FROM core.figures AS f
    LEFT JOIN core.unconfirmed AS u
        ON f.frequency = 'A'
        AND (u.collection, u.measure, u.reporting_country, u.period_start, u.citizenship)
          = (f.collection, f.measure, f.reporting_country, f.period_start, f.citizenship)
    LEFT JOIN (SELECT * FROM core.totals WHERE flag LIKE '%suspected_partial%') AS d
        ON (d.collection, d.measure, d.reporting_country, d.period_start, d.frequency)
         = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
    WHERE f.breakdown <> 'total'
    UNION ALL BY NAME
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, '_T' AS origin_class,
        total_low AS value_low, total_high AS value_high, flag, provider, collection, submissions
    FROM core.totals
    UNION ALL BY NAME
    SELECT * FROM marginals
    UNION ALL BY NAME
    SELECT * FROM added_up
),
counts AS (
    SELECT
        s.indicator, f.reporting_country, f.period_start, f.period_end, f.frequency, f.sex, f.age_group,
        f.exploitation, f.origin_class, f.citizenship, 'all' AS basis,
        f.value_low AS numerator_low, f.value_high AS numerator_high,
        NULL::DOUBLE AS denominator_low, NULL::DOUBLE AS denominator_high,
        f.value_low, f.value_high, f.flag, f.provider, f.collection, f.submissions
    FROM core.specification AS s
    JOIN figures AS f ON f.measure = s.measure AND f.family = s.family
    WHERE s.form = 'count'
      AND (f.breakdown = 'total'
           OR len(list_filter(string_split(f.breakdown, '+'), lambda d: NOT list_contains(string_split(s.slices, '+'), d))) = 0)
),
rates AS (
    SELECT
        s.indicator, f.reporting_country, f.period_start, f.period_end, f.frequency, f.sex, f.age_group,
        f.exploitation, f.origin_class, f.citizenship, 'all' AS basis,
        f.value_low AS numerator_low, f.value_high AS numerator_high,
        p.population AS denominator_low, p.population AS denominator_high,
        CASE WHEN f.value_low >= s.minimum_numerator THEN f.value_low / p.population * s.per END AS value_low,
        CASE WHEN f.value_low >= s.minimum_numerator THEN f.value_high / p.population * s.per END AS value_high,
        CASE WHEN f.value_low >= s.minimum_numerator THEN f.flag
             ELSE concat_ws('+', f.flag, 'small_numerator') END AS flag,
        f.provider, f.collection, f.submissions
    FROM core.specification AS s
    JOIN figures AS f ON f.measure = s.measure AND f.family = s.family
    JOIN reference.population AS p
        ON p.country = f.reporting_country AND p.year = year(f.period_start + INTERVAL 6 MONTH)   -- in its middle
    WHERE s.form = 'rate' AND f.breakdown = 'total' AND f.frequency = 'A'
),
one_group AS (   -- "other" equal to "unknown" in the same period is one group, counted once, as unknown
    SELECT DISTINCT o.collection, o.measure, o.reporting_country, o.period_start, o.frequency
    FROM core.figures AS o
    JOIN core.figures AS u USING (collection, measure, reporting_country, period_start, frequency)
    WHERE o.sex = '_O' AND o.breakdown = 'sex'
      AND u.sex = '_U' AND u.age_group IN ('_T', '_U') AND u.breakdown IN ('sex', 'age_group+sex')
      AND o.value_low = o.value_high AND u.value_low = u.value_high AND o.value_low = u.value_low AND o.value_low > 0
),
detailed AS (
    SELECT
        s.indicator, s.form, s.dimension, f.*,
        CASE s.dimension WHEN 'sex' THEN f.sex WHEN 'age_group' THEN f.age_group WHEN 'exploitation' THEN f.exploitation
            WHEN 'place_of_exploitation' THEN f.place_of_exploitation END AS code,
        s.dimension = 'sex' AND f.sex = '_O' AND g.collection IS NOT NULL AS counts_as_unknown
    FROM core.specification AS s
    JOIN figures AS f ON f.measure = s.measure AND f.family = s.family AND f.breakdown = s.dimension
    LEFT JOIN one_group AS g
        ON (g.collection, g.measure, g.reporting_country, g.period_start, g.frequency)
         = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
    WHERE s.form IN ('share', 'share_each')
),
known AS (   -- what is known, under its main group; what a group counts is not counted again by its subgroups
    SELECT
        d.*,
        k.in_part OR d.form = 'share_each' AS is_part,
        CASE d.form WHEN 'share_each' THEN coalesce(nullif(c.parent, '_T'), d.code) ELSE '' END AS one_code
    FROM detailed AS d
    JOIN core.specification_codes AS k ON k.indicator = d.indicator AND k.code = d.code
    JOIN reference.codes AS c ON c.codelist = d.dimension AND c.code = d.code
    WHERE k.in_known AND NOT d.counts_as_unknown
      AND NOT EXISTS (
          SELECT 1 FROM detailed AS main
          WHERE main.code = c.parent AND main.code <> '_T' AND main.indicator = d.indicator
            AND main.collection = d.collection AND main.reporting_country = d.reporting_country
            AND main.period_start = d.period_start AND main.frequency = d.frequency
      )
),
parts AS (
    SELECT
        indicator, form, reporting_country, period_start, period_end, frequency, provider, collection, measure, one_code,
        sum(value_low) AS part_low,
        CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS part_high
    FROM known
    WHERE is_part
    GROUP BY ALL
),
others AS (   -- the known who are not of the part
    SELECT
        p.indicator, p.reporting_country, p.period_start, p.frequency, p.collection, p.one_code,
        sum(k.value_low) AS others_low,
        CASE WHEN count(*) = count(k.value_high) THEN sum(k.value_high) END AS others_high
    FROM parts AS p
    JOIN known AS k USING (indicator, reporting_country, period_start, frequency, collection)
    WHERE CASE p.form WHEN 'share_each' THEN k.one_code <> p.one_code ELSE NOT k.is_part END
    GROUP BY ALL
),
tables AS (   -- of the whole table: how many it lists, unknown ones too, and what puts it in doubt
    SELECT
        indicator, reporting_country, period_start, frequency, collection,
        sum(value_low) AS listed_low,
        any_value(submissions) AS submissions,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value', 'suspected_partial')))), '+'), '') AS flag
    FROM detailed
    GROUP BY ALL
),
parted AS (   -- where only the part is named and zeros are not told, the others may be all whom the table leaves out
    SELECT
        p.*, t.flag, t.submissions,
        coalesce(o.others_low, 0) AS others_low,
        CASE
            WHEN o.others_low IS NOT NULL THEN o.others_high
            WHEN c.absent_cell = 'zero' THEN 0
            WHEN n.total_high IS NOT NULL THEN greatest(0, n.total_high - t.listed_low)
        END AS others_high
    FROM parts AS p
    JOIN tables AS t USING (indicator, reporting_country, period_start, frequency, collection)
    JOIN (SELECT collection, absent_cell FROM registry.collections) AS c USING (collection)
    LEFT JOIN others AS o USING (indicator, reporting_country, period_start, frequency, collection, one_code)
    LEFT JOIN core.totals AS n USING (collection, measure, reporting_country, period_start, frequency)
),
shares AS (
    SELECT
        indicator, reporting_country, period_start, period_end, frequency,
        '_T' AS sex, '_T' AS age_group, CASE WHEN one_code = '' THEN '_T' ELSE one_code END AS exploitation,
        '_T' AS origin_class, '_T' AS citizenship, 'known' AS basis,
        part_low AS numerator_low, part_high AS numerator_high,
        part_low + others_low AS denominator_low, part_high + others_high AS denominator_high,
        CASE
            WHEN part_high + others_high = 0 THEN NULL
            WHEN others_high = 0 THEN 1
            ELSE coalesce(part_low / nullif(part_low + others_high, 0), 0)
        END AS value_low,
        CASE
            WHEN part_high + others_high = 0 THEN NULL
            WHEN part_high = 0 THEN 0
            ELSE coalesce(part_high / (part_high + others_low), 1)
        END AS value_high,
        CASE WHEN part_high + others_high = 0 THEN concat_ws('+', flag, 'ratio_undefined') ELSE flag END AS flag,
        provider, collection, submissions
    FROM parted
),
origins AS (
    SELECT
        s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency, '_T' AS sex, '_T' AS age_group,
        '_T' AS exploitation, o.origin_class, '_T' AS citizenship, 'all' AS basis,
        o.persons_low AS numerator_low, o.possible_high AS numerator_high,
        o.total_low AS denominator_low, o.total_high AS denominator_high,
        o.share_low AS value_low, o.share_high AS value_high, o.flag, o.provider, o.collection, o.submissions
    FROM core.specification AS s
    JOIN core.origin AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
    WHERE s.form = 'origin_share'
),
pooled AS (   -- both counts of each of the last years, none of them in doubt; sums over sums, never a percentage
    SELECT
        s.indicator, n.reporting_country, n.period_start, n.period_end, n.frequency, n.provider, n.collection,
        n.submissions, s.pool_years, s.per,
        count(*) OVER years AS n_years,
        min(n.period_start) OVER years AS first_start,
        sum(n.total_low) OVER years AS numerator_low,
        CASE WHEN count(*) OVER years = count(n.total_high) OVER years THEN sum(n.total_high) OVER years END AS numerator_high,
        sum(d.total_low) OVER years AS denominator_low,
        CASE WHEN count(*) OVER years = count(d.total_high) OVER years THEN sum(d.total_high) OVER years END AS denominator_high
    FROM core.specification AS s
    JOIN core.totals AS n ON n.measure = s.measure AND n.family = s.family
    JOIN core.totals AS d
        ON d.measure = s.denominator_measure AND d.family = s.family AND d.collection = n.collection
        AND d.reporting_country = n.reporting_country AND d.period_start = n.period_start AND d.frequency = n.frequency
    WHERE s.form = 'ratio' AND n.frequency = 'A' AND n.flag IS NULL AND d.flag IS NULL
    WINDOW years AS (
        PARTITION BY s.indicator, n.collection, n.reporting_country ORDER BY n.period_start
        RANGE BETWEEN to_years(CAST(s.pool_years - 1 AS INTEGER)) PRECEDING AND CURRENT ROW
    )
),
ratios AS (
    SELECT
        indicator, reporting_country, first_start AS period_start, period_end, frequency, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        numerator_low, numerator_high, denominator_low, denominator_high,
        CASE WHEN denominator_high = 0 THEN NULL
             WHEN denominator_high IS NULL THEN 0 ELSE per * numerator_low / denominator_high END AS value_low,
        per * numerator_high / nullif(denominator_low, 0) AS value_high,
        CASE WHEN denominator_low = 0 THEN 'ratio_undefined' END AS flag,
        provider, collection, submissions
    FROM pooled
    WHERE n_years = pool_years
),
known_sums AS (   -- persons of known origin, and those who are indeterminate or left out of the table
    SELECT
        s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency, o.provider, o.collection,
        sum(o.known_low) AS known_low,
        sum(o.hidden_low) AS hidden_low,
        CASE WHEN count(*) = count(o.hidden_high) THEN sum(o.hidden_high) END AS hidden_high,
        any_value(o.total_low) AS total_low, any_value(o.total_high) AS total_high,
        count(o.share_low) = 0 AS withheld,
        any_value(o.flag) AS flag, any_value(o.submissions) AS submissions
    FROM core.specification AS s
    JOIN (
        SELECT *,
            origin_class IN ('indeterminate', 'not_detailed') AS is_hidden,
            CASE WHEN is_hidden THEN 0 ELSE persons_low END AS known_low,
            CASE WHEN is_hidden THEN persons_low ELSE 0 END AS hidden_low,
            CASE WHEN is_hidden THEN persons_high ELSE 0 END AS hidden_high
        FROM core.origin
    ) AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
    WHERE s.form = 'origin_known'
    GROUP BY ALL
),
known_origins AS (   -- over all
    SELECT
        indicator, reporting_country, period_start, period_end, frequency, '_T' AS sex, '_T' AS age_group,
        '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        known_low AS numerator_low,
        CASE WHEN NOT withheld THEN total_high - hidden_low END AS numerator_high,
        total_low AS denominator_low, total_high AS denominator_high,
        CASE
            WHEN withheld THEN NULL
            WHEN hidden_high = 0 THEN 1
            ELSE coalesce(known_low / least(total_high, known_low + hidden_high), 0)
        END AS value_low,
        CASE WHEN NOT withheld THEN coalesce((total_high - hidden_low) / total_high, 1) END AS value_high,
        flag, provider, collection, submissions
    FROM known_sums
),
every_source AS (
    SELECT * FROM counts
    UNION ALL BY NAME SELECT * FROM ratios
    UNION ALL BY NAME SELECT * FROM known_origins
    UNION ALL BY NAME SELECT * FROM rates
    UNION ALL BY NAME SELECT * FROM shares
    UNION ALL BY NAME SELECT * FROM origins
),
national AS (
    SELECT v.*, s.unit, s.combine, s.form
    FROM every_source AS v
    JOIN core.specification AS s USING (indicator)
    LEFT JOIN core.specification_sources AS r ON r.indicator = v.indicator AND r.collection = v.collection
    -- one source for a country's whole series, so that no series changes its source unsaid
    QUALIFY s.combine = 'each' OR dense_rank() OVER (
        PARTITION BY v.indicator, v.reporting_country ORDER BY coalesce(r.preference, 1000), v.collection
    ) = 1
),
members AS (
    SELECT g.grouping, g.member, g.valid_from, g.valid_to
    FROM reference.groupings AS g
    JOIN core.settings AS s ON s.grouping = g.grouping
),
summable AS (   -- what may enter a regional sum: whole years that nobody has put in doubt
    SELECT n.*, m.grouping, p.population
    FROM national AS n
    JOIN members AS m
        ON m.member = n.reporting_country AND m.valid_from <= n.period_start
        AND (m.valid_to IS NULL OR m.valid_to >= n.period_start)
    LEFT JOIN reference.population AS p
        ON p.country = n.reporting_country AND p.year = year(n.period_start + INTERVAL 6 MONTH)
    WHERE n.form = 'count' AND n.combine = 'preferred' AND n.frequency = 'A'
      AND NOT list_has_any(string_split(coalesce(n.flag, ''), '+'), ['partial', 'suspect_value', 'suspected_partial'])
      AND n.sex = '_T' AND n.age_group = '_T' AND n.exploitation = '_T' AND n.citizenship = '_T'
),
all_members AS (
    SELECT
        d.period_start, count(*) AS members_total,
        CASE WHEN count(*) = count(p.population) THEN sum(p.population) END AS population
    FROM (SELECT DISTINCT period_start FROM summable) AS d
    JOIN members AS m ON m.valid_from <= d.period_start AND (m.valid_to IS NULL OR m.valid_to >= d.period_start)
    LEFT JOIN reference.population AS p ON p.country = m.member AND p.year = year(d.period_start + INTERVAL 6 MONTH)
    GROUP BY ALL
),
regional AS (
    SELECT
        s.indicator, s.grouping AS reporting_country, s.period_start, s.period_end, s.frequency, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        sum(s.value_low) AS numerator_low,
        CASE WHEN count(*) = count(s.value_high) THEN sum(s.value_high) END AS numerator_high,
        sum(s.value_low) AS value_low,
        CASE WHEN count(*) = count(s.value_high) THEN sum(s.value_high) END AS value_high,
        CASE WHEN count(*) > count(s.value_high) OR max(s.value_high + s.value_low) > sum(s.value_low) THEN 'dominated' END AS flag,
        string_agg(DISTINCT s.provider, ' ' ORDER BY s.provider) AS provider,
        string_agg(DISTINCT s.collection, ' ' ORDER BY s.collection) AS collection,
        string_agg(DISTINCT s.submissions, ' ' ORDER BY s.submissions) AS submissions,
        any_value(s.unit) AS unit,
        count(*) AS members_reporting,
        any_value(a.members_total) AS members_total,
        CASE WHEN count(*) = count(s.population) THEN sum(s.population) / any_value(a.population) END AS population_share
    FROM summable AS s
    JOIN all_members AS a USING (period_start)
    GROUP BY ALL
),
reporting AS (   -- members that reported, over all, with the population they stand for
    SELECT
        s.indicator, r.reporting_country, r.period_start, r.period_end, r.frequency, '_T' AS sex, '_T' AS age_group,
        '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        r.members_reporting AS numerator_low, r.members_reporting AS numerator_high,
        r.members_total AS denominator_low, r.members_total AS denominator_high,
        r.members_reporting / r.members_total AS value_low, r.members_reporting / r.members_total AS value_high,
        NULL AS flag, r.provider, r.collection, r.submissions, s.unit,
        r.members_reporting, r.members_total, r.population_share
    FROM core.specification AS s
    JOIN core.specification AS c ON c.form = 'count' AND c.measure = s.measure
    JOIN regional AS r ON r.indicator = c.indicator
    WHERE s.form = 'coverage'
)
SELECT
    v.* EXCLUDE (combine, form),
    g.grouping,
    CASE WHEN v.flag LIKE '%partial%' THEN 'P' ELSE 'A' END AS obs_status
FROM (
    SELECT * FROM national
    UNION ALL BY NAME SELECT * FROM regional
    UNION ALL BY NAME SELECT * FROM reporting
) AS v
CROSS JOIN core.settings AS g
