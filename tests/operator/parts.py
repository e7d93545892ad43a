"""The parts of the operator's tests: which there are, and what each gives. None is named here."""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypedDict

import tests.operator

NO_PARTS = {"__main__", "parts", "report", "damage", "recovered"}
"""Modules of the package that measure nothing."""


class Measured(TypedDict):
    """What a part found.

    `rows` is the table of the page, one mapping a row, keys are its heads; `remarks` are sentences below it;
    `failed` names what must not have happened.
    """

    rows: list[dict[str, Any]]
    remarks: list[str]
    failed: list[str]


def names() -> list[str]:
    """The parts, sorted."""
    found = [module.name for module in pkgutil.iter_modules(tests.operator.__path__)]
    return sorted(n for n in found if n not in NO_PARTS and not n.startswith("test_"))


def title(name: str) -> str:
    """What the part is about: the first line of its module."""
    return (import_module(f"tests.operator.{name}").__doc__ or name).splitlines()[0].rstrip(".")


def measured(name: str, *, short: bool) -> Measured:
    """What the part finds now; its `remarks` may be left out."""
    measure: Callable[[bool], dict[str, Any]] = import_module(f"tests.operator.{name}").measure
    found = measure(short)
    return {"rows": found["rows"], "remarks": found.get("remarks", []), "failed": found["failed"]}


_EVERY = 30.0
"""Seconds between two lines of progress."""
_last_told = 0.0


def progress(line: str) -> None:
    """Print how far a part has come, now and then."""
    global _last_told
    if time.monotonic() - _last_told > _EVERY:
        _last_told = time.monotonic()
        print(f"  {line}", flush=True)
