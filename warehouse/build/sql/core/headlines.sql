-- Headline values of each indicator without their labels: yearly totals of members and regions, their origin classes,
-- and forms of exploitation for indicators that have nothing else. One row per indicator, class of origin, form of
-- exploitation, country or region, and year; also for members without a value. From baseline.indicator_values,
-- analysis.trends, analysis.changes, analysis.revision_states, core.declared, core.series_kinds, the registry and
-- reference tables. NULL: all missing entries.
-- Values are of the preferred source. Of the two denominators of a share the known persons are used if few are unknown,
-- else all persons, marked by `over_all`; pooled years are used if there are no others. An unknown upper bound is
-- infinite instead of NULL, so that sums stay open. `value_low` and `value_high` are also NULL for doubtful values,
-- which are shown (`said_low`, `said_high`) but not added up.
WITH totals AS (
    SELECT DISTINCT indicator FROM baseline.indicator_values WHERE exploitation = '_T'
),
candidates AS (
    SELECT
        v.*,
        min(v.pooled_years) OVER (PARTITION BY v.indicator) AS fewest_pooled,
        has_flag(v.flag, 'incomplete') AS is_incomplete,
        v.denominator_basis = 'all' AND v.value_low IS NOT NULL
        AND bool_or(v.denominator_basis = 'known') OVER (PARTITION BY v.indicator) AS stands_in
    FROM baseline.indicator_values AS v
    WHERE v.frequency = 'A' AND v.preferred AND v.panel IN ('_Z', 'reporting')
      AND {{ each_slice("(v.$ = '_T' OR v.$ = v.exploitation)", "AND") }}
      AND (v.exploitation = '_T' OR v.indicator NOT IN (SELECT t.indicator FROM totals AS t))
      AND v.origin_class IN ('_T', 'intra_regional', 'extra_regional', 'own_national')
),
shown AS (
    SELECT
        *, is_out_of_sums(flag) AS is_doubted,
        CASE WHEN value_low IS NOT NULL THEN coalesce(value_high, CAST('infinity' AS double)) END AS open_high
    FROM candidates
    WHERE pooled_years = fewest_pooled
    QUALIFY row_number() OVER (
        PARTITION BY indicator, origin_class, exploitation, reporting_country, year
        ORDER BY
            denominator_basis = 'known' AND NOT is_incomplete DESC, denominator_basis <> 'known' DESC, period_end DESC,
            measure ASC
    ) = 1
),
spans AS (
    SELECT
        indicator, origin_class, exploitation, min(year) AS first_year, max(year) AS last_year,
        any_value(unit) AS unit
    FROM shown
    GROUP BY ALL
),
members AS (   -- only in the years of their membership
    SELECT s.indicator, s.origin_class, s.exploitation, s.unit, m.member AS reporting_country, y.year
    FROM spans AS s
    CROSS JOIN (SELECT unnest(range(1900, 2200)) AS year) AS y
    CROSS JOIN core.settings AS g
    JOIN reference.groupings AS m
        ON m.grouping = g.grouping
        AND make_date(y.year, 12, 31) BETWEEN m.valid_from AND coalesce(m.valid_to, make_date(y.year, 12, 31))
    WHERE y.year BETWEEN s.first_year AND s.last_year
),
received AS (
    SELECT w.submissions, max(s.received_on) AS received_on
    FROM (SELECT DISTINCT submissions, unnest(string_split(submissions, ' ')) AS submission FROM shown) AS w
    JOIN registry.submissions AS s USING (submission)
    GROUP BY w.submissions
),
cited AS (   -- a region's value may come from several collections
    SELECT
        w.several,
        string_agg(c.title_es, '; ' ORDER BY c.collection) AS title_es,
        string_agg(c.title_en, '; ' ORDER BY c.collection) AS title_en,
        string_agg(DISTINCT c.citation, ' ' ORDER BY c.citation) AS citation
    FROM (SELECT DISTINCT collection AS several, unnest(string_split(collection, ' ')) AS collection FROM shown) AS w
    JOIN registry.collections AS c USING (collection)
    GROUP BY w.several
),
judged AS (   -- for a region the panel of the same members in every year, the only one with a trend
    SELECT * FROM analysis.trends
    WHERE frequency = 'A' AND preferred AND {{ each_slice("($ = '_T' OR $ = exploitation)", "AND") }}
),
outlooks AS (   -- a year is as provisional as the least settled of its values
    SELECT
        collection, measure, reporting_country, year,
        CASE
            WHEN bool_or(state = 'provisional') THEN 'provisional'
            WHEN bool_or(state = 'swung_back') THEN 'swung_back'
            ELSE 'settled'
        END AS state
    FROM analysis.revision_states
    GROUP BY ALL
),
changed AS (
    SELECT * FROM analysis.changes
    WHERE is_first AND preferred AND {{ each_slice("($ = '_T' OR $ = exploitation)", "AND") }}
)
SELECT
    d.indicator, d.name_es AS indicator_es, d.name_en AS indicator_en, origin_class, exploitation,
    reporting_country,
    p.area_type, p.name_es AS country_es, p.name_en AS country_en,
    year,
    coalesce(v.period, CAST(year AS varchar)) AS period,
    v.period_basis, v.denominator_basis,
    CASE WHEN NOT v.is_doubted THEN v.value_low END AS value_low,
    CASE WHEN NOT v.is_doubted THEN v.open_high END AS value_high,
    v.value_low AS said_low,
    v.open_high AS said_high,
    coalesce(v.unit, m.unit) AS unit,
    v.obs_status,
    CASE WHEN v.stands_in THEN joined_flags(flags_of(v.flag) || ['over_all']) ELSE v.flag END AS flag,
    v.members_reporting, v.members_total, v.members, v.other_kind_left_out, v.collection,
    c.title_es AS source_es,
    c.title_en AS source_en,
    c.citation, s.received_on,
    k.counted_unit, k.flow, k.evidence, v.measure, k.is_other_kind,
    t.direction, t.level, t.tested_from, t.tested_to, t.sentence_es, t.sentence_en,
    h.sentence_es AS change_es, h.sentence_en AS change_en, h.answer_es, h.answer_en, r.state AS revision_state
