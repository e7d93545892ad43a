-- Reporting members over all members. One row per grouping and year with a sum of the same measure. From
-- core.regional_sums. Never NULL. A member whose series is of another kind reported, too.
SELECT
    s.indicator, r.measure, r.reporting_country, 'reporting' AS panel, r.period_start, r.period_end, r.frequency,
    r.period_basis, {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, '_Z' AS break_id,
    'all' AS denominator_basis, 1 AS pooled_years,
    r.members_reporting AS numerator_low, r.members_reporting AS numerator_high,
    r.members_total AS denominator_low, r.members_total AS denominator_high,
    r.members_reporting / r.members_total AS value_low,
    r.members_reporting / r.members_total AS value_high,
    s.unit, r.preferred, r.provider, r.collection, r.submissions,
    r.members, r.members_reporting, r.members_total, r.population_share
FROM core.specification AS s
JOIN core.specification AS c ON c.form = 'count' AND c.measure = s.measure
JOIN core.regional_sums AS r ON r.indicator = c.indicator AND r.panel IN ('all_kinds', 'reporting')
WHERE s.form = 'coverage'
QUALIFY row_number() OVER (
    PARTITION BY s.indicator, r.measure, r.reporting_country, r.period_start, r.frequency
    ORDER BY r.panel = 'all_kinds' DESC
) = 1
