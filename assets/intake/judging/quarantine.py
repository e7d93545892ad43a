"""What of a quarantined row can be read: where its figure may belong, and the most it may hold.

A row that waits is not a zero (STATISTICS section 1): the build opens what it may belong to. What cannot be
read of a place is left open there. Decides on no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import country_candidates
from schemas import codelists
from schemas.cards.format_card import Card, Format
from schemas.contracts import AMBIGUOUS, COUNTRY_ROLES, LABEL, SOURCE, UNRESOLVED
from schemas.periods import add_months, fiscal_year_start
from schemas.tables import DIMENSIONS, KEY, OPENINGS

UNREAD = "unread"
"""Column of a line: what of it breaks the contract, by the contract's columns, each between spaces."""

_NUMBER = ("value_text", "value_low", "width", "decimals", "surplus_cells")
_SILENT = (codelists.TOTAL, codelists.NOT_APPLICABLE)
_PERIOD = ("period_start", "period_end", "frequency")
_NAMES = [d.name for d in DIMENSIONS]
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)


def marked(lines: pd.DataFrame, judged: pd.Index, broken: pd.DataFrame) -> pd.DataFrame:
    """The lines with what of each breaks the contract; `broken` counts the judged lines from 0."""
    unread: dict[object, set[str]] = {}
    for line, column in zip(judged[broken["index"]], broken["column"], strict=True):
        unread.setdefault(line, set()).add(str(column))
    said = [_spaced(unread[line]) if line in unread else " " for line in lines.index]
    return lines.assign(**{UNREAD: pd.Series(said, lines.index, dtype="str")})


def _spaced(columns: set[str]) -> str:
    return f" {' '.join(sorted(columns))} "


def openings(lines: pd.DataFrame, card: Card, fmt: Format, received_on: date) -> pd.DataFrame:
    """The quarantined lines that bear a figure: their codes, `_U` where unread; their period; their most.

    `unread`: the dimensions that cannot be read; `may_lack`: those of them that it may as well not detail.
    `adds_up`: whether rows of one key are added up, so that it may be a part of a value that stands.
    `rows_waiting`: of how many rows; of one unless the lines say otherwise.
    `citizenship_reported`: what stands there for the citizenship.
    Where no line waits, a frame without columns.
    """
    here = (lines["fate"] == "quarantined") & lines["available"]
    if not here.any():
        return pd.DataFrame()
    waiting = lines[here].reset_index(drop=True)
    opened = pd.DataFrame({name: _code(waiting, name, card) for name in ("measure", "reporting_country")})
    start, end, frequency = _periods(waiting, card, fmt, received_on)
    opened = opened.assign(period_start=start, period_end=end, frequency=frequency)
    no_table = _any_unread(waiting, (SOURCE, LABEL, "surplus_cells"))
    no_country = opened["reporting_country"] == codelists.UNKNOWN
    lacking = _lacking(lines, waiting, fmt)
    unread, may_lack = (pd.Series("", index=waiting.index) for _ in range(2))
    for name in _NAMES:
        lost = _is_unread(waiting, name) | no_table | (no_country & (name in COUNTRY_ROLES))
        opened[name] = waiting[name].mask(lost, codelists.UNKNOWN)
        unread = unread.mask(lost, unread + "+" + name)
        may_lack = may_lack.mask(lost & (no_table | lacking[name]), may_lack + "+" + name)
    number = waiting["value_low"].notna() & ~_any_unread(waiting, _NUMBER)
    return opened.assign(
        unread=unread.str.removeprefix("+"),
        may_lack=may_lack.str.removeprefix("+"),
        is_number=number,
        value_low=waiting["value_low"].where(number),
        value_high=waiting["value_high"].where(number),
        citizenship_reported=waiting["citizenship_reported"],
        adds_up=fmt.adds_up or any(c.role == "case_id" for c in fmt.columns.values()),
        rows_waiting=1,
    )


def _lacking(lines: pd.DataFrame, waiting: pd.DataFrame, fmt: Format) -> dict[str, pd.Series]:
    """By dimension, whether rows that stand and select alike ever detail nothing of it; or there is none."""
    selectors = [SOURCE + n for n, c in fmt.columns.items() if c.role == "selector" and SOURCE + n in lines]
    standing = lines[(lines["fate"] == "accepted") & lines["available"]]
    known = _selected(standing, selectors)
    selected = _selected(waiting, selectors)
    silent = {name: known[standing[name].isin(_SILENT)].unique() for name in _NAMES}
    return {name: selected.isin(silent[name]) | ~selected.isin(known.unique()) for name in _NAMES}


