"""Typer application: the commands by name, shared options, and the language of the output.

A command is the function of its own name in the file of that name. The file is imported when the command is
called. Its arguments are the command's arguments, its result is the exit code. The output is in output.py.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.cli import usage
from pipelines.cli.errors import OK, USAGE, Stop, exit_code
from pipelines.dagster import settings
from schemas.words import DEFAULT_LANGUAGE, languages

COMMANDS = (
    "template",
    "draft",
    "check",
    "submit",
    "confirm",
    "withdraw",
    "purge",
    "report",
    "status",
    "questions",
    "decide",
    "accept",
    "work",
    "refresh",
    "publish",
    "rollback",
    "ask",
    "query",
    "explain",
    "export",
    "site",
    "matrix",
    "laws",
    "catalog",
    "verify",
    "doctor",
    "desk",
    "ui",
    "mcp",
)
"""Commands in the order of a steward's work, as the help page lists them."""

NEW = "--new"
"""Option, anywhere in a command line, to create the folder that LINEABASE_HOME names."""


class Command(TyperCommand):
    """Command whose help page and usage errors are in the user's language (the context's `obj`)."""

    allow_extra_args = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments. Raises Stop if there are too many."""
        rest = super().parse_args(ctx, args)
        if rest:
            raise Stop(USAGE, "usage.extra", value=" ".join(rest), command=ctx.command_path)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page of the command."""
        formatter.write(usage.help_page(ctx))


class Group(TyperGroup):
    """Group of commands under one name."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names. Raises Stop if there is none."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not name.startswith("-"):
            likely = ", ".join(get_close_matches(name, names)) or ", ".join(names)
            raise Stop(USAGE, "usage.command", value=name, likely=likely, command=ctx.command_path)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page that lists the commands."""
        formatter.write(usage.help_page(ctx))


class Commands(Group):
    """Group of all COMMANDS. A command is imported only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a command; None if the name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"pipelines.cli.{cmd_name}"), cmd_name)
        _collect_again()
        application = command if isinstance(command, typer.Typer) else _single_command(cmd_name, command)
        return typer.main.get_command(application)

    def main(self, *_: Any, args: Sequence[str] | None = None, **options: Any) -> Any:
        """Run a command line and exit. Any exception becomes a sentence and an exit code."""
        arguments = sys.argv[1:] if args is None else list(args)
        language_name = language(arguments)
        lang = language_name if language_name in languages() else None
        options |= {"standalone_mode": False, "obj": lang or DEFAULT_LANGUAGE}
        is_new = NEW in arguments
        arguments = [argument for argument in arguments if argument != NEW]
        call = partial(super().main, arguments, **options)
        needs_home = bool(arguments) and "--help" not in arguments

        def run() -> int | None:
            _check_language(language_name)
            if needs_home:
                _prepare_home(is_new)
            return int(call() or OK)

        raise SystemExit(exit_code(run, lang))


def _collect_again() -> None:
    """Switch garbage collection on again, but leave out all that was imported so far (main.py)."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _single_command(name: str, function: Any) -> typer.Typer:
    """Wrap a function as an application with a single command."""
    application = typer.Typer(add_completion=False)
    application.command(name, cls=Command)(function)
    return application


def language(arguments: Sequence[str]) -> str | None:
    """Return the language that `--lang` sets anywhere in a command line, or else the environment."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--lang" and following:
            return following
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return os.environ.get(settings.LANGUAGE) or None


def _check_language(lang: str | None) -> None:
    """Check the language. Raises Stop if it is unknown."""
    if lang not in (None, *languages()):
        raise Stop(USAGE, "cli.unknown_language", value=lang, known=", ".join(languages()))


def _common_language(context: typer.Context, _: str | None) -> str:
    """Return the language of the whole command line, for each command's own option."""
    return str(context.obj)


def _prepare_home(is_new: bool) -> None:
    """Check that LINEABASE_HOME names a folder, or create it if asked to. Raises Stop if it is missing."""
    root = os.environ.get("LINEABASE_HOME")
    if root and not Path(root).is_dir():
        if not is_new:
            raise Stop(USAGE, "cli.no_home", home=root)
        from warehouse.home import private

        private.make_home(Path(root))


LangOption = Annotated[str, typer.Option("--lang", callback=_common_language)]
JsonOption = Annotated[bool, typer.Option("--json")]


def day(text: str | None, *, not_after: date | None = None) -> date | None:
    """Parse a date of the command line; None if none is given. Raises Stop for an invalid date."""
    if text is None:
        return None
    try:
        parsed_date = date.fromisoformat(text)
    except ValueError as error:
        raise Stop(USAGE, "cli.bad_date", value=text) from error
    if not_after and parsed_date > not_after:
        raise Stop(USAGE, "cli.received_in_future", value=text)
    return parsed_date


app = typer.Typer(
    name="lineabase", cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def lineabase(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Options that may precede the command."""
