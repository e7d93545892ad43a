-- The indicators' values: one formula for each form of the catalogue, then one source per country
-- where the catalogue says so, then regional sums with who reported. Nothing is imputed.
WITH exhaustive AS (   -- each dimension of a breakdown that may be added up, where no table of its own was sent
    SELECT f.*, unnest(string_split(f.breakdown, '+')) AS dimension
    FROM core.figures AS f
    JOIN registry.exhaustive AS e USING (collection, breakdown)
    WHERE f.breakdown LIKE '%+%'
),
added_up AS (   -- rows that differ only in the other country involved: persons brought home, from wherever
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown,
        '_T' AS sex, '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, '_T' AS origin_class,
        sum(value_low) AS value_low,
        CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS value_high,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value')))), '+'), '') AS flag,
        provider, collection, string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions
    FROM core.figures
    JOIN (SELECT measure FROM core.specification WHERE sum_over = 'counterpart_country') USING (measure)
    WHERE breakdown IN ('counterpart_country', 'citizenship+counterpart_country')
    GROUP BY ALL
),
marginals AS (
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
    FROM exhaustive AS x
    WHERE dimension IN ('sex', 'age_group', 'exploitation', 'citizenship')
      AND NOT EXISTS (
          SELECT 1 FROM core.figures AS own
          WHERE own.collection = x.collection AND own.measure = x.measure AND own.breakdown = x.dimension
            AND own.reporting_country = x.reporting_country AND own.period_start = x.period_start
            AND own.frequency = x.frequency
      )
    GROUP BY ALL
),
figures AS (   -- figures as sent or rolled up, totals with what puts them in doubt, marginal tables
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, breakdown, sex, age_group,
        exploitation, citizenship, origin_class, place_of_exploitation, value_low, value_high,
        nullif(concat_ws('+', f.flag, CASE WHEN u.citizenship IS NULL THEN NULL ELSE 'unconfirmed_origin' END), '') AS flag,
        provider, collection, submissions
    FROM core.figures AS f
    LEFT JOIN core.unconfirmed AS u USING (collection, measure, reporting_country, period_start, citizenship)
    WHERE breakdown <> 'total'
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
    JOIN reference.population AS p ON p.country = f.reporting_country AND p.year = year(f.period_start)
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
        s.indicator, s.form, f.*,
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
known AS (
    SELECT
        d.*,
        d.form = 'share_each' OR k.in_part AS is_part,
        CASE WHEN d.form = 'share_each' OR k.in_part THEN d.value_low ELSE 0 END AS part_low,
        CASE WHEN d.form = 'share_each' OR k.in_part THEN d.value_high ELSE 0 END AS part_high
    FROM detailed AS d
    JOIN core.specification_codes AS k ON k.indicator = d.indicator AND k.code = d.code
    WHERE k.in_known AND NOT d.counts_as_unknown
),
of_known AS (
    SELECT
        indicator, reporting_country, period_start, period_end, frequency, provider, collection,
        CASE form WHEN 'share_each' THEN code ELSE '' END AS one_code,
        sum(part_low) AS part_low,
        CASE WHEN count(*) = count(part_high) THEN sum(part_high) END AS part_high,
        bool_or(is_part) AS has_part,
        any_value(submissions) AS submissions,
        nullif(array_to_string(list_sort(list_distinct(list_filter(
            flatten(list(string_split(coalesce(flag, ''), '+'))), lambda f: f IN ('partial', 'suspect_value')))), '+'), '') AS flag
    FROM known
    GROUP BY ALL
),
all_known AS (
    SELECT
        indicator, reporting_country, period_start, frequency, provider, collection,
        sum(value_low) AS known_low,
        CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS known_high
    FROM known
    GROUP BY ALL
),
shares AS (
    SELECT
        p.indicator, p.reporting_country, p.period_start, p.period_end, p.frequency,
        '_T' AS sex, '_T' AS age_group, CASE WHEN p.one_code = '' THEN '_T' ELSE p.one_code END AS exploitation,
        '_T' AS origin_class, '_T' AS citizenship, 'known' AS basis,
        p.part_low AS numerator_low, p.part_high AS numerator_high,
        k.known_low AS denominator_low, k.known_high AS denominator_high,
        CASE WHEN k.known_high = 0 THEN NULL
             ELSE coalesce(p.part_low / nullif(p.part_low + (k.known_high - p.part_high), 0), 0) END AS value_low,
        CASE WHEN k.known_high = 0 THEN NULL
             ELSE coalesce(p.part_high / nullif(p.part_high + (k.known_low - p.part_low), 0), 1) END AS value_high,
        CASE WHEN k.known_high = 0 THEN concat_ws('+', p.flag, 'ratio_undefined') ELSE p.flag END AS flag,
        p.provider, p.collection, p.submissions
    FROM of_known AS p
    JOIN all_known AS k USING (indicator, reporting_country, period_start, frequency, provider, collection)
    WHERE p.has_part
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
known_origins AS (   -- persons of known origin over all: what is neither indeterminate nor left out of the table
    SELECT
        s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency, '_T' AS sex, '_T' AS age_group,
        '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        sum(o.known_low) AS numerator_low,
        any_value(o.total_high) - sum(o.hidden_low) AS numerator_high,
        any_value(o.total_low) AS denominator_low, any_value(o.total_high) AS denominator_high,
        CASE WHEN any_value(o.total_high) > 0 AND count(o.share_low) > 0 THEN sum(o.known_low) / any_value(o.total_high) END AS value_low,
        CASE WHEN any_value(o.total_high) > 0 AND count(o.share_low) > 0 THEN (any_value(o.total_high) - sum(o.hidden_low)) / any_value(o.total_high) END AS value_high,
        any_value(o.flag) AS flag, o.provider, o.collection, any_value(o.submissions) AS submissions
    FROM core.specification AS s
    JOIN (
        SELECT *,
            CASE WHEN origin_class IN ('indeterminate', 'not_detailed') THEN 0 ELSE persons_low END AS known_low,
            CASE WHEN origin_class IN ('indeterminate', 'not_detailed') THEN persons_low ELSE 0 END AS hidden_low
        FROM core.origin
    ) AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
    WHERE s.form = 'origin_known'
    GROUP BY ALL
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
    LEFT JOIN reference.population AS p ON p.country = n.reporting_country AND p.year = year(n.period_start)
    WHERE n.form = 'count' AND n.combine = 'preferred' AND n.frequency = 'A'
      AND NOT list_has_any(string_split(coalesce(n.flag, ''), '+'), ['partial', 'suspect_value', 'suspected_partial'])
      AND n.sex = '_T' AND n.age_group = '_T' AND n.exploitation = '_T' AND n.citizenship = '_T'
),
all_members AS (
    SELECT d.period_start, count(*) AS members_total, sum(p.population) AS population
    FROM (SELECT DISTINCT period_start FROM summable) AS d
    JOIN members AS m ON m.valid_from <= d.period_start AND (m.valid_to IS NULL OR m.valid_to >= d.period_start)
    LEFT JOIN reference.population AS p ON p.country = m.member AND p.year = year(d.period_start)
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
        CASE WHEN count(*) > count(s.value_high) OR max(s.value_high) > 0.5 * sum(s.value_low) THEN 'dominated' END AS flag,
        string_agg(DISTINCT s.provider, ' ' ORDER BY s.provider) AS provider,
        string_agg(DISTINCT s.collection, ' ' ORDER BY s.collection) AS collection,
        string_agg(DISTINCT s.submissions, ' ' ORDER BY s.submissions) AS submissions,
        any_value(s.unit) AS unit,
        count(*) AS members_reporting,
        any_value(a.members_total) AS members_total,
        sum(s.population) / any_value(a.population) AS population_share
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
