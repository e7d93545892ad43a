-- Share of each main code of a dimension's table, over the known persons and over all. One row per such code and
-- denominator. From core.shares, NULL as there.
SELECT * EXCLUDE (form) FROM core.shares WHERE form = 'share_each'
