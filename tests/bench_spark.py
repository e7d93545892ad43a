"""One load built by both engines, compared table by table: `python -m tests.bench_spark [1m|10m] [PART …]`. By hand, not in CI.

Parts: `duckdb` and `spark` build, each a whole process, imports and Java's start included; `compare` holds their tables
against each other. Without a part all three. Wall and processor seconds, as other work may run beside it. What each found
is kept in .reliability/engines.json; the databases in --folder, so that parts may be run one by one. Needs pyspark and
Java (requirements-spark.lock).
"""

from __future__ import annotations

import argparse
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from schemas.tables import TABLES
from tests import kept_figures
from tests.bench_build import SIZES, write
from tests.same_tables import differing
from warehouse.home import CHECKOUT

REPORT = kept_figures.FOLDER / "engines.json"
ENGINES, COMPARE = ("duckdb", "spark"), "compare"
LONGEST = 8 * 3600
"""Seconds after which a build is ended."""
EVERY = 60
"""Seconds between two lines that say how long a build has been at work."""
BUILD = """
import pickle, sys
from pathlib import Path
from warehouse.statements import model_build as build
folder, engine = Path(sys.argv[1]), sys.argv[2]
build.build(folder / f"{engine}.duckdb", pickle.loads((folder / "inputs.pickle").read_bytes()), engine)
if engine == "spark":
    from pyspark import SparkContext
    used = SparkContext._gateway.jvm.java.lang.ProcessHandle.current().info().totalCpuDuration().get()
    (folder / "java").write_text(str(round(used.toMillis() / 1000)))
"""


def main() -> int:
    """Print and keep what each engine takes, and which tables differ; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_spark", description=__doc__)
    parser.add_argument("size", nargs="?", default="1m", choices=sorted(SIZES))
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join((*ENGINES, COMPARE)))
    parser.add_argument("--folder", type=Path, help="where the load and the databases are kept between parts")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {*ENGINES, COMPARE}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as name:
        folder = asked.folder or Path(name)
        return max(_part(part, asked.size, folder) for part in asked.parts or (*ENGINES, COMPARE))


def _part(part: str, size: str, folder: Path) -> int:
    found = _compared(folder) if part == COMPARE else _built(part, _load(folder, size))
    print(f"{part} {size}: {found}", flush=True)
    command = f"python -m tests.bench_spark {size} {part}"
    kept_figures.keep(
        REPORT, f"{size} {part}", {"commit": kept_figures.commit(), "command": command, **found}
    )
    return int(bool(found.get("differing")))


def _load(folder: Path, size: str) -> Path:
    """The folder, with the load in it: the same for both engines."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "inputs.pickle").exists():
        inputs = write(folder, "in_force", collections=SIZES[size][0], quarters=SIZES[size][1])
        (folder / "inputs.pickle").write_bytes(pickle.dumps(inputs))
    return folder


def _built(engine: str, folder: Path) -> dict[str, Any]:
    """Seconds, those of the processor, and of Java's as it says itself."""
    (folder / f"{engine}.duckdb").unlink(missing_ok=True)
    before, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-W", "ignore", "-c", BUILD, str(folder), engine]
    with subprocess.Popen(call, cwd=CHECKOUT, env=os.environ) as build:
        while _is_at_work(build):
            seconds = time.monotonic() - before
            print(f"  {engine} has been at work for {seconds:.0f} s", flush=True)
            if seconds > LONGEST:
                build.kill()
    if build.returncode:
        raise SystemExit(f"{engine}: the build ended with {build.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    took = {"seconds": round(time.monotonic() - before), "processor seconds": round(spent)}
    java = folder / "java"
    return took | ({"of Java": int(java.read_text())} if engine == "spark" and java.exists() else {})


def _is_at_work(build: subprocess.Popen[bytes]) -> bool:
    """Whether the build is not done after another while."""
    try:
        build.wait(EVERY)
    except subprocess.TimeoutExpired:
        return True
    return False


def _compared(folder: Path) -> dict[str, Any]:
    """How many tables were compared, and which differ."""
    apart = differing(folder / "duckdb.duckdb", folder / "spark.duckdb", TABLES)
    return {"tables": len(TABLES), "differing": {name: list(only) for name, only in apart.items()}}


if __name__ == "__main__":
    sys.exit(main())
