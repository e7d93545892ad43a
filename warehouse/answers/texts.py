"""Sentences of answers, from the figures in them. The words are in schemas/words; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.code_names import name_in_list
from schemas.words import say
from warehouse.answers.contract import AtLeast, Between, Exact, Figure, LawCell

MOST_LISTED = 12
"""Most values or sentences in a text; the answer has all."""

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
    return " ".join(sentences[:MOST_LISTED])


def origins_sentence(figures: Sequence[Figure], lang: str) -> str:
    """Return the origins that a table names, the largest first, and how many it does not name."""
    figures_above_zero = [figure for figure in figures if _low(figure.value) > 0]
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
    cells_text = "; ".join(values[:MOST_LISTED])
    return _say("and_more", lang, values=cells_text, n=rest) if rest > 0 else cells_text


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
    values = [figure.value for figure in figures]
    if len(figures) < 2 or len({figure.indicator.code for figure in figures}) > 1:
        return ""
    lows = [_low(value) for value in values]
    first = max(range(len(figures)), key=lambda index: lows[index])
    others = [_high(value) for index, value in enumerate(values) if index != first]
    is_sure = all(lows[first] > high for high in others)
    if len({figure.counts for figure in figures}) > 1:
        return _say("kinds_differ", lang)
    return _say("first", lang, country=figures[first].country.name) if is_sure else _say("no_order", lang)


def _low(value: Exact | Between | AtLeast | object) -> float:
    return getattr(value, "value", getattr(value, "low", 0.0))


def _high(value: Exact | Between | AtLeast | object) -> float:
    return getattr(value, "value", getattr(value, "high", float("inf")))


def law_sentence(country: str, family: str, cells: Sequence[LawCell], lang: str) -> str:
    """Return the elements of a country's law as a sentence, each with its article."""
    cells_text = _shorten_list([_law_cell(cell) for cell in cells], lang)
    return _say("law", lang, country=country, family=name_in_list("family", family, lang), cells=cells_text)


def _law_cell(cell: LawCell) -> str:
    index = ", ".join(filter(None, (cell.law, cell.article)))
    return f"{cell.element.name}: {cell.status.name}" + (f" ({index})" if index else "")


def years_text(years: Iterable[int]) -> str:
    """Return years as runs: `2015–2018, 2020`."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _say(key: str, lang: str, **facts: object) -> str:
    return say(f"answers.{key}", lang, **facts)
