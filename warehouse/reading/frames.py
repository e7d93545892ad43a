"""Tidy frames of a release: a row per figure, with names, texts, citation and caveats. Computes no figure.

Each function answers a method of the client. arguments.py checks arguments, headlines.py writes values.
Codes keep their column's name. The name of a code is in `<column>_name`, that of a reporting country in
`country`, a collection's title in `source`. An unknown bound is infinite, so that sums remain open. A figure
in doubt has a text (`value`) but no numbers. `frame.attrs` has title, caveat, citation, licence and release.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import duckdb

from schemas.code_names import code_name
from schemas.codelists import codelist
from schemas.flags import flags_with_effect
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.tables import DIMENSIONS, SLICES, total_rows
from schemas.words import contract_language, say
from warehouse.reading import arguments, open_alerts
from warehouse.reading.arguments import CITIZENSHIP, ORIGIN, NoData
from warehouse.reading.replies import reply_texts
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    import pandas as pd

    from schemas.tables.rows import StatementsRow

PREFERRED, ALL = "preferred", "all"
SOURCES = (PREFERRED, ALL)
"""The preferred source of each country, or every source; series of several must not be added."""

Names = str | Sequence[str]


class FigureRow(TypedDict):
    """A figure as a row of a frame, without its breakdown. A missing text is None or NaN."""

    reporting_country: str
    period: str
    how: str
    value: str
    value_low: float
    value_high: float
    unit: str
    flag: str | None
    collection: str
    source: str | None
    series: str | None
    indicator: NotRequired[str]
    measure: NotRequired[str]
    period_start: NotRequired[date]
    members: NotRequired[str | None]
    denominator_basis: NotRequired[str]
    revision_state: NotRequired[str | None]
    warnings: NotRequired[str | None]


_GROUPINGS = "SELECT grouping FROM reference.groupings"
_OUT_OF_SUMS = list(flags_with_effect("out_of_sums"))
_IS_DOUBTED = f"list_has_any(string_split(coalesce(flag, ''), '+'), {_OUT_OF_SUMS})"


# ---- an indicator's values -------------------------------------------------------------------------


def values(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    indicator: str,
    *,
    countries: Names,
    since: int | None,
    by: Names,
    source: str,
    frequency: str,
) -> pd.DataFrame:
    """Return an indicator's values by country and period, with exactly the breakdown `by`."""
    arguments.check_has_data(db, indicator, contract_language(lang))
    details = arguments.choose_details(db, indicator, by)
    parameters = {
        "indicator": indicator,
        "every": arguments.check_choice(source, SOURCES, "source") == ALL,
        "frequency": arguments.check_choice(frequency, ("A", "Q", "M"), "frequency"),
        **_selection(db, lang, countries, since),
    }
    frame = db.execute(_values_sql(details, source == ALL), parameters).df()
    return label_frame(db, lang, _in_words(db, frame, lang), indicator)


def _values_sql(details: frozenset[str], every_source: bool) -> str:
    """Return the SELECT of values.

    Several values may share a series and period, such as shares with different denominators. The SELECT takes
    the value that the labelled layer takes.
    """
    detail_columns = [
        *(name for name in SLICES if name in details),
        *([ORIGIN] if details & {ORIGIN, CITIZENSHIP} else []),
    ]
    series_columns = ", ".join(
        [
            "reporting_country",
            "year",
            "period",
            *detail_columns,
            *(["collection", "measure"] if every_source else []),
        ]
    )
    details_sql = "".join(f"{name}, " for name in detail_columns)
    return f"""
    WITH candidates AS (
        SELECT
            *, min(pooled_years) OVER () AS fewest_pooled, {_IS_DOUBTED} AS is_doubted,
            list_contains(string_split(coalesce(flag, ''), '+'), 'incomplete') AS is_incomplete
        FROM baseline.indicator_values
        WHERE indicator = $indicator AND frequency = $frequency AND (preferred OR $every)
          AND panel IN ('_Z', 'reporting')
          AND {_selection_condition("year")} AND {_breakdown_condition(details)}
    )
    SELECT
        reporting_country, year, period, {details_sql}value_low, value_high,
        is_doubted, unit, denominator_basis, flag, collection, measure, indicator, period_start, period_end,
        submissions, members
    FROM candidates
    WHERE pooled_years = fewest_pooled
    QUALIFY row_number() OVER (
        PARTITION BY {series_columns}
        ORDER BY
            denominator_basis = 'known' AND NOT is_incomplete DESC, denominator_basis <> 'known' DESC,
            period_end DESC, measure
    ) = 1
    ORDER BY reporting_country, period_start, {details_sql}collection, measure
    """


