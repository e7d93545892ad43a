"""Typer application: the commands by name, shared options, help pages, and the language of the output.

A command is a function of its own name in the module that COMMANDS names. The module is imported when the
command is called. Its arguments are the command's arguments, its result is the exit code. Help pages have the
texts `help.…` for a command and `option.…` for an argument or option, in schemas/words.
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

from pipelines.cli.errors import OK, USAGE, Stop, as_usage_error, exit_code
from pipelines.dagster import settings
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, languages, say

COMMANDS = {
    "template": "collections",
    "draft": "collections",
    "check": "submissions",
    "submit": "submissions",
    "confirm": "decisions",
    "withdraw": "decisions",
    "purge": "decisions",
    "report": "submissions",
    "status": "home",
    "questions": "decisions",
    "decide": "decisions",
    "accept": "decisions",
    "work": "home",
    "refresh": "releases",
    "publish": "releases",
    "rollback": "releases",
    "ask": "reading",
    "query": "reading",
    "explain": "reading",
    "export": "reading",
    "site": "reading",
    "matrix": "reading",
    "laws": "collections",
    "catalog": "collections",
    "verify": "checks",
    "doctor": "checks",
    "desk": "services",
    "ui": "services",
    "mcp": "services",
}
"""Module of each command, in the order of a steward's work, as the help page lists them."""

NEW = "--new"
"""Option, anywhere in a command line, to create the folder that LINEABASE_HOME names."""


def _write_help(command: Any, ctx: Any, formatter: Any) -> None:
    """Write usage, purpose, parameters and, for a group, its commands, in the user's language (`ctx.obj`)."""
    lang, subcommands = str(ctx.obj), command.list_commands(ctx) if isinstance(command, TyperGroup) else []
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    pieces = ["[--…]", *(p.name.upper() for p in parameters if p.param_type_name == "argument")]
    pieces += [say("help.command", lang)] if subcommands else []
    formatter.write_usage(ctx.command_path, " ".join(pieces), f"{say('help.usage', lang)} ")
    formatter.write_paragraph()
    formatter.write_text(say(_help_key(ctx), lang))
    options = [*(_help_row(p, lang) for p in parameters), ("--help", say("option.help", lang))]
    commands = [(name, say(_help_key(ctx, name), lang)) for name in subcommands]
    for rows in filter(None, (options, commands)):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_dl(rows)


def _help_key(context: Any, *below: str) -> str:
    """Return the key of the text of a command, or of one below a group: its names without the program's."""
    names = [*context.command_path.split()[1:], *below]
    return f"help.{'_'.join(names) or context.command.name}"


def _help_row(parameter: Any, lang: str) -> tuple[str, str]:
    """Return an argument or option as the user types it, and its description."""
    syntax = parameter.name.upper()
    if parameter.param_type_name == "option":
        syntax = ", ".join(sorted(parameter.opts, key=len)) + ("" if parameter.is_flag else " …")
    required = f" ({say('help.required', lang)})" if parameter.required else ""
    facts = {"known": ", ".join(languages()), "default": parameter.default}
    return syntax, say(f"option.{parameter.name}", lang, **facts) + required


class Command(TyperCommand):
    """Command whose help page and usage errors are in the user's language."""

    allow_extra_args = True
    format_help = _write_help

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments. Raises Stop if there are too many."""
        rest = super().parse_args(ctx, args)
        if rest:
            raise Stop(USAGE, "usage.extra", value=" ".join(rest), command=ctx.command_path)
        return rest


class Group(TyperGroup):
    """Group of commands under one name."""

    format_help = _write_help

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names. Raises Stop if there is none."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not name.startswith("-"):
            likely = ", ".join(get_close_matches(name, names)) or ", ".join(names)
            raise Stop(USAGE, "usage.command", value=name, likely=likely, command=ctx.command_path)
        return super().resolve_command(ctx, args)


class Commands(Group):
    """Group of all COMMANDS. A command is imported only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a command; None if the name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"pipelines.cli.{COMMANDS[cmd_name]}"), cmd_name)
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
    from warehouse.home.calendar import read_day  # here: the help imports nothing of the warehouse

    with as_usage_error(InvalidValue):
        return None if text is None else read_day(text, not_after)


def require_files(*files: Path) -> None:
    """Raise Stop for a file that does not exist."""
    for file in files:
        if not file.is_file():
            raise Stop(USAGE, "cli.no_file", file=file)


app = typer.Typer(
    name="lineabase", cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def lineabase(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Options that may precede the command."""
