"""The tables of a quality report: what each series counts, and a line a pair of countries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.words import column_text
from warehouse.publication.quality.facts import CollectionFacts
from warehouse.publication.quality.wording import (
    country_name,
    measure_name,
    quality_text,
    span_text,
    unit_and_flow,
    within_sentence,
)

if TYPE_CHECKING:
    from schemas.tables.rows import SeriesRow
    from warehouse.publication.quality.query_rows import SeriesLength

COMPARISONS = ("same", "different", "unknown")


@dataclass(frozen=True)
class Sheet:
    """A table: name, title, columns, rows."""

    key: str
    title: str
    columns: list[str]
    rows: list[list[str]]


def _columns(lang: str, *keys: str) -> list[str]:
    return [quality_text(key, lang) for key in keys]


def series_sheet(facts: CollectionFacts, lang: str) -> Sheet:
    """Return a row for each span of a series: unit, evidence, institution, and the years that compare."""
    columns = _columns(
        lang, "country", "measure", "span", "unit", "evidence", "authority", "comparable", "what"
    )
    comparable = {(row["reporting_country"], row["measure"]): row for row in facts.rows("lengths")}
    rows = []
    for key, spans in groupby(facts.rows("series"), _series_key):
        *earlier, last = spans
        rows += [_series_row(row, "", lang) for row in earlier]
        rows.append(_series_row(last, _years(comparable.get(key)), lang))
    return Sheet("series", quality_text("series", lang), columns, rows)


def _series_key(row: SeriesRow) -> tuple[str, str]:
    return row["reporting_country"], row["measure"]


def _series_row(row: SeriesRow, comparable: str, lang: str) -> list[str]:
    return [
        country_name(row["reporting_country"], lang),
        measure_name(row["measure"], lang),
        span_text(row["valid_from"], row["valid_to"], lang),
        unit_and_flow(row["counted_unit"], row["flow"], lang),
        within_sentence(name_in_list("series_evidence", row["evidence"], lang)),
        row["authority"] or "–",
        comparable,
        column_text(row, "what", lang) or "–",
    ]


def _years(length: SeriesLength | None) -> str:
    """Return the years from the last break on, and how many of them have figures."""
    if length is None:
        return "–"
    years = str(length["first"])
    if length["first"] != length["last"]:
        years = f"{years}–{length['last']}"
    return f"{years} ({length['n']})"


def pair_sheet(facts: CollectionFacts, lang: str) -> Sheet:
    """Return a row for each pair of countries: measures by comparability, in the last year of both."""
    rows = []
    for (first_country, second_country), pairs in groupby(
        facts.rows("pairs"), lambda row: (row["one"], row["other"])
    ):
        by_comparison: dict[str, list[str]] = {name: [] for name in COMPARISONS}
        for row in pairs:
            text = quality_text("in_year", lang, measure=measure_name(row["measure"], lang), year=row["year"])
            by_comparison[row["comparison"]].append(text)
        cells = [", ".join(by_comparison[name]) or "–" for name in COMPARISONS]
        rows.append([f"{country_name(first_country, lang)} – {country_name(second_country, lang)}", *cells])
    return Sheet("pairs", quality_text("pairs_title", lang), _columns(lang, "pair", *COMPARISONS), rows)
