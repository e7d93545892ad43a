"""Sentences of answers, from the figures in them. The words are in schemas/words; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.code_names import name_in_list
from schemas.words import say
from warehouse.answers.contract import Figure, LawCell

MOST_LISTED = 12
"""Most values in a sentence; the answer has all."""

SHARE = "share"
"""Unit of values that have their percent sign in the text."""


def figures_sentence(figures: Sequence[Figure], lang: str) -> str:
    """Return the figures as sentences: one for each indicator, country and period, with its breakdown."""
    tables: dict[str, list[str]] = {}
    units = {}
    for figure in figures:
        subject = f"{figure.indicator.name}, {figure.country.name}, {figure.period}"
        details = ", ".join(code.name for code in figure.breakdown.values())
        tables.setdefault(subject, []).append(": ".join(filter(None, (details, figure.text))))
        units[subject] = figure.unit
    sentences = [
        _say(
            "figure",
            lang,
            subject=subject,
            values=_shorten_list(values, lang),
            unit=_unit(units[subject], lang),
        )
        for subject, values in tables.items()
    ]
    return " ".join(sentences)


def origins_sentence(figures: Sequence[Figure], lang: str) -> str:
    """Return the origins that a table names, the largest first, and how many it does not name."""
    figures_above_zero = [figure for figure in figures if figure.value.low > 0]
    if not figures_above_zero:
        return figures_sentence(figures, lang)
    rest = len(figures) - len(figures_above_zero)
    sentences = [
        figures_sentence(figures_above_zero, lang),
        *([_say("origins_rest", lang, n=rest)] if rest else []),
    ]
    return " ".join(sentences)


def _shorten_list(values: Sequence[str], lang: str) -> str:
    rest = len(values) - MOST_LISTED
    first = "; ".join(values[:MOST_LISTED])
    return _say("and_more", lang, values=first, n=rest) if rest > 0 else first


def _unit(unit: str, lang: str) -> str:
    return "" if unit == SHARE else f" ({name_in_list('unit_measure', unit, lang)})"


def sources_sentence(figures: Sequence[Figure], lang: str) -> str:
    """Return the values of several sources for one figure as a sentence."""
    first = figures[0]
    subject = f"{first.indicator.name}, {first.country.name}, {first.period}"
    values = "; ".join(f"{figure.source.name}: {figure.text}" for figure in figures)
    return _say("sources", lang, subject=subject, values=values)


def order_of_countries(figures: Sequence[Figure], lang: str) -> str:
    """Return whether an order of countries follows from the bounds. Names the first only if it surely is."""
    if len(figures) < 2 or len({figure.indicator.code for figure in figures}) > 1:
        return ""
    if len({figure.counts for figure in figures}) > 1:
        return _say("kinds_differ", lang)
    first = max(figures, key=lambda figure: figure.value.low)
    is_sure = all(first.value.low > figure.value.high for figure in figures if figure is not first)
    return _say("first", lang, country=first.country.name) if is_sure else _say("no_order", lang)


def law_sentence(country: str, family: str, cells: Sequence[LawCell], lang: str) -> str:
    """Return the elements of a country's law as a sentence, each with its article."""
    cells_text = _shorten_list([_law_cell(cell) for cell in cells], lang)
    return _say("law", lang, country=country, family=name_in_list("family", family, lang), cells=cells_text)


def _law_cell(cell: LawCell) -> str:
    reference = ", ".join(filter(None, (cell.law, cell.article)))
    return f"{cell.element.name}: {cell.status.name}" + (f" ({reference})" if reference else "")


def _say(key: str, lang: str, **facts: object) -> str:
    return say(f"answers.{key}", lang, **facts)
