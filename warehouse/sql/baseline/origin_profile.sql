-- Origin by year, calendar or fiscal. One row per profile and class; from core.origin, NULL as there.
SELECT * EXCLUDE (named_high, waiting_high, unread_high, table_flag) FROM core.origin WHERE frequency = 'A'
