"""Decoding of text rows into a tidy frame of codes, as the card defines. Decides on no row: text without a
code is marked UNRESOLVED.

Each line of the tidy frame is a value: its cell in the file, a column per role, and the value's interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container

import numpy as np
import pandas as pd

from assets.intake.judging.dating import PERIOD_ROLES, add_periods
from assets.intake.judging.value_words import STATE, read_cell
from assets.intake.records import HEADER, ROW, SHEET, SURPLUS, split_header
from schemas import codelists, countries, origin
from schemas.cards.card_codes import LABELLED_ROLES, REPORTING_COUNTRY, SPECIAL
from schemas.cards.decisions import spelling
from schemas.cards.format_card import Card, Column, Format, Meaning, Values
from schemas.contracts import (
    AMBIGUOUS_CODE,
    COUNTRY_ROLES,
    SOURCE,
    UNRESOLVED_CODE,
    LimitedLabels,
    limited_labels,
)
from schemas.findings import cell_name
from schemas.flags import add_flag
from schemas.tables import DIMENSIONS, default_code

_DETAILS = {d.name for d in DIMENSIONS}


def tidy(rows: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    """Return the tidy frame of records, a line per value. The caller has removed layout rows and stripped
    texts."""
    base = _one_line_per_value(_cells_and_sources(rows), fmt)
    base = add_periods(base, card, fmt)
    base = _add_defaults(base, card, fmt)
    for name, column in _in_order(fmt):
        for case, variant in column.cases():
            mask = _where_case(base, column, case)
            base = _decode(base, name, variant, mask, card)
    base = _add_numbers(_add_labels(base, fmt), fmt)
    return base.sort_values([SHEET, ROW], kind="stable", ignore_index=True)


def _cells_and_sources(rows: pd.DataFrame) -> pd.DataFrame:
    cells = {SHEET: rows[SHEET], ROW: rows[ROW], "surplus_cells": rows[SURPLUS]}
    cells |= {HEADER: rows[HEADER]} if HEADER in rows else {}
    sources = {SOURCE + name: rows[name] for name in rows.columns if not name.startswith("_")}
    return pd.DataFrame(cells | sources).reset_index(drop=True)


def _in_order(fmt: Format) -> list[tuple[str, Column]]:
    """Return columns with a role, the reporting country first, because other columns may refer to it."""
    present = [(n, c) for n, c in fmt.columns.items() if not c.ignore]
    first = [item for item in present if item[1].role == "reporting_country"]
    return first + [item for item in present if item not in first]


def _add_labels(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Add the columns that contracts.labels names. Where a label is not understood, its dimensions are
    unresolved."""
    for key, label in limited_labels(fmt).items():
        if SOURCE + label.name not in base:
            continue
        is_in_case = _where_case(base, fmt.columns[label.name], label.case)
        is_unread = is_in_case & ~_is_understood(base, label)
        base[key] = base[SOURCE + label.name].mask(is_unread, UNRESOLVED_CODE).where(is_in_case)
        for role in {role for ms in label.column.map.values() for m in ms for role in m.set}:
            base.loc[is_unread, role] = UNRESOLVED_CODE
    return base


def _is_understood(base: pd.DataFrame, label: LimitedLabels) -> pd.Series:
    """Mark texts that are among the labels and have a meaning in that period."""
    text = base[SOURCE + label.name]
    if label.column.role != "dimensions":
        return text.isin(label.labels)
    is_understood = pd.Series(False, index=base.index)
    for label_text, meanings in label.column.map.items():
        for meaning in meanings:
            is_understood |= (text == label_text) & (_is_valid(base, meaning) | base["period_start"].isna())
    return is_understood


