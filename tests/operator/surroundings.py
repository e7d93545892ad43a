"""Zone, locale, order of hashing and number of threads of the machine: a release is the same in all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from tests import faults
from tests.same_tables import RELEASED, differing
from warehouse.home import CHECKOUT, Home
from warehouse.release import release_store

SURROUNDINGS: dict[str, dict[str, str]] = {
    "as here": {},
    "a day ahead (Kiritimati)": {"TZ": "Pacific/Kiritimati"},
    "a day behind (Pago Pago)": {"TZ": "Pacific/Pago_Pago"},
    "Turkish, whose i has no dot": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale, bytes for letters": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "another order of hashing": {"PYTHONHASHSEED": "4711"},
}
ALL_AT_ONCE = {
    "all at once": {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONUTF8": "0",
        "PYTHONHASHSEED": "7",
    }
}


def measure(short: bool) -> dict[str, Any]:
    """What a sound home received, refreshed in each as of the day of its release; in short in all at once."""
    tried = ALL_AT_ONCE if short else SURROUNDINGS | ALL_AT_ONCE
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        start = faults.sound_home(Path(folder) / "start")
        named = release_store.read_release_name(start.current)
        assert named is not None
        for number, (name, surroundings) in enumerate(tried.items()):
            home = Home(Path(folder) / str(number))
            shutil.copytree(start.raw, home.raw)
            said = _refreshed(home, surroundings, named[1])
            others = [] if said else [*differing(start.current, home.current, RELEASED)]
            failed += [f"{name}: {one}" for one in (*said, *others)]
            rows.append({"surroundings": name, "tables that differ": len(others), "refresh fails": len(said)})
    return {"rows": rows, "failed": failed}


def _refreshed(home: Home, surroundings: dict[str, str], day: date) -> list[str]:
    """What a refresh that fails says; nothing if it ends well."""
    environment = os.environ | {"LINEABASE_HOME": str(home.root), **faults.QUIET, **surroundings}
    call = [sys.executable, "-m", "pipelines.cli.main", "refresh", "--as-of", str(day)]
    done = subprocess.run(
        call, cwd=CHECKOUT, env=environment, capture_output=True, text=True, errors="replace"
    )
    return [] if done.returncode == 0 else [(done.stdout + done.stderr)[-300:]]
