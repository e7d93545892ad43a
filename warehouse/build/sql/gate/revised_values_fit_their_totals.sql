-- One row per new value in analysis.revisions that is in force and surely exceeds the total of its period.
-- Doubtful values and values of inconsistent tables are excluded, since they are published as reported.
SELECT r.collection, r.new_submission, r.measure, r.reporting_country, r.period, c.breakdown
FROM analysis.revisions AS r
JOIN core.current AS c
    ON (r.collection, r.new_submission, r.measure, r.reporting_country, r.period_start, r.frequency)
     = (c.collection, c.submission, c.measure, c.reporting_country, c.period_start, c.frequency)
    AND {{ each_dimension("r.$ = c.$", "AND") }}
JOIN core.totals AS t
    ON (t.collection, t.measure, t.reporting_country, t.period_start, t.frequency)
     = (r.collection, r.measure, r.reporting_country, r.period_start, r.frequency)
ANTI JOIN core.breakdowns AS b
    ON b.is_inconsistent
    AND (b.collection, b.measure, b.reporting_country, b.period_start, b.frequency, b.breakdown)
      = (c.collection, c.measure, c.reporting_country, c.period_start, c.frequency, c.breakdown)
WHERE r.new_low > t.total_high AND NOT is_out_of_sums(c.flag)
