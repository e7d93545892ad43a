"""Sentences about changes without a test in a language (Statistics §7.11), and the conclusions they allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from math import inf
from typing import TYPE_CHECKING, Any

import pandas as pd

from schemas.cards.series import CONFIRMED_EVIDENCE, UNDOCUMENTED_EVIDENCE
from schemas.code_names import code_name, name_in_list
from schemas.codelists import NOT_APPLICABLE, UNKNOWN, codelist
from schemas.flags import has_flag
from schemas.tables import CHANGES, TRENDS
from schemas.words import CONTRACT_LANGUAGES, column_text, number, say
from warehouse.build.statistics.changes import OTHER_KIND, TWELVE_MONTHS, YEAR
from warehouse.build.statistics.rows import bound, frame_rows
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.statements.sentences import subject
from warehouse.statements.series_sentences import Kind, kinds_of_frame, series_caveat

if TYPE_CHECKING:
    from typing_extensions import ReadOnly

    from schemas.tables.rows import ChangesRow

    class ComparedRow(ChangesRow):
        """A change with the kinds of its series and the years of the test of its trend."""

        kinds: ReadOnly[list[Kind]]
        tested_from: ReadOnly[float | None]
        tested_to: ReadOnly[float | None]
        last_years: ReadOnly[str | None]
        baseline_period: ReadOnly[str | None]


FEWEST = 20
"""Persons or events of a window below which no ratio is printed, as for rates (Statistics §3)."""
_VERDICTS = {
    "rising": "tested_rise",
    "falling": "tested_fall",
    "higher": "tested_higher",
    "lower": "tested_lower",
}
_YEARS = re.compile(r"(?<=\d{4})-(?=\d{4})")
_SERIES = [name for name in (*CHANGES.key, "break_id") if name in TRENDS.column_names]


def add_change_sentences(
    changes: pd.DataFrame, catalogue: pd.DataFrame, kinds: pd.DataFrame, trends: pd.DataFrame
) -> pd.DataFrame:
    """Return rows of `analysis.changes` with passport, verdict of the test, conclusion and sentences.

    `catalogue` has the names of indicators, `kinds` is core.series_kinds, `trends` analysis.trends.
    """
    names = {row["indicator"]: row for row in frame_rows(catalogue)}
    series = kinds_of_frame(kinds)
    rows = frame_rows(changes.merge(_verdicts(trends), how="left", on=_SERIES))
    for row in rows:
        row["kinds"] = [
            kind for country in _countries(row) for kind in _kinds_of_country(series, row, country)
        ]
        row |= _passport(row)
        row["conclusion"] = conclude(row)
        row["may_say"] = may_say(row)
        for lang in CONTRACT_LANGUAGES:
            row[f"sentence_{lang}"] = change_sentence(row, lang, subject=_subject(row, names, lang))
            row[f"answer_{lang}"] = answer(row, lang)
    return pd.DataFrame(rows)


def _subject(row: ComparedRow, names: Mapping[str, Mapping[str, str]], lang: str) -> str:
    """Return the subject of a series, with the name of the indicator, or of the measure of months."""
    entry, measure = names.get(row["indicator"]), row["measure"]
    name = column_text(entry, "name", lang) if entry else name_in_list("measure", measure, lang)
    return subject({**row, "panel": NOT_APPLICABLE}, lang, name)


def _verdicts(trends: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on annual series of single years."""
    annual = trends[(trends["frequency"] == "A") & (trends["pooled_years"] == 1)]
    columns = ["direction", "level", "tested_from", "tested_to", "last_years", "baseline_period"]
    return annual[[*_SERIES, *columns]]


# ---- passport --------------------------------------------------------------------------------------


def _countries(row: ComparedRow) -> list[str]:
    """Return the countries whose series a row compares."""
    return str(row["members"]).split() if is_sum(row) else [row["reporting_country"]]


def is_sum(row: ComparedRow) -> bool:
    """Return whether a row is a sum of countries."""
    return isinstance(row["members"], str)


def _kinds_of_country(
    series: Mapping[tuple[str, str, str], list[Kind]], row: ComparedRow, country: str
) -> list[Kind]:
    """Return the kinds of a country's series from its first to its last compared period."""
    kinds = [
        kind
        for collection in row["collection"].split()
        for kind in series.get((collection, country, row["measure"]), [])
    ]
    first, last = row["from_period"], row["to_period"]
    if pd.isna(first) or pd.isna(last):
        return kinds[-1:]
    return [
        kind
        for kind in kinds
        if kind["valid_from"] <= last and (pd.isna(kind["valid_to"]) or kind["valid_to"] >= first)
    ]


def _passport(row: ComparedRow) -> dict[str, Any]:
    """Return unit and flow of the last kind of a country's series, and the weakest evidence."""
    kinds = row["kinds"]
    if is_sum(row) or not kinds:
        return {"counted_unit": None, "flow": None, "evidence": None}
    weakest = max((kind["evidence"] for kind in kinds), key=list(codelist("series_evidence")).index)
    return {"counted_unit": kinds[-1]["counted_unit"], "flow": kinds[-1]["flow"], "evidence": weakest}


