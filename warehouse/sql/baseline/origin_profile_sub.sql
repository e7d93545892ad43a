-- Origin by quarter and month. One row per profile and class; from core.origin, NULL as there.
SELECT * EXCLUDE (named_high, waiting_high, unread_high, table_flag) FROM core.origin WHERE frequency <> 'A'
