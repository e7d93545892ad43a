-- Regional sums: of the members that reported, of the same without the largest, and of a fixed panel, which alone may
-- have a trend. Whole years that nobody has put in doubt; who reported is said; nothing is imputed.
-- One row per indicator whose form is summed, grouping, panel and year. From core.country_values and reference tables.
-- No value where too few members reported (flag low_coverage); no upper bound where a member has none.
WITH members AS (
    SELECT m.grouping, m.member, m.valid_from, m.valid_to
    FROM reference.groupings AS m
    JOIN core.summed_groupings USING (grouping)
),
summable AS (
    SELECT
        n.indicator, n.reporting_country AS member, n.period_start, n.period_end, n.frequency, n.value_low,
        n.value_high, n.break_id, n.flag, n.period_basis, n.measure, n.unit, n.provider, n.collection, n.submissions,
        s.minimum_coverage, m.grouping, p.population
    FROM core.country_values AS n
    JOIN core.specification AS s USING (indicator)
    JOIN members AS m
        ON m.member = n.reporting_country AND m.valid_from <= n.period_start
        AND (m.valid_to IS NULL OR m.valid_to >= n.period_start)
    LEFT JOIN reference.population AS p
        ON p.country = n.reporting_country AND p.year = year(n.period_start + INTERVAL 6 MONTH)
    WHERE s.is_summed AND s.combine = 'preferred' AND n.frequency = 'A'
      AND NOT is_out_of_sums(n.flag) AND NOT is_only_waiting(n.value_low, n.flag)   -- it has not reported yet
      AND n.breakdown = 'total'
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
covered AS (   -- did enough members report
    SELECT
        indicator, grouping, period_start, any_value(members_total) AS members_total,
        any_value(a.population) AS all_population,
        count(*) >= any_value(minimum_coverage) * any_value(members_total) AS is_covered
    FROM summable
    JOIN all_members AS a USING (grouping, period_start)
    GROUP BY ALL
),
windows AS (   -- from each year to the last one covered; fewer than `min_years` cannot be a trend (STATISTICS 7)
    SELECT
        c.indicator, c.grouping, c.period_start AS first_start, e.last_start, e.members_total,
        date_diff('year', c.period_start, e.last_start) + 1 AS years
    FROM covered AS c
    JOIN (
        SELECT
            indicator, grouping, max(period_start) AS last_start,
            max_by(members_total, period_start) AS members_total
        FROM covered WHERE is_covered GROUP BY ALL
    ) AS e USING (indicator, grouping)
    WHERE month(c.period_start) = month(e.last_start) AND years >= (SELECT min_years FROM core.settings)
),
in_every_year AS (   -- and counting the same throughout
    SELECT w.*, s.member, any_value(s.minimum_coverage) AS minimum_coverage
    FROM windows AS w
    JOIN summable AS s
        ON s.indicator = w.indicator AND s.grouping = w.grouping
        AND s.period_start BETWEEN w.first_start AND w.last_start AND month(s.period_start) = month(w.last_start)
    GROUP BY ALL
    HAVING count(*) = w.years AND count(DISTINCT s.break_id) = 1
),
fixed_panel AS (   -- the block of most members × years, of enough members
    SELECT
        indicator, grouping, first_start, last_start, list(member) AS panel_members
    FROM in_every_year
    GROUP BY indicator, grouping, first_start, last_start, years, members_total
    HAVING count(*) >= greatest(2, any_value(minimum_coverage) * members_total)
    QUALIFY row_number() OVER (PARTITION BY indicator, grouping ORDER BY count(*) * years DESC, first_start ASC) = 1
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY indicator, grouping, period_start ORDER BY value_low DESC, member ASC
        ) AS size_rank
    FROM summable
),
panels AS (
    SELECT *, 'reporting' AS panel FROM ranked
    UNION ALL BY NAME
    SELECT *, 'without_largest' AS panel FROM ranked WHERE size_rank > 1
    UNION ALL BY NAME
    SELECT r.*, 'fixed' AS panel
    FROM ranked AS r
    JOIN fixed_panel AS f
        ON f.indicator = r.indicator AND f.grouping = r.grouping AND list_contains(f.panel_members, r.member)
        AND r.period_start BETWEEN f.first_start AND f.last_start AND month(r.period_start) = month(f.last_start)
),
summed AS (
    SELECT
        indicator, grouping AS reporting_country, panel, period_start, period_end, frequency,
        sum(value_low) AS low,
        sum_high(value_high) AS high,
        first(member ORDER BY size_rank) AS largest_member,
        first(value_low ORDER BY size_rank) AS largest_low,
        first(value_high ORDER BY size_rank) AS largest_high,
        count(*) > count(value_high) OR max(value_high + value_low) > sum(value_low) AS is_dominated,
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
        carried_flags(flag) AS member_flags
    FROM panels
    GROUP BY indicator, grouping, panel, period_start, period_end, frequency
)
SELECT
    s.indicator, s.measure, s.reporting_country, s.panel, s.period_start, s.period_end, s.frequency,
    s.period_basis, {{ each_slice("'_T' AS $") }},
    '_T' AS origin_class, '_Z' AS denominator_basis, 1 AS pooled_years, '_Z' AS break_id,
    s.low AS numerator_low, s.high AS numerator_high,
    CASE WHEN c.is_covered OR s.panel = 'fixed' THEN s.low END AS value_low,
    CASE WHEN c.is_covered OR s.panel = 'fixed' THEN s.high END AS value_high,
    joined_flags(flags_of(s.member_flags) || [   -- a member's jump that nobody decided is asked apart
        CASE WHEN s.is_real THEN 'confirmed_change' END,
        CASE WHEN s.is_dominated THEN 'dominated' END,
        CASE WHEN NOT (c.is_covered OR s.panel = 'fixed') THEN 'low_coverage' END,
        CASE WHEN s.may_be_broken THEN 'unconfirmed_break' END,
        CASE WHEN s.period_basis = 'mixed' THEN 'mixed_periods' END
    ]) AS flag,
    s.provider, s.collection, s.submissions, s.unit, s.members, s.members_reporting, c.members_total,
    s.population / c.all_population AS population_share, s.largest_member,
    s.largest_low / nullif(s.largest_low + (s.high - s.largest_high), 0) AS largest_share_low,
    CASE WHEN s.largest_high IS NULL THEN 1
         ELSE s.largest_high / nullif(s.largest_high + (s.low - s.largest_low), 0) END AS largest_share_high
FROM summed AS s
JOIN covered AS c
    ON c.indicator = s.indicator AND c.grouping = s.reporting_country AND c.period_start = s.period_start
