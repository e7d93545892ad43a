"""Leaves slow tests untraced: `make test-all` takes it (`-p tests.untraced`), `make coverage` does not.

A tracer makes them a third dearer, and they run again what the quick ones run. Fixtures, and processes that a test
starts, are traced all the same: which test asks for a home first must not change what counts as covered.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")  # of pytest-cov
