-- One row per submission accepted in the release before, and neither accepted nor withdrawn now.
-- Of protected collections a release says no status: nothing of theirs is published that could go.
-- A build as of an earlier day than that release's knows fewer submissions: it is not asked.
SELECT p.submission
FROM previous.registry.submissions AS p
WHERE p.status = 'accepted'
  AND (SELECT as_of FROM previous.registry.release) <= (SELECT as_of FROM core.settings)
  AND p.submission NOT IN (
      SELECT submission FROM registry.submissions WHERE status = 'accepted' OR withdrawn_on IS NOT NULL
  )
