-- The indicators' values: one formula for each form of the catalogue, then one source per country and
-- period where the catalogue says so, then regional sums with who reported. Nothing is imputed.
WITH figures AS (   -- figures as sent or rolled up, and totals summed over an exhaustive breakdown
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, breakdown, sex, age_group,
        exploitation, citizenship, origin_class, value_low, value_high, flag, provider, collection, submissions
    FROM core.figures
    UNION ALL BY NAME
    SELECT
        family, measure, reporting_country, period_start, period_end, frequency, 'total' AS breakdown, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS citizenship, '_T' AS origin_class,
        total_low AS value_low, total_high AS value_high, flag, provider, collection, submissions
    FROM core.totals
    WHERE total_source <> 'sent'
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
        CASE s.dimension WHEN 'sex' THEN f.sex WHEN 'age_group' THEN f.age_group WHEN 'exploitation' THEN f.exploitation END AS code,
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
every_source AS (
    SELECT * FROM counts
    UNION ALL BY NAME SELECT * FROM rates
    UNION ALL BY NAME SELECT * FROM shares
    UNION ALL BY NAME SELECT * FROM origins
),
national AS (
    SELECT v.*, s.unit, s.combine, s.form
    FROM every_source AS v
    JOIN core.specification AS s USING (indicator)
    LEFT JOIN core.specification_sources AS r ON r.indicator = v.indicator AND r.collection = v.collection
    QUALIFY s.combine = 'each' OR dense_rank() OVER (
        PARTITION BY v.indicator, v.reporting_country, v.period_start, v.frequency
        ORDER BY coalesce(r.preference, 1000), v.collection
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
    WHERE n.form = 'count' AND n.combine = 'preferred' AND n.frequency = 'A' AND n.flag IS NULL
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
)
SELECT
    v.* EXCLUDE (combine, form),
    g.grouping,
    CASE WHEN v.flag LIKE '%partial%' THEN 'P' ELSE 'A' END AS obs_status
FROM (SELECT * FROM national UNION ALL BY NAME SELECT * FROM regional) AS v
CROSS JOIN core.settings AS g
