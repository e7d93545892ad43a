"""Texts for people: `say(key, lang)` reads them from a file of words per language. No text is in this module.

A language is the file `<lang>.toml` in this folder; a new file adds a language. A key leads through the
tables of the file (`rule.empty_file.what`). Facts fill the {names} in a sentence. A word that agrees with a
number has two forms, `{n} {n:file|files}`: the first is used for the numbers in `number.singular`. Every
language has the same keys and names; a test lists missing ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

__all__ = [
    "CONTRACT_LANGUAGES",
    "DEFAULT_LANGUAGE",
    "InvalidValue",
    "NotInstalled",
    "Sentence",
    "UserError",
    "column_text",
    "contract_language",
    "languages",
    "number",
    "say",
    "words",
]

FOLDER = Path(__file__).parent

CONTRACT_LANGUAGES = ("es", "en")
"""Languages of the released columns, and of texts for unknown readers. The first is the default."""
DEFAULT_LANGUAGE = CONTRACT_LANGUAGES[0]
"""Language of messages if nobody chose one."""


def languages() -> tuple[str, ...]:
    """Return the languages: those of the contract, then the others by name."""
    return _languages_in(FOLDER)


@cache
def _languages_in(folder: Path) -> tuple[str, ...]:
    languages = {path.stem for path in folder.glob("*.toml")}
    return (*CONTRACT_LANGUAGES, *sorted(languages - set(CONTRACT_LANGUAGES)))


def say(key: str, lang: str, /, **facts: object) -> str:
    """Return the sentence called `key` with its facts. KeyError for an unknown key or language."""
    return _fill(words(lang)[key], lang, facts)


def _fill(text: str, lang: str, facts: Mapping[str, object]) -> str:
    named_facts = {name: facts[name] for name in _fact_names(text) if name in facts}
    return text.format(**{name: _Fact(_render_fact(fact, lang), lang) for name, fact in named_facts.items()})


@cache
def _fact_names(text: str) -> frozenset[str]:
    """Return the names in braces. Many callers pass the facts of all sentences of a kind."""
    return frozenset(re.findall(r"\{(\w+)", text))


@dataclass(frozen=True)
class _Fact:
    """A fact of a sentence: its text, or the form of a word that agrees with it as a number."""

    fact: object
    lang: str

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return format(self.fact, spec)
        singular, plural = spec.split("|")
        return singular if str(self.fact) in words(self.lang)["number.singular"].split() else plural


def words(lang: str) -> Mapping[str, str]:
    """Return every sentence of a language by key, without facts."""
    return _words_in(FOLDER, lang)


@cache
def _words_in(folder: Path, lang: str) -> Mapping[str, str]:
    if lang not in languages():
        raise KeyError(f"There are no words in '{lang}'; there are: {', '.join(languages())}.")
    return dict(_leaves(tomllib.loads((folder / f"{lang}.toml").read_text(encoding="utf-8"))))


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def contract_language(lang: str) -> str:
    """Return the contract language that replaces `lang` for texts that exist only in contract languages."""
    return say("language.contract", lang)


def column_text(row: Mapping[str, object], column: str, lang: str) -> str:
    """Return the text of a row in a contract language, from `name_es` or `name_en`. Empty if it is NULL.

    Raises KeyError if the row does not have the column.
    """
    text = row[f"{column}_{contract_language(lang)}"]
    return text if isinstance(text, str) else ""


def number(value: float, lang: str) -> str:
    """Return a number as the language writes it, with its own decimals (ten digits at most)."""
    return (f"{value:,.10g}" if value % 1 else f"{value:,.0f}").translate(
        _number_marks(words(lang)["number.thousands"], words(lang)["number.decimal"])
    )


@cache
def _number_marks(thousands: str, decimal: str) -> Mapping[int, str]:
    return str.maketrans({",": thousands, ".": decimal})


@dataclass(frozen=True)
class Sentence:
    """A sentence in any language: a key and its facts (texts, sentences, lists of them)."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def render(self, lang: str) -> str:
        """Return the sentence in a language."""
        return say(self.key, lang, **self.facts)

    def __str__(self) -> str:
        """Return the sentence in both contract languages. Common text appears once.

        Example: `falta / is missing: 'x'`.
        """
        first_parts, second_parts = (
            re.split(r"(\{\w+\})", words(lang)[self.key]) for lang in CONTRACT_LANGUAGES
        )
        if first_parts[1::2] != second_parts[1::2]:
            return " / ".join(self.render(lang) for lang in CONTRACT_LANGUAGES)
        facts = {name: _render_fact(fact) for name, fact in self.facts.items()}
        pairs = (
            (_fill(a, CONTRACT_LANGUAGES[0], facts), _fill(b, CONTRACT_LANGUAGES[1], facts))
            for a, b in zip_longest(first_parts, second_parts)
        )
        return "".join(a if a == b else _join_wordings(a, b) for a, b in pairs)


def _join_wordings(first: str, second: str) -> str:
    """Join two wordings with a slash. Marks and spaces that both share at the ends appear once."""
    before = _shared_marks(first, second)
    after = _shared_marks(first[len(before) :][::-1], second[len(before) :][::-1])[::-1]
    middles = (text[len(before) : len(text) - len(after)] for text in (first, second))
    return before + " / ".join(middle for middle in middles if middle) + after


_MARKS = " .,:;'"


def _shared_marks(first: str, second: str) -> str:
    shared = ""
    for a, b in zip(first, second, strict=False):
        if a != b or a not in _MARKS:
            break
        shared += a
    return shared


def _render_fact(fact: object, lang: str | None = None) -> object:
    """Return a fact as text: a sentence in the language (without one in both), a list line by line."""
    if isinstance(fact, Sentence):
        return fact.render(lang) if lang else str(fact)
    if isinstance(fact, list):
        return "\n".join(str(_render_fact(part, lang)) for part in fact)
    return fact


class UserError(Exception):
    """Error with a message for people in their language.

    As text it is in both contract languages, or in `lang` once the reader's language is known.
    """

    lang: str | None = None

    def __init__(self, key: str, /, **facts: object) -> None:
        self.sentence = Sentence(key, facts)
        super().__init__(key)

    def render(self, lang: str) -> str:
        """Return the problem, its position and its correction."""
        return self.sentence.render(lang)

    def __str__(self) -> str:
        return self.render(self.lang) if self.lang else str(self.sentence)


class InvalidValue(UserError, ValueError):
    """Error: a value is not allowed."""


class NotInstalled(UserError, ImportError):
    """Error: a package is not installed. The message explains how to install it."""
