"""Labels that may be totals though no card says so: each equals the sum of all others. Asks, decides nothing.

Rows that a card calls totals are compared in sums_in_table.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from schemas import codelists
from schemas.cards.format_card import Format
from schemas.contracts import SOURCE
from schemas.findings import Finding
from schemas.tables import DIMENSIONS

HARDLY_CHANCE = 100
"""By chance the largest label of a table equals the sum of the others about once in its value; of several
tables the values are multiplied. From so many on the label is asked about."""

_DETAILS = {d.name for d in DIMENSIONS}


def labels_like_totals(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """A finding for each label that is the sum of all others in every table of plain numbers that has it."""
    whole = [m.code for m in codelists.codelist("measure").values() if m.attributes["whole"] == "true"]
    standing = lines[(lines["fate"] == "accepted") & lines["available"] & lines["measure"].isin(whole)]
    named = fmt.key or [n for n, c in fmt.columns.items() if c.by or c.role not in (None, "value")]
    present = [name for name in named if SOURCE + name in lines]
    return [finding for name in present for finding in _of_column(standing, fmt, name, present)]


def _of_column(lines: pd.DataFrame, fmt: Format, name: str, key: list[str]) -> Iterator[Finding]:
    """Tables are the rows that differ in this column alone."""
    codes = codes_of(lines, fmt, name)
    details = codes.notna() & (codes != codelists.TOTAL)
    if lines.loc[details, SOURCE + name].nunique() < 2:
        return
    table = [SOURCE + other for other in key if other != name] + ["value_column"]
    label = [*_kind(fmt, name), SOURCE + name]
    sums = _of_plain_tables(_summed(lines[details].assign(code=codes), table, label))
    if not sums["is_sum"].any():
        return
    for _, same in sums[sums.groupby("label")["is_sum"].transform("all")].groupby("label", sort=False):
        if _is_hardly_chance(same) and not _is_wider_group(same, sums, fmt, name):
            yield _finding(same, lines, fmt, name)


def codes_of(lines: pd.DataFrame, fmt: Format, name: str) -> pd.Series:
    """What a column's labels became in each line; nothing where the column holds no dimension."""
    codes = pd.Series(None, index=lines.index, dtype=object)
    column = fmt.columns[name]
    for case, variant in column.cases():
        if variant.role in _DETAILS:
            here = lines[SOURCE + str(column.by)] == case if case is not None else slice(None)
            codes.loc[here] = lines.loc[here, variant.role]
    return codes


def _kind(fmt: Format, name: str) -> list[str]:
    """The column that says what the labels mean, if there is one: the same label may stand in two tables."""
    by = fmt.columns[name].by
    return [SOURCE + by] if by else []


def _summed(rows: pd.DataFrame, table: list[str], label: list[str]) -> pd.DataFrame:
    """One row for each label of a table, both as numbers: bounds added up, code and line of the first."""
    cells = pd.DataFrame(
        {
            "table": rows.groupby(table, sort=False).ngroup(),
            "label": rows.groupby(label, sort=False).ngroup(),
            "low": rows["value_low"],
            "high": rows["value_high"].fillna(np.inf),
            "code": rows["code"],
            "line": rows.index,
        }
    )
    again = cells.duplicated(["table", "label"])
    if not again.any():
        return cells
    sums = cells.groupby(["table", "label"], sort=False)[["low", "high"]].sum()
    return cells[~again].assign(low=sums["low"].to_numpy(), high=sums["high"].to_numpy())


def _of_plain_tables(sums: pd.DataFrame) -> pd.DataFrame:
    """Tables of several labels, all plain numbers, not all 0: whether a label is the sum of the others."""
    tables = sums["table"].to_numpy()
    n, total, high = (np.bincount(tables, of)[tables] for of in (None, sums["low"], sums["high"]))
    plain = (high == total) & (n > 1) & (total > 0)
    plain_tables: pd.DataFrame = sums.assign(labels=n, is_sum=2 * sums["low"] == total)[plain]
    return plain_tables


def _is_hardly_chance(same: pd.DataFrame) -> bool:
    """One table of two labels says nothing: each is the sum of the other."""
    several = len(same) > 1 or same["labels"].max() > 2
    return bool(several and np.log10(same["low"]).sum() >= np.log10(HARDLY_CHANCE))


def _is_wider_group(same: pd.DataFrame, sums: pd.DataFrame, fmt: Format, name: str) -> bool:
    """Whether the code list says that all the others belong to it: 0–17 beside 0–11 and 12–17."""
    roles = {v.role for _, v in fmt.columns[name].cases()} & set(codelists.names())
    own = same["code"].iloc[0]
    beside = set(sums.loc[sums["table"].isin(same["table"]), "code"]) - {own}
    return any(
        own in codelists.codelist(role) and all(codelists.within(role, code, own) for code in beside)
        for role in map(str, roles)
        if beside <= set(codelists.codelist(role))
    )


def _finding(same: pd.DataFrame, lines: pd.DataFrame, fmt: Format, name: str) -> Finding:
    """At the largest of its values."""
    largest = same.sort_values("low").iloc[-1]
    [line] = lines[lines.index == largest["line"]].to_dict("records")
    column = fmt.columns[name]
    roles = {case: variant.role for case, variant in column.cases()}
    role = roles[line[SOURCE + column.by] if column.by else None]
    finding = finding_at(line, str(role), "label_equals_the_rest", fmt)
    return replace(finding, expected=f"{len(same)}; {largest['low']:.12g}", occurrences=len(same))
