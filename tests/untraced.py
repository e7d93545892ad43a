"""Leaves slow tests untraced: `make test-all` takes it (`-p tests.untraced`), `make coverage` does not.

A tracer makes them a third dearer, and they run again what the quick ones run. Fixtures are traced all the same: which
test asks for a home first must not change what counts as covered. So are tests marked `slow(traced=True)`, which are slow for
a quick run and alone in what they go through. Imports nothing of ours, which is traced from here on.
"""

import os

import pytest

CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""By this variable coverage has processes traced that a test starts."""


def _is_untraced(item: pytest.Item) -> bool:
    slow = item.get_closest_marker("slow")
    return slow is not None and not slow.kwargs.get("traced", False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_untraced(item):
            item.add_marker("no_cover")  # of pytest-cov


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    if not _is_untraced(item):
        return (yield)
    from assets.steps import limited_reading

    limited_reading.begin()  # quick tests read by the same process, which is to be traced
    reader, told = limited_reading._reader, os.environ.pop(CHILDREN, None)
    try:
        return (yield)
    finally:
        if told is not None:
            os.environ[CHILDREN] = told
        if limited_reading._reader is not reader:
            limited_reading.close()
