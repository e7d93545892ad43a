-- Sums over sums of two measures of one source, of several years together; never a percentage.
-- One row per country and run of years that both measures told whole and undoubted.
-- From core.indicator_figures (totals). No lower bound where the denominator is surely 0, no upper where it may be 0.
WITH pooled_years AS (
    SELECT
        s.indicator, n.reporting_country, n.period_end, n.frequency, n.provider, n.collection, s.pool_years, s.per,
        joined_words(list(n.submissions) OVER pool || list(d.submissions) OVER pool) AS submissions,
        carried_among(list(n.flag) OVER pool || list(d.flag) OVER pool) AS flag,
        count(*) OVER pool AS years_present,
        min(n.period_start) OVER pool AS first_start,
        sum(n.value_low) OVER pool AS numerator_low,
        CASE WHEN count(*) OVER pool = count(n.value_high) OVER pool THEN sum(n.value_high) OVER pool END
            AS numerator_high,
        sum(d.value_low) OVER pool AS denominator_low,
        CASE WHEN count(*) OVER pool = count(d.value_high) OVER pool THEN sum(d.value_high) OVER pool END
            AS denominator_high
    FROM core.specification AS s
    JOIN core.indicator_figures AS n ON n.measure = s.measure AND n.family = s.family AND n.breakdown = 'total'
    JOIN core.indicator_figures AS d
        ON d.measure = s.denominator_measure AND d.family = s.family AND d.breakdown = 'total'
        AND d.collection = n.collection AND d.reporting_country = n.reporting_country
        AND d.period_start = n.period_start AND d.frequency = n.frequency
    WHERE s.form = 'ratio' AND n.frequency = 'A' AND NOT is_out_of_ratios(n.flag) AND NOT is_out_of_ratios(d.flag)
    WINDOW pool AS (
        PARTITION BY s.indicator, n.collection, n.reporting_country ORDER BY n.period_start
        RANGE BETWEEN to_years(CAST(s.pool_years - 1 AS INTEGER)) PRECEDING AND CURRENT ROW  -- noqa: PRS
    )
)
SELECT
    indicator, reporting_country, first_start AS period_start, period_end, frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'total' AS breakdown,
    'all' AS denominator_basis, pool_years AS pooled_years,
    numerator_low, numerator_high, denominator_low, denominator_high,
    CASE
        WHEN denominator_high = 0 THEN NULL
        WHEN denominator_high IS NULL THEN 0
        ELSE per * numerator_low / denominator_high
    END AS value_low,
    per * numerator_high / nullif(denominator_low, 0) AS value_high,
    joined_flags(flags_of(flag) || [CASE WHEN denominator_low = 0 THEN 'ratio_undefined' END]) AS flag,
    provider, collection, submissions
FROM pooled_years
WHERE years_present = pool_years
