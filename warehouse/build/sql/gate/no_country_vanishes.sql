-- One row per country of a submission that the submission replacing it does not have.
SELECT DISTINCT collection, reporting_country, old_submission, new_submission
FROM analysis.revisions
ANTI JOIN (SELECT DISTINCT submission AS new_submission, reporting_country FROM core.observations)
    USING (new_submission, reporting_country)
WHERE kind IN ('withdrawn', 'quarantined')
  AND new_submission IN (SELECT submission FROM core.current)
  AND old_submission NOT IN (SELECT submission FROM registry.submissions WHERE withdrawn_on IS NOT NULL)
