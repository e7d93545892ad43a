"""The workbook for officers in each language: a cover, and sheets of countries by years, regions apart.

Each sheet has an indicator or part of it. An exact figure is a number. Other figures are text on grey, so
that no sum includes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from schemas.code_names import name_in_list
from schemas.licences import licence
from schemas.words import CONTRACT_LANGUAGES, column_text, say
from warehouse.build.statistics.rows import needed_number
from warehouse.publication.bundle import fixed_times
from warehouse.publication.bundle.sheets import (
    Figure,
    RegionalFigure,
    Remarks,
    SheetFigures,
    columns,
    indicators_with_figures,
    sheet_figures,
)
from warehouse.publication.bundle.table_metadata import sources
from warehouse.reading.client import Warehouse
from warehouse.reading.frame_files import write_cell
from warehouse.reading.replies import measures_of, reply_texts
from warehouse.reading.rows import row_dicts
from warehouse.reading.workbook_styles import TITLE, WRAPPED, colour, set_widths, style_heads, wrap
from warehouse.statements.judgement_sentences import OF_FIGURES

if TYPE_CHECKING:
    from schemas.tables.rows import CatalogueRow

_Text = TypeVar("_Text", str, tuple[str, str])
_NOT_EXACT = colour("F2F2F2")
_AMONG_NUMBERS = Alignment(wrap_text=True, vertical="top", horizontal="right")
_FIRST_WIDTH = 26
_FROM_TOP = Alignment(vertical="top")
_FORMATS = {"share": "0.0%"}
_LONGEST_SHEET_NAME = 31
_FORBIDDEN_CHARACTERS = re.compile(r"[\[\]:*?/\\]")
"""Characters that a sheet's name must not have."""


FILES = tuple(f"{say('bundle.workbook', lang)}.xlsx" for lang in CONTRACT_LANGUAGES)
"""Names of the workbooks, in the order of the languages of the contract."""


def write(release: Warehouse, folder: Path) -> list[Path]:
    """Write a workbook for each language of the contract."""
    sheets = list(sheet_figures(release))
    rows = row_dicts(release.connection.execute("SELECT * FROM baseline.catalogue ORDER BY indicator"))
    catalogue: dict[str, CatalogueRow] = {row["indicator"]: row for row in rows}
    [day] = release.query("SELECT as_of FROM registry.release")["as_of"]
    return [_write(release, folder, sheets, catalogue, lang, day) for lang in CONTRACT_LANGUAGES]


def _write(
    release: Warehouse,
    folder: Path,
    parts: Sequence[SheetFigures],
    catalogue: Mapping[str, CatalogueRow],
    lang: str,
    day: date,
) -> Path:
    book = Workbook()
    book.properties.creator = "lineabase"
    cover: Worksheet = book.active
    cover.title = say("bundle.cover", lang)
    order = list(catalogue)
    sheets = sorted(parts, key=lambda part: order.index(part.indicator))
    names = [_sheet_name(n, part, lang) for n, part in enumerate(sheets, start=1)]
    _write_cover(cover, release, catalogue, list(zip(sheets, names, strict=True)), lang)
    indicators = dict.fromkeys(part.indicator for part in sheets)
    replies = {name: _replies(release, catalogue[name], lang) for name in indicators}
    for part, name in zip(sheets, names, strict=True):
        entry = catalogue[part.indicator]
        _write_indicator(
            book.create_sheet(name),
            entry,
            part.members,
            lang,
            regions=part.regions,
            part_name=part.part_names.get(lang, ""),
            replies=replies[part.indicator],
        )
    for sheet in book.worksheets:
        _set_print_layout(sheet)
    path = folder / f"{say('bundle.workbook', lang)}.xlsx"
    fixed_times.save_workbook(book, path, day)
    return path


