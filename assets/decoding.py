"""Rows of text to a tidy frame in codes, as the card says. Decides on no row: what has no code says so.

One line of the tidy frame is one value: its place in the file, a column a role, the value's interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from assets.records import LAYOUT, ROW, SHEET, SURPLUS
from schemas import codelists, countries, origin, periods
from schemas.contracts import AMBIGUOUS, COUNTRY_ROLES, SOURCE, UNRESOLVED
from schemas.findings import cell_name
from schemas.format_card import Card, Column, Format, Meaning, Values
from schemas.tables import DIMENSIONS, default_of

SPECIAL = {
    "@unknown": codelists.UNKNOWN,
    "@other": codelists.OTHER,
    "@stateless": codelists.STATELESS,
    "@total": codelists.TOTAL,
    "@not_applicable": codelists.NOT_APPLICABLE,
}
FREE_TEXT_ROLES = ("area", "legal_basis")
"""Roles without a code list: their text is their code."""


def tidy(rows: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    """The tidy frame of records (layout rows left out by the caller), one line a value."""
    base = _places_and_sources(rows)
    base = _with_periods(base, card, fmt)
    base = _with_defaults(base, card)
    for name, column in _in_order(fmt):
        for case, variant in column.cases():
            mask = _where_case(base, column, case)
            base = _decode(base, name, variant, mask)
    parts = [_values(base, name, variant, fmt, rows) for name, variant in _value_columns(fmt)]
    return pd.concat(parts, ignore_index=True).sort_values([SHEET, ROW], kind="stable", ignore_index=True)


def _places_and_sources(rows: pd.DataFrame) -> pd.DataFrame:
    sources = rows.drop(columns=[c for c in rows.columns if c.startswith("_")])
    base = sources.apply(lambda s: s.str.strip()).add_prefix(SOURCE)
    base.insert(0, SHEET, rows[SHEET])
    base.insert(1, ROW, rows[ROW])
    base.insert(2, "surplus_cells", rows[SURPLUS])
    return base.reset_index(drop=True)


def _in_order(fmt: Format) -> list[tuple[str, Column]]:
    """Columns with a role, the reporting country first: other columns may refer to it."""
    present = [(n, c) for n, c in fmt.columns.items() if not c.ignore]
    first = [item for item in present if item[1].role == "reporting_country"]
    return first + [item for item in present if item not in first]


def _value_columns(fmt: Format) -> list[tuple[str, Column]]:
    return [(n, v) for n, c in fmt.columns.items() for _, v in c.cases() if v.role == "value"]


def _with_periods(base: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    name, column = next((n, c) for n, c in fmt.columns.items() if c.role == "period")
    text = base[SOURCE + name]
    found = {t: read_period(t, column, card) for t in text.unique()}
    start = text.map({t: p.start if p else None for t, p in found.items()})
    frequency = text.map({t: p.frequency if p else None for t, p in found.items()})
    end = text.map({t: p.end if p else None for t, p in found.items()})
    return base.assign(period_start=start, period_end=end, frequency=frequency)


def read_period(text: str, column: Column, card: Card) -> periods.Period | None:
    """The period of one text; what a date stands for follows the column's period rules."""
    starts = card.collection.year_starts
    if not column.periods:
        found = periods.read(text, year_starts=starts)
        return found or periods.read(text, frequency=card.collection.frequency, year_starts=starts)
    for rule in column.periods:
        found = periods.read(text, frequency=rule.frequency, year_starts=starts)
        if found and (rule.until is None or found.start <= rule.until):
            return found
    return None


def _with_defaults(base: pd.DataFrame, card: Card) -> pd.DataFrame:
    defaults = {d.name: default_of(d.name) for d in DIMENSIONS}
    defaults |= {"measure": card.collection.measure or UNRESOLVED}
    defaults |= {"reporting_country": card.collection.reporting_country or UNRESOLVED}
    defaults |= {"citizenship_reported": None, "flag": ""}
    return base.assign(**defaults)


def _where_case(base: pd.DataFrame, column: Column, case: str | None) -> pd.Series:
    if case is None:
        return pd.Series(True, index=base.index)
    return base[f"{SOURCE}{column.by}"] == case


def _decode(base: pd.DataFrame, name: str, column: Column, mask: pd.Series) -> pd.DataFrame:
    source = SOURCE + name
    if source not in base or column.role == "value" or not mask.any():
        return base
    for role, code in column.set.items():
        base.loc[mask, role] = _special(code, base.loc[mask, "reporting_country"])
    if column.role in (None, "selector", "period"):
        return base
    texts = base.loc[mask, source]
    if column.role == "citizenship":
        base.loc[mask, "citizenship_reported"] = texts
    if column.role != "dimensions":
        coder = coder_of(column)
        base.loc[mask, column.role] = texts.map({t: coder(t) for t in texts.unique()})
    return _apply_map(base, source, column, mask)


