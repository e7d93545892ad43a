-- One number of 20 or more that stands in two places of a country: under two measures or in two collections, in one
-- year or in adjacent years; or a sum of 200 or more of two other totals, in two years running. One row per two places,
-- or per sum. From core.totals of years, core.series_kinds, registry.series and registry.decisions. NULL: `added_*`
-- of two equal numbers, and the reason if nothing explains them.
-- Protected collections are left out. The first place is the one that is less documented.
WITH places AS (
    SELECT
        t.collection, t.measure, t.reporting_country, t.period_start, t.period_end, t.total_low AS value,
        m.counted_units, m.part_of,
        coalesce(k.counted_unit, '_U') AS counted_unit,
        coalesce(k.evidence, 'undocumented') AS evidence,
        coalesce(s.repeats, '') AS repeats,
        row_number() OVER (
            ORDER BY
                k.evidence = 'confirmed', k.evidence = 'inferred', t.reporting_country, t.collection, t.measure,
                t.period_start
        ) AS place
    FROM core.totals AS t
    JOIN (SELECT measure, counted_units, part_of FROM reference.measures) AS m USING (measure)
    SEMI JOIN (SELECT collection FROM registry.collections WHERE confidentiality = 'open') AS o USING (collection)
    LEFT JOIN core.series_kinds AS k
        ON k.collection = t.collection AND k.reporting_country = t.reporting_country AND k.measure = t.measure
        AND t.period_start BETWEEN k.valid_from AND coalesce(k.valid_to, t.period_start)
    LEFT JOIN registry.series AS s
        ON s.collection = t.collection AND s.reporting_country = t.reporting_country AND s.measure = t.measure
        AND t.period_start BETWEEN s.valid_from AND coalesce(s.valid_to, t.period_start)
    WHERE t.frequency = 'A' AND t.total_low = t.total_high AND t.total_low >= 20
),
decided AS (   -- the number of a place that a steward confirmed or called an error
    SELECT DISTINCT p.place
    FROM places AS p
    JOIN registry.decisions AS d
        ON d.collection = p.collection
        AND coalesce(d.measure, p.measure) = p.measure
        AND coalesce(d.reporting_country, p.reporting_country) = p.reporting_country
        AND d.period_start = p.period_start AND d.frequency = 'A' AND d.value = p.value
    WHERE d.kind = 'equal_number' OR d.kind = 'slip' AND d.citizenship IS NULL
),
equal_places AS (
    SELECT
        a.place, a.collection, a.measure, b.place AS place_other, b.collection AS collection_other,
        b.measure AS measure_other,
        a.period_start <= b.period_end AND b.period_start <= a.period_end AS is_same_time,
        -- a documented unit that is not the measure's own, but that of the other place
        a.evidence <> 'undocumented' AND NOT list_contains(string_split(a.counted_units, ' '), a.counted_unit)
        AND list_contains(
            string_split(CASE b.counted_unit WHEN '_U' THEN b.counted_units ELSE b.counted_unit END, ' '),
            a.counted_unit
        ) AS is_first_of_other,
        b.evidence <> 'undocumented' AND NOT list_contains(string_split(b.counted_units, ' '), b.counted_unit)
        AND list_contains(
            string_split(CASE a.counted_unit WHEN '_U' THEN a.counted_units ELSE a.counted_unit END, ' '),
            b.counted_unit
        ) AS is_second_of_first,
        a.repeats = b.measure OR b.repeats = a.measure AS is_repeated,
        coalesce(a.part_of = b.measure OR b.part_of = a.measure, FALSE) AS is_part
    FROM places AS a
    JOIN places AS b
        ON b.reporting_country = a.reporting_country AND b.value = a.value AND b.place > a.place
        AND abs(date_diff('month', a.period_start, b.period_start)) <= 12
),
pairs AS (
    SELECT
        place, place_other,
        CASE
            WHEN is_same_time AND collection <> collection_other AND measure = measure_other THEN 'same_series'
            WHEN is_same_time AND collection = collection_other AND is_part THEN 'part'
            WHEN is_same_time AND (is_first_of_other OR is_second_of_first OR is_repeated) THEN 'passport'
        END AS explained_by
    FROM equal_places
),
twins AS (   -- the first place of what is one series, or is documented to count one thing
    SELECT place_other AS place, min(place) AS twin
    FROM pairs
    WHERE explained_by IS NOT NULL
    GROUP BY ALL
),
equal_numbers AS (   -- a pair that follows from the pair of its twins is explained by that one
    SELECT
        p.place, p.place_other, CAST(NULL AS BIGINT) AS place_added,
        coalesce(
            p.explained_by,
            CASE
                WHEN a.place IS NOT NULL OR b.place IS NOT NULL THEN 'decision'
                WHEN r.place IS NOT NULL OR s.twin = t.twin THEN 'other_pair'
            END
        ) AS explained_by
    FROM pairs AS p
    LEFT JOIN decided AS a ON a.place = p.place
    LEFT JOIN decided AS b ON b.place = p.place_other
    LEFT JOIN twins AS s ON s.place = p.place
    LEFT JOIN twins AS t ON t.place = p.place_other
    LEFT JOIN (SELECT place, place_other FROM pairs) AS r
        ON r.place = least(coalesce(s.twin, p.place), coalesce(t.twin, p.place_other))
        AND r.place_other = greatest(coalesce(s.twin, p.place), coalesce(t.twin, p.place_other))
        AND (r.place, r.place_other) <> (p.place, p.place_other)
),
sums AS (
    SELECT
        n.*, a.place AS place_other, b.place AS place_added,
        a.collection AS collection_other, a.measure AS measure_other,
        b.collection AS collection_added, b.measure AS measure_added,
        date_diff('month', n.period_start, a.period_start) AS months_later
    FROM places AS a
    JOIN places AS b
        ON b.reporting_country = a.reporting_country AND year(b.period_end) = year(a.period_end)
        AND (b.collection > a.collection OR b.collection = a.collection AND b.measure > a.measure)
    JOIN places AS n ON n.reporting_country = a.reporting_country AND n.value = a.value + b.value
    WHERE n.value >= 200 AND abs(date_diff('month', n.period_start, a.period_start)) <= 12
),
repeated_sums AS (
    SELECT s.place, s.place_other, s.place_added, CASE WHEN d.place IS NOT NULL THEN 'decision' END AS explained_by
    FROM sums AS s
    SEMI JOIN sums AS r
        ON r.collection = s.collection AND r.measure = s.measure AND r.reporting_country = s.reporting_country
        AND r.collection_other = s.collection_other AND r.measure_other = s.measure_other
        AND r.collection_added = s.collection_added AND r.measure_added = s.measure_added
        AND r.months_later = s.months_later AND abs(date_diff('month', r.period_start, s.period_start)) = 12
    LEFT JOIN decided AS d ON d.place = s.place
),
found AS (
    SELECT * FROM equal_numbers
    UNION ALL BY NAME
    SELECT * FROM repeated_sums
),
worded AS (
    SELECT
        p.place,
        '«' || m.name_es || '» (' || concat_ws('; ', p.collection, period_name('A', p.period_start, p.period_end),
            'unidad contada: ' || lower(u.name_es)) || ')' AS place_es,
        '“' || m.name_en || '” (' || concat_ws('; ', p.collection, period_name('A', p.period_start, p.period_end),
            'counted unit: ' || lower(u.name_en)) || ')' AS place_en
    FROM places AS p
    JOIN (SELECT code, name_es, name_en FROM reference.codes WHERE codelist = 'measure') AS m ON m.code = p.measure
    JOIN (SELECT code, name_es, name_en FROM reference.codes WHERE codelist = 'counted_unit') AS u
        ON u.code = p.counted_unit
)
SELECT
    a.reporting_country, a.value, a.collection, a.measure, a.period_start, a.counted_unit, a.evidence,
    b.collection AS collection_other, b.measure AS measure_other, b.period_start AS start_other,
    b.counted_unit AS counted_unit_other, b.evidence AS evidence_other,
    c.collection AS added_collection, c.measure AS added_measure, c.period_start AS added_start,
    f.explained_by,
    v.place_es, v.place_en,
    CASE WHEN c.place IS NULL THEN w.place_es ELSE 'la suma de ' || w.place_es || ' y ' || x.place_es END
        AS elsewhere_es,
    CASE WHEN c.place IS NULL THEN w.place_en ELSE 'the sum of ' || w.place_en || ' and ' || x.place_en END
        AS elsewhere_en
FROM found AS f
JOIN places AS a ON a.place = f.place
JOIN places AS b ON b.place = f.place_other
LEFT JOIN places AS c ON c.place = f.place_added
JOIN worded AS v ON v.place = f.place
JOIN worded AS w ON w.place = f.place_other
LEFT JOIN worded AS x ON x.place = f.place_added
