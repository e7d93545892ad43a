-- Origin by quarter and month.
SELECT * EXCLUDE (named_high) FROM core.origin WHERE frequency <> 'A'
