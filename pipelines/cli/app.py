"""The Typer application: its commands by name, the options they share, the language they answer in.

A command is the function of its own name in the file of that name, imported when it is asked for. Its
arguments are the command's, its result is the exit code. What the screen shows is output.py.
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
from schemas.words import DEFAULT, languages

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
    "query",
    "export",
    "site",
    "matrix",
    "catalog",
    "verify",
    "doctor",
    "desk",
    "ui",
)
"""In the order of a steward's work, as the help page lists them."""

DOCTOR = "doctor"
NEW = "--new"
"""Anywhere in a command line: the folder that LINEABASE_HOME names is to be made."""


class Command(TyperCommand):
    """One command, with its help page and its slips in the user's language (the context's `obj`)."""

    allow_extra_args = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments. Raises Stop for one too many."""
        rest = super().parse_args(ctx, args)
        if rest:
            raise Stop(USAGE, "usage.extra", value=" ".join(rest), command=ctx.command_path)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page of the command."""
        formatter.write(usage.page(ctx))


class Group(TyperGroup):
    """Commands under one name."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names. Raises Stop if there is none."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            likely = ", ".join(get_close_matches(name, known)) or ", ".join(known)
            raise Stop(USAGE, "usage.command", value=name, likely=likely, command=ctx.command_path)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page that lists the commands."""
        formatter.write(usage.page(ctx))


class Commands(Group):
    """The commands of COMMANDS, none of them imported before it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        named = getattr(import_module(f"pipelines.cli.{cmd_name}"), cmd_name)
        _collect_again()
        named = named if isinstance(named, typer.Typer) else _alone(cmd_name, named)
        return typer.main.get_command(named)

    def main(self, *_: Any, args: Sequence[str] | None = None, **options: Any) -> Any:
        """Run one command line and exit. Whatever is raised becomes a sentence and an exit code."""
        arguments = sys.argv[1:] if args is None else list(args)
        wanted = language(arguments)
        chosen = wanted if wanted in languages() else None
        options |= {"standalone_mode": False, "obj": chosen or DEFAULT}
        is_new = NEW in arguments
        arguments = [argument for argument in arguments if argument != NEW]
        call = partial(super().main, arguments, **options)
        needs_home = bool(arguments) and "--help" not in arguments
        raise SystemExit(
            exit_code(lambda: _known(wanted) or (needs_home and _found(is_new, arguments)) or call(), chosen)
        )


def _collect_again() -> None:
    """Let go of what is not needed any more, but do not look among what was imported (main.py)."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _alone(name: str, function: Any) -> typer.Typer:
    """An application of one command."""
    application = typer.Typer(add_completion=False)
    application.command(name, cls=Command)(function)
    return application


def language(arguments: Sequence[str]) -> str | None:
    """The language a command line asks for, wherever `--lang` stands in it; else the environment's."""
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if here == "--lang" and after:
            return after
        if here.startswith("--lang="):
            return here.removeprefix("--lang=")
    return os.environ.get(settings.LANGUAGE) or None


def _known(lang: str | None) -> int:
    """Raises Stop if there is no such language."""
    if lang not in (None, *languages()):
        raise Stop(USAGE, "cli.unknown_language", value=lang, known=", ".join(languages()))
    return OK


def _chosen(context: typer.Context, _: str | None) -> str:
    """What a command is given as its language: the one of the whole command line."""
    return str(context.obj)


def _found(is_new: bool, arguments: Sequence[str]) -> int:
    """Raises Stop if LINEABASE_HOME names no folder, and nobody said that it is to be a new one."""
    root = os.environ.get("LINEABASE_HOME")
    if root and not Path(root).is_dir():
        if not is_new:
            raise Stop(USAGE, "cli.no_home", home=root)
        from warehouse.home import private

        private.make_home(Path(root))
    return OK


LangOption = Annotated[str, typer.Option("--lang", callback=_chosen)]
JsonOption = Annotated[bool, typer.Option("--json")]


def day(text: str | None, *, not_after: date | None = None) -> date | None:
    """A date given on the command line, if one was given. Raises Stop for what is none."""
    if text is None:
        return None
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        raise Stop(USAGE, "cli.bad_date", value=text) from error
    if not_after and given > not_after:
        raise Stop(USAGE, "cli.received_in_future", value=text)
    return given


app = typer.Typer(
    name="lineabase", cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def lineabase(lang: LangOption = DEFAULT) -> None:
    """What may stand before the command."""
