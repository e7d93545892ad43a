"""Replies of members to what others publish about them, in words, for whoever shows the figures."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, TypedDict

import duckdb

from schemas.code_names import code_name, name_in_list
from schemas.codelists import codelist
from schemas.records import Answers, Column, replies
from schemas.words import CONTRACT_LANGUAGES, contract_language
from warehouse.build.models import SQL
from warehouse.reading.rows import Record, row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import CatalogueRow

_WITHOUT_FIGURE = (SQL / "gate" / "replies_have_a_figure.sql").read_text(encoding="utf-8")
_FIGURES = (
    f"{_WITHOUT_FIGURE.rpartition('SELECT r.')[0]} "
    "SELECT DISTINCT collection, item, period FROM figures WHERE country = $1"
)
TEXT = "reply"
"""The column with the words of a reply."""


class ReplyLine(TypedDict):
    """A reply as pages show it: the country's code and name, what it is about, its words, who signed it."""

    id: str
    country: str
    item: str | None
    member: str
    about: str
    text: str
    signed: str


def reply_lines(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    *,
    collections: Collection[str] | None = None,
    items: Collection[str] | None = None,
    members: Collection[str] | None = None,
) -> list[ReplyLine]:
    """Return the replies, oldest first: to figures of these collections, of these members, or all.

    With `items` only those to one of these measures, or to all measures of a collection. A reply to a figure
    that is not there is left out: the gate names it.
    """
    answers = replies().answers
    assert answers is not None
    titles = dict(
        db.execute(f"SELECT collection, title_{contract_language(lang)} FROM registry.collections").fetchall()
    )
    return [
        {
            "id": f"reply-{number}",
            "country": row[answers.country],
            "item": row[answers.item],
            "member": code_name("", "country", row[answers.country], lang),
            "about": _figure_text(row, answers, titles, lang),
            "text": _reply_text(row, lang),
            "signed": ", ".join(filter(None, [row["office"], str(row["replied_on"]), row["source"]])),
        }
        for number, row in enumerate(_in_force(db, answers), 1)
        if (members is None or row[answers.country] in members)
        and (collections is None or row[answers.collection] in collections)
        and (items is None or row[answers.item] is None or row[answers.item] in items)
    ]


def figures_of(db: duckdb.DuckDBPyConnection, country: str) -> list[tuple[str, str, str | None]]:
    """Return collection, measure or item, and period of each figure of a country that a reply may name.

    Records without an edition have no period.
    """
    return db.execute(_FIGURES, [country]).fetchall()


def measures_of(entry: CatalogueRow) -> list[str]:
    """Return the words of an indicator's formula in the catalogue, its measures among them."""
    return re.findall(r"\w+", f"{entry['numerator']} {entry['denominator']}")


def reply_texts(db: duckdb.DuckDBPyConnection, lang: str, **selection: Collection[str]) -> list[str]:
    """Return the replies that reply_lines returns, each as a sentence."""
    return [
        f"{reply['member']}, {reply['about']}: {reply['text']} ({reply['signed']})"
        for reply in reply_lines(db, lang, **selection)
    ]


def _in_force(db: duckdb.DuckDBPyConnection, answers: Answers) -> list[Record]:
    """Return the replies in force that name a figure, oldest first; none of a release without the table."""
    table = replies().name
    tables = db.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'network'")
    if (table,) not in tables.fetchall():
        return []
    if not db.execute(f"SELECT 1 FROM network.{table} WHERE known_to IS NULL LIMIT 1").fetchone():
        return []  # each frame asks, and the figures are many
    return row_dicts(
        db.execute(
            f"SELECT * FROM network.{table} WHERE known_to IS NULL AND (submission, source_row) NOT IN "
            f"(SELECT (submission, source_row) FROM ({_WITHOUT_FIGURE})) "
            f"ORDER BY replied_on, {answers.country}, source_row"
        )
    )


def _figure_text(row: Record, answers: Answers, titles: dict[str, str], lang: str) -> str:
    """Return what a reply is about: the title of the collection, the measure or item, the year."""
    title = titles.get(row[answers.collection], row[answers.collection])
    item = _item_name(replies().columns[answers.item], row[answers.item], lang)
    return ", ".join(filter(None, [title, item, row[answers.period]]))


def _item_name(column: Column, item: str | None, lang: str) -> str:
    """Return the name of a measure or item in the list that has it; else the text itself."""
    names = (name_in_list(name, str(item), lang) for name in column.lists if item in codelist(name))
    return next(names, item) if item else ""


def _reply_text(row: Record, lang: str) -> str:
    """Return the words of a reply in the language, else in the one in which they were sent."""
    languages = (contract_language(lang), *CONTRACT_LANGUAGES)
    return next(str(row[f"{TEXT}_{name}"]) for name in languages if row[f"{TEXT}_{name}"])
