"""One load built by both engines, compared table by table: `python -m tests.bench_spark [1m|10m]`. By hand, not in CI.

Each build is a whole process, imports and Java's start included. Wall and processor seconds, as other work may run
beside it. Needs pyspark and Java (requirements-spark.lock).
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from schemas.tables import TABLES
from tests.bench_build import SIZES, write
from tests.same_tables import differing
from warehouse.home import CHECKOUT

BUILD = """
import pickle, sys
from pathlib import Path
from warehouse import build
folder, engine = Path(sys.argv[1]), sys.argv[2]
build.build(folder / f"{engine}.duckdb", pickle.loads((folder / "inputs.pickle").read_bytes()), engine)
if engine == "spark":
    from pyspark import SparkContext
    used = SparkContext._gateway.jvm.java.lang.ProcessHandle.current().info().totalCpuDuration().get()
    print(f"Java: {used.toMillis() / 1000:.0f} s of the processor")
"""


def main(size: str) -> None:
    """Print what each engine takes, and which tables differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = write(folder, "in_force", collections=SIZES[size][0], quarters=SIZES[size][1])
        (folder / "inputs.pickle").write_bytes(pickle.dumps(inputs))
        for engine in ("duckdb", "spark"):
            seconds, used = _measured(folder, engine)
            print(f"{engine} {size}: {seconds:.0f} s, {used:.0f} s of the processor", flush=True)
        apart = differing(folder / "duckdb.duckdb", folder / "spark.duckdb", TABLES)
        print("the same rows in every table" if not apart else f"differing: {apart}")


def _measured(folder: Path, engine: str) -> tuple[float, float]:
    before, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD, str(folder), engine],
        cwd=CHECKOUT,
        env=os.environ,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - before, spent


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["1m"]))
