"""What a trend says, in a language (Statistics §7.8): what was tested, which years, how old. No judging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from schemas.code_names import code_name, coded
from schemas.codelists import codelist
from schemas.flags import has_flag
from schemas.tables import DIMENSIONS
from schemas.words import CONTRACT, languages, number, say
from warehouse.build.statistics.settings import DEFAULTS

REASONS = {
    code: {lang: reason.name(lang) for lang in languages()}
    for code, reason in codelist("trend_reason").items()
}
"""Reason code → its words in every language."""


def with_sentences(
    trends: pd.DataFrame, catalogue: pd.DataFrame, events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Rows of `trends` with their sentences; `catalogue` names indicators and says their caveats.

    `events`: what of a country's laws and measures is dated (core.events): said beside a suspected break.
    """
    said_of = catalogue.set_index("indicator")
    families = said_of.get("family")
    of_country = {} if events is None else dict(list(events.groupby("reporting_country")))
    columns = list(trends.columns)
    rows = [dict(zip(columns, row, strict=True)) for row in trends.itertuples(index=False)]
    sentences = {}
    for lang in CONTRACT:
        names, caveats = said_of[f"name_{lang}"], said_of[f"caveat_{lang}"]
        sentences[f"sentence_{lang}"] = [
            sentence(
                row,
                lang,
                subject=subject(row, lang, names[row["indicator"]]),
                caveat=caveats[row["indicator"]],
                unit_kind=row["unit_kind"],
                context=context(row, lang, of_country.get(row["reporting_country"]), families),
            )
            for row in rows
        ]
    return trends.assign(**sentences)


def subject(row: Mapping[str, Any], lang: str, name: str) -> str:
    """Whose series it is: indicator, country, what it details, and who tells it."""
    details = [
        code_name(dimension.name, dimension.values, row[dimension.name], lang)
        for dimension in DIMENSIONS
        if dimension.slice and row.get(dimension.name, dimension.default) != dimension.default
    ]
    origin = row.get("origin_class", "_T")
    if origin != "_T" and row.get("citizenship", "_T") == "_T":
        details.append(coded("origin_class", origin, lang))
    if row.get("panel") == "fixed":
        details.append(say("trend.fixed", lang))
    if row.get("break_id", "_Z") != "_Z":
        details.append(say("trend.since", lang, day=row["break_id"]))
    place = code_name("grouping", "country", row["reporting_country"], lang)
    return f"{', '.join([name, place, *details])} ({row.get('collection', '')})"


def sentence(
    row: Mapping[str, Any],
    lang: str,
    *,
    subject: str,
    caveat: str,
    unit_kind: str = "count",
    context: str = "",
) -> str:
    """A row of `trends` in words: `trend.…` in the language's file, a sentence for each thing it says.

    `subject` and `caveat` are the indicator's: "Víctimas de trata detectadas, Costa Rica (UNODC/glotip)" and
    "Mide lo que las autoridades detectaron, no cuánta trata existe."
    """
    parts = [f"{subject}.", _direction(row, lang), level(row, lang, unit_kind), *doubts(row, lang), context]
    return " ".join(filter(None, [*parts, age(row, lang), caveat]))


def _direction(row: Mapping[str, Any], lang: str) -> str:
    if not row["n_periods"]:
        return say("trend.no_years", lang)
    facts = {
        "since": row["tested_from"],
        "until": row["tested_to"],
        "n": row["n_periods"],
        "reason": reason(row["why_not"], lang),
        "growth": _percent(DEFAULTS.power_growth, lang),
    }
    said = say(f"trend.{row['direction']}", lang, **facts)
    if row["direction"] == "no_clear_change" and not pd.isna(row["power"]):
        said += " " + say("trend.power", lang, power=f"{100 * row['power']:.0f}", **facts)
    return said


