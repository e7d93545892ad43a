"""Work in a fork of a process that has made what a process makes once, and that has no threads, as who forks should have none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

from tests.hard_times import killing


def done(work: Callable[..., Any], *given: Any) -> Any:
    """What the work answers; nothing of it stays but that."""
    return _ready().submit(_in_a_fork, work, *given).result()


def end() -> None:
    """The process that is ready is needed no more."""
    if _ready.cache_info().currsize:
        _ready().shutdown()
        _ready.cache_clear()


@cache
def _ready() -> ProcessPoolExecutor:
    """Ten seconds of the processor: all who ask have the same one."""
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=killing.ready)


def _in_a_fork(work: Callable[..., Any], *given: Any) -> Any:
    with ProcessPoolExecutor(1, get_context("fork")) as fork:
        return fork.submit(work, *given).result()
