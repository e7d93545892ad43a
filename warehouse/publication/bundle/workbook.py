"""The workbook that officers read, one a language: a cover, a sheet an indicator, countries by years.

An exact figure is a number; what is known between bounds or hidden is in words, in grey, so that no sum
takes it for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from schemas.licences import licence
from schemas.words import CONTRACT, say
from warehouse.publication.bundle import timeless
from warehouse.publication.bundle.described import sources
from warehouse.publication.client import Warehouse
from warehouse.publication.taking_out import write_cell

_TITLE, _HEAD = Font(bold=True, size=14), Font(bold=True)
_NOT_EXACT = PatternFill("solid", fgColor="F2F2F2")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_AMONG_NUMBERS = Alignment(wrap_text=True, vertical="top", horizontal="right")
_FORMATS = {"share": "0.0%"}
_LONGEST_SHEET_NAME = 31


def write(release: Warehouse, folder: Path) -> list[Path]:
    """Write a workbook for each language of the contract."""
    values = release.query("SELECT * FROM baseline.headline ORDER BY ALL")
    catalogue = release.query("SELECT * FROM baseline.catalogue ORDER BY indicator")
    [day] = release.query("SELECT as_of FROM registry.release")["as_of"]
    return [_write(release, folder, values, catalogue, lang, day) for lang in CONTRACT]


def _write(
    release: Warehouse, folder: Path, values: pd.DataFrame, catalogue: pd.DataFrame, lang: str, day: date
) -> Path:
    book = Workbook()
    book.properties.creator = "lineabase"
    cover: Worksheet = book.active
    cover.title = say("bundle.cover", lang)
    told = {str(name): rows for name, rows in values.groupby("indicator")}
    names = {name: _sheet_name(place, name) for place, name in enumerate(told, start=1)}
    _cover(cover, release, catalogue, names, lang)
    for entry in catalogue.to_dict("records"):
        if entry["indicator"] in told:
            sheet = book.create_sheet(names[entry["indicator"]])
            _indicator(sheet, {str(k): v for k, v in entry.items()}, told[entry["indicator"]], lang)
    for one in book.worksheets:
        _on_paper(one)
    path = folder / f"{say('bundle.workbook', lang)}.xlsx"
    timeless.save(book, path, day)
    return path


def write_one(
    path: Path,
    entry: Mapping[str, Any],
    parts: Mapping[str, Sequence[Mapping[str, Any]]],
    lang: str,
    day: date,
) -> None:
    """Write a workbook of one indicator: a sheet a part of its labelled figures, by the part's name."""
    book = Workbook()
    book.properties.creator = "lineabase"
    book.remove(book.active)
    for name, rows in parts.items():
        sheet = book.create_sheet(name[:_LONGEST_SHEET_NAME])
        _indicator(sheet, dict(entry), pd.DataFrame(rows)[_columns(lang)], lang)
    timeless.save(book, path, day)


def _columns(lang: str) -> list[str]:
    """What a sheet tells of a figure: a release's rows are three times as wide."""
    told = [f"{name}_{lang}" for name in ("country", "value", "source", "flags")]
    return [
        "year",
        "period",
        "how",
        "unit",
        "value_low",
        "denominator_basis",
        "collection",
        "citation",
        *told,
    ]


