-- Rows of each period's table of origins: the table by citizenship alone, else one that the card calls exhaustive. One
-- row per value. From core.figures, NULL as there.
-- Subgroups are left out if their wider group is in the same table. A view, since each model reads only its own part.
-- Views use no macros.
WITH candidates AS NOT MATERIALIZED (
    SELECT f.*
    FROM (FROM core.figures ANTI JOIN core.subgroups USING (collection, breakdown, {{ key }})) AS f
    LEFT JOIN registry.exhaustive AS e USING (collection, breakdown)
    WHERE list_contains(string_split(f.breakdown, '+'), 'citizenship')
      AND NOT list_contains(string_split(f.breakdown, '+'), 'counterpart_country')
      AND f.origin_class <> '_Z'
      AND (f.breakdown = 'citizenship' OR e.breakdown IS NOT NULL)
),
chosen_tables AS (
    SELECT *
    FROM (SELECT DISTINCT collection, measure, reporting_country, period_start, frequency, breakdown FROM candidates)
    QUALIFY row_number() OVER (
        PARTITION BY collection, measure, reporting_country, period_start, frequency
        ORDER BY breakdown <> 'citizenship', breakdown
    ) = 1
)
SELECT * FROM candidates
SEMI JOIN chosen_tables USING (collection, measure, reporting_country, period_start, frequency, breakdown)
