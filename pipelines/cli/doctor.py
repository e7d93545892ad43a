"""`doctor`: whether the machine and the folder are well, and what to do where they are not."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import MACHINE, OK
from pipelines.cli.output import print_json, tell
from schemas.indicators import catalogue
from schemas.words import DEFAULT, Sentence, UserError, Wrong, say
from warehouse.home import Home, database_locks, inbox
from warehouse.home.deployment import deployment
from warehouse.home.settings import ReadingLimits
from warehouse.releases import last_refresh, published, signing, verification
from warehouse.releases.verification import Fault

MARKS = {"well": "✓", "remark": "!", "ill": "✗"}


def doctor(lang: LangOption = DEFAULT, as_json: JsonOption = False) -> int:
    """Examine the machine, then every file that the folder keeps. Nothing is changed."""
    home = Home.default()
    results = [_examined(key, examine, home, lang) for key, examine in EXAMINATIONS.items()]
    results += [_asked(name, ask, home, lang) for name, ask in verification.QUESTIONS.items()]
    ill = [result for result in results if result["state"] == "ill"]
    if as_json:
        print_json([{"key": r["key"], "well": r["state"] != "ill", "value": r["value"]} for r in results])
        return MACHINE if ill else OK
    for result in results:
        head = say(result["key"].replace("_", ".", 1), lang, value=result["value"])
        tell(f"{MARKS[result['state']]} {head}")
    tell(say("doctor.ill" if ill else "doctor.well", lang, n=len(ill)))
    return MACHINE if ill else OK


Said = tuple[bool, str | Sentence]
"""Whether it is well, and what there is to say of it."""


def _examined(key: str, examine: Callable[[Home], Said], home: Home, lang: str) -> dict[str, Any]:
    """What an examination says; one that breaks off itself says why."""
    try:
        well, said = examine(home)
        value = said.said(lang) if isinstance(said, Sentence) else said
    except UserError as error:
        well, value = False, error.said(lang)
    except Exception as error:  # whatever is wrong, the other examinations are made
        well, value = False, f"{type(error).__name__}: {error}"
    return {"key": key, "state": "well" if well else "ill", "value": value}


def _asked(name: str, ask: Callable[[Home], Any], home: Home, lang: str) -> dict[str, Any]:
    """What a question of verification.py says: its faults, a line each."""
    key = f"doctor_{name}"
    try:
        faults: list[Fault] = list(ask(home))
    except UserError as error:
        faults = [Fault(error.sentence)]
    except Exception as error:
        return {"key": key, "state": "ill", "value": f"{type(error).__name__}: {error}"}
    lines = dict.fromkeys(f"\n    {fault.sentence.said(lang)}" for fault in faults)  # two may ask of one file
    state = "well" if not faults else "remark" if verification.holds(faults) else "ill"
    return {"key": key, "state": state, "value": "".join(lines) or "✓"}


def _libraries(_: Home) -> tuple[bool, str]:
    names = ("dagster", "duckdb", "pandas", "pandera", "great-expectations", "pycountry")
    return True, ", ".join(f"{n} {version(n)}" for n in names)


def _writable(home: Home) -> tuple[bool, str]:
    probe = home.root / ".lineabase-probe"
    probe.write_text("")
    probe.unlink()
    return True, str(home.root)


def _disk(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.root).free / 2**30
    return free > 1, f"{free:.0f} GiB"


def _services(home: Home) -> tuple[bool, str]:
    """Whether the database of a deployment answers."""
    database = deployment(home.root).database
    if database:
        database_locks.is_taken(database, "doctor", "doctor")
    return True, "PostgreSQL" if database else "—"


def _store(home: Home) -> tuple[bool, str]:
    """Dagster's own files; a refresh makes them anew where they are damaged."""
    from pipelines.dagster import store

    damaged = store.damaged_databases(home)
    if (home.dagster / store.SETTINGS).exists() and not store.has_whole_settings(home):
        damaged.append(home.dagster / store.SETTINGS)
    return not damaged, ", ".join(map(str, damaged)) or "✓"


def _reading(_: Home) -> tuple[bool, str]:
    try:
        limits = ReadingLimits.of_deployment()
    except Wrong as wrong:
        return False, str(wrong)
    return True, f"{limits.memory_mib:,} MiB, {limits.seconds:,} s"


def _inbox(home: Home) -> tuple[bool, str]:
    lying = [one.shown for one in inbox.look(home).lying if not one.passing]
    return not lying, ", ".join(lying) or "0"


def _release(home: Home) -> Said:
    folder = published.in_force(home)
    if folder is None and not home.current.exists():
        return True, "—"
    facts: dict[str, object] = {"release": folder.name if folder else "?", "file": home.current}
    if not home.current.exists():
        return False, Sentence("doctor.current_missing", facts)
    if not published.can_be_opened(home.current):
        return False, Sentence("doctor.current_unreadable", facts)
    signature = published.signature(folder) if folder else "unsigned"
    return True, Sentence(f"doctor.{signature}", facts)


def _last_refresh(home: Home) -> Said:
    """How the last refresh ended; ill where it was refused or broke off, or does not end."""
    last = last_refresh.read(home)
    return last.is_well, Sentence("doctor.last_refresh_said", {"said": last_refresh.sentences(last)})


def _key(_: Home) -> tuple[bool, str]:
    signing.check_key()
    return True, "✓" if signing.sign(b"") else "—"


def _internal(home: Home) -> tuple[bool, str]:
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    return not home.internal.exists() or not home.internal.stat().st_mode & open_to_others, ""


EXAMINATIONS: dict[str, Callable[[Home], Said]] = {
    "doctor_python": lambda _: (True, platform.python_version()),
    "doctor_libraries": _libraries,
    "doctor_home": _writable,
    "doctor_disk": _disk,
    "doctor_reading": _reading,
    "doctor_inbox": _inbox,
    "doctor_catalogue": lambda _: (True, str(len(catalogue()))),
    "doctor_services": _services,
    "doctor_store": _store,
    "doctor_key": _key,
    "doctor_release": _release,
    "doctor_internal": _internal,
    "doctor_last_refresh": _last_refresh,
}
