"""Labels of a column that the card adds up: those that are totals of others would count everybody again.

Nobody reads these labels: the card says only that rows that differ in them are added up. undeclared_totals.py
looks at the labels of dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

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
    values = rows.assign(table=rows.groupby([*keys, "value_column"], sort=False, dropna=False).ngroup())
    tables, totals = _sums_by_table(values, label), set()
    for text, own in values.groupby(label, sort=False) if values[label].nunique() > 1 else ():
        if _is_total(str(text), own, values, label, tables):
            line = own.sort_values("value_low").iloc[-1].to_dict()
            finding = finding_at(line, "value_low", "total_among_summed", fmt)
            yield replace(finding, column_name=name, value=str(text), occurrences=len(own))
            totals.add(text)
    parts = values[~values[label].isin(totals)]
    yield from _heavy_labels(_periods_before(parts, label), parts, name)


class _Table(NamedTuple):
    """A table: the sum of each label, in the order of the rows, and whether all values are exact."""

    sums: dict[str, float]
    is_plain: bool


def _sums_by_table(values: pd.DataFrame, label: str) -> dict[int, _Table]:
    """Return the tables by their numbers, all from one pass over the rows."""
    is_plain = (values["value_low"] == values["value_high"]).groupby(values["table"]).all()
    tables = {int(number): _Table({}, plain) for number, plain in zip(is_plain.index, is_plain, strict=True)}
    sums = values.groupby(["table", label], sort=False)["value_low"].sum().reset_index()
    for number, text, value in sums.itertuples(index=False, name=None):
        tables[number].sums[text] = value
    return tables


def _periods_before(values: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the rows of all periods but the newest; none if they have too few labels or one period."""
    before: pd.DataFrame = values[values["period_start"] < values["period_start"].max()]
    has_past = before["period_start"].nunique() > 1 and before[label].nunique() >= FEWEST_LABELS
    return before if has_past else before.iloc[:0]


def _is_total(
    text: str, own: pd.DataFrame, values: pd.DataFrame, label: str, tables: Mapping[int, _Table]
) -> bool:
    """Check if a label is a total: by a word, as the country itself, or as a sum of others."""
    meaning = resolve(text)
    if meaning.reason == "total":
        return True
    if meaning.code is not None and meaning.code in set(own["reporting_country"]):
        rest = values[values["table"].isin(own["table"]) & (values[label] != text)]
        if own["value_low"].sum() >= NEARLY_ALL * rest["value_low"].sum():
            return True
    return _sums_others([tables[number] for number in sorted(own["table"].unique())], text)


def _sums_others(tables: Sequence[_Table], text: str) -> bool:
    """Check if, in each of its tables, a label is the sum of all others or of a run next to it."""
    size = float(np.log10(np.maximum([table.sums[text] for table in tables], 1)).sum())
    if size < np.log10(HARDLY_CHANCE_OF_ALL) or not all(table.is_plain for table in tables):
        return False
    kinds = _sums_equal_in_all(tables, text)
    labels = len(set().union(*(table.sums for table in tables)))
    if "all" in kinds or (kinds and size - np.log10(labels) >= np.log10(HARDLY_CHANCE)):
        return True
    is_hardly_chance = size - labels * np.log10(2) - np.log10(labels) >= np.log10(HARDLY_CHANCE)
    return labels <= MOST_COMBINED and is_hardly_chance and _sums_some(tables, text)


def _sums_some(tables: Sequence[_Table], text: str) -> bool:
    """Check if a label is, in each of its tables, the sum of the same two or more others.

    The tables are added up with random weights, so that one number stands for all. The sums of all
    combinations of one half of the labels then meet those of the other half.
    """
    by_label = pd.DataFrame([table.sums for table in tables]).fillna(0)
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


def _sums_equal_in_all(tables: Sequence[_Table], text: str) -> set[str]:
    """Return which sums of other labels a label equals in each of the tables."""
    kinds = _sums_equal_to(tables[0], text)
    for table in tables[1:]:
        if not kinds:
            break
        kinds &= _sums_equal_to(table, text)
    return kinds


def _sums_equal_to(table: _Table, text: str) -> set[str]:
    """Return which sums of other labels a label equals: of all, or of so many directly before or after."""
    others, place = np.array(list(table.sums.values())), list(table.sums).index(text)
    value = others[place]
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
    neighbours = after.loc[after["period_start"].isin(new["period_start"]), "value_low"].sum()
    heavy = persons[persons >= MUCH * neighbours]
    if (
        not len(heavy)
        and len(persons) <= MOST_NEW
        and persons.sum() >= max(MUCH * neighbours, FEWEST_PERSONS)
    ):
        heavy = persons
    for text in heavy.index:
        yield Finding("heavy_new_label", column_name=name, value=str(text))