def _apply_map(base: pd.DataFrame, source: str, column: Column, mask: pd.Series) -> pd.DataFrame:
    for label, meanings in column.map.items():
        here = mask & (base[source] == label)
        if here.any():
            for meaning in meanings:
                base = _apply_meaning(base, column, meaning, here & _valid(base, meaning))
    return base


def _valid(base: pd.DataFrame, meaning: Meaning) -> pd.Series:
    start = pd.to_datetime(base["period_start"])
    valid = pd.Series(True, index=base.index)
    if meaning.valid_from:
        valid &= start >= pd.Timestamp(meaning.valid_from)
    if meaning.valid_to:
        valid &= start < pd.Timestamp(meaning.valid_to)
    return valid


def _apply_meaning(base: pd.DataFrame, column: Column, meaning: Meaning, here: pd.Series) -> pd.DataFrame:
    codes = dict(meaning.set)
    if meaning.code is not None and column.role not in (None, "dimensions", "selector"):
        codes[column.role] = meaning.code
    for role, code in codes.items():
        base.loc[here, role] = _special(code, base.loc[here, "reporting_country"])
    if meaning.flag:
        base.loc[here, "flag"] = base.loc[here, "flag"].map(lambda f: add_flag(f, meaning.flag or ""))
    return base


def _special(code: str, reporting_country: pd.Series) -> str | pd.Series:
    return reporting_country if code == "@reporting_country" else SPECIAL.get(code, code)


def add_flag(flags: str, flag: str) -> str:
    """The flags with one more, sorted, joined by `+`."""
    return "+".join(sorted({*filter(None, flags.split("+")), flag}))


def coder_of(column: Column) -> Callable[[str], str]:
    """How one text of the column becomes a code: its code system, or its role's code list."""

    def coder(text: str) -> str:
        if column.blank is not None and text in ("", column.blank):
            return SPECIAL.get(column.blank, column.blank)
        if column.role in COUNTRY_ROLES:
            return country_code(text, column)
        if column.role in FREE_TEXT_ROLES:
            return text or UNRESOLVED
        return codelists.find(str(column.role), text) or UNRESOLVED

    return coder


def country_code(text: str, column: Column) -> str:
    """Country, aggregate or special code of one text; UNRESOLVED or AMBIGUOUS where there is none."""
    if text in origin.SPECIAL:
        return text
    system = None if column.codes in (None, "any") else column.codes
    found = countries.resolve(text, code_system=system, language=column.language)
    if found.kind == "ambiguous":
        return AMBIGUOUS
    return found.citizenship or UNRESOLVED


def _values(base: pd.DataFrame, name: str, column: Column, fmt: Format, rows: pd.DataFrame) -> pd.DataFrame:
    text = base[SOURCE + name]
    parsed = {t: parse_value(t, fmt.values) for t in text.unique()}
    low = text.map({t: v[0] for t, v in parsed.items()}).astype(float)
    high = text.map({t: v[1] for t, v in parsed.items()}).astype(float)
    number = list(rows.columns[rows.columns.get_loc(LAYOUT) + 1 :]).index(name) + 1
    cells = [cell_name(number, row) for row in base[ROW]]
    part = base.assign(value_text=text, value_low=low, value_high=high, value_column=name, cell=cells)
    for role, code in column.set.items():
        part[role] = _special(code, part["reporting_country"])
    return part


_UNREADABLE = (np.nan, np.nan)


def parse_value(text: str, values: Values) -> tuple[float, float]:
    """The interval a text stands for; low is NaN where it is no number, high is NaN where unbounded."""
    text = text.strip()
    if text in values.intervals:
        low, *high = values.intervals[text]
        return float(low), float(high[0]) if high else np.nan
    if values.ranges and (match := re.fullmatch(rf"(\d+)\s*{re.escape(values.ranges)}\s*(\d*)", text)):
        return float(match[1]), float(match[2]) if match[2] else np.nan
    number = _plain_number(text, values)
    return (number, number) if number is not None else _UNREADABLE


def _plain_number(text: str, values: Values) -> float | None:
    whole = r"\d+"
    if values.thousands:
        whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(values.thousands)}\d{{3}})+)"
    if not re.fullmatch(rf"-?{whole}(?:{re.escape(values.decimal)}\d+)?", text, flags=re.ASCII):
        return None
    plain = text.replace(values.thousands, "") if values.thousands else text
    return float(plain.replace(values.decimal, "."))
