-- Share of one part of a dimension's table, over the known persons and over all. One row per such table and
-- denominator. From core.shares, NULL as there.
SELECT * EXCLUDE (form) FROM core.shares WHERE form = 'share'
