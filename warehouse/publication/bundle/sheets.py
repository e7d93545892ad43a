"""The sheets of the workbook: an indicator's totals, its classes of origin, or its forms of exploitation.

Figures of regions are separate from those of members, so that no sum counts a case twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from schemas.code_names import name_in_list
from schemas.words import CONTRACT_LANGUAGES
from warehouse.reading.client import Warehouse

_NOT_REPORTED = "not_reported"
_TABLES = ("headline", "headline_origin", "headline_exploitation", "headline_region")
_LABELS = ("country", "value", "source", "flags", "series", "change", "answer")
_FACTS = ("year", "period", "how", "unit", "value_low", "denominator_basis", "collection", "citation")
_SELECTED = ("indicator", "origin_class", "exploitation", "members_reporting", "members_total")


@dataclass(frozen=True)
class SheetFigures:
    """The figures of a sheet: indicator, members' figures and regions' figures.

    `part_names` has the name of the class or form by language; it is empty for totals.
    """

    indicator: str
    part_names: dict[str, str]
    members: pd.DataFrame
    regions: pd.DataFrame


def sheet_figures(release: Warehouse) -> Iterator[SheetFigures]:
    """Yield the sheets of a release by indicator: totals, then classes of origin, then forms."""
    tables = {name: _read_figures(release, name) for name in _TABLES}
    regions = tables["headline_region"]
    for indicator, rows in tables["headline"].groupby("indicator"):
        region_rows = regions[(regions["indicator"] == indicator) & (regions["origin_class"] == "_T")]
        is_regional = len(region_rows) > 0 and bool((rows["how"] == _NOT_REPORTED).all())
        yield SheetFigures(str(indicator), {}, rows.iloc[:0] if is_regional else rows, region_rows)
    for table, codes in {"headline_origin": "origin_class", "headline_exploitation": "exploitation"}.items():
        for (name, code), rows in tables[table].groupby(["indicator", codes]):
            region_rows = regions[(regions["indicator"] == name) & (regions[codes] == code)]
            yield SheetFigures(str(name), _part_names(codes, str(code)), rows, region_rows)


def _read_figures(release: Warehouse, table: str) -> pd.DataFrame:
    """Return the columns of a labelled table that a sheet needs, as plain Python values: sheets are many."""
    needed_columns = {*_SELECTED, *(column for lang in CONTRACT_LANGUAGES for column in columns(lang))}
    rows = release.query(f"SELECT * FROM baseline.{table} ORDER BY ALL")
    return rows[[column for column in rows if column in needed_columns]].astype(object)


def columns(lang: str) -> list[str]:
    """Return the columns that a sheet needs; a release's rows have three times as many."""
    return [*_FACTS, "revision_state", *(f"{name}_{lang}" for name in _LABELS)]


def _part_names(codes: str, code: str) -> dict[str, str]:
    return {lang: name_in_list(codes, code, lang) for lang in CONTRACT_LANGUAGES}


def indicators_with_figures(release: Warehouse) -> set[str]:
    """Return the indicators with a figure in any table of the release."""
    indicators = release.query(
        "SELECT DISTINCT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL"
    )
    return set(indicators["indicator"])