def write_one(
    path: Path,
    entry: CatalogueRow,
    parts: Mapping[str, Sequence[Figure]],
    lang: str,
    day: date,
) -> None:
    """Write a workbook of an indicator, with a sheet for each named part of its labelled figures."""
    book = Workbook()
    book.properties.creator = "lineabase"
    book.remove(book.active)
    names = columns(lang)
    for name, rows in parts.items():
        sheet = book.create_sheet(name[:_LONGEST_SHEET_NAME])
        shown_rows = cast("list[Figure]", [{column: row.get(column) for column in names} for row in rows])
        _write_indicator(sheet, entry, shown_rows, lang)
    fixed_times.save_workbook(book, path, day)


def _set_print_layout(sheet: Worksheet) -> None:
    """Set the print layout: landscape, fitted to the paper's width."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = sheet.ORIENTATION_LANDSCAPE, sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _sheet_name(number: int, part: SheetFigures, lang: str) -> str:
    """Return a sheet's name. The number keeps it unique if cut; the part comes first and is not cut."""
    part_name = f"{part.part_names[lang]} " if part.part_names else ""
    return f"{number} {_FORBIDDEN_CHARACTERS.sub(' ', part_name)}{part.indicator}"[:_LONGEST_SHEET_NAME]


def _write_cover(
    sheet: Worksheet,
    release: Warehouse,
    catalogue: Mapping[str, CatalogueRow],
    sheets: list[tuple[SheetFigures, str]],
    lang: str,
) -> None:
    lines: list[tuple[Any, ...]] = [
        (say("bundle.title", lang, release=release.release),),
        (say("bundle.about", lang),),
        (say("bundle.how_to_read", lang),),
        (say("bundle.cite", lang),),
        (),
        tuple(say(f"bundle.{head}", lang) for head in ("sheet", "indicator", "definition", "caveat")),
    ]
    first = len(lines) + 1
    with_values = indicators_with_figures(release)
    for entry in catalogue.values():
        texts = (column_text(entry, "definition", lang), column_text(entry, "caveat", lang))
        parts = [
            (name, part.part_names.get(lang, ""))
            for part, name in sheets
            if part.indicator == entry["indicator"]
        ]
        missing = say("bundle.not_here" if entry["indicator"] in with_values else "bundle.no_data", lang)
        for name, part_name in parts or [(missing, "")]:
            lines.append((name, _title_with_part(column_text(entry, "name", lang), part_name), *texts))
    heads = len(lines) + 2
    lines += [(), ("", *(say(f"bundle.{head}", lang) for head in ("source", "citation", "licence")))]
    lines += [
        ("", source[f"title_{lang}"], source["citation"], licence(source["licence"], lang))
        for source in sources(release)
    ]
    _append_lines(sheet, lines)
    targets = {name for _, name in sheets}
    for row in sheet.iter_rows(min_row=first):
        if row[0].value in targets:
            row[0].hyperlink = f"#'{row[0].value}'!A1"
    sheet["A1"].font = TITLE
    style_heads((*sheet[first - 1], *sheet[heads]))
    set_widths(sheet, (34, 44, 70, 70))
    for row in sheet.iter_rows(min_row=first):
        wrap(row)


def _title_with_part(name: str, part_name: str) -> str:
    return f"{name}: {part_name}" if part_name else name


def _write_indicator(
    sheet: Worksheet,
    entry: CatalogueRow,
    rows: Sequence[Figure],
    lang: str,
    *,
    regions: Sequence[RegionalFigure] = (),
    part_name: str = "",
    replies: Sequence[str] = (),
) -> None:
    """Write an indicator's figures, regions separately; then its sources and what is said of it."""
    _append_line(sheet, [_title_with_part(column_text(entry, "name", lang), part_name)])
    for column in ("definition", "caveat"):
        _append_line(sheet, [column_text(entry, column, lang)])
    sheet["A1"].font = TITLE
    if rows:
        _append_line(sheet, [])
        _write_block(sheet, rows, lang, "country")
    if regions:
        for line in ([], [say("bundle.regional", lang)]):
            _append_line(sheet, line)
        _write_block(sheet, regions, lang, "area")
        _write_members(sheet, regions, lang)
    all_rows = [*rows, *regions]
    all_lines = (_sources, _series, _denominators, _warnings, _judgements, _changes, _outlooks)
    texts = [line for write in all_lines for line in ([], *write(all_rows, lang))]
    if replies:
        texts += [[], [say("site.replies", lang)], *([text] for text in replies)]
    _append_texts(sheet, texts)
    sheet.column_dimensions["A"].width = _FIRST_WIDTH
    sheet.freeze_panes = "B4"


