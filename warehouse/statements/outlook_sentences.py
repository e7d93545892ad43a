"""Sentences about how much figures of an age still change (Statistics §7.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schemas.words import number, say
from warehouse.build.statistics.rows import bound
from warehouse.statements import headlines

if TYPE_CHECKING:
    from schemas.tables.rows import RevisionOutlookRow


def outlook_sentences(row: RevisionOutlookRow, lang: str, *, title: str) -> str:
    """Return a row of `analysis.revision_outlook` with counts in words. `title` names the collection.

    The band is of the values that changed. Changes of a single submission are a description, no forecast.
    """
    first = say(
        "outlook.changed",
        lang,
        title=title,
        age=_age_text(row, lang),
        n=number(bound(row["values_changed"]), lang),
        all=number(bound(row["values_compared"]), lang),
    )
    return " ".join(filter(None, [first, *_remarks(row, lang)]))


def _age_text(row: RevisionOutlookRow, lang: str) -> str:
    key = "outlook.from_age" if pd.isna(row["age_to"]) else "outlook.ages"
    last = "" if pd.isna(row["age_to"]) else int(row["age_to"])
    return say(key, lang, first=int(row["age_from"]), last=last)


def _remarks(row: RevisionOutlookRow, lang: str) -> list[str]:
    """Return how many of the changed values are gone, the band of the others, and how many submissions."""
    remarks = []
    if row["values_gone"]:
        remarks.append(say("outlook.gone", lang, n=number(row["values_gone"], lang)))
    if not pd.isna(row["ratio_low"]):
        low, high = headlines.percents(bound(row["ratio_low"]), bound(row["ratio_high"]), lang)
        remarks.append(say("outlook.band", lang, low=low, high=high))
    if row["submissions_changed"]:
        key = "outlook.one_submission" if row["submissions_changed"] == 1 else "outlook.submissions"
        counts = {"n": int(row["submissions_changed"]), "all": int(bound(row["submissions_compared"]))}
        remarks.append(say(key, lang, **counts))
    return remarks
