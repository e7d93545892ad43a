"""Tool, indicators, breakdown and periods that a question names. Names no country."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from schemas import periods
from schemas.codelists import TOTAL, codelist, fold
from schemas.indicators import catalogue
from schemas.questions import QuestionWords
from warehouse.answers.questions.tokens import Tokens, fits_any

COUNT = "count"
"""Form of the indicators that can be broken down."""

FIGURE = "figure"
"""The tool of a question that names none."""

_YEAR = re.compile(r"(?:19|20)\d\d$")
_PERIOD = re.compile(r"\b(?:19|20)\d\d-(?:[QqTt][1-4]|\d\d)\b")
_FARTHEST_YEAR = 2
"""Most words between a month and its year ("agosto de 2023")."""


def tool(tokens: Tokens, words: QuestionWords, excluding: Iterable[int]) -> str:
    """Return the tool that a question asks for, and mark its words.

    Words at the positions `excluding`, which name an indicator, ask for no tool ("legal elements in force").
    """
    best = tokens.find_best(words.tools, excluding=excluding)
    if best is None:
        return FIGURE
    tokens.use(best[1])
    return best[0]


def indicators(tokens: Tokens, words: QuestionWords) -> list[tuple[str, set[int]]]:
    """Return the indicator that a question names, and a second one that it names in other words.

    Each has the positions of its words.
    """
    best = tokens.find_best(words.indicators)
    if best is None:
        return []
    code, positions = best
    others = {
        other: patterns
        for other, patterns in words.indicators.items()
        if other != code and not is_share(other) and not is_share(code)
    }
    subjects = {
        other: patterns
        for other, patterns in words.defaults.items()
        if catalogue()[other].family != catalogue()[code].family
    }
    second = tokens.find_best(others, excluding=positions) or tokens.find_best(subjects, excluding=positions)
    return [best, *([second] if second else [])]


def default_indicator(tokens: Tokens, words: QuestionWords) -> list[str]:
    """Return the indicator of a question that only names a subject, such as trafficking, and mark its words.

    A question with other words that are not known ("how many probes into trafficking") gets none.
    """
    best = tokens.find_best(words.defaults)
    if best is None:
        return []
    tokens.use(best[1] | tokens.find_words(words.persons))
    return [] if unused_words(tokens, words) else [best[0]]


def unused_words(tokens: Tokens, words: QuestionWords) -> tuple[str, ...]:
    """Return the words that were not used and that are no stop words, as in the text."""
    return tuple(
        word
        for position, word in enumerate(tokens.originals)
        if position not in tokens.used_positions and not fits_any(tokens.folded[position], words.stop_words)
    )


def is_unknown(word: str, words: QuestionWords) -> bool:
    """Return whether a word is none of the language's words of questions."""
    return not fits_any(word, words.every_word)


def is_share(indicator: str) -> bool:
    """Return whether an indicator is not a count."""
    return catalogue()[indicator].form != COUNT


def breakdown(tokens: Tokens, words: QuestionWords, indicator: str | None) -> dict[str, str]:
    """Return the breakdown that a question names, by dimension; an empty code stands for all codes.

    Only counts are broken down. The words for a breakdown of another indicator stay unused.
    """
    by: dict[str, str] = {}
    if indicator is None or is_share(indicator):
        return by
    first_words: set[int] = set()  # of the dimension listed first: "sex trafficking" is no breakdown by sex
    for position, (dimension, patterns) in enumerate(words.by.items()):
        best = tokens.find_best(patterns, excluding=first_words)
        tokens.use(tokens.find_all(patterns))
        if best and best[0] != TOTAL:
            by[dimension] = best[0]
            first_words = first_words if position else best[1]
    return by


def period_labels(tokens: Tokens, words: QuestionWords) -> list[str]:
    """Return the labels of the years, quarters or months that a question names, and mark their words."""
    tokens.use(tokens.find_words(words.latest))
    years = [i for i, word in enumerate(tokens.folded) if _YEAR.match(word)]
    tokens.use(years)
    iso_periods = [
        period for match in _PERIOD.finditer(tokens.text) if (period := periods.read(match.group()))
    ]
    if iso_periods:
        tokens.use(i for i, word in enumerate(tokens.originals) if i - 1 in years and word in tokens.text)
        return [_label(period) for period in iso_periods]
    if labels := _quarters(tokens, words, years) or _months(tokens, years):
        return labels
    return list(dict.fromkeys(tokens.folded[i] for i in years))


def _quarters(tokens: Tokens, words: QuestionWords, years: Sequence[int]) -> list[str]:
    """Return the label of a quarter in words or as `Q1 2024`, if the question names a year."""
    best = tokens.find_best(words.quarters)
    if best is None or not years:
        return []
    tokens.use(best[1])
    return [f"{tokens.folded[years[0]]}-Q{best[0]}"]


def _months(tokens: Tokens, years: Sequence[int]) -> list[str]:
    """Return the labels of months that are followed by their year."""
    numbers = {
        fold(name): month.code for month in codelist("month").values() for name in (month.es, month.en)
    }
    labels = []
    for position, word in enumerate(tokens.folded):
        year = next((i for i in years if 0 < i - position <= _FARTHEST_YEAR), None)
        if word in numbers and year is not None:
            tokens.use({position})
            labels.append(f"{tokens.folded[year]}-{numbers[word]}")
    return labels


def _label(period: periods.Period) -> str:
    """Return the label of a period as the release writes it."""
    year, month = period.start.year, period.start.month
    return f"{year}-Q{(month + 2) // 3}" if period.frequency == "Q" else f"{year}-{month:02d}"
