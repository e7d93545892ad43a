-- Every received value with the days on which it was in force. One row per value and span of days. From core.staged and
-- core.spans. `known_to` is NULL while the value is in force, `value_high` without an upper bound.
SELECT o.*, p.known_from, p.known_to
FROM core.staged AS o
JOIN registry.collections AS c USING (collection)
JOIN core.spans AS p
    ON p.submission = o.submission
    AND p.scope = CASE c.delivery
        WHEN 'by_period' THEN concat_ws(' ', o.reporting_country, o.period_start, o.frequency)
        ELSE ''
    END
