"""Sentences about trends in a language (Statistics §7.8): tested years, verdicts, doubts, age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from schemas.code_names import code_name, name_in_list
from schemas.codelists import codelist
from schemas.flags import has_flag
from schemas.tables import DIMENSIONS
from schemas.words import CONTRACT_LANGUAGES, languages, number, say
from warehouse.build.statistics.families import OF_COUNT, OF_TOTAL
from warehouse.build.statistics.level import is_too_wide
from warehouse.build.statistics.rows import bound, frame_rows
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.statements.series_sentences import Kind, kind_in_year, kinds_of_frame, series_caveat

if TYPE_CHECKING:
    from schemas.tables.rows import TrendsRow

REASONS = {
    code: {lang: reason.name(lang) for lang in languages()}
    for code, reason in codelist("trend_reason").items()
}
"""Text of each reason code in every language."""


class Event(NamedTuple):
    """A law, measure or change of counting: first and last day, family if it has one, text by language."""

    first: pd.Timestamp
    last: pd.Timestamp
    family: str | None
    texts: Mapping[str, str]


def add_trend_sentences(
    trends: pd.DataFrame,
    catalogue: pd.DataFrame,
    events: pd.DataFrame | None = None,
    kinds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return rows of `trends` with their sentences.

    `catalogue` has names and caveats of indicators. `events` has dated laws and measures (core.events), which
    appear next to a suspected break. `kinds` (core.series_kinds) has what each series counts: its own caveat.
    """
    indicators = catalogue.set_index("indicator")
    families = indicators.get("family")
    events_by_country = {} if events is None else _events_by_country(events)
    series = {} if kinds is None else kinds_of_frame(kinds)
    rows = frame_rows(trends)
    sentences = {}
    for lang in CONTRACT_LANGUAGES:
        names, caveats = indicators[f"name_{lang}"], indicators[f"caveat_{lang}"]
        sentences[f"sentence_{lang}"] = [
            trend_sentence(
                row,
                lang,
                subject=subject(row, lang, names[row["indicator"]]),
                caveat=" ".join(filter(None, [_own_caveat(row, series, lang), caveats[row["indicator"]]])),
                unit_kind=row["unit_kind"],
                context=context(row, lang, events_by_country.get(row["reporting_country"], ()), families),
            )
            for row in rows
        ]
    return trends.assign(**sentences)


def _events_by_country(events: pd.DataFrame) -> dict[str, list[Event]]:
    by_country: dict[str, list[Event]] = {}
    for row in frame_rows(events):
        first, last = pd.Timestamp(row["happened_from"]), pd.Timestamp(row["happened_to"])
        family = row["family"] if isinstance(row["family"], str) else None
        texts = {lang: row[f"what_{lang}"] for lang in CONTRACT_LANGUAGES}
        by_country.setdefault(row["reporting_country"], []).append(Event(first, last, family, texts))
    return by_country


def _own_caveat(row: TrendsRow, series: Mapping[tuple[str, str, str], list[Kind]], lang: str) -> str:
    """Return what the series counts in its last year. Empty for a region or a series without a kind."""
    own = series.get((row["collection"], row["reporting_country"], row["measure"]), [])
    kind = None if pd.isna(row["last_period"]) else kind_in_year(own, row["last_period"])
    return series_caveat(kind, lang) if kind else ""


def subject(row: Mapping[str, object], lang: str, name: str) -> str:
    """Return the subject of a series: indicator, country, breakdown, and collection."""
    details = [
        code_name(dimension.name, dimension.values, str(row[dimension.name]), lang)
        for dimension in DIMENSIONS
        if dimension.slice and row.get(dimension.name, dimension.default) != dimension.default
    ]
    origin = str(row.get("origin_class", "_T"))
    if origin != "_T" and row.get("citizenship", "_T") == "_T":
        details.append(name_in_list("origin_class", origin, lang))
    if row.get("panel") == "fixed":
        details.append(say("trend.fixed", lang))
    if row.get("break_id", "_Z") != "_Z":
        details.append(say("trend.since", lang, day=row["break_id"]))
    country = code_name("grouping", "country", str(row["reporting_country"]), lang)
    return f"{', '.join([name, country, *details])} ({row.get('collection', '')})"


