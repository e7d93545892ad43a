-- Points of series that may have a trend: of a country, or of the same members in every year. One row per series and
-- year with a value whose form has a trend (`trend`: as a count, a rate or a share). From baseline.indicator_values,
-- core.origin_tables, core.breakdowns, the catalogue and reference.measures. NULL only for a missing upper bound, the
-- flag, and columns that need a denominator.
-- `known` is the known part of all persons: for a share the known persons, for values by origin those of known origin,
-- for other slices those whom their table describes.
-- A share of a breakdown has two denominators; only the one of known persons is used.
WITH described AS (
    SELECT
        collection, measure, reporting_country, period_start, frequency,
        list_sort(string_split(breakdown, '+')) AS details,
        known_part
    FROM core.breakdowns
),
slices AS (
    SELECT DISTINCT
        collection, measure, reporting_country, period_start, frequency,
        list_sort(list_filter(
            [{{ each_slice("CASE WHEN $ <> '_T' THEN '$' END") }}], lambda dimension: dimension IS NOT NULL
        )) AS details
    FROM baseline.indicator_values
    WHERE frequency = 'A' AND panel = '_Z'
),
known_parts AS (
    SELECT   -- a table summed from wider ones has the known persons of the fullest of them
        s.*, coalesce(max(d.known_part) FILTER (d.details = s.details), max(d.known_part)) AS known_part
    FROM slices AS s
    JOIN described AS d USING (collection, measure, reporting_country, period_start, frequency)
    WHERE s.details <> [] AND list_has_all(d.details, s.details)
    GROUP BY ALL
)
SELECT
    v.indicator, v.measure, v.reporting_country, v.grouping, {{ each_slice("v.$") }}, v.origin_class, v.class_level,
    v.denominator_basis, v.pooled_years, v.panel, v.break_id, v.frequency, v.provider, v.collection,
    v.preferred, v.period_start,
    v.period_end, v.value_low, v.value_high, v.numerator_low, v.denominator_low, v.denominator_high, v.flag, v.members,
    d.baseline_from, d.baseline_to, s.trend AS unit_kind,
    CASE
        WHEN v.denominator_basis = 'known' THEN coalesce(v.known_share_low, 0)
        WHEN v.citizenship <> '_T' OR v.origin_class <> '_T' THEN coalesce(o.completeness, 0)
        WHEN {{ each_slice("v.$ = '_T'", "AND") }} OR s.trend = 'share' THEN 1
        ELSE coalesce(k.known_part, 0)
    END AS known,
    m.count_unit = 'person' AS of_persons,
    v.panel = '_Z' AND v.origin_class = '_T' AND {{ each_slice("v.$ = '_T'", "AND") }} AS is_total
FROM baseline.indicator_values AS v
JOIN core.specification AS s USING (indicator)
JOIN core.declared AS d USING (indicator)
JOIN reference.measures AS m ON m.measure = v.measure
LEFT JOIN core.origin_tables AS o
    ON (o.collection, o.measure, o.reporting_country, o.period_start, o.frequency)
    = (v.collection, v.measure, v.reporting_country, v.period_start, v.frequency)
LEFT JOIN known_parts AS k
    ON (k.collection, k.measure, k.reporting_country, k.period_start, k.frequency)
     = (v.collection, v.measure, v.reporting_country, v.period_start, v.frequency)
    AND k.details = list_sort(list_filter(
        [{{ each_slice("CASE WHEN v.$ <> '_T' THEN '$' END") }}], lambda dimension: dimension IS NOT NULL
    ))
WHERE s.trend IS NOT NULL AND v.value_low IS NOT NULL AND v.panel IN ('_Z', 'fixed') AND v.pooled_years = 1
  AND v.frequency = 'A' AND NOT (s.form IN ('share', 'share_each') AND v.denominator_basis = 'all')
