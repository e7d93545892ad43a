"""What ends a command early: its sentence on standard error, and its exit code. A defect leaves its trace."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from importlib.util import find_spec
from tempfile import NamedTemporaryFile

import typer

from pipelines.cli import usage
from pipelines.dagster.machine import disk_sentence
from schemas.words import DEFAULT, UserError, say

OK, BAD_INPUT, USAGE, MACHINE = 0, 1, 2, 3
"""Exit codes: done; rows quarantined, file refused or rejected, gate refused; usage; machine or service."""


OURS = ("assets", "lineabase", "pipelines", "schemas", "warehouse")
"""The packages of this program: what is missing of them is a defect, of any other was not installed."""


def needs_pipeline() -> None:
    """Raises ModuleNotFoundError where only what reading needs is installed: before anything is begun."""
    if find_spec("dagster") is None:
        raise ModuleNotFoundError(name="dagster")


class Stop(UserError):
    """The command ends here with a sentence and an exit code."""

    def __init__(self, code: int, key: str, **facts: object) -> None:
        self.code = code
        super().__init__(key, **facts)


def exit_code(call: Callable[[], int | None], lang: str | None) -> int:
    """The exit code of a call; what it raises is said on standard error. No `lang`: nobody chose one."""
    try:
        return call() or OK
    except Exception as error:
        from pipelines.cli.output import err

        code, sentence = _explained(error, lang)
        for said in (sentence, *getattr(error, "__notes__", ())):
            err.print(said, markup=False, soft_wrap=True)
        return code


def _explained(error: Exception, chosen: str | None) -> tuple[int, str]:
    """Exit code and sentence of what a command raised."""
    lang = chosen or DEFAULT
    match error:
        case Stop():
            return error.code, error.said(lang)
        case usage.UsageError():
            return USAGE, usage.sentence(error, lang)
        case UserError():
            return _of_user(error, chosen)
        case ModuleNotFoundError(name=str(name)) if name.split(".")[0] not in OURS:
            return MACHINE, say("cli.needs_pipeline", lang, missing=name)
        case OSError() if found := disk_sentence(error):
            return MACHINE, say("cli.broken", lang, reasons=found)
        case OSError() | MemoryError():
            return MACHINE, say("cli.broken", lang, reasons=f"{error}.")
        case typer.Abort():
            return MACHINE, say("cli.broken", lang, reasons="")
    if finding := getattr(error, "finding", None):  # a file that cannot be read, or was refused
        return BAD_INPUT, say("cli.refused", lang, message=finding.message(lang))
    if older_release := _of_older_release(error):
        return MACHINE, older_release.said(lang)
    if found := disk_sentence(error):
        return MACHINE, say("cli.broken", lang, reasons=found)
    return MACHINE, say("cli.defect", lang, trace=_trace())


def _of_older_release(error: Exception) -> UserError | None:
    """What an earlier version of the program left out of the release in force, if the error asks for it."""
    from duckdb import Error, connect

    from warehouse.home import Home
    from warehouse.releases import older

    if not isinstance(error, Error | KeyError):
        return None
    try:
        with connect(Home.default().current, read_only=True) as db:
            return older.explained(error, db)
    except Error:
        return None


def _of_user(error: UserError, chosen: str | None) -> tuple[int, str]:
    """What is wrong in the folder or in a TOML. A TOML's writer may read either language of the contract."""
    from schemas.grammar import CardError
    from schemas.indicators import CatalogueError
    from warehouse.home import DamagedHistory, UnknownCollection, UnknownSubmission

    lang = chosen or DEFAULT
    match error:
        case UnknownCollection() | UnknownSubmission():
            return USAGE, error.said(lang)
        case CardError() | CatalogueError() | DamagedHistory():
            return BAD_INPUT, say("cli.card_error", lang, error=error.said(chosen) if chosen else error)
        case ValueError() | LookupError():
            return BAD_INPUT, error.said(lang)
    return MACHINE, error.said(lang)


def _trace() -> str:
    """The file that holds the traceback of what is being handled."""
    with NamedTemporaryFile("w", prefix="lineabase-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return file.name