# ---- conclusions -----------------------------------------------------------------------------------

_LIMITED = ("tested_rise", "tested_higher")
"""Conclusions with an answer of their own for a series that is not confirmed to be of the measure's kind."""


def conclude(row: ComparedRow) -> str:
    """Return the verdict of the test, else the conclusion from the bounds: a code of `change_conclusion`."""
    for verdict in (row["direction"], row["level"]):
        if row["comparison"] != TWELVE_MONTHS and verdict in _VERDICTS:
            return _VERDICTS[verdict]
    if isinstance(row["why_not"], str):
        return "not_compared"
    if is_few(row):
        return "few"
    return _conclude_from_bounds(bound(row["ratio_low"]), _ceiling(row["ratio_high"]))


def _conclude_from_bounds(low: float, high: float) -> str:
    if pd.isna(low) or low >= 1 + DEFAULTS.size:  # without a ratio there was surely none before
        return "more"
    if high <= 1 - DEFAULTS.size:
        return "fewer"
    if low > 1 - DEFAULTS.size and high < 1 + DEFAULTS.size:
        return "alike"
    if low > 1:
        return "more"
    return "fewer" if high < 1 else "open"


def is_few(row: ComparedRow) -> bool:
    """Return whether a window may have fewer persons or events than a ratio needs."""
    largest = max(_ceiling(row["earlier_high"]), _ceiling(row["later_high"]))
    smallest = min(bound(row["earlier_low"]), bound(row["later_low"]))
    return bool(largest < FEWEST or (smallest < FEWEST and largest - smallest < FEWEST))


def may_say(row: ComparedRow) -> str:
    """Return yes, no or only. A yes needs a confirmed series of the measure's own kind."""
    by_list = str(codelist("change_conclusion")[row["conclusion"]].attributes["may_say"])
    is_own_kind = row["evidence"] == CONFIRMED_EVIDENCE and not has_flag(row["flag"], OTHER_KIND)
    return "only" if by_list == "yes" and not is_own_kind else by_list


def answer(row: ComparedRow, lang: str) -> str:
    """Return whether the series may be said to be rising, from the keys `change.answer.…`."""
    facts = {
        "reason": reason(row["why_not"], lang),
        "earlier": window_text(row["earlier_window"], lang),
        "later": window_text(row["later_window"], lang),
        "first": _whole(row["tested_from"]),
        "last": _whole(row["tested_to"]),
        "last_years": window_text(row["last_years"], lang),
        "baseline": window_text(row["baseline_period"], lang),
    }
    is_limited = row["conclusion"] in _LIMITED and may_say(row) == "only"
    key = f"{row['conclusion']}_of_series" if is_limited else row["conclusion"]
    sentences = [say(f"change.answer.{key}", lang, **facts)]
    if row["conclusion"] in ("more", "fewer") and isinstance(row["jump_years"], str):
        sentences.append(say("change.name_jump", lang, periods=row["jump_years"]))
    if row["counted_unit"] == UNKNOWN:
        sentences.append(say("change.say_registered", lang))
    elif has_flag(row["flag"], OTHER_KIND):
        unit = name_in_list("counted_unit", str(row["counted_unit"]), lang).lower()
        sentences.append(say("change.say_unit", lang, unit=unit))
    return " ".join(sentences)


def reason(code: object, lang: str) -> str:
    """Return why nothing is compared. Empty if something is."""
    return name_in_list("change_reason", code, lang) if isinstance(code, str) else ""


def _whole(year: float | None) -> str:
    return "" if pd.isna(year) else f"{year:.0f}"


# ---- sentences -------------------------------------------------------------------------------------


def change_sentence(row: ComparedRow, lang: str, *, subject: str) -> str:
    """Return the change in words: windows, bounds, what is hidden and left out, what the series counts."""
    parts = [f"{subject}.", *comparison(row, lang), _counted_sentence(row, lang)]
    return " ".join(filter(None, parts))


def comparison(row: ComparedRow, lang: str) -> list[str]:
    """Return the sentences on the numbers, from the keys `change.…` of the language's file."""
    if isinstance(row["why_not"], str):
        return [say("change.not_compared", lang, reason=reason(row["why_not"], lang))]
    facts = {
        "earlier": window_text(row["earlier_window"], lang),
        "later": window_text(row["later_window"], lang),
        "before": count_text(bound(row["earlier_low"]), bound(row["earlier_high"]), lang),
        "after": count_text(bound(row["later_low"]), bound(row["later_high"]), lang),
    }
    is_yearly = row["comparison"] not in (YEAR, TWELVE_MONTHS)
    numbers = say("change.per_year" if is_yearly else "change.numbers", lang, **facts)
    key, ratio = size_key(bound(row["ratio_low"]), _ceiling(row["ratio_high"]))
    size = say(f"change.{key}", lang, **facts, **{name: number(x, lang) for name, x in ratio.items()})
    first_sentence = [] if is_few(row) else [say("change.registered", lang, size=size, **facts)]
    return [*first_sentence, numbers, *_remarks(row, lang)]


