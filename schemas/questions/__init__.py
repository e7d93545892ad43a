"""Words of questions by language: the tools, indicators and codes that they stand for. Reads no question.

A language is the file `<lang>.toml` in this folder. Patterns are documented at the head of the files.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

__all__ = [
    "Patterns",
    "QuestionWords",
    "question_words",
]

FOLDER = Path(__file__).parent

_WORD = re.compile(r"[a-z0-9|*]+")

Patterns = dict[str, tuple[tuple[str, ...], ...]]
"""Patterns by code. A pattern is its words."""


class QuestionWords(BaseModel):
    """The words of a language.

    `places` and `origins` stand before a country, and `latest` means the newest. `defaults` are the
    indicators of a question that only names a subject; `capitals` are countries only in capitals. `adding`
    asks for a sum, `sums` only with several countries. `unknowable` asks for what nobody registered, and a
    breakdown follows one of `breakdowns`. After one of `part_words` and a preposition a name is that of a
    part of a country; next to one of `institutions` the word for a people is its country.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stop_words: tuple[str, ...]
    places: tuple[str, ...]
    origins: tuple[str, ...]
    latest: tuple[str, ...]
    sums: tuple[str, ...]
    adding: tuple[str, ...]
    unknowable: tuple[tuple[str, ...], ...]
    breakdowns: tuple[str, ...]
    persons: tuple[str, ...]
    region: tuple[str, ...]
    tools: Patterns
    indicators: Patterns
    defaults: Patterns
    families: Patterns
    by: dict[str, Patterns]
    elements: Patterns
    country_phrases: Patterns
    quarters: Patterns
    capitals: dict[str, str]
    short_names: tuple[str, ...]
    articles: tuple[str, ...]
    prepositions: tuple[str, ...]
    part_words: tuple[str, ...]
    institutions: tuple[str, ...]

    @cached_property
    def words_of_tools(self) -> frozenset[str]:
        """Return the words that ask for a tool."""
        return frozenset(word for patterns in self.tools.values() for pattern in patterns for word in pattern)

    @cached_property
    def every_word(self) -> frozenset[str]:
        """Return the words of all patterns and lists."""
        groups = (self.tools, self.indicators, self.defaults, self.families, self.elements, *self.by.values())
        patterns = [pattern for group in groups for of_code in group.values() for pattern in of_code]
        single = (
            self.stop_words,
            self.places,
            self.origins,
            self.latest,
            self.sums,
            self.persons,
            self.region,
        )
        return frozenset(word for pattern in (*patterns, *single) for word in pattern)

    @field_validator("stop_words", mode="before")
    @classmethod
    def _split(cls, text: str) -> tuple[str, ...]:
        return tuple(text.split())

    @field_validator(
        "tools",
        "indicators",
        "defaults",
        "families",
        "elements",
        "country_phrases",
        "quarters",
        mode="before",
    )
    @classmethod
    def _patterns(cls, texts: dict[str, list[str]]) -> dict[str, list[list[str]]]:
        return _split_patterns(texts)

    @field_validator("unknowable", mode="before")
    @classmethod
    def _split_words(cls, texts: list[str]) -> list[list[str]]:
        return [_WORD.findall(text) for text in texts]

    @field_validator("by", mode="before")
    @classmethod
    def _patterns_of_dimensions(
        cls, dimensions: dict[str, dict[str, list[str]]]
    ) -> dict[str, dict[str, list[list[str]]]]:
        return {name: _split_patterns(texts) for name, texts in dimensions.items()}


def _split_patterns(texts: dict[str, list[str]]) -> dict[str, list[list[str]]]:
    return {code: [_WORD.findall(pattern) for pattern in patterns] for code, patterns in texts.items()}


@cache
def question_words(lang: str) -> QuestionWords:
    """Return the words of a language. Raises FileNotFoundError for a language without them."""
    with (FOLDER / f"{lang}.toml").open("rb") as file:
        return QuestionWords.model_validate(tomllib.load(file))
