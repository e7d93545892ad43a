-- The documented changes of series in force. One row per change. From core.passport_changes and registry.series.
-- NULL: the change affects all breakdowns.
SELECT c.*
FROM core.passport_changes AS c
SEMI JOIN registry.series AS s
    ON c.collection = s.collection AND c.reporting_country = s.reporting_country AND c.measure = s.measure
    AND s.valid_from <= c.changed_on AND coalesce(s.valid_to, c.changed_on) >= c.changed_on
