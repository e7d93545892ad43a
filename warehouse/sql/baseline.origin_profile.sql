-- Origin by year, calendar or fiscal.
SELECT * FROM core.origin WHERE frequency = 'A'
