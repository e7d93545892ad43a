"""Values of the labelled layer in words ("entre 12 y 16", "sin dato"). core.headlines chooses them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, cast

import pandas as pd

from schemas.code_names import name_in_list
from schemas.words import CONTRACT_LANGUAGES, number, say
from warehouse.build.statistics.rows import bound, frame_rows
from warehouse.statements.series_sentences import series_caveat

if TYPE_CHECKING:
    from typing_extensions import ReadOnly

    from schemas.tables.rows import HeadlinesRow, SeriesKindsRow

    class LabelledRow(HeadlinesRow):
        """A row of `core.headlines` with the kind of its value."""

        how: ReadOnly[str]


SHARE = "share"
"""The unit of values written in percent."""


def add_value_texts(headlines: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `core.headlines` with value, flags, class, form and series in words, es and en."""
    columns = [
        "collection",
        "value_low",
        "said_low",
        "said_high",
        "unit",
        "flag",
        "origin_class",
        "exploitation",
        "counted_unit",
        "flow",
        "evidence",
        "measure",
        "is_other_kind",
    ]
    rows = frame_rows(headlines[columns])
    for row in rows:
        row["how"] = (
            "not_reported"
            if pd.isna(row["collection"])
            else how(row["said_low"], row["said_high"], row["unit"], pd.isna(row["value_low"]))
        )
    words = {
        f"{name}_{lang}": pd.Series([text_of(row, lang) for row in rows], index=headlines.index, dtype=object)
        for name, text_of in _TEXTS.items()
        for lang in CONTRACT_LANGUAGES
    }
    kinds = pd.Series([row["how"] for row in rows], index=headlines.index, dtype=object)
    return headlines.assign(how=kinds, **words)


def add_bound_texts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `core.protected_bounds` with their bounds in the contract's languages."""
    high = counts["value_high"].fillna(float("inf"))
    words = {
        f"value_{lang}": [
            kind_and_text(*pair, "persons", False, lang)[1]
            for pair in zip(counts["value_low"], high, strict=True)
        ]
        for lang in CONTRACT_LANGUAGES
    }
    return counts.assign(**words)


def value(kind: str, low: float | None, high: float | None, unit: str, lang: str) -> str:
    """Return a value as a table shows it, from the keys `headline.…` of the language's file."""
    is_open, is_exact = high == float("inf"), low == high
    facts = {
        "low": _amount(low, unit, lang, ROUND_HALF_EVEN if is_exact else ROUND_FLOOR),
        "high": "" if is_open else _amount(high, unit, lang, ROUND_CEILING),
    }
    key = "exact" if is_exact else "at_least" if is_open else "between"
    bounds = say(f"headline.{key}", lang, **facts)
    if kind == "in_doubt":
        return say("headline.in_doubt", lang, value=bounds)
    return say(f"headline.{kind}", lang, **facts)


def how(low: float | None, high: float | None, unit: str, is_doubted: bool) -> str:
    """Return a value's kind (codelist headline_how). An unknown upper bound is infinite."""
    if low is None or high is None or pd.isna(low):
        return "withheld"
    if is_doubted:
        return "in_doubt"
    if low == high:
        return "exact"
    if _excludes_nothing(low, high, unit):
        return "says_nothing"
    return "at_least" if high == float("inf") else "between"


def _excludes_nothing(low: float, high: float, unit: str) -> bool:
    """Return whether the bounds exclude no number."""
    return low == 0 and (high == float("inf") or (unit == SHARE and high >= 1))


def kind_and_text(
    low: float | None, high: float | None, unit: str, is_doubted: bool, lang: str
) -> tuple[str, str]:
    """Return a value's kind, and the value as a table shows it."""
    kind = how(low, high, unit, is_doubted)
    return kind, value(kind, low, high, unit, lang)


def flags(flag: object, lang: str) -> str | None:
    """Return the names of a value's flags, or None."""
    if not isinstance(flag, str):
        return None
    return "; ".join(name_in_list("obs_flag", code, lang) for code in flag.split("+"))


_TEXTS: Mapping[str, Callable[[LabelledRow, str], str | None]] = {
    "value": lambda row, lang: value(
        row["how"], bound(row["said_low"]), bound(row["said_high"]), row["unit"], lang
    ),
    "flags": lambda row, lang: flags(row["flag"], lang),
    "origin": lambda row, lang: name_in_list("origin_class", row["origin_class"], lang),
    "exploitation": lambda row, lang: name_in_list("exploitation", row["exploitation"], lang),
    "series": lambda row, lang: (
        series_caveat(cast("SeriesKindsRow", row), lang) if isinstance(row["evidence"], str) else None
    ),
}


def bounds_text(low: float, high: float, unit: str, lang: str) -> str:
    """Return bounds in few letters, rounded outwards: `0–4`, `≥ 12`, `30.2–41.9%`."""
    if low == high:
        return _amount(low, unit, lang, ROUND_HALF_EVEN)
    if high == float("inf"):
        return f"≥ {_amount(low, unit, lang, ROUND_FLOOR)}"
    lower, upper = _rounded_text(low, unit, lang, ROUND_FLOOR), _rounded_text(high, unit, lang, ROUND_CEILING)
    text = lower if lower == upper else f"{lower}–{upper}"
    return say("headline.percent", lang, number=text) if unit == SHARE else text


def count_text(low: float, high: float, lang: str) -> str:
    """Return a count or rate in the language's format: `1,234`, `0–4`, `1.53`, or `≥ 169` without bound."""
    lower, upper = ("" if pd.isna(n) else number(round(n, 2), lang) for n in (low, high))
    if low == high:
        return lower
    return f"≥\u00a0{lower}" if pd.isna(high) else f"{lower}–{upper}"


def persons_text(low: float | None, high: float | None, lang: str) -> str:
    """Return a number of persons, from bound to bound."""
    lower, upper = (float("nan") if n is None or math.isinf(n) else n for n in (low, high))
    return count_text(lower, upper, lang)


def percents(low: float, high: float, lang: str) -> tuple[str, str]:
    """Return the bounds of a share in percent, rounded outwards."""
    if low == high:
        return (percent := _rounded_text(low, SHARE, lang, ROUND_HALF_EVEN)), percent
    return _rounded_text(low, SHARE, lang, ROUND_FLOOR), _rounded_text(high, SHARE, lang, ROUND_CEILING)


def _amount(amount: float | None, unit: str, lang: str, rounding: str) -> str:
    """Return a number with at most two decimals, a bound rounded outwards. A share is in percent."""
    if amount is None or pd.isna(amount):
        return ""
    text = _rounded_text(amount, unit, lang, rounding)
    return say("headline.percent", lang, number=text) if unit == SHARE else text


def _rounded_text(amount: float, unit: str, lang: str, rounding: str) -> str:
    exact = Decimal(repr(amount)) * (100 if unit == SHARE else 1)
    decimals = Decimal("0.1") if unit == SHARE else Decimal("0.01")
    return number(float(exact.quantize(decimals, rounding)), lang)