def _remarks(row: ComparedRow, lang: str) -> list[str]:
    """Return whose sum it is, and what is hidden, left out and in doubt."""
    texts = {"hidden": row["hidden_in"], "left_out": row["left_out"], "jump": row["jump_years"]}
    remarks = [
        say(f"change.{key}", lang, periods=_with_names(text, lang))
        for key, text in texts.items()
        if isinstance(text, str)
    ]
    if not is_sum(row):
        return remarks
    members = _countries(row)
    of_sum = [say("change.members", lang, n=len(members), members=_names(members, lang))]
    if isinstance(row["other_kind_left_out"], str):
        other_members = _names(row["other_kind_left_out"].split(), lang)
        of_sum.append(say("series.left_out", lang, members=other_members))
    return [*of_sum, *remarks]


def _names(countries: Iterable[str], lang: str) -> str:
    return ", ".join(code_name("grouping", "country", code, lang) for code in countries)


def _with_names(periods: str, lang: str) -> str:
    """Return periods as people write them, after the names of their countries if they have any."""
    parts = []
    for part in periods.split("; "):
        first, _, rest = part.partition(" ")
        is_country = first.isalpha()
        spans = ", ".join(window_text(span, lang) for span in (rest if is_country else part).split(", "))
        parts.append(f"{_names([first], lang)} {spans}" if is_country else spans)
    return "; ".join(parts)


def size_key(low: float, high: float) -> tuple[str, dict[str, float]]:
    """Return the wording of a ratio and its numbers: times from 1 on, per cent below, rounded outwards.

    Bounds more than ten times apart are not both printed.
    """
    if pd.isna(low):
        return "from_none", {}
    if low == high:
        return _exact_size(low)
    is_wide = high > DEFAULTS.max_printed_width * low
    if high < 1:
        percents = {"high": rounded(100 * high, "0.1", ROUND_CEILING)}
        if is_wide:
            return "percent_most", percents
        return "percent_between", percents | {"low": rounded(100 * low, "0.1", ROUND_FLOOR)}
    times = {"low": rounded(low, "0.01", ROUND_FLOOR)}
    if is_wide:
        return ("times_least", times) if low > 1 else ("both_open", {})
    return "times_between", times | {"high": rounded(high, "0.01", ROUND_CEILING)}


def _exact_size(ratio: float) -> tuple[str, dict[str, float]]:
    if ratio == 1:
        return "same", {}
    times = rounded(ratio, "0.01")
    if times == 1:
        return "nearly_same", {}
    if ratio > 1:
        return "times_exact", {"low": times}
    return "percent_exact", {"low": rounded(100 * ratio, "0.1")}


def count_text(low: float, high: float, lang: str) -> str:
    """Return an average in words; bounds are rounded outwards to whole numbers."""
    if low == high:
        return number(rounded(low, "1" if low >= FEWEST or low % 1 == 0 else "0.1"), lang)
    facts = {"low": number(rounded(low, "1", ROUND_FLOOR), lang)}
    if pd.isna(high):
        return say("headline.at_least", lang, **facts)
    return say("headline.between", lang, **facts, high=number(rounded(high, "1", ROUND_CEILING), lang))


def window_text(window: object, lang: str) -> str:
    """Return a window as people write it: 2016–2018, 2020, 2022, 2024-07 to 2025-06. Empty for none."""
    if not isinstance(window, str):
        return ""
    first, _, last = window.removeprefix("own:").partition("/")
    return say("change.months", lang, first=first, last=last) if last else _YEARS.sub("–", first)


def _counted_sentence(row: ComparedRow, lang: str) -> str:
    """Return what the series counts, and whether that is undocumented for a part of the compared periods."""
    kinds = row["kinds"]
    is_documented = [kind["evidence"] != UNDOCUMENTED_EVIDENCE for kind in kinds]
    if is_sum(row):
        return "" if all(is_documented) else say("change.members_undocumented", lang)
    if not kinds:
        return ""
    sentence = series_caveat(kinds[-1], lang)
    is_partly = is_documented[-1] and not all(is_documented)
    return f"{sentence} {say('change.partly_undocumented', lang)}" if is_partly else sentence


def _ceiling(high: float | None) -> float:
    return inf if pd.isna(high) else high


def rounded(amount: float, step: str, rounding: str = ROUND_HALF_EVEN) -> float:
    """Return a number at a decimal step; an error of the last digits does not move a bound."""
    exact = Decimal(repr(float(amount)))
    nearest = exact.quantize(Decimal(step), ROUND_HALF_EVEN)
    if abs(nearest - exact) < Decimal("1e-9"):
        return float(nearest)
    return float(exact.quantize(Decimal(step), rounding))
