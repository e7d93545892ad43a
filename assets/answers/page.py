"""The answer to a file as one page of HTML that needs no script and loads nothing: page.html.jinja."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assets.answers.answer import IN_FORCE, Answer, Measured, conclusion
from assets.answers.causes import Cause
from assets.intake.comparison import Bounds, Change
from schemas.code_names import code_name
from schemas.tables import DIMENSIONS
from schemas.words import contract_language, number, say
from warehouse.home.calendar import next_release, today

TEMPLATES = Path(__file__).parent
PLACES = 100
"""So many places of a cause are listed."""
SECTIONS = ("read", "wrong", "changed", "released")


def page(answer: Answer, langs: Sequence[str], *, kept_in: str = "") -> str:
    """The page, once in each of these languages; `kept_in` is where a rejected file lies."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.jinja")
    return template.render(parts=[part(answer, lang, kept_in) for lang in langs])


def part(answer: Answer, lang: str, kept_in: str = "") -> dict[str, Any]:
    """What the page says in one language."""
    return {
        "lang": lang,
        "language": say("language.name", lang),
        "title": say("answer.title", lang, file=answer.file) if answer.file else say("answer.no_name", lang),
        "conclusion": conclusion(answer, lang),
        "status": answer.status,
        "words": {name: say(f"answer.{name}", lang) for name in _WORDS},
        "facts": _facts(answer, lang, kept_in),
        "rows": [(say(f"fate.{fate}", lang), number(n, lang)) for fate, n in answer.rows.items() if n],
        "causes": [_cause(cause, lang) for cause in answer.causes],
        "compared": _compared(answer, lang),
        "changes": [_change(change, lang) for change in answer.changes],
        "released": say(f"answer.released_{answer.status}", lang),
        "brought": [_values(measured, lang) for measured in answer.values],
        "when": _when(answer, lang),
        "kept_back": _kept_back(answer, lang),
        "is_released": answer.is_open or answer.is_protected,
    }


_WORDS = (
    *SECTIONS,
    "rows",
    "nothing_wrong",
    "not_repeated",
    "series",
    "period",
    "before",
    "after",
    "difference",
    "measure",
    "values",
    "countries",
    "periods",
)


def _facts(answer: Answer, lang: str, kept_in: str) -> list[tuple[str, str]]:
    size, sha256 = answer.proof
    title = getattr(answer.titles, contract_language(lang))
    told = {
        "file": answer.file,
        "collection": f"{title} ({answer.collection})",
        "received": str(answer.received_on),
        "submission": answer.kept_as,
        "size": say("answer.bytes", lang, n=number(size, lang)),
        "sha256": sha256,
        _replaces(answer): answer.replaced,
        "kept_in": kept_in,
    }
    return [(say(f"answer.{name}", lang), text) for name, text in told.items() if text]


def _replaces(answer: Answer) -> str:
    return "replaces_periods" if answer.by_period else "replaces"


def _when(answer: Answer, lang: str) -> str:
    """When the next release is due, of a file that is kept and may be in it."""
    if not answer.kept_as or answer.status not in IN_FORCE:
        return ""
    return say("answer.released_on", lang, day=next_release(today()))


def _kept_back(answer: Answer, lang: str) -> str:
    """What is not shown of a collection that is not open: nothing of an internal one, else its values."""
    if answer.is_open:
        return ""
    return say("answer.protected" if answer.is_protected else "answer.internal", lang)


def _cause(cause: Cause, lang: str) -> dict[str, Any]:
    left = len(cause.places) - PLACES
    return {
        "severity": cause.severity,
        "said": say(f"answer.{cause.severity}", lang),
        "what": cause.what(lang),
        "mend": cause.mend(lang),
        "places": [place.said(lang) for place in cause.places[:PLACES]],
        "more": say("answer.more", lang, n=number(left, lang)) if left > 0 else "",
    }


def _compared(answer: Answer, lang: str) -> str:
    if answer.is_protected and not answer.kept_as:
        return say("cli.tried_protected", lang)
    if not answer.beside:
        first = "first_of_periods" if answer.by_period else "first"
        return say(f"answer.{first if answer.values else 'not_compared'}", lang)
    if answer.is_protected:
        return say("cli.compared_protected", lang, beside=answer.beside)
    counts = {name: number(n, lang) for name, n in answer.counts.items()}
    return say("cli.compared", lang, beside=answer.beside, **counts)


def _change(change: Change, lang: str) -> dict[str, str]:
    return {
        "series": series(change.codes, lang),
        "period": change.month if change.codes["frequency"] != "A" else _year(change.month),
        "before": _shown(change.before, lang),
        "after": _shown(change.after, lang) if change.after else say("answer.gone", lang),
        "difference": _difference(change, lang),
    }


def _year(month: str) -> str:
    """A year by its first month, which is named where it is not January."""
    return month.removesuffix("-01")


def series(codes: Mapping[str, str], lang: str) -> str:
    """What a value counts: measure, country, and what it details."""
    details = [
        code_name(d.name, d.values, codes[d.name], lang)
        for d in DIMENSIONS
        if codes[d.name] not in ("", d.default)
    ]
    measure = code_name("measure", "codes", codes["measure"], lang)
    return ", ".join([measure, code_name("grouping", "country", codes["reporting_country"], lang), *details])


def _shown(bounds: Bounds, lang: str) -> str:
    low, high = bounds
    if math.isinf(high):
        return say("trend.or_more", lang, amount=number(low, lang))
    return number(low, lang) if low == high else f"{number(low, lang)}–{number(high, lang)}"


def _difference(change: Change, lang: str) -> str:
    """By how much an exact value moved; of intervals nothing is subtracted."""
    if not change.after or change.before[0] != change.before[1] or change.after[0] != change.after[1]:
        return ""
    moved = change.after[0] - change.before[0]
    return ("+" if moved > 0 else "−") + number(abs(moved), lang)


def _values(measured: Measured, lang: str) -> dict[str, str]:
    first, last = measured.first.year, measured.last.year
    return {
        "measure": code_name("measure", "codes", measured.measure, lang),
        "values": number(measured.values, lang),
        "countries": number(measured.countries, lang),
        "periods": str(first) if first == last else f"{first}–{last}",
    }
