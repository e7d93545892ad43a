"""Answer to a file as an HTML page that needs no script and loads nothing: page.html.jinja."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assets.answers.answer import (
    IN_FORCE,
    Answer,
    MeasureSummary,
    conclusion_sentence,
)
from assets.answers.causes import Cause
from assets.answers.justifications import justification_sentence
from assets.intake.comparison import Bounds, Change
from schemas.code_names import code_name
from schemas.findings import rules
from schemas.tables import DIMENSIONS
from schemas.words import contract_language, number, say
from warehouse.home.calendar import next_release, today

TEMPLATES = Path(__file__).parent
MAX_LOCATIONS = 100
"""Most locations of a cause that the page lists."""
SECTIONS = ("read", "wrong", "changed", "released")


def render_page(answer: Answer, langs: Sequence[str], *, kept_in: str = "") -> str:
    """Render the page, once in each language; `kept_in` is the folder of a rejected file."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.jinja")
    return template.render(parts=[render_part(answer, lang, kept_in) for lang in langs])


def render_part(answer: Answer, lang: str, kept_in: str = "") -> dict[str, Any]:
    """Render the contents of the page in a language, for the template."""
    return {
        "lang": lang,
        "language": say("language.name", lang),
        "title": say("answer.title", lang, file=answer.file) if answer.file else say("answer.no_name", lang),
        "conclusion": conclusion_sentence(answer, lang),
        "status": answer.status,
        "words": {name: say(f"answer.{name}", lang) for name in _LABELS},
        "facts": _list_facts(answer, lang, kept_in),
        "rows": [(say(f"fate.{status}", lang), number(n, lang)) for status, n in answer.rows.items() if n],
        "answered": [
            justification_sentence(justification, lang)
            for justification in answer.justifications
            if justification.rule not in rules()
        ],
        "causes": [_render_cause(cause, answer, lang) for cause in answer.causes],
        "compared": _comparison_sentence(answer, lang),
        "changes": [_render_change(change, lang) for change in answer.changes],
        "released": say(f"answer.released_{answer.status}", lang),
        "brought": [_render_measure(summary, lang) for summary in answer.values],
        "when": _next_release_sentence(answer, lang),
        "kept_back": _confidentiality_sentence(answer, lang),
        "is_released": answer.is_open or answer.is_protected,
    }


_LABELS = (
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


def _list_facts(answer: Answer, lang: str, kept_in: str) -> list[tuple[str, str]]:
    """List label and text of each known fact of the file."""
    size, sha256 = answer.size_and_hash
    title = getattr(answer.titles, contract_language(lang))
    facts = {
        "file": answer.file,
        "collection": f"{title} ({answer.collection})",
        "received": str(answer.received_on),
        "submission": answer.submission_id,
        "size": say("answer.bytes", lang, n=number(size, lang)),
        "sha256": sha256,
        _replacement_label(answer): answer.replaced_id,
        "kept_in": kept_in,
    }
    return [(say(f"answer.{name}", lang), text) for name, text in facts.items() if text]


def _replacement_label(answer: Answer) -> str:
    return "replaces_periods" if answer.by_period else "replaces"


def _next_release_sentence(answer: Answer, lang: str) -> str:
    """Announce the next release for a file that is kept and may be part of it."""
    if not answer.submission_id or answer.status not in IN_FORCE:
        return ""
    return say("answer.released_on", lang, day=next_release(today()))


def _confidentiality_sentence(answer: Answer, lang: str) -> str:
    """Explain which values are not published of an internal or protected collection."""
    if answer.is_open:
        return ""
    return say("answer.protected" if answer.is_protected else "answer.internal", lang)


def _render_cause(cause: Cause, answer: Answer, lang: str) -> dict[str, Any]:
    remaining = len(cause.locations) - MAX_LOCATIONS
    return {
        "severity": cause.severity,
        "said": say(f"answer.{cause.severity}", lang),
        "what": cause.problem(lang),
        "mend": cause.correction(lang),
        "rule": cause.rule,
        "may_be_justified": rules()[cause.rule].may_be_justified,
        "justifications": [
            justification_sentence(justification, lang)
            for justification in answer.justifications
            if justification.rule == cause.rule
        ],
        "places": [location.text(lang) for location in cause.locations[:MAX_LOCATIONS]],
        "more": say("answer.more", lang, n=number(remaining, lang)) if remaining > 0 else "",
    }


def _comparison_sentence(answer: Answer, lang: str) -> str:
    if answer.is_protected and not answer.submission_id:
        return say("cli.tried_protected", lang)
    if not answer.compared_with:
        first = "first_of_periods" if answer.by_period else "first"
        return say(f"answer.{first if answer.values else 'not_compared'}", lang)
    if answer.is_protected:
        return say("cli.compared_protected", lang, beside=answer.compared_with)
    counts = {name: number(n, lang) for name, n in answer.counts.items()}
    return say("cli.compared", lang, beside=answer.compared_with, **counts)


def _render_change(change: Change, lang: str) -> dict[str, str]:
    return {
        "series": series_label(change.codes, lang),
        "period": change.month if change.codes["frequency"] != "A" else _shorten_to_year(change.month),
        "before": _format_bounds(change.before, lang),
        "after": _format_bounds(change.after, lang) if change.after else say("answer.gone", lang),
        "difference": _difference(change, lang),
    }


def _shorten_to_year(month: str) -> str:
    """Write a year by its first month, without the month if that is January."""
    return month.removesuffix("-01")


def series_label(codes: Mapping[str, str], lang: str) -> str:
    """Describe a series: measure, country, and the codes of its other dimensions."""
    details = [
        code_name(d.name, d.values, codes[d.name], lang)
        for d in DIMENSIONS
        if codes[d.name] not in ("", d.default)
    ]
    measure = code_name("measure", "codes", codes["measure"], lang)
    return ", ".join([measure, code_name("grouping", "country", codes["reporting_country"], lang), *details])


def _format_bounds(bounds: Bounds, lang: str) -> str:
    low, high = bounds
    if math.isinf(high):
        return say("trend.or_more", lang, amount=number(low, lang))
    return number(low, lang) if low == high else f"{number(low, lang)}–{number(high, lang)}"


def _difference(change: Change, lang: str) -> str:
    """Return the change of an exact value; empty for intervals, which are not subtracted."""
    if not change.after or change.before[0] != change.before[1] or change.after[0] != change.after[1]:
        return ""
    difference = change.after[0] - change.before[0]
    return ("+" if difference > 0 else "−") + number(abs(difference), lang)


def _render_measure(summary: MeasureSummary, lang: str) -> dict[str, str]:
    first, last = summary.first.year, summary.last.year
    return {
        "measure": code_name("measure", "codes", summary.measure, lang),
        "values": number(summary.values, lang),
        "countries": number(summary.countries, lang),
        "periods": str(first) if first == last else f"{first}–{last}",
    }
