"""Parts of answers from rows of the client's frames: values, figures, changes, cells. Chooses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

from schemas.code_names import code_name, name_in_list
from schemas.codelists import TOTAL
from schemas.indicators import catalogue
from schemas.tables import DIMENSIONS, SLICES
from warehouse.answers.contract import (
    AtLeast,
    Between,
    Call,
    Change,
    Code,
    Exact,
    Figure,
    LawCell,
    NoNumber,
    SourceCell,
    Value,
)
from warehouse.reading.arguments import CITIZENSHIP, ORIGIN, dimension_of
from warehouse.reading.explanation import Cell
from warehouse.reading.frames import FigureRow
from warehouse.reading.rows import text

if TYPE_CHECKING:
    from schemas.tables.rows import ChangesRow, LegislationRow

_WITHOUT_NUMBER = frozenset({"in_doubt", "withheld", "not_reported"})
"""Kinds of values (codelist headline_how) that no sum may take in."""

_LIST_OF = {d.name: (d.name, d.values) for d in DIMENSIONS}


def bounds(low: float | None, high: float | None) -> Value:
    """Return a number by its bounds. A missing or infinite upper bound is open."""
    low = low if low is not None and isfinite(low) else 0.0
    if high is None or not isfinite(high):
        return AtLeast(low=low)
    return Exact(value=low) if low == high else Between(low=low, high=high)


def value_of(row: FigureRow) -> Value:
    """Return the value of a figure."""
    if row["how"] in _WITHOUT_NUMBER:
        return NoNumber(reason=row["how"])
    return bounds(row["value_low"], row["value_high"])


def country(code: str, lang: str) -> Code:
    """Return a country or grouping with its name."""
    return Code(code=code, name=code_name("grouping", "country", code, lang))


def code_with_name(list_name: str, code: str, lang: str) -> Code:
    """Return a code of a list with its name."""
    return Code(code=code, name=name_in_list(list_name, code, lang))


def is_broken_down(row: Mapping[str, object]) -> bool:
    """Check if a row is of a part of its total."""
    return any(text(row.get(name)) not in ("", TOTAL) for name in (*SLICES, ORIGIN))


def breakdown(row: Mapping[str, object], lang: str) -> dict[str, Code]:
    """Return the dimensions that a row is broken down by. A class of origin is left out next to a country."""
    codes = {name: text(row.get(name)) for name in (*SLICES, ORIGIN)}
    details = {name: code for name, code in codes.items() if code not in ("", TOTAL)}
    if origin := text(row.get("origin")):
        details[CITIZENSHIP] = origin
    if CITIZENSHIP in details:
        details.pop(ORIGIN, None)
    return {name: code_of_dimension(name, code, lang) for name, code in details.items()}


def code_of_dimension(dimension: str, code: str, lang: str) -> Code:
    """Return a code of a dimension with its name; `origin` is short for the class of origin."""
    name = dimension_of(dimension)
    return Code(code=code, name=code_name(*_LIST_OF.get(name, (name, "codes")), code, lang))


def figure(row: FigureRow, lang: str) -> Figure:
    """Return the figure of a row of `Warehouse.indicator` or `Warehouse.flows`."""
    details = breakdown(row, lang)
    indicator = text(row.get("indicator")) or _indicator_of(row["measure"])
    state = text(row.get("revision_state"))
    return Figure(
        indicator=Code(code=indicator, name=getattr(catalogue()[indicator].name, lang)),
        country=country(row["reporting_country"], lang),
        period=row["period"],
        breakdown=details,
        value=value_of(row),
        text=row["value"],
        unit=row["unit"],
        counts=text(row.get("series")),
        flags=tuple(code_with_name("obs_flag", code, lang) for code in text(row["flag"]).split("+") if code),
        revision=code_with_name("revision_state", state, lang) if state else None,
        source=Code(code=row["collection"], name=text(row["source"]) or row["collection"]),
        evidence=explain_call(indicator, row, {name: code.code for name, code in details.items()}),
    )


def _indicator_of(measure: str) -> str:
    """Return the indicator that counts a measure as it is received."""
    return next(
        name
        for name, entry in catalogue().items()
        if entry.measure == measure and entry.form == "count" and CITIZENSHIP in entry.slices
    )


def explain_call(indicator: str, row: FigureRow, by: Mapping[str, str]) -> Call:
    """Return the call that leads from a figure to its source cells."""
    arguments: dict[str, Any] = {
        "indicator": indicator,
        "country": row["reporting_country"],
        "period": row["period"],
        "collection": row["collection"],
    }
    return Call(tool="explain", arguments=arguments | ({"by": dict(by)} if by else {}))


def change(row: ChangesRow) -> Change:
    """Return the change of a row of `Warehouse.change`."""
    return Change(
        earlier_window=text(row["earlier_window"]),
        later_window=text(row["later_window"]),
        earlier=bounds(row["earlier_low"], row["earlier_high"]),
        later=bounds(row["later_low"], row["later_high"]),
        ratio=bounds(row["ratio_low"], row["ratio_high"]),
    )


def source_cells(cells: Sequence[Cell]) -> tuple[SourceCell, ...]:
    """Return the source cells of an explanation."""
    return tuple(
        SourceCell(
            submission=cell.submission,
            received_on=cell.received_on.isoformat(),
            sha256=cell.sha256,
            sheet=cell.sheet or "",
            cell=cell.cell,
            text=text(cell.value_text),
        )
        for cell in cells
    )


def law_cell(row: LegislationRow, lang: str) -> LawCell:
    """Return the cell of the matrix of laws for a row of the collection `legislation`."""
    return LawCell(
        country=country(row["country"], lang),
        family=code_with_name("family", row["family"], lang),
        element=code_with_name("legal_element", row["element"], lang),
        status=code_with_name("law_status", row["status"], lang),
        law=text(row["law"]),
        article=text(row["article"]),
        penalty_min_years=_number(row["penalty_min_years"]),
        penalty_max_years=_number(row["penalty_max_years"]),
        in_force_from=_day(row["in_force_from"]),
        in_force_to=_day(row["in_force_to"]),
        assessment=code_with_name("assessment", row["assessment"], lang),
        verified_on=_day(row["verified_on"]),
        source=text(row["source"]),
    )


def _number(value: int | None) -> float | None:
    import pandas as pd

    return None if pd.isna(value) else float(value)


def _day(value: date | None) -> str:
    import pandas as pd

    return "" if pd.isna(value) else f"{value:%Y-%m-%d}"
