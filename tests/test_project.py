"""The project's own files: locks, hooks, licences, the cost of its tests. What the code does is asked elsewhere."""

import ast
import csv
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from importlib import import_module
from io import StringIO
from pathlib import Path
from tokenize import COMMENT, generate_tokens
from types import SimpleNamespace

import pytest
import yaml

from tests import conftest
from tests.costs import DEAREST, dearest, to_mark
from warehouse.home import CHECKOUT

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED_TOGETHER = {"charts", "pipeline", "dev", "mcp"}
"""The extras that `make setup` installs."""
LOCKS = sorted(CHECKOUT.glob("requirements*.lock"))


def _text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


def _pins(lock: Path) -> dict[str, set[str]]:
    """Versions by package; there are several where they differ by platform."""
    found: dict[str, set[str]] = {}
    for name, pin in re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, set()).add(pin)
    return found


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[; ]", one)[0] for one in requirements}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.stem)
def test_a_lock_has_hashes_and_tells_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links| @ ", text)
    entries = re.split(r"\n(?=[a-z])", text)
    assert [e.split("\n")[0] for e in entries if "--hash=sha256:" not in e] == []


def test_requirements_lock_holds_what_the_pipeline_and_its_development_need() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = _names(PROJECT["dependencies"]).union(*(_names(extras[extra]) for extra in LOCKED_TOGETHER))
    assert needed - _pins(CHECKOUT / "requirements.lock").keys() == set()


def test_each_other_extra_has_a_lock_of_its_own_that_agrees_with_the_pipelines() -> None:
    pipeline = _pins(CHECKOUT / "requirements.lock")
    others = PROJECT["optional-dependencies"].keys() - LOCKED_TOGETHER
    assert {f"requirements-{extra}" for extra in others} == {lock.stem for lock in LOCKS} - {"requirements"}
    for extra in others:
        pins = _pins(CHECKOUT / f"requirements-{extra}.lock")
        needed = _names(PROJECT["optional-dependencies"][extra]) | _names(PROJECT["dependencies"])
        assert needed - pins.keys() == set()
        assert {n: v for n, v in pins.items() if n in pipeline and not v & pipeline[n]} == {}
        assert _names(PROJECT["optional-dependencies"][extra]) & pipeline.keys() == set()


def test_hooks_and_workflows_fetch_no_tool() -> None:
    hooks = yaml.safe_load(_text(".pre-commit-config.yaml"))["repos"]
    assert [(r["repo"], h["language"]) for r in hooks for h in r["hooks"] if h["language"] != "system"] == []
    assert {r["repo"] for r in hooks} == {"local"}
    workflows = [yaml.safe_load(p.read_text("utf-8")) for p in (CHECKOUT / ".github/workflows").glob("*.yml")]
    steps = [step for workflow in workflows for job in workflow["jobs"].values() for step in job["steps"]]
    runs = [step["run"] for step in steps if "run" in step]
    assert runs
    assert all(run.startswith("make ") for run in runs)


def test_versions_and_licences_are_told_alike() -> None:
    citation = yaml.safe_load(_text("CITATION.cff"))
    assert citation["version"] == PROJECT["version"]
    named = set(PROJECT["license"].split(" AND "))
    kept = {p.stem for p in (CHECKOUT / "LICENSES").glob("*.txt")}
    assert named == kept | {citation["license"]}
    assert [licence for licence in kept if licence not in _text("NOTICE")] == []


NAMED = re.compile(r"(?:python -m |from |`)((?:assets|pipelines|schemas|warehouse|tests)(?:\.[a-z_]+)+)")


@pytest.mark.parametrize(
    "document", ["Makefile", "CONTRIBUTING.md", *(d.name for d in CHECKOUT.glob("README*.md"))]
)
def test_modules_that_the_documents_name_are_there(document: str) -> None:
    assert [name for name in NAMED.findall(_text(document)) if not is_module(name)] == []


FILE = re.compile(
    r"(?<![\w/.<>*{}-])((?:[\w-]+/)*[\w-]+\.(?:py|sql)|(?:schemas|docs)/[\w/.-]+\.(?:toml|csv|tsv|txt|md))\b"
)
MODULE = re.compile(r"\b((?:assets|pipelines|schemas|warehouse|tests)(?:\.[a-z_]\w*)+)\b")
ROOMS = ("assets", "pipelines", "schemas", "warehouse", "tests")