def level(row: Mapping[str, Any], lang: str, unit_kind: str) -> str:
    """What the last years are beside the baseline; nothing twice where one reason refuses both."""
    if row["level"] == "no_level":
        known = pd.isna(row["why_not"]) or row["why_not"] != row["why_no_level"]
        why = reason(row["why_no_level"], lang)
        return say("trend.no_level", lang, reason=why) if known and row["n_periods"] else ""
    own = str(row["baseline_period"]).startswith("own:")
    years = str(row["baseline_period"]).removeprefix("own:").replace("-", "–")
    share = unit_kind == "share"
    said = say(
        f"trend.{row['level']}",
        lang,
        last=str(row["last_years"]).replace("-", "–"),
        baseline=say("trend.own_baseline" if own else "trend.baseline", lang, years=years),
        size=say(
            "trend.points" if share else "trend.times",
            lang,
            before=_amount(row["baseline_low"], row["baseline_high"], lang),
            after=_amount(row["last_low"], row["last_high"], lang),
            low=_times(row["rate_ratio_low"], lang),
            high=_times(row["rate_ratio_high"], lang),
        ),
    )
    return " ".join(filter(None, [said, _why_not_clear(row, lang)]))


def _why_not_clear(row: Mapping[str, Any], lang: str) -> str:
    """Limits on one side of 1, and yet no clear difference: a reader would take one for the other."""
    apart = row["rate_ratio_low"] > 1 or row["rate_ratio_high"] < 1
    if row["level"] != "no_clear_difference" or not apart:
        return ""
    return say("trend.among_many" if row["level_q"] > DEFAULTS.max_q else "trend.slight", lang)


def doubts(row: Mapping[str, Any], lang: str, *, with_largest: bool = True) -> list[str]:
    """What speaks against a verdict: a break, a year out of line, a country that outweighs."""
    flag = row["flag"]
    found = []
    if has_flag(flag, "suspected_break"):
        year = pd.Timestamp(row["broken_on"]).year
        found.append(say("trend.suspected_break", lang, year=year))
    if has_flag(flag, "unconfirmed_edge"):
        found.append(say("trend.unconfirmed_edge", lang))
    if has_flag(flag, "spike"):
        found.append(say("trend.spike", lang, years=row["spike_years"]))
    if with_largest and has_flag(flag, "dominated"):
        found.append(say("trend.dominated", lang))
    return found


def context(
    row: Mapping[str, Any], lang: str, events: pd.DataFrame | None, families: pd.Series | None = None
) -> str:
    """Laws, measures, changes of counting near a break that nobody has decided: they decide nothing.

    `events`: those of the row's country.
    """
    if events is None or not has_flag(row["flag"], "suspected_break"):
        return ""
    day = pd.Timestamp(row["broken_on"])
    near = events[
        (pd.to_datetime(events["happened_to"]) >= day - pd.DateOffset(years=1))
        & (pd.to_datetime(events["happened_from"]) < day + pd.DateOffset(years=1))
    ]
    if families is not None:
        near = near[near["family"].isna() | (near["family"] == families[row["indicator"]])]
    words = [
        f"{pd.Timestamp(first).year}, {what}"
        for first, what in zip(near["happened_from"], near[f"what_{lang}"], strict=True)
    ]
    return say("trend.context", lang, what="; ".join(dict.fromkeys(words))) if words else ""


def age(row: Mapping[str, Any], lang: str) -> str:
    """Of when the last figure is, and how long ago that ended where it is old."""
    if pd.isna(row["last_period"]):
        return ""
    key = "trend.stale" if has_flag(row["flag"], "stale") else "trend.last"
    return say(key, lang, period=row["last_period"], age=number(row["age_years"], lang))


def reason(code: object, lang: str) -> str:
    """Why no verdict is given, in words; nothing where one is."""
    return REASONS[code][lang] if isinstance(code, str) else ""


def _times(value: float, lang: str) -> str:
    """A ratio to hundredths, whole from ten on."""
    return number(round(value, 2 if value < 10 else 0), lang)


def _percent(share: float, lang: str) -> str:
    return say("trend.percent", lang, amount=number(round(100 * share, 1), lang))


def _amount(low: float, high: float, lang: str) -> str:
    """A share: `7 %`, `3–7 %`, `3 % o más`."""
    least = number(round(100 * low, 1), lang)
    if pd.isna(high):
        return say("trend.or_more", lang, amount=say("trend.percent", lang, amount=least))
    most = number(round(100 * high, 1), lang)
    return say("trend.percent", lang, amount="–".join(dict.fromkeys([least, most])))
