"""The Typer application, its common options, and how errors become sentences and exit codes."""

import json
import sys
import traceback
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import partial, wraps
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import typer
from rich.console import Console

from assets.steps.reading import Unreadable
from pipelines.cli.words import say
from schemas.grammar import CardError
from schemas.indicators import CatalogueError
from warehouse.home import UnknownCollection

OK, BAD_INPUT, USAGE, MACHINE = 0, 1, 2, 3
"""Exit codes: done; rows quarantined, file refused or rejected, gate refused; usage; machine or service."""

app = typer.Typer(
    help="lineabase: indicadores regionales de línea base sobre trata y tráfico ilícito / "
    "regional baseline indicators on trafficking and smuggling.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Lang(StrEnum):
    """The languages of the network's messages."""

    es = "es"
    en = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="Idioma / language", envvar="LINEABASE_LANG")]
JsonOption = Annotated[bool, typer.Option("--json", help="Para programas / for machines")]


class Stop(Exception):
    """The command ends here with a sentence and an exit code."""

    def __init__(self, code: int, key: str, **facts: object) -> None:
        super().__init__(key)
        self.code, self.key, self.facts = code, key, facts


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Register a command: what it returns is the exit code; what it raises becomes a sentence."""
    return command_of(app)(function)


def command_of(group: typer.Typer) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """`command`, for a group of commands under a name of their own."""

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        @group.command()
        @wraps(function)
        def _command(*args: Any, **options: Any) -> None:
            lang = str(options.get("lang", Lang.es))
            raise typer.Exit(_said(partial(function, *args, **options), lang))

        return _command

    return register


def _said(call: Callable[[], int | None], lang: str) -> int:
    """The command's exit code; what it raises is said in a sentence. A defect leaves its trace in a file."""
    try:
        return call() or OK
    except Stop as stop:
        err.print(say(stop.key, lang, **stop.facts), markup=False, soft_wrap=True)
        return stop.code
    except Unreadable as error:
        err.print(say("refused", lang, message=error.finding.message(lang)), markup=False)
        return BAD_INPUT
    except UnknownCollection as error:
        facts = {"value": error.collection, "known": error.known}
        err.print(say("unknown_collection", lang, **facts), markup=False)
        return USAGE
    except (CardError, CatalogueError) as error:
        err.print(say("card_error", lang, error=error), markup=False, soft_wrap=True)
        return BAD_INPUT
    except (OSError, MemoryError) as error:
        err.print(say("broken", lang, reasons=f"{error}."), markup=False)
        return MACHINE
    except Exception:
        with NamedTemporaryFile("w", prefix="lineabase-", suffix=".txt", delete=False) as trace:
            trace.write(traceback.format_exc())
        err.print(say("defect", lang, trace=trace.name), markup=False)
        return MACHINE


def day(text: str | None, *, not_after: date | None = None) -> date | None:
    """A date given on the command line."""
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Stop(USAGE, "bad_date", value=text) from error
    if not_after and found > not_after:
        raise Stop(USAGE, "received_in_future", value=text)
    return found


def print_json(told: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str, indent=1) + "\n")
