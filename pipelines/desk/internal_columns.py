"""Internal columns of a submission of records, such as quotations, for its page on the desk."""

from __future__ import annotations

from typing import Any

from schemas.records import Declaration, declarations
from schemas.records.values import name_of_value
from schemas.words import contract_language
from warehouse.home import Home, Submission
from warehouse.home.frames import frame_path, read_frame

ENTERED_FRAME = "entered"
"""The staged table of the accepted records of a submission."""


def internal_columns(home: Home, submission: Submission, lang: str) -> dict[str, Any] | None:
    """Return the records that fill an internal column: the columns of their key, then the internal ones.

    None if the submission holds no records, or nothing internal.
    """
    declaration = declarations().get(home.card(submission.collection).collection.records or "")
    if declaration is None or not frame_path(home, submission.id, ENTERED_FRAME).exists():
        return None
    internal = [name for name, column in declaration.columns.items() if column.internal]
    stored = [c.name for c in declaration.table_columns if c.internal]
    frame = read_frame(home, submission.id, ENTERED_FRAME)
    frame = frame[frame[stored].notna().any(axis=1)] if stored else frame.head(0)
    if frame.empty:
        return None
    names, key_and_texts = [*declaration.key, *internal], [*declaration.key, *stored]
    return {
        "headers": [getattr(declaration.columns[n].header, contract_language(lang)) for n in names],
        "rows": [_texts(declaration, key_and_texts, row, lang) for row in frame.to_dict("records")],
    }


def _texts(declaration: Declaration, names: list[str], row: dict[Any, Any], lang: str) -> list[str]:
    columns = {c.name: declaration.columns[c.column] for c in declaration.table_columns}
    values = [name_of_value(columns[name], row[name], lang) for name in names]
    return ["" if value is None else str(value) for value in values]
