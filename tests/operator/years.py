"""Forty quarters of ten collections through Dagster: what the home takes on disk, with old runs deleted."""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg

from assets.intake.submission import receive
from pipelines.dagster import run_retention
from pipelines.dagster.launch import RunStatus, instance_of, run_refresh
from tests.operator.parts import progress
from tests.test_vintages import card_of
from warehouse.home import Home
from warehouse.release import release_store

QUARTERS, COLLECTIONS = 40, 10
SHORT_QUARTERS, SHORT_COLLECTIONS = 3, 2
COUNTRIES = ("CRI", "GTM", "HND", "MEX", "PAN", "SLV")
RUNS_KEPT = 2
"""The run that ended last, and the one that was at work when the others were deleted."""


def measure(short: bool) -> dict[str, Any]:
    """A submission a quarter and collection, then a refresh, as if each came after the days of the setting."""
    quarters = SHORT_QUARTERS if short else QUARTERS
    collections = [f"X/c{n}" for n in range(SHORT_COLLECTIONS if short else COLLECTIONS)]
    rows, failed = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(run_retention, "run_days", return_value=-1),
    ):
        home = Home(Path(folder) / "home")
        for collection in collections:
            card_of(home, collection, delivery="by_period")
        with instance_of(home) as instance:
            for number in range(1, quarters + 1):
                seconds = time.process_time()
                failed += _quarter(home, instance, collections, number)
                seconds = time.process_time() - seconds
                progress(f"{number} of {quarters} quarters")
                if number == 1 or number % max(quarters // 4, 1) == 0:
                    rows.append(_row(home, number, seconds))
    remark = f"{len(collections)} collections, a submission of six rows each a quarter; every release has its bundle and pages unless the environment says no."
    return {"rows": rows, "failed": failed, "remarks": [remark]}


def _quarter(home: Home, instance: dg.DagsterInstance, collections: list[str], number: int) -> list[str]:
    """One quarter; what is not as it must be after it."""
    start = date(2010 + (number - 1) // 4, 1 + 3 * ((number - 1) % 4), 1)
    day = start + timedelta(days=110)
    period = f"{start.year}-Q{(start.month + 2) // 3}"
    for at, collection in enumerate(collections):
        lines = [f"{country},{period},{50 + 7 * n + at + number}" for n, country in enumerate(COUNTRIES)]
        file = home.root / "cuadro.csv"
        file.write_text("\n".join(["reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
        receive(home, file, collection, day)
    result = run_refresh(home, instance, day)
    failed = [] if result.status is RunStatus.RELEASED else [f"{period}: {result.status.name} {result}"]
    if (runs := len(_run_databases(home))) > RUNS_KEPT:
        failed.append(f"{period}: {runs} databases of runs")
    if (releases := len(release_store.releases(home))) != number:
        failed.append(f"{period}: {releases} releases")
    return failed


def _run_databases(home: Home) -> list[Path]:
    files = (home.dagster / "history" / "runs").glob("*.db")
    return [path for path in files if path.name not in ("index.db", ".db")]


def _row(home: Home, number: int, seconds: float) -> dict[str, Any]:
    return {
        "quarters": number,
        "processor seconds of the quarter": round(seconds, 1),
        "files": sum(path.is_file() for path in home.root.rglob("*")),
        "files staged": sum(path.is_file() for path in (home.root / "staged").rglob("*")),
        "MiB staged": _mib(home.root / "staged"),
        "MiB of releases": _mib(home.releases),
        "MiB of .dagster": _mib(home.dagster),
        "bytes of index.db": (home.dagster / "history/runs/index.db").stat().st_size,
        "databases of runs": len(_run_databases(home)),
    }


def _mib(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1024**2, 1)
