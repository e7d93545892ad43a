-- Origin by quarter and month.
SELECT * FROM core.origin WHERE frequency <> 'A'
