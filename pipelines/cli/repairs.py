"""Messages on automatic repairs, printed on standard error. The repairs are made elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.cli.output import err, print_sentence
from schemas.words import Sentence
from warehouse.home.repairs import REPAIR_LOGGER


class _RepairPrinter(logging.Handler):
    """Handler that prints each repair once, in the language of the command."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self.printed_texts: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        sentence = record.msg
        if isinstance(sentence, Sentence) and (text := sentence.render(self.lang)) not in self.printed_texts:
            self.printed_texts.add(text)
            print_sentence(text, err)


@contextmanager
def show_repairs(lang: str) -> Iterator[None]:
    """Print repairs that are made inside a `with` block."""
    handler = _RepairPrinter(lang)
    REPAIR_LOGGER.addHandler(handler)
    propagate_before, REPAIR_LOGGER.propagate = REPAIR_LOGGER.propagate, False
    try:
        yield
    finally:
        REPAIR_LOGGER.removeHandler(handler)
        REPAIR_LOGGER.propagate = propagate_before
