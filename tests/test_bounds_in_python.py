"""No arithmetic on the bounds of a value outside Interval: loose bounds were added, clipped and read as 0.

Looked for in the syntax of Python, and in the SQL that stands in its strings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.home import CHECKOUT

PACKAGES = ("assets", "pipelines", "schemas", "warehouse")
BOUND = re.compile(r"(?:^|_)(?:low|high)$")
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)
REDUCING = {"cumsum", "fsum", "max", "mean", "min", "sum"}

ALLOWED = {
    "schemas/interval.py": "the interval of one value",
    "warehouse/build/statistics/": "intervals of whole series, as arrays (its own Interval, tried by enumeration)",
    "warehouse/build/joint/": "whole numbers of a system of tables; a bound is the one that its exact certificate proves",
    "warehouse/audit/": "the attack, which shares no arithmetic with the protection that it examines",
    "assets/intake/judging/": "columns of the file that is judged, before any value is stored",
    "assets/intake/series/": "columns of a series that is judged against its past; a doubt, never a value",
    "assets/intake/observations.py::_sum_repeated_keys": "sums a submission's column of rows that are one observation",
    "warehouse/protection/drawing.py::_new_entries": "a drawn value is at least the public floor of its total",
    "warehouse/statements/change_sentences.py::is_few": "the smaller of two counts, compared with a limit",
    "warehouse/statements/change_sentences.py::size_key": "bounds of a ratio in percent, rounded outwards for print",
    "warehouse/reading/cells.py::_parts_of_sum": "finds the table that a total is the sum of; no value",
    "warehouse/publication/charts.py::_stack": "where bars of lower bounds begin and end",
    "warehouse/publication/charts.py::_share_chart": "the end of an axis",
}
"""Places with arithmetic on bounds, by file or file::function, and why Interval does not serve there."""

ALLOWED_SQL = {
    "warehouse/publication/site/facts.py": "a sum that is open if one of its values is (count(*) = count(value_high))",
    "warehouse/publication/quality/facts.py": "extremes of ratios of which both bounds are asked for",
    "pipelines/desk/questions.py": "the ends of several values, open if one is (count(*) = count(value_high))",
}


def name_of(node: ast.expr) -> str:
    """The name that a value is read from: a variable, an attribute, or a constant key, also within `bound(…)`."""
    if isinstance(node, ast.Call) and name_of(node.func) in ("bound", "needed_number"):
        return name_of(node.args[0])
    if isinstance(node, ast.Starred):
        return name_of(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    key = node.slice if isinstance(node, ast.Subscript) else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def is_bound(node: ast.expr) -> bool:
    return bool(BOUND.search(name_of(node)))


def is_reduced(call: ast.Call) -> bool:
    """Whether a call adds or compares bounds: `max(row.low, …)`, `sum(r.high for r in rows)`, `column_high.sum()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in REDUCING and is_bound(call.func.value)
    if not (isinstance(call.func, ast.Name) and call.func.id in REDUCING):
        return False
    parts = [part for argument in call.args for part in (argument, *_elements(argument))]
    return any(is_bound(part) for part in parts)


def _elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return [node.elt]
    return node.elts if isinstance(node, ast.List | ast.Tuple) else []


def arithmetic(tree: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Each expression that computes with a bound, with the function that it is in."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        operands = (
            (node.left, node.right)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC)
            else (node.target, node.value)
            if isinstance(node, ast.AugAssign)
            else ()
        )
        if any(is_bound(side) for side in operands) or (isinstance(node, ast.Call) and is_reduced(node)):
            yield inside, ast.unparse(node)
        yield from arithmetic(node, inside)


def modules() -> list[Path]:
    return sorted(p for package in PACKAGES for p in (CHECKOUT / package).rglob("*.py"))


def places() -> list[tuple[str, str]]:
    """Where Python computes with bounds: file::function, and the expression."""
    return [
        (f"{path.relative_to(CHECKOUT).as_posix()}::{function}", expression)
        for path in modules()
        for function, expression in arithmetic(ast.parse(path.read_text(encoding="utf-8")))
    ]


@pytest.mark.slow
def test_bounds_are_computed_with_as_intervals() -> None:
    found = places()
    assert [(at, text) for at, text in found if not any(at.startswith(place) for place in ALLOWED)] == []
    assert [place for place in ALLOWED if not any(at.startswith(place) for at, _ in found)] == []


UNSAFE_SQL = re.compile(r"\b(?:sum|max|min|avg)\(\s*(?:\w+\.)?(?:\w+_)?high\s*\)", re.I)


def sql_texts(path: Path) -> list[str]:
    """Strings of a module that may be SQL."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@pytest.mark.slow
def test_sql_in_python_does_not_skip_an_open_bound() -> None:
    """As for models (test_shape.py): an aggregate drops NULL, which is an open bound."""
    found = {
        path.relative_to(CHECKOUT).as_posix()
        for path in modules()
        if any(UNSAFE_SQL.search(text) for text in sql_texts(path))
    }
    assert found == set(ALLOWED_SQL)


@pytest.mark.parametrize(
    "line",
    [
        "x = row['value_low'] + 1",
        "high = max([low, *(row['possible_high'] or 0 for row in unknown)])",
        "low = sum(row['persons_low'] for row in unknown)",
        "top = parts['possible_high'].max()",
        "rest = row.total_high - base",
        "total_high += 1",
        "top = max(low, *highs)",
    ],
)
def test_the_ban_on_loose_bounds_bites(line: str) -> None:
    assert list(arithmetic(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    ["text(low, high)", "is_open = high is None", "x = row['value_low'] > 1", "share = part.share_of(rest)"],
)
def test_what_only_passes_bounds_on_is_no_arithmetic(line: str) -> None:
    assert not list(arithmetic(ast.parse(line)))


def test_the_ban_in_sql_bites() -> None:
    assert UNSAFE_SQL.search("SELECT sum(v.value_high) FROM t")
    assert UNSAFE_SQL.search("SELECT max(high) FROM t")
    assert not UNSAFE_SQL.search("SELECT sum_high(value_high), sum(value_low) FROM t")