def _breakdown_condition(details: frozenset[str]) -> str:
    """Return the SQL condition for exactly these dimensions; classes of origin must not overlap."""
    conditions = [f"{name} {'<>' if name in details else '='} '_T'" for name in SLICES]
    if ORIGIN in details:
        conditions.append(f"{ORIGIN} IN ('{OWN_NATIONAL}', '{INTRA_REGIONAL}', '{EXTRA_REGIONAL}')")
    elif CITIZENSHIP not in details:
        conditions.append(f"{ORIGIN} = '_T'")
    return " AND ".join(conditions)


def headlines(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Return an indicator's rows of the labelled layer, with its columns in both languages."""
    arguments.check_indicator(db, indicator)
    condition = f"indicator = $indicator AND {_selection_condition('year')}"
    frame = db.execute(
        f"""
        SELECT * FROM baseline.headline WHERE {condition}
        UNION ALL BY NAME
        SELECT * EXCLUDE (origin_class, origin_es, origin_en) FROM baseline.headline_region
        WHERE origin_class = '_T' AND {condition}
        ORDER BY reporting_country, year
        """,
        {"indicator": indicator, **_selection(db, lang, countries, since)},
    ).df()
    return label_frame(db, lang, frame, indicator)


# ---- origin ----------------------------------------------------------------------------------------

_PREFERRED_BY_ORIGIN = """
    SELECT DISTINCT collection, measure, reporting_country FROM baseline.indicator_values
    WHERE origin_class <> '_T' AND preferred
"""


def origin(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    family: str,
    *,
    countries: Names,
    since: int | None,
    measure: str | None,
    source: str,
) -> pd.DataFrame:
    """Return persons by class of origin, country and year: from surely in the class to possibly in it."""
    measure = _measure(db, lang, "baseline.origin_profile", family, measure)
    parameters = {
        "measure": measure,
        "every": arguments.check_choice(source, SOURCES, "source") == ALL,
        **_selection(db, lang, countries, since),
    }
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, origin_class, class_level, persons_low AS value_low,
            possible_high AS value_high, total_low, coalesce(total_high, 'infinity'::DOUBLE) AS total_high,
            share_low, share_high, {_IS_DOUBTED} AS is_doubted, unit, flag, collection, measure, grouping,
            period_start, period_end, submissions
        FROM baseline.origin_profile
        JOIN reference.measures USING (measure)
        JOIN (SELECT code AS origin_class, position FROM reference.codes WHERE codelist = 'origin_class')
            USING (origin_class)
        WHERE measure = $measure AND {_selection_condition("year")}
          AND ($every OR (collection, measure, reporting_country) IN ({_PREFERRED_BY_ORIGIN}))
        ORDER BY reporting_country, period_start, position, class_level, collection
        """,
        parameters,
    ).df()
    return label_frame(db, lang, _in_words(db, frame, lang), family=family)


def flows(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    family: str,
    *,
    origins: Names,
    countries: Names,
    since: int | None,
    measure: str | None,
) -> pd.DataFrame:
    """Return each origin in each country's table of origins of a year, the largest first."""
    measure = _measure(db, lang, "baseline.origin_flows", family, measure)
    parameters = {
        "measure": measure,
        "origins": arguments.origin_codes(origins, lang),
        **_selection(db, lang, countries, since),
    }
    frame = db.execute(
        f"""
        SELECT
            origin, reporting_country, year, period, persons_low AS value_low,
            possible_high AS value_high, {_IS_DOUBTED} AS is_doubted, unit, origin_class, total_low,
            coalesce(total_high, 'infinity'::DOUBLE) AS total_high, completeness, flag, collection, measure,
            period_start, period_end, submissions
        FROM baseline.origin_flows
        JOIN reference.measures USING (measure)
        WHERE measure = $measure AND preferred AND {_selection_condition("year")}
          AND (len($origins) = 0 OR list_contains($origins, origin))
        ORDER BY reporting_country, period_start, persons_low DESC, origin
        """,
        parameters,
    ).df()
    return label_frame(db, lang, _in_words(db, frame, lang), family=family)


def _measure(db: duckdb.DuckDBPyConnection, lang: str, table: str, family: str, measure: str | None) -> str:
    """Return the measure that counts a family by origin, or check the given measure.

    Raises NoData, InvalidValue.
    """
    rows = db.execute("SELECT DISTINCT family FROM baseline.catalogue ORDER BY 1").fetchall()
    arguments.check_choice(family, [name for (name,) in rows], "family")
    query = (
        f"SELECT measure FROM {table} JOIN reference.codes ON codelist = 'measure' AND code = measure "
        "WHERE family = $1 GROUP BY measure, position ORDER BY bool_or(whose <> 'offender') DESC, position"
    )
    measures = [name for (name,) in db.execute(query, [family]).fetchall()]
    if not measures:
        language = contract_language(lang)
        missing_data = f"""
            SELECT name_{language}, filled_by_{language} FROM baseline.catalogue
            WHERE family = $1 AND data <> 'available' ORDER BY indicator LIKE '%origin%' DESC, indicator
        """
        name, filled_by = db.execute(missing_data, [family]).fetchone() or (family, "—")
        raise NoData("home.no_data", what=name, filled_by=filled_by)
    return measures[0] if measure is None else arguments.check_choice(measure, measures, "measure")


# ---- trends, coverage, revisions -------------------------------------------------------------------


def _series_selection(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, countries: Names, by: Names, source: str
) -> tuple[frozenset[str], str, dict[str, Any]]:
    """Return the details of the asked series, the SQL of their columns, and the parameters of the SELECT."""
    arguments.check_has_data(db, indicator, contract_language(lang))
    details = arguments.choose_details(db, indicator, by)
    columns = "".join(f"{name}, " for name in (*SLICES, ORIGIN) if name in details)
    parameters = {
        "indicator": indicator,
        "every": arguments.check_choice(source, SOURCES, "source") == ALL,
        **_selection(db, lang, countries, None),
    }
    return details, columns, parameters


def trends(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, by: Names, source: str
) -> pd.DataFrame:
    """Return baseline, last years, direction and level of annual series, with the sentence."""
    details, columns, parameters = _series_selection(db, lang, indicator, countries, by, source)
    frame = db.execute(
        f"""
        SELECT
            reporting_country, {columns}baseline_period, baseline_low, baseline_high, last_years, last_low,
            last_high, direction, level, why_not, why_no_level, verdict_of, yearly_low, yearly_high,
            turn_years, rate_ratio_low, rate_ratio_high, tested_from, tested_to, last_period, age_years, flag,
            denominator_basis, break_id, collection, measure,
            indicator, sentence_{contract_language(lang)} AS sentence
        FROM analysis.trends
        WHERE indicator = $indicator AND frequency = 'A' AND (preferred OR $every)
          AND panel IN ('_Z', 'fixed') AND {_selection_condition("0")} AND {_breakdown_condition(details)}
        ORDER BY reporting_country, {columns}collection, measure, denominator_basis, break_id
        """,
        parameters,
    ).df()
    return label_frame(db, lang, add_names(frame, lang), indicator)


def changes(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, by: Names, source: str
) -> pd.DataFrame:
    """Return changes of series between two windows, with bounds, the sentence and the answer.

    Monthly series are those of the indicator's collections.
    """
    details, columns, parameters = _series_selection(db, lang, indicator, countries, by, source)
    frame = db.execute(
        f"""
        SELECT
            reporting_country, {columns}comparison, is_first, earlier_window, later_window, earlier_low,
            earlier_high, later_low, later_high, ratio_low, ratio_high, difference_low, difference_high,
            hidden_in, left_out, jump_years, counted_unit, flow, evidence, direction, level, conclusion,
            may_say, why_not AS why_not_compared, flag, members, other_kind_left_out, break_id, collection,
            measure, indicator,
            sentence_{contract_language(lang)} AS sentence, answer_{contract_language(lang)} AS answer
        FROM analysis.changes
        WHERE (indicator = $indicator OR (comparison = 'twelve_months' AND (collection, measure) IN (
            SELECT (collection, measure) FROM analysis.changes WHERE indicator = $indicator
          ))) AND (preferred OR $every)
          AND {_selection_condition("0")} AND {_breakdown_condition(details)}
        ORDER BY reporting_country, {columns}NOT is_first, comparison, collection, measure
        """,
        parameters,
    ).df()
    return label_frame(db, lang, add_names(frame, lang), indicator)


def outlook(db: duckdb.DuckDBPyConnection, lang: str, indicator: str) -> pd.DataFrame:
    """Return how much values of an indicator's collections still change, by their age in months."""
    arguments.check_has_data(db, indicator, contract_language(lang))
    frame = db.execute(
        """
        SELECT * RENAME (why_not AS why_no_outlook) FROM analysis.revision_outlook
        WHERE (collection, measure) IN (
            SELECT (collection, measure) FROM baseline.indicator_values WHERE indicator = $indicator
        )
        ORDER BY collection, measure, frequency, age_from
        """,
        {"indicator": indicator},
    ).df()
    return label_frame(db, lang, add_names(frame, lang), indicator)


def alerts(db: duckdb.DuckDBPyConnection, lang: str, *, countries: Names) -> pd.DataFrame:
    """Return the open alerts of monthly series of some countries, with their sentences."""
    frame = db.execute(
        f"""
        SELECT * EXCLUDE (sentence_es, sentence_en), sentence_{contract_language(lang)} AS sentence
        FROM ({open_alerts.OPEN_ALERTS}) WHERE {_selection_condition("0")}
        """,
        _selection(db, lang, countries, None),
    ).df()
    return label_frame(db, lang, add_names(frame, lang))


def coverage(
    db: duckdb.DuckDBPyConnection, lang: str, family: str | None, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Return the status of each country and year, with the reason for each gap."""
    if family is not None:
        arguments.check_choice(family, list(codelist("family")), "family")
    parameters = {"family": family, **_selection(db, lang, countries, since)}
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, collection, family, measure, status, breakdown,
            due_on, period_start, period_end, submissions
        FROM analysis.coverage
        WHERE coalesce($family, family) = family AND {_selection_condition("year")}
        ORDER BY reporting_country, period_start, collection, measure, breakdown
        """,
        parameters,
    ).df()
    return label_frame(db, lang, add_names(frame, lang), family=family)


def agreement(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Return values of two collections for the same yearly total, their ratio, and why they differ."""
    import pandas as pd

    arguments.check_has_data(db, indicator, contract_language(lang))
    parameters = {"indicator": indicator, **_selection(db, lang, countries, since)}
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, collection_a, value_a_low, value_a_high,
            collection_b, value_b_low, value_b_high, ratio_low, ratio_high, differs, explained_by,
            note, flag_a, flag_b, measure, period_start
        FROM analysis.source_agreement
        WHERE frequency = 'A' AND {total_rows("analysis.source_agreement")}
          AND value_a_low IS NOT NULL AND value_b_low IS NOT NULL
          AND measure IN (SELECT measure FROM baseline.indicator_values WHERE indicator = $indicator)
          AND {_selection_condition("year")}
        ORDER BY ALL
        """,
        parameters,
    ).df()
    explanations = [_names_of_codes("source_difference", codes, lang) for codes in frame["explained_by"]]
    _insert(frame, "explained_by", "explanation", pd.Series(explanations, index=frame.index, dtype=object))
    return label_frame(db, lang, add_names(frame, lang), indicator)


_JUDGEMENTS = """
SELECT
    reporting_country, year, origin_class, exploitation, rank, kind, code, member, measure, value_low,
    value_high, other_low, other_high, other_collection, new_submission, collection, indicator
FROM analysis.statements
WHERE indicator = $indicator AND {condition}
ORDER BY reporting_country, year, origin_class, exploitation, collection, rank
"""


def judgements(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Return the judgements about an indicator's figures, with their words, in the order of reading."""
    from warehouse.statements.judgement_sentences import Sentences

    arguments.check_indicator(db, indicator)
    parameters = {"indicator": indicator, **_selection(db, lang, countries, since)}
    sql = _JUDGEMENTS.format(condition=_selection_condition("year"))
    sentences = Sentences(collection_titles(db, lang), lang)
    rows: list[StatementsRow] = row_dicts(db.execute(sql, parameters))
    frame = db.execute(sql, parameters).df()
    _insert(frame, "code", "sentence", [sentences.sentence(row) for row in rows])
    return label_frame(db, lang, add_names(frame, lang), indicator)


def collection_titles(db: duckdb.DuckDBPyConnection, lang: str) -> dict[str, str]:
    """Return the title of each collection."""
    sql = f"SELECT collection, title_{contract_language(lang)} FROM registry.collections"
    return dict(db.execute(sql).fetchall())


def _names_of_codes(list_name: str, codes: object, lang: str) -> str | None:
    """Return the names of codes that are joined by `+`; None for a missing value."""
    if not isinstance(codes, str) or not codes:
        return None
    return "; ".join(code_name(list_name, "codes", code, lang) for code in codes.split("+"))


def revisions(
    db: duckdb.DuckDBPyConnection, lang: str, changes: pd.DataFrame, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Return changes between submissions of some countries and years, without unused dimensions."""
    selection = _selection(db, lang, countries, since)
    is_selected = changes["year"] >= selection["since"]
    if selection["countries"]:
        is_selected &= changes["reporting_country"].isin(selection["countries"])
    frame = changes[is_selected].reset_index(drop=True)
    unused = [d.name for d in DIMENSIONS if d.name in frame and frame[d.name].isin(["_T", "_Z"]).all()]
    return label_frame(db, lang, add_names(frame.drop(columns=unused), lang))


# ---- shared parts ----------------------------------------------------------------------------------


def _selection_condition(year: str) -> str:
    """Return the SQL condition for countries and years. Groupings appear only if named."""
    return f"""{year} >= $since AND (
        list_contains($countries, reporting_country)
        OR (len($countries) = 0 AND reporting_country NOT IN ({_GROUPINGS}))
    )"""


def _selection(
    db: duckdb.DuckDBPyConnection, lang: str, countries: Names, since: int | None
) -> dict[str, Any]:
    return {
        "countries": arguments.country_codes(db, countries, lang),
        "since": arguments.check_year(db, since),
    }


def _in_words(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Add to a frame of values their texts, what each series counts, revision states, and names of codes."""
    return add_names(_with_states(db, _with_series(db, _with_texts(frame, lang), lang)), lang)


def _with_texts(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Add value and warnings in words.

    An unknown upper bound becomes infinite. A figure in doubt loses its numbers.
    """
    from warehouse.statements import headlines

    high = frame["value_high"].where(frame["value_high"].notna() | frame["value_low"].isna(), float("inf"))
    bounds = zip(frame["value_low"], high, frame["unit"], frame["is_doubted"], strict=True)
    words = [
        headlines.kind_and_text(lower, upper, unit, bool(is_doubtful), lang)
        for lower, upper, unit, is_doubtful in bounds
    ]
    warnings = [headlines.flags(flag, lang) for flag in frame["flag"]]
    result = frame.assign(
        value_low=frame["value_low"].mask(frame["is_doubted"]), value_high=high.mask(frame["is_doubted"])
    ).drop(columns="is_doubted")
    _insert(result, "value_high", "how", [how for how, _ in words])
    _insert(result, "how", "value", [value for _, value in words])
    _insert(result, "flag", "warnings", warnings)
    return result


def _with_series(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Add what the series of each value counts, and on what evidence. None for a sum of several."""
    import pandas as pd

    from warehouse.statements import series_sentences

    kinds = series_sentences.kinds_by_series(row_dicts(db.execute("SELECT * FROM core.series_kinds")))
    columns = frame[["collection", "reporting_country", "measure", "period_start"]]
    keys = [(*series, start.date()) for *series, start in columns.itertuples(index=False)]
    texts = {key: series_sentences.caveat_on(kinds.get(key[:3], []), key[3], lang) for key in set(keys)}
    column = pd.Series([texts[key] for key in keys], index=frame.index, dtype=object)
    _insert(frame, "warnings", "series", column)
    return frame


_STATES = """
SELECT collection, measure, reporting_country, period_start, state
FROM analysis.revision_states
WHERE collection IN (SELECT unnest($collections))
GROUP BY ALL
"""
_LEAST_SETTLED = ("provisional", "swung_back", "settled")


def _with_states(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> pd.DataFrame:
    """Add whether each value may still change: the state of the least settled values of its period.

    None of a collection with fewer than three submissions; no column if the release has no states.
    """
    import pandas as pd

    try:
        rows = db.execute(_STATES, {"collections": frame["collection"].dropna().unique().tolist()}).fetchall()
    except duckdb.CatalogException:
        return frame
    states_by_series: dict[tuple[str, ...], list[tuple[Any, str]]] = {}
    for *series, start, state in rows:
        states_by_series.setdefault(tuple(series), []).append((start, state))
    columns = frame[["collection", "measure", "reporting_country", "period_start", "period_end"]]
    states = []
    for *key, first, last in columns.itertuples(index=False):
        within = {
            state
            for start, state in states_by_series.get(tuple(key), [])
            if first.date() <= start <= last.date()
        }
        states.append(next((state for state in _LEAST_SETTLED if state in within), None))
    _insert(frame, "series", "revision_state", pd.Series(states, index=frame.index, dtype=object))
    return frame


_CODELISTS = {
    "measure": "measure",
    "revision_state": "revision_state",
    ORIGIN: ORIGIN,
    "direction": "trend_direction",
    "level": "trend_level",
    "verdict_of": "verdict_of",
    "why_not": "trend_reason",
    "why_no_level": "trend_reason",
    "status": "coverage_status",
    "comparison": "change_window",
    "conclusion": "change_conclusion",
    "why_not_compared": "change_reason",
    "why_no_outlook": "outlook_reason",
    "counted_unit": "counted_unit",
    "flow": "series_flow",
    "evidence": "series_evidence",
}
_NAMED_COUNTRIES = ("reporting_country", "origin")


def add_names(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Add the name of each code after its column."""
    import pandas as pd

    name_of = {d.name: partial(code_name, d.name, d.values) for d in DIMENSIONS}
    name_of |= {name: partial(code_name, codelist, "codes") for name, codelist in _CODELISTS.items()}
    name_of |= {name: partial(code_name, "", "country") for name in _NAMED_COUNTRIES}
    for column in [name for name in frame.columns if name in name_of]:
        names = {code: name_of[column](code, lang) for code in frame[column].unique() if not pd.isna(code)}
        label = "country" if column == _NAMED_COUNTRIES[0] else f"{column}_name"
        _insert(frame, column, label, frame[column].map(names).astype(object))
    return frame


def _insert(frame: pd.DataFrame, after: str, name: str, values: Any) -> None:
    frame.insert(list(frame.columns).index(after) + 1, name, values)


def label_frame(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    frame: pd.DataFrame,
    indicator: str | None = None,
    *,
    family: str | None = None,
) -> pd.DataFrame:
    """Add the frame's `attrs`: title, caveat, replies of countries, citation, licence, and release."""
    language = contract_language(lang)
    attrs: dict[str, Any] = {}
    if indicator:
        columns = ("title", "definition", "caveat", "unit")
        row = db.execute(
            f"SELECT name_{language}, definition_{language}, caveat_{language}, unit "
            "FROM baseline.catalogue WHERE indicator = $1",
            [indicator],
        ).fetchone()
        attrs |= {"indicator": indicator, **dict(zip(columns, row or (), strict=False))}
    elif family:
        attrs["caveat"] = say(f"caveat.{family}", lang)
    sources = _cited_collections(db, frame, language)
    if indicator and (lines := _replies(db, frame, lang)):
        attrs["replies"] = lines
    if "collection" in frame and "source_es" not in frame:
        titles = {collection: title for collection, title, *_ in sources}
        _insert(frame, "collection", "source", frame["collection"].map(titles).astype(object))
    attrs["citation"] = list(dict.fromkeys(citation for *_, citation, _ in sources))
    attrs["licence"] = {collection: licence for collection, *_, licence in sources}
    release = db.execute("SELECT release, as_of::VARCHAR FROM registry.release").fetchone()
    frame.attrs = attrs | dict(zip(("release", "as_of"), release or (), strict=False))
    return frame


def _replies(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, lang: str) -> list[str]:
    """Return the replies of the countries of a frame to its figures, each with what it is about."""
    columns = ("reporting_country", "collection", "measure")
    if not {*columns} <= {*frame.columns}:
        return []
    countries, collections, measures = ({*frame[name].dropna()} for name in columns)
    return reply_texts(db, lang, collections=collections, items=measures, members=countries)


def _cited_collections(
    db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, lang: str
) -> list[tuple[str, ...]]:
    """Return the collections of a frame: name, title, citation, licence."""
    columns = [column for column in frame.columns if column.startswith("collection")]
    collections = {name for column in columns for name in frame[column].dropna()}
    return db.execute(
        f"SELECT collection, title_{lang}, citation, licence FROM registry.collections "
        "WHERE list_contains($1, collection) ORDER BY 1",
        [sorted(collections)],
    ).fetchall()
