"""What the workbook has sheets of: an indicator's totals, its classes of origin or forms of exploitation.

Each with the figures of members and, apart, those of regions, so that no sum counts a case twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from schemas.code_names import coded
from schemas.words import CONTRACT
from warehouse.reading.client import Warehouse

_NONE = "not_reported"


@dataclass(frozen=True)
class Part:
    """A sheet's figures: of which indicator, of what of it by language (empty: its totals), of whom."""

    indicator: str
    of: dict[str, str]
    members: pd.DataFrame
    regions: pd.DataFrame


def parts(release: Warehouse) -> Iterator[Part]:
    """The sheets of a release, by indicator: totals, then classes of origin, then forms."""
    tables = {
        name: release.query(f"SELECT * FROM baseline.{name} ORDER BY ALL")
        for name in ("headline", "headline_origin", "headline_exploitation", "headline_region")
    }
    regions = tables["headline_region"]
    for indicator, rows in tables["headline"].groupby("indicator"):
        own = regions[(regions["indicator"] == indicator) & (regions["origin_class"] == "_T")]
        is_regional = len(own) > 0 and bool((rows["how"] == _NONE).all())
        yield Part(str(indicator), {}, rows.iloc[:0] if is_regional else rows, own)
    for of, codes in {"headline_origin": "origin_class", "headline_exploitation": "exploitation"}.items():
        for (name, code), rows in tables[of].groupby(["indicator", codes]):
            own = regions[(regions["indicator"] == name) & (regions[codes] == code)]
            yield Part(str(name), _of(codes, str(code)), rows, own)


def _of(codes: str, code: str) -> dict[str, str]:
    return {lang: coded(codes, code, lang) for lang in CONTRACT}


def with_figures(release: Warehouse) -> set[str]:
    """The indicators that the release has a figure of, in whatever table."""
    found = release.query(
        "SELECT DISTINCT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL"
    )
    return set(found["indicator"])
