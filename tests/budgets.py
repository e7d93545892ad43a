"""What the tests cost: CPU seconds by area beside the budgets in CONTRIBUTING.md, and the dearest. It reports, and fails nothing.

CPU, not the clock: a busy machine makes no test dearer. A home made for several areas is paid by the first.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parent.parent / "CONTRIBUTING.md"
SPENT = "cpu_seconds"
_began = pytest.StashKey[float]()
_by_area: Counter[str] = Counter()
_by_file: Counter[str] = Counter()
_by_test: Counter[str] = Counter()
DEAREST = 30
"""So many files and so many tests are named."""


@dataclass(frozen=True)
class Budget:
    """CPU seconds that the tests of an area may take in `make test` and in `make test-all`."""

    area: str
    quick: int
    all: int


def budgets(text: str) -> list[Budget]:
    """The rows `| area | seconds | seconds |` of the table of budgets."""
    rows = re.findall(r"^\| `(tests/[^`]+)` \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    return [Budget(area, int(quick), int(whole)) for area, quick, whole in rows]


def area_of(path: str, declared: list[Budget]) -> str:
    """The first area whose pattern a test's file matches; '' if none does."""
    return next((b.area for b in declared if fnmatch(path, b.area)), "")


def report(spent: dict[str, float], declared: list[Budget], *, quick: bool) -> list[str]:
    """A line an area: CPU seconds, budget, and whether it is exceeded; dearest first."""
    lines = []
    for area, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        budget = next(((b.quick if quick else b.all) for b in declared if b.area == area), 0)
        lines.append(f"{seconds:7.0f} of {budget:5d}  {area}{'  EXCEEDED' if seconds > budget else ''}")
    return lines


def _cpu() -> float:
    """CPU seconds of this process and of the ended ones it started."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    item.stash[_began] = _cpu()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    if call.when == "teardown":
        item.user_properties.append((SPENT, _cpu() - item.stash[_began]))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds = dict(report.user_properties).get(SPENT)
    if seconds is not None:
        file = report.nodeid.split("::")[0]
        _by_area[area_of(file, _declared())] += float(str(seconds))
        _by_file[file] += float(str(seconds))
        _by_test[report.nodeid] += float(str(seconds))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _by_area:
        return
    terminalreporter.section(f"CPU seconds by area: {sum(_by_area.values()):.0f}")
    quick = "not slow" in config.option.markexpr
    terminalreporter.line("\n".join(report(_by_area, _declared(), quick=quick)))
    for dearest in (_by_file, _by_test):
        terminalreporter.line(
            "\n".join(f"{spent:7.0f} {name}" for name, spent in dearest.most_common(DEAREST))
        )


def _declared() -> list[Budget]:
    return budgets(DOCUMENT.read_text(encoding="utf-8"))