def trend_sentence(
    row: TrendsRow,
    lang: str,
    *,
    subject: str,
    caveat: str,
    unit_kind: str = "count",
    context: str = "",
) -> str:
    """Return a row of `trends` in words, from the keys `trend.…` of the language's file.

    `subject` and `caveat` belong to the indicator: "Víctimas de trata detectadas, Costa Rica (UNODC/glotip)"
    and "Mide lo que las autoridades detectaron, no cuánta trata existe."
    """
    parts = [
        f"{subject}.",
        _direction(row, lang, unit_kind),
        level(row, lang, unit_kind),
        *shared_verdict_sentences(row, lang),
        *doubts(row, lang),
        context,
    ]
    return " ".join(filter(None, [*parts, age(row, lang), caveat]))


def _direction(row: TrendsRow, lang: str, unit_kind: str) -> str:
    if not row["n_periods"]:
        return say("trend.no_years", lang)
    sentence = say(
        f"trend.{row['direction']}",
        lang,
        since=row["tested_from"],
        until=row["tested_to"],
        n=row["n_periods"],
        reason=reason(row["why_not"], lang),
    )
    return " ".join(filter(None, [sentence, direction_remark(row, lang, unit_kind)]))


def direction_remark(row: TrendsRow, lang: str, unit_kind: str) -> str:
    """Return what a direction needs beside it: the changes excluded if it is unclear, or its turn."""
    return (
        excluded_changes(row, lang, unit_kind)
        if row["direction"] == "no_clear_change"
        else turn_sentence(row, lang)
    )


def excluded_changes(row: TrendsRow, lang: str, unit_kind: str) -> str:
    """Return the yearly changes that the test excludes. Empty for a series that was not tested."""
    low, high = bound(row["yearly_low"]), bound(row["yearly_high"])
    if pd.isna(low):
        return ""
    if low > 0 or high < 0:
        sentence = say(
            "trend.one_sided", lang, low=_change(low, lang, unit_kind), high=_change(high, lang, unit_kind)
        )
        return f"{sentence} {_why_unclear(bound(row['q_value']), lang)}"
    has_fall, has_rise = low > -100, not pd.isna(high)
    key = {(True, True): "excluded", (True, False): "no_fall", (False, True): "no_rise"}
    return say(
        f"trend.{key.get((has_fall, has_rise), 'none_excluded')}",
        lang,
        fall=_change(-low, lang, unit_kind),
        rise=_change(high, lang, unit_kind),
    )


def _change(amount: float, lang: str, unit_kind: str) -> str:
    """Return a yearly change, rounded to a tenth: `8.1 %`, of a share `2.3 points`."""
    if pd.isna(amount):
        return ""
    key = "change_points" if unit_kind == "share" else "percent"
    return say(f"trend.{key}", lang, amount=number(round(amount, 1), lang))


def turn_sentence(row: TrendsRow, lang: str) -> str:
    """Name the peak of a rise that ends in a fall, or the lowest years of a fall that ends in a rise."""
    if not isinstance(row["turn_years"], str):
        return ""
    return say(
        "trend.peak" if row["direction"] == "rising" else "trend.trough",
        lang,
        years=row["turn_years"].replace("-", "–"),
        last=str(row["last_years"]).replace("-", "–"),
        share=_amount(bound(row["turn_low"]), bound(row["turn_high"]), lang),
    )


def shared_verdict_sentences(row: TrendsRow, lang: str) -> list[str]:
    """Return whose verdict a series shares, and what else can look like its verdict."""
    has_direction = row["direction"] in ("rising", "falling")
    is_claimed = has_direction or row["level"] in ("higher", "lower")
    sentences = []
    if row["verdict_of"] == OF_COUNT:
        sentences.append(say("trend.of_count", lang))
    elif row["verdict_of"] == OF_TOTAL and is_claimed:
        sentences.append(say("trend.of_total", lang))
    return [*sentences, say("trend.mimicked", lang)] if is_claimed else sentences


def level(row: TrendsRow, lang: str, unit_kind: str) -> str:
    """Compare the last years with the baseline, or give the reason why that is not possible.

    Empty if the same reason already excludes a verdict on the direction.
    """
    if row["level"] == "no_level":
        is_other_reason = pd.isna(row["why_not"]) or row["why_not"] != row["why_no_level"]
        reason_text = reason(row["why_no_level"], lang)
        return say("trend.no_level", lang, reason=reason_text) if is_other_reason and row["n_periods"] else ""
    low, high = bound(row["rate_ratio_low"]), bound(row["rate_ratio_high"])
    if pd.isna(low):  # the verdict is that of a count, over other years
        return ""
    is_own_baseline = str(row["baseline_period"]).startswith("own:")
    years = str(row["baseline_period"]).removeprefix("own:").replace("-", "–")
    is_share = unit_kind == "share"
    sentence = say(
        f"trend.{row['level']}",
        lang,
        last=str(row["last_years"]).replace("-", "–"),
        baseline=say("trend.own_baseline" if is_own_baseline else "trend.baseline", lang, years=years),
        size=say(
            "trend.points" if is_share else f"trend.{_times_key(row)}",
            lang,
            before=_amount(bound(row["baseline_low"]), bound(row["baseline_high"]), lang),
            after=_amount(bound(row["last_low"]), bound(row["last_high"]), lang),
            low=_ratio_text(low, lang),
            high=_ratio_text(high, lang),
        ),
    )
    return " ".join(filter(None, [sentence, _unclear_sentence(row, lang)]))