def _selected(lines: pd.DataFrame, selectors: list[str]) -> pd.Series:
    texts = pd.Series("", index=lines.index)
    for name in selectors:
        texts = texts + "\x1f" + lines[name].astype(str)
    return texts


def _is_unread(lines: pd.DataFrame, name: str) -> pd.Series:
    return lines[name].isin([UNRESOLVED, AMBIGUOUS]) | lines[UNREAD].str.contains(f" {name} ", regex=False)


def _any_unread(lines: pd.DataFrame, beginnings: Iterable[str]) -> pd.Series:
    unread = pd.Series(False, index=lines.index)
    for beginning in beginnings:
        unread |= lines[UNREAD].str.contains(f" {beginning}", regex=False)
    return unread


def _code(lines: pd.DataFrame, name: str, card: Card) -> pd.Series:
    """The code of each line; of one country's file that country, whatever the row says."""
    fixed = card.collection.reporting_country if name == "reporting_country" else None
    read = lines[name].mask(_is_unread(lines, name), codelists.UNKNOWN)
    return pd.Series(fixed, lines.index) if fixed else read


def _periods(
    lines: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """First and last day and frequency; of a year without its month the year, and no frequency."""
    read = lines["period_start"].notna() & ~_any_unread(lines, ("period_start", "surplus_cells"))
    start, end = (lines[name].astype(object).where(read, None) for name in ("period_start", "period_end"))
    frequency = lines["frequency"].astype(object).where(read & ~_any_unread(lines, (MONTH,)), None)
    lost = lines.index[lines["period_start"].isna()]
    texts = pd.Series("", lost, dtype=object)
    for name, column in fmt.columns.items():
        if column.role in ("period", "year") and SOURCE + name in lines:
            texts += " " + lines.loc[lost, SOURCE + name].astype(str)
    for text in texts.unique():
        if year := _year(text, fmt, received_on):
            first = fiscal_year_start(year, card.collection.year_starts)
            here = texts.index[texts == text]
            start[here] = first
            end[here] = max(add_months(first, 12), date(year + 1, 1, 1)) - timedelta(days=1)
    return start, end, frequency


def _year(text: str, fmt: Format, received_on: date) -> int | None:
    """The one year that the texts of a period name, though its month or day cannot be read."""
    years_named = {int(y) for y in _YEAR.findall(text)}
    first, last = fmt.expectations.years or (0, received_on.year)
    years = [y for y in years_named if first <= y <= min(last, received_on.year)]
    return years[0] if len(years_named) == len(years) == 1 else None


def may_be(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """The lines, one for each country that a name without a code may mean; without one as they are."""
    if lines.empty:
        return lines
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            role, source = variant.role, SOURCE + name
            if role not in COUNTRY_ROLES or source not in lines:
                continue
            here = lines[role].isin([UNRESOLVED, AMBIGUOUS])
            if case is not None:
                here &= lines[SOURCE + str(column.by)] == case
            meant = {
                text: list(country_candidates(text, variant)) for text in lines.loc[here, source].unique()
            }
            codes = [
                (meant[text] or [code]) if unread else [code]
                for text, code, unread in zip(lines[source], lines[role], here, strict=True)
            ]
            lines = lines.assign(**{role: pd.Series(codes, lines.index, object)}).explode(
                role, ignore_index=True
            )
    return lines


def keys(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """The keys that quarantined lines of a known period may have, each once."""
    known = may_be(lines[lines["period_start"].notna()], fmt)
    return known[list(KEY)].drop_duplicates(ignore_index=True)


# ---- what follows from the submission that the lines are of ------------------------------------------


def placed(opened: pd.DataFrame) -> pd.DataFrame:
    """The openings in the columns of schemas.tables OPENINGS, alike ones as one.

    Of rows that share their place the most is the sum of all; there is none where one has none.
    """
    numbers = ("value_high", "rows_waiting")
    places = [name for name in OPENINGS.column_names if name not in numbers]
    groups = opened.assign(high=opened["value_high"].fillna(np.inf)).groupby(places, dropna=False)
    summed = groups.agg(high=("high", "sum"), rows_waiting=("rows_waiting", "sum")).reset_index()
    unread = {name: summed[name].astype(object).where(summed[name].notna(), None) for name in _PERIOD}
    summed = summed.assign(value_high=summed["high"].replace(np.inf, np.nan), **unread)
    return summed[OPENINGS.column_names]
