"""Sentences on what a series counts, and on what evidence: the caveat of a country's own series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pandas as pd

from schemas.cards.series import CONFIRMED_EVIDENCE, UNDOCUMENTED_EVIDENCE
from schemas.code_names import name_in_list
from schemas.codelists import UNKNOWN
from schemas.words import say
from warehouse.build.statistics.rows import frame_rows

if TYPE_CHECKING:
    from schemas.tables.rows import SeriesKindsRow

Kind: TypeAlias = "SeriesKindsRow"
KindOrMore = TypeVar("KindOrMore", bound="SeriesKindsRow")
"""A row of core.series_kinds, also with columns of the passport."""


def series_caveat(kind: Kind, lang: str) -> str:
    """Return what a series counts, on what evidence, and whether it is of another kind than its measure."""
    sentence = say(
        f"series.{_evidence(kind)}", lang, content=unit_and_flow(kind["counted_unit"], kind["flow"], lang)
    )
    if not kind["is_other_kind"]:
        return sentence
    return (
        f"{sentence} {say('series.other_kind', lang, measure=name_in_list('measure', kind['measure'], lang))}"
    )


def short_caveat(kind: Kind, lang: str) -> str:
    """Return what a series counts and on what evidence in a few words, for a list of countries."""
    return say(f"series.short.{_evidence(kind)}", lang, content=unit(kind, lang))


def unit_and_flow(counted_unit: str, flow: str, lang: str) -> str:
    """Return unit and flow of a series; the unit alone if its flow is unknown."""
    name = name_in_list("counted_unit", counted_unit, lang).lower()
    return name if flow == UNKNOWN else f"{name} ({name_in_list('series_flow', flow, lang).lower()})"


def unit(kind: Kind, lang: str) -> str:
    """Return the counted unit of a series."""
    return name_in_list("counted_unit", kind["counted_unit"], lang).lower()


def is_confirmed(kind: Kind) -> bool:
    """Return whether an official publication states what the series counts."""
    return bool(kind["evidence"] == CONFIRMED_EVIDENCE)


def _evidence(kind: Kind) -> str:
    """Return the evidence; `line` for an undocumented year in a line of documented ones."""
    is_of_line = kind["evidence"] == UNDOCUMENTED_EVIDENCE and kind["counted_unit"] != UNKNOWN
    return "line" if is_of_line else str(kind["evidence"])


def kind_in_year(kinds: Sequence[KindOrMore], year: int) -> KindOrMore | None:
    """Return the kind of a series in a year, of the rows of the series by their first day."""
    spans = [
        kind
        for kind in kinds
        if kind["valid_from"].year <= year and (pd.isna(kind["valid_to"]) or kind["valid_to"].year >= year)
    ]
    return spans[-1] if spans else None


def kinds_by_series(kinds: Iterable[KindOrMore]) -> dict[tuple[str, str, str], list[KindOrMore]]:
    """Return the rows of core.series_kinds by collection, country and measure."""
    series: dict[tuple[str, str, str], list[KindOrMore]] = defaultdict(list)
    for kind in kinds:
        series[kind["collection"], kind["reporting_country"], kind["measure"]].append(kind)
    return dict(series)


def kinds_of_frame(kinds: pd.DataFrame) -> dict[tuple[str, str, str], list[Kind]]:
    """Return a frame of core.series_kinds by collection, country and measure, each by its first days."""
    return kinds_by_series(frame_rows(kinds.sort_values("valid_from")))


def caveat_on(kinds: Sequence[Kind], day: date, lang: str) -> str | None:
    """Return what a series counts on a day, of the rows of the series. None without a row."""
    for kind in kinds:
        if kind["valid_from"] <= day and (kind["valid_to"] is None or day <= kind["valid_to"]):
            return series_caveat(kind, lang)
    return None
