"""Labels of a column that the card adds up: those that are totals of others would count everybody again.

Nobody reads these labels: the card says only that rows that differ in them are added up. undeclared_totals.py
looks at the labels of dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.undeclared_totals import HARDLY_CHANCE
from schemas.cards.format_card import Format
from schemas.contracts import SOURCE
from schemas.countries import resolve
from schemas.findings import Finding

NEARLY_ALL = 0.9
"""A label that names the reporting country is a total if it has nine tenths of what the others have: a
province may bear the country's name."""
MUCH = 1 / 3
"""Share of the persons from which a label that was never there before holds the file."""


def totals_among_summed(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Return a finding for each label that is a total of the others: by its words or by its numbers."""
    rows = lines[(lines["fate"] == "accepted") & lines["available"]]
    return [
        finding
        for name, column in fmt.columns.items()
        if column.sum_over and SOURCE + name in rows and len(rows)
        for finding in _findings_of_column(rows, fmt, name)
    ]


def _findings_of_column(rows: pd.DataFrame, fmt: Format, name: str) -> Iterator[Finding]:
    label = SOURCE + name
    others = [SOURCE + key for key in fmt.key or fmt.columns if key != name and SOURCE + key in rows]
    keys = [n for n in others if n not in {SOURCE + v for v, c in fmt.columns.items() if c.role == "value"}]
    table = rows.groupby([*keys, "value_column"], sort=False, dropna=False).ngroup()
    values = rows.assign(table=table, is_plain=rows["value_low"] == rows["value_high"])
    for text, own in values.groupby(label, sort=False):
        if values[label].nunique() > 1 and _is_total(str(text), own, values, label):
            line = own.sort_values("value_low").iloc[-1].to_dict()
            finding = finding_at(line, "value_low", "total_among_summed", fmt)
            yield replace(finding, column_name=name, value=str(text), occurrences=len(own))


def _is_total(text: str, own: pd.DataFrame, values: pd.DataFrame, label: str) -> bool:
    """Check if a label is a total: by a word, as the country itself, or as a sum of others."""
    meaning = resolve(text)
    if meaning.reason == "total":
        return True
    rest = values[values["table"].isin(own["table"]) & (values[label] != text)]
    persons = own["value_low"].sum()
    is_country = meaning.code is not None and meaning.code in set(own["reporting_country"])
    if is_country and persons >= NEARLY_ALL * rest["value_low"].sum():
        return True
    return _sums_others(own, values, label, text)


def _sums_others(own: pd.DataFrame, values: pd.DataFrame, label: str, text: str) -> bool:
    """Check if, in each of its tables, a label is the sum of all others or of a run next to it."""
    sums = own.groupby("table")["value_low"].sum()
    trials = max(1, values[label].nunique())
    if np.log10(np.maximum(sums, 1)).sum() - np.log10(trials) < np.log10(HARDLY_CHANCE):
        return False
    tables = [(value, values[values["table"] == number]) for number, value in sums.items()]
    if not all(rows["is_plain"].all() for _, rows in tables):
        return False
    return bool(set.intersection(*(_sums_equal_to(value, rows, label, text) for value, rows in tables)))


def _sums_equal_to(value: float, rows: pd.DataFrame, label: str, text: str) -> set[str]:
    """Return which sums of other labels have the value: of all, or of so many labels directly before or
    after."""
    by_label = rows.groupby(label, sort=False)["value_low"].sum()
    place = list(by_label.index).index(text)
    others = by_label.to_numpy()
    found = {"all"} if len(others) > 2 and others.sum() - value == value else set()
    for side, run in (("before", others[:place][::-1]), ("after", others[place + 1 :])):
        sums = np.cumsum(run)
        found |= {f"{side} {n + 1}" for n in np.flatnonzero(sums == value) if n > 0}
    return found


def heavy_new_labels(before: pd.DataFrame, after: pd.DataFrame, names: list[str]) -> Iterator[Finding]:
    """Yield a finding for each label of a summed column that was never there before and has much weight."""
    for name in names:
        label = SOURCE + name
        if label not in before or label not in after:
            continue
        new = after[~after[label].isin(before[label])]
        for text, own in new.groupby(label, sort=True):
            beside = after[after["period_start"].isin(own["period_start"])]
            if own["value_low"].sum() >= MUCH * beside["value_low"].sum() > 0:
                yield Finding("heavy_new_label", column_name=name, value=str(text))
