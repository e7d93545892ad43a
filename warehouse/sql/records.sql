-- Every record received of one collection of the network's records, with the days it was in force. One row per record
-- and span of days. From what the steps left (entered_<name>, of the build alone) and core.spans.
SELECT e.* EXCLUDE (scope), p.known_from, p.known_to
FROM entered_{{ records }} AS e
JOIN core.spans AS p ON p.submission = e.submission AND p.scope = e.scope
