-- Ratios of the sums of two measures of one source over several years; never a percentage. One row per country and run
-- of years in which both measures are complete and free of doubt. From core.indicator_figures (totals) and
-- core.series_kinds. No lower bound if the denominator is surely 0, no upper bound if it may be 0. No value if one of
-- the series is documented to be of another kind than its measure.
WITH other_kinds AS (
    SELECT * FROM core.series_kinds WHERE is_other_kind
),
years AS (
    SELECT
        s.indicator, s.pool_years, s.per, n.reporting_country, n.period_start, n.period_end, n.frequency, n.provider,
        n.collection, n.value_low AS numerator_low, n.value_high AS numerator_high, d.value_low AS denominator_low,
        d.value_high AS denominator_high, concat_ws('+', n.flag, d.flag) AS flag,
        concat_ws(' ', n.submissions, d.submissions) AS submissions,
        nk.measure IS NOT NULL OR dk.measure IS NOT NULL AS is_other_kind
    FROM core.specification AS s
    JOIN core.indicator_figures AS n ON n.measure = s.measure AND n.family = s.family AND n.breakdown = 'total'
    JOIN core.indicator_figures AS d
        ON d.measure = s.denominator_measure AND d.family = s.family AND d.breakdown = 'total'
        AND d.collection = n.collection AND d.reporting_country = n.reporting_country
        AND d.period_start = n.period_start AND d.frequency = n.frequency
    LEFT JOIN other_kinds AS nk
        ON nk.collection = n.collection AND nk.reporting_country = n.reporting_country AND nk.measure = n.measure
        AND n.period_start BETWEEN nk.valid_from AND coalesce(nk.valid_to, n.period_start)
    LEFT JOIN other_kinds AS dk
        ON dk.collection = d.collection AND dk.reporting_country = d.reporting_country AND dk.measure = d.measure
        AND d.period_start BETWEEN dk.valid_from AND coalesce(dk.valid_to, d.period_start)
    WHERE s.form = 'ratio' AND n.frequency = 'A' AND NOT is_out_of_ratios(n.flag) AND NOT is_out_of_ratios(d.flag)
),
pooled_years AS (
    SELECT
        y.indicator, y.reporting_country, y.period_end, y.frequency, y.provider, y.collection, y.pool_years, y.per,
        joined_words(list(p.submissions)) AS submissions,
        carried_flags(p.flag) AS flag,
        count(*) AS years_present,
        bool_or(p.is_other_kind) AS is_other_kind,
        min(p.period_start) AS first_start,
        sum(p.numerator_low) AS numerator_low,
        sum_high(p.numerator_high) AS numerator_high,
        sum(p.denominator_low) AS denominator_low,
        sum_high(p.denominator_high) AS denominator_high
    FROM years AS y
    JOIN years AS p
        ON p.indicator = y.indicator AND p.collection = y.collection AND p.reporting_country = y.reporting_country
        AND p.period_start BETWEEN y.period_start - to_years(CAST(y.pool_years - 1 AS INTEGER)) AND y.period_start
    GROUP BY
        y.indicator, y.reporting_country, y.period_start, y.period_end, y.frequency, y.provider, y.collection,
        y.pool_years, y.per
)
SELECT
    indicator, reporting_country, first_start AS period_start, period_end, frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'total' AS breakdown,
    'all' AS denominator_basis, pool_years AS pooled_years,
    numerator_low, numerator_high, denominator_low, denominator_high,
    CASE
        WHEN is_other_kind OR denominator_high = 0 THEN NULL
        WHEN denominator_high IS NULL THEN 0
        ELSE per * numerator_low / denominator_high
    END AS value_low,
    CASE WHEN NOT is_other_kind THEN per * numerator_high / nullif(denominator_low, 0) END AS value_high,
    joined_flags(flags_of(flag) || [
        CASE WHEN denominator_low = 0 THEN 'ratio_undefined' END,
        CASE WHEN is_other_kind THEN 'other_kind' END
    ]) AS flag,
    provider, collection, submissions
FROM pooled_years
WHERE years_present = pool_years