def _times_key(row: TrendsRow) -> str:
    """Return the wording of a ratio: limits too far apart are not printed."""
    low, high = bound(row["rate_ratio_low"]), bound(row["rate_ratio_high"])
    if not is_too_wide(low, high):
        return "times"
    if low > 1:
        return "times_above"
    return "times_below" if high < 1 else "times_unclear"


def _unclear_sentence(row: TrendsRow, lang: str) -> str:
    """Explain a verdict of no clear difference although both limits are on one side of 1.

    A reader would otherwise expect a difference.
    """
    is_one_sided = bound(row["rate_ratio_low"]) > 1 or bound(row["rate_ratio_high"]) < 1
    if row["level"] != "no_clear_difference" or not is_one_sided:
        return ""
    return _why_unclear(bound(row["level_q"]), lang)


def _why_unclear(q_value: float, lang: str) -> str:
    """Return why a series that passes the test has no verdict: the many series, or the size."""
    return say("trend.among_many" if q_value > DEFAULTS.max_q else "trend.slight", lang)


def doubts(row: TrendsRow, lang: str, *, with_largest: bool = True) -> list[str]:
    """Return the doubts about a verdict: a break, an outlier year, a dominating country."""
    flag = row["flag"]
    sentences = []
    if has_flag(flag, "suspected_break") and row["broken_on"] is not None:
        year = pd.Timestamp(row["broken_on"]).year
        sentences.append(say("trend.suspected_break", lang, year=year))
    if has_flag(flag, "unconfirmed_edge"):
        sentences.append(say("trend.unconfirmed_edge", lang))
    if has_flag(flag, "sources_disagree") and row["why_no_level"] != "sources_disagree":
        sentences.append(say("trend.sources_disagree", lang))
    if has_flag(flag, "spike"):
        sentences.append(say("trend.spike", lang, years=row["spike_years"]))
    if with_largest and has_flag(flag, "dominated"):
        sentences.append(say("trend.dominated", lang))
    return sentences


def context(row: TrendsRow, lang: str, events: Iterable[Event], families: pd.Series | None = None) -> str:
    """Return laws, measures and changes of counting near an undecided break. They decide nothing.

    `events` are those of the row's country.
    """
    broken_on = row["broken_on"]
    if broken_on is None or not has_flag(row["flag"], "suspected_break"):
        return ""
    day = pd.Timestamp(broken_on)
    since, until = day - pd.DateOffset(years=1), day + pd.DateOffset(years=1)
    family = None if families is None else families[row["indicator"]]
    words = [
        f"{event.first.year}, {event.texts[lang]}"
        for event in events
        if event.last >= since
        and event.first < until
        and (None in (family, event.family) or event.family == family)
    ]
    return say("trend.context", lang, what="; ".join(dict.fromkeys(words))) if words else ""


def age(row: TrendsRow, lang: str) -> str:
    """Return the period of the last figure, and its age if it is stale."""
    if pd.isna(row["last_period"]):
        return ""
    key = "trend.stale" if has_flag(row["flag"], "stale") else "trend.last"
    return say(key, lang, period=row["last_period"], age=number(bound(row["age_years"]), lang))


def reason(code: object, lang: str) -> str:
    """Return the reason for a missing verdict in words. Empty if there is a verdict."""
    return REASONS[code][lang] if isinstance(code, str) else ""


def _ratio_text(value: float, lang: str) -> str:
    """Return a ratio with two decimals, without decimals from ten on."""
    return number(round(value, 2 if value < 10 else 0), lang)


def _hundredths(share: float, lang: str) -> str:
    return number(round(100 * share, 1), lang)


def _amount(low: float, high: float, lang: str) -> str:
    """Return a share from bound to bound: `7 %`, `3–7 %`, `3 % o más`."""
    lower = _hundredths(low, lang)
    if pd.isna(high):
        return say("trend.or_more", lang, amount=say("trend.percent", lang, amount=lower))
    upper = _hundredths(high, lang)
    return say("trend.percent", lang, amount="–".join(dict.fromkeys([lower, upper])))
