-- All received records of a collection of the network, with the days on which they were in force. One row per record
-- and span of days. From core.spans and the staged rows of that collection (entered_<name>, which only exists during a
-- build).
-- NULL: blank in the file; `known_to` is NULL while the record is in force.
SELECT e.* EXCLUDE (scope), p.known_from, p.known_to
FROM entered_{{ records }} AS e
JOIN core.spans AS p ON p.submission = e.submission AND p.scope = e.scope
