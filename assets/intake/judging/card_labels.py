"""Labels that the card names but no row contains: an error in the card, or a label changed by the sender.

The texts are checked before any row is judged. Whether a text has a meaning is decided by the contract.
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
    """Return a finding for each column and use (`keep`, `totals`, `map`). `rows` exclude layout rows."""
    findings = []
    if fmt.wide and fmt.wide.totals and not any(map(fmt.wide.sums, rows.columns)):
        findings.append(
            Finding("label_without_row", column_name="wide", value=fmt.wide.totals, expected="totals")
        )
    for name, use, case, labels in _declared_labels(fmt):
        texts = _texts(rows, name, case) if labels and name in rows.columns else set()
        absent = [label for label in labels if label not in texts]
        if absent and texts:
            findings.append(_finding(name, use, absent, texts))
    return findings


Case = tuple[str, str]
"""A column, and the text in it for which another column has a meaning of its own."""


def _declared_labels(fmt: Format) -> Iterator[tuple[str, str, Case | None, list[str]]]:
    """Yield the column, the use, the case and the labels that the card declares there."""
    for name, labels in fmt.keep.items():
        yield name, "keep", None, [label for label in labels if not label.startswith("@")]
    for total in fmt.totals:
        yield from ((name, "totals", None, labels) for name, labels in total.where.items())
        yield total.over, "totals", None, total.of
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            yield name, "map", (column.by or "", case) if case is not None else None, list(variant.map)


def _texts(rows: Records, name: str, case: Case | None) -> set[str]:
    """Return the distinct texts of a column; of a case, those of its rows."""
    column = rows.columns[name].strip()
    if case is not None:
        if case[0] not in rows.columns:
            return set()
        column = column.take(np.flatnonzero(rows.columns[case[0]].strip().isin([case[1]])))
    return set(column.with_codes().drop_unused().texts.to_pylist())


def _finding(name: str, use: str, absent: list[str], texts: set[str]) -> Finding:
    near = get_close_matches(
        fold(absent[0]), by_fold := {fold(text): text for text in texts}, n=1, cutoff=0.8
    )
    suggestion = by_fold[near[0]] if near else None
    value = ", ".join(absent)
    return Finding("label_without_row", column_name=name, value=value, expected=use, suggestion=suggestion)
