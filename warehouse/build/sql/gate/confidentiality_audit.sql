-- One row per published count of a protected collection that the attack narrows to fewer than three feasible values
-- (`audited`: warehouse/audit on the public file and all earlier ones), per attack without an answer, per interval
-- without the true count, and per exact count other than an annual total of zero or of enough persons. From
-- baseline.protected_counts and core.protected_cells.
WITH cells AS (
    SELECT
        p.collection, family, measure, reporting_country, concat(frequency, ' ', period_start) AS period,
        dimension, code,
        p.value_low, p.value_high, p.members, p.flag, c.value,
        frequency = 'A' AND dimension = '_T' AND p.details_as_of IS NULL AS may_be_exact
    FROM baseline.protected_counts AS p
    LEFT JOIN core.protected_cells AS c
        USING (family, measure, reporting_country, frequency, period_start, dimension, code)
)
SELECT
    '_Z' AS collection, family, measure, area AS reporting_country, concat(frequency, ' ', start) AS period,
    dimension, code, answer AS problem
FROM audited
UNION ALL BY NAME
SELECT collection, family, measure, reporting_country, period, dimension, code, 'outside_bounds' AS problem
FROM cells
WHERE (value < value_low OR value > value_high) AND NOT has_flag(flag, 'details_await_revision')
UNION ALL BY NAME
SELECT collection, family, measure, reporting_country, period, dimension, code, 'exact' AS problem
FROM cells
WHERE members IS NULL AND value_low = value_high
  AND (NOT may_be_exact OR value_low BETWEEN 1 AND (SELECT s.small_high FROM core.settings AS s))
