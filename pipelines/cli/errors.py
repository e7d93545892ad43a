"""Errors that end a command: a sentence on standard error and an exit code.

A defect leaves a traceback file.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from tempfile import NamedTemporaryFile
from typing import Any

import typer

from pipelines.dagster.machine_errors import disk_sentence
from schemas.words import DEFAULT_LANGUAGE, UserError, say

OK, BAD_INPUT, USAGE, MACHINE = 0, 1, 2, 3
"""Exit codes: success; faulty input or refusal by the gate; wrong usage; fault of the machine or a service.
"""


UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Error that Typer raises for an invalid command line."""

OWN_PACKAGES = ("assets", "lineabase", "pipelines", "schemas", "warehouse")
"""Packages of this program. A missing module of another package was not installed; any other is a defect."""


def needs_pipeline() -> None:
    """Raise ModuleNotFoundError at the start if only the packages for reading are installed."""
    if find_spec("dagster") is None:
        raise ModuleNotFoundError(name="dagster")


class Stop(UserError):
    """End of the command, with a sentence and an exit code."""

    def __init__(self, code: int, key: str, **facts: object) -> None:
        self.code = code
        super().__init__(key, **facts)


@contextmanager
def as_usage_error(*kinds: type[UserError]) -> Iterator[None]:
    """Turn errors of these kinds in a `with` block into wrong usage: the user typed what caused them."""
    try:
        yield
    except kinds as error:
        raise Stop(USAGE, error.sentence.key, **error.sentence.facts) from error


def exit_code(call: Callable[[], int | None], lang: str | None) -> int:
    """Return the exit code of a call. Errors are printed. Without `lang`, no language was chosen."""
    try:
        return call() or OK
    except Exception as error:
        from pipelines.cli.output import err

        code, sentence = _explain(error, lang)
        for line in (sentence, *getattr(error, "__notes__", ())):
            err.print(line, markup=False, soft_wrap=True)
        return code


def _explain(error: Exception, chosen_lang: str | None) -> tuple[int, str]:
    """Return the exit code and the sentence of an error."""
    lang = chosen_lang or DEFAULT_LANGUAGE
    match error:
        case Stop():
            return error.code, error.render(lang)
        case UsageError():
            return USAGE, _usage_sentence(error, lang)
        case UserError():
            return _explain_user_error(error, chosen_lang)
        case ModuleNotFoundError(name=str(name)) if name.split(".")[0] not in OWN_PACKAGES:
            return MACHINE, say("cli.needs_pipeline", lang, missing=name)
        case OSError() if disk_problem := disk_sentence(error):
            return MACHINE, say("cli.broken", lang, reasons=disk_problem)
        case OSError() | MemoryError():
            return MACHINE, say("cli.broken", lang, reasons=f"{error}.")
        case typer.Abort():
            return MACHINE, say("cli.broken", lang, reasons="")
    if finding := getattr(error, "finding", None):  # the file cannot be read, or was refused
        return BAD_INPUT, say("cli.refused", lang, message=finding.message(lang))
    if older_release := _older_release_error(error):
        return MACHINE, older_release.render(lang)
    if disk_problem := disk_sentence(error):
        return MACHINE, say("cli.broken", lang, reasons=disk_problem)
    return MACHINE, say("cli.defect", lang, trace=_write_traceback())


def _usage_sentence(error: Any, lang: str) -> str:
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


def _older_release_error(error: Exception) -> UserError | None:
    """Describe data that the release lacks because an earlier version made it, if that caused the error."""
    from duckdb import Error, connect

    from warehouse.home import Home
    from warehouse.release import older_releases

    if not isinstance(error, Error | KeyError):
        return None
    try:
        with connect(Home.default().current, read_only=True) as db:
            return older_releases.explain_error(error, db)
    except Error:
        return None


def _explain_user_error(error: UserError, chosen_lang: str | None) -> tuple[int, str]:
    """Return the exit code and the sentence of an error in the home or in a TOML file.

    A TOML file may be in either language of the contract, so its errors are shown in both if no language was
    chosen.
    """
    from schemas.grammar import CardError
    from schemas.indicators import CatalogueError
    from warehouse.home import DamagedHistory, UnknownCollection, UnknownSubmission

    lang = chosen_lang or DEFAULT_LANGUAGE
    match error:
        case UnknownCollection() | UnknownSubmission():
            return USAGE, error.render(lang)
        case CardError() | CatalogueError() | DamagedHistory():
            return BAD_INPUT, say(
                "cli.card_error", lang, error=error.render(chosen_lang) if chosen_lang else error
            )
        case ValueError() | LookupError():
            return BAD_INPUT, error.render(lang)
    return MACHINE, error.render(lang)


def _write_traceback() -> str:
    """Write the current traceback to a file and return the file's name."""
    with NamedTemporaryFile("w", prefix="lineabase-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return file.name
