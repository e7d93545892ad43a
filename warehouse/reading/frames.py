"""Tidy frames of a release: one row a figure, with names, words, citation and caveats. Computes no figure.

Each function is one question of client.py's. What is asked by name is asked.py's, how a value is said
headlines.py's. Codes keep the name of their column, their names stand in `<column>_name`, a reporting
country's in `country`, a collection's title in `source`. A bound that nobody knows is infinite, so that a
sum stays open; a figure in doubt is said (`value`) and has no numbers. `frame.attrs` tells title, caveat,
citation, licence and release.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.code_names import code_name
from schemas.flags import flags_that
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.tables import DIMENSIONS, SLICES
from schemas.words import contract_language, say
from warehouse.reading import asked
from warehouse.reading.asked import CITIZENSHIP, ORIGIN, NoData

if TYPE_CHECKING:
    import pandas as pd

PREFERRED, ALL = "preferred", "all"
SOURCES = (PREFERRED, ALL)
"""Of each country the one to take, or every one, each a series that is never added to another."""

Names = str | Sequence[str]

_GROUPINGS = "SELECT grouping FROM reference.groupings"
_OUT_OF_SUMS = list(flags_that("out_of_sums"))
_DOUBTED = f"list_has_any(string_split(coalesce(flag, ''), '+'), {_OUT_OF_SUMS})"


# ---- an indicator's values ------------------------------------------------------------------------


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
    """An indicator's values by country and period, detailed by what `by` names and by nothing else."""
    asked.with_data(db, indicator, contract_language(lang))
    details = asked.details(db, indicator, by)
    parameters = {
        "indicator": indicator,
        "every": asked.one_of(source, SOURCES, "source") == ALL,
        "frequency": asked.one_of(frequency, ("A", "Q", "M"), "frequency"),
        **_places(db, lang, countries, since),
    }
    frame = db.execute(_values(details, source == ALL), parameters).df()
    return _described(db, lang, _labelled(_said(frame, lang), lang), indicator)


def _values(details: frozenset[str], every: bool) -> str:
    """The SELECT: of several values of one series and period that which the labelled layer takes."""
    shown = [
        *(name for name in SLICES if name in details),
        *([ORIGIN] if details & {ORIGIN, CITIZENSHIP} else []),
    ]
    series = ", ".join(
        ["reporting_country", "year", "period", *shown, *(["collection", "measure"] if every else [])]
    )
    return f"""
    WITH candidates AS (
        SELECT
            *, min(pooled_years) OVER () AS fewest_pooled, {_DOUBTED} AS is_doubted,
            list_contains(string_split(coalesce(flag, ''), '+'), 'incomplete') AS is_incomplete
        FROM baseline.indicator_values
        WHERE indicator = $indicator AND frequency = $frequency AND (preferred OR $every)
          AND panel IN ('_Z', 'reporting') AND {_of_places("year")} AND {_detailed(details)}
    )
    SELECT
        reporting_country, year, period, {"".join(f"{name}, " for name in shown)}value_low, value_high,
        is_doubted, unit, denominator_basis, flag, collection, measure, indicator, period_start, period_end,
        submissions, members
    FROM candidates
    WHERE pooled_years = fewest_pooled
    QUALIFY row_number() OVER (
        PARTITION BY {series}
        ORDER BY
            denominator_basis = 'known' AND NOT is_incomplete DESC, denominator_basis <> 'known' DESC,
            period_end DESC, measure
    ) = 1
    ORDER BY reporting_country, period_start, {"".join(f"{name}, " for name in shown)}collection, measure
    """


def _detailed(details: frozenset[str]) -> str:
    """That a row details these and nothing else; of classes of origin those that lie apart."""
    told = [f"{name} {'<>' if name in details else '='} '_T'" for name in SLICES]
    if ORIGIN in details:
        told.append(f"{ORIGIN} IN ('{OWN_NATIONAL}', '{INTRA_REGIONAL}', '{EXTRA_REGIONAL}')")
    elif CITIZENSHIP not in details:
        told.append(f"{ORIGIN} = '_T'")
    return " AND ".join(told)