def _on_paper(sheet: Worksheet) -> None:
    """Printed it lies across, as wide as the paper."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = sheet.ORIENTATION_LANDSCAPE, sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _sheet_name(place: int, name: str) -> str:
    """Its number makes it unique where the name is cut."""
    return f"{place} {name}"[:_LONGEST_SHEET_NAME]


def _cover(
    sheet: Worksheet, release: Warehouse, catalogue: pd.DataFrame, names: dict[str, str], lang: str
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
    for entry in catalogue.to_dict("records"):
        name = names.get(entry["indicator"], say("bundle.no_data", lang))
        lines.append((name, entry[f"name_{lang}"], entry[f"definition_{lang}"], entry[f"caveat_{lang}"]))
    heads = ("source", "citation", "licence")
    lines += [(), ("", *(say(f"bundle.{head}", lang) for head in heads))]
    lines += [
        ("", one[f"title_{lang}"], one["citation"], licence(one["licence"], lang)) for one in sources(release)
    ]
    _fill(sheet, lines)
    for row in sheet.iter_rows(min_row=first):
        target = row[0].value
        if target in names.values():
            row[0].hyperlink = f"#'{target}'!A1"
    sheet["A1"].font = _TITLE
    for cell in (*sheet[first - 1], *sheet[first + len(catalogue) + 1]):
        cell.font = _HEAD
    for column, width in zip("ABCD", (34, 44, 70, 70), strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows(min_row=first):
        for cell in row:
            cell.alignment = _WRAPPED


def _indicator(sheet: Worksheet, entry: dict[str, Any], rows: pd.DataFrame, lang: str) -> None:
    """The figures of an indicator; below, their sources, their denominators, and what is said of them."""
    for column in ("name", "definition", "caveat"):
        _append(sheet, [entry[f"{column}_{lang}"]])
    sheet["A1"].font = _TITLE
    _append(sheet, [])
    _block(sheet, rows, lang)
    for lines in (_sources(rows, lang), _denominators(rows, lang), _remarks(rows, lang)):
        _append(sheet, [])
        for line in lines:
            _append(sheet, line)
    sheet.column_dimensions["A"].width = 26
    sheet.freeze_panes = "B4"


def _block(sheet: Worksheet, rows: pd.DataFrame, lang: str) -> None:
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    _append(sheet, [say("bundle.country", lang), *years])
    for cell in sheet[sheet.max_row]:
        cell.font = _HEAD
    shown = rows[["year", "how", "unit", "value_low", f"country_{lang}", f"value_{lang}"]].to_dict("records")
    by_key = {(row[f"country_{lang}"], int(row["year"])): row for row in shown}
    for country in sorted({country for country, _ in by_key}):
        _append(sheet, [country])
        for column, year in enumerate(years, start=2):
            if row := by_key.get((country, year)):
                _figure(sheet, sheet.max_row, column, row, lang)
    for column in range(2, len(years) + 2):
        sheet.column_dimensions[get_column_letter(column)].width = 14


def _figure(sheet: Worksheet, line: int, column: int, row: dict[Any, Any], lang: str) -> None:
    cell = sheet.cell(line, column)
    if row["how"] == "exact":
        write_cell(cell, float(row["value_low"]))
        cell.number_format = _FORMATS.get(row["unit"], "#,##0.##" if row["value_low"] % 1 else "#,##0")
    else:
        write_cell(cell, row[f"value_{lang}"])
        cell.fill, cell.alignment = _NOT_EXACT, _AMONG_NUMBERS


def _sources(rows: pd.DataFrame, lang: str) -> Iterator[list[Any]]:
    yield [say("bundle.source", lang)]
    told = rows.dropna(subset=["collection"])[[f"country_{lang}", f"source_{lang}", "citation"]]
    for (source, citation), of_source in told.drop_duplicates().groupby([f"source_{lang}", "citation"]):
        yield [source, f"{citation} ({', '.join(sorted(of_source[f'country_{lang}'].unique()))})"]


def _denominators(rows: pd.DataFrame, lang: str) -> Iterator[list[Any]]:
    """Where an indicator has several: of which figures it is which."""
    if rows["denominator_basis"].nunique() > 1:
        for basis, of_basis in rows.groupby("denominator_basis"):
            yield [_where(of_basis, lang), say(f"bundle.basis_{basis}", lang)]


def _remarks(rows: pd.DataFrame, lang: str) -> Iterator[list[Any]]:
    """What is said of figures: each remark once, with the countries and periods it is said of."""
    yield [say("bundle.remarks", lang)]
    for remark, of_remark in rows.dropna(subset=[f"flags_{lang}"]).groupby(f"flags_{lang}"):
        yield [_where(of_remark, lang), remark]


def _where(rows: pd.DataFrame, lang: str) -> str:
    """Countries, each with its periods."""
    by_country = rows.groupby(f"country_{lang}")["period"].agg(
        lambda periods: ", ".join(sorted(set(periods)))
    )
    return "; ".join(f"{country} {periods}" for country, periods in by_country.items())


def _fill(sheet: Worksheet, lines: list[tuple[Any, ...]]) -> None:
    for line in lines:
        _append(sheet, list(line))


def _append(sheet: Worksheet, cells: list[Any]) -> None:
    """A line below the last; text is text, never a formula."""
    line = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    sheet.append([None] * max(1, len(cells)))
    for column, value in enumerate(cells, start=1):
        write_cell(sheet.cell(line, column), value)
