"""The Typer application, its common options, and how errors become sentences and exit codes."""

import json
import sys
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any

import typer
from rich.console import Console

from pipelines.cli.words import say
from schemas.format_card import CardError
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

    @app.command()
    @wraps(function)
    def _command(*args: Any, **options: Any) -> None:
        lang = str(options.get("lang", Lang.es))
        try:
            code = function(*args, **options)
        except Stop as stop:
            err.print(say(stop.key, lang, **stop.facts), markup=False)
            code = stop.code
        except UnknownCollection as error:
            facts = {"value": error.collection, "known": error.known}
            err.print(say("unknown_collection", lang, **facts), markup=False)
            code = USAGE
        except (CardError, CatalogueError) as error:
            err.print(say("card_error", lang, error=error), markup=False)
            code = BAD_INPUT
        except (OSError, MemoryError) as error:
            err.print(say("broken", lang, reasons=f"{error}."), markup=False)
            code = MACHINE
        raise typer.Exit(code or OK)

    return _command


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
