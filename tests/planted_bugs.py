"""Bugs planted one at a time in a copy of the program: each must be caught by its test. `python -m tests.planted_bugs`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from warehouse.home import CHECKOUT

BUGS = Path(__file__).with_name("planted_bugs.toml")
COPIED = (
    *("assets", "docs", "lineabase", "notebooks", "pipelines", "raw", "schemas", "tests", "warehouse"),
    *("pyproject.toml", "CONTRIBUTING.md"),
)
"""Folders and files that the tests need."""


@dataclass(frozen=True)
class Bug:
    """A text of a file and its replacement, with the test that must fail."""

    what: str
    file: str
    before: str
    after: str
    test: str

    def plant(self, text: str) -> str:
        """Return the text with the bug. ValueError unless it fits in one place."""
        if text.count(self.before) != 1:
            raise ValueError(f"{self.file}: {text.count(self.before)} places for the bug: {self.what}")
        return text.replace(self.before, self.after)


def bugs() -> list[Bug]:
    """Return the declared bugs."""
    declared = tomllib.loads(BUGS.read_text(encoding="utf-8"))
    return [*(Bug(**entry) for entry in declared["bug"]), *_bugs_in_sql(declared["sql"])]


def _bugs_in_sql(tests: dict[str, dict[str, list[list[str]]]]) -> Iterator[Bug]:
    for test, files in tests.items():
        for file, changes in files.items():
            for before, after in changes:
                yield Bug(f"{file}: {before} → {after}", f"warehouse/build/sql/{file}", before, after, test)


@dataclass(frozen=True)
class ChangedModule:
    """A module that a program changed in every place, one at a time, and how many changes its tests caught."""

    file: str
    tests: str
    changes: int
    caught: int
    survivors: str
    options: tuple[str, ...] = ("--noconftest", "-m", "not slow and not hard")


def changed_modules() -> list[ChangedModule]:
    """Return the modules that were measured."""
    return [ChangedModule(**entry) for entry in tomllib.loads(BUGS.read_text(encoding="utf-8"))["module"]]


def page() -> str:
    """Return the chapter of docs/reliability.md."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield "\n# Bugs planted in the program, and the test that catches each\n"
    yield "Rendered from `tests/planted_bugs.toml`. The first thirteen once passed all tests; the others are like defects that were mended, or slips that were thought of."
    yield "`python -m tests.planted_bugs` plants them one at a time in a copy of the program and runs the test, which must fail; without"
    yield "a bug it must pass.\n"
    yield "| planted bug | in | caught by |"
    yield "|---|---|---|"
    for bug in (bug for bug in bugs() if "→" not in bug.what):
        yield f"| {bug.what} | `{bug.file}` | `{bug.test.partition('::')[2]}` |"
    yield "\nChanges of the SQL of spans, forms, sums and totals by hand, one at a time: operators, limits, keys of joins, conditions."
    yield "`tests/planted_bugs.toml` has each.\n"
    yield "| test | in | caught |"
    yield "|---|---|---:|"
    counts = Counter((bug.test.partition("::")[2], bug.file) for bug in bugs() if "→" in bug.what)
    yield from (f"| `{test}` | `{file}` | {n} |" for (test, file), n in counts.items())
    yield "\nOf these modules a program (`python -m tests.changed_modules`) changed operators, limits, numbers, conditions, results,"
    yield "statements and the order of arguments, one at a time: all changes, or 35 to 90 drawn with a fixed seed (1 December 2026).\n"
    yield "| module | tests | changes | caught | survivors |"
    yield "|---|---|---:|---:|---|"
    for m in changed_modules():
        yield f"| `{m.file}` | `{m.tests}` | {m.changes} | {m.caught} | {m.survivors} |"


def survivors() -> list[Bug]:
    """Return the bugs that their tests do not catch. Takes some minutes."""
    with TemporaryDirectory() as folder:
        copy = copy_program(Path(folder))
        return [bug for bug in bugs() if not _is_caught(bug, copy)]


def copy_program(folder: Path) -> Path:
    """Copy the program and its tests into a folder, and return it."""
    for name in COPIED:
        _copy(CHECKOUT / name, folder / name)
    return folder


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.duckdb*", "releases"))


def _is_caught(bug: Bug, copy: Path) -> bool:
    """Check that the test passes, and fails with the bug."""
    file = copy / bug.file
    sound = file.read_text(encoding="utf-8")
    passes = _run(bug.test, copy) == 0
    file.write_text(bug.plant(sound), encoding="utf-8")
    fails = _run(bug.test, copy) == 1
    file.write_text(sound, encoding="utf-8")
    print(f"{'caught' if passes and fails else 'SURVIVED'}: {bug.what}", flush=True)
    return passes and fails


def _run(test: str, copy: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider", test]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(1 if survivors() else 0)
