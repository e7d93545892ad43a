-- One row per member whose labelled count surely exceeds that of a region that contains it.
SELECT h.indicator, h.reporting_country, h.period
FROM baseline.headline AS h
JOIN baseline.headline_region AS r USING (indicator, period)
JOIN core.specification AS s USING (indicator)
WHERE s.trend = 'count' AND r.origin_class = '_T' AND list_contains(string_split(r.members, ' '), h.reporting_country)
  AND h.value_low > r.value_high