def _one_line_per_value(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Turn a row with several value columns into as many lines."""
    if (name := case_column(fmt)) is not None:
        cells = _cells_of(base, name)
        return base.assign(value_text="1", value_column=name, cell=cells, case_id=base[SOURCE + name])
    parts = []
    for name in _value_columns(fmt, base.columns):
        rows = base[[name in split_header(h) for h in base[HEADER]]] if HEADER in base else base
        cells = _cells_of(rows, name)
        parts.append(rows.assign(value_text=rows[SOURCE + name], value_column=name, cell=cells))
    return pd.concat(parts, ignore_index=True)


def _cells_of(base: pd.DataFrame, name: str) -> list[str]:
    """Return the cell of the column in each row."""
    if HEADER in base:
        position = {header: split_header(header).index(name) + 1 for header in base[HEADER].unique()}
        rows = zip(base[HEADER], base[ROW], strict=True)
        return [cell_name(position[header], row) for header, row in rows]
    number = [c for c in base.columns if c.startswith(SOURCE)].index(SOURCE + name) + 1
    return [cell_name(number, row) for row in base[ROW]]


def case_column(fmt: Format) -> str | None:
    """Return the column of the case number, if there is any."""
    return next((n for n, c in fmt.columns.items() if c.role == "case_id"), None)


def _value_columns(fmt: Format, present: pd.Index) -> list[str]:
    return [n for n, c in fmt.columns.items() if SOURCE + n in present and _holds_values(c)]


def _holds_values(column: Column) -> bool:
    return any(variant.role == "value" for _, variant in column.cases())


def _add_defaults(base: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    defaults: dict[str, str | None] = {d.name: default_code(d.name) for d in DIMENSIONS}
    defaults |= {"measure": card.collection.measure or UNRESOLVED_CODE}
    defaults |= {"reporting_country": card.collection.reporting_country or UNRESOLVED_CODE}
    defaults |= {role: SPECIAL.get(c, c) for role, c in fmt.set.items() if role not in PERIOD_ROLES}
    country = defaults["reporting_country"]
    defaults = {role: country if code == REPORTING_COUNTRY else code for role, code in defaults.items()}
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
    if column.role in (None, "selector", "note", "period", "year", "month", "case_id"):
        return base
    texts = base.loc[mask, source]
    if column.role == "citizenship":
        base.loc[mask, "citizenship_reported"] = texts
    if column.role != "dimensions":
        coder = make_coder(column, card.labels(column.role) if column.role in LABELLED_ROLES else ())
        codes = {t: coder(t) for t in texts.unique()}
        if column.role == "sex":
            codes |= _doubtful_letters(codes | _mapped_codes(column))
        base.loc[mask, column.role] = texts.map(codes)
        if (
            column.role == "sex" and card.collection.kind != "cases"
        ):  # a few persons of a period may be of one sex
            base = _mark_doubtful_letters(base, texts, codes | _mapped_codes(column))
    return _apply_map(base, source, column, mask)


def _apply_map(base: pd.DataFrame, source: str, column: Column, mask: pd.Series) -> pd.DataFrame:
    for label, meanings in column.map.items():
        has_label = mask & (base[source] == label)
        if has_label.any():
            for meaning in meanings:
                base = _apply_meaning(base, column, meaning, has_label & _is_valid(base, meaning))
    return base


def _is_valid(base: pd.DataFrame, meaning: Meaning) -> pd.Series:
    start = pd.to_datetime(base["period_start"])
    valid = pd.Series(True, index=base.index)
    if meaning.valid_from:
        valid &= start >= pd.Timestamp(meaning.valid_from)
    if meaning.valid_to:
        valid &= start < pd.Timestamp(meaning.valid_to)
    return valid


def _apply_meaning(base: pd.DataFrame, column: Column, meaning: Meaning, mask: pd.Series) -> pd.DataFrame:
    codes = dict(meaning.set)
    if meaning.code is not None and column.role not in (None, "dimensions", "selector"):
        codes[column.role] = meaning.code
    for role, code in codes.items():
        base.loc[mask, role] = _special(code, base.loc[mask, "reporting_country"])
    if meaning.flag:
        base.loc[mask, "flag"] = base.loc[mask, "flag"].map(lambda f: add_flag(f, meaning.flag or ""))
    return base


def _special(code: str, reporting_country: pd.Series) -> str | pd.Series:
    return reporting_country if code == REPORTING_COUNTRY else SPECIAL.get(code, code)


def make_coder(column: Column, labels: Container[str] = ()) -> Callable[[str], str]:
    """Return the function that codes a text of the column, by its code system, its code list or the card's
    labels."""

    def coder(text: str) -> str:
        if column.blank is not None and text in ("", column.blank):
            return SPECIAL.get(column.blank, column.blank)
        if text.startswith("#"):
            return UNRESOLVED_CODE  # an error of the spreadsheet: #N/A is no value, not even "unknown"
        if column.role in COUNTRY_ROLES:
            return codelists.TOTAL if _is_total(text, column) else country_code(text, column)
        if column.role in LABELLED_ROLES:
            return text if text in labels else UNRESOLVED_CODE
        return codelists.find(str(column.role), text) or UNRESOLVED_CODE

    return coder


def _is_total(text: str, column: Column) -> bool:
    """Check for the code of the total, or a word for it where a blank cell is the total, too."""
    blank_is_total = SPECIAL.get(str(column.blank), column.blank) == codelists.TOTAL
    is_word = blank_is_total and countries.resolve(text).reason == "total"
    return column.role in _DETAILS and (text == codelists.TOTAL or is_word)


def _mapped_codes(column: Column) -> dict[str, str]:
    """Return the codes of labels that the card maps to a single meaning."""
    return {label: meanings[0].code or "" for label, meanings in column.map.items() if len(meanings) == 1}


def _doubtful_letters(codes: dict[str, str]) -> dict[str, str]:
    """Return letters that begin the names of two sexes (M: masculino, mujer) where the other texts do not
    decide.

    If both letters occur, each excludes the other's meaning. A letter is doubtful next to letters that are no
    code (H and M are not F and M), and next to words that contradict it: words of its meaning with another
    initial (hombre), or words of another meaning with its initial (mujer).
    """
    letters = {text for text in codes if len(text) == 1}
    code_letters = {text for text in letters if codes[text] == text}
    doubtful = {letter for letter in code_letters if len(_codes_beginning_with(letter)) > 1}
    words = [(text[:1].upper(), code) for text, code in codes.items() if text not in letters]
    is_contradicted = any(
        (initial == letter) != (code == letter)
        for letter in doubtful
        for initial, code in words
        if code in _codes_beginning_with(letter)
    )
    is_unclear = len(code_letters) == 1 and (letters != code_letters or is_contradicted)
    return dict.fromkeys(doubtful, AMBIGUOUS_CODE) if is_unclear else {}


FEWEST_PERIODS = 3
"""Periods from which a letter that stands alone in the column is doubtful: offices rarely count one sex."""


def _mark_doubtful_letters(base: pd.DataFrame, texts: pd.Series, codes: dict[str, str]) -> pd.DataFrame:
    """Mark letters that are doubtful in their period, or the only sex in a column of several periods.

    The letters of a year may be those of another language: F and M, then H and M.
    """
    filled = texts[texts != ""]
    periods = base.loc[filled.index, "period_start"]
    is_alone = filled.nunique() == 1 and periods.nunique() >= FEWEST_PERIODS
    for _, own in [(None, filled)] if is_alone else filled.groupby(periods, dropna=False):
        present = {text: codes[text] for text in own.unique()}
        doubtful = _doubtful_letters(present | ({"?": UNRESOLVED_CODE} if is_alone else {}))
        base.loc[own.index[own.isin(list(doubtful))], "sex"] = AMBIGUOUS_CODE
    return base


def _codes_beginning_with(letter: str) -> set[str]:
    sexes = codelists.codelist("sex").values()
    return {
        sex.code
        for sex in sexes
        for name in (sex.es, sex.en, sex.fr, *sex.attributes["aliases"].split("|"))
        if name.startswith(letter)
    }


def country_code(text: str, column: Column) -> str:
    """Return the country, aggregate or special code of a text; UNRESOLVED or AMBIGUOUS if there is none."""
    if text in origin.SPECIAL:
        return text
    system = None if column.codes in (None, "any") else column.codes
    resolution = countries.resolve(text, code_system=system, language=column.language)
    if resolution.kind in ("ambiguous", "unresolved") and (
        accepted_code := column.accepted_labels.get(spelling(text))
    ):
        return accepted_code
    if resolution.kind == "ambiguous":
        return AMBIGUOUS_CODE
    return resolution.citizenship or UNRESOLVED_CODE


def country_candidates(text: str, column: Column) -> tuple[str, ...]:
    """Return the countries that a text without a code may mean, as its finding suggests them."""
    system = None if column.codes in (None, "any") else column.codes
    return countries.resolve(text, code_system=system, language=column.language).candidates


def _add_numbers(base: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    text = base["value_text"]
    cells = {t: read_cell(t, fmt.values) for t in text.unique()}
    parsed = {t: parse_value(cell.number, fmt.values) for t, cell in cells.items()}
    for flag in {cell.flag for cell in cells.values() if cell.flag}:
        is_marked = text.isin([t for t, cell in cells.items() if cell.flag == flag])
        base.loc[is_marked, "flag"] = base.loc[is_marked, "flag"].map(lambda f, flag=flag: add_flag(f, flag))
    for name, column in ((n, v) for n, c in fmt.columns.items() for _, v in c.cases() if v.role == "value"):
        is_in_column = base["value_column"] == name
        for flag in fmt.wide.flags_of(name) if fmt.wide else ():
            base.loc[is_in_column, "flag"] = base.loc[is_in_column, "flag"].map(
                lambda f, flag=flag: add_flag(f, flag)
            )
        for role, code in column.set.items():
            if role not in PERIOD_ROLES:
                base.loc[is_in_column, role] = _special(code, base.loc[is_in_column, "reporting_country"])
    return base.assign(
        value_low=text.map({t: v[0] for t, v in parsed.items()}).astype(float),
        value_high=text.map({t: v[1] for t, v in parsed.items()}).astype(float),
        decimals=text.map({t: decimals(cell.number, fmt.values) for t, cell in cells.items()}),
        available=~text.isin([t for t, c in cells.items() if c.state or t in fmt.values.not_available]),
        **{STATE: text.map({t: cell.state for t, cell in cells.items()})},
    )


_UNREADABLE = (np.nan, np.nan)


def parse_value(text: str, values: Values) -> tuple[float, float]:
    """Return the interval of a text. Low is NaN if it is no number, high is NaN if it is unbounded."""
    text = _number_text(text, values)
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


def _number_text(text: str, values: Values) -> str:
    """Return a text without the sign of a percentage, if its format reads percentages."""
    text = text.strip()
    is_interval = text in values.intervals or not values.percent
    return text if is_interval else text.removesuffix("%").rstrip()


def decimals(text: str, values: Values) -> str:
    """Return the digits after the decimal mark; "" if there are none or the text is no plain number."""
    text = _number_text(text, values)
    number = None if text in values.intervals else _match_number(text, values)
    return number["decimals"] or "" if number else ""


def _plain_number(text: str, values: Values) -> float | None:
    match = _match_number(text, values)
    if match is None:
        return None
    digits = match["whole"].replace(values.thousands, "") if values.thousands else match["whole"]
    number = float(f"{digits}.{match['decimals'] or '0'}")
    return -number if match["sign"] and number else number


def _match_number(text: str, values: Values) -> re.Match[str] | None:
    """Match the parts of a plain number. If the same mark serves for thousands and decimals, it means
    thousands.

    If a format has several decimal marks, only the first is read in texts such as `1.204`. With another mark,
    `1,204` could be a thousand, so it is no number.
    """
    whole_pattern, decimals_pattern = r"\d+", rf"(?:[{re.escape(values.decimal)}](?P<decimals>\d+))?"
    if values.thousands:
        whole_pattern = rf"(?:\d+|\d{{1,3}}(?:{re.escape(values.thousands)}\d{{3}})+)"
    if values.thousands == values.decimal:
        decimals_pattern = "(?P<decimals>(?!))?"
    no_thousands = "".join(rf"(?!-?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}$)" for mark in values.decimal[1:])
    return re.fullmatch(
        rf"{no_thousands}(?P<sign>-?)(?P<whole>{whole_pattern}){decimals_pattern}", text, flags=re.ASCII
    )
