"""What the program put right by itself, as commands say it: on standard error. Nothing is repaired here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.cli.output import err, tell
from schemas.words import Sentence
from warehouse.home.repairs import REPAIRS


class _Told(logging.Handler):
    """Says each repair once, in the language of the command."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self.already: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        sentence = record.msg
        if isinstance(sentence, Sentence) and (text := sentence.said(self.lang)) not in self.already:
            self.already.add(text)
            tell(text, err)


@contextmanager
def repairs_told(lang: str) -> Iterator[None]:
    """While it is open, what is put right is said."""
    handler = _Told(lang)
    REPAIRS.addHandler(handler)
    propagated, REPAIRS.propagate = REPAIRS.propagate, False
    try:
        yield
    finally:
        REPAIRS.removeHandler(handler)
        REPAIRS.propagate = propagated