def headlines(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """An indicator's rows of the labelled layer, in the layer's own columns: both languages stand in them."""
    asked.indicator(db, indicator)
    chosen = f"indicator = $indicator AND {_of_places('year')}"
    frame = db.execute(
        f"""
        SELECT * FROM baseline.headline WHERE {chosen}
        UNION ALL BY NAME
        SELECT * EXCLUDE (origin_class, origin_es, origin_en) FROM baseline.headline_region
        WHERE origin_class = '_T' AND {chosen}
        ORDER BY reporting_country, year
        """,
        {"indicator": indicator, **_places(db, lang, countries, since)},
    ).df()
    return _described(db, lang, frame, indicator)


# ---- origin ---------------------------------------------------------------------------------------

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
    """Who by class of origin, by country and year: from those who surely are of it to those who may be."""
    measure = _measure(db, lang, "baseline.origin_profile", family, measure)
    parameters = {
        "measure": measure,
        "every": asked.one_of(source, SOURCES, "source") == ALL,
        **_places(db, lang, countries, since),
    }
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, origin_class, class_level, persons_low AS value_low,
            possible_high AS value_high, total_low, coalesce(total_high, 'infinity'::DOUBLE) AS total_high,
            share_low, share_high, {_DOUBTED} AS is_doubted, unit, flag, collection, measure, grouping,
            period_start, period_end, submissions
        FROM baseline.origin_profile
        JOIN reference.measures USING (measure)
        JOIN (SELECT code AS origin_class, position FROM reference.codes WHERE codelist = 'origin_class')
            USING (origin_class)
        WHERE measure = $measure AND {_of_places("year")}
          AND ($every OR (collection, measure, reporting_country) IN ({_PREFERRED_BY_ORIGIN}))
        ORDER BY reporting_country, period_start, position, class_level, collection
        """,
        parameters,
    ).df()
    return _described(db, lang, _labelled(_said(frame, lang), lang), family=family)


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
    """Who was recorded where: each origin in each country's table of origins of a year, the most first."""
    measure = _measure(db, lang, "baseline.origin_flows", family, measure)
    parameters = {
        "measure": measure,
        "origins": asked.origins(origins),
        **_places(db, lang, countries, since),
    }
    frame = db.execute(
        f"""
        SELECT
            origin, reporting_country, year, period, persons_low AS value_low,
            possible_high AS value_high, {_DOUBTED} AS is_doubted, unit, origin_class, total_low,
            coalesce(total_high, 'infinity'::DOUBLE) AS total_high, completeness, flag, collection, measure,
            period_start, period_end, submissions
        FROM baseline.origin_flows
        JOIN reference.measures USING (measure)
        WHERE measure = $measure AND preferred AND {_of_places("year")}
          AND (len($origins) = 0 OR list_contains($origins, origin))
        ORDER BY reporting_country, period_start, persons_low DESC, origin
        """,
        parameters,
    ).df()
    return _described(db, lang, _labelled(_said(frame, lang), lang), family=family)


def _measure(db: duckdb.DuckDBPyConnection, lang: str, of: str, family: str, measure: str | None) -> str:
    """What is counted by origin: the only measure of a family, or the one named. Raises NoData, Wrong."""
    rows = db.execute("SELECT DISTINCT family FROM baseline.catalogue ORDER BY 1").fetchall()
    asked.one_of(family, [name for (name,) in rows], "family")
    counted = (
        f"SELECT measure FROM {of} JOIN reference.codes ON codelist = 'measure' AND code = measure "
        "WHERE family = $1 GROUP BY measure, position ORDER BY bool_or(whose <> 'offender') DESC, position"
    )
    known = [name for (name,) in db.execute(counted, [family]).fetchall()]
    if not known:
        said = contract_language(lang)
        lacking = f"""
            SELECT name_{said}, filled_by_{said} FROM baseline.catalogue
            WHERE family = $1 AND data <> 'available' ORDER BY indicator LIKE '%origin%' DESC, indicator
        """
        name, filled_by = db.execute(lacking, [family]).fetchone() or (family, "—")
        raise NoData("home.no_data", what=name, filled_by=filled_by)
    return known[0] if measure is None else asked.one_of(measure, known, "measure")


# ---- what is said of the figures ------------------------------------------------------------------


def trends(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, by: Names, source: str
) -> pd.DataFrame:
    """Baseline, last years, direction and level of annual series, and the sentence that says it."""
    asked.with_data(db, indicator, contract_language(lang))
    details = asked.details(db, indicator, by)
    shown = "".join(f"{name}, " for name in (*SLICES, ORIGIN) if name in details)
    parameters = {
        "indicator": indicator,
        "every": asked.one_of(source, SOURCES, "source") == ALL,
        **_places(db, lang, countries, None),
    }
    frame = db.execute(
        f"""
        SELECT
            reporting_country, {shown}baseline_period, baseline_low, baseline_high, last_years, last_low,
            last_high, direction, level, why_not, why_no_level, rate_ratio_low, rate_ratio_high, tested_from,
            tested_to, last_period, age_years, flag, denominator_basis, break_id, collection, measure,
            indicator, sentence_{contract_language(lang)} AS sentence
        FROM analysis.trends
        WHERE indicator = $indicator AND frequency = 'A' AND (preferred OR $every)
          AND panel IN ('_Z', 'fixed') AND {_of_places("0")} AND {_detailed(details)}
        ORDER BY reporting_country, {shown}collection, measure, denominator_basis, break_id
        """,
        parameters,
    ).df()
    return _described(db, lang, _labelled(frame, lang), indicator)


def coverage(
    db: duckdb.DuckDBPyConnection, lang: str, family: str | None, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Which country reported which year, and why what is missing is missing."""
    parameters = {"family": family, **_places(db, lang, countries, since)}
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, collection, family, measure, status, breakdown,
            due_on, period_start, period_end, submissions
        FROM analysis.coverage
        WHERE coalesce($family, family) = family AND {_of_places("year")}
        ORDER BY reporting_country, period_start, collection, measure, breakdown
        """,
        parameters,
    ).df()
    return _described(db, lang, _labelled(frame, lang), family=family)


def agreement(
    db: duckdb.DuckDBPyConnection, lang: str, indicator: str, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """A measure in two collections that both tell a year's total, side by side, and their ratio."""
    asked.with_data(db, indicator, contract_language(lang))
    parameters = {"indicator": indicator, **_places(db, lang, countries, since)}
    frame = db.execute(
        f"""
        SELECT
            reporting_country, year, period, collection_a, value_a_low, value_a_high,
            collection_b, value_b_low, value_b_high, ratio_low, ratio_high, note, flag_a, flag_b, measure,
            period_start
        FROM analysis.source_agreement
        WHERE frequency = 'A' AND {" AND ".join(f"{name} = '_T'" for name in SLICES)}
          AND value_a_low IS NOT NULL AND value_b_low IS NOT NULL
          AND measure IN (SELECT measure FROM baseline.indicator_values WHERE indicator = $indicator)
          AND {_of_places("year")}
        ORDER BY ALL
        """,
        parameters,
    ).df()
    return _described(db, lang, _labelled(frame, lang), indicator)


def revisions(
    db: duckdb.DuckDBPyConnection, lang: str, changed: pd.DataFrame, *, countries: Names, since: int | None
) -> pd.DataFrame:
    """Changes between submissions, of some countries and years, without dimensions that none details."""
    places = _places(db, lang, countries, since)
    kept = changed["year"] >= places["since"]
    if places["countries"]:
        kept &= changed["reporting_country"].isin(places["countries"])
    frame = changed[kept].reset_index(drop=True)
    plain = [d.name for d in DIMENSIONS if d.name in frame and frame[d.name].isin(["_T", "_Z"]).all()]
    return _described(db, lang, _labelled(frame.drop(columns=plain), lang))


# ---- what all of them share -----------------------------------------------------------------------


def _of_places(year: str) -> str:
    """Of the countries named, or of every country, from a year on: of a grouping only where it is named."""
    return f"""{year} >= $since AND (
        list_contains($countries, reporting_country)
        OR (len($countries) = 0 AND reporting_country NOT IN ({_GROUPINGS}))
    )"""


def _places(db: duckdb.DuckDBPyConnection, lang: str, countries: Names, since: int | None) -> dict[str, Any]:
    return {"countries": asked.countries(db, countries, lang), "since": since or 0}


def _said(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """With value and warnings in words; numbers stay open where nobody knows, and go where in doubt."""
    from warehouse.statements import headlines

    high = frame["value_high"].where(frame["value_high"].notna() | frame["value_low"].isna(), float("inf"))
    told = zip(frame["value_low"], high, frame["unit"], frame["is_doubted"], strict=True)
    words = [headlines.said(low, most, unit, bool(doubted), lang) for low, most, unit, doubted in told]
    warnings = [headlines.flags(flag, lang) for flag in frame["flag"]]
    shown = frame.assign(
        value_low=frame["value_low"].mask(frame["is_doubted"]), value_high=high.mask(frame["is_doubted"])
    ).drop(columns="is_doubted")
    _insert(shown, "value_high", "how", [how for how, _ in words])
    _insert(shown, "how", "value", [value for _, value in words])
    _insert(shown, "flag", "warnings", warnings)
    return shown


_LISTS = {
    "measure": "measure",
    ORIGIN: ORIGIN,
    "direction": "trend_direction",
    "level": "trend_level",
    "why_not": "trend_reason",
    "why_no_level": "trend_reason",
    "status": "coverage_status",
}
_PLACES_TOLD = ("reporting_country", "origin")


def _labelled(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """With the name of each code beside it."""
    import pandas as pd

    said = {d.name: partial(code_name, d.name, d.values) for d in DIMENSIONS}
    said |= {name: partial(code_name, listed, "codes") for name, listed in _LISTS.items()}
    said |= {name: partial(code_name, "", "country") for name in _PLACES_TOLD}
    for column in [name for name in frame.columns if name in said]:
        names = {code: said[column](code, lang) for code in frame[column].unique() if not pd.isna(code)}
        label = "country" if column == _PLACES_TOLD[0] else f"{column}_name"
        _insert(frame, column, label, frame[column].map(names).astype(object))
    return frame


def _insert(frame: pd.DataFrame, after: str, name: str, values: Any) -> None:
    frame.insert(list(frame.columns).index(after) + 1, name, values)


def _described(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    frame: pd.DataFrame,
    indicator: str | None = None,
    *,
    family: str | None = None,
) -> pd.DataFrame:
    """With what must stand beside it: title and caveat, whom to cite, under which terms, of which release."""
    said = contract_language(lang)
    attrs: dict[str, Any] = {}
    if indicator:
        columns = ("title", "definition", "caveat", "unit")
        row = db.execute(
            f"SELECT name_{said}, definition_{said}, caveat_{said}, unit "
            "FROM baseline.catalogue WHERE indicator = $1",
            [indicator],
        ).fetchone()
        attrs |= {"indicator": indicator, **dict(zip(columns, row or (), strict=False))}
    elif family:
        attrs["caveat"] = say(f"caveat.{family}", lang)
    cited = _cited(db, frame, said)
    if "collection" in frame and "source_es" not in frame:
        titles = {collection: title for collection, title, *_ in cited}
        _insert(frame, "collection", "source", frame["collection"].map(titles).astype(object))
    attrs["citation"] = list(dict.fromkeys(citation for *_, citation, _ in cited))
    attrs["licence"] = {collection: licence for collection, *_, licence in cited}
    release = db.execute("SELECT release, as_of::VARCHAR FROM registry.release").fetchone()
    frame.attrs = attrs | dict(zip(("release", "as_of"), release or (), strict=False))
    return frame


def _cited(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, lang: str) -> list[tuple[str, ...]]:
    """The collections of a frame: name, title, citation, licence."""
    columns = [column for column in frame.columns if column.startswith("collection")]
    used = {name for column in columns for name in frame[column].dropna()}
    return db.execute(
        f"SELECT collection, title_{lang}, citation, licence FROM registry.collections "
        "WHERE list_contains($1, collection) ORDER BY 1",
        [sorted(used)],
    ).fetchall()
