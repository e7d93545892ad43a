"""What the gate asks of a build: questions, each a SELECT whose every row is a violation. Asks none.

The SELECT is warehouse/build/sql/gate/<question>.sql; its table and its severity are in questions.toml,
its words in schemas/words/. What every table is asked is rendered from its declaration in schemas/tables/.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from schemas.records import Declaration, declarations
from schemas.tables import TABLES, Table
from schemas.tables.network import SCHEMA as NETWORK
from schemas.words import Sentence
from warehouse.build import models
from warehouse.build.models import render

SQL = models.SQL / "gate"


@dataclass(frozen=True)
class Question:
    """One expectation on one table: a SELECT whose every row is a violation; `words` say what must hold."""

    id: str
    words: Sentence = field(hash=False)
    violations: str
    table: str
    severity: Literal["error", "warning"] = "error"
    about_previous: bool = False
    absolute: bool = False

    @property
    def refuses(self) -> bool:
        """Whether a violation refuses the release; else it is a remark."""
        return self.severity == "error"


@cache
def questions() -> tuple[Question, ...]:
    """What must hold of a build, and between it and the release before."""
    return tuple(
        Question(name, Sentence(f"question.{name}"), render(_select(name)), **declared)
        for name, declared in _declared()["questions"].items()
    )


@cache
def rendered_questions() -> tuple[Question, ...]:
    """What is asked of tables by their declaration alone: no key repeats, and some are never empty."""
    never_empty = [t.full_name for t in TABLES if t.schema == "reference"]
    return (
        *(_keyed(t) for t in TABLES if t.key),
        *(_filled(name) for name in (*never_empty, "baseline.catalogue", "registry.release")),
        *(_linked(one) for one in declarations().values() if _links_of(one)),
    )


def all_questions() -> tuple[Question, ...]:
    """Written and rendered ones."""
    return (*questions(), *rendered_questions())


def _keyed(table: Table) -> Question:
    return _rendered("key", table.full_name, table.repeated_keys(), key=", ".join(table.key))


def _filled(table: str) -> Question:
    return _rendered("filled", table, f"SELECT 'empty' AS what WHERE NOT EXISTS (SELECT 1 FROM {table})")


def _links_of(declared: Declaration) -> list[str]:
    return [name for name, column in declared.columns.items() if column.role == "link"]


def _linked(declared: Declaration) -> Question:
    """Whether each link in force leads to a record in force, an indicator or a collection; a remark if not.

    No step can ask it: what a link leads to may come in another file, on another day.
    """
    table = f"{NETWORK}.{declared.name}"
    links = " UNION ALL ".join(
        f"SELECT collection, submission, source_row, unnest(string_split({name}, ' ')) AS link FROM {table} "
        f"WHERE known_to IS NULL AND {name} IS NOT NULL"
        for name in _links_of(declared)
    )
    known = [
        "SELECT 'indicator:' || indicator AS link FROM baseline.catalogue",
        "SELECT 'collection:' || collection FROM registry.collections",
        *(
            f"SELECT '{one.name}:' || concat_ws('/', {', '.join(one.key)}) FROM {NETWORK}.{one.name} "
            "WHERE known_to IS NULL"
            for one in declarations().values()
        ),
    ]
    select = f"SELECT * FROM ({links}) WHERE link <> '' AND link NOT IN ({' UNION ALL '.join(known)})"
    words = Sentence("question.table_links", {"table": table})
    return Question(f"{NETWORK}_{declared.name}_links", words, select, table, severity="warning")


def _rendered(kind: str, table: str, violations: str, **facts: str) -> Question:
    words = Sentence(f"question.table_{kind}", {"table": table, **facts})
    return Question(f"{table.replace('.', '_')}_{kind}", words, violations, table, absolute=True)


def _select(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
