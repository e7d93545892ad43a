"""What changed between the last two days on which records of a collection were received, for its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any

from schemas.records import Declaration
from schemas.words import contract_language, say
from warehouse.publication.site.facts import NETWORK, Facts
from warehouse.publication.site.part import Content
from warehouse.publication.site.record_texts import value_text

LINES_SHOWN = 60
"""How many changed records are listed."""


def last_changes(facts: Facts, declaration: Declaration, lang: str) -> Content:
    """Return the days that are compared, a sentence, and the records that are new, changed or gone."""
    days = [
        row["day"]
        for row in facts.rows(
            "SELECT DISTINCT unnest([known_from, known_to]) AS day "
            f"FROM {NETWORK}.{declaration.name} ORDER BY 1"
        )
        if row["day"] is not None
    ]
    if len(days) < 2:
        day = days[0] if days else facts.release["as_of"]
        return {"sentence": say("site.records_one_day", lang, day=day), "lines": []}
    old, new = days[-2:]
    frame = facts.warehouse.changes(declaration.name, old, new)
    records: dict[tuple[Any, ...], list[dict[Hashable, Any]]] = {}
    for row in frame.to_dict("records"):
        records.setdefault((row["kind"], *(row[name] for name in declaration.key)), []).append(row)
    counts = Counter(kind for kind, *_ in records)
    numbers = {"new_records": counts["new"], "changed": counts["changed"], "gone": counts["gone"]}
    lines = [_line(facts, declaration, kind, key, rows, lang) for (kind, *key), rows in records.items()]
    return {
        "sentence": say("site.records_changed", lang, old=old, new=new, **numbers),
        "lines": lines[:LINES_SHOWN],
    }


def _line(
    facts: Facts,
    declaration: Declaration,
    kind: str,
    key: list[Any],
    rows: list[dict[Hashable, Any]],
    lang: str,
) -> dict[str, str]:
    """Return a record in words, with its columns before and after if they changed."""
    names = [
        value_text(facts, declaration.columns[name], value, lang)
        for name, value in zip(declaration.key, key, strict=True)
        if isinstance(value, str)
    ]
    return {
        "name": ", ".join(filter(None, names)),
        "text": say(f"site.record_{kind}", lang),
        "columns": "; ".join(_column_text(facts, declaration, row, lang) for row in rows)
        if kind == "changed"
        else "",
    }


def _column_text(facts: Facts, declaration: Declaration, row: dict[Hashable, Any], lang: str) -> str:
    stored = next(column for column in declaration.table_columns if column.name == row["column"])
    column = declaration.columns[stored.column]
    old, new = (
        value_text(facts, column, row[side], lang) if isinstance(row[side], str) else "–"
        for side in ("old", "new")
    )
    return f"{getattr(column.header, contract_language(lang))}: {old} → {new}"
