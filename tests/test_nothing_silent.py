"""Each sentence of nothing_silent.toml names tests that are there; what no test of a rule can prove of documents."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.hostile import report
from warehouse.home import CHECKOUT
from warehouse.publication.shipping import shipped_figures

TESTS = Path(__file__).parent
LISTED = tomllib.loads((TESTS / "nothing_silent.toml").read_text(encoding="utf-8"))
NAMED = [(says, name) for sentences in LISTED.values() for says, tests in sentences.items() for name in tests]


@cache
def named_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_sentence_names_tests_that_are_there() -> None:
    assert all(tests for sentences in LISTED.values() for tests in sentences.values())
    absent = [
        (says, name)
        for says, name in NAMED
        if name.partition("::")[2] not in named_in(name.partition("::")[0])
    ]
    assert absent == []


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_what_the_readme_says_of_others_carries_a_source(page: str) -> None:
    """A paragraph that names Eurostat tells what others publish: it links to them."""
    paragraphs = (CHECKOUT / page).read_text(encoding="utf-8").split("\n\n")
    told = [p for p in paragraphs if "Eurostat" in p]
    assert told
    assert all(re.search(r"\]\(https://[^)]*(europa\.eu|eurostat)", p) and "unodc.org" in p for p in told)


def test_of_the_last_measurement_nothing_is_wrong_and_unseen() -> None:
    """`python -m tests.hostile`; what it found is kept by submission."""
    kept = report.kept()
    assert set(kept) <= set(shipped_figures())
    assert kept
    assert report.unseen(kept)[1] == {}
