"""Matching of a card's patterns against a sender's texts within a time limit. No pattern is defined here.

A pattern with a repetition inside a repetition, such as `(\\d+)+`, may need years for a single header. So
each match has a limit, and all matches for a file have a common limit (`limit`). If it is exceeded,
PatternTooSlow names the pattern and the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic
from typing import Any

SECONDS_PER_TEXT, SECONDS_PER_FILE = 2.0, 20.0
"""Seconds for a single text, and for all texts of a file. An ordinary pattern takes microseconds."""
_until: ContextVar[float | None] = ContextVar("until", default=None)


class PatternTooSlow(Exception):
    """Error: a pattern did not finish with a text in time."""

    def __init__(self, pattern: str, text: str) -> None:
        super().__init__(pattern)
        self.pattern, self.text = pattern, text


@contextmanager
def limit(seconds: float = SECONDS_PER_FILE) -> Iterator[None]:
    """Limit the total time of all patterns that are matched within the context."""
    token = _until.set(monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def match_whole(pattern: str, text: str) -> Any:
    """Match the whole text, or return None. Raises PatternTooSlow."""
    return _match("fullmatch", pattern, text)


def match_start(pattern: str, text: str) -> Any:
    """Match the start of the text, or return None. Raises PatternTooSlow."""
    return _match("match", pattern, text)


def find(pattern: str, text: str) -> Any:
    """Return the first match anywhere in the text, or None. Raises PatternTooSlow."""
    return _match("search", pattern, text)


def find_all(pattern: str, text: str) -> list[Any]:
    """Return all matches in the text. Raises PatternTooSlow."""
    try:
        return list(_compile(pattern).finditer(text, timeout=_seconds_left()))
    except TimeoutError:
        raise PatternTooSlow(pattern, text) from None


def _match(method: str, pattern: str, text: str) -> Any:
    try:
        return getattr(_compile(pattern), method)(text, timeout=_seconds_left())
    except TimeoutError:
        raise PatternTooSlow(pattern, text) from None


def _seconds_left() -> float:
    """Return the time left for a match."""
    until = _until.get()
    return SECONDS_PER_TEXT if until is None else max(min(SECONDS_PER_TEXT, until - monotonic()), 0.001)


@cache
def _compile(pattern: str) -> Any:
    # The standard library has no time limit. Not imported above, since reading a release needs no patterns.
    import regex

    return regex.compile(pattern, regex.VERSION0)
