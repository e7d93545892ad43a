"""What people are told: `say(key, lang)`, from one file of words a language. No sentence is here.

A language is the file `<lang>.toml` beside this module; adding one is adding its file. A key leads through
the file's tables (`rule.empty_file.what`), the {names} in a sentence are filled in with facts. A word that
agrees with a number stands there twice, `{n} {n:file|files}`: the first is said of what `number.singular`
lists. Every language has the same keys and names: a test says which are missing.
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

FOLDER = Path(__file__).parent

CONTRACT = ("es", "en")
"""The languages of the released columns, and of what is said where nobody chose one; by default the first."""
DEFAULT = CONTRACT[0]


def languages() -> tuple[str, ...]:
    """The languages there are: those of the contract, then the others by name."""
    return _languages_in(FOLDER)


@cache
def _languages_in(folder: Path) -> tuple[str, ...]:
    languages = {path.stem for path in folder.glob("*.toml")}
    return (*CONTRACT, *sorted(languages - set(CONTRACT)))


def say(key: str, lang: str, /, **facts: object) -> str:
    """The sentence called `key`, its facts filled in. KeyError for a key or a language that is none."""
    return _filled(words(lang)[key], lang, facts)


def _filled(text: str, lang: str, facts: Mapping[str, object]) -> str:
    return text.format(**{name: _Fact(_said(fact, lang), lang) for name, fact in facts.items()})


@dataclass(frozen=True)
class _Fact:
    """A fact in its place in a sentence: itself, or the one of two words that agrees with it as a number."""

    fact: object
    lang: str

    def __format__(self, asked: str) -> str:
        if "|" not in asked:
            return format(self.fact, asked)
        one, several = asked.split("|")
        return one if str(self.fact) in words(self.lang)["number.singular"].split() else several


def words(lang: str) -> Mapping[str, str]:
    """Every sentence of a language by key, its {names} not filled in."""
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
    """The language of the contract that stands for `lang` where a text is in those only."""
    return say("language.contract", lang)


def number(value: float, lang: str) -> str:
    """A number as the language writes it, with as many decimals as it has (ten digits at most)."""
    marks = {",": say("number.thousands", lang), ".": say("number.decimal", lang)}
    return re.sub("[,.]", lambda mark: marks[mark[0]], f"{value:,.10g}" if value % 1 else f"{value:,.0f}")


@dataclass(frozen=True)
class Sentence:
    """Something to be said, in whichever language: a key and its facts (texts, sentences, lists of them)."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def said(self, lang: str) -> str:
        """The sentence in a language."""
        return say(self.key, lang, **self.facts)

    def __str__(self) -> str:
        """In both languages of the contract, what they share said once: `falta / is missing: 'x'`."""
        one, other = (re.split(r"(\{\w+\})", words(lang)[self.key]) for lang in CONTRACT)
        if one[1::2] != other[1::2]:
            return " / ".join(self.said(lang) for lang in CONTRACT)
        both = {name: _said(fact) for name, fact in self.facts.items()}
        pairs = (
            (_filled(a, CONTRACT[0], both), _filled(b, CONTRACT[1], both)) for a, b in zip_longest(one, other)
        )
        return "".join(a if a == b else _side_by_side(a, b) for a, b in pairs)


def _side_by_side(one: str, other: str) -> str:
    """Two wordings with a stroke between them; the marks and blanks around both stand once."""
    before = _shared_marks(one, other)
    after = _shared_marks(one[len(before) :][::-1], other[len(before) :][::-1])[::-1]
    middles = (text[len(before) : len(text) - len(after)] for text in (one, other))
    return before + " / ".join(middle for middle in middles if middle) + after


MARKS = " .,:;'"


def _shared_marks(one: str, other: str) -> str:
    marks = ""
    for a, b in zip(one, other, strict=False):
        if a != b or a not in MARKS:
            break
        marks += a
    return marks


def _said(fact: object, lang: str | None = None) -> object:
    """A fact in words: a sentence in the language (or, without one, in both), a list line by line."""
    if isinstance(fact, Sentence):
        return fact.said(lang) if lang else str(fact)
    if isinstance(fact, list):
        return "\n".join(str(_said(part, lang)) for part in fact)
    return fact


class UserError(Exception):
    """What went wrong, to be said to a person in their language; as text it is in both of the contract."""

    def __init__(self, key: str, /, **facts: object) -> None:
        self.sentence = Sentence(key, facts)
        super().__init__(key)

    def said(self, lang: str) -> str:
        """What went wrong, where, and what to do."""
        return self.sentence.said(lang)

    def __str__(self) -> str:
        return str(self.sentence)


class Wrong(UserError, ValueError):
    """A value that cannot be what it should be."""


class NotInstalled(UserError, ImportError):
    """Something that is not installed is needed, and the sentence says how to install it."""
