"""Modules changed by a program in every place, one at a time, and their own tests run each time.

`python -m tests.changed_modules [N [MODULE TESTS…]]` tries N of its changes (100) and prints those that no test notices;
without a module, of each in planted_bugs.toml. A change is written into a copy of the program and tried in a process
forked from one that has imported all that does not import the module.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDERS = ("schemas", "warehouse", "assets", "pipelines")
LIMIT = 120
"""Seconds after which a change counts as noticed: the tests do not end."""

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A node of a module's source and the text in its place."""

    node: ast.expr | ast.stmt
    text: str

    def apply(self, source: str) -> str:
        """Return the changed source."""
        lines = source.encode().splitlines(keepends=True)
        start = sum(map(len, lines[: self.node.lineno - 1])) + self.node.col_offset
        end = sum(map(len, lines[: (self.node.end_lineno or 0) - 1])) + (self.node.end_col_offset or 0)
        raw = source.encode()
        return (raw[:start] + self.text.encode() + raw[end:]).decode()

    def __str__(self) -> str:
        before, after = (" ".join(t.split()) for t in (ast.unparse(self.node), self.text))
        return f"{self.node.lineno}: {before[:100]}  ->  {after[:100]}"


def changes(source: str) -> list[Change]:
    """Return all changes of a source that still compile."""
    found = {str(change): change for node in _nodes(ast.parse(source)) for change in _changes_of(node)}
    return [change for change in found.values() if _compiles(change.apply(source))]


def _compiles(source: str) -> bool:
    with contextlib.suppress(SyntaxError):
        return bool(compile(source, "changed", "exec"))
    return False


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one, without docstrings, annotations, imports and the parts of formatted texts."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if (
                not isinstance(child, ast.AST)
                or is_text
                or name in ("annotation", "returns", "decorator_list")
            ):
                continue
            yield child
            if not isinstance(child, (ast.JoinedStr, ast.Import, ast.ImportFrom)):
                yield from _nodes(child)


def _changes_of(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(left, ops, right):
            for n, op in enumerate(ops):
                for other in _COMPARED[type(op)]:
                    yield _of(node, ast.Compare(left, [*ops[:n], other(), *ops[n + 1 :]], right))
        case ast.BinOp(left, op, right) if type(op) in _COMPUTED:
            yield _of(node, ast.BinOp(left, _COMPUTED[type(op)](), right))
        case ast.AugAssign(target, op, value) if type(op) in _COMPUTED:
            yield _of(node, ast.AugAssign(target, _COMPUTED[type(op)](), value))
            yield Change(node, "pass")
        case ast.BoolOp(op, values):
            yield _of(node, ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values))
        case ast.UnaryOp(_, operand):
            yield _of(node, operand)
        case ast.Constant(bool() as value):
            yield Change(node, str(not value))
        case ast.Constant(int() | float() as value):
            yield from (Change(node, f"({value + n})") for n in (1, -1))
        case ast.Return(ast.expr() as value) if ast.unparse(value) != "None":
            yield Change(node, "return None")
        case ast.Expr(ast.Call()) | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            yield Change(node, "pass")
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield Change(node, "pass")
        case ast.Call(function, [first, second, *rest], keywords) if _is_ordered(function, first, second):
            yield _of(node, ast.Call(function, [second, first, *rest], keywords))
        case ast.If(test) | ast.IfExp(test):
            yield from (Change(test, text) for text in ("True", "False"))
        case ast.comprehension(_, _, ifs):
            yield from (Change(test, "True") for test in ifs)


def _is_ordered(function: ast.expr, first: ast.expr, second: ast.expr) -> bool:
    """Check that a call may differ if its first two arguments change places."""
    return ast.unparse(function) not in ("max", "min", "np.maximum", "np.minimum") and ast.dump(
        first
    ) != ast.dump(second)


def _of(node: ast.expr | ast.stmt, other: ast.expr | ast.stmt) -> Change:
    text = ast.unparse(other)
    return Change(node, f"({text})" if isinstance(node, ast.expr) else text)


# ---- trying -----------------------------------------------------------------------------------------------


def _imports(path: Path, name: str) -> set[str]:
    """Return the names of modules that a file may import, with their packages."""
    names = {name.rpartition(".")[0]}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {n.rpartition(".")[0] for n in names}


def _import_others(root: Path, module: str) -> None:
    """Import the program's modules that do not import one, directly or by others."""
    files = {
        ".".join(p.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): p
        for folder in FOLDERS
        for p in (root / folder).rglob("*.py")
    }
    imported = {name: _imports(path, name) for name, path in files.items()}
    barred = {module}
    while more := {n for n, names in imported.items() if n not in barred and names & barred}:
        barred |= more
    libraries = {n for names in imported.values() for n in names if n.split(".")[0] not in FOLDERS}
    for name in sorted(({"pytest", "hypothesis", *libraries} | set(files)) - barred - {""}):
        if not name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    assert not barred & set(sys.modules)


def _is_noticed(tests: list[str]) -> bool:
    """Run the tests in a forked process; return True if they fail or do not end."""
    child = os.fork()
    if not child:
        os.setsid()
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(null, stream)
        import hypothesis
        import pytest

        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]  # one failure is enough
        hypothesis.settings.register_profile("patient", deadline=None, phases=phases)
        options = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed=0",
            "--hypothesis-profile=patient",
        ]
        os._exit(pytest.main([*options, *tests]))
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def survivors(root: Path, module: str, tests: list[str], sample: int) -> tuple[int, list[Change]]:
    """Return how many changes of a module were tried in a copy of the program, and those not noticed."""
    path = root / module
    source = path.read_text(encoding="utf-8")
    _import_others(root, ".".join(Path(module).with_suffix("").parts))
    if _is_noticed(tests):
        raise SystemExit(f"{' '.join(tests)} must pass without a change")
    tried = changes(source)
    if sample < len(tried):
        tried = random.Random(0).sample(tried, sample)
    left = []
    for change in tried:
        path.write_text(change.apply(source), encoding="utf-8")
        if not _is_noticed(tests):
            left.append(change)
            print(f"  {module}:{change}", flush=True)
    path.write_text(source, encoding="utf-8")
    return len(tried), left


def _main(sample: str = "100", module: str = "", *tests: str) -> None:
    from tests import planted_bugs  # here: a process that tries changes must not have imported the module

    if not module:
        for declared in planted_bugs.changed_modules():
            command = [sys.executable, "-m", "tests.changed_modules", sample, declared.file]
            subprocess.run([*command, *declared.options, *declared.tests.split()], check=True)
        return
    with TemporaryDirectory() as folder:
        copy = planted_bugs.copy_program(Path(folder))
        os.environ |= {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DEBUG_TEMPROOT": folder}
        os.chdir(copy)
        run = "import sys; from pathlib import Path; from tests import changed_modules as c; "
        run += "n, left = c.survivors(Path.cwd(), sys.argv[2], sys.argv[3:], int(sys.argv[1])); "
        run += "print(f'{sys.argv[2]}: {n} changes, {n - len(left)} noticed')"
        subprocess.run([sys.executable, "-c", run, sample, module, *tests], check=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
