"""Faults of a home, each beside `doctor` and `refresh`: found, repaired by itself, or named with what to do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests import faults
from tests.faults import Fault
from tests.operator.parts import progress
from warehouse.home import Home

DEFECTS = ("defecto", "Traceback", "Error:")
"""What no answer may hold: the words of a defect, the name of an exception."""


def measure(short: bool) -> dict[str, Any]:
    """Every fault made in a copy of a sound home; in short the first: tests/test_recovery.py tries them all."""
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        home = faults.sound_home(Path(folder) / "sound")
        for fault in faults.FAULTS[:1] if short else faults.FAULTS:
            told, wrong = tried(faults.copy(home, Path(folder) / fault.name), fault)
            rows += told
            progress(f"{len(rows)} faults")
            failed += wrong
    return {"rows": rows, "failed": failed}


def tried(home: Home, *made: Fault) -> tuple[list[dict[str, Any]], list[str]]:
    """Faults made, examined and met by one refresh, and mended as the page says; what was not as it must be, by fault."""
    before = home.current.read_bytes()
    for fault in made:
        fault.make(home)
    examined, said = faults.run(home, "doctor")
    is_found = {fault.name: _points(said, fault) and (examined != 0 or "! " in said) for fault in made}
    code, answer = faults.run(home, "refresh")
    wrong = [f"{word} in {text}" for text in (said, answer) for word in DEFECTS if word in text]
    for fault in made:
        found = [] if is_found[fault.name] else [f"doctor does not find it: {said}"]
        wrong += [f"{fault.name}: {w}" for w in (*found, *_of_refresh(fault, home, code, answer, before))]
    for fault in made:
        if fault.by_hand:
            fault.by_hand(home)
    wrong += [f"{', '.join(fault.name for fault in made)}: {w}" for w in _at_the_end(home)]
    rows = [
        {
            "fault": fault.name,
            "doctor finds it": "yes" if is_found[fault.name] else "no",
            "refresh": WORDS[fault.becomes],
            "exit": code,
            "a person must act": "yes" if fault.by_hand else "no",
        }
        for fault in made
    ]
    return rows, wrong


def _points(said: str, fault: Fault) -> bool:
    """A line of its own is about it."""
    return any(fault.points_at in line for line in said.splitlines())


WORDS = {
    "repaired": "repairs it and says so",
    "built": "builds it again",
    "named": "stops, names it; the last release stays",
    "said": "goes on and says it",
    "unsaid": "goes on; only `doctor` says it",
    "left": "needs it not; the next build makes it anew",
}


def _of_refresh(fault: Fault, home: Home, code: int, answer: str, before: bytes) -> list[str]:
    if fault.becomes == "named":
        stays = home.current.read_bytes() == before
        wrong = [] if code in (1, 3) else [f"refresh exits with {code}: {answer}"]
        wrong += [] if fault.points_at in answer else [f"refresh does not name it: {answer}"]
        return wrong + ([] if stays else ["the last release did not stay"])
    wrong = [] if code == 0 else [f"refresh exits with {code}: {answer}"]
    if fault.becomes in ("repaired", "said") and fault.points_at not in answer:
        wrong.append(f"refresh does not say it: {answer}")
    return wrong


def _at_the_end(home: Home) -> list[str]:
    """After what a person does, a refresh ends well and the doctor finds nothing to mend."""
    code, answer = faults.run(home, "refresh")
    examined, said = faults.run(home, "doctor")
    wrong = [] if code == 0 else [f"once mended, refresh exits with {code}: {answer}"]
    return wrong + ([] if examined == 0 else [f"once mended, doctor says: {said}"])
