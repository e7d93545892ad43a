"""`doctor`: examine the machine and the home, and explain how to correct each problem."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import MACHINE, OK
from pipelines.cli.output import print_json, print_sentence
from schemas.indicators import catalogue
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, Sentence, UserError, say
from warehouse.environment.settings import ReadingLimits
from warehouse.home import Home, database_locks, inbox
from warehouse.home.deployment import read_deployment
from warehouse.release import last_refresh, release_store, signing, verification
from warehouse.release.verification import Fault

MARKS = {"well": "✓", "remark": "!", "ill": "✗"}


def doctor(lang: LangOption = DEFAULT_LANGUAGE, as_json: JsonOption = False) -> int:
    """Examine the machine, then every file that the home keeps. Nothing is changed."""
    home = Home.default()
    results = [_examine_machine(key, examine, home, lang) for key, examine in EXAMINATIONS.items()]
    results += [_examine_files(name, check, home, lang) for name, check in verification.CHECKS.items()]
    ill = [result for result in results if result["state"] == "ill"]
    if as_json:
        print_json([{"key": r["key"], "well": r["state"] != "ill", "value": r["value"]} for r in results])
        return MACHINE if ill else OK
    for result in results:
        head = say(result["key"].replace("_", ".", 1), lang, value=result["value"])
        print_sentence(f"{MARKS[result['state']]} {head}")
    print_sentence(say("doctor.ill" if ill else "doctor.well", lang, n=len(ill)))
    return MACHINE if ill else OK


Diagnosis = tuple[bool, str | Sentence]
"""True if all is well, and a text on the result."""


def _examine_machine(key: str, examine: Callable[[Home], Diagnosis], home: Home, lang: str) -> dict[str, Any]:
    """Run an examination of the machine. If it fails itself, the error is the result."""
    try:
        is_well, message = examine(home)
        value = message.render(lang) if isinstance(message, Sentence) else message
    except UserError as error:
        is_well, value = False, error.render(lang)
    except Exception as error:  # the other examinations are still made
        is_well, value = False, f"{type(error).__name__}: {error}"
    return {"key": key, "state": "well" if is_well else "ill", "value": value}


def _examine_files(name: str, check: Callable[[Home], Any], home: Home, lang: str) -> dict[str, Any]:
    """Run a check of verification.py. Each fault is on a line of its own."""
    key = f"doctor_{name}"
    try:
        faults: list[Fault] = list(check(home))
    except UserError as error:
        faults = [Fault(error.sentence)]
    except Exception as error:
        return {"key": key, "state": "ill", "value": f"{type(error).__name__}: {error}"}
    # Two checks may report the same file: each line is shown once.
    lines = dict.fromkeys(f"\n    {fault.sentence.render(lang)}" for fault in faults)
    state = "well" if not faults else "remark" if verification.has_only_remarks(faults) else "ill"
    return {"key": key, "state": state, "value": "".join(lines) or "✓"}


def _check_libraries(_: Home) -> tuple[bool, str]:
    names = ("dagster", "duckdb", "pandas", "pandera", "great-expectations", "pycountry")
    return True, ", ".join(f"{n} {version(n)}" for n in names)


def _check_write_access(home: Home) -> tuple[bool, str]:
    probe = home.root / ".lineabase-probe"
    probe.write_text("")
    probe.unlink()
    return True, str(home.root)


def _check_disk_space(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.root).free / 2**30
    return free > 1, f"{free:.0f} GiB"


def _check_services(home: Home) -> tuple[bool, str]:
    """Check that the deployment's database answers."""
    database = read_deployment(home.root).database
    if database:
        # Any query of a lock needs a connection, so it shows that the database answers.
        database_locks.is_taken(database, "doctor", "doctor")
    return True, "PostgreSQL" if database else "—"


def _check_dagster_files(home: Home) -> Diagnosis:
    """Check Dagster's own files. A refresh replaces damaged files."""
    from pipelines.dagster import storage

    damaged_files = storage.damaged_databases(home)
    settings = home.dagster / storage.SETTINGS
    fault = storage.find_settings_fault(home) if settings.exists() else None
    if fault == "older_settings" and not damaged_files:
        return True, Sentence("doctor.older_settings", {"file": settings})
    if fault == "settings":
        damaged_files.append(settings)
    return not damaged_files, ", ".join(map(str, damaged_files)) or "✓"


def _check_reading_limits(_: Home) -> tuple[bool, str]:
    try:
        limits = ReadingLimits.from_environment()
    except InvalidValue as wrong:
        return False, str(wrong)
    return True, f"{limits.memory_mib:,} MiB, {limits.seconds:,} s"


def _check_inbox(home: Home) -> tuple[bool, str]:
    """Check that no file in the inbox needs attention."""
    names = [file.printable_path for file in inbox.list_inbox(home).remaining if not file.is_temporary]
    return not names, ", ".join(names) or "0"


def _check_release(home: Home) -> Diagnosis:
    """Check that the release in force can be opened, and describe its signature."""
    folder = release_store.folder_in_force(home)
    if folder is None and not home.current.exists():
        return True, "—"
    facts: dict[str, object] = {"release": folder.name if folder else "?", "file": home.current}
    if not home.current.exists():
        return False, Sentence("doctor.current_missing", facts)
    if not release_store.can_be_opened(home.current):
        return False, Sentence("doctor.current_unreadable", facts)
    signature = release_store.signature(folder) if folder else "unsigned"
    return True, Sentence(f"doctor.{signature}", facts)


def _check_last_refresh(home: Home) -> Diagnosis:
    """Describe the end of the last refresh. Not well if it was refused, failed or hangs."""
    last = last_refresh.read_last_refresh(home)
    return last.is_well, Sentence("doctor.last_refresh_said", {"said": last_refresh.render_sentences(last)})


def _check_signing_key(_: Home) -> tuple[bool, str]:
    signing.check_key()
    return True, "✓" if signing.sign(b"") else "—"


def _check_internal_folder(home: Home) -> tuple[bool, str]:
    """Check that no other user of the machine can read the internal folder."""
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    return not home.internal.exists() or not home.internal.stat().st_mode & open_to_others, ""


EXAMINATIONS: dict[str, Callable[[Home], Diagnosis]] = {
    "doctor_python": lambda _: (True, platform.python_version()),
    "doctor_libraries": _check_libraries,
    "doctor_home": _check_write_access,
    "doctor_disk": _check_disk_space,
    "doctor_reading": _check_reading_limits,
    "doctor_inbox": _check_inbox,
    "doctor_catalogue": lambda _: (True, str(len(catalogue()))),
    "doctor_services": _check_services,
    "doctor_store": _check_dagster_files,
    "doctor_key": _check_signing_key,
    "doctor_release": _check_release,
    "doctor_internal": _check_internal_folder,
    "doctor_last_refresh": _check_last_refresh,
}
