-- The indicators' values by country: one formula for each form of the catalogue, one source per country where the
-- catalogue says so, and what stewards have decided on breaks. Nothing is imputed.
WITH counts AS (
    SELECT
        s.indicator, f.reporting_country, f.period_start, f.period_end, f.frequency, f.sex, f.age_group,
        f.exploitation, f.origin_class, f.citizenship, 'all' AS basis,
        f.value_low AS numerator_low, f.value_high AS numerator_high,
        NULL::DOUBLE AS denominator_low, NULL::DOUBLE AS denominator_high,
        f.value_low, f.value_high, f.flag, f.provider, f.collection, f.submissions
    FROM core.specification AS s
    JOIN core.all_figures AS f ON f.measure = s.measure AND f.family = s.family
    WHERE s.form = 'count'
      AND (f.breakdown = 'total'
           OR len(list_filter(string_split(f.breakdown, '+'), lambda d: NOT list_contains(string_split(s.slices, '+'), d))) = 0)
),
rate_years AS (
    SELECT
        s.indicator, s.per, s.pool_years, s.minimum_numerator, f.reporting_country, f.period_start, f.period_end, f.frequency,
        f.value_low AS numerator_low, f.value_high AS numerator_high, p.population, p.revision, f.flag, f.provider, f.collection, f.submissions,
        f.value_low < s.minimum_numerator AS is_small
    FROM core.specification AS s
    JOIN core.all_figures AS f ON f.measure = s.measure AND f.family = s.family
    JOIN reference.population AS p
        ON p.country = f.reporting_country AND p.year = year(f.period_start + INTERVAL 6 MONTH)   -- in its middle
    WHERE s.form = 'rate' AND f.breakdown = 'total' AND f.frequency = 'A'
),
pooled_rate_years AS (   -- where a year alone has too few: several years together, none of them in doubt
    SELECT
        * EXCLUDE (period_start, numerator_low, numerator_high, population, revision, flag, submissions),
        count(*) OVER years AS n_years,
        period_start AS last_start,
        min(period_start) OVER years AS period_start,
        sum(numerator_low) OVER years AS numerator_low,
        CASE WHEN count(*) OVER years = count(numerator_high) OVER years THEN sum(numerator_high) OVER years END AS numerator_high,
        sum(population) OVER years AS population,
        list(submissions) OVER years AS all_submissions,
        array_to_string(list_sort(list_distinct(list(revision) OVER years)), '; ') AS revision
    FROM rate_years
    WHERE pool_years > 1
      AND NOT is_out_of_sums(flag)
    WINDOW years AS (
        PARTITION BY indicator, collection, reporting_country ORDER BY period_start
        RANGE BETWEEN to_years(CAST(pool_years - 1 AS INTEGER)) PRECEDING AND CURRENT ROW
    )
),
rates AS (
    SELECT
        indicator, reporting_country, period_start, period_end, frequency, '_T' AS sex, '_T' AS age_group, '_T' AS exploitation,
        '_T' AS origin_class, '_T' AS citizenship, basis, numerator_low, numerator_high,
        population AS denominator_low, population AS denominator_high, revision AS denominator_source,
        CASE WHEN numerator_low >= minimum_numerator THEN numerator_low / population * per END AS value_low,
        CASE WHEN numerator_low >= minimum_numerator THEN numerator_high / population * per END AS value_high,
        CASE WHEN numerator_low >= minimum_numerator THEN flag ELSE concat_ws('+', flag, 'small_numerator') END AS flag,
        provider, collection, submissions
    FROM (
        SELECT *, 'all' AS basis FROM rate_years
        UNION ALL BY NAME
        SELECT *, 'pooled' AS basis, joined_words(all_submissions) AS submissions
        FROM pooled_rate_years WHERE n_years = pool_years AND is_small
    )
),
one_group AS (   -- "other" equal to "unknown" in the same period is one group, counted once, as unknown
    SELECT o.collection, o.measure, o.reporting_country, o.period_start, o.frequency, bool_or(u.breakdown = 'sex') AS in_one_table
    FROM core.figures AS o
    JOIN core.figures AS u USING (collection, measure, reporting_country, period_start, frequency)
    WHERE o.sex = '_O' AND o.breakdown = 'sex'
      AND u.sex = '_U' AND u.age_group IN ('_T', '_U') AND u.breakdown IN ('sex', 'age_group+sex')
      AND o.value_low = o.value_high AND u.value_low = u.value_high AND o.value_low = u.value_low AND o.value_low > 0
    GROUP BY ALL
),
detailed AS (
    SELECT
        s.indicator, s.form, s.dimension, f.*,
        CASE s.dimension WHEN 'sex' THEN f.sex WHEN 'age_group' THEN f.age_group WHEN 'exploitation' THEN f.exploitation
            WHEN 'place_of_exploitation' THEN f.place_of_exploitation END AS code,
        s.dimension = 'sex' AND f.sex = '_O' AND g.collection IS NOT NULL AS counts_as_unknown,
        counts_as_unknown AND g.in_one_table AS is_again
    FROM core.specification AS s
    JOIN core.all_figures AS f ON f.measure = s.measure AND f.family = s.family AND f.breakdown = s.dimension
    LEFT JOIN one_group AS g
        ON (g.collection, g.measure, g.reporting_country, g.period_start, g.frequency)
         = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
    WHERE s.form IN ('share', 'share_each')
),
once AS (   -- what a group counts is not counted again by its subgroups
    SELECT d.*, nullif(c.parent, '_T') AS main_code
    FROM detailed AS d
    JOIN reference.codes AS c ON c.codelist = d.dimension AND c.code = d.code
    WHERE NOT d.is_again
      AND NOT EXISTS (
          SELECT 1 FROM detailed AS main
          WHERE main.code = c.parent AND main.code <> '_T' AND main.indicator = d.indicator
            AND main.collection = d.collection AND main.reporting_country = d.reporting_country
            AND main.period_start = d.period_start AND main.frequency = d.frequency
      )
),
known AS (   -- what is known, under its main group
    SELECT
        o.*,
        k.in_part OR o.form = 'share_each' AS is_part,
        CASE o.form WHEN 'share_each' THEN coalesce(o.main_code, o.code) ELSE '' END AS one_code
    FROM once AS o
    JOIN core.specification_codes AS k ON k.indicator = o.indicator AND k.code = o.code
    WHERE k.in_known AND NOT o.counts_as_unknown
),
parts AS (
    SELECT
        indicator, form, reporting_country, period_start, period_end, frequency, provider, collection, measure, one_code,
        sum(value_low) AS part_low,
        sum_high(value_high) AS part_high
    FROM known
    WHERE is_part
    GROUP BY ALL
),
others AS (   -- the known who are not of the part
    SELECT
        p.indicator, p.reporting_country, p.period_start, p.frequency, p.collection, p.one_code,
        sum(k.value_low) AS others_low,
        sum_high(k.value_high) AS others_high
    FROM parts AS p
    JOIN known AS k USING (indicator, reporting_country, period_start, frequency, collection)
    WHERE CASE p.form WHEN 'share_each' THEN k.one_code <> p.one_code ELSE NOT k.is_part END
    GROUP BY ALL
),
tables AS (   -- of the whole table: how many it lists, unknown ones too, and what puts it in doubt
    SELECT
        indicator, reporting_country, period_start, frequency, collection,
        sum(value_low) AS listed_low,
        sum_high(value_high) AS listed_high,
        any_value(submissions) AS submissions,
        carried_flags(flag) AS flag
    FROM once
    GROUP BY ALL
),
parted AS (   -- where only the part is named and zeros are not told, the others may be all whom the table leaves out
    SELECT
        p.*, t.flag, t.submissions,
        CASE WHEN n.collection IS NULL THEN t.listed_high   -- a total without an upper bound has no greatest
             WHEN n.total_high IS NOT NULL THEN greatest(n.total_high, t.listed_low) END AS all_high,
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
        (part_low + others_low) / nullif(all_high, 0) AS known_share_low,
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
        s.indicator, o.measure, o.reporting_country, o.period_start, o.period_end, o.frequency, '_T' AS sex, '_T' AS age_group,
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
        list(n.submissions) OVER years || list(d.submissions) OVER years AS all_submissions, s.pool_years, s.per,
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
    WHERE s.form = 'ratio' AND n.frequency = 'A'
      AND NOT is_out_of_ratios(n.flag) AND NOT is_out_of_ratios(d.flag)
    WINDOW years AS (
        PARTITION BY s.indicator, n.collection, n.reporting_country ORDER BY n.period_start
        RANGE BETWEEN to_years(CAST(s.pool_years - 1 AS INTEGER)) PRECEDING AND CURRENT ROW
    )
),
ratios AS (
    SELECT
        indicator, reporting_country, first_start AS period_start, period_end, frequency, '_T' AS sex,
        '_T' AS age_group, '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, CASE WHEN pool_years > 1 THEN 'pooled' ELSE 'all' END AS basis,
        numerator_low, numerator_high, denominator_low, denominator_high,
        CASE WHEN denominator_high = 0 THEN NULL
             WHEN denominator_high IS NULL THEN 0 ELSE per * numerator_low / denominator_high END AS value_low,
        per * numerator_high / nullif(denominator_low, 0) AS value_high,
        CASE WHEN denominator_low = 0 THEN 'ratio_undefined' END AS flag,
        provider, collection, joined_words(all_submissions) AS submissions
    FROM pooled
    WHERE n_years = pool_years
),
known_sums AS (   -- persons of known origin, and those who are indeterminate or left out of the table
    SELECT
        s.indicator, o.reporting_country, o.period_start, o.period_end, o.frequency, o.provider, o.collection,
        sum(o.known_low) AS known_low,
        sum_high(o.known_high) AS known_high,
        sum(o.unclear_low) AS unclear_low,
        sum_high(o.hidden_high) AS hidden_high,
        bool_or(o.origin_class = 'not_detailed') AS total_apart,
        any_value(o.total_low) AS total_low, any_value(o.total_high) AS total_high,
        count(o.share_low) = 0 AS withheld,
        any_value(o.table_flag) AS flag, any_value(o.submissions) AS submissions
    FROM core.specification AS s
    JOIN (
        SELECT *,
            origin_class IN ('indeterminate', 'not_detailed') AS is_hidden,
            CASE WHEN is_hidden THEN 0 ELSE persons_low END AS known_low,
            CASE WHEN is_hidden THEN 0 ELSE named_high END AS known_high,
            CASE WHEN origin_class = 'indeterminate' THEN persons_low ELSE 0 END AS unclear_low,
            CASE WHEN is_hidden THEN persons_high ELSE 0 END AS hidden_high,
            -- said of one class, not of the table
            joined_flags(list_filter(flags_of(flag), lambda f: f <> 'single_origin')) AS table_flag
        FROM core.origin
    ) AS o ON o.family = s.family AND (s.measure IS NULL OR o.measure = s.measure)
    WHERE s.form = 'origin_known'
    GROUP BY ALL
),
most_known AS (   -- as many as the table names, and no more than the total leaves beside the unclear
    SELECT *, CASE WHEN total_apart THEN least(known_high, total_high - unclear_low) ELSE known_high END AS most
    FROM known_sums
),
known_origins AS (   -- over all
    SELECT
        indicator, reporting_country, period_start, period_end, frequency, '_T' AS sex, '_T' AS age_group,
        '_T' AS exploitation, '_T' AS origin_class, '_T' AS citizenship, 'all' AS basis,
        known_low AS numerator_low,
        CASE WHEN NOT withheld THEN most END AS numerator_high,
        total_low AS denominator_low, total_high AS denominator_high,
        CASE
            WHEN withheld THEN NULL
            WHEN hidden_high = 0 THEN 1
            ELSE coalesce(known_low / least(total_high, known_low + hidden_high), 0)
        END AS value_low,
        CASE
            WHEN withheld THEN NULL
            WHEN most = 0 THEN 0
            WHEN total_apart THEN coalesce(most / greatest(total_low, most + unclear_low), 1)
            ELSE coalesce(most / (most + unclear_low), 1)
        END AS value_high,
        flag, provider, collection, submissions
    FROM most_known
),
every_source AS (
    SELECT * FROM counts
    UNION ALL BY NAME SELECT * FROM ratios
    UNION ALL BY NAME SELECT * FROM known_origins
    UNION ALL BY NAME SELECT * FROM rates
    UNION ALL BY NAME SELECT * FROM shares
    UNION ALL BY NAME SELECT * FROM origins
),
of_one_source AS (   -- one source for a country's whole series, so that no series changes its source unsaid
    SELECT v.* EXCLUDE (measure), coalesce(v.measure, s.measure) AS measure, s.unit, s.denominator_measure,
        CASE
            WHEN s.form IN ('share', 'share_each') THEN s.dimension
            WHEN s.form IN ('origin_share', 'origin_known') THEN 'citizenship+total'   -- a class over all
            ELSE concat_ws('+', CASE WHEN v.sex <> '_T' THEN 'sex' END, CASE WHEN v.age_group <> '_T' THEN 'age_group' END,
                CASE WHEN v.exploitation <> '_T' THEN 'exploitation' END, CASE WHEN v.citizenship <> '_T' THEN 'citizenship' END)
        END AS dimensions
    FROM every_source AS v
    JOIN core.specification AS s USING (indicator)
    LEFT JOIN core.specification_sources AS r ON r.indicator = v.indicator AND r.collection = v.collection
    WHERE r.collection IS NULL OR r.preference IS NOT NULL   -- one that stands beside is never a substitute
    QUALIFY s.combine = 'each' OR dense_rank() OVER (
        PARTITION BY v.indicator, v.reporting_country ORDER BY coalesce(r.preference, 1000), v.collection
    ) = 1
),
decided AS (   -- what stewards have decided on the series
    SELECT
        v.indicator, v.collection, v.measure, v.reporting_country, v.period_start, v.period_end, v.frequency, v.basis,
        v.sex, v.age_group, v.exploitation, v.origin_class, v.citizenship,
        max(d.period_start) FILTER (d.kind = 'break' AND d.period_start <= v.period_end) AS broken_on,
        bool_or(d.kind = 'break' AND d.period_start > v.period_start AND d.period_start <= v.period_end) AS is_broken,
        bool_or(d.kind = 'real_change' AND d.period_start = v.period_start AND d.frequency = v.frequency) AS is_real,
        -- where nothing was told of its period, said of the next one
        bool_or(d.kind = 'suspected_break' AND d.period_start <= v.period_end
                AND d.period_start > least(v.end_before, v.period_start - INTERVAL 1 DAY)) AS may_be_broken
    FROM (
        SELECT *,
            max(period_end) OVER (
                PARTITION BY indicator, collection, measure, reporting_country, frequency, basis,
                    sex, age_group, exploitation, origin_class, citizenship
                ORDER BY period_start RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
            ) AS end_before
        FROM of_one_source
        SEMI JOIN registry.decisions USING (collection)
    ) AS v
    JOIN registry.decisions AS d
        ON d.collection = v.collection AND d.kind IN ('break', 'real_change', 'suspected_break')
        AND coalesce(d.reporting_country, v.reporting_country) = v.reporting_country
        AND coalesce(d.measure, v.measure) IN (v.measure, v.denominator_measure)
        AND (d.dimension IS NULL OR list_contains(string_split(coalesce(nullif(v.dimensions, ''), 'total'), '+'), d.dimension))
    GROUP BY ALL
)
SELECT
    v.* EXCLUDE (denominator_measure, dimensions)
        REPLACE (
            joined_flags(flags_of(v.flag) || [
                CASE WHEN d.is_broken THEN 'broken_period' END,
                CASE WHEN d.is_real THEN 'confirmed_change' END,
                CASE WHEN d.may_be_broken THEN 'unconfirmed_break' END
            ]) AS flag
        ),
    coalesce(CAST(d.broken_on AS VARCHAR), '_Z') AS break_id
FROM of_one_source AS v
LEFT JOIN decided AS d
    USING (
        indicator, collection, measure, reporting_country, period_start, period_end, frequency, basis,
        sex, age_group, exploitation, origin_class, citizenship
    )
WHERE v.basis <> 'pooled' OR d.is_broken IS NOT TRUE   -- years on two sides of a break are not one
