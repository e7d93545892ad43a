-- Regional values: sums of counts; for shares and rates the sum of numerators over the sum of denominators. One row per
-- indicator whose form is summed, slice, grouping, panel and year. From core.country_values, core.series_kinds and
-- reference tables. No
-- value if too few members reported (flag low_coverage) or a rate's numerator is small; no upper bound if a member has
-- none.
-- Panels are the reporting members, the same without the largest member, and a fixed panel, the only one with trends.
-- They leave out members whose series is documented to be of another kind than the measure (other_kind_left_out);
-- where there are any, the panel of all kinds has them too.
-- Values come from preferred sources and whole years without doubts. The reporting members are listed; nothing is
-- imputed. A part that a member's table does not name has at most the persons that its named parts leave. For shares
-- the largest member has the largest denominator, for rates the largest numerator, as for their counts.
WITH members AS (
    SELECT m.grouping, m.member, m.valid_from, m.valid_to
    FROM reference.groupings AS m
    JOIN core.summed_groupings USING (grouping)
),
told AS (
    SELECT
        n.indicator, n.reporting_country AS member, n.period_start, n.period_end, n.frequency, {{ each_slice("n.$") }},
        n.origin_class, n.denominator_basis, n.numerator_low AS low, n.numerator_high AS high,
        n.denominator_at_low AS of_at_low, n.denominator_at_high AS of_at_high,
        n.denominator_low AS of_low, n.denominator_high AS of_high, n.denominator_source, n.break_id, n.flag,
        n.period_basis, n.measure, n.unit, n.provider, n.collection, n.submissions, s.trend, s.per,
        s.minimum_numerator, s.minimum_coverage, m.grouping, p.population,
        coalesce(k.is_other_kind, FALSE) AS is_other_kind, k.flag AS kind_flag, TRUE AS is_named,
        -- all persons, in addition to the known ones
        of_low / nullif(n.known_share_low, 0) AS all_at_low, of_high / nullif(n.known_share_high, 0) AS all_at_high
    FROM core.country_values AS n
    JOIN core.specification AS s USING (indicator)
    JOIN members AS m
        ON m.member = n.reporting_country AND m.valid_from <= n.period_start
        AND (m.valid_to IS NULL OR m.valid_to >= n.period_start)
    LEFT JOIN reference.population AS p
        ON p.country = n.reporting_country AND p.year = year(n.period_start + INTERVAL 6 MONTH)
    LEFT JOIN core.series_kinds AS k
        ON k.collection = n.collection AND k.reporting_country = n.reporting_country AND k.measure = n.measure
        AND n.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, n.period_start)
    WHERE s.is_summed AND s.combine = 'preferred' AND n.preferred AND n.frequency = 'A' AND n.pooled_years = 1
      AND NOT is_out_of_sums(n.flag) AND NOT is_only_waiting(n.numerator_low, n.flag)   -- not reported yet
      AND (n.breakdown = 'total' OR (s.form = 'origin_count' OR s.trend = 'share') AND n.value_low IS NOT NULL)
),
tables AS (   -- persons and number of the named parts in each member's table
    SELECT
        * REPLACE (
            sum(CASE WHEN holds_classes(origin_class) THEN 0 ELSE low END) OVER one_table AS low
        ),
        count(*) OVER one_table AS parts
    FROM told
    WHERE trend = 'share' OR origin_class <> '_T'
    WINDOW one_table AS (PARTITION BY indicator, grouping, member, period_start, denominator_basis)
    QUALIFY row_number() OVER (one_table ORDER BY {{ slices }}, origin_class) = 1
),
unnamed AS (
    SELECT
        t.* EXCLUDE (parts) REPLACE (
            {{ each_slice("s.$ AS $") }},
            s.origin_class AS origin_class,
            FALSE AS is_named,
            0 AS low,
            -- known persons are the named ones; if only one part is named, the others may be all persons left out
            CASE
                WHEN hides_origin(s.origin_class) OR (t.denominator_basis = 'known' AND t.parts > 1) THEN 0
                ELSE greatest(0, t.of_high - t.low)
            END AS high,
            t.of_high AS of_at_low,
            CASE
                WHEN hides_origin(s.origin_class) OR (t.denominator_basis = 'known' AND t.parts > 1) THEN t.of_low
                ELSE t.of_high
            END AS of_at_high
        )
    FROM tables AS t
    JOIN (SELECT DISTINCT indicator, grouping, period_start, denominator_basis, {{ slices }}, origin_class FROM told)
        AS s USING (indicator, grouping, period_start, denominator_basis)
    ANTI JOIN told AS n
        ON (n.indicator, n.grouping, n.member, n.period_start, n.denominator_basis, n.origin_class)
         = (t.indicator, t.grouping, t.member, t.period_start, t.denominator_basis, s.origin_class)
        AND {{ each_slice("n.$ = s.$", "AND") }}
),
summable AS (
    SELECT * FROM told
    UNION ALL BY NAME
    SELECT * FROM unnamed
),
all_members AS (
    SELECT
        d.grouping, d.period_start, count(*) AS members_total,
        sum_high(p.population) AS population
    FROM (SELECT DISTINCT grouping, period_start FROM summable) AS d
    JOIN members AS m
        ON m.grouping = d.grouping AND m.valid_from <= d.period_start
        AND (m.valid_to IS NULL OR m.valid_to >= d.period_start)
    LEFT JOIN reference.population AS p ON p.country = m.member AND p.year = year(d.period_start + INTERVAL 6 MONTH)
    GROUP BY ALL
),
covered AS (   -- periods for which enough members reported
    SELECT
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start,
        any_value(members_total) AS members_total,
        any_value(a.population) AS all_population,
        count(*) FILTER (NOT is_other_kind) >= any_value(minimum_coverage) * any_value(members_total) AS is_covered,
        count(*) >= any_value(minimum_coverage) * any_value(members_total) AS is_covered_by_all_kinds,
        string_agg(member, ' ' ORDER BY member) FILTER (is_other_kind) AS other_kind_left_out
    FROM summable
    JOIN all_members AS a USING (grouping, period_start)
    GROUP BY ALL
),
windows AS (   -- years up to the last covered one; fewer than `min_years` have no trend (STATISTICS 7)
    SELECT
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, c.period_start AS first_start, e.last_start,
        e.members_total,
        date_diff('year', c.period_start, e.last_start) + 1 AS years
    FROM covered AS c
    JOIN (
        SELECT
            indicator, {{ slices }}, origin_class, denominator_basis, grouping, max(period_start) AS last_start,
            max_by(members_total, period_start) AS members_total
        FROM covered WHERE is_covered GROUP BY ALL
    ) AS e USING (indicator, {{ slices }}, origin_class, denominator_basis, grouping)
    WHERE month(c.period_start) = month(e.last_start) AND years >= (SELECT min_years FROM core.settings)
),
in_every_year AS (   -- without a break
    SELECT w.*, s.member, any_value(s.minimum_coverage) AS minimum_coverage
    FROM windows AS w
    JOIN summable AS s USING (indicator, {{ slices }}, origin_class, denominator_basis, grouping)
    WHERE s.period_start BETWEEN w.first_start AND w.last_start AND month(s.period_start) = month(w.last_start)
      AND NOT s.is_other_kind
    GROUP BY ALL
    HAVING count(*) = w.years AND count(DISTINCT s.break_id) = 1
),
fixed_panel AS (   -- the largest block of members × years with enough members
    SELECT
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, first_start, last_start,
        list(member) AS panel_members
    FROM in_every_year
    GROUP BY
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, first_start, last_start, years,
        members_total
    HAVING count(*) >= greatest(2, any_value(minimum_coverage) * members_total)
    QUALIFY row_number() OVER (
        PARTITION BY indicator, {{ slices }}, origin_class, denominator_basis, grouping
        ORDER BY count(*) * years DESC, first_start ASC
    ) = 1
),
ranked AS (
    SELECT
        *,
        CASE WHEN trend IN ('count', 'rate') THEN low ELSE of_low END AS size_low,
        CASE WHEN trend IN ('count', 'rate') THEN high ELSE of_high END AS size_high,
        row_number() OVER (
            PARTITION BY indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start
            ORDER BY is_other_kind ASC, size_low DESC, member ASC
        ) AS size_rank,
        row_number() OVER (
            PARTITION BY indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start
            ORDER BY size_low DESC, member ASC
        ) AS rank_in_all_kinds,
        -- a part that only members of another kind name is in no other sum
        bool_or(is_named AND NOT is_other_kind) OVER (
            PARTITION BY indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start
        ) AS is_named_alike
    FROM summable
),
panels AS (
    SELECT *, 'reporting' AS panel FROM ranked WHERE is_named_alike AND NOT is_other_kind
    UNION ALL BY NAME
    SELECT *, 'without_largest' AS panel FROM ranked
    WHERE size_rank > 1 AND is_named_alike AND NOT is_other_kind
    UNION ALL BY NAME
    SELECT r.* REPLACE (r.rank_in_all_kinds AS size_rank), 'all_kinds' AS panel
    FROM ranked AS r
    SEMI JOIN (SELECT * FROM ranked WHERE is_other_kind) AS o
        USING (indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start)
    UNION ALL BY NAME
    SELECT r.*, 'fixed' AS panel
    FROM ranked AS r
    JOIN fixed_panel AS f USING (indicator, {{ slices }}, origin_class, denominator_basis, grouping)
    WHERE list_contains(f.panel_members, r.member)
      AND r.period_start BETWEEN f.first_start AND f.last_start AND month(r.period_start) = month(f.last_start)
),
summed AS (
    SELECT
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, panel, period_start, period_end, frequency,
        any_value(trend) AS trend,
        any_value(per) AS per,
        any_value(minimum_numerator) AS minimum_numerator,
        sum(low) AS low,
        sum_high(high) AS high,
        sum(of_low) AS of_low,
        sum_high(of_high) AS of_high,
        sum_high(of_at_low) AS of_at_low,
        sum_high(of_at_high) AS of_at_high,
        string_agg(DISTINCT denominator_source, '; ' ORDER BY denominator_source) AS denominator_source,
        CASE denominator_basis WHEN 'known' THEN coalesce(sum(of_low) / sum_high(all_at_low), 0) END
            AS known_share_low,
        CASE denominator_basis WHEN 'known' THEN coalesce(sum_high(of_high) / sum_high(all_at_high), 1) END
            AS known_share_high,
        first(member ORDER BY size_rank) AS largest_member,
        first(size_low ORDER BY size_rank) AS largest_low,
        first(size_high ORDER BY size_rank) AS largest_high,
        sum(size_low) AS size_low,
        sum_high(size_high) AS size_high,
        count(*) > count(size_high) OR max(size_high + size_low) > sum(size_low) AS is_dominated,
        string_agg(member, ' ' ORDER BY member) AS members,
        count(*) AS members_reporting,
        sum_high(population) AS population,
        string_agg(DISTINCT provider, ' ' ORDER BY provider) AS provider,
        string_agg(DISTINCT collection, ' ' ORDER BY collection) AS collection,
        string_agg(DISTINCT submissions, ' ' ORDER BY submissions) AS submissions,
        any_value(measure) AS measure,
        any_value(unit) AS unit,
        CASE WHEN count(DISTINCT period_basis) = 1 THEN any_value(period_basis) ELSE 'mixed' END AS period_basis,
        bool_or(has_flag(flag, 'unconfirmed_break')) AS may_be_broken,
        bool_or(has_flag(flag, 'confirmed_change')) AS is_real,
        carried_flags(flag) AS member_flags,
        bool_or(has_flag(kind_flag, 'unit_undocumented')) AS is_undocumented,
        bool_or(has_flag(kind_flag, 'unit_inferred')) AS is_inferred
    FROM panels
    GROUP BY
        indicator, {{ slices }}, origin_class, denominator_basis, grouping, panel, period_start, period_end, frequency
),
divided AS (
    SELECT
        s.*, c.members_total, c.all_population,
        CASE WHEN s.panel <> 'all_kinds' THEN c.other_kind_left_out END AS other_kind_left_out,
        CASE s.panel
            WHEN 'fixed' THEN TRUE
            WHEN 'all_kinds' THEN c.is_covered_by_all_kinds
            ELSE c.is_covered
        END AS is_told,
        s.trend = 'rate' AND s.low < s.minimum_numerator AS is_small,
        CASE s.trend WHEN 'count' THEN s.low ELSE coalesce(s.per * s.low / nullif(s.of_at_low, 0), 0) END AS own_low,
        CASE s.trend
            WHEN 'count' THEN s.high
            WHEN 'rate' THEN s.per * s.high / s.of_at_high
            ELSE coalesce(s.high / nullif(s.of_at_high, 0), 1)
        END AS own_high
    FROM summed AS s
    JOIN covered AS c USING (indicator, {{ slices }}, origin_class, denominator_basis, grouping, period_start)
)
SELECT
    indicator, measure, grouping AS reporting_country, panel, period_start, period_end, frequency, period_basis,
    {{ slices }}, origin_class, denominator_basis, 1 AS pooled_years, '_Z' AS break_id,
    low AS numerator_low, high AS numerator_high, of_low AS denominator_low, of_high AS denominator_high,
    denominator_source, known_share_low, known_share_high,
    CASE WHEN is_told AND NOT is_small THEN own_low END AS value_low,
    CASE WHEN is_told AND NOT is_small THEN own_high END AS value_high,
    joined_flags(flags_of(member_flags) || [   -- without undecided jumps of a member, which are separate questions
        CASE WHEN is_real THEN 'confirmed_change' END,
        CASE WHEN is_dominated THEN 'dominated' END,
        CASE WHEN NOT is_told THEN 'low_coverage' END,
        CASE WHEN is_small THEN 'small_numerator' END,
        CASE WHEN known_share_low < 0.8 THEN 'incomplete' END,
        CASE WHEN may_be_broken THEN 'unconfirmed_break' END,
        CASE WHEN period_basis = 'mixed' THEN 'mixed_periods' END,
        CASE WHEN is_undocumented THEN 'unit_undocumented' END,
        CASE WHEN is_inferred THEN 'unit_inferred' END,
        CASE WHEN other_kind_left_out IS NOT NULL THEN 'other_kind_left_out' END
    ]) AS flag,
    TRUE AS preferred, provider, collection, submissions, unit, members, members_reporting, members_total,
    population / all_population AS population_share, other_kind_left_out, largest_member,
    largest_low / nullif(largest_low + (size_high - largest_high), 0) AS largest_share_low,
    CASE WHEN largest_high IS NULL THEN 1
         ELSE largest_high / nullif(largest_high + (size_low - largest_low), 0) END AS largest_share_high
FROM divided
