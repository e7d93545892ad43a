"""Two hundred quarters, one after the other, in simulated time: each ends in a release, and no folder grows beyond what is kept."""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import assets.dagster.build
from assets.intake.processing import confirm_if_held, process
from assets.intake.submission import receive
from tests.operator.parts import progress
from tests.test_vintages import new_home
from warehouse.home import Home
from warehouse.publication.publishing import publish
from warehouse.reading.client import Warehouse
from warehouse.release import release_store

CYCLES, SHORT = 200, 2
COUNTRIES = ("CRI", "GTM", "HND", "MEX", "PAN", "SLV")
SPARE = 4
"""So many releases more than a quarter's own may lie there: the one in force, the one before, the building."""


def measure(short: bool) -> dict[str, Any]:
    """A submission a quarter, that brings a quarter and corrects the last one; then build, gate and release."""
    cycles = SHORT if short else CYCLES
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder) / "home", delivery="by_period")
        quarters = _quarters(cycles)
        began = time.monotonic()
        for number in range(1, cycles + 1):
            failed += _cycle(home, quarters[:number])
            progress(f"{number} of {cycles} quarters")
            if number in {1, cycles // 4, cycles // 2, cycles}:
                rows.append(_row(home, number, time.monotonic() - began))
    return {"rows": rows, "failed": failed}


def _quarters(number: int) -> list[date]:
    """The first days of so many quarters, the last of which is long past."""
    return [date(1972 + n // 4, 1 + 3 * (n % 4), 1) for n in range(number)]


def _cycle(home: Home, quarters: list[date]) -> list[str]:
    """One quarter; what is not as it must be after it."""
    day = quarters[-1] + timedelta(days=110)
    lines = [
        f"{country},{start.year}-Q{(start.month + 2) // 3},{_value(len(quarters), at, start == quarters[-1])}"
        for start in quarters[-2:]
        for at, country in enumerate(COUNTRIES)
    ]
    file = home.root / "cuadro.csv"
    file.write_text("\n".join(["reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
    submission = receive(home, file, "X/c", day)
    confirm_if_held(home, submission, process(home, submission), office="prueba", reason="es correcto")
    built = assets.dagster.build.build_database(home, day)
    if not built.verdict.has_passed:
        return [f"{day}: the gate refuses {[a.question.id for a in built.verdict.failed]}"]
    publish(home, day, always=True)
    return [f"{day}: {one}" for one in (*_not_kept(home, len(quarters)), *_not_released(home, quarters))]


def _value(quarter: int, at: int, is_new: bool) -> int:
    return 50 + 7 * at + quarter + (0 if is_new else 1)


def _not_kept(home: Home, quarters: int) -> list[str]:
    lying = len(release_store.releases(home))
    return [] if quarters <= lying <= quarters + SPARE else [f"{lying} releases after {quarters} quarters"]


def _not_released(home: Home, quarters: list[date]) -> list[str]:
    """The values in force are the last ones sent: of each quarter but the last the corrected one."""
    with Warehouse.open(home.current) as release:
        found = release.query(
            "SELECT period_start, sum(value_low) AS v FROM core.current GROUP BY ALL ORDER BY ALL"
        )
    told = {row.period_start.date(): row.v for row in found.itertuples()}
    expected = {
        start: sum(
            _value(at if at == len(quarters) else at + 1, c, at == len(quarters))
            for c in range(len(COUNTRIES))
        )
        for at, start in enumerate(quarters, start=1)
    }
    return [] if told == expected else ["the values in force are not those sent last"]


def _row(home: Home, cycles: int, seconds: float) -> dict[str, Any]:
    return {
        "quarters": cycles,
        "releases": len(release_store.releases(home)),
        "MiB of releases": _mib(home.warehouse / "releases"),
        "MiB of the rest": _mib(home.root) - _mib(home.warehouse / "releases"),
        "seconds so far": round(seconds),
    }


def _mib(folder: Path) -> int:
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1024**2)
