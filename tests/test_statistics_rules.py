"""Lists of rules, each rule proven by a marked test, or said not to be there yet: <list>_rules.toml, @pytest.mark.<list>."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LISTS = ("statistics", "operator")
Rule = tuple[str, str]


def _listed(name: str) -> dict[Rule, str | dict[str, str]]:
    told = tomllib.loads((TESTS / f"{name}_rules.toml").read_text(encoding="utf-8"))
    return {(section, name): rule for section, rules in told.items() for name, rule in rules.items()}


def _marks(name: str, source: str) -> Iterator[Rule]:
    """The rules that decorators of test functions name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{name}":
                    section, rule = (ast.literal_eval(argument) for argument in mark.args)
                    yield section, rule


def _marked(name: str) -> set[Rule]:
    sources = [path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("test_*.py"))]
    return {mark for source in sources for mark in _marks(name, source)}


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_every_rule_has_a_test_or_says_why_not(name: str) -> None:
    """A rule that says `open` and is marked is not open any more: drop the word."""
    listed = _listed(name)
    is_open = {rule for rule, told in listed.items() if isinstance(told, dict)}
    assert all(told["says"] and told["open"] for told in listed.values() if isinstance(told, dict))
    assert set(listed) - is_open == _marked(name)


def test_marks_are_found_on_tests_only() -> None:
    marked = '@pytest.mark.statistics("1", "x")\n@pytest.mark.shared\ndef {}(): pass\n'
    assert list(_marks("statistics", marked.format("test_it"))) == [("1", "x")]
    assert list(_marks("statistics", marked.format("helper"))) == []
