"""Patterns of a card, asked of what a sender wrote: within a limit of time. No pattern is written here.

A pattern with a repetition within a repetition, as `(\\d+)+`, may take years over one header. So each
question has a limit, and all questions that one file asks have one together (`limit`). Where it runs out,
PatternTooSlow says which pattern and which text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic
from typing import Any

ONE, OF_A_FILE = 2.0, 20.0
"""Seconds for one text, and for all that one file asks. An ordinary pattern takes microseconds."""
_until: ContextVar[float | None] = ContextVar("until", default=None)


class PatternTooSlow(Exception):
    """A pattern was not done with a text in time."""

    def __init__(self, pattern: str, text: str) -> None:
        super().__init__(pattern)
        self.pattern, self.text = pattern, text


@contextmanager
def limit(seconds: float = OF_A_FILE) -> Iterator[None]:
    """All patterns that are asked within take no longer together."""
    token = _until.set(monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def match_whole(pattern: str, text: str) -> Any:
    """The match of the whole text, or None. Raises PatternTooSlow."""
    return _ask("fullmatch", pattern, text)


def match_start(pattern: str, text: str) -> Any:
    """The match at the start of the text, or None. Raises PatternTooSlow."""
    return _ask("match", pattern, text)


def find(pattern: str, text: str) -> Any:
    """The first match anywhere in the text, or None. Raises PatternTooSlow."""
    return _ask("search", pattern, text)


def _ask(question: str, pattern: str, text: str) -> Any:
    try:
        return getattr(_compiled(pattern), question)(text, timeout=_seconds())
    except TimeoutError:
        raise PatternTooSlow(pattern, text) from None


def _seconds() -> float:
    """How long one question may still take."""
    until = _until.get()
    return ONE if until is None else max(min(ONE, until - monotonic()), 0.001)


@cache
def _compiled(pattern: str) -> Any:
    import regex  # the standard library's own patterns know no limit; a release is read without either

    return regex.compile(pattern, regex.VERSION0)
