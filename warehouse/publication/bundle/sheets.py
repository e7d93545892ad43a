"""The sheets of the workbook: an indicator's totals, its classes of origin, or its forms of exploitation.

Figures of regions are separate from those of members, so that no sum counts a case twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from schemas.code_names import name_in_list
from schemas.codelists import TOTAL
from schemas.words import CONTRACT_LANGUAGES
from warehouse.reading.client import Warehouse
from warehouse.reading.frames import collection_titles
from warehouse.reading.rows import row_dicts
from warehouse.statements.judgement_sentences import OF_FIGURES, Sentences

if TYPE_CHECKING:
    from typing import NotRequired

    from typing_extensions import ReadOnly

    from schemas.tables.rows import StatementsRow

FigureKey = tuple[Any, ...]
Remarks = list[tuple[str, str]]
"""What is judged of a figure, in the columns `remarks_es` and `remarks_en`: kinds with their sentences."""


class Figure(TypedDict):
    """What a sheet needs of a labelled figure of any of the tables below, besides its texts."""

    indicator: ReadOnly[str]
    year: ReadOnly[int]
    period: ReadOnly[str]
    how: ReadOnly[str]
    unit: ReadOnly[str]
    value_low: ReadOnly[float | None]
    collection: ReadOnly[str | None]
    citation: ReadOnly[str | None]
    remarks_es: NotRequired[ReadOnly[Remarks]]
    remarks_en: NotRequired[ReadOnly[Remarks]]


class RegionalFigure(Figure):
    """The same of a figure of a region, with its part and its members."""

    origin_class: ReadOnly[str]
    exploitation: ReadOnly[str]
    members_reporting: ReadOnly[int | None]
    members_total: ReadOnly[int | None]


AnyFigure = TypeVar("AnyFigure", bound=Figure)

_NOT_REPORTED = "not_reported"
_TABLES = ("headline", "headline_origin", "headline_exploitation", "headline_region")
_LABELS = ("country", "value", "source", "flags", "series", "change", "answer", "remarks")
_FACTS = ("year", "period", "how", "unit", "value_low", "denominator_basis", "collection", "citation")
_PARTS = ("origin_class", "exploitation")
_KEY_OF_ALL_PARTS = itemgetter("indicator", "reporting_country", "year", "collection")
_SELECTED = ("indicator", *_PARTS, "members_reporting", "members_total")


@dataclass(frozen=True)
class SheetFigures:
    """The figures of a sheet: indicator, members' figures and regions' figures.

    `part_names` has the name of the class or form by language; it is empty for totals.
    """

    indicator: str
    part_names: dict[str, str]
    members: Sequence[Figure]
    regions: Sequence[RegionalFigure]


def sheet_figures(release: Warehouse) -> Iterator[SheetFigures]:
    """Yield the sheets of a release by indicator: totals, then classes of origin, then forms."""
    remarks_by_figure = _read_remarks(release)
    tables = {name: _read_figures(release, name, remarks_by_figure) for name in _TABLES}
    regions: list[RegionalFigure] = tables["headline_region"]
    for (indicator,), rows in _by(("indicator",), tables["headline"]).items():
        region_rows = [
            row for row in regions if row["indicator"] == indicator and row["origin_class"] == TOTAL
        ]
        is_regional = region_rows and all(row["how"] == _NOT_REPORTED for row in rows)
        yield SheetFigures(indicator, {}, [] if is_regional else rows, region_rows)
    for table, codes in {"headline_origin": "origin_class", "headline_exploitation": "exploitation"}.items():
        regions_by_part = _by(("indicator", codes), regions)
        for (name, code), rows in _by(("indicator", codes), tables[table]).items():
            yield SheetFigures(name, _part_names(codes, code), rows, regions_by_part.get((name, code), []))


def _read_figures(
    release: Warehouse, table: str, remarks_by_figure: Mapping[FigureKey, Mapping[str, Remarks]]
) -> list[Any]:
    """Return the columns of a labelled table that sheets need, a third of all, with the remarks on each."""
    needed_columns = {*_SELECTED, *(column for lang in CONTRACT_LANGUAGES for column in columns(lang))}
    rows = row_dicts(release.connection.execute(f"SELECT * FROM baseline.{table} ORDER BY ALL"))
    return [
        {column: row[column] for column in row if column in needed_columns}
        | dict(remarks_by_figure.get(_figure_key(row), {}))
        for row in rows
    ]


def _read_remarks(release: Warehouse) -> dict[FigureKey, dict[str, Remarks]]:
    """Return what is judged of each labelled figure, in columns by language."""
    judgements: dict[FigureKey, list[StatementsRow]] = {}
    sql = f"SELECT * FROM analysis.statements WHERE kind IN {OF_FIGURES} ORDER BY ALL"
    for row in row_dicts(release.connection.execute(sql)):
        judgements.setdefault(_figure_key(row), []).append(row)
    sentences = {f"remarks_{lang}": judgement_sentences(release, lang) for lang in CONTRACT_LANGUAGES}
    return {
        key: {column: remarks(rows, of_language) for column, of_language in sentences.items()}
        for key, rows in judgements.items()
    }


def judgement_sentences(release: Warehouse, lang: str) -> Sentences:
    """Return the sentences of a release's judgements in a language."""
    return Sentences(collection_titles(release.connection, lang), lang)


def _figure_key(row: Figure) -> FigureKey:
    """Return the key that a labelled figure shares with the judgements about it."""
    return (*(row.get(name, TOTAL) for name in _PARTS), *_KEY_OF_ALL_PARTS(row))


def remarks(judgements: Iterable[StatementsRow], sentences: Sentences) -> Remarks:
    """Return judgements about a figure in words, each with its kind."""
    return [(row["kind"], sentences.sentence(row)) for row in judgements]


def _by(columns: Sequence[str], rows: Iterable[AnyFigure]) -> dict[tuple[str, ...], list[AnyFigure]]:
    """Return the rows by these columns, in the order of their values."""
    groups: dict[tuple[str, ...], list[AnyFigure]] = {}
    for row in rows:
        texts: Mapping[str, object] = row
        groups.setdefault(tuple(str(texts[column]) for column in columns), []).append(row)
    return dict(sorted(groups.items()))


def columns(lang: str) -> list[str]:
    """Return the columns that a sheet needs."""
    return [*_FACTS, "revision_state", *(f"{name}_{lang}" for name in _LABELS)]


def _part_names(codes: str, code: str) -> dict[str, str]:
    return {lang: name_in_list(codes, code, lang) for lang in CONTRACT_LANGUAGES}


def indicators_with_figures(release: Warehouse) -> set[str]:
    """Return the indicators with a figure in any table of the release."""
    indicators = release.query(
        "SELECT DISTINCT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL"
    )
    return set(indicators["indicator"])
