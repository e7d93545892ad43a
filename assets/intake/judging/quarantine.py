"""Readable content of quarantined rows: the values they may belong to, and the most they may add.

A quarantined row is not a zero (STATISTICS section 1): the build widens the values it may belong to.
Unreadable parts of its key stay open. Decides on no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import country_candidates
from assets.intake.judging.value_words import NOT_AVAILABLE, STATE
from schemas import codelists
from schemas.cards.format_card import Card, Format
from schemas.contracts import AMBIGUOUS_CODE, COUNTRY_ROLES, LABEL, SOURCE, UNRESOLVED_CODE
from schemas.periods import add_months, fiscal_year_start
from schemas.tables import DIMENSIONS, OBSERVATION_KEY, OPENINGS

UNREAD = "unread"
"""Column of a line: the contract's columns that it violates, each between spaces."""

_NUMBER = ("value_text", "value_low", "width", "decimals", "surplus_cells")
_TOTAL_CODES = (codelists.TOTAL, codelists.NOT_APPLICABLE)
_PERIOD = ("period_start", "period_end", "frequency")
_NAMES = [d.name for d in DIMENSIONS]
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)


def mark_unread(lines: pd.DataFrame, judged_lines: pd.Index, violations: pd.DataFrame) -> pd.DataFrame:
    """Add to the lines the columns that violate the contract. `violations` number the judged lines from 0."""
    unread: dict[object, set[str]] = {}
    for line, column in zip(judged_lines[violations["index"]], violations["column"], strict=True):
        unread.setdefault(line, set()).add(str(column))
    texts = [_join_with_spaces(unread[line]) if line in unread else " " for line in lines.index]
    return lines.assign(**{UNREAD: pd.Series(texts, lines.index, dtype="str")})


def _join_with_spaces(columns: set[str]) -> str:
    return f" {' '.join(sorted(columns))} "


def openings(lines: pd.DataFrame, card: Card, fmt: Format, received_on: date) -> pd.DataFrame:
    """Return the quarantined lines with a value, and those whose value is not available.

    Their codes (`_U` where unreadable), their period and upper bound.

    `unread`: dimensions that cannot be read. `may_lack`: those of them that the line may not detail at all.
    `adds_up`: True if rows with the same key are added up, so that the line may be part of an accepted value.
    `rows_waiting`: number of rows; 1 unless the lines give another. `citizenship_reported`: the text of the
    citizenship.

    Returns a frame without columns if no line is quarantined.
    """
    is_waiting = (lines["fate"] == "quarantined") & lines["available"]
    if STATE in lines:
        is_waiting |= (lines["fate"] == "accepted") & (lines[STATE] == NOT_AVAILABLE)
    if not is_waiting.any():
        return pd.DataFrame()
    waiting = lines[is_waiting].reset_index(drop=True)
    result = pd.DataFrame({name: _code(waiting, name, card) for name in ("measure", "reporting_country")})
    start, end, frequency = _periods(waiting, card, fmt, received_on)
    result = result.assign(period_start=start, period_end=end, frequency=frequency)
    has_no_table = _any_unread(waiting, (SOURCE, LABEL, "surplus_cells"))
    has_no_country = result["reporting_country"] == codelists.UNKNOWN
    can_be_total = _can_be_total(lines, waiting, fmt)
    unread, may_lack = (pd.Series("", index=waiting.index) for _ in range(2))
    for name in _NAMES:
        is_lost = _is_unread(waiting, name) | has_no_table | (has_no_country & (name in COUNTRY_ROLES))
        result[name] = waiting[name].mask(is_lost, codelists.UNKNOWN)
        unread = unread.mask(is_lost, unread + "+" + name)
        may_lack = may_lack.mask(is_lost & (has_no_table | can_be_total[name]), may_lack + "+" + name)
    is_number = waiting["value_low"].notna() & ~_any_unread(waiting, _NUMBER)
    return result.assign(
        unread=unread.str.removeprefix("+"),
        may_lack=may_lack.str.removeprefix("+"),
        is_number=is_number,
        value_low=waiting["value_low"].where(is_number),
        value_high=waiting["value_high"].where(is_number),
        citizenship_reported=waiting["citizenship_reported"],
        adds_up=fmt.sums_values or any(c.role == "case_id" for c in fmt.columns.values()),
        rows_waiting=1,
    )


def _can_be_total(lines: pd.DataFrame, waiting: pd.DataFrame, fmt: Format) -> dict[str, pd.Series]:
    """Mark, for each dimension, the waiting rows that may be totals.

    They may be if accepted rows with the same selectors include a total, or if there are none with the same
    selectors.
    """
    selectors = [SOURCE + n for n, c in fmt.columns.items() if c.role == "selector" and SOURCE + n in lines]
    accepted_lines = lines[(lines["fate"] == "accepted") & lines["available"]]
    accepted_keys = _selector_keys(accepted_lines, selectors)
    waiting_keys = _selector_keys(waiting, selectors)
    total_keys = {name: accepted_keys[accepted_lines[name].isin(_TOTAL_CODES)].unique() for name in _NAMES}
    return {
        name: waiting_keys.isin(total_keys[name]) | ~waiting_keys.isin(accepted_keys.unique())
        for name in _NAMES
    }


