-- Expressions that several models share. Temporary: each build defines them and stores them in no file, so views that
-- are kept in releases (such as core.current) cannot use them. They must not be used as window functions.

-- Sum of upper bounds; NULL (unbounded) if any of them is NULL.
CREATE OR REPLACE TEMP MACRO sum_high(high) AS CASE WHEN count(*) = count(high) THEN sum(high) END;

-- Sum of a group's upper bounds of one kind; NULL (unbounded) if any of them is NULL.
CREATE OR REPLACE TEMP MACRO sum_high_where(is_kind, bound) AS
    CASE WHEN count(*) FILTER (is_kind AND bound IS NULL) = 0 THEN coalesce(sum(bound) FILTER (is_kind), 0) END;

-- First day of the year or quarter that contains a day, for years that start with the given month.
CREATE OR REPLACE TEMP MACRO period_of(frequency, first_day, year_starts) AS CAST(
    date_trunc(CASE frequency WHEN 'A' THEN 'year' ELSE 'quarter' END,
               first_day - to_months(CAST(year_starts - 1 AS integer)))
    + to_months(CAST(year_starts - 1 AS integer)) AS date
);

-- Last day of the year, quarter or month that begins on a day.
CREATE OR REPLACE TEMP MACRO last_day_of(frequency, first_day) AS CAST(
    first_day + to_months(CASE frequency WHEN 'A' THEN 12 WHEN 'Q' THEN 3 ELSE 1 END) - INTERVAL 1 DAY AS date
);

-- Name of a period: 2018, FY2018, 2018-Q1, 2018-03. A fiscal year has the year of its end; several years are 2016-2018.
-- A quarter that is not a calendar quarter is named by its months, 2018-02/2018-04.
CREATE OR REPLACE TEMP MACRO period_name(frequency, first_day, last_day) AS CASE
    WHEN frequency = 'M' THEN strftime(first_day, '%Y-%m')
    WHEN frequency = 'Q' AND month(first_day) % 3 <> 1
        THEN strftime(first_day, '%Y-%m') || '/' || strftime(last_day, '%Y-%m')
    WHEN frequency = 'Q' THEN year(first_day) || '-Q' || quarter(first_day)
    ELSE CASE WHEN month(first_day) <> 1 THEN 'FY' ELSE '' END
        || CASE
            WHEN date_diff('month', first_day, last_day) < 12 THEN CAST(year(last_day) AS varchar)
            ELSE year(first_day + INTERVAL 11 MONTH) || '-' || year(last_day)
        END
END;

-- A number in a sentence, and the bounds of a value: 7, 3–7, 3– without an upper bound.
CREATE OR REPLACE TEMP MACRO number_text(number) AS regexp_replace(CAST(round(number, 3) AS varchar), '\.0$', '');
CREATE OR REPLACE TEMP MACRO bounds_text(low, high) AS CASE
    WHEN high IS NULL THEN number_text(low) || '–'
    WHEN low = high THEN number_text(low)
    ELSE number_text(low) || '–' || number_text(high)
END;

-- The number of a submission in its day; as a number, since as text 10 comes before 2.
CREATE OR REPLACE TEMP MACRO day_number(submission) AS CAST(regexp_extract(submission, '(\d+)$', 1) AS bigint);

-- True on days from `known_from` to the day before `known_to`; a NULL `known_to` means still in force.
CREATE OR REPLACE TEMP MACRO is_in_force(on_day, known_from, known_to) AS
    known_from <= on_day AND (known_to IS NULL OR known_to > on_day);

-- Bounds of part / (part + others) for intervals: 1 if there are surely no others, NULL if both are surely 0.
CREATE OR REPLACE TEMP MACRO share_low(part_low, part_high, others_high) AS CASE
    WHEN part_high + others_high = 0 THEN NULL
    WHEN others_high = 0 THEN 1
    ELSE coalesce(part_low / nullif(part_low + others_high, 0), 0)
END;
CREATE OR REPLACE TEMP MACRO share_high(part_high, others_low, others_high) AS CASE
    WHEN part_high + others_high = 0 THEN NULL
    WHEN part_high = 0 THEN 0
    ELSE coalesce(part_high / (part_high + others_low), 1)