FROM members AS m
FULL JOIN shown AS v USING (indicator, origin_class, exploitation, reporting_country, year)
JOIN core.declared AS d ON d.indicator = coalesce(m.indicator, v.indicator)
LEFT JOIN reference.countries AS p ON p.country = reporting_country
LEFT JOIN cited AS c ON c.several = v.collection
LEFT JOIN received AS s ON s.submissions = v.submissions
LEFT JOIN core.series_kinds AS k
    ON k.collection = v.collection AND k.reporting_country = v.reporting_country AND k.measure = v.measure
    AND v.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, v.period_start)
LEFT JOIN judged AS t
    ON (t.indicator, t.reporting_country, t.origin_class, t.exploitation, t.collection, t.denominator_basis)
    = (v.indicator, v.reporting_country, v.origin_class, v.exploitation, v.collection, v.denominator_basis)
    AND (t.pooled_years, t.break_id) = (v.pooled_years, v.break_id)
    AND t.measure = v.measure   -- an indicator may have several measures
    AND t.panel = CASE v.panel WHEN 'reporting' THEN 'fixed' ELSE v.panel END
LEFT JOIN changed AS h
    ON (h.indicator, h.measure, h.reporting_country, h.origin_class, h.exploitation, year(h.to_period))
    = (v.indicator, v.measure, v.reporting_country, v.origin_class, v.exploitation, v.year)
    AND h.panel = CASE v.panel WHEN 'reporting' THEN 'fixed' ELSE v.panel END
    AND (h.collection = v.collection OR h.panel = 'fixed') AND v.pooled_years = 1
LEFT JOIN outlooks AS r
    ON (r.collection, r.measure, r.reporting_country, r.year) = (v.collection, v.measure, v.reporting_country, v.year)
