"""What the title of a chart may say: who surely is the majority, and the verdict on the direction. No more.

A class is the majority where its least possible share is above a half in each of the last years told; a rise
or a fall is said where analysis.trends has that verdict, and over its years.
"""

from __future__ import annotations

import pandas as pd

from schemas import codelists, countries
from schemas.flags import has_flag
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import say
from warehouse.publication.origin_years import Years, rows

LAST = 3
"""So many of the last years are looked at, and no fewer."""
FEW_YEARS, UNKNOWN, NONE = "few_years", "unknown", "none"
"""What is said of the majority where no class is it."""
HALF = 0.5
HIDDEN = ("indeterminate", "not_detailed")
"""The classes of those whose origin nobody tells."""
CLASSES = {OWN_NATIONAL: "part", INTRA_REGIONAL: "part", EXTRA_REGIONAL: "parent"}


def origin_title(years: Years, lang: str) -> str:
    """The title of a chart by origin: who the majority is, if anyone; then the verdict, if there is one."""
    facts = {
        "measure": codelists.codelist("measure")[years.facts["measure"]].name(lang),
        "country": countries.lookup(years.facts["reporting_country"]).name(lang),
        "grouping": years.facts["grouping"],
    }
    kind, told = verdict(years)
    key = f"chart.{kind}" if kind == FEW_YEARS else f"chart.majority.{kind}"
    said = say(key, lang, years=listed(told), **facts)
    return " ".join(filter(None, [said, direction(years, lang)]))


def verdict(years: Years) -> tuple[str, list[int]]:
    """The class that is the majority, that nobody tells it, or that none is; and the years looked at."""
    told = _told(years)
    if len(told) < LAST:
        return FEW_YEARS, told
    majority = _majority(pd.concat([years.parts, years.shares]), told)
    return majority or (UNKNOWN if _is_hidden(years, told) else NONE), told


def majorities(years: Years, told: list[int]) -> dict[str, list[int]]:
    """Of each class that surely is the majority in some of these years, which."""
    profile, found = pd.concat([years.parts, years.shares]), dict[str, list[int]]()
    for year in told:
        if name := _majority(profile, [year]):
            found.setdefault(name, []).append(year)
    return found


def direction(years: Years, lang: str) -> str:
    """The verdict on the direction of the totals, over the tested years; nothing where it is none."""
    trend = years.trend
    if trend is None or trend["direction"] not in ("rising", "falling"):
        return ""
    return say(f"chart.{trend['direction']}", lang, since=trend["tested_from"], until=trend["tested_to"])


def _told(years: Years) -> list[int]:
    """The last years whose shares are told, whole and not in doubt."""
    doubted = {year for year, _ in years.doubts}
    own = years.parts[(years.parts["origin_class"] == OWN_NATIONAL) & years.parts["share_low"].notna()]
    whole = {int(row.year) for row in rows(own) if not has_flag(row.flag, "partial")}
    return sorted(whole - doubted)[-LAST:]


def _majority(profile: pd.DataFrame, told: list[int]) -> str | None:
    """The class that is more than half in each of the years, whatever the hidden part is."""
    for name, level in CLASSES.items():
        told_of = profile[
            (profile["origin_class"] == name)
            & (profile["class_level"] == level)
            & profile["year"].isin(told)
            & ~profile["is_doubted"]
        ].drop_duplicates("year")
        if len(told_of) == len(told) and (told_of["share_low"] > HALF).all():
            return name
    return None


def _is_hidden(years: Years, told: list[int]) -> bool:
    """Whether in each of the years the origin of more than half is not told."""
    parts = years.parts[years.parts["year"].isin(told)]
    hidden = parts[parts["origin_class"].isin(HIDDEN)]
    shares = hidden.groupby("year")["share_low"].sum()
    return len(shares) == len(told) and bool((shares > HALF).all())


def listed(years: list[int]) -> str:
    """`2020–2022` where they follow each other, else each of them."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return ", ".join(map(str, years))