def _replies(release: Warehouse, entry: CatalogueRow, lang: str) -> list[str]:
    """Return the replies of countries to figures of an indicator, of any of its sources."""
    collections = release.query(
        "SELECT DISTINCT collection FROM baseline.indicator_values WHERE indicator = $indicator",
        {"indicator": entry["indicator"]},
    )["collection"]
    items = measures_of(entry)
    return reply_texts(release.connection, lang, collections=set(collections), items=items)


def _write_members(sheet: Worksheet, rows: Sequence[RegionalFigure], lang: str) -> None:
    """Write the number of reporting members of each region by year."""
    years = _years(rows)
    by_region: dict[str, dict[int, str]] = {}
    for row in rows:
        if row["members_reporting"] is not None:
            text = f"{row['members_reporting']}/{row['members_total']}"
            by_region.setdefault(column_text(row, "country", lang), {})[row["year"]] = text
    for country, by_year in sorted(by_region.items()):
        _append_line(
            sheet, [say("bundle.members_of", lang, name=country), *(by_year.get(year) for year in years)]
        )
        for cell in sheet[sheet.max_row][1:]:
            cell.alignment = _AMONG_NUMBERS


def _years(rows: Sequence[Figure]) -> range:
    """Return the years from the first figure to the last."""
    years = [row["year"] for row in rows]
    return range(min(years), max(years) + 1)


def _write_block(sheet: Worksheet, rows: Sequence[Figure], lang: str, head: str) -> None:
    years = _years(rows)
    _append_line(sheet, [say(f"bundle.{head}", lang), *years])
    style_heads(sheet[sheet.max_row])
    by_key = {(column_text(row, "country", lang), row["year"]): row for row in rows}
    for country in sorted({country for country, _ in by_key}):
        _append_line(sheet, [country])
        line = sheet.max_row
        for column, year in enumerate(years, start=2):
            if row := by_key.get((country, year)):
                _write_figure(sheet, line, column, row, lang)
    for column in range(2, len(years) + 2):
        sheet.column_dimensions[get_column_letter(column)].width = 14


def _write_figure(sheet: Worksheet, line: int, column: int, row: Figure, lang: str) -> None:
    cell = sheet.cell(line, column)
    if row["how"] == "exact":
        value = needed_number(row["value_low"])
        write_cell(cell, float(value))
        cell.number_format = _FORMATS.get(row["unit"], "#,##0.##" if value % 1 else "#,##0")
    else:
        write_cell(cell, column_text(row, "value", lang))
        cell.fill, cell.alignment = _NOT_EXACT, _AMONG_NUMBERS


