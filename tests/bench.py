"""Speed as ratios, measured in one run: `make bench` (and `make bench FULL=1`). No test asserts a time.

Each figure is a whole process from start to end, imports included, beside a floor: DuckDB alone reading
the same files, grouping them and writing Parquet. Written to .bench/latest.json.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import bench_build, bench_cases, bench_countries, bench_dagster
from tests.bench_homes import shipped_home, small_home
from warehouse.home import CHECKOUT

FLOOR = """
import duckdb, sys
duckdb.execute('''COPY (SELECT * FROM (SELECT COLUMNS(*) FROM read_csv(?, all_varchar=true, union_by_name=true,
    comment='#', header=true)) GROUP BY ALL ORDER BY ALL) TO '%s/floor.parquet' ''' % sys.argv[1], [sys.argv[1] + '/raw/*/*/*/*.csv'])
"""

LINE = """
import sys
from datetime import date
from pathlib import Path
import assets.dagster.build
from assets.intake.freshness import outdated_submissions
from assets.intake.processing import STEP_RUNNERS
from warehouse.home import Home
from warehouse.publication.publishing import publish
home = Home(Path(sys.argv[1]))
outdated = outdated_submissions(home)
for run in STEP_RUNNERS:
    run(home, outdated)
assert assets.dagster.build.build_database(home, date(2026, 3, 31)).verdict.has_passed
publish(home, date(2026, 3, 31))
"""

JOB = """
import sys, dagster as dg
from datetime import date
from pathlib import Path
from pipelines.dagster.launch import instance_of, run_refresh
from warehouse.home import Home
home = Home(Path(sys.argv[1]))
with instance_of(home) as instance:
    assert run_refresh(home, instance, date(2026, 3, 31)).status == 0
"""


def grown_home(root: Path, submissions: int) -> None:
    """A released home and one submission more: its own steps are made, and the whole build anew."""
    small_home(root, submissions)
    last = root / "raw" / "BENCH" / f"c{(submissions - 1) % 10}" / f"2025-01-01.{submissions}"
    shutil.move(last, root / "kept")
    measure(LINE, root)
    shutil.move(root / "kept", last)


def measure(program: str, home: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one process."""
    quiet = (
        f"__file__ = 'measured'\n{program}"  # DuckDB draws a bar where it takes the program for a dialogue
    )
    before = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", quiet, str(home)], cwd=CHECKOUT)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"A measured program failed with status {status}.")
    return time.perf_counter() - before, used.ru_maxrss / 1024


def figure(name: str, program: str, make: Callable[[Path], None], times: int = 2) -> dict[str, object]:
    """One figure: the program against the floor on the same files, best of so many times."""
    print(f"{name} …", end=" ", flush=True)
    runs, floors = [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder))
            floors.append(measure(FLOOR, Path(folder)))
            runs.append(measure(program, Path(folder)))
    seconds, peak = min(runs)
    floor = min(floors)[0]
    print(f"{seconds:.2f} s, floor {floor:.2f} s, ratio {seconds / floor:.1f}, {peak:.0f} MiB")
    return {
        "name": name,
        "seconds": round(seconds, 3),
        "floor_seconds": round(floor, 3),
        "ratio_floor": round(seconds / floor, 2),
        "peak_mib": round(peak),
        "peer": None,
        "times_faster_than_peer": None,
    }


MANY = 200


def main() -> None:
    """Measure and write .bench/latest.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="larger sizes")
    full = parser.parse_args().full
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target = CHECKOUT / ".bench" / "latest.json"
    target.parent.mkdir(exist_ok=True)
    figures: list[dict[str, object]] = []
    for part in _parts(full):
        figures += part()
        target.write_text(
            json.dumps(figures, indent=1), encoding="utf-8"
        )  # what is measured is kept if a later part fails
    print(f"→ {target.relative_to(CHECKOUT)}")


def _parts(full: bool) -> list[Callable[[], list[dict[str, object]]]]:
    cases = {"cases_1m": 10**6} | ({"cases_10m": 10**7} if full else {})
    return [
        lambda: [figure("line_shipped", LINE, shipped_home)],
        lambda: [figure(f"many_small_{MANY}", LINE, lambda root: small_home(root, MANY))],
        lambda: [figure(f"many_small_{MANY}_dagster", JOB, lambda root: small_home(root, MANY))],
        lambda: [figure(f"one_more_than_{MANY}", LINE, lambda root: grown_home(root, MANY), times=1)],
        lambda: bench_cases.figures(cases, measure),
        lambda: bench_build.figures("10m" if full else "1m", measure),
        bench_countries.figures,
        lambda: [bench_dagster.figures(200, known) for known in ((0, 4_800) if full else (0,))],
    ]


if __name__ == "__main__":
    main()
