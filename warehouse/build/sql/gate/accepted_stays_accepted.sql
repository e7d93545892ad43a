-- One row per submission that was accepted in the previous release and is neither accepted nor withdrawn now.
-- Releases have no status of protected collections, since no published data of theirs could disappear. A build as of an
-- earlier day than the previous release has fewer submissions and is not checked.
SELECT p.submission
FROM previous.registry.submissions AS p
WHERE p.status = 'accepted'
  AND (SELECT as_of FROM previous.registry.release) <= (SELECT as_of FROM core.settings)
  AND p.submission NOT IN (
      SELECT submission FROM registry.submissions WHERE status = 'accepted' OR withdrawn_on IS NOT NULL
  )
