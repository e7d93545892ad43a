-- Changes of regional sums by member and by origin class. One row per change and member, or class. From
-- baseline.indicator_values and core.change_by_class. NULL: a missing bound on either side, and the flag if there is
-- none.
-- Changes are from one year to the next for the reporting members, and for the fixed panel also from its first year to
-- its last. Only changes between two years with a sum are included. Members are those that stayed, entered or left.
-- Their parts add up to the change, bound by bound; for origin classes the change lies within the sum of the parts.
WITH sums AS (
    SELECT
        v.indicator, v.measure, v.unit, v.reporting_country, v.panel, v.period_start, v.period_end,
        v.value_low, v.value_high, v.members, v.flag,
        row_number() OVER series = 1 AS is_first,
        row_number() OVER (
            PARTITION BY v.indicator, v.reporting_country, v.panel, month(v.period_start) ORDER BY v.period_start DESC
        ) = 1 AS is_last
    FROM baseline.indicator_values AS v
    JOIN core.specification AS s USING (indicator)
    WHERE v.panel IN ('reporting', 'fixed') AND v.value_low IS NOT NULL AND v.frequency = 'A' AND v.pooled_years = 1
      AND s.trend = 'count' AND {{ each_slice("v.$ = '_T'", "AND") }} AND v.origin_class = '_T'
    WINDOW series AS (
        PARTITION BY v.indicator, v.reporting_country, v.panel, month(v.period_start) ORDER BY v.period_start
    )
),
changes AS (
    SELECT
        a.indicator, a.measure, a.unit, a.reporting_country, a.panel,
        a.period_start AS from_start, b.period_start AS to_start,
        year(a.period_end) AS from_year, year(b.period_end) AS to_year,
        b.value_low - a.value_high AS change_low, b.value_high - a.value_low AS change_high,
        flags_of(a.flag) || flags_of(b.flag) AS flags,
        string_split(a.members, ' ') AS from_members, string_split(b.members, ' ') AS to_members
    FROM sums AS a
    JOIN sums AS b
        ON b.indicator = a.indicator AND b.reporting_country = a.reporting_country AND b.panel = a.panel
        AND month(b.period_start) = month(a.period_start)
        AND (date_diff('year', a.period_start, b.period_start) = 1
             OR (a.panel = 'fixed' AND a.is_first AND b.is_last AND b.period_start > a.period_start))
),
parts AS (
    SELECT c.*, unnest(list_sort(list_distinct(c.from_members || c.to_members))) AS member FROM changes AS c
),
members AS (   -- values of the preferred source, which the sum uses
    SELECT v.indicator, v.measure, v.reporting_country AS member, v.period_start, v.value_low, v.value_high
    FROM baseline.indicator_values AS v
    WHERE v.panel = '_Z' AND v.preferred AND v.frequency = 'A' AND v.pooled_years = 1
      AND {{ each_slice("v.$ = '_T'", "AND") }} AND v.origin_class = '_T'
)
SELECT
    p.indicator, p.measure, p.unit, p.reporting_country, p.panel, p.from_year, p.to_year, p.member,
    '_T' AS origin_class, '_Z' AS class_level,
    CASE WHEN a.member IS NULL THEN 'entered' WHEN b.member IS NULL THEN 'left' ELSE 'stayed' END AS part,
    a.value_low AS from_low, a.value_high AS from_high, b.value_low AS to_low, b.value_high AS to_high,
    CASE WHEN a.member IS NULL THEN b.value_low ELSE coalesce(b.value_low, 0) - a.value_high END AS part_low,
    CASE WHEN b.member IS NULL THEN 0 - a.value_low ELSE b.value_high - coalesce(a.value_low, 0) END AS part_high,
    p.change_low, p.change_high,
    joined_flags(p.flags) AS flag
FROM parts AS p
LEFT JOIN members AS a
    ON a.indicator = p.indicator AND a.measure = p.measure AND a.member = p.member AND a.period_start = p.from_start
    AND list_contains(p.from_members, p.member)
LEFT JOIN members AS b
    ON b.indicator = p.indicator AND b.measure = p.measure AND b.member = p.member AND b.period_start = p.to_start
    AND list_contains(p.to_members, p.member)
UNION ALL BY NAME
SELECT * FROM core.change_by_class
