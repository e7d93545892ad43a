"""Detection of personal data by the words of a column's name. No value is read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from schemas.personal_data import words
from schemas.personal_data.words import read, word_list, words_of

LONGEST = 120
"""Longer texts are sentences, not headers: of_value and named_in search them."""


@dataclass(frozen=True)
class Header:
    """Kind of personal data that a header names.

    `is_open`: the values must decide. `is_about`: the header is about kinds or countries of such data, or
    about who has them.
    """

    kind: str
    is_open: bool = False
    is_about: bool = False

    @property
    def label(self) -> str:
        """Name of the kind, for people."""
        return words.label(self.kind)

    @property
    def is_counted(self) -> bool:
        """True if counts below the header count persons."""
        return bool(read("words")["kinds"][self.kind].get("counted"))

    def as_open(self) -> Header:
        """Return the same header, but with values that must decide."""
        return replace(self, is_open=True)


@cache
def classify_header(text: str) -> Header | None:
    """Return the kind of personal data that a header names, or None."""
    if not text.strip() or len(text) > LONGEST:
        return None
    header_words = tuple(_expand_words(words_of(text)))
    if not _core_words() & {*header_words}:
        return None
    return _header_with_phrase(header_words) or _header_of_phrase(header_words)


def _header_with_phrase(header_words: tuple[str, ...]) -> Header | None:
    """Return the kind of a header that contains a phrase of `wherever`, with any other words."""
    is_about = bool(word_list("about") & {*header_words})
    names_places = bool(word_list("places") & {*header_words})
    specific_words = _specific_words(header_words)
    for phrase, kind in _phrases("wherever"):
        if _has_phrase(header_words, phrase) or _has_phrase(specific_words, phrase):
            if kind in _NAME_KINDS and names_places and len(phrase) == 1:
                continue
            return Header(kind, is_open=is_about, is_about=is_about)
    return None


def _header_of_phrase(header_words: tuple[str, ...]) -> Header | None:
    """Return the kind of a header that has a phrase of `headers` and, except it, only common words."""
    known_words = _vocabulary() | word_list("beside")
    about_words = word_list("about")
    if not {*header_words} <= known_words | about_words:
        return None
    specific_words = _specific_words(header_words)
    for phrase, kind in _phrases("headers"):
        if _has_phrase(header_words, phrase) or _has_phrase(specific_words, phrase):
            is_open = " ".join(phrase) in read("words")["kinds"][kind].get("open", ())
            if is_open and kind == "name" and (about_words - {*phrase}) & {*header_words}:
                return None  # the name of a country or of a kind
            is_about = bool((about_words - {*phrase}) & {*header_words})
            return Header(kind, is_open=is_open or is_about, is_about=is_about)
    return None


_NAME_KINDS = ("name", "officer")


def _has_phrase(header_words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Return True if all words of the phrase occur, in any order."""
    return {*phrase} <= {*header_words}


def _specific_words(header_words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in header_words if word not in word_list("beside"))


@cache
def _phrases(list_name: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the phrases of all kinds, those with most words first."""
    phrases = [
        (tuple(phrase.split()), kind)
        for kind, lists in read("words")["kinds"].items()
        for phrase in lists.get(list_name, ())
    ]
    return tuple(sorted(phrases, key=lambda pair: -len(pair[0])))


@cache
def _vocabulary() -> frozenset[str]:
    """Return every word of a phrase."""
    phrases = (*_phrases("wherever"), *_phrases("headers"))
    return frozenset(word for phrase, _ in phrases for word in phrase)


@cache
def _core_words() -> frozenset[str]:
    """Return the words of phrases that are not common words.

    A header without any of these words is not about personal data.
    """
    return _vocabulary() - (word_list("beside") - {phrase[0] for phrase, _ in _phrases("wherever")})


def _expand_words(header_words: list[str]) -> Iterator[str]:
    """Yield the words with abbreviations written out, and with joined words separated."""
    abbreviations = read("words")["short"]
    for position, word in enumerate(header_words):
        # "no. f" and "mat" abbreviate a word only next to other words
        if word in abbreviations and (len(header_words) > 1 or len(word) > 2) and not _is_known(word):
            yield from abbreviations[word].split()
        elif word == "n" and position and header_words[position - 1] == "f":
            yield "nacimiento"
        elif not _is_known(word) and len(word) > _LONGEST_SINGLE and (parts := _split_joined_words(word)):
            yield from parts
        else:
            yield word


_LONGEST_SINGLE, _SHORTEST_PART = 7, 3


def _is_known(word: str) -> bool:
    return (
        word in _vocabulary()
        or word in word_list("beside")
        or word in word_list("about")
        or word in word_list("places")
    )


def _split_joined_words(text: str) -> list[str] | None:
    """Return the words that make up a text without spaces, or None. Prefers the longest words from the start.

    Works from the end, so that each position is examined once: a text may have very many divisions.
    """
    abbreviations = read("words")["short"]
    words_after: dict[int, list[str]] = {len(text): []}
    for start in range(len(text) - _SHORTEST_PART, -1, -1):
        for end in range(len(text), start + _SHORTEST_PART - 1, -1):
            head = text[start:end]
            if end in words_after and (_is_known(head) or head in abbreviations):
                words_after[start] = [*abbreviations.get(head, head).split(), *words_after[end]]
                break
    return words_after.get(0)
