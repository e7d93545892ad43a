"""What ends a command early: its sentence on standard error, and its exit code. A defect leaves its trace."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from tempfile import NamedTemporaryFile

import typer

from pipelines.cli import usage
from pipelines.cli.words import say

OK, BAD_INPUT, USAGE, MACHINE = 0, 1, 2, 3
"""Exit codes: done; rows quarantined, file refused or rejected, gate refused; usage; machine or service."""


class Stop(Exception):
    """The command ends here with a sentence and an exit code."""

    def __init__(self, code: int, key: str, **facts: object) -> None:
        super().__init__(key)
        self.code, self.key, self.facts = code, key, facts


def exit_code(call: Callable[[], int | None], lang: str) -> int:
    """The exit code of a call; what it raises is said on standard error."""
    try:
        return call() or OK
    except Exception as error:
        from pipelines.cli.output import err

        code, sentence = _explained(error, lang)
        err.print(sentence, markup=False, soft_wrap=True)
        return code


def _explained(error: Exception, lang: str) -> tuple[int, str]:
    """Exit code and sentence of what a command raised."""
    from assets.steps.reading import Unreadable
    from schemas.grammar import CardError
    from schemas.indicators import CatalogueError
    from warehouse.home import Busy, DamagedHistory, UnknownCollection

    match error:
        case Stop():
            return error.code, say(error.key, lang, **error.facts)
        case usage.UsageError():
            return USAGE, usage.sentence(error, lang)
        case Unreadable():
            return BAD_INPUT, say("refused", lang, message=error.finding.message(lang))
        case UnknownCollection():
            return USAGE, say("unknown_collection", lang, value=error.collection, known=error.known)
        case Busy():
            return MACHINE, say("busy", lang, **vars(error.holder))
        case CardError() | CatalogueError() | DamagedHistory():
            return BAD_INPUT, say("card_error", lang, error=error)
        case OSError() | MemoryError():
            return MACHINE, say("broken", lang, reasons=f"{error}.")
        case typer.Abort():
            return MACHINE, say("broken", lang, reasons="")
    return MACHINE, say("defect", lang, trace=_trace())


def _trace() -> str:
    """The file that holds the traceback of what is being handled."""
    with NamedTemporaryFile("w", prefix="lineabase-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return file.name
