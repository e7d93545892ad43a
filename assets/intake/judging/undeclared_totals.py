"""Labels that may be totals although no card declares it: each equals the sum of all others. Reports, decides
nothing.

sums_in_table.py compares rows that a card declares to be totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from schemas import codelists
from schemas.cards.format_card import Format
from schemas.contracts import SOURCE
from schemas.findings import Finding
from schemas.tables import DIMENSIONS

HARDLY_CHANCE = 100
"""The largest label of a table equals the sum of the others by chance about once in its value.

For several tables the values are multiplied. From this product on, the label is reported.
"""

_DETAILS = {d.name for d in DIMENSIONS}


def labels_like_totals(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Return a finding for each label that is the sum of all others in every table of plain numbers that
    has it."""
    whole_measures = [
        m.code for m in codelists.codelist("measure").values() if m.attributes["whole"] == "true"
    ]
    accepted_lines = lines[
        (lines["fate"] == "accepted") & lines["available"] & lines["measure"].isin(whole_measures)
    ]
    key_columns = fmt.key or [n for n, c in fmt.columns.items() if c.by or c.role not in (None, "value")]
    present = [name for name in key_columns if SOURCE + name in lines]
    key = [*(SOURCE + name for name in present), "value_column"]
    numbers = {
        column: _Numbers(*pd.factorize(accepted_lines[column], use_na_sentinel=False)) for column in key
    }
    return [
        finding for name in present for finding in _findings_of_column(accepted_lines, fmt, name, numbers)
    ]


class _Numbers(NamedTuple):
    """Texts of a column as numbers, one a line, and its distinct texts."""

    codes: npt.NDArray[np.int64]
    texts: Sized


def _findings_of_column(
    lines: pd.DataFrame, fmt: Format, name: str, numbers: Mapping[str, _Numbers]
) -> Iterator[Finding]:
    """Yield findings for a column. A table is the set of rows that differ in this column alone."""
    codes = codes_in_column(lines, fmt, name)
    is_detail = codes.notna() & (codes != codelists.TOTAL)
    if lines.loc[is_detail, SOURCE + name].nunique() < 2:
        return
    label = [*_meaning_column(fmt, name), SOURCE + name]
    table_numbers = _combine(numbers[column] for column in numbers if column != SOURCE + name)
    label_numbers = _combine(numbers[column] for column in label)
    values = lines[["value_low", "value_high"]]
    rows = values.assign(table=table_numbers, label=label_numbers, code=codes)[is_detail]
    sums = _plain_tables(_sum_labels(rows))
    if not sums["is_sum"].any():
        return
    for _, label_sums in sums[sums.groupby("label")["is_sum"].transform("all")].groupby("label", sort=False):
        if _is_hardly_chance(label_sums) and not _is_wider_group(label_sums, sums, fmt, name):
            yield _finding(label_sums, lines, fmt, name)


def codes_in_column(lines: pd.DataFrame, fmt: Format, name: str) -> pd.Series:
    """Return the codes of a column's labels in each line; None where the column holds no dimension."""
    codes = pd.Series(None, index=lines.index, dtype=object)
    column = fmt.columns[name]
    for case, variant in column.cases():
        if variant.role in _DETAILS:
            mask = lines[SOURCE + str(column.by)] == case if case is not None else slice(None)
            codes.loc[mask] = lines.loc[mask, variant.role]
    return codes


def _meaning_column(fmt: Format, name: str) -> list[str]:
    """Return the column that determines the labels' meaning, if any: a label may occur in two tables."""
    by = fmt.columns[name].by
    return [SOURCE + by] if by else []


def _combine(columns: Iterable[_Numbers]) -> npt.NDArray[np.int64]:
    """Number the combinations of columns, one number a line."""
    first, *others = columns
    combined = first.codes
    for column in others:
        combined = pd.factorize(combined * len(column.texts) + column.codes)[0]
    return combined


def _sum_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each label of a table: both as numbers, added bounds, code and line of the first."""
    cells = pd.DataFrame(
        {
            "table": rows["table"],
            "label": rows["label"],
            "low": rows["value_low"],
            "high": rows["value_high"].fillna(np.inf),
            "code": rows["code"],
            "line": rows.index,
        }
    )
    is_repeated = cells.duplicated(["table", "label"])
    if not is_repeated.any():
        return cells
    sums = cells.groupby(["table", "label"], sort=False)[["low", "high"]].sum()
    return cells[~is_repeated].assign(low=sums["low"].to_numpy(), high=sums["high"].to_numpy())


def _plain_tables(sums: pd.DataFrame) -> pd.DataFrame:
    """Return tables of several labels, all plain numbers, not all 0, and mark labels that sum the others."""
    tables = sums["table"].to_numpy()
    label_counts, total, high = (
        np.bincount(tables, weights)[tables] for weights in (None, sums["low"], sums["high"])
    )
    is_plain = (high == total) & (label_counts > 1) & (total > 0)
    plain_tables: pd.DataFrame = sums.assign(labels=label_counts, is_sum=2 * sums["low"] == total)[is_plain]
    return plain_tables


def _is_hardly_chance(label_sums: pd.DataFrame) -> bool:
    """Check the significance. A single table of two labels shows nothing: each is the sum of the other."""
    has_several = len(label_sums) > 1 or label_sums["labels"].max() > 2
    return bool(has_several and np.log10(label_sums["low"]).sum() >= np.log10(HARDLY_CHANCE))


def _is_wider_group(label_sums: pd.DataFrame, sums: pd.DataFrame, fmt: Format, name: str) -> bool:
    """Check if, in the code list, all others belong to the label, as 0–11 and 12–17 belong to 0–17."""
    roles = {v.role for _, v in fmt.columns[name].cases()} & set(codelists.names())
    label_code = label_sums["code"].iloc[0]
    other_codes = set(sums.loc[sums["table"].isin(label_sums["table"]), "code"]) - {label_code}
    return any(
        label_code in codelists.codelist(role)
        and all(codelists.is_within(role, code, label_code) for code in other_codes)
        for role in map(str, roles)
        if other_codes <= set(codelists.codelist(role))
    )


def _finding(label_sums: pd.DataFrame, lines: pd.DataFrame, fmt: Format, name: str) -> Finding:
    """Return the finding at the largest value of the label."""
    largest = label_sums.sort_values("low").iloc[-1]
    [line] = lines[lines.index == largest["line"]].to_dict("records")
    column = fmt.columns[name]
    roles = {case: variant.role for case, variant in column.cases()}
    role = roles[line[SOURCE + column.by] if column.by else None]
    finding = finding_at(line, str(role), "label_equals_the_rest", fmt)
    return replace(finding, expected=f"{len(label_sums)}; {largest['low']:.12g}", occurrences=len(label_sums))
