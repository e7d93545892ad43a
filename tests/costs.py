"""What a run of the tests costs: its seconds, the dearest files, and quick tests that ought to be slow. It fails nothing.

Seconds are of the processor where nothing else is said: a busy machine makes no test much dearer. A home that several
modules need is paid by the first.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping

import pytest

DEAREST = 10
"""So many files are named."""
QUICK = 1.0
"""A test that itself takes more seconds, without what its fixtures take, ought to be slow."""
_SPENT = "seconds"
_OF_ITSELF = "seconds of the test itself"
_began = pytest.StashKey[float]()
_by_file: Counter[str] = Counter()
_by_test: Counter[str] = Counter()
_started = time.monotonic()


def dearest(by_file: Mapping[str, float]) -> list[str]:
    """A line for each of the dearest files: seconds and name."""
    return [f"{seconds:7.1f}  {name}" for name, seconds in Counter(by_file).most_common(DEAREST)]


def to_mark(by_test: Mapping[str, float]) -> list[str]:
    """For each test (not each of its cases) that is not quick: its seconds, its file, and what to write there."""
    functions: Counter[str] = Counter()
    for case, seconds in by_test.items():
        name = case.partition("[")[0]
        functions[name] = max(functions[name], seconds)
    return [_what_to_write(name, seconds) for name, seconds in functions.most_common() if seconds > QUICK]


def _what_to_write(name: str, seconds: float) -> str:
    file, *_, function = name.split("::")
    return f"{seconds:7.1f}  {file}: write @pytest.mark.slow above {function}"


def _cpu() -> float:
    """Seconds of the processor of this process and of the ended ones it started."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    item.stash[_began] = _cpu()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    began = _cpu()
    try:
        return (yield)
    finally:
        item.user_properties.append((_OF_ITSELF, _cpu() - began))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    if call.when == "teardown":
        item.user_properties.append((_SPENT, _cpu() - item.stash[_began]))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    taken = {name: float(str(seconds)) for name, seconds in report.user_properties}
    if _SPENT in taken:
        _by_file[report.nodeid.partition("::")[0]] += taken[_SPENT]
        _by_test[report.nodeid] = taken.get(_OF_ITSELF, 0.0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _by_file:
        return
    clock = time.monotonic() - _started
    terminalreporter.section(f"{clock:.0f} s by the clock, {_by_file.total():.0f} s of the processor")
    lines = dearest(_by_file)
    if "not slow" in config.option.markexpr:
        lines += to_mark(_by_test)
    terminalreporter.line("\n".join(lines))
