-- Values of the same measure, place and time in two collections of a family, never merged. One row per pair of
-- collections, country, period and measure. From core.totals, baseline.indicator_values, core.specification,
-- core.series_kinds, registry.series, registry.decisions, reference.measures and registry.collections (coverage of
-- each). NULL: a value that its collection lacks, a missing upper bound, a bound of the ratio if one of the values
-- lacks it or may be 0, flags and note if there are none; whether the kinds are the same if one of them is
-- undocumented; whether the values differ if their bounds leave it open; what explains a difference if nothing does.
-- Two values differ if one is surely more than 1.1 times the other. What both passports state differently explains it,
-- unless the ratio is more than twice, or less than half, the median of three or more periods of the same kinds.
-- A computed rate is compared with the published rate that the catalogue names, a measure of another unit with the one
-- that the list of measures names.
WITH comparable AS (
    SELECT
        provider, collection, family, measure, origin_basis, reporting_country, period_start, frequency,
        total_low AS value_low, total_high AS value_high, total_source, FALSE AS is_computed, flag,
        measure AS counted_measure
    FROM core.totals
    UNION ALL BY NAME
    SELECT
        t.provider, t.collection, t.family, m.compared_with AS measure, t.origin_basis, t.reporting_country,
        t.period_start, t.frequency, t.total_low AS value_low, t.total_high AS value_high, t.total_source,
        TRUE AS is_computed, t.flag, t.measure AS counted_measure
    FROM core.totals AS t
    JOIN reference.measures AS m USING (measure)
    WHERE m.compared_with IS NOT NULL
    UNION ALL BY NAME
    SELECT
        v.provider, v.collection, s.family, s.published_as AS measure, 'citizenship' AS origin_basis,
        v.reporting_country, v.period_start, v.frequency, v.value_low, v.value_high, v.indicator AS total_source,
        TRUE AS is_computed, v.flag, v.measure AS counted_measure
    FROM baseline.indicator_values AS v
    JOIN core.specification AS s USING (indicator)
    WHERE v.measure <> s.published_as AND v.value_low IS NOT NULL AND v.denominator_basis <> 'known'
      AND v.pooled_years = 1
),
of_kinds AS (
    SELECT
        c.*, coalesce(k.counted_unit, '_U') AS counted_unit, coalesce(k.flow, '_U') AS flow,
        s.year_starts AS stated_year, s.scope_en AS stated_scope
    FROM comparable AS c
    LEFT JOIN core.series_kinds AS k
        ON k.collection = c.collection AND k.reporting_country = c.reporting_country AND k.measure = c.counted_measure
        AND c.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, c.period_start)
    LEFT JOIN registry.series AS s
        ON s.collection = c.collection AND s.reporting_country = c.reporting_country AND s.measure = c.counted_measure
        AND c.period_start BETWEEN s.valid_from AND coalesce(s.valid_to, c.period_start)
),
pairs AS (
    SELECT DISTINCT
        a.family, a.measure, a.origin_basis, a.reporting_country, a.frequency, a.collection AS one,
        b.collection AS other
    FROM comparable AS a
    JOIN comparable AS b USING (family, measure, origin_basis, reporting_country, frequency)
    WHERE a.collection < b.collection
      AND NOT (a.is_computed AND b.is_computed)   -- the counts behind them are compared already
),
side_by_side AS (
    SELECT
        p.reporting_country, coalesce(a.period_start, b.period_start) AS period_start, p.frequency, p.measure,
        p.one, p.other,
        a.value_low AS value_a_low, a.value_high AS value_a_high, a.total_source AS source_a, a.flag AS flag_a,
        a.counted_unit AS counted_unit_a, a.flow AS flow_a, a.stated_year AS year_a, a.stated_scope AS scope_a,
        b.value_low AS value_b_low, b.value_high AS value_b_high, b.total_source AS source_b, b.flag AS flag_b,
        b.counted_unit AS counted_unit_b, b.flow AS flow_b, b.stated_year AS year_b, b.stated_scope AS scope_b
    FROM pairs AS p
    JOIN (SELECT DISTINCT collection, measure, reporting_country, frequency, period_start FROM comparable) AS d
        ON d.measure = p.measure AND d.reporting_country = p.reporting_country AND d.frequency = p.frequency
        AND d.collection IN (p.one, p.other)
    LEFT JOIN of_kinds AS a
        ON a.collection = p.one AND a.measure = p.measure AND a.reporting_country = p.reporting_country
        AND a.frequency = p.frequency AND a.period_start = d.period_start
    LEFT JOIN of_kinds AS b
        ON b.collection = p.other AND b.measure = p.measure AND b.reporting_country = p.reporting_country
        AND b.frequency = p.frequency AND b.period_start = d.period_start
),
compared AS (
    SELECT
        *,
        CASE
            WHEN value_a_low > 1.1 * value_b_high OR value_b_low > 1.1 * value_a_high THEN TRUE
            WHEN value_a_high <= 1.1 * value_b_low AND value_b_high <= 1.1 * value_a_low THEN FALSE
        END AS differs,
        has_flag(flag_a, 'partial') OR has_flag(flag_b, 'partial') AS is_partial
    FROM side_by_side
),
usual AS (   -- median ratio of whole periods in which each counts the same
    SELECT
        one, other, measure, reporting_country, frequency, counted_unit_a, flow_a, counted_unit_b, flow_b,
        median(value_a_low / value_b_high) AS usual_low, median(value_a_high / value_b_low) AS usual_high
    FROM compared
    WHERE value_a_low > 0 AND value_b_low > 0 AND NOT is_partial
    GROUP BY ALL
    HAVING count(value_a_high / value_b_high) >= 3
),
known AS (   -- a decision holds for its period and those before
    SELECT
        d.collection, d.other_collection, d.measure, d.reporting_country, d.frequency, max(d.period_start) AS known_to
    FROM registry.decisions AS d
    JOIN comparable AS v
        ON v.collection = d.collection AND coalesce(d.measure, v.measure) = v.measure
        AND coalesce(d.reporting_country, v.reporting_country) = v.reporting_country
        AND v.period_start = d.period_start AND v.frequency = d.frequency AND v.value_low = d.value
    WHERE d.kind = 'known_difference'
    GROUP BY ALL
),
decided AS (
    SELECT DISTINCT c.one, c.other, c.measure, c.reporting_country, c.frequency, c.period_start
    FROM compared AS c
    JOIN known AS k
        ON (k.collection = c.one AND k.other_collection = c.other
            OR k.collection = c.other AND k.other_collection = c.one)
        AND coalesce(k.measure, c.measure) = c.measure AND k.frequency = c.frequency
        AND coalesce(k.reporting_country, c.reporting_country) = c.reporting_country
        AND k.known_to >= c.period_start
),
judged AS (
    SELECT
        c.*,
        usual_low IS NULL
        OR NOT (value_a_low > 2 * usual_high * value_b_high OR 2 * value_a_high < usual_low * value_b_low) AS is_usual,
        d.one IS NOT NULL AS is_decided
    FROM compared AS c
    LEFT JOIN usual
        USING (one, other, measure, reporting_country, frequency, counted_unit_a, flow_a, counted_unit_b, flow_b)
    LEFT JOIN decided AS d
        ON d.one = c.one AND d.other = c.other AND d.measure = c.measure AND d.frequency = c.frequency
        AND d.reporting_country = c.reporting_country AND d.period_start = c.period_start
)
SELECT DISTINCT
    reporting_country, period_start, frequency, measure,
    {{ each_slice("'_T' AS $") }},
    split_part(one, '/', 1) AS provider_a, one AS collection_a, value_a_low, value_a_high,
    flag_a, split_part(other, '/', 1) AS provider_b, other AS collection_b, value_b_low, value_b_high,
    flag_b, counted_unit_a, flow_a, counted_unit_b, flow_b,
    CASE
        WHEN counted_unit_a <> '_U' AND counted_unit_b <> '_U' AND counted_unit_a <> counted_unit_b THEN FALSE
        WHEN flow_a <> '_U' AND flow_b <> '_U' AND flow_a <> flow_b THEN FALSE
        WHEN counted_unit_a <> '_U' AND counted_unit_b <> '_U' THEN TRUE
    END AS same_kind,
    value_a_low / nullif(value_b_high, 0) AS ratio_low,
    value_a_high / nullif(value_b_low, 0) AS ratio_high,
    differs,
    CASE WHEN differs THEN joined_flags([
        CASE WHEN is_partial THEN 'partial' END,
        CASE WHEN is_decided THEN 'decision' END,
        CASE WHEN is_usual AND counted_unit_a <> counted_unit_b AND '_U' NOT IN (counted_unit_a, counted_unit_b)
            THEN 'counted_unit' END,
        CASE WHEN is_usual AND flow_a <> flow_b AND '_U' NOT IN (flow_a, flow_b) THEN 'flow' END,
        CASE WHEN is_usual AND year_a <> year_b THEN 'year' END,
        CASE WHEN is_usual AND scope_a <> scope_b THEN 'scope' END
    ]) END AS explained_by,
    nullif(concat_ws('; ',
        CASE WHEN source_a <> 'sent' THEN one || ': ' || source_a END,
        CASE WHEN source_b <> 'sent' THEN other || ': ' || source_b END,
        one || ': ' || a.scope_es || ' / ' || a.scope_en,
        other || ': ' || b.scope_es || ' / ' || b.scope_en), '') AS note
FROM judged AS c
JOIN (SELECT collection AS one, scope_es, scope_en FROM registry.collections) AS a USING (one)
JOIN (SELECT collection AS other, scope_es, scope_en FROM registry.collections) AS b USING (other)