def _sources(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    yield [say("bundle.source", lang)]
    countries: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        source, citation = column_text(row, "source", lang), row["citation"]
        if row["collection"] is not None and source and citation:
            countries.setdefault((source, citation), set()).add(column_text(row, "country", lang))
    for (source, citation), reporting in sorted(countries.items()):
        yield [source, f"{citation} ({', '.join(sorted(reporting))})"]


def _series(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield what the series of each country counts, once, with its countries and periods."""
    column = f"series_{lang}"
    if any(column in row for row in rows):  # regions have no series
        yield [say("bundle.series", lang)]
        for text, where in _countries_and_periods(rows, column, lang).items():
            yield [where, text]


def _denominators(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield each denominator with its figures, if an indicator has several."""
    by_basis = _countries_and_periods(rows, "denominator_basis", lang)
    if len(by_basis) > 1:
        for basis, where in by_basis.items():
            yield [where, say(f"bundle.basis_{basis}", lang)]


def _warnings(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield each warning once, with its countries and periods."""
    yield [say("bundle.warnings", lang)]
    for warning, where in _countries_and_periods(rows, f"flags_{lang}", lang).items():
        yield [where, warning]


def _judgements(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield each judgement about figures once, with its countries and periods, in the order of its kinds."""
    pairs = [(remark, row) for row in rows for remark in _remarks(row, lang)]
    if pairs:
        yield [say("bundle.remarks", lang)]
        by_kind = [
            (OF_FIGURES.index(kind), where, text) for (kind, text), where in _where(pairs, lang).items()
        ]
        for _, where, sentence in sorted(by_kind):
            yield [where, sentence]


def _remarks(row: Figure, lang: str) -> Remarks:
    remarks = row.get(f"remarks_{lang}")
    return remarks if isinstance(remarks, list) else []


def _changes(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield the change of each series between two windows, and whether it may be said to be rising."""
    changes = [row for row in rows if column_text(row, "change", lang)]
    if changes:
        yield [say("bundle.two_windows", lang)]
        for row in changes:
            yield [row.get(f"{column}_{lang}") for column in ("country", "change", "answer")]


def _outlooks(rows: Sequence[Figure], lang: str) -> Iterator[list[Any]]:
    """Yield whether figures are still expected to change, where three submissions or more show it."""
    if by_state := _countries_and_periods(rows, "revision_state", lang):
        yield [say("bundle.outlook", lang)]
        for state, where in by_state.items():
            yield [where, name_in_list("revision_state", state, lang)]


def _countries_and_periods(rows: Sequence[Figure], column: str, lang: str) -> dict[str, str]:
    """Return the countries and periods of each value of a column."""
    pairs = [(value, row) for row in rows if isinstance(value := row.get(column), str)]
    return dict(sorted(_where(pairs, lang).items()))


def _where(pairs: Iterable[tuple[_Text, Figure]], lang: str) -> dict[_Text, str]:
    """Return the countries and periods of the figures of each text."""
    periods_by_text: dict[_Text, dict[str, set[str]]] = {}
    for text, row in pairs:
        periods = periods_by_text.setdefault(text, {})
        periods.setdefault(column_text(row, "country", lang), set()).add(row["period"])
    return {
        text: "; ".join(
            f"{country} {_spans(sorted(periods))}" for country, periods in sorted(by_country.items())
        )
        for text, by_country in periods_by_text.items()
    }


def _spans(periods: Sequence[str]) -> str:
    """Return periods in their order, three years or more in a row as a range."""
    spans: list[list[str]] = []
    for period in periods:
        is_next = spans and period.isdigit() and str(int(period) - 1) == spans[-1][-1]
        spans = [*spans[:-1], [*spans[-1], period]] if is_next else [*spans, [period]]
    return ", ".join(f"{span[0]}–{span[-1]}" if len(span) > 2 else ", ".join(span) for span in spans)


def _append_lines(sheet: Worksheet, lines: list[tuple[Any, ...]]) -> None:
    for line in lines:
        _append_line(sheet, list(line))


def _append_line(sheet: Worksheet, cells: list[Any]) -> None:
    """Append a line; text never becomes a formula."""
    line = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    sheet.append([None] * max(1, len(cells)))
    for column, value in enumerate(cells, start=1):
        write_cell(sheet.cell(line, column), value)


def _append_texts(sheet: Worksheet, lines: Sequence[Sequence[Any]]) -> None:
    """Append lines below the figures. The first of several texts wraps in its narrow column."""
    for number, line in enumerate(lines, start=sheet.max_row + 1):  # finding the last row reads all cells
        is_wrapped = len(line) > 1 and len(line[0]) > _FIRST_WIDTH
        for column, value in enumerate(line or [None], start=1):
            cell = sheet.cell(number, column)
            write_cell(cell, value)
            if is_wrapped:
                cell.alignment = WRAPPED if column == 1 else _FROM_TOP
