-- Origin by year, calendar or fiscal.
SELECT * EXCLUDE (named_high) FROM core.origin WHERE frequency = 'A'
