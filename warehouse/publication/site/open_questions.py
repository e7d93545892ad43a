"""Open questions about a figure: their text and the value that each concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.words import say
from warehouse.publication.site.facts import Facts
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import OpenQuestionsRow

NAMED_BREAKDOWNS = ("total", "sex", "age_group", "exploitation", "citizenship")
"""The breakdowns that have a name in the words file."""


def questions_on(facts: Facts, country: str, year: int, indicator: str) -> list[OpenQuestionsRow]:
    """Return the open questions on an indicator of a country and year; those on the total first."""
    questions = [
        row
        for row in facts.questions.get(country, [])
        if row["year"] == year and facts.uses(indicator, row["collection"], row["measure"])
    ]
    return sorted(questions, key=lambda row: not is_on_total(row))


def questions_by_figure(facts: Facts, country: str) -> dict[tuple[str, int], list[OpenQuestionsRow]]:
    """Return all open questions on a country's figures by measure and year, in their order."""
    questions: dict[tuple[str, int], list[OpenQuestionsRow]] = {}
    for row in facts.questions.get(country, []):
        questions.setdefault((row["measure"], row["year"]), []).append(row)
    return questions


def is_on_total(row: OpenQuestionsRow) -> bool:
    """Return whether a question concerns the total itself, not a part of it."""
    return bool(row["breakdown"] == "total")


def split_by_total(rows: Sequence[OpenQuestionsRow]) -> tuple[list[OpenQuestionsRow], list[OpenQuestionsRow]]:
    """Split questions into those on totals and those on parts."""
    return [row for row in rows if is_on_total(row)], [row for row in rows if not is_on_total(row)]


def questions_text(
    facts: Facts, rows: Sequence[OpenQuestionsRow], lang: str, *, with_names: bool = False
) -> str:
    """Return each question once with its values; `with_names` adds the countries' names."""
    texts = []
    for row in rows:
        name = f"{facts.name(row['reporting_country'], lang)}, " if with_names else ""
        texts.append(name + _value_with_part(facts, row, lang))
    return _each_question_once(rows, texts, lang, joint="; ")


def countries_text(facts: Facts, rows: Sequence[OpenQuestionsRow], lang: str) -> str:
    """Return each question once with the names of its countries."""
    names = [facts.name(row["reporting_country"], lang) for row in rows]
    return _each_question_once(rows, names, lang, joint=", ")


def _each_question_once(
    rows: Sequence[OpenQuestionsRow], texts: Sequence[str], lang: str, *, joint: str
) -> str:
    """Return each question of the rows once, with the distinct texts of its rows in brackets."""
    by_question: dict[str, dict[str, None]] = {}
    for row, text in zip(rows, texts, strict=True):
        question = name_in_list("open_question", row["question"], lang)
        by_question.setdefault(question, {})[text] = None
    return " ".join(
        f"{question.rstrip('.')} ({joint.join(values)})." for question, values in by_question.items()
    )


def _value_with_part(facts: Facts, row: OpenQuestionsRow, lang: str) -> str:
    """Return the value that a question concerns, with the name of its part."""
    value = persons_text(row["value_low"], row["value_high"], lang)
    if row["citizenship"] != "_T":
        return f"{facts.name(row['citizenship'], lang)} {value}"
    parts = str(row["breakdown"]).split("+")
    names = [say(f"site.by.{part if part in NAMED_BREAKDOWNS else 'other'}", lang) for part in parts]
    return f"{', '.join(dict.fromkeys(names))} {value}"