def _selector_keys(lines: pd.DataFrame, selectors: list[str]) -> pd.Series:
    texts = pd.Series("", index=lines.index)
    for name in selectors:
        texts = texts + "\x1f" + lines[name].astype(str)
    return texts


def _is_unread(lines: pd.DataFrame, name: str) -> pd.Series:
    return lines[name].isin([UNRESOLVED_CODE, AMBIGUOUS_CODE]) | lines[UNREAD].str.contains(
        f" {name} ", regex=False
    )


def _any_unread(lines: pd.DataFrame, beginnings: Iterable[str]) -> pd.Series:
    unread = pd.Series(False, index=lines.index)
    for beginning in beginnings:
        unread |= lines[UNREAD].str.contains(f" {beginning}", regex=False)
    return unread


def _code(lines: pd.DataFrame, name: str, card: Card) -> pd.Series:
    """Return the code of each line. In a file of a single country it is that country, whatever the row
    contains."""
    fixed = card.collection.reporting_country if name == "reporting_country" else None
    read = lines[name].mask(_is_unread(lines, name), codelists.UNKNOWN)
    return pd.Series(fixed, lines.index) if fixed else read


def _periods(
    lines: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return first day, last day and frequency. Of a year without a readable month, return the year and no
    frequency."""
    is_read = lines["period_start"].notna() & ~_any_unread(lines, ("period_start", "surplus_cells"))
    start, end = (lines[name].astype(object).where(is_read, None) for name in ("period_start", "period_end"))
    frequency = lines["frequency"].astype(object).where(is_read & ~_any_unread(lines, (MONTH,)), None)
    unread_lines = lines.index[lines["period_start"].isna()]
    texts = pd.Series("", unread_lines, dtype=object)
    for name, column in fmt.columns.items():
        if column.role in ("period", "year") and SOURCE + name in lines:
            texts += " " + lines.loc[unread_lines, SOURCE + name].astype(str)
    for text in texts.unique():
        if year := _year(text, fmt, received_on):
            first = fiscal_year_start(year, card.collection.year_starts)
            lines_of_text = texts.index[texts == text]
            start[lines_of_text] = first
            end[lines_of_text] = max(add_months(first, 12), date(year + 1, 1, 1)) - timedelta(days=1)
    return start, end, frequency


def _year(text: str, fmt: Format, received_on: date) -> int | None:
    """Return the only year that the texts of a period name, if its month or day cannot be read."""
    years_named = {int(y) for y in _YEAR.findall(text)}
    first, last = fmt.expectations.years or (0, received_on.year)
    years = [y for y in years_named if first <= y <= min(last, received_on.year)]
    return years[0] if len(years_named) == len(years) == 1 else None


def expand_candidates(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Return a line for each country that an ambiguous name may mean; lines without candidates are
    unchanged."""
    if lines.empty:
        return lines
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            role, source = variant.role, SOURCE + name
            if role not in COUNTRY_ROLES or source not in lines:
                continue
            is_unresolved = lines[role].isin([UNRESOLVED_CODE, AMBIGUOUS_CODE])
            if case is not None:
                is_unresolved &= lines[SOURCE + str(column.by)] == case
            candidates = {
                text: list(country_candidates(text, variant))
                for text in lines.loc[is_unresolved, source].unique()
            }
            codes = [
                (candidates[text] or [code]) if unread else [code]
                for text, code, unread in zip(lines[source], lines[role], is_unresolved, strict=True)
            ]
            lines = lines.assign(**{role: pd.Series(codes, lines.index, object)}).explode(
                role, ignore_index=True
            )
    return lines


def keys(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Return the distinct keys that quarantined lines of a known period may have."""
    candidate_lines = expand_candidates(lines[lines["period_start"].notna()], fmt)
    return candidate_lines[list(OBSERVATION_KEY)].drop_duplicates(ignore_index=True)


# ---- openings of a whole submission ----------------------------------------------------------------


def merge_openings(single_openings: pd.DataFrame) -> pd.DataFrame:
    """Return the openings in the columns of schemas.tables OPENINGS, and merge those with the same key.

    The upper bound of merged rows is the sum of theirs, and open if any of theirs is open.
    """
    numbers = ("value_high", "rows_waiting")
    key_columns = [name for name in OPENINGS.column_names if name not in numbers]
    groups = single_openings.assign(high=single_openings["value_high"].fillna(np.inf)).groupby(
        key_columns, dropna=False
    )
    sums = groups.agg(high=("high", "sum"), rows_waiting=("rows_waiting", "sum")).reset_index()
    period_columns = {name: sums[name].astype(object).where(sums[name].notna(), None) for name in _PERIOD}
    sums = sums.assign(value_high=sums["high"].replace(np.inf, np.nan), **period_columns)
    return sums[OPENINGS.column_names]
