-- Every record received of one collection of the network's records, with the days it was in force. One row per record
-- and span of days. From core.spans and what the steps left of that collection (entered_<name>, of the build alone).
-- NULL: blank in the file; `known_to` is NULL while it still is in force.
SELECT e.* EXCLUDE (scope), p.known_from, p.known_to
FROM entered_{{ records }} AS e
JOIN core.spans AS p ON p.submission = e.submission AND p.scope = e.scope
