"""What the card names and no row says: a slip in the card, or a label that the sender has changed.

Asked of texts, before any row is judged. Whether a text has a meaning is the contract's.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import numpy as np

from assets.intake.records import Records
from schemas.cards.format_card import Format
from schemas.codelists import fold
from schemas.findings import Finding


def labels_without_row(rows: Records, fmt: Format) -> list[Finding]:
    """One finding for each column and use (`keep`, `totals`, `map`); `rows` are those that are no layout."""
    findings = []
    if fmt.wide and fmt.wide.totals and not any(map(fmt.wide.sums, rows.columns)):
        findings.append(
            Finding("label_without_row", column_name="wide", value=fmt.wide.totals, expected="totals")
        )
    for name, use, case, wanted in _named(fmt):
        said = _texts(rows, name, case) if wanted and name in rows.columns else set()
        absent = [label for label in wanted if label not in said]
        if absent and said:
            findings.append(_finding(name, use, absent, said))
    return findings


Case = tuple[str, str]
"""A column and what it says where another column has a meaning of its own."""


def _named(fmt: Format) -> Iterator[tuple[str, str, Case | None, list[str]]]:
    """The column, the use, the case, and the labels that the card names there."""
    for name, labels in fmt.keep.items():
        yield name, "keep", None, [label for label in labels if not label.startswith("@")]
    for total in fmt.totals:
        yield from ((name, "totals", None, labels) for name, labels in total.where.items())
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            yield name, "map", (column.by or "", case) if case is not None else None, list(variant.map)


def _texts(rows: Records, name: str, case: Case | None) -> set[str]:
    """What the rows say in a column; of a case, those of its rows."""
    column = rows.columns[name].stripped()
    if case is not None:
        if case[0] not in rows.columns:
            return set()
        column = column.take(np.flatnonzero(rows.columns[case[0]].stripped().isin([case[1]])))
    return set(column.coded().used().texts.to_pylist())


def _finding(name: str, use: str, absent: list[str], said: set[str]) -> Finding:
    near = get_close_matches(fold(absent[0]), known := {fold(text): text for text in said}, n=1, cutoff=0.8)
    suggestion = known[near[0]] if near else None
    value = ", ".join(absent)
    return Finding("label_without_row", column_name=name, value=value, expected=use, suggestion=suggestion)
