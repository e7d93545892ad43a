"""Zone, locale, order of hashing and number of threads of the machine: a release is the same in all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests import faults
from tests.same_tables import RELEASED, differing
from warehouse.home import CHECKOUT, Home

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
AS_OF = "2025-12-31"


def measure(short: bool) -> dict[str, Any]:
    """The same home refreshed as of one day in each; in short as here, and in all at once."""
    tried = {"as here": SURROUNDINGS["as here"], **ALL_AT_ONCE} if short else SURROUNDINGS | ALL_AT_ONCE
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        start = faults.sound_home(Path(folder) / "start")
        first: Path | None = None
        for number, (name, surroundings) in enumerate(tried.items()):
            home = faults.copy(start, Path(folder) / str(number))
            said = _refreshed(home, surroundings)
            first = first or home.current.resolve()
            others = [] if said else [*differing(first, home.current.resolve(), RELEASED)]
            failed += [f"{name}: {one}" for one in (*said, *others)]
            rows.append({"surroundings": name, "tables that differ": len(others), "refresh fails": len(said)})
    return {"rows": rows, "failed": failed}


def _refreshed(home: Home, surroundings: dict[str, str]) -> list[str]:
    """What a refresh that fails says; nothing if it ends well. Where nothing is other than here, it is this process's."""
    if not surroundings:
        code, said = faults.run(home, "refresh", "--as-of", AS_OF)
        return [] if code == 0 else [said[-300:]]
    environment = os.environ | {"LINEABASE_HOME": str(home.root), **faults.QUIET, **surroundings}
    call = [sys.executable, "-m", "pipelines.cli.main", "refresh", "--as-of", AS_OF]
    done = subprocess.run(
        call, cwd=CHECKOUT, env=environment, capture_output=True, text=True, errors="replace"
    )
    return [] if done.returncode == 0 else [(done.stdout + done.stderr)[-300:]]
