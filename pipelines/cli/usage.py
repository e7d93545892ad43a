"""Help pages and usage errors in the user's language.

Texts are `help.…` for a command and `option.…` for an argument or option.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

import typer

from schemas.words import languages, say

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Error that Typer raises for an invalid command line."""


def help_page(context: Any) -> str:
    """Return the help page of a command, or of a group with its commands."""
    command, lang = context.command, str(context.obj)
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p.name.upper() for p in parameters if p.param_type_name == "argument"]
    pieces = [context.command_path, "[--…]", *arguments]
    parts = [" ".join([say("help.usage", lang), *pieces])]
    parts.append(say(_help_key(context), lang))
    parts.append(_columns([*(_describe(p, lang) for p in parameters), ("--help", say("option.help", lang))]))
    if hasattr(command, "list_commands"):
        parts[0] += f" {say('help.command', lang)}"
        parts.append(
            _columns([(n, say(_help_key(context, n), lang)) for n in command.list_commands(context)])
        )
    return "\n\n".join(parts) + "\n"


def _help_key(context: Any, *below: str) -> str:
    """Return the key of the text of a command, or of one below a group: its names without the program's."""
    names = list(below)
    while context.parent is not None:
        names.insert(0, context.command.name)
        context = context.parent
    return f"help.{'_'.join(names) or context.command.name}"


def _describe(parameter: Any, lang: str) -> tuple[str, str]:
    """Return an argument or option as the user types it, and its description."""
    syntax = parameter.name.upper()
    if parameter.param_type_name == "option":
        syntax = ", ".join(sorted(parameter.opts, key=len)) + ("" if parameter.is_flag else " …")
    required = f" ({say('help.required', lang)})" if parameter.required else ""
    facts = {"known": ", ".join(languages()), "default": parameter.default}
    return syntax, say(f"option.{parameter.name}", lang, **facts) + required


def _columns(rows: list[tuple[str, str]]) -> str:
    """Format two columns, the second wrapped to the width of the terminal."""
    first = max(len(left) for left, _ in rows) + 4
    width = max(min(shutil.get_terminal_size().columns, 100), first + 30)
    return "\n".join(line for left, right in rows for line in _wrap(f"  {left}".ljust(first), right, width))


def _wrap(left: str, right: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(right, width, initial_indent=left, subsequent_indent=" " * len(left))


def usage_sentence(error: Any, lang: str) -> str:
    """Describe a usage error and refer to the help page."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    parameter = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or (max(parameter.opts, key=len) if parameter else "")
    name = name if name.startswith("-") else name.upper()
    key = _KEYS.get(type(error).__name__, "usage.other")
    path = error.ctx.command_path if error.ctx else "lineabase"
    return say(key, lang, name=name, likely=_likely(error, lang), command=path)


def _likely(error: Any, lang: str) -> str:
    near = ", ".join(getattr(error, "possibilities", None) or ())
    return f"{say('cli.suggestion', lang, suggestion=near)} " if near else ""


_KEYS = {
    "NoSuchOption": "usage.option",
    "MissingParameter": "usage.missing",
    "BadParameter": "usage.value",
    "BadOptionUsage": "usage.no_value",
}
"""Sentence for each kind of usage error, by the name of Typer's exception."""
