-- Whom a dimension's table names of a part of it, and how many others are known: what the forms share and share_each
-- divide. One row per indicator, table (collection, country, period) and part: of share one, of share_each a main code.
-- From core.indicator_figures, core.specification(_codes) and core.totals. `others_high` is NULL where whoever the
-- table leaves out may be of the others and nobody knows how many; `all_high` where there is no greatest total.
WITH same_other_as_unknown AS (   -- "other" equal to "unknown" in the same period is one group, told twice
    SELECT
        o.collection, o.measure, o.reporting_country, o.period_start, o.frequency,
        bool_or(u.breakdown = 'sex') AS in_one_table
    FROM core.figures AS o
    JOIN core.figures AS u USING (collection, measure, reporting_country, period_start, frequency)
    WHERE o.sex = '_O' AND o.breakdown = 'sex'
      AND u.sex = '_U' AND u.age_group IN ('_T', '_U') AND u.breakdown IN ('sex', 'age_group+sex')
      AND o.value_low = o.value_high AND u.value_low = u.value_high AND o.value_low = u.value_low AND o.value_low > 0
    GROUP BY ALL
),
table_rows AS (
    SELECT
        s.indicator, s.form, s.dimension, f.*,
        list_extract(
            [{{ each_slice("f.$") }}, f.place_of_exploitation],
            list_position([{{ each_slice("'$'") }}, 'place_of_exploitation'], s.dimension)
        ) AS code,
        s.dimension = 'sex' AND f.sex = '_O' AND g.collection IS NOT NULL AS counts_as_unknown,
        counts_as_unknown AND g.in_one_table AS is_told_again
    FROM core.specification AS s
    JOIN core.indicator_figures AS f ON f.measure = s.measure AND f.family = s.family AND f.breakdown = s.dimension
    LEFT JOIN same_other_as_unknown AS g
        ON (g.collection, g.measure, g.reporting_country, g.period_start, g.frequency)
         = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
    WHERE s.form IN ('share', 'share_each')
),
main_rows AS (   -- what a group counts is not counted again by its subgroups
    SELECT r.*, nullif(c.parent, '_T') AS main_code
    FROM table_rows AS r
    JOIN reference.codes AS c ON c.codelist = r.dimension AND c.code = r.code
    WHERE NOT r.is_told_again
      AND NOT EXISTS (
          SELECT 1 FROM table_rows AS main
          WHERE main.code = c.parent AND main.code <> '_T' AND main.indicator = r.indicator
            AND main.collection = r.collection AND main.reporting_country = r.reporting_country
            AND main.period_start = r.period_start AND main.frequency = r.frequency
      )
),
known_rows AS (   -- each under its part: the main group, or the one part of a share
    SELECT
        r.*,
        k.in_part OR r.form = 'share_each' AS is_part,
        CASE r.form WHEN 'share_each' THEN coalesce(r.main_code, r.code) ELSE '' END AS part
    FROM main_rows AS r
    JOIN core.specification_codes AS k ON k.indicator = r.indicator AND k.code = r.code
    WHERE k.in_known AND NOT r.counts_as_unknown
),
part_sums AS (
    SELECT
        indicator, form, dimension, reporting_country, period_start, period_end, frequency, provider, collection,
        measure, part,
        sum(value_low) AS part_low,
        sum_high(value_high) AS part_high
    FROM known_rows
    WHERE is_part
    GROUP BY ALL
),
other_sums AS (   -- the known who are not of the part
    SELECT
        p.indicator, p.reporting_country, p.period_start, p.frequency, p.collection, p.part,
        sum(k.value_low) AS others_low,
        sum_high(k.value_high) AS others_high
    FROM part_sums AS p
    JOIN known_rows AS k USING (indicator, reporting_country, period_start, frequency, collection)
    WHERE CASE p.form WHEN 'share_each' THEN k.part <> p.part ELSE NOT k.is_part END
    GROUP BY ALL
),
table_sums AS (   -- how many the whole table lists, unknown ones too, and what puts it in doubt
    SELECT
        indicator, reporting_country, period_start, frequency, collection,
        sum(value_low) AS listed_low,
        sum_high(value_high) AS listed_high,
        sum_high_where(code = '_U', waiting_high) AS unread_high,   -- may be of any part
        any_value(submissions) AS submissions,
        carried_flags(flag) AS flag
    FROM main_rows
    GROUP BY ALL
)
SELECT   -- where only the part is named and zeros are not told, the others may be all whom the table leaves out
    p.* REPLACE (p.part_high + t.unread_high AS part_high), t.flag, t.submissions,
    CASE
        WHEN n.collection IS NULL THEN t.listed_high
        WHEN n.total_high IS NOT NULL THEN greatest(n.total_high, t.listed_low)
    END AS all_high,
    coalesce(o.others_low, 0) AS others_low,
    CASE
        WHEN o.others_low IS NOT NULL THEN o.others_high + t.unread_high
        WHEN c.absent_cell = 'zero' THEN t.unread_high
        WHEN n.total_high IS NOT NULL THEN greatest(0, n.total_high - t.listed_low)
    END AS others_high
FROM part_sums AS p
JOIN table_sums AS t USING (indicator, reporting_country, period_start, frequency, collection)
JOIN (SELECT collection, absent_cell FROM registry.collections) AS c USING (collection)
LEFT JOIN other_sums AS o USING (indicator, reporting_country, period_start, frequency, collection, part)
LEFT JOIN core.totals AS n USING (collection, measure, reporting_country, period_start, frequency)
