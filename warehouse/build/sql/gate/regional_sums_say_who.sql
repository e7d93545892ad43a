-- One row per regional sum without a list of its members, or with more members than the region has.
SELECT indicator, reporting_country, period_start, members_reporting, members_total
FROM baseline.indicator_values
WHERE panel <> '_Z'
  AND (
      members IS NULL OR members_reporting IS NULL OR members_total IS NULL
      OR members_reporting > members_total
      OR len(string_split(members, ' ')) <> members_reporting
  )
