-- Judgements about labelled figures, which pages put into words. One row per figure and judgement, in the order in
-- which they are read; of agreement of sources, tables of origin, shifts and reports one per source and year, also in a
-- year whose figure is of another source. From core.headlines, core.declared, core.specification, core.settings,
-- core.judged_origins, core.judged_shifts, core.judged_reports, baseline.indicator_values, analysis.trends,
-- analysis.revisions, analysis.open_questions, analysis.source_agreement, analysis.decomposition,
-- analysis.nationals_abroad, baseline.origin_flows, core.observations and the registry. NULL: what a kind of judgement
-- does not have. What is withheld of protected collections (revisions, open questions, agreement) is not judged either.
WITH shown AS (
    SELECT
        h.*,
        d.family,
        d.denominator IS NULL AS is_count,
        h.area_type = 'country' AND h.origin_class = '_T' AS is_country_total,
        h.area_type = 'region' AND h.origin_class = '_T' AND h.exploitation = '_T' AS is_sum,
        h.value_low IS NOT NULL AND NOT (   -- its bounds exclude something
            h.value_low = 0 AND (h.value_high = CAST('infinity' AS double) OR h.unit = 'share' AND h.value_high >= 1)
        ) AS is_number
    FROM core.headlines AS h
    JOIN core.declared AS d USING (indicator)
    WHERE h.collection IS NOT NULL
),
open_collections AS (SELECT collection, family FROM registry.collections WHERE confidentiality = 'open'),
measures AS (
    SELECT indicator, measure, count(*) OVER (PARTITION BY indicator) = 1 AS is_only
    FROM (SELECT DISTINCT indicator, measure FROM baseline.indicator_values)
),
judged AS (   -- the series of a figure, whose sentence it bears
    SELECT sentence_es, flag, broken_on, spike_years, last_period, age_years
    FROM analysis.trends
    QUALIFY row_number() OVER (
        PARTITION BY sentence_es ORDER BY collection, denominator_basis, pooled_years, measure, {{ slices }}
    ) = 1
),
with_series AS (
    SELECT
        s.*, t.flag AS series_flag, t.broken_on, t.spike_years,
        round(date_diff('day', make_date(s.year, 12, 31), g.as_of) / g.days_of_a_year, 1) AS age_of_year,
        coalesce(t.age_years + t.last_period - s.year, age_of_year) AS age,
        CASE
            WHEN t.last_period IS NOT NULL THEN has_flag(t.flag, 'stale')
            ELSE age_of_year > g.stale_years
        END AS is_stale
    FROM shown AS s
    CROSS JOIN core.settings AS g
    LEFT JOIN judged AS t USING (sentence_es)
),
flags AS (   -- that of other kinds is what the figure counts, and that of a dominated sum its largest member
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 1 AS place, 'flag' AS kind, code
    FROM (SELECT *, unnest(string_split(flag, '+')) AS code FROM shown WHERE flag IS NOT NULL)
    WHERE code NOT IN ('other_kind', 'other_unit', 'other_kind_left_out')
      AND NOT (area_type = 'region' AND code = 'dominated')
),
doubts_of_year AS (   -- doubts about other years of the series are those of its verdict
    SELECT
        indicator,
        origin_class,
        exploitation,
        reporting_country,
        year,
        collection,
        2 AS place,
        'doubt_of_year' AS kind,
        code
    FROM (SELECT *, unnest(string_split(series_flag, '+')) AS code FROM with_series WHERE series_flag IS NOT NULL)
    WHERE (code = 'spike' AND list_contains(string_split(spike_years, ', '), CAST(year AS varchar)))
       OR (code = 'suspected_break' AND year(broken_on) = year)
       OR (code = 'unconfirmed_edge' AND NOT coalesce(year BETWEEN tested_from AND tested_to, FALSE))
),
exceeded AS (   -- totals smaller than the sum of their own breakdown
    SELECT DISTINCT v.reporting_country, v.collection, v.measure, v.year, c.family
    FROM baseline.indicator_values AS v
    JOIN registry.collections AS c USING (collection)
    WHERE v.panel = '_Z' AND v.frequency = 'A' AND v.unit = 'share' AND has_flag(v.flag, 'inconsistent')
),
exceeding_parts AS (
    SELECT DISTINCT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 3 AS place,
        'doubt' AS kind,
        'parts_exceed' AS code
    FROM shown AS s
    JOIN measures AS m USING (indicator)
    JOIN exceeded AS e
        ON e.collection = s.collection AND e.reporting_country = s.reporting_country AND e.year = s.year
        AND e.family = s.family AND e.measure = m.measure
    WHERE s.is_country_total AND s.is_count
),
questioned AS (
    SELECT DISTINCT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 4 AS place,
        'doubt' AS kind,
        'open_question' AS code
    FROM shown AS s
    JOIN measures AS m USING (indicator)
    JOIN analysis.open_questions AS q
        ON q.reporting_country = s.reporting_country AND q.year = s.year AND q.measure = m.measure
    JOIN open_collections AS c ON c.collection = q.collection AND c.family = s.family
    WHERE s.is_country_total AND q.breakdown = 'total'
),
doubts AS (
    SELECT * FROM flags
    UNION ALL
    SELECT * FROM doubts_of_year
    UNION ALL
    SELECT * FROM exceeding_parts
    UNION ALL
    SELECT * FROM questioned
),
answers AS (   -- a yes only if a publication confirms what the figure counts
    SELECT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 0 AS place,
        'answer' AS kind,
        CASE
            WHEN s.is_other_kind THEN 'other_kind'
            WHEN EXISTS (
                SELECT 1 FROM doubts AS d
                WHERE d.indicator = s.indicator AND d.exploitation = s.exploitation
                  AND d.reporting_country = s.reporting_country AND d.year = s.year AND d.origin_class = s.origin_class
            ) THEN 'doubt'
            WHEN s.evidence IS NULL OR s.evidence <> 'confirmed' THEN 'unverified'
            WHEN s.said_low = s.said_high THEN 'yes'
            ELSE 'range'
        END AS code
    FROM shown AS s
    WHERE s.is_country_total AND s.value_low IS NOT NULL
),
sum_answers AS (   -- with each member in it whose figure is in doubt
    SELECT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 0 AS place,
        'answer' AS kind,
        CASE WHEN a.indicator IS NULL THEN 'sum' ELSE 'sum_doubted' END AS code,
        a.reporting_country AS member
    FROM shown AS s
    LEFT JOIN answers AS a
        ON a.indicator = s.indicator AND a.exploitation = s.exploitation AND a.year = s.year AND a.code = 'doubt'
        AND list_contains(string_split(s.members, ' '), a.reporting_country)
    WHERE s.area_type = 'region' AND s.origin_class = '_T' AND s.value_low IS NOT NULL
),
nameless AS (   -- tables that name nobody for sure
    SELECT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 9 AS place,
        'known_origin' AS kind, 'nobody_named' AS code
    FROM shown AS s
    JOIN core.specification AS p ON p.indicator = s.indicator AND p.form = 'origin_known'
    WHERE s.is_country_total AND s.value_low = 0
),
ages AS (
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 5 AS place, 'age' AS kind,
        'stale' AS code, age AS value_low, age AS value_high
    FROM with_series
    WHERE is_stale
),
parts AS (   -- a region's figure with each member in it
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection,
        unnest(string_split(coalesce(members, reporting_country), ' ')) AS member
    FROM shown
),
revised AS (
    SELECT
        r.reporting_country AS member, r.year, r.measure, r.collection, r.old_low, r.old_high, r.new_low,
        r.new_high, r.new_submission
    FROM analysis.revisions AS r
    JOIN open_collections AS c USING (collection)
    WHERE r.frequency = 'A' AND r.kind <> 'new' AND {{ each_dimension("r.$ = '@'", "AND") }}
),
revisions AS (
    SELECT
        p.indicator, p.origin_class, p.exploitation, p.reporting_country, p.year, p.collection, 6 AS place,
        'revision' AS kind, 'changed' AS code, p.member, r.collection AS other_collection, r.measure,
        r.new_submission, r.old_low AS value_low, r.old_high AS value_high,
        r.new_low AS other_low, r.new_high AS other_high
    FROM parts AS p
    JOIN measures AS m USING (indicator)
    JOIN revised AS r
        ON r.member = p.member AND r.year = p.year AND r.measure = m.measure
        AND list_contains(string_split(p.collection, ' '), r.collection)
),
first_known AS (
    SELECT collection, reporting_country AS member, measure, year, min(known_from) AS known_from
    FROM core.observations
    WHERE breakdown = 'total' AND frequency = 'A'
    GROUP BY ALL
),
last_received AS (
    SELECT s.collection, max(s.received_on) AS received_on
    FROM registry.submissions AS s
    JOIN open_collections AS c USING (collection)
    WHERE s.status = 'accepted'
    GROUP BY ALL
),
unrevised AS (
    SELECT
        p.indicator, p.origin_class, p.exploitation, p.reporting_country, p.year, p.collection, 6 AS place,
        'revision' AS kind,
        CASE WHEN coalesce(bool_or(l.received_on > f.known_from), TRUE) THEN 'left' ELSE 'not_yet' END AS code
    FROM (
        SELECT *, unnest(string_split(collection, ' ')) AS source FROM parts
    ) AS p
    JOIN measures AS m USING (indicator)
    JOIN last_received AS l ON l.collection = p.source
    LEFT JOIN first_known AS f
        ON f.collection = p.source AND f.member = p.member AND f.measure = m.measure AND f.year = p.year
    ANTI JOIN revisions AS r
        ON r.indicator = p.indicator AND r.origin_class = p.origin_class AND r.exploitation = p.exploitation
        AND r.reporting_country = p.reporting_country AND r.year = p.year
    GROUP BY ALL
),
compared AS (   -- each pair of sources seen from both
    SELECT
        reporting_country, year, measure, collection_a AS collection, collection_b AS other_collection,
        value_a_low AS value_low, value_a_high AS value_high, value_b_low AS other_low, value_b_high AS other_high,
        ratio_low, ratio_high
    FROM analysis.source_agreement
    WHERE frequency = 'A' AND ratio_low IS NOT NULL AND {{ each_slice("$ = '_T'", "AND") }}
    UNION ALL
    SELECT
        reporting_country, year, measure, collection_b, collection_a, value_b_low, value_b_high, value_a_low,
        value_a_high, ratio_low, ratio_high
    FROM analysis.source_agreement
    WHERE frequency = 'A' AND ratio_low IS NOT NULL AND {{ each_slice("$ = '_T'", "AND") }}
),
agreements AS (   -- only a total of one measure can be that of another source
    SELECT
        s.indicator, '_T' AS origin_class, '_T' AS exploitation, s.reporting_country, a.year, s.collection, 7 AS place,
        'agreement' AS kind,
        CASE
            WHEN a.ratio_low = 1 AND a.ratio_high = 1 THEN 'same'
            WHEN a.ratio_low <= 1 AND coalesce(a.ratio_high >= 1, TRUE) THEN 'may_be_same'
            WHEN a.ratio_low > g.different_ratio OR coalesce(a.ratio_high < 1 / g.different_ratio, FALSE)
                THEN 'differs_widely'
            ELSE 'differs'
        END AS code,
        a.measure, a.other_collection, a.value_low, a.value_high, a.other_low, a.other_high
    FROM (
        SELECT DISTINCT indicator, reporting_country, collection
        FROM shown
        WHERE area_type = 'country' AND is_count
    ) AS s
    JOIN measures AS m USING (indicator)
    CROSS JOIN core.settings AS g
    JOIN compared AS a USING (reporting_country, collection, measure)
    JOIN open_collections AS c ON c.collection = s.collection
    JOIN open_collections AS o ON o.collection = a.other_collection
    WHERE m.is_only
),
verdicts AS (
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 8 AS place, 'verdict' AS kind,
        'two_tests' AS code
    FROM shown
    WHERE level IN ('higher', 'lower', 'no_clear_difference')
      AND CASE direction
          WHEN 'rising' THEN level <> 'higher'
          WHEN 'falling' THEN level <> 'lower'
          WHEN 'no_clear_change' THEN level <> 'no_clear_difference'
          ELSE FALSE
      END
),
directions AS (   -- of the newest figure whose series was looked at
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 8 AS place, 'direction' AS kind,
        direction AS code
    FROM shown
    WHERE area_type = 'country' AND direction IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY indicator, origin_class, exploitation, reporting_country ORDER BY year DESC
    ) = 1
),
shares AS (   -- by class of origin: of a country or grouping, and of a grouping without its largest member
    SELECT
        'majority' AS kind, indicator, reporting_country, year, collection, origin_class, value_low, value_high
    FROM shown
    WHERE unit = 'share' AND origin_class <> '_T' AND exploitation = '_T'
    UNION ALL
    SELECT
        'majority_of_others' AS kind, indicator, reporting_country, year, collection, origin_class, value_low,
        value_high
    FROM baseline.indicator_values
    WHERE panel = 'without_largest' AND frequency = 'A' AND pooled_years = 1 AND denominator_basis IN ('_Z', 'all')
      AND citizenship = '_T' AND unit = 'share' AND origin_class <> '_T' AND {{ each_slice("$ = '_T'", "AND") }}
),
classes AS (   -- inside are a country's own nationals and those of other members
    SELECT
        kind, indicator, reporting_country, year, min(collection) AS collection,
        max(value_low) FILTER (origin_class = 'own_national') AS own_low,
        max(value_low) FILTER (origin_class = 'intra_regional') AS others_low,
        max(value_low) FILTER (origin_class = 'extra_regional') AS outside_low,
        max(value_high) FILTER (origin_class = 'extra_regional') AS outside_high
    FROM shares
    GROUP BY ALL
),
majorities AS (   -- the value is that of inside, the other that of outside
    SELECT
        indicator, '_T' AS origin_class, '_T' AS exploitation, reporting_country, year, collection, 9 AS place, kind,
        CASE
            WHEN own_low > 0.5 THEN 'own_national'
            WHEN others_low > 0.5 THEN 'intra_regional'
            WHEN outside_low > 0.5 THEN 'extra_regional'
            WHEN own_low + others_low > 0.5 AND outside_low IS NOT NULL THEN 'inside'
            ELSE 'none'
        END AS code,
        CASE WHEN outside_low IS NOT NULL THEN own_low + others_low END AS value_low,
        CASE WHEN own_low + others_low IS NOT NULL THEN 1 - outside_low END AS value_high,
        CASE WHEN own_low + others_low IS NOT NULL THEN outside_low END AS other_low,
        CASE WHEN own_low + others_low IS NOT NULL AND outside_low IS NOT NULL THEN outside_high END AS other_high
    FROM classes
    WHERE own_low IS NOT NULL OR others_low IS NOT NULL OR outside_low IS NOT NULL
),
shares_of_sums AS (   -- shares of a grouping by class of origin, with what they count
    SELECT DISTINCT s.indicator, s.reporting_country, s.year, s.collection, s.members, p.measure, p.family
    FROM shown AS s
    JOIN core.specification AS p USING (indicator)
    WHERE s.area_type = 'region' AND s.origin_class <> '_T' AND s.exploitation = '_T' AND p.form = 'origin_share'
),
origin_totals AS (   -- persons in all of its members' tables; without an upper bound if a member has none
    SELECT
        s.indicator, s.reporting_country, s.year,
        sum(t.total_low) AS total_low,
        sum_high(t.total_high) AS total_high
    FROM (
        SELECT *, unnest(string_split(members, ' ')) AS member FROM shares_of_sums
    ) AS s
    LEFT JOIN (
        SELECT DISTINCT reporting_country, year(period_end) AS year, measure, family, total_low, total_high
        FROM baseline.origin_flows
        WHERE preferred
    ) AS t
        ON t.reporting_country = s.member AND t.year = s.year AND t.measure = s.measure AND t.family = s.family
    GROUP BY ALL
    HAVING count(*) = count(DISTINCT s.member)
),
inside_counts AS (   -- of the same members
    SELECT
        s.indicator, s.reporting_country, s.year, s.collection,
        sum(v.value_low) AS inside_low,
        sum_high(v.value_high) AS inside_high,
        max(v.value_low) FILTER (v.origin_class = 'own_national') AS own_low,
        max(v.value_high) FILTER (v.origin_class = 'own_national') AS own_high
    FROM shares_of_sums AS s
    JOIN core.specification AS p ON p.form = 'origin_count' AND p.measure = s.measure AND p.family = s.family
    JOIN baseline.indicator_values AS v
        ON v.indicator = p.indicator AND v.reporting_country = s.reporting_country AND v.year = s.year
        AND v.members = s.members
    WHERE v.panel = 'reporting' AND v.frequency = 'A' AND v.pooled_years = 1 AND v.denominator_basis = '_Z'
      AND v.citizenship = '_T' AND v.origin_class IN ('own_national', 'intra_regional') AND v.value_low IS NOT NULL
      AND {{ each_slice("v.$ = '_T'", "AND") }}
    GROUP BY ALL
    HAVING count(*) = 2
),
persons_of_origin AS (   -- only of an exact total; the value is that of inside or of own nationals, the other the total
    SELECT
        c.indicator, '_T' AS origin_class, '_T' AS exploitation, c.reporting_country, c.year, c.collection, 9 AS place,
        'persons_of_origin' AS kind, k.code,
        CASE k.code WHEN 'inside' THEN c.inside_low ELSE c.own_low END AS value_low,
        CASE k.code WHEN 'inside' THEN c.inside_high ELSE c.own_high END AS value_high,
        t.total_low AS other_low, t.total_high AS other_high
    FROM inside_counts AS c
    JOIN origin_totals AS t USING (indicator, reporting_country, year)
    CROSS JOIN (VALUES ('inside'), ('own_national')) AS k (code)
    WHERE t.total_low = t.total_high
),
sums AS (
    SELECT
        indicator, reporting_country, year, collection, panel, members_reporting, largest_member, largest_share_low,
        largest_share_high
    FROM baseline.indicator_values
    WHERE panel IN ('reporting', 'fixed', 'without_largest') AND frequency = 'A' AND pooled_years = 1
      AND denominator_basis IN ('_Z', 'all') AND citizenship = '_T' AND origin_class IN ('own_national', '_T')
      AND {{ each_slice("$ = '_T'", "AND") }} AND has_flag(flag, 'dominated') AND largest_member IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY indicator, reporting_country, year, panel ORDER BY origin_class = 'own_national' DESC
    ) = 1
),
largest AS (   -- of a share of origins also whether the origins of the largest member's part are known
    SELECT
        s.indicator, '_T' AS origin_class, '_T' AS exploitation, s.reporting_country, s.year, s.collection, 10 AS place,
        CASE s.panel
            WHEN 'reporting' THEN 'largest'
            WHEN 'fixed' THEN 'largest_of_same'
            ELSE 'largest_of_others'
        END AS kind,
        CASE
            WHEN c.indicator IS NOT NULL AND k.value_high < 0.5 THEN 'unknown'
            WHEN s.largest_share_low >= 0.9 THEN 'nearly'
            WHEN s.largest_share_low > 0.5 THEN 'mostly'
            ELSE 'may_be_mostly'
        END AS code,
        s.largest_member AS member, s.largest_share_low AS value_low, s.largest_share_high AS value_high
    FROM sums AS s
    JOIN core.declared AS d ON d.indicator = s.indicator
    LEFT JOIN classes AS c
        ON c.indicator = s.indicator AND c.reporting_country = s.reporting_country AND c.year = s.year
        AND c.kind = 'majority'
    LEFT JOIN (
        SELECT f.reporting_country, f.year, f.family, f.value_high
        FROM shown AS f
        JOIN core.specification AS p USING (indicator)
        WHERE p.form = 'origin_known' AND f.is_country_total
    ) AS k
        ON k.reporting_country = s.largest_member AND k.year = s.year
        AND k.family = d.family
),
changed_parts AS (   -- each member's part of a yearly change of the same members, and its least and largest size
    SELECT
        indicator, reporting_country, to_year AS year, member, part_low, part_high, change_low, change_high,
        greatest(part_low, 0 - part_high, 0) AS least,
        CASE WHEN part_low IS NULL OR part_high IS NULL THEN 'infinity' ELSE greatest(part_high, 0 - part_low) END
            AS most
    FROM analysis.decomposition
    WHERE panel = 'fixed' AND origin_class = '_T' AND class_level = '_Z' AND to_year - from_year = 1
),
changes AS (   -- the value is the surely largest part, if it is one of the change's direction, the other the change
    SELECT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 11 AS place,
        'change' AS kind, 'largest_part' AS code, c.member, c.part_low AS value_low, c.part_high AS value_high,
        c.change_low AS other_low, c.change_high AS other_high
    FROM changed_parts AS c
    JOIN shown AS s USING (indicator, reporting_country, year)
    ANTI JOIN changed_parts AS o
        ON o.indicator = c.indicator AND o.reporting_country = c.reporting_country AND o.year = c.year
        AND o.member <> c.member AND o.most >= c.least
    WHERE s.area_type = 'region' AND s.origin_class = '_T' AND s.exploitation = '_T'
      AND (c.part_low > 0 AND c.change_low > 0 OR c.part_high < 0 AND c.change_high < 0)
),
hidden_counts AS (   -- the source gives a bound alone
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 11 AS place, 'hidden_count' AS kind,
        'from_zero' AS code, value_low, value_high
    FROM shown
    WHERE is_country_total AND is_count AND value_low = 0 AND value_high > 0
      AND value_high < CAST('infinity' AS double)
),
parts_of_outcomes AS (   -- shares of all persons in a country's newest year of an indicator
    SELECT
        v.indicator, '_T' AS origin_class, v.exploitation, v.reporting_country, v.year, v.collection, 11 AS place,
        'part_of_all' AS kind,
        CASE
            WHEN v.value_low > 0 THEN 'surely_some'
            WHEN coalesce(v.value_high >= 1, TRUE) THEN 'any_part'
            ELSE 'perhaps_none'
        END AS code,
        v.value_low, v.value_high
    FROM baseline.indicator_values AS v
    JOIN core.declared AS d ON d.indicator = v.indicator AND d.unit = 'share' AND d.kind = 'outcome'
    WHERE v.preferred AND v.panel = '_Z' AND v.frequency = 'A' AND v.pooled_years = 1 AND v.denominator_basis = 'all'
      AND v.citizenship = '_T' AND v.origin_class = '_T' AND v.value_low IS NOT NULL
      AND {{ each_slice("(v.$ = '_T' OR '$' = 'exploitation')", "AND") }}
    QUALIFY v.year = max(v.year) OVER (PARTITION BY v.indicator, v.reporting_country)
),
members_before AS (   -- of a sum and that of the year before
    SELECT
        s.indicator, s.origin_class, s.exploitation, s.reporting_country, s.year, s.collection, 11 AS place,
        'members_before' AS kind,
        CASE WHEN b.members = s.members THEN 'same_members' ELSE 'other_members' END AS code
    FROM shown AS s
    JOIN shown AS b
        ON b.indicator = s.indicator AND b.reporting_country = s.reporting_country AND b.year = s.year - 1
        AND b.is_sum
    WHERE s.is_sum AND s.value_low IS NOT NULL AND b.value_low IS NOT NULL
),
members_of_years AS (   -- of the sums of all years, in the newest; the value is how many are in one
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 11 AS place,
        'members_of_years' AS kind,
        CASE WHEN min(members) OVER sums = max(members) OVER sums THEN 'same_members' ELSE 'other_members' END AS code,
        min(members_reporting) OVER sums AS value_low,
        max(members_reporting) OVER sums AS value_high
    FROM shown
    WHERE is_sum AND is_number
    WINDOW sums AS (PARTITION BY indicator, reporting_country)
    QUALIFY year = max(year) OVER sums
),
members_of_region AS (   -- shares of a grouping that are those of the region without its largest member
    SELECT
        s.indicator, '_T' AS origin_class, '_T' AS exploitation, s.reporting_country, s.year, s.collection, 11 AS place,
        'members_of_region' AS kind, 'without_largest' AS code, r.largest_member AS member
    FROM (
        SELECT DISTINCT indicator, reporting_country, year, collection, members
        FROM shown
        WHERE area_type = 'region' AND origin_class <> '_T' AND exploitation = '_T'
    ) AS s
    JOIN core.settings AS g ON g.grouping <> s.reporting_country
    JOIN baseline.indicator_values AS r
        ON r.indicator = s.indicator AND r.reporting_country = g.grouping AND r.year = s.year
    WHERE r.panel = 'reporting' AND r.frequency = 'A' AND r.pooled_years = 1 AND r.denominator_basis IN ('_Z', 'all')
      AND r.citizenship = '_T' AND r.origin_class = 'own_national' AND {{ each_slice("r.$ = '_T'", "AND") }}
      AND trim(replace(' ' || r.members || ' ', ' ' || r.largest_member || ' ', ' ')) = s.members
),
figures_before AS (   -- the newest number but one of a country's total
    SELECT
        indicator, origin_class, exploitation, reporting_country, year, collection, 5 AS place,
        'figure_before' AS kind,
        CASE WHEN newest_year - year = 1 THEN 'year_before' ELSE 'years_before' END AS code
    FROM (
        SELECT
            *,
            max(year) OVER series AS newest_year,
            row_number() OVER (series ORDER BY year DESC) AS number
        FROM shown
        WHERE is_number AND is_country_total AND is_count
        WINDOW series AS (PARTITION BY indicator, exploitation, reporting_country)
    )
    WHERE number = 2
),
nationals_elsewhere AS (   -- of a member, by the newest tables of others; the value is the most that one of them names
    SELECT
        p.indicator, '_T' AS origin_class, '_T' AS exploitation, n.origin AS reporting_country, n.year, f.collection,
        12 AS place, 'nationals_elsewhere' AS kind, 'most_named' AS code, f.reporting_country AS member, n.measure,
        f.persons_low AS value_low, f.persons_high AS value_high, n.persons_low AS other_low,
        n.persons_high AS other_high
    FROM (
        SELECT * FROM analysis.nationals_abroad QUALIFY year = max(year) OVER (PARTITION BY origin, measure, family)
    ) AS n
    JOIN core.specification AS p ON p.form = 'count' AND p.measure = n.measure AND p.family = n.family
    JOIN baseline.origin_flows AS f
        ON f.origin = n.origin AND f.measure = n.measure AND f.family = n.family AND year(f.period_end) = n.year
        AND f.reporting_country <> n.origin AND f.preferred
    WHERE f.persons_low > 0
    QUALIFY row_number() OVER (
        PARTITION BY p.indicator, n.origin ORDER BY f.persons_low DESC, f.reporting_country ASC
    ) = 1
),
judgements AS (
    SELECT * FROM answers
    UNION ALL BY NAME
    SELECT * FROM sum_answers
    UNION ALL BY NAME
    SELECT * FROM doubts
    UNION ALL BY NAME
    SELECT * FROM nameless
    UNION ALL BY NAME
    SELECT * FROM ages
    UNION ALL BY NAME
    SELECT * FROM revisions
    UNION ALL BY NAME
    SELECT * FROM unrevised
    UNION ALL BY NAME
    SELECT * FROM agreements
    UNION ALL BY NAME
    SELECT * FROM verdicts
    UNION ALL BY NAME
    SELECT * FROM directions
    UNION ALL BY NAME
    SELECT * FROM majorities
    UNION ALL BY NAME
    SELECT * FROM persons_of_origin
    UNION ALL BY NAME
    SELECT * FROM largest
    UNION ALL BY NAME
    SELECT * FROM changes
    UNION ALL BY NAME
    SELECT * FROM figures_before
    UNION ALL BY NAME
    SELECT * FROM nationals_elsewhere
    UNION ALL BY NAME
    SELECT * FROM hidden_counts
    UNION ALL BY NAME
    SELECT * FROM parts_of_outcomes
    UNION ALL BY NAME
    SELECT * FROM members_before
    UNION ALL BY NAME
    SELECT * FROM members_of_years
    UNION ALL BY NAME
    SELECT * FROM members_of_region
    UNION ALL BY NAME
    SELECT *, '_T' AS origin_class, '_T' AS exploitation, 12 AS place FROM core.judged_origins
    UNION ALL BY NAME
    SELECT *, '_T' AS origin_class, '_T' AS exploitation, 13 AS place FROM core.judged_shifts
    UNION ALL BY NAME
    SELECT *, '_T' AS origin_class, '_T' AS exploitation, 14 AS place FROM core.judged_reports
)
SELECT
    * EXCLUDE (place),
    row_number() OVER (
        PARTITION BY indicator, origin_class, exploitation, reporting_country, year, collection
        ORDER BY
            place, kind, member, other_collection, measure, new_submission, code, value_low, value_high, other_low,
            other_high
    ) AS rank
FROM judgements
