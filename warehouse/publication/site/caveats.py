"""What speaks against a figure and its verdict: the same set in the paragraph of a trend and in the boxes."""

from __future__ import annotations

from schemas.code_names import coded
from schemas.flags import has_flag
from schemas.words import number, say
from warehouse.publication import sentences
from warehouse.publication.headlines import SHARE
from warehouse.publication.site.facts import Facts, Row

STALE = "stale"
SAID_TWICE = ("dominated",)
"""A flag of a regional figure that its verdict says in a sentence of its own."""


def warnings(facts: Facts, row: Row, lang: str) -> str:
    """Every warning that holds for a figure and for the series it is of; that there is none, if so."""
    return " ".join(each(facts, row, lang)) or say("site.no_flags", lang)


def each(facts: Facts, row: Row, lang: str, *, with_age: bool = True) -> list[str]:
    """The warnings, one by one; that the figure is old is the last."""
    trend = facts.trend(row)
    own = (row["flag"] or "").split("+") if row["flag"] else []
    doubts = sentences.doubts(trend, lang) if trend else []
    told = [f"{coded('obs_flag', code, lang)}." for code in own if not (doubts and code in SAID_TWICE)]
    told += doubts
    if with_age and trend and has_flag(trend["flag"], STALE):
        told.append(_age(row, trend, lang))
    return list(dict.fromkeys(told))


def _age(row: Row, trend: Row, lang: str) -> str:
    """How old a figure is: the series may go on with years that tell nothing."""
    years = trend["age_years"] + trend["last_period"] - row["year"]
    return say("site.figure_age", lang, year=row["period"], age=number(years, lang))


def of_verdict(facts: Facts, row: Row, lang: str) -> str:
    """What the paragraph says beside the direction: the last years beside the baseline, and the doubts."""
    trend = facts.trend(row)
    if trend is None:
        return ""
    unit = "share" if facts.catalogue[row["indicator"]]["unit"] == SHARE else "count"
    return " ".join(filter(None, [sentences.level(trend, lang, unit), *sentences.doubts(trend, lang)]))
