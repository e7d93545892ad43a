"""Writes that broke off: histories cut at every byte of their last line, kept files cut anywhere."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.operator.integrity import KEPT, signed_home, signing_key
from warehouse.home import Home, events
from warehouse.home.calendar import today
from warehouse.release import verification

SEED = 20261126
CUTS, CUTS_SHORT = 200, 8
"""Cuts of each kept file, and in the short form."""
LINES: dict[str, Callable[[], bytes]] = {
    "a receipt's line": lambda: events.line(event="received", on=str(today()), sha256="ab" * 32),
    "a withdrawal's line": lambda: events.line(
        event="withdrawn", on=str(today()), office="demo", why="ñandú"
    ),
    "a release's line": lambda: events.line(event="published", on=str(today()), release="2026-Q3.r1"),
}
"""What is appended, where a kill or a power cut may leave a part of it."""


def measure(short: bool) -> dict[str, Any]:
    """Each line cut at each of its bytes; each kept file at so many places."""
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder, signing_key(Path(folder)):
        for name, written in LINES.items():
            rows.append(_of_line(name, Path(folder), written(), failed))
        home = signed_home(Path(folder) / "home")
        for name, (where, question) in KEPT.items():
            if where(home).name != events.EVENTS_FILE:
                rows.append(
                    _of_file(name, home, where(home), question, CUTS_SHORT if short else CUTS, failed)
                )
    return {"rows": rows, "failed": failed}


def _of_line(name: str, folder: Path, last: bytes, failed: list[str]) -> dict[str, Any]:
    """Half a line never counts, and the next one takes its place and says so; a whole one is never lost."""
    wrong = [f"{name}, cut at {at}: {fault}" for at in range(len(last)) for fault in _torn(folder, last, at)]
    failed += wrong
    return {"what broke off": name, "cuts": len(last), "noticed": len(last) - len(wrong)}


def _torn(folder: Path, last: bytes, at: int) -> Iterator[str]:
    path, before = (
        folder / events.EVENTS_FILE,
        events.line(event="received", on="2022-03-31", sha256="cd" * 32),
    )
    path.write_bytes(before + last[:at])
    whole = at == len(last) - 1  # but for its break
    count = 2 if whole else 1
    if len(events.read(path)) != count:
        yield "it is read as another number of lines"
    if events.torn_bytes(path) != (0 if whole else at):
        yield "it is not told"
    events.append(path, event="withdrawn", on="2022-05-01", office="demo", why="prueba")
    told = events.read(path)
    if len(told) != count + 1 or told[-1]["event"] != "withdrawn":
        yield "the next line is not read"
    if not whole and at and told[-1].get("torn_before") != str(at):
        yield "the next line does not say it"


def _of_file(
    name: str, home: Home, path: Path, question: str, cuts: int, failed: list[str]
) -> dict[str, Any]:
    noticed = sum(_is_noticed(home, path, question, at) for at in range(cuts))
    if noticed < cuts:
        failed.append(f"{name}: {cuts - noticed} of {cuts} cuts not noticed")
    return {"what broke off": name, "cuts": cuts, "noticed": noticed}


def _is_noticed(home: Home, path: Path, question: str, seed: int) -> bool:
    """Cut the file, ask, and put it back as it was."""
    was, told = path.read_bytes(), path.stat()
    path.chmod(0o600)
    os.truncate(path, random.Random(f"{SEED} {path.name} {seed}").randrange(len(was)) if seed else 0)
    found = list(verification.CHECKS[question](home))
    path.write_bytes(was)
    path.chmod(told.st_mode)
    return bool(found)
