"""Labels of a column that the card adds up: those that are totals of others would count everybody again.

Nobody reads these labels: the card says only that rows that differ in them are added up. undeclared_totals.py
looks at the labels of dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
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
MUCH, MOST_NEW = 1 / 3, 3
"""Share of the persons from which up to three labels that were never there before hold the file."""
FEWEST_PERSONS, FEWEST_LABELS = 20, 3
"""Persons and other labels from which a new label has weight within one file."""
MOST_COMBINED = 32
"""Labels of which all combinations are added up."""
HARDLY_CHANCE_OF_ALL = 50
"""Product of values from which a label that is the sum of all others is hardly chance."""


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
    totals = set()
    for text, own in values.groupby(label, sort=False):
        if values[label].nunique() > 1 and _is_total(str(text), own, values, label):
            line = own.sort_values("value_low").iloc[-1].to_dict()
            finding = finding_at(line, "value_low", "total_among_summed", fmt)
            yield replace(finding, column_name=name, value=str(text), occurrences=len(own))
            totals.add(text)
    parts = values[~values[label].isin(totals)]
    yield from _heavy_labels(_periods_before(parts, label), parts, name)


def _periods_before(values: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the rows of all periods but the newest; none if they have too few labels or one period."""
    before: pd.DataFrame = values[values["period_start"] < values["period_start"].max()]
    has_past = before["period_start"].nunique() > 1 and before[label].nunique() >= FEWEST_LABELS
    return before if has_past else before.iloc[:0]


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
    table_rows = values[values["table"].isin(sums.index)]
    labels = table_rows[label].nunique()
    size = float(np.log10(np.maximum(sums, 1)).sum())
    if size < np.log10(HARDLY_CHANCE_OF_ALL) or not table_rows["is_plain"].all():
        return False
    tables = [(value, values[values["table"] == number]) for number, value in sums.items()]
    kinds = set.intersection(*(_sums_equal_to(value, rows, label, text) for value, rows in tables))
    if "all" in kinds or (kinds and size - np.log10(labels) >= np.log10(HARDLY_CHANCE)):
        return True
    is_hardly_chance = size - labels * np.log10(2) - np.log10(labels) >= np.log10(HARDLY_CHANCE)
    return labels <= MOST_COMBINED and is_hardly_chance and _sums_some(table_rows, label, text)


def _sums_some(rows: pd.DataFrame, label: str, text: str) -> bool:
    """Check if a label is, in each of its tables, the sum of the same two or more others.

    The tables are added up with random weights, so that one number stands for all. The sums of all
    combinations of one half of the labels then meet those of the other half.
    """
    by_label = rows.pivot_table(index="table", columns=label, values="value_low", aggfunc="sum", fill_value=0)
    own_values = by_label[text].to_numpy().astype(np.uint64)
    others = by_label.drop(columns=text).to_numpy().astype(np.uint64)
    others = others[:, others.any(axis=0) & (others != own_values[:, None]).any(axis=0)]
    weights = np.random.default_rng(0).integers(1, 2**63, len(own_values), dtype=np.uint64)
    target, numbers = (own_values * weights).sum(), (others * weights[:, None]).sum(axis=0)
    half = len(numbers) // 2
    left, right = _all_sums(numbers[:half]), _all_sums(numbers[half:])
    return bool(np.isin(target - left, right).any())


def _all_sums(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the sums of all combinations, modulo 2**64."""
    sums = np.zeros(1, np.uint64)
    for number in numbers:
        sums = np.concatenate([sums, sums + number])
    return sums


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
        yield from _heavy_labels(before, after, name)


def _heavy_labels(before: pd.DataFrame, after: pd.DataFrame, name: str) -> Iterator[Finding]:
    """Yield a finding for labels of `after` that are not in `before`: one with much weight, or a few."""
    label = SOURCE + name
    new = after[~after[label].isin(before[label])] if len(before) else after[:0]
    persons = new.groupby(label, sort=True)["value_low"].sum()
    beside = after.loc[after["period_start"].isin(new["period_start"]), "value_low"].sum()
    heavy = persons[persons >= MUCH * beside]
    if not len(heavy) and len(persons) <= MOST_NEW and persons.sum() >= max(MUCH * beside, FEWEST_PERSONS):
        heavy = persons
    for text in heavy.index:
        yield Finding("heavy_new_label", column_name=name, value=str(text))
