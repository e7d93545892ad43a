-- Judgements about each source's tables of origin: of how many persons the origin is unknown, which class is surely
-- over half, which doubts keep a table out of sums, what each year from the first to the last has. One row per source,
-- year and judgement, for the indicator of its measure. From baseline.origin_profile, baseline.indicator_values,
-- analysis.coverage, core.specification and reference.flags. NULL: an unbounded or missing value, and what a majority
-- or a doubt does not have.
WITH origin_totals AS (   -- of each source whose tables name origins
    SELECT v.indicator, v.collection, v.reporting_country, v.measure, v.year, v.value_low, v.value_high, v.flag
    FROM baseline.indicator_values AS v
    JOIN core.specification AS s ON s.indicator = v.indicator AND s.form = 'count' AND s.measure = v.measure
    SEMI JOIN baseline.origin_profile AS p
        ON p.collection = v.collection AND p.reporting_country = v.reporting_country AND p.measure = v.measure
        AND p.family = s.family
    WHERE v.panel = '_Z' AND v.frequency = 'A' AND v.pooled_years = 1 AND v.denominator_basis = '_Z'
      AND v.citizenship = '_T' AND v.origin_class = '_T' AND {{ each_slice("v.$ = '_T'", "AND") }}
),
origin_tables AS (
    SELECT
        s.indicator, p.collection, p.reporting_country, p.measure, p.year,
        max(p.total_low) AS total_low,
        max(p.total_high) AS total_high,
        coalesce(sum(p.persons_low) FILTER (p.is_part AND NOT p.is_unknown), 0) AS named_low,
        sum_high_where(p.is_part AND NOT p.is_unknown, p.persons_high) AS named_high,
        coalesce(sum(p.persons_low) FILTER (p.is_part AND p.origin_class <> 'not_detailed'), 0) AS listed_low,
        coalesce(sum(p.persons_low) FILTER (p.is_part AND p.is_unknown), 0) AS hidden_low,
        sum_high_where(p.is_part AND p.is_unknown, p.possible_high) AS hidden_high,
        max(p.share_low) FILTER (p.is_part AND p.is_sure AND p.origin_class = 'own_national') AS own_low,
        max(p.share_low) FILTER (p.is_part AND p.is_sure AND p.origin_class = 'intra_regional') AS others_low,
        max(p.share_low) FILTER (NOT p.is_part AND p.is_sure AND p.origin_class = 'extra_regional') AS outside_low,
        coalesce(bool_or(
            p.is_part AND p.origin_class = 'own_national' AND p.share_low IS NOT NULL
            AND NOT has_flag(p.flag, 'partial')
        ), FALSE) AS is_complete,
        bool_or(p.is_part AND is_doubtful(p.flag)) AS is_doubtful
    FROM (
        SELECT
            *, class_level = 'part' AS is_part, hides_origin(origin_class) AS is_unknown,
            NOT has_flag(flag, 'single_origin') AS is_sure
        FROM baseline.origin_profile
    ) AS p
    JOIN core.specification AS s ON s.form = 'count' AND s.measure = p.measure AND s.family = p.family
    GROUP BY ALL
),
unknown_persons AS (   -- all but the named, unless the table lists more than its total
    SELECT
        indicator, collection, reporting_country, measure, year, total_low, total_high,
        CASE WHEN is_bounded THEN greatest(hidden_low, rest_low) ELSE hidden_low END AS unknown_low,
        CASE WHEN is_bounded THEN least(hidden_high, rest_high) ELSE hidden_high END AS unknown_high
    FROM (
        SELECT
            *,
            greatest(coalesce(total_low - named_high, 0), 0) AS rest_low,
            total_high - named_low AS rest_high,
            coalesce(rest_high >= hidden_low AND rest_high >= 0, TRUE) AND coalesce(rest_low <= hidden_high, TRUE)
                AS is_bounded
        FROM origin_tables
    )
    UNION ALL
    SELECT
        indicator, collection, reporting_country, measure, year, value_low AS total_low, value_high AS total_high,
        value_low AS unknown_low, value_high AS unknown_high
    FROM origin_totals
    ANTI JOIN origin_tables USING (indicator, collection, reporting_country, measure, year)
    WHERE value_low IS NOT NULL
),
unknown_origins AS (   -- the value is that of the unknown, the other the total
    SELECT DISTINCT
        indicator, reporting_country, year, collection, measure, 'unknown_origin' AS kind,
        CASE
            WHEN coalesce(2 * unknown_low <= total_high, TRUE) THEN 'not_mostly_unknown'
            WHEN unknown_low = total_low AND unknown_high = total_high THEN 'all_unknown'
            ELSE 'mostly_unknown'
        END AS code,
        unknown_low AS value_low, unknown_high AS value_high, total_low AS other_low, total_high AS other_high
    FROM unknown_persons
),
waiting_years AS (   -- rows of which are in quarantine
    SELECT DISTINCT t.indicator, t.collection, t.reporting_country, t.measure, year(c.period_end) AS year
    FROM (SELECT DISTINCT indicator, collection, reporting_country, measure FROM origin_tables) AS t
    JOIN analysis.coverage AS c
        ON c.collection = t.collection AND c.reporting_country = t.reporting_country AND c.measure = t.measure
        AND c.status = 'in_quarantine'
),
years AS (   -- with those between, of which nothing is known: a missing year would look like a zero
    SELECT s.*, y.year
    FROM (
        SELECT indicator, collection, reporting_country, measure, min(year) AS first_year, max(year) AS last_year
        FROM (
            SELECT indicator, collection, reporting_country, measure, year FROM origin_tables
            UNION ALL
            SELECT indicator, collection, reporting_country, measure, year FROM origin_totals
            UNION ALL
            SELECT * FROM waiting_years
        )
        GROUP BY ALL
    ) AS s
    CROSS JOIN (SELECT unnest(range(1900, 2200)) AS year) AS y
    WHERE y.year BETWEEN s.first_year AND s.last_year
),
states_of_years AS (   -- the value is the total, the other the persons of the table's origins
    SELECT
        indicator, reporting_country, year, collection, measure, 'state_of_year' AS kind,
        CASE
            WHEN low IS NOT NULL AND NOT (high IS NULL AND low = 0 AND listed_low = 0)
                THEN CASE WHEN high = 0 THEN 'zero' WHEN has_table THEN 'reported' ELSE 'no_table' END
            WHEN waits THEN 'in_quarantine'
            WHEN low IS NULL THEN 'not_reported'
            ELSE 'withheld'
        END AS code,
        low AS value_low, high AS value_high, listed_low AS other_low
    FROM (
        SELECT
            y.*, t.year IS NOT NULL AS has_table, w.year IS NOT NULL AS waits,
            CASE WHEN t.year IS NULL THEN v.value_low ELSE t.total_low END AS low,
            CASE WHEN t.year IS NULL THEN v.value_high ELSE t.total_high END AS high,
            coalesce(t.listed_low, 0) AS listed_low
        FROM years AS y
        LEFT JOIN origin_tables AS t USING (indicator, collection, reporting_country, measure, year)
        LEFT JOIN origin_totals AS v USING (indicator, collection, reporting_country, measure, year)
        LEFT JOIN waiting_years AS w USING (indicator, collection, reporting_country, measure, year)
    )
),
table_doubts AS (   -- why no sum has the table
    SELECT DISTINCT
        s.indicator, p.reporting_country, p.year, p.collection, p.measure, 'doubt_of_table' AS kind, f.flag AS code
    FROM baseline.origin_profile AS p
    JOIN reference.flags AS f ON f.out_of_sums AND has_flag(p.flag, f.flag)
    JOIN core.specification AS s ON s.form = 'count' AND s.measure = p.measure AND s.family = p.family
),
yearly_majorities AS (   -- of the last three years of a source whose shares are complete and not in doubt
    SELECT
        t.indicator, t.reporting_country, t.year, t.collection, t.measure, 'majority_of_year' AS kind,
        CASE
            WHEN t.own_low > 0.5 THEN 'own_national'
            WHEN t.others_low > 0.5 THEN 'intra_regional'
            WHEN t.outside_low > 0.5 THEN 'extra_regional'
            WHEN u.code = 'not_mostly_unknown' THEN 'none'
            ELSE 'unknown'
        END AS code
    FROM origin_tables AS t
    JOIN unknown_origins AS u USING (indicator, collection, reporting_country, measure, year)
    ANTI JOIN (SELECT * FROM origin_totals WHERE is_doubtful(flag)) AS d
        ON d.collection = t.collection AND d.reporting_country = t.reporting_country AND d.measure = t.measure
        AND d.year = t.year
    WHERE t.is_complete AND NOT t.is_doubtful
    QUALIFY row_number() OVER (
        PARTITION BY t.indicator, t.collection, t.reporting_country, t.measure ORDER BY t.year DESC
    ) <= 3
),
lasting_majorities AS (   -- the same one in each of the three years
    SELECT
        t.indicator, t.reporting_country, t.year, t.collection, t.measure, 'majority_of_years' AS kind,
        CASE
            WHEN count(y.code) < 3 THEN 'few_years'
            WHEN min(y.code) = max(y.code) THEN min(y.code)
            ELSE 'none'
        END AS code
    FROM (
        SELECT indicator, collection, reporting_country, measure, max(year) AS year FROM origin_tables GROUP BY ALL
    ) AS t
    LEFT JOIN yearly_majorities AS y USING (indicator, collection, reporting_country, measure)
    GROUP BY ALL
)
SELECT * FROM unknown_origins
UNION ALL BY NAME
SELECT * FROM table_doubts
UNION ALL BY NAME
SELECT * FROM states_of_years
UNION ALL BY NAME
SELECT * FROM yearly_majorities
UNION ALL BY NAME
SELECT * FROM lasting_majorities
