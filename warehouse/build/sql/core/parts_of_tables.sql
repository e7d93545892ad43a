-- Terms of shares: persons of a part of a dimension's table, other known persons, unknown persons, and all persons. One
-- row per indicator, table (collection, country, period) and part: a single part for `share`, each main code for
-- `share_each`. From core.indicator_figures, core.other_as_unknown, core.specification(_codes), core.totals,
-- core.breakdowns, core.added_up, the registry and the code lists. NULL: an upper bound if an unknown number of persons
-- left out may belong to it, all persons without a total, and the flags if there are none.
-- Bounds hold for all completions that the table, its total and the other tables of the same persons allow. A doubtful
-- total narrows no bound.
WITH told_elsewhere AS (   -- least persons of a code, from tables with more dimensions or from subgroups
    SELECT
        collection, measure, reporting_country, period_start, frequency, wider AS breakdown, codes AS code,
        max(low) AS code_low
    FROM core.added_up
    ANTI JOIN (SELECT * FROM core.breakdowns WHERE is_inconsistent)
        USING (collection, measure, reporting_country, period_start, frequency, breakdown)
    WHERE codes <> '_U'   -- persons unknown in a table may be known in the other
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
    LEFT JOIN core.other_as_unknown AS g
        ON (g.collection, g.measure, g.reporting_country, g.period_start, g.frequency)
         = (f.collection, f.measure, f.reporting_country, f.period_start, f.frequency)
    WHERE s.form IN ('share', 'share_each')
),
main_rows AS (   -- without subgroups whose group is in the table
    SELECT
        r.* REPLACE (
            CASE WHEN e.code_low > r.value_low THEN least(e.code_low, r.value_high) ELSE r.value_low END AS value_low
        ),
        coalesce(k.in_known, FALSE) AND NOT r.counts_as_unknown AS is_known,
        is_known AND (k.in_part OR r.form = 'share_each') AS is_part,
        CASE WHEN r.form = 'share_each' AND is_known THEN coalesce(nullif(c.parent, '_T'), r.code) ELSE '' END AS part
    FROM table_rows AS r
    JOIN reference.codes AS c ON c.codelist = r.dimension AND c.code = r.code
    LEFT JOIN core.specification_codes AS k ON k.indicator = r.indicator AND k.code = r.code
    LEFT JOIN told_elsewhere AS e
        ON (e.collection, e.measure, e.reporting_country, e.period_start, e.frequency, e.breakdown, e.code)
         = (r.collection, r.measure, r.reporting_country, r.period_start, r.frequency, r.breakdown, r.code)
    WHERE NOT r.is_told_again
      AND NOT EXISTS (
          SELECT 1 FROM table_rows AS main
          WHERE main.code = c.parent AND main.code <> '_T' AND main.indicator = r.indicator
            AND main.collection = r.collection AND main.reporting_country = r.reporting_country
            AND main.period_start = r.period_start AND main.frequency = r.frequency
      )
),
part_sums AS (
    SELECT
        indicator, form, dimension, reporting_country, period_start, period_end, frequency, provider, collection,
        measure, part,
        sum(value_low) AS part_low,
        sum_high(value_high) AS part_high
    FROM main_rows
    WHERE is_part
    GROUP BY ALL
),
other_sums AS (   -- known persons outside the part
    SELECT
        p.indicator, p.reporting_country, p.period_start, p.frequency, p.collection, p.part,
        sum(k.value_low) AS others_low,
        sum_high(k.value_high) AS others_high
    FROM part_sums AS p
    JOIN main_rows AS k USING (indicator, reporting_country, period_start, frequency, collection)
    WHERE k.is_known AND NOT (k.is_part AND k.part = p.part)
    GROUP BY ALL
),
table_sums AS (   -- all persons that the table lists, including unknown ones, and its flags
    SELECT
        indicator, reporting_country, period_start, frequency, collection,
        sum(value_low) AS listed_low,
        sum_high(value_high) AS listed_high,
        coalesce(sum(value_low) FILTER (NOT is_known), 0) AS unknown_low,
        sum_high_where(NOT is_known, value_high) AS unknown_high,
        sum_high_where(code = '_U', waiting_high) AS unread_high,   -- may belong to any part
        any_value(submissions) AS submissions,
        carried_flags(flag) AS flag
    FROM main_rows
    GROUP BY ALL
),
totals AS (   -- at least the persons of any table, at most those of a table that leaves nobody out
    SELECT
        t.collection, t.measure, t.reporting_country, t.period_start, t.frequency,
        least(greatest(any_value(t.total_low), max(b.listed_low)), any_value(t.total_high)) AS total_low,
        least(
            any_value(t.total_high),
            min(greatest(b.listed_high, t.total_low)) FILTER (b.is_whole AND b.listed_high IS NOT NULL)
        ) AS total_high,
        carried_flags(t.flag) AS total_flag,
        is_out_of_baselines(any_value(t.flag)) AS total_in_doubt
    FROM core.totals AS t
    LEFT JOIN (SELECT * FROM core.breakdowns WHERE NOT is_inconsistent) AS b
        USING (collection, measure, reporting_country, period_start, frequency)
    GROUP BY ALL
),
in_tables AS (
    SELECT
        p.* REPLACE (p.part_high + t.unread_high AS part_high),
        t.* EXCLUDE (indicator, reporting_country, period_start, frequency, collection),
        n.total_low, n.total_high, n.total_flag,
        coalesce(n.total_in_doubt, FALSE) AS total_in_doubt,
        n.collection IS NOT NULL AS has_total,
        CASE
            WHEN NOT has_total THEN o.others_low IS NOT NULL OR c.absent_cell = 'zero'
            ELSE coalesce(b.table_is_whole, NOT has_flag(t.flag, 'partial'))   -- summed tables leave nobody out
                 AND coalesce(t.listed_high >= n.total_low, TRUE)
        END AS is_whole,
        least(n.total_high, CASE WHEN is_whole THEN t.listed_high END) AS most,
        coalesce(o.others_low, 0) AS others_low,
        CASE   -- if only the part is named and zeros are not reported, the others may be all persons left out
            WHEN o.others_low IS NOT NULL THEN o.others_high + t.unread_high
            WHEN c.absent_cell = 'zero' OR is_whole THEN t.unread_high
        END AS others_high
    FROM part_sums AS p
    JOIN table_sums AS t USING (indicator, reporting_country, period_start, frequency, collection)
    JOIN (SELECT collection, absent_cell FROM registry.collections) AS c USING (collection)
    LEFT JOIN other_sums AS o USING (indicator, reporting_country, period_start, frequency, collection, part)
    LEFT JOIN totals AS n USING (collection, measure, reporting_country, period_start, frequency)
    LEFT JOIN (SELECT * RENAME (is_whole AS table_is_whole) FROM core.breakdowns) AS b
        ON (b.collection, b.measure, b.reporting_country, b.period_start, b.frequency, b.breakdown)
         = (p.collection, p.measure, p.reporting_country, p.period_start, p.frequency, p.dimension)
),
with_all AS (   -- listed persons count among all persons, even if they exceed the total
    SELECT
        * EXCLUDE (total_low, total_high, most, listed_low, listed_high, unread_high, flag),
        CASE WHEN is_whole THEN least(greatest(total_low, listed_low), listed_high)
             ELSE greatest(total_low, listed_low) END AS all_low,
        CASE WHEN most IS NOT NULL THEN greatest(most, listed_low) END AS all_high,
        joined_flags(flags_of(flag) || [CASE WHEN listed_low > total_high THEN 'inconsistent' END]) AS flag
    FROM in_tables
)
SELECT * FROM with_all WHERE total_in_doubt
UNION ALL BY NAME
SELECT   -- each term is at most all less the least of the others; in whole tables at least all less their most
    * REPLACE (
        CASE WHEN is_whole THEN greatest(part_low, all_low - others_high - unknown_high) ELSE part_low END AS part_low,
        least(part_high, all_high - others_low - unknown_low) AS part_high,
        CASE WHEN is_whole THEN greatest(others_low, all_low - part_high - unknown_high) ELSE others_low END
            AS others_low,
        least(others_high, all_high - part_low - unknown_low) AS others_high
    )
FROM with_all
WHERE NOT total_in_doubt
