"""docs/analysts: fifteen questions and more, each one call and one query, printed as the release answers them."""

import ast
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from schemas.pages import DOCS, Lang
from warehouse.home import Home
from warehouse.publication import analysts
from warehouse.publication.analysts import QUESTIONS, page


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_is_what_the_release_answers(lang: Lang, released_home: Path) -> None:
    """Where it fails: python -m warehouse.publication.analysts, LINEABASE_HOME at such a home."""
    assert (DOCS / f"analysts.{lang}.md").read_text(encoding="utf-8") == page(
        Home(released_home).current, lang
    )


def test_a_call_is_read_and_nothing_else_is_run() -> None:
    client: Any = SimpleNamespace(twice=lambda of, plus=0: [2 * of[0] + plus])
    asked = ast.parse("warehouse.twice(warehouse.twice([3]), plus=1)[0]", mode="eval").body
    assert analysts._evaluate(asked, client) == 13
    with pytest.raises(ValueError, match="malformed"):
        analysts._evaluate(ast.parse("__import__('os').getcwd()", mode="eval").body, client)
    for question in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]:
        analysts._evaluate(ast.parse(question["call"], mode="eval").body, MagicMock())


def test_each_question_is_one_call_and_one_short_query() -> None:
    questions = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]
    assert len(questions) >= 15
    for question in questions:
        assert question["call"].startswith("warehouse.")
        assert question["query"].count(";") == 0
        assert len(question["query"].strip().splitlines()) <= 6, question["en"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_answer_of_the_page_is_empty(lang: Lang) -> None:
    """But for the one question that nobody can answer, which says so."""
    chapters = (DOCS / f"analysts.{lang}.md").read_text(encoding="utf-8").split("\n## ")[1:]
    answer = r"```\n\n(?:\|.*\n\|---.*\n(\|.*)|(> NoData.*)|```text\n(.+))"
    answers = [re.findall(answer, chapter) for chapter in chapters]
    assert [len(found) for found in answers] == [2] * len(chapters)
    assert sum(bool(said) for found in answers for _, said, _ in found) == 1
