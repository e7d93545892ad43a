-- Nationals of each member recorded by the other members, as sums of the others' tables of origin. One row per
-- grouping, member, measure, basis of origin and year in which another member has such a table. From
-- baseline.origin_flows (preferred sources) and reference.groupings. NULL: an upper bound that a table lacks, and the
-- flag if there is none.
-- A fiscal year has the year of its end.
WITH flows AS (
    SELECT f.*, year(f.period_end) AS y
    FROM baseline.origin_flows AS f
    SEMI JOIN reference.groupings AS m
        ON m.grouping = f.grouping AND m.member = f.origin
        AND f.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, f.period_start)
    WHERE f.preferred AND f.origin <> f.reporting_country
),
members AS (
    SELECT y, count(DISTINCT m.member) AS members
    FROM (SELECT DISTINCT y, grouping FROM flows) AS f
    JOIN reference.groupings AS m
        ON m.grouping = f.grouping AND m.valid_from <= make_date(y, 12, 31)
        AND coalesce(m.valid_to, make_date(y, 12, 31)) >= make_date(y, 1, 1)
    GROUP BY ALL
)
SELECT
    f.grouping, f.family, f.measure, f.whose, f.origin_basis, f.origin, f.y AS year,
    sum(f.persons_low) AS persons_low,
    sum_high(f.persons_high) AS persons_high,
    sum_high(f.possible_high) AS possible_high,
    count(DISTINCT f.reporting_country) AS members_reporting,
    any_value(m.members) - 1 AS members_total,
    string_agg(DISTINCT f.reporting_country, ' ' ORDER BY f.reporting_country) AS members,
    CASE WHEN count(DISTINCT f.period_basis) = 1 THEN any_value(f.period_basis) ELSE 'mixed' END AS period_basis,
    joined_flags(
        flags_of(carried_flags(f.flag))
        || [CASE WHEN count(DISTINCT f.period_basis) > 1 THEN 'mixed_periods' END]
    ) AS flag
FROM flows AS f
JOIN members AS m USING (y)
GROUP BY ALL
