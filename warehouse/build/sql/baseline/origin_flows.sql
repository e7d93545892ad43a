-- Persons recorded by country and origin. One row per table and origin: grouping, collection, measure, country, year,
-- origin. From core.origin_tables, core.named_origins, baseline.indicator_values (preferred sources), the registry and
-- reference tables. NULL: an unknown upper bound, and the flag if there is none.
-- Each year's table has every origin named in any year of the series, and every member. Persons of a territory belong
-- to its state. Persons of a former state may have any origin of its class. As in the profiles, `persons_high` counts
-- named persons; `possible_high` adds unknown origins, areas and persons left out.
WITH states AS (
    SELECT country, coalesce(sovereign, country) AS origin, kind = 'historic' AND sovereign IS NULL AS is_past
    FROM reference.countries
    WHERE area_type = 'country'
),
named AS (
    SELECT
        n.collection, n.measure, n.whose, n.origin_basis, n.reporting_country, n.period_start, s.origin,
        sum(n.persons_low) AS persons_low,
        sum_high(n.persons_high) AS persons_high,
        all_flags(n.flag) AS flag
    FROM core.named_origins AS n
    JOIN states AS s ON s.country = n.citizenship
    GROUP BY ALL
),
several AS (   -- groups of countries with a known class: combined countries, areas and former states
    SELECT n.*, coalesce(s.is_past, NOT regexp_matches(n.citizenship, '[A-Z]')) AS is_any_of_class
    FROM core.named_origins AS n
    LEFT JOIN states AS s ON s.country = n.citizenship
    WHERE (s.country IS NULL OR s.is_past) AND n.origin_class <> 'stateless' AND NOT is_undivided(n.origin_class)
),
tables AS (
    SELECT t.*, g.grouping, c.absent_cell, c.period_basis
    FROM core.origin_tables AS t
    CROSS JOIN core.settings AS g
    JOIN registry.collections AS c USING (collection)
    WHERE t.frequency = 'A'
),
origins AS (
    SELECT DISTINCT collection, measure, whose, origin_basis, reporting_country, origin
    FROM named
    UNION
    SELECT DISTINCT t.collection, t.measure, t.whose, t.origin_basis, t.reporting_country, m.member
    FROM tables AS t
    JOIN reference.groupings AS m ON m.grouping = t.grouping
),
classed AS (
    SELECT t.*, o.origin, k.origin_class
    FROM tables AS t
    JOIN origins AS o USING (collection, measure, whose, origin_basis, reporting_country)
    JOIN reference.origin_classes AS k
        ON (k.grouping, k.reporting_country, k.citizenship) = (t.grouping, t.reporting_country, o.origin)
        AND t.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, t.period_start)
),
by_area AS (   -- persons of such groups who may have an origin: groups of its class, or groups that contain it
    SELECT
        c.collection, c.measure, c.whose, c.origin_basis, c.reporting_country, c.period_start, c.origin,
        sum(s.persons_low) AS area_low,
        sum_high(s.persons_high) AS area_high
    FROM classed AS c
    JOIN several AS s
        USING (collection, measure, whose, origin_basis, reporting_country, period_start, origin_class)
    WHERE s.citizenship <> c.origin
      AND (s.is_any_of_class OR list_contains(string_split(s.citizenship, '+'), c.origin))
    GROUP BY ALL
),
cells AS (
    SELECT
        c.*, coalesce(n.persons_low, 0) AS persons_low,
        n.origin IS NULL AND c.absent_cell <> 'zero' AS is_unnamed,
        CASE WHEN n.origin IS NULL THEN 0 ELSE n.persons_high END AS named_high,
        coalesce(a.area_low, 0) AS area_low,
        CASE WHEN a.origin IS NULL THEN 0 ELSE a.area_high END AS area_high,
        n.flag AS own_flag
    FROM classed AS c
    LEFT JOIN named AS n
        USING (collection, measure, whose, origin_basis, reporting_country, period_start, origin)
    LEFT JOIN by_area AS a
        USING (collection, measure, whose, origin_basis, reporting_country, period_start, origin)
),
bounded AS (   -- at most the total less all persons who surely have other origins
    SELECT
        *,
        CASE
            WHEN is_inconsistent THEN named_high + area_high + hidden_high
            ELSE least(
                named_high + area_high + hidden_high, total_high - (listed_low - persons_low - area_low - unclear_low)
            )
        END AS possible_high
    FROM cells
),
preferred AS (
    SELECT DISTINCT collection, measure, reporting_country, TRUE AS preferred
    FROM baseline.indicator_values
    WHERE origin_class <> '_T' AND preferred
)
SELECT
    grouping, family, measure, whose, origin_basis, provider, collection, coalesce(p.preferred, FALSE) AS preferred,
    origin, origin_class, reporting_country, period_start, period_end, period_basis, persons_low,
    -- unreadable quarantined rows may have any origin
    CASE WHEN is_unnamed THEN possible_high ELSE least(named_high + unread_high, possible_high) END AS persons_high,
    possible_high, total_low, total_high, completeness,
    joined_flags(flags_of(flag) || flags_of(own_flag)) AS flag,
    submissions
FROM bounded
LEFT JOIN preferred AS p USING (collection, measure, reporting_country)
