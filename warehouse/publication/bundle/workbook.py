"""The workbook that officers read, one a language: a cover, a sheet an indicator or a part of it: countries
by years, regions apart.

An exact figure is a number; what is known between bounds or hidden is in words, in grey, so that no sum
takes it for one.
"""

from __future__ import annotations

import re
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
from warehouse.publication.bundle.sheets import Part, parts, with_figures
from warehouse.reading.client import Warehouse
from warehouse.reading.taking_out import write_cell

_TITLE, _HEAD = Font(bold=True, size=14), Font(bold=True)
_NOT_EXACT = PatternFill("solid", fgColor="F2F2F2")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_AMONG_NUMBERS = Alignment(wrap_text=True, vertical="top", horizontal="right")
_FORMATS = {"share": "0.0%"}
_LONGEST_SHEET_NAME = 31
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
"""What a sheet's name may not hold."""


def write(release: Warehouse, folder: Path) -> list[Path]:
    """Write a workbook for each language of the contract."""
    told = list(parts(release))
    catalogue = release.query("SELECT * FROM baseline.catalogue ORDER BY indicator")
    [day] = release.query("SELECT as_of FROM registry.release")["as_of"]
    return [_write(release, folder, told, catalogue, lang, day) for lang in CONTRACT]


def _write(
    release: Warehouse, folder: Path, told: Sequence[Part], catalogue: pd.DataFrame, lang: str, day: date
) -> Path:
    book = Workbook()
    book.properties.creator = "lineabase"
    cover: Worksheet = book.active
    cover.title = say("bundle.cover", lang)
    order = {name: place for place, name in enumerate(catalogue["indicator"])}
    sheets = sorted(told, key=lambda part: order[part.indicator])
    names = [_sheet_name(n, part, lang) for n, part in enumerate(sheets, start=1)]
    _cover(cover, release, catalogue, list(zip(sheets, names, strict=True)), lang)
    entries = {entry["indicator"]: entry for entry in catalogue.to_dict("records")}
    for part, name in zip(sheets, names, strict=True):
        entry = {str(k): v for k, v in entries[part.indicator].items()}
        _indicator(
            book.create_sheet(name), entry, part.members, lang, regions=part.regions, of=part.of.get(lang, "")
        )
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
        _indicator(sheet, dict(entry), pd.DataFrame(rows, columns=_columns(lang)), lang)
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


def _sheet_name(place: int, part: Part, lang: str) -> str:
    """Its number makes it unique where the name is cut; what it is of stands before, which is not cut."""
    of = f"{part.of[lang]} " if part.of else ""
    return f"{place} {_NO_SHEET_NAME.sub(' ', of)}{part.indicator}"[:_LONGEST_SHEET_NAME]


