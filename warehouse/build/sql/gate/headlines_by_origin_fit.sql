-- One row per class of origin whose labelled count surely exceeds its country's labelled total.
SELECT o.indicator, o.reporting_country, o.period, o.origin_class
FROM baseline.headline_origin AS o
JOIN core.specification AS s ON s.indicator = o.indicator AND s.form = 'origin_count'
JOIN core.specification AS w ON w.form = 'count' AND (w.family, w.measure) = (s.family, s.measure)
JOIN baseline.headline AS h
    ON (h.indicator, h.reporting_country, h.period, h.collection)
     = (w.indicator, o.reporting_country, o.period, o.collection)
WHERE o.value_low > h.value_high AND NOT has_flag(o.flag, 'inconsistent')
