"""Damaged workbooks and packed files: each is read or refused, and no library's panic is seen."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import check
from assets.intake.reading import limited_reading, reading
from assets.intake.reading.reading_limits import too_long
from assets.intake.reading.sheets import Unreadable
from schemas.cards.card_file import File
from tests.bad_input import build
from tests.bad_input.cases import WORKBOOK
from tests.operator import damage
from tests.operator.parts import progress
from warehouse.environment.settings import SECONDS, ReadingLimits

SEED = 20261126
EACH, EACH_PACKED, EACH_SHORT = 2_000, 500, 10
"""Files of each kind of workbook, of each way of packing, and of either in the short form."""
LONGEST = 30
"""Seconds of the processor that one file may take; the machine's load makes no file slower."""
BY_EVERY_DOOR = 20
"""One file of so many is also checked as `lineabase check` does it."""

Row = dict[str, Any]


def measure(short: bool) -> dict[str, Any]:
    """So many damaged files of each kind, looked into and read."""
    numbers = {kind: EACH_SHORT if short else _each(kind) for kind in damage.KINDS}
    with tempfile.TemporaryDirectory() as folder, _printed(Path(folder) / "printed") as printed:
        if short:
            of_kinds = [_of_kind(kind, n) for kind, n in numbers.items()]
            limited_reading.close()
        else:
            with ProcessPoolExecutor(os.cpu_count()) as pool:
                of_kinds = list(pool.map(_of_kind_alone, numbers, numbers.values()))
    failed = [fault for _, faults in of_kinds for fault in faults]
    failed += [f"printed: {line}" for line in printed[:5]]
    return {"rows": [row for row, _ in of_kinds], "remarks": [_memory(failed)], "failed": failed}


def _each(kind: str) -> int:
    return EACH_PACKED if "(" in kind else EACH


def _of_kind_alone(kind: str, files: int) -> tuple[Row, list[str]]:
    """As `_of_kind`, in a process of its own: its reader ends with it, so that `_memory` counts it."""
    try:
        return _of_kind(kind, files)
    finally:
        limited_reading.close()


def _of_kind(kind: str, files: int) -> tuple[Row, list[str]]:
    """The row of the page for so many damaged files of a kind, and what failed."""
    fates: Counter[str] = Counter()
    failed: list[str] = []
    slowest, began = 0.0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _limited():
        home = build.home(Path(folder) / "home", WORKBOOK)
        for number in range(files):
            progress(f"{kind}: {number:,} of {files:,} files")
            way, path = _written(Path(folder), kind, number)
            start = time.monotonic()
            try:
                fates[_fate(path, kind)] += 1
                if number % BY_EVERY_DOOR == 0:
                    _checked(home, path)
            except BaseException as error:  # a panic is no Exception
                failed.append(f"{kind} {number} ({way}): {type(error).__name__}: {error}")
            slowest = max(slowest, time.monotonic() - start)
    took = {"ms a file": round(1000 * (time.monotonic() - began) / files), "slowest, s": round(slowest, 1)}
    return {"kind": kind, **_row(fates), **took}, failed


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Whoever reads meanwhile is ended after so many seconds."""
    before = os.environ.get(SECONDS)
    os.environ[SECONDS] = str(LONGEST)
    try:
        yield
    finally:
        os.environ.pop(SECONDS)
        if before is not None:
            os.environ[SECONDS] = before


def _written(folder: Path, kind: str, number: int) -> tuple[str, Path]:
    way, content = damage.damaged(kind, number, SEED)
    path = folder / f"datos{damage.KINDS[kind][0]}"
    path.write_bytes(content)
    return way, path


def _file(kind: str) -> File:
    type_, _, packed = kind.partition(" (")
    return File.model_validate({"type": type_} | ({"compression": packed[:-1]} if packed else {}))


def _fate(path: Path, kind: str) -> str:
    """What became of the file: whether its reading was ended, or by what rule it cannot be read."""
    try:
        reading.read_for_inspection(path)
        reading.read_sheets(path, _file(kind))
    except Unreadable as unreadable:
        if unreadable.finding.rule == too_long(ReadingLimits.from_environment()).rule:
            raise TimeoutError(f"more than {LONGEST} s") from unreadable
        return unreadable.finding.rule
    return "read"


def _checked(home: Any, path: Path) -> None:
    """Raises whatever is no outcome and no refusal."""
    try:
        outcome = check(home, path, build.COLLECTION, build.RECEIVED)
    except RefusedFile:
        return
    if broke := [f for f in outcome.findings if f.rule == "step_failed"]:
        raise AssertionError(broke[0].value)


def _row(fates: Counter[str]) -> dict[str, int]:
    other = fates.total() - fates["read"] - fates["unreadable_file"] - fates["file_too_large"]
    named = {"files": fates.total(), "read": fates["read"], "unreadable": fates["unreadable_file"]}
    return named | {"too large": fates["file_too_large"], "another rule": other}


def _memory(failed: list[str]) -> str:
    """The most that a child held; above what it may take is a failure."""
    scale = 1024**2 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // scale
    cap = ReadingLimits.from_environment().memory_mib
    if most > cap:
        failed.append(f"a child held {most:,} MiB, more than {cap:,}")
    return f"The largest child held {most:,} MiB; up to {cap:,} MiB are allowed. A file may take {LONGEST} s of the processor; the slowest is by the clock."


@contextlib.contextmanager
def _printed(path: Path) -> Iterator[list[str]]:
    """What any process of ours writes to the screen meanwhile, line by line, once it is over."""
    lines: list[str] = []
    sys.stderr.flush()
    kept = os.dup(2)
    with path.open("wb") as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield lines
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            lines += path.read_text(errors="replace").splitlines()
