"""What a trend says, in a language (Statistics §7.9). The judging is warehouse/statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from schemas.codelists import codelist
from schemas.words import languages, number, say, words

REASONS = {
    code: {lang: reason.name(lang) for lang in languages()}
    for code, reason in codelist("trend_reason").items()
}
"""Reason code → its words in every language."""


def sentence(
    row: Mapping[str, Any],
    lang: str,
    *,
    subject: str,
    caveat: str,
    unit_kind: str = "count",
    plural: bool = True,
) -> str:
    """A row of `trends` in words: `trend.…` in the language's file.

    `subject` and `caveat` are the indicator's: "Las víctimas detectadas" and "mide lo que las
    autoridades detectaron, no cuánta trata existe". `plural` says how the verb agrees.
    """
    key = f"trend.{row['verdict']}"
    return say(
        key if plural or f"{key}_one" not in words(lang) else f"{key}_one",
        lang,
        subject=subject,
        caveat=caveat,
        reason=REASONS[row["why_not"]][lang] if row["why_not"] in REASONS else "",
        since=str(row["baseline_period"]).removeprefix("own:").replace("-", "–"),
        until=row["last_period"],
        before=_amount(row["baseline_low"], row["baseline_high"], lang, unit_kind),
        after=_amount(row["last_low"], row["last_high"], lang, unit_kind),
        per_year=say("trend.per_year", lang) if unit_kind == "count" else "",
    )


def _amount(low: float, high: float, lang: str, unit_kind: str) -> str:
    """`7`, `3–7`, `3 o más`; shares in per cent."""
    scale = 100 if unit_kind == "share" else 1
    least, most = (number(round(bound * scale, 1), lang) for bound in (low, high))
    amount = "–".join(dict.fromkeys([least, most]))
    if pd.isna(high):
        amount = say("trend.or_more", lang, amount=least)
    return say("trend.percent", lang, amount=amount) if unit_kind == "share" else amount