def _cover(
    sheet: Worksheet, release: Warehouse, catalogue: pd.DataFrame, named: list[tuple[Part, str]], lang: str
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
    elsewhere = with_figures(release)
    for entry in catalogue.to_dict("records"):
        about = (entry[f"definition_{lang}"], entry[f"caveat_{lang}"])
        own = [(name, part.of.get(lang, "")) for part, name in named if part.indicator == entry["indicator"]]
        missing = say("bundle.not_here" if entry["indicator"] in elsewhere else "bundle.no_data", lang)
        for name, of in own or [(missing, "")]:
            lines.append((name, _titled(entry[f"name_{lang}"], of), *about))
    heads = len(lines) + 2
    lines += [(), ("", *(say(f"bundle.{head}", lang) for head in ("source", "citation", "licence")))]
    lines += [
        ("", one[f"title_{lang}"], one["citation"], licence(one["licence"], lang)) for one in sources(release)
    ]
    _fill(sheet, lines)
    targets = {name for _, name in named}
    for row in sheet.iter_rows(min_row=first):
        if row[0].value in targets:
            row[0].hyperlink = f"#'{row[0].value}'!A1"
    sheet["A1"].font = _TITLE
    for cell in (*sheet[first - 1], *sheet[heads]):
        cell.font = _HEAD
    for column, width in zip("ABCD", (34, 44, 70, 70), strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows(min_row=first):
        for cell in row:
            cell.alignment = _WRAPPED


def _titled(name: str, of: str) -> str:
    return f"{name}: {of}" if of else name


def _indicator(
    sheet: Worksheet,
    entry: dict[str, Any],
    rows: pd.DataFrame,
    lang: str,
    *,
    regions: pd.DataFrame | None = None,
    of: str = "",
) -> None:
    """The figures of an indicator, of regions apart; below, sources, denominators, what is said of them."""
    _append(sheet, [_titled(entry[f"name_{lang}"], of)])
    for column in ("definition", "caveat"):
        _append(sheet, [entry[f"{column}_{lang}"]])
    sheet["A1"].font = _TITLE
    shown = [rows]
    if len(rows):
        _append(sheet, [])
        _block(sheet, rows, lang, "country")
    if regions is not None and len(regions):
        shown.append(regions)
        for line in ([], [say("bundle.regional", lang)]):
            _append(sheet, line)
        _block(sheet, regions, lang, "area")
        _members(sheet, regions, lang)
    every = pd.concat([one for one in shown if len(one)])
    for lines in (_sources(every, lang), _denominators(every, lang), _remarks(every, lang)):
        _append(sheet, [])
        for line in lines:
            _append(sheet, line)
    sheet.column_dimensions["A"].width = 26
    sheet.freeze_panes = "B4"


def _members(sheet: Worksheet, rows: pd.DataFrame, lang: str) -> None:
    """Of each region how many of its members a figure is of, year by year."""
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    columns = [f"country_{lang}", "year", "members_reporting", "members_total"]
    by_region: dict[str, dict[int, str]] = {}
    for row in rows[columns].dropna(subset=["members_reporting"]).to_dict("records"):
        text = f"{int(row['members_reporting'])}/{int(row['members_total'])}"
        by_region.setdefault(row[f"country_{lang}"], {})[int(row["year"])] = text
    for country, told in sorted(by_region.items()):
        _append(sheet, [say("bundle.members_of", lang, name=country), *(told.get(year) for year in years)])
        for cell in sheet[sheet.max_row][1:]:
            cell.alignment = _AMONG_NUMBERS


def _block(sheet: Worksheet, rows: pd.DataFrame, lang: str, head: str) -> None:
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    _append(sheet, [say(f"bundle.{head}", lang), *years])
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
    columns = [f"source_{lang}", "citation", f"country_{lang}"]
    told = rows.dropna(subset=["collection", *columns[:2]])[columns]
    countries: dict[tuple[str, str], set[str]] = {}
    for source, citation, country in told.itertuples(index=False, name=None):
        countries.setdefault((source, citation), set()).add(country)
    for (source, citation), named in sorted(countries.items()):
        yield [source, f"{citation} ({', '.join(sorted(named))})"]


def _denominators(rows: pd.DataFrame, lang: str) -> Iterator[list[Any]]:
    """Where an indicator has several: of which figures it is which."""
    by_basis = _where(rows, "denominator_basis", lang)
    if len(by_basis) > 1:
        for basis, where in by_basis.items():
            yield [where, say(f"bundle.basis_{basis}", lang)]


def _remarks(rows: pd.DataFrame, lang: str) -> Iterator[list[Any]]:
    """What is said of figures: each remark once, with the countries and periods it is said of."""
    yield [say("bundle.remarks", lang)]
    for remark, where in _where(rows, f"flags_{lang}", lang).items():
        yield [where, remark]


def _where(rows: pd.DataFrame, column: str, lang: str) -> dict[str, str]:
    """Of each value of a column the countries that have it, each with its periods."""
    told = rows.dropna(subset=[column])[[column, f"country_{lang}", "period"]]
    found: dict[str, dict[str, set[str]]] = {}
    for value, country, period in told.itertuples(index=False, name=None):
        found.setdefault(value, {}).setdefault(country, set()).add(period)
    return {
        value: "; ".join(f"{country} {', '.join(sorted(periods))}" for country, periods in sorted(of.items()))
        for value, of in sorted(found.items())
    }


def _fill(sheet: Worksheet, lines: list[tuple[Any, ...]]) -> None:
    for line in lines:
        _append(sheet, list(line))


def _append(sheet: Worksheet, cells: list[Any]) -> None:
    """A line below the last; text is text, never a formula."""
    line = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    sheet.append([None] * max(1, len(cells)))
    for column, value in enumerate(cells, start=1):
        write_cell(sheet.cell(line, column), value)
