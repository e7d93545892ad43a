"""Questions of the gate about a build: each a SELECT that returns violations. Runs no query.

The SELECT is warehouse/build/sql/gate/<question>.sql, its table and severity are in questions.toml and its
words in schemas/words/. Questions for every table are rendered from the declarations in schemas/tables/.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from schemas.records import Declaration, Matrix, declarations, names
from schemas.tables import TABLES, Table
from schemas.tables.network import SCHEMA as NETWORK
from schemas.words import Sentence
from warehouse.build import models
from warehouse.build.models import render

SQL = models.SQL / "gate"


@dataclass(frozen=True)
class Question:
    """An expectation on a table: a SELECT of violations; `words` describe the rule."""

    id: str
    words: Sentence = field(hash=False)
    violations: str
    table: str
    severity: Literal["error", "warning"] = "error"
    about_previous: bool = False
    absolute: bool = False

    @property
    def refuses(self) -> bool:
        """True if a violation refuses the release; otherwise it is a remark."""
        return self.severity == "error"


@cache
def questions() -> tuple[Question, ...]:
    """Return the written questions about a build, and about a build and the previous release."""
    return tuple(
        Question(name, Sentence(f"question.{name}"), render(_select(name)), **settings)
        for name, settings in _question_settings()["questions"].items()
    )


@cache
def rendered_questions() -> tuple[Question, ...]:
    """Return the questions from declarations: keys are unique, some tables are never empty."""
    never_empty = [t.full_name for t in TABLES if t.schema == "reference"]
    return (
        *(_key_question(t) for t in TABLES if t.key),
        *(_not_empty_question(name) for name in (*never_empty, "baseline.catalogue", "registry.release")),
        *(
            _link_question(declaration)
            for declaration in declarations().values()
            if _link_columns(declaration)
        ),
        *(
            _registry_question(declaration.name, declaration.matrix)
            for declaration in declarations().values()
            if declaration.matrix and declaration.matrix.registry
        ),
    )


def all_questions() -> tuple[Question, ...]:
    """Return the written and the rendered questions."""
    return (*questions(), *rendered_questions())


def _key_question(table: Table) -> Question:
    return _table_question("key", table.full_name, table.repeated_keys(), key=", ".join(table.key))


def _not_empty_question(table: str) -> Question:
    return _table_question(
        "filled", table, f"SELECT 'empty' AS what WHERE NOT EXISTS (SELECT 1 FROM {table})"
    )


def _link_columns(declaration: Declaration) -> list[str]:
    return [name for name, column in declaration.columns.items() if column.role == "link"]


def _link_question(declaration: Declaration) -> Question:
    """Check that each link in force leads to a record in force, an indicator or a collection.

    Only a remark, and not checked earlier: the target of a link may come in another file on another day.
    """
    table = f"{NETWORK}.{declaration.name}"
    links = " UNION ALL ".join(
        f"SELECT collection, submission, source_row, unnest(string_split({name}, ' ')) AS link FROM {table} "
        f"WHERE known_to IS NULL AND {name} IS NOT NULL"
        for name in _link_columns(declaration)
    )
    targets = [
        "SELECT 'indicator:' || indicator AS link FROM baseline.catalogue",
        "SELECT 'collection:' || collection FROM registry.collections",
        *(
            f"SELECT '{target.name}:' || concat_ws('/', {', '.join(target.key)}) "
            f"FROM {NETWORK}.{target.name} WHERE known_to IS NULL"
            for target in declarations().values()
        ),
    ]
    select = f"SELECT * FROM ({links}) WHERE link <> '' AND link NOT IN ({' UNION ALL '.join(targets)})"
    words = Sentence("question.table_links", {"table": table})
    return Question(f"{NETWORK}_{declaration.name}_links", words, select, table, severity="warning")


def _registry_question(name: str, matrix: Matrix) -> Question:
    """Check that no text in force names a numbered entry of another country, and none of its own."""
    table, registry = f"{NETWORK}.{name}", f"{NETWORK}.{matrix.registry}"
    same_names = f"""
        SELECT t.{matrix.across} AS country, r.{matrix.across} AS registered_in, t.{matrix.text} AS text,
            r.{matrix.text} AS entry
        FROM {table} AS t
        JOIN {registry} AS r ON list_has_all({_words("t", matrix)}, {_words("r", matrix)})
        WHERE t.known_to IS NULL AND r.known_to IS NULL AND regexp_matches(r.{matrix.text}, '[0-9]')"""
    select = f"""
        SELECT DISTINCT * FROM ({same_names}) WHERE country <> registered_in AND (country, text) NOT IN
            (SELECT (country, text) FROM ({same_names}) WHERE country = registered_in)"""
    words = Sentence("question.table_registry", {"table": table, "registry": registry})
    return Question(f"{NETWORK}_{name}_registry", words, select, table, severity="warning")


def _words(alias: str, matrix: Matrix) -> str:
    """Return the SQL for the words of a text (schemas/records/names.py)."""
    return f"regexp_extract_all(strip_accents(lower({alias}.{matrix.text})), '{names.WORD}')"


def _table_question(kind: str, table: str, violations: str, **facts: str) -> Question:
    words = Sentence(f"question.table_{kind}", {"table": table, **facts})
    return Question(f"{table.replace('.', '_')}_{kind}", words, violations, table, absolute=True)


def _select(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


@cache
def _question_settings() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
