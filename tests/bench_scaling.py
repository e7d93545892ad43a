"""What submissions and collections cost, and a thousand providers in ten years: `python -m tests.bench_scaling`.

Homes of small submissions (one month, eleven rows each), part by part; then a straight line through the two largest,
carried on to a thousand providers that send every month for ten years: a computation, not a measurement. Seconds of
the processor, as other work may run beside it. By hand, not in CI; docs/scaling.md has the figures.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from tests.bench import measure
from tests.bench_homes import small_home

STEPS = """
import sys
from pathlib import Path
from assets.intake.processing import STEP_RUNNERS
from warehouse.home import Home
home = Home(Path(sys.argv[1]))
for run in STEP_RUNNERS:
    run(home, home.submissions())
"""

SNAPSHOT = """
import sys, pickle
from datetime import date
from pathlib import Path
from warehouse.build import inputs
from warehouse.home import Home
root = Path(sys.argv[1])
(root / "snapshot").mkdir()
snapshot = inputs.snapshot(Home(root), date(2026, 3, 31), root / "snapshot")
(root / "inputs.pickle").write_bytes(pickle.dumps(snapshot.inputs))
"""

BUILD = """
import sys, pickle
from pathlib import Path
from warehouse.statements import model_build as build
root = Path(sys.argv[1])
build.build(root / "internal.duckdb", pickle.loads((root / "inputs.pickle").read_bytes()))
"""

GATE = """
import sys
from pathlib import Path
from warehouse.gate import examine
examine(Path(sys.argv[1]) / "internal.duckdb")
"""

STATUS = """
import sys
from pathlib import Path
from assets.intake.freshness import outdated_submissions
from warehouse.home import Home
assert not outdated_submissions(Home(Path(sys.argv[1])), to_the_byte=True)
"""

PARTS = {"steps": STEPS, "snapshot": SNAPSHOT, "build": BUILD, "gate": GATE, "nothing new": STATUS}


PROVIDERS, MONTHS = 1_000, 120

Costs = dict[str, float]
"""Processor seconds by part."""


def main(sizes: list[int]) -> None:
    """Print a line for each size: processor seconds of each part, and the peak of memory of the build."""
    print("submissions", "collections", *PARTS, "peak MiB of the build", sep="\t", flush=True)
    measured = {size: _told(size, 10) for size in sizes}
    _told(sizes[0], sizes[0])  # as many collections as submissions
    small, large = sorted(measured)[-2:]
    for month, refresh in simulated(small, measured[small], large, measured[large]):
        told = ", ".join(f"{name} {seconds:,.0f}" for name, seconds in refresh.items())
        print(f"after {month} months, {month * PROVIDERS:,} submissions, one refresh: {told}")


def simulated(small: int, at_small: Costs, large: int, at_large: Costs) -> list[tuple[int, Costs]]:
    """What the monthly refresh costs after one, five and ten years, by a straight line through two sizes.

    The steps of a month's submissions are made once; all else is of everything received.
    """
    told = []
    for month in (12, 60, 120):
        refresh = {}
        for part in PARTS:
            each = max(0.0, at_large[part] - at_small[part]) / (large - small)
            fixed = at_large[part] - each * large
            refresh[part] = fixed + each * (PROVIDERS if part == "steps" else PROVIDERS * month)
        told.append((month, refresh))
    return told


def _told(submissions: int, collections: int) -> Costs:
    with tempfile.TemporaryDirectory() as folder:
        small_home(Path(folder), submissions, collections)
        costs, peak = {}, 0.0
        for name, program in PARTS.items():
            costs[name], mib = _processor(program, Path(folder))
            peak = mib if name == "build" else peak
    figures = [f"{costs[part]:.1f}" for part in PARTS]
    print(submissions, collections, *figures, f"{peak:.0f}", sep="\t", flush=True)
    return costs


def _processor(program: str, folder: Path) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, peak = measure(program, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 1_000])
