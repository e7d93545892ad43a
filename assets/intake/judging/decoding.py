"""Rows of text to a tidy frame in codes, as the card says. Decides on no row: what has no code says so.

One line of the tidy frame is one value: its place in the file, a column a role, the value's interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container

import numpy as np
import pandas as pd

from assets.intake.judging.dating import PERIOD_ROLES, with_periods
from assets.intake.records import ROW, SHEET, SURPLUS
from schemas import codelists, countries, origin
from schemas.cards.card_codes import LABELLED, REPORTING_COUNTRY, SPECIAL
from schemas.cards.decisions import spelling
from schemas.cards.format_card import Card, Column, Format, Meaning, Values
from schemas.contracts import AMBIGUOUS, COUNTRY_ROLES, SOURCE, UNRESOLVED, Label, labels
from schemas.findings import cell_name
from schemas.flags import add_flag
from schemas.tables import DIMENSIONS, default_of

_DETAILS = {d.name for d in DIMENSIONS}


def tidy(rows: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    """The tidy frame of records (layout rows left out, texts stripped by the caller), one line a value."""
    base = _one_line_a_value(_places_and_sources(rows), fmt)
    base = with_periods(base, card, fmt)
    base = _with_defaults(base, card, fmt)
    for name, column in _in_order(fmt):
        for case, variant in column.cases():
            mask = _where_case(base, column, case)
            base = _decode(base, name, variant, mask, card)
    base = _with_numbers(_with_labels(base, fmt), fmt)
    return base.sort_values([SHEET, ROW], kind="stable", ignore_index=True)


def _places_and_sources(rows: pd.DataFrame) -> pd.DataFrame:
    places = {SHEET: rows[SHEET], ROW: rows[ROW], "surplus_cells": rows[SURPLUS]}
    sources = {SOURCE + name: rows[name] for name in rows.columns if not name.startswith("_")}
    return pd.DataFrame(places | sources).reset_index(drop=True)


def _in_order(fmt: Format) -> list[tuple[str, Column]]:
    """Columns with a role, the reporting country first: other columns may refer to it."""
    present = [(n, c) for n, c in fmt.columns.items() if not c.ignore]
    first = [item for item in present if item[1].role == "reporting_country"]
    return first + [item for item in present if item not in first]


def _with_labels(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """The columns that contracts.labels names; where a label says nothing, no dimension is filled."""
    for key, label in labels(fmt).items():
        if SOURCE + label.name not in base:
            continue
        here = _where_case(base, fmt.columns[label.name], label.case)
        unread = here & ~_understood(base, label)
        base[key] = base[SOURCE + label.name].mask(unread, UNRESOLVED).where(here)
        for role in {role for ms in label.column.map.values() for m in ms for role in m.set}:
            base.loc[unread, role] = UNRESOLVED
    return base


def _understood(base: pd.DataFrame, label: Label) -> pd.Series:
    """Where the text is one of the labels, with a meaning in that period."""
    text = base[SOURCE + label.name]
    if label.column.role != "dimensions":
        return text.isin(label.allowed)
    excepted = pd.Series(False, index=base.index)
    for known, meanings in label.column.map.items():
        for meaning in meanings:
            excepted |= (text == known) & (_valid(base, meaning) | base["period_start"].isna())
    return excepted


def _one_line_a_value(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """A row with several value columns becomes as many lines."""
    sources = [c for c in base.columns if c.startswith(SOURCE)]
    if (name := _case_column(fmt)) is not None:
        cells = [cell_name(sources.index(SOURCE + name) + 1, row) for row in base[ROW]]
        return base.assign(value_text="1", value_column=name, cell=cells, case_id=base[SOURCE + name])
    parts = []
    for name in _value_columns(fmt, base.columns):
        number = sources.index(SOURCE + name) + 1
        cells = [cell_name(number, row) for row in base[ROW]]
        parts.append(base.assign(value_text=base[SOURCE + name], value_column=name, cell=cells))
    return pd.concat(parts, ignore_index=True)


def _case_column(fmt: Format) -> str | None:
    """The column of the case's number, where each row is one person."""
    return next((n for n, c in fmt.columns.items() if c.role == "case_id"), None)


