"""Which names of columns tell of persons: by the words that a name says. No value is looked at here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from schemas.personal_data import words
from schemas.personal_data.words import listed, read, words_of

LONGEST = 120
"""A longer text is a sentence: of_value and named_in speak of it."""


@dataclass(frozen=True)
class Header:
    """What a header tells of: a kind of personal data.

    `is_open`: its values must decide; `is_about`: as it speaks of kinds or countries of such data, or of who
    has them.
    """

    kind: str
    is_open: bool = False
    is_about: bool = False

    @property
    def label(self) -> str:
        """The kind, for people."""
        return words.label(self.kind)

    @property
    def is_counted(self) -> bool:
        """Whether figures below it count persons."""
        return bool(read("words")["kinds"][self.kind].get("counted"))

    def opened(self) -> Header:
        """The same, where only values can tell."""
        return replace(self, is_open=True)


@cache
def header(text: str) -> Header | None:
    """What a header tells of, or None."""
    if not text.strip() or len(text) > LONGEST:
        return None
    said = tuple(_expanded(words_of(text)))
    if not _core() & {*said}:
        return None
    return _wherever(said) or _alone(said)


def _wherever(said: tuple[str, ...]) -> Header | None:
    """A header that says one of the phrases, whatever else it says."""
    about = bool(listed("about") & {*said})
    of_places = bool(listed("places") & {*said})
    mattering = _without_beside(said)
    for phrase, kind in _phrases("wherever"):
        if _says(said, phrase) or _says(mattering, phrase):
            if kind in _OF_NAMES and of_places and len(phrase) == 1:
                continue
            return Header(kind, is_open=about, is_about=about)
    return None


def _alone(said: tuple[str, ...]) -> Header | None:
    """A header that says such words and nothing but words beside them."""
    known = _vocabulary() | listed("beside")
    about = listed("about")
    if not {*said} <= known | about:
        return None
    mattering = _without_beside(said)
    for phrase, kind in _phrases("headers"):
        if _says(said, phrase) or _says(mattering, phrase):
            is_open = " ".join(phrase) in read("words")["kinds"][kind].get("open", ())
            if is_open and kind == "name" and (about - {*phrase}) & {*said}:
                return None  # the name of a country, of a kind
            is_about = bool((about - {*phrase}) & {*said})
            return Header(kind, is_open=is_open or is_about, is_about=is_about)
    return None


_OF_NAMES = ("name", "officer")


def _says(said: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether the words of the phrase are all there, in any order."""
    return {*phrase} <= {*said}


def _without_beside(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in said if word not in listed("beside"))


@cache
def _phrases(which: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The phrases of all kinds, those of most words first."""
    found = [
        (tuple(phrase.split()), kind)
        for kind, told in read("words")["kinds"].items()
        for phrase in told.get(which, ())
    ]
    return tuple(sorted(found, key=lambda one: -len(one[0])))


@cache
def _vocabulary() -> frozenset[str]:
    """Every word of a phrase."""
    return frozenset(w for which in ("wherever", "headers") for phrase, _ in _phrases(which) for w in phrase)


@cache
def _core() -> frozenset[str]:
    """A header without any of these is none: the words of phrases that are not everybody's."""
    return _vocabulary() - (listed("beside") - {phrase[0] for phrase, _ in _phrases("wherever")})


def _expanded(said: list[str]) -> Iterator[str]:
    """Abbreviations written out, and words that were run together parted."""
    short = read("words")["short"]
    for place, word in enumerate(said):
        # "no. f" and "mat" stand for a word only where others are beside them
        if word in short and (len(said) > 1 or len(word) > 2) and not _is_known(word):
            yield from short[word].split()
        elif word == "n" and place and said[place - 1] == "f":
            yield "nacimiento"
        elif not _is_known(word) and len(word) > _RUN_TOGETHER and (parts := _parted(word)):
            yield from parts
        else:
            yield word


_RUN_TOGETHER, _PART = 7, 3


def _is_known(word: str) -> bool:
    return (
        word in _vocabulary()
        or word in listed("beside")
        or word in listed("about")
        or word in listed("places")
    )


def _parted(text: str) -> list[str] | None:
    """The words that make up a text without blanks, if there are such: the longest ones from its start.

    From the end on, so that each place is looked at once: a text may be parted in very many ways.
    """
    short = read("words")["short"]
    after: dict[int, list[str]] = {len(text): []}
    for start in range(len(text) - _PART, -1, -1):
        for end in range(len(text), start + _PART - 1, -1):
            head = text[start:end]
            if end in after and (_is_known(head) or head in short):
                after[start] = [*short.get(head, head).split(), *after[end]]
                break
    return after.get(0)