def remarks(path: Path) -> Iterator[str]:
    """Docstrings and comments of a file of Python, SQL or TOML."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        yield from (line.split("--", 1)[1] for line in text.splitlines() if "--" in line)
    elif path.suffix == ".toml":
        yield from (line for line in text.splitlines() if line.lstrip().startswith("#"))
    else:
        yield from (t.string for t in generate_tokens(StringIO(text).readline) if t.type == COMMENT)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


def tails(paths: Iterable[str]) -> set[str]:
    """Every way to name a file: from the checkout, from any folder above it, or by its name alone."""
    return {"/".join(path.split("/")[n:]) for path in paths for n in range(path.count("/") + 1)}


def is_there(module: Path) -> bool:
    """Whether a path without ending is a module or a package."""
    return module.with_suffix(".py").exists() or (module / "__init__.py").exists()


def is_module(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    module, _, attribute = name.rpartition(".")
    own, holder = (CHECKOUT.joinpath(*part.split(".")) for part in (name, module))
    return is_there(own) or (is_there(holder) and attribute in vars(import_module(module)))


@pytest.mark.slow
def test_files_and_modules_that_remarks_name_are_there() -> None:
    files = [p for room in (*ROOMS, "docs") for p in (CHECKOUT / room).rglob("*.*")]
    known = tails(p.relative_to(CHECKOUT).as_posix() for p in files)
    code = [(p, remark) for p in files if p.suffix in (".py", ".sql", ".toml") for remark in remarks(p)]
    documents = [(p, p.read_text(encoding="utf-8")) for p in files if p.suffix == ".md"]
    named = [(p, name, name in known) for p, text in (*code, *documents) for name in FILE.findall(text)]
    named += [(p, name, is_module(name)) for p, text in code for name in MODULE.findall(text)]
    assert [(p.name, name) for p, name, is_known in named if not is_known] == []
    assert len(named) > 200


def test_a_file_that_is_gone_is_noticed() -> None:
    assert FILE.findall("made in assets/validated.py, as docs/x.md says") == [
        "assets/validated.py",
        "docs/x.md",
    ]
    assert not is_module("warehouse.waivers.read")
    assert is_module("warehouse.home.waivers.read_waivers")
    assert tails(["a/b/c.py"]) == {"a/b/c.py", "b/c.py", "c.py"}


@pytest.mark.parametrize(
    ("in_ci", "chosen", "ends"),
    [(True, "not slow", True), (True, "not shared and not slow", False), (False, "not slow", False)],
)
def test_in_ci_a_run_without_the_publishers_files_ends_before_it_begins(
    in_ci: bool, chosen: str, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "IN_CI", in_ci)
    config = SimpleNamespace(option=SimpleNamespace(markexpr=chosen))
    monkeypatch.setattr(conftest, "SHARED", tmp_path)
    conftest.pytest_configure(config)
    monkeypatch.setattr(conftest, "SHARED", tmp_path / "none")
    with pytest.raises(pytest.UsageError, match=r"shared is missing") if ends else nullcontext():
        conftest.pytest_configure(config)


def test_the_dearest_files_of_a_run_are_named() -> None:
    lines = dearest({f"tests/test_{n}.py": float(n) for n in range(20)})
    assert len(lines) == DEAREST
    assert [line.split() for line in lines[:2]] == [
        ["19.0", "tests/test_19.py"],
        ["18.0", "tests/test_18.py"],
    ]


def test_a_quick_test_of_more_than_a_second_is_named_once_with_what_to_write() -> None:
    spent = {"tests/a.py::test_b[1]": 1.5, "tests/a.py::test_b[2]": 2.5, "tests/a.py::test_c": 1.0}
    (line,) = to_mark(spent)
    assert line.split(maxsplit=1) == ["2.5", "tests/a.py: write @pytest.mark.slow above test_b"]


def test_what_a_release_leaves_in_a_clone_is_ignored_by_git(released_home: Path) -> None:
    """A clone stays clean, so that nothing received or released is committed by mistake."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("this is no clone")
    left = [
        path.relative_to(released_home) for path in (released_home / "warehouse").rglob("*") if path.is_file()
    ]
    asked = subprocess.run(
        ["git", "-C", CHECKOUT, "check-ignore", "--no-index", *map(str, left)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(map(str, left)) - set(asked.stdout.split()) == set()


def test_every_row_of_a_table_has_the_cells_of_its_header() -> None:
    """A comma without quotes would move the cells after it: a flag would have the effects of none."""
    tables = [path for path in (CHECKOUT / "schemas").rglob("*.csv") if path.parent.name != "raw"]
    wrong = []
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        wrong += [(path.name, row) for row in rows if row and len(row) != len(header)]
    assert wrong == []
    assert len(tables) > 50
