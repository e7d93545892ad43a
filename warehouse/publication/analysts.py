"""The analysts' page: questions, each a call of the client and a query, and what they answer.

The questions themselves are analysts.toml's. For maintainers: `python -m warehouse.publication.analysts`,
LINEABASE_HOME at a home of the shipped submissions; a test fails where the pages have drifted.
"""

from __future__ import annotations

import ast
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.pages import Lang, table, write
from schemas.words import UserError
from warehouse.home import Home
from warehouse.reading.client import Warehouse

if TYPE_CHECKING:
    import pandas as pd

QUESTIONS = Path(__file__).with_suffix(".toml")


def page(file: Path, lang: Lang) -> str:
    """The whole page in one language, answered from a released file."""
    told = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    words = {name: text[lang] for name, text in told["page"].items()}
    with Warehouse.open(file, lang=lang) as warehouse:
        chapters = [_chapter(warehouse, question, words, lang) for question in told["question"]]
    return "\n\n".join([f"# {words['title']}", words["intro"].strip(), *chapters]) + "\n"


def _chapter(warehouse: Warehouse, question: dict[str, Any], words: dict[str, str], lang: Lang) -> str:
    query = question["query"].format(lang=lang).strip()
    shown, most = question.get("shows"), question.get("rows", 8)
    parts = [
        f"## {question[lang]}",
        question["says"][lang] if "says" in question else "",
        f"{words['call']}:\n\n```python\n{question['call']}\n```",
        _called(warehouse, question["call"], shown, most, words["more"], lang),
        f"{words['query']}:\n\n```sql\n{query}\n```",
        _printed(warehouse.query(query), most, words["more"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _called(
    warehouse: Warehouse, call: str, shown: list[str] | None, most: int, more: str, lang: Lang
) -> str:
    """What a call answers: its frame, or the sentence that says why there is none."""
    try:
        frame = _value(ast.parse(call, mode="eval").body, warehouse)
    except UserError as answer:
        return f"> {type(answer).__name__}: {answer.said(lang)}"
    return _printed(frame[shown] if shown else frame, most, more)


def _value(said: ast.expr, warehouse: Warehouse) -> Any:
    """What a call says: calls and attributes of the client, constants, lists; nothing else is run."""
    match said:
        case ast.Name(id="warehouse"):
            return warehouse
        case ast.Call():
            given = [_value(one, warehouse) for one in said.args]
            named = {str(one.arg): _value(one.value, warehouse) for one in said.keywords}
            return _value(said.func, warehouse)(*given, **named)
        case ast.Attribute():
            return getattr(_value(said.value, warehouse), said.attr)
        case ast.Subscript():
            return _value(said.value, warehouse)[_value(said.slice, warehouse)]
    return ast.literal_eval(said)


def _printed(frame: pd.DataFrame, most: int, more: str) -> str:
    rows = [[_text(value) for value in row] for row in frame.head(most).itertuples(index=False, name=None)]
    left = len(frame) - most
    return table(list(frame.columns), rows) + (f"\n\n{more.format(n=left)}" if left > 0 else "")


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        decimals = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3
        return f"{round(value, decimals):,g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, date):  # a pandas timestamp is one
        return f"{value:%Y-%m-%d}"
    return str(value)


if __name__ == "__main__":
    write("analysts", lambda lang: page(Home.default().current, lang))
