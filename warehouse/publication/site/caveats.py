"""What speaks against a figure and its verdict: the same set in the paragraph of a trend and in the boxes."""

from __future__ import annotations

from schemas.code_names import coded
from schemas.flags import has_flag
from schemas.words import say
from warehouse.publication import sentences
from warehouse.publication.headlines import SHARE
from warehouse.publication.site.facts import Facts, Row

STALE = "stale"
SAID_TWICE = ("dominated",)
"""A flag of a regional figure that its verdict says in a sentence of its own."""


def warnings(facts: Facts, row: Row, lang: str) -> str:
    """Every warning that holds for a figure and for the series it is of; that there is none, if so."""
    trend = facts.trend(row)
    own = (row["flag"] or "").split("+") if row["flag"] else []
    doubts = sentences.doubts(trend, lang) if trend else []
    told = [f"{coded('obs_flag', code, lang)}." for code in own if not (doubts and code in SAID_TWICE)]
    told += doubts
    if trend and has_flag(trend["flag"], STALE):
        told.append(sentences.age(trend, lang))
    return " ".join(dict.fromkeys(told)) or say("site.no_flags", lang)


def of_verdict(facts: Facts, row: Row, lang: str) -> str:
    """What the paragraph says beside the direction: the last years beside the baseline, and the doubts."""
    trend = facts.trend(row)
    if trend is None:
        return ""
    unit = "share" if facts.catalogue[row["indicator"]]["unit"] == SHARE else "count"
    return " ".join(filter(None, [sentences.level(trend, lang, unit), *sentences.doubts(trend, lang)]))
