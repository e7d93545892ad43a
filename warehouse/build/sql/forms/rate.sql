-- Rates per population. One row per country and year; one more row per group of years if a year alone is below the
-- indicator's least numerator and the years are complete and free of doubt. From core.indicator_figures (totals) and
-- reference.population. No value if the numerator is below that least.
-- Published rates are included unchanged, under their own measure, without numerator or denominator (NULL).
WITH years AS (
    SELECT
        s.indicator, s.per, s.pool_years, s.minimum_numerator, f.reporting_country, f.period_start, f.period_end,
        f.frequency, f.value_low AS numerator_low, f.value_high AS numerator_high, p.population, p.revision,
        f.flag, f.provider, f.collection, f.submissions,
        f.value_low < s.minimum_numerator AS is_small
    FROM core.specification AS s
    JOIN core.indicator_figures AS f ON f.measure = s.measure AND f.family = s.family
    JOIN reference.population AS p   -- of the calendar year that contains the middle of the period
        ON p.country = f.reporting_country AND p.year = year(f.period_start + INTERVAL 6 MONTH)
    WHERE s.form = 'rate' AND f.breakdown = 'total' AND f.frequency = 'A'
),
pooled_years AS (
    SELECT
        y.indicator, y.per, y.pool_years, y.minimum_numerator, y.reporting_country, y.period_end, y.frequency,
        y.provider, y.collection, y.is_small,
        count(*) AS years_present,
        min(p.period_start) AS first_start,
        sum(p.numerator_low) AS numerator_low,
        sum_high(p.numerator_high) AS numerator_high,
        sum(p.population) AS population,
        string_agg(DISTINCT p.revision, '; ' ORDER BY p.revision) AS revision,
        carried_flags(p.flag) AS flag,
        joined_words(list(p.submissions)) AS submissions
    FROM years AS y
    JOIN years AS p
        ON p.indicator = y.indicator AND p.collection = y.collection AND p.reporting_country = y.reporting_country
        AND p.period_start BETWEEN y.period_start - to_years(CAST(y.pool_years - 1 AS INTEGER)) AND y.period_start
    WHERE y.pool_years > 1 AND NOT is_out_of_sums(p.flag)
    GROUP BY
        y.indicator, y.per, y.pool_years, y.minimum_numerator, y.reporting_country, y.period_start, y.period_end,
        y.frequency, y.provider, y.collection, y.is_small
)
SELECT
    indicator, reporting_country, period_start, period_end, frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'total' AS breakdown,
    'all' AS denominator_basis, pooled_years,
    numerator_low, numerator_high,
    population AS denominator_low, population AS denominator_high, population AS denominator_at_low,
    population AS denominator_at_high, revision AS denominator_source,
    CASE WHEN numerator_low >= minimum_numerator THEN numerator_low / population * per END AS value_low,
    CASE WHEN numerator_low >= minimum_numerator THEN numerator_high / population * per END AS value_high,
    CASE WHEN numerator_low >= minimum_numerator THEN flag
         ELSE joined_flags(flags_of(flag) || ['small_numerator']) END AS flag,
    provider, collection, submissions
FROM (
    SELECT *, 1 AS pooled_years FROM years
    UNION ALL BY NAME
    SELECT * EXCLUDE (first_start), first_start AS period_start, pool_years AS pooled_years
    FROM pooled_years
    WHERE years_present = pool_years AND is_small
)
UNION ALL BY NAME
SELECT
    s.indicator, s.published_as AS measure, f.reporting_country, f.period_start, f.period_end, f.frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'total' AS breakdown,
    'all' AS denominator_basis, 1 AS pooled_years, f.value_low, f.value_high, f.flag, f.provider, f.collection,
    f.submissions
FROM core.specification AS s
JOIN core.indicator_figures AS f ON f.measure = s.published_as AND f.family = s.family
WHERE s.form = 'rate' AND f.breakdown = 'total'
