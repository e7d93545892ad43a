"""The analysts' page: questions with a call of the client, a query, and their answers.

The questions are in analysts.toml. Maintainers render the page with `python -m
warehouse.publication.analysts`, with LINEABASE_HOME at a home of the shipped submissions. A test fails if the
page is out of date.
"""

from __future__ import annotations

import ast
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.pages import Lang, table, write
from schemas.words import UserError
from warehouse.home import Home
from warehouse.reading.client import Warehouse
from warehouse.reading.explanation import Explanation

QUESTIONS = Path(__file__).with_suffix(".toml")


def page(file: Path, lang: Lang) -> str:
    """Return the whole page in a language, answered from a released file."""
    content = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    words = {name: text[lang] for name, text in content["page"].items()}
    with Warehouse.open(file, lang=lang) as warehouse:
        chapters = [_chapter(warehouse, question, words, lang) for question in content["question"]]
    return "\n\n".join([f"# {words['title']}", words["intro"].strip(), *chapters]) + "\n"


def _chapter(warehouse: Warehouse, question: dict[str, Any], words: dict[str, str], lang: Lang) -> str:
    query = question["query"].format(lang=lang).strip()
    columns, row_limit = question.get("shows"), question.get("rows", 8)
    parts = [
        f"## {question[lang]}",
        question["says"][lang] if "says" in question else "",
        f"{words['call']}:\n\n```python\n{question['call']}\n```",
        _call_answer(warehouse, question["call"], columns, row_limit, words["more"], lang),
        f"{words['query']}:\n\n```sql\n{query}\n```",
        _frame_table(warehouse.query(query), row_limit, words["more"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _call_answer(
    warehouse: Warehouse, call: str, columns: list[str] | None, row_limit: int, rest_text: str, lang: Lang
) -> str:
    """Return a call's frame as a table, an explanation as text, or the message of the error raised."""
    try:
        frame = _evaluate(ast.parse(call, mode="eval").body, warehouse)
    except UserError as answer:
        return f"> {type(answer).__name__}: {answer.render(lang)}"
    if isinstance(frame, Explanation):
        return f"```text\n{frame}\n```"
    return _frame_table(frame[columns] if columns else frame, row_limit, rest_text)


def _evaluate(expression: ast.expr, warehouse: Warehouse) -> Any:
    """Evaluate a call of the client: its methods, attributes, constants and lists.

    Nothing else is evaluated.
    """
    match expression:
        case ast.Name(id="warehouse"):
            return warehouse
        case ast.Call():
            arguments = [_evaluate(argument, warehouse) for argument in expression.args]
            keywords = {
                str(argument.arg): _evaluate(argument.value, warehouse) for argument in expression.keywords
            }
            return _evaluate(expression.func, warehouse)(*arguments, **keywords)
        case ast.Attribute():
            return getattr(_evaluate(expression.value, warehouse), expression.attr)
        case ast.Subscript():
            return _evaluate(expression.value, warehouse)[_evaluate(expression.slice, warehouse)]
    return ast.literal_eval(expression)


def _frame_table(frame: pd.DataFrame, row_limit: int, rest_text: str) -> str:
    rows = [
        [_text(value) for value in row] for row in frame.head(row_limit).itertuples(index=False, name=None)
    ]
    rest = len(frame) - row_limit
    return table(list(frame.columns), rows) + (f"\n\n{rest_text.format(n=rest)}" if rest > 0 else "")


def _text(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        decimals = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3
        return f"{round(value, decimals):,g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, date):  # includes pandas timestamps
        return f"{value:%Y-%m-%d}"
    return str(value)


if __name__ == "__main__":
    write("analysts", lambda lang: page(Home.default().current, lang))
