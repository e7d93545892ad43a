"""`doctor`: whether the machine and the folder are well."""

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
from schemas.grammar import CardError
from schemas.indicators import CatalogueError, catalogue
from schemas.words import DEFAULT, Wrong, say
from warehouse.home import Home, inbox
from warehouse.home.settings import ReadingLimits
from warehouse.publication.client import Warehouse


def doctor(lang: LangOption = DEFAULT, as_json: JsonOption = False) -> int:
    """Examine the libraries, the folder, the cards, the catalogue and the release."""
    home = Home.default()
    results = [_examined(key, examine, home) for key, examine in EXAMINATIONS.items()]
    ill = [f for f in results if not f["well"]]
    if as_json:
        print_json(results)
    else:
        for f in results:
            tell(f"{'✓' if f['well'] else '✗'} {say(f['key'].replace('_', '.', 1), lang, value=f['value'])}")
        tell(say("doctor.ill" if ill else "doctor.well", lang, n=len(ill)))
    return MACHINE if ill else OK


def _examined(key: str, examine: Callable[[Home], tuple[bool, str]], home: Home) -> dict[str, Any]:
    try:
        well, value = examine(home)
    except (OSError, CardError, CatalogueError) as error:
        well, value = False, str(error)
    return {"key": key, "well": well, "value": value}


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


def _cards(home: Home) -> tuple[bool, str]:
    return True, str(len([home.card(name) for name in home.collections()]))


def _unrecognised_folders(home: Home) -> tuple[bool, str]:
    folders = home.unrecognised_folders()
    return not folders, ", ".join(map(str, folders)) or "0"


def _reading(_: Home) -> tuple[bool, str]:
    try:
        limits = ReadingLimits.of_deployment()
    except Wrong as wrong:
        return False, str(wrong)
    return True, f"{limits.memory_mib:,} MiB, {limits.seconds:,} s"


def _inbox(home: Home) -> tuple[bool, str]:
    lying = [one.shown for one in inbox.look(home).lying if not one.passing]
    return not lying, ", ".join(lying) or "0"


def _release(home: Home) -> tuple[bool, str]:
    if not home.current.exists():
        return True, "—"
    with Warehouse.open(home.current) as warehouse:
        return True, warehouse.release


def _internal(home: Home) -> tuple[bool, str]:
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    return not home.internal.exists() or not home.internal.stat().st_mode & open_to_others, ""


EXAMINATIONS: dict[str, Callable[[Home], tuple[bool, str]]] = {
    "doctor_python": lambda _: (True, platform.python_version()),
    "doctor_libraries": _libraries,
    "doctor_home": _writable,
    "doctor_disk": _disk,
    "doctor_cards": _cards,
    "doctor_unrecognised_folders": _unrecognised_folders,
    "doctor_reading": _reading,
    "doctor_inbox": _inbox,
    "doctor_catalogue": lambda _: (True, str(len(catalogue()))),
    "doctor_release": _release,
    "doctor_internal": _internal,
}