END;

-- True if an origin class contains others. Persons reported for it alone belong to an unknown one of these.
CREATE OR REPLACE TEMP MACRO holds_classes(class) AS list_contains(
    (SELECT list(c.parent) FROM reference.codes AS c WHERE c.codelist = 'origin_class'), class
);

-- True if a class has no information about the origin: reported as unknown, or left out of the table.
CREATE OR REPLACE TEMP MACRO hides_origin(class) AS class IN ('indeterminate', 'not_detailed');

-- True if persons of a class may belong to several: unknown origin, or a class that contains others.
CREATE OR REPLACE TEMP MACRO is_undivided(class) AS class = 'indeterminate' OR holds_classes(class);

-- Flags are codes of the list obs_flag joined by `+`; reference.flags has the effects of each.
CREATE OR REPLACE TEMP MACRO flags_of(flags) AS string_split(coalesce(flags, ''), '+');
CREATE OR REPLACE TEMP MACRO has_flag(flags, code) AS coalesce(list_contains(string_split(flags, '+'), code), FALSE);
CREATE OR REPLACE TEMP MACRO joined_flags(codes) AS
    nullif(array_to_string(list_sort(list_distinct(list_filter(codes, lambda code: code <> ''))), '+'), '');

-- True if all that is known of a value is that rows of it are in quarantine.
CREATE OR REPLACE TEMP MACRO is_only_waiting(low, flags) AS low = 0 AND has_flag(flags, 'rows_in_quarantine');

-- For a group of rows: all flags, and those that also apply to a sum.
CREATE OR REPLACE TEMP MACRO all_flags(flags) AS joined_flags(flatten(list(flags_of(flags))));
CREATE OR REPLACE TEMP MACRO carried_flags(flags) AS joined_flags(list_intersect(
    flatten(list(flags_of(flags))), (SELECT list(known.flag) FROM reference.flags AS known WHERE known.carried)
));

-- True if one of the flags excludes its value.
CREATE OR REPLACE TEMP MACRO is_out_of_sums(flags) AS list_has_any(
    flags_of(flags), (SELECT list(known.flag) FROM reference.flags AS known WHERE known.out_of_sums)
);
CREATE OR REPLACE TEMP MACRO is_out_of_ratios(flags) AS list_has_any(
    flags_of(flags), (SELECT list(known.flag) FROM reference.flags AS known WHERE known.out_of_ratios)
);
CREATE OR REPLACE TEMP MACRO is_out_of_baselines(flags) AS list_has_any(
    flags_of(flags), (SELECT list(known.flag) FROM reference.flags AS known WHERE known.out_of_baselines)
);

-- True if a flag other than that of missing months keeps its value out of baselines.
CREATE OR REPLACE TEMP MACRO is_doubtful(flags) AS is_out_of_baselines(
    joined_flags(list_filter(flags_of(flags), lambda code: code <> 'partial'))
);

-- Status of a value (list obs_status): provisional or normal.
CREATE OR REPLACE TEMP MACRO status_of(flags) AS CASE WHEN list_has_any(
    flags_of(flags), (SELECT list(known.flag) FROM reference.flags AS known WHERE known.provisional)
) THEN 'P' ELSE 'A' END;

-- Distinct identifiers of all texts, sorted and joined by spaces, as in `submissions`.
CREATE OR REPLACE TEMP MACRO joined_words(texts) AS array_to_string(
    list_sort(list_distinct(flatten(list_transform(texts, lambda text: string_split(text, ' '))))), ' '
);

-- Name of a day, or of a month or year if the day is not known.
CREATE OR REPLACE TEMP MACRO day_name(first_day, last_day) AS
    CASE
        WHEN first_day = last_day THEN strftime(first_day, '%Y-%m-%d')
        WHEN month(first_day) = month(last_day) AND year(first_day) = year(last_day) THEN strftime(first_day, '%Y-%m')
        ELSE strftime(first_day, '%Y')
    END;
