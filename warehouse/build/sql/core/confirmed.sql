-- Values that look like a year or a code and that a steward confirmed as correct. One row per value. From core.current
-- and registry.decisions. Never NULL.
SELECT DISTINCT o.observation
FROM core.current AS o
JOIN registry.decisions AS d
    ON d.kind = 'confirmed_value' AND d.collection = o.collection
    AND coalesce(d.measure, o.measure) = o.measure
    AND coalesce(d.reporting_country, o.reporting_country) = o.reporting_country
    AND d.period_start = o.period_start AND d.frequency = o.frequency
    AND d.value = o.value_low AND d.value = o.value_high
WHERE has_flag(o.flag, 'suspect_value')
