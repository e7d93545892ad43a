-- One row per submission that is new since the previous release and older than one accepted there.
SELECT s.submission, s.received_on
FROM registry.submissions AS s
WHERE s.status = 'accepted'
  AND s.submission NOT IN (SELECT submission FROM previous.registry.submissions)
  AND s.received_on < (
      SELECT max(p.received_on)
      FROM previous.registry.submissions AS p
      WHERE p.collection = s.collection AND p.status = 'accepted'
  )