def _value_columns(fmt: Format, present: pd.Index) -> list[str]:
    return [n for n, c in fmt.columns.items() if SOURCE + n in present and _holds_values(c)]


def _holds_values(column: Column) -> bool:
    return any(variant.role == "value" for _, variant in column.cases())


def _with_defaults(base: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    defaults: dict[str, str | None] = {d.name: default_of(d.name) for d in DIMENSIONS}
    defaults |= {"measure": card.collection.measure or UNRESOLVED}
    defaults |= {"reporting_country": card.collection.reporting_country or UNRESOLVED}
    defaults |= {role: SPECIAL.get(c, c) for role, c in fmt.set.items() if role not in PERIOD_ROLES}
    own = defaults["reporting_country"]
    defaults = {role: own if code == REPORTING_COUNTRY else code for role, code in defaults.items()}
    defaults |= {"citizenship_reported": None, "flag": ""}
    texts = {code: code and pd.Series(code, base.index, "str") for code in {*defaults.values()}}
    columns = {name: texts[code] for name, code in defaults.items()}
    return pd.concat([base, pd.DataFrame(columns, base.index)], axis=1)


def _where_case(base: pd.DataFrame, column: Column, case: str | None) -> pd.Series:
    if case is None:
        return pd.Series(True, index=base.index)
    return base[f"{SOURCE}{column.by}"] == case


def _decode(base: pd.DataFrame, name: str, column: Column, mask: pd.Series, card: Card) -> pd.DataFrame:
    source = SOURCE + name
    if source not in base or column.role == "value" or not mask.any():
        return base
    for role, code in column.set.items():
        base.loc[mask, role] = _special(code, base.loc[mask, "reporting_country"])
    if column.role in (None, "selector", "period", "year", "month", "case_id"):
        return base
    texts = base.loc[mask, source]
    if column.role == "citizenship":
        base.loc[mask, "citizenship_reported"] = texts
    if column.role != "dimensions":
        coder = coder_of(column, card.labels(column.role) if column.role in LABELLED else ())
        codes = {t: coder(t) for t in texts.unique()}
        if column.role == "sex":
            codes |= _doubtful_letters(codes | _mapped(column))
        base.loc[mask, column.role] = texts.map(codes)
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
    return reporting_country if code == REPORTING_COUNTRY else SPECIAL.get(code, code)


def coder_of(column: Column, labels: Container[str] = ()) -> Callable[[str], str]:
    """How one text of the column becomes a code: by its code system, its code list, or the card's labels."""

    def coder(text: str) -> str:
        if column.blank is not None and text in ("", column.blank):
            return SPECIAL.get(column.blank, column.blank)
        if text.startswith("#"):
            return UNRESOLVED  # an error of the spreadsheet: #N/A says nothing, not even "unknown"
        if column.role in COUNTRY_ROLES:
            is_total = text == codelists.TOTAL and column.role in _DETAILS
            return text if is_total else country_code(text, column)
        if column.role in LABELLED:
            return text if text in labels else UNRESOLVED
        return codelists.find(str(column.role), text) or UNRESOLVED

    return coder


def _mapped(column: Column) -> dict[str, str]:
    """What the card says that labels mean, where it says one code."""
    return {label: meanings[0].code or "" for label, meanings in column.map.items() if len(meanings) == 1}


def _doubtful_letters(codes: dict[str, str]) -> dict[str, str]:
    """A letter that names of two sexes begin with (M: masculino, mujer) where nothing tells which.

    Where both codes occur, each says what the other means. Beside letters that are no code (H and M are not
    F and M), and beside words it is not the initial of (hombre) or that mean another (mujer), it is doubtful.
    """
    letters = {text for text in codes if len(text) == 1}
    known = {text for text in letters if codes[text] == text}
    doubtful = {letter for letter in known if len(_begun_by(letter)) > 1}
    words = [(text[:1].upper(), code) for text, code in codes.items() if text not in letters]
    contradicted = any(
        (initial == letter) != (code == letter)
        for letter in doubtful
        for initial, code in words
        if code in _begun_by(letter)
    )
    alone = len(known) == 1 and (letters != known or contradicted)
    return dict.fromkeys(doubtful, AMBIGUOUS) if alone else {}


def _begun_by(letter: str) -> set[str]:
    sexes = codelists.codelist("sex").values()
    return {
        sex.code
        for sex in sexes
        for name in (sex.es, sex.en, sex.fr, *sex.attributes["aliases"].split("|"))
        if name.startswith(letter)
    }


def country_code(text: str, column: Column) -> str:
    """Country, aggregate or special code of one text; UNRESOLVED or AMBIGUOUS where there is none."""
    if text in origin.SPECIAL:
        return text
    system = None if column.codes in (None, "any") else column.codes
    resolution = countries.resolve(text, code_system=system, language=column.language)
    if resolution.kind in ("ambiguous", "unresolved") and (accepted := column.accepted.get(spelling(text))):
        return accepted
    if resolution.kind == "ambiguous":
        return AMBIGUOUS
    return resolution.citizenship or UNRESOLVED


def country_candidates(text: str, column: Column) -> tuple[str, ...]:
    """The countries that a text without a code may mean, as its finding suggests them."""
    system = None if column.codes in (None, "any") else column.codes
    return countries.resolve(text, code_system=system, language=column.language).candidates


def _with_numbers(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    text = base["value_text"]
    parsed = {t: parse_value(t, fmt.values) for t in text.unique()}
    for name, column in ((n, v) for n, c in fmt.columns.items() for _, v in c.cases() if v.role == "value"):
        here = base["value_column"] == name
        for flag in fmt.wide.doubts(name) if fmt.wide else ():
            base.loc[here, "flag"] = base.loc[here, "flag"].map(lambda f, flag=flag: add_flag(f, flag))
        for role, code in column.set.items():
            if role not in PERIOD_ROLES:
                base.loc[here, role] = _special(code, base.loc[here, "reporting_country"])
    return base.assign(
        value_low=text.map({t: v[0] for t, v in parsed.items()}).astype(float),
        value_high=text.map({t: v[1] for t, v in parsed.items()}).astype(float),
        decimals=text.map({t: decimals(t, fmt.values) for t in parsed}),
        available=~text.isin(fmt.values.not_available),
    )


_UNREADABLE = (np.nan, np.nan)


def parse_value(text: str, values: Values) -> tuple[float, float]:
    """The interval a text stands for; low is NaN where it is no number, high is NaN where unbounded."""
    text = text.strip()
    if text in values.intervals:
        low, *high = values.intervals[text]
        return float(low), float(high[0]) if high else np.nan
    ranges = rf"(\d+)\s*{re.escape(values.ranges or '')}\s*(\d*)"
    if values.ranges and (match := re.fullmatch(ranges, text, flags=re.ASCII)):
        return float(match[1]), float(match[2]) if match[2] else np.nan
    number = _plain_number(text, values)
    if number is None:
        return _UNREADABLE
    return (max(number - values.off_by, min(number, 0.0)), number + values.off_by)


def decimals(text: str, values: Values) -> str:
    """The digits after the decimal mark; "" where there are none, or the text is no plain number."""
    number = None if text in values.intervals else _number(text, values)
    return number["decimals"] or "" if number else ""


def _plain_number(text: str, values: Values) -> float | None:
    written = _number(text, values)
    if written is None:
        return None
    whole = written["whole"].replace(values.thousands, "") if values.thousands else written["whole"]
    number = float(f"{whole}.{written['decimals'] or '0'}")
    return -number if written["sign"] and number else number


def _number(text: str, values: Values) -> re.Match[str] | None:
    """The parts of a plain number. One mark for thousands and decimals stands for thousands alone.

    Of several marks for decimals only the first may stand in `1.204`: `1,204` may be a thousand, and is none.
    """
    whole, part = r"\d+", rf"(?:[{re.escape(values.decimal)}](?P<decimals>\d+))?"
    if values.thousands:
        whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(values.thousands)}\d{{3}})+)"
    if values.thousands == values.decimal:
        part = "(?P<decimals>(?!))?"
    thousand = "".join(rf"(?!-?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}$)" for mark in values.decimal[1:])
    return re.fullmatch(rf"{thousand}(?P<sign>-?)(?P<whole>{whole}){part}", text, flags=re.ASCII)
