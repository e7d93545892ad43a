"""What tables say of a series, as a sentence in es or en. Computes nothing: the templates are code lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from schemas.codelists import codelist

REASONS = {code: {"es": reason.es, "en": reason.en} for code, reason in codelist("trend_reason").items()}
"""Reason code → its words in es and en."""

_PER_YEAR = {"es": " al año", "en": " a year"}
_OR_MORE = {"es": "{} o más", "en": "{} or more"}


def sentence(
    row: Mapping[str, Any],
    lang: str,
    *,
    subject: str,
    caveat: str,
    unit_kind: str = "count",
    plural: bool = True,
) -> str:
    """A row of analysis.trends in words, es or en (Statistics §7.9), by the code list `verdict`.

    `subject` and `caveat` are the indicator's: "Las víctimas detectadas" and "mide lo que las
    autoridades detectaron, no cuánta trata existe". `plural` says how the verb agrees.
    """
    wording = codelist("verdict")[row["verdict"]].attributes
    template = wording[f"sentence_{lang}"]
    if not plural:
        template = wording.get(f"singular_{lang}") or template
    reason = REASONS[row["why_not"]][lang] if row["why_not"] in REASONS else ""
    return template.format(
        subject=subject,
        caveat=caveat,
        reason=reason,
        since=str(row["baseline_period"]).removeprefix("own:").replace("-", "–"),
        until=row["last_period"],
        before=_amount(row["baseline_low"], row["baseline_high"], lang, unit_kind),
        after=_amount(row["last_low"], row["last_high"], lang, unit_kind),
        per_year=_PER_YEAR[lang] if unit_kind == "count" else "",
    )


def _amount(low: float, high: float, lang: str, unit_kind: str) -> str:
    """`7`, `3–7`, `3 o más`; shares in per cent."""
    scale, sign = (100, " %") if unit_kind == "share" else (1, "")
    bounds = [f"{bound * scale:,.1f}".removesuffix(".0") for bound in (low, high)]
    if pd.isna(high):
        return _OR_MORE[lang].format(bounds[0]) + sign
    return "–".join(dict.fromkeys(bounds)) + sign
