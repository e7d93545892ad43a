"""What the gate asks of a build: questions, each a SELECT whose every row is a violation. Asks none.

A question's SELECT is warehouse/sql/gate/<question>.sql; its table, its severity and its words are in
questions.toml. What every table is asked is rendered from its declaration in schemas/tables/.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from schemas.tables import TABLES
from warehouse.models import render

SQL = Path(__file__).parents[1] / "sql" / "gate"


@dataclass(frozen=True)
class Question:
    """One expectation on one table: a SELECT whose every row is a violation, in words es and en."""

    id: str
    es: str
    en: str
    violations: str
    table: str
    severity: Literal["error", "warning"] = "error"
    about_previous: bool = False

    @property
    def refuses(self) -> bool:
        """Whether a violation refuses the release; else it is a remark."""
        return self.severity == "error"


@cache
def questions() -> tuple[Question, ...]:
    """What must hold of a build, and between it and the release before."""
    return tuple(
        Question(id=name, violations=render((SQL / f"{name}.sql").read_text(encoding="utf-8")), **declared)
        for name, declared in _declared()["questions"].items()
    )


@cache
def rendered_questions() -> tuple[Question, ...]:
    """What is asked of tables by their declaration alone: some may never be empty."""
    never_empty = [t.full_name for t in TABLES if t.schema == "reference"]
    return tuple(_filled(name) for name in (*never_empty, "baseline.catalogue", "registry.release"))


def all_questions() -> tuple[Question, ...]:
    """Written and rendered ones."""
    return (*questions(), *rendered_questions())


def _filled(table: str) -> Question:
    words = _declared()["rendered"]["filled"]
    return Question(
        id=f"{table.replace('.', '_')}_filled",
        es=words["es"].format(table=table),
        en=words["en"].format(table=table),
        violations=f"SELECT 'empty' AS what WHERE NOT EXISTS (SELECT 1 FROM {table})",
        table=table,
    )


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
