-- Each main code of a dimension's table over those known, and over all. One row per such code and denominator.
-- From core.shares, NULL as there.
SELECT * EXCLUDE (form) FROM core.shares WHERE form = 'share_each'
