"""Rows that sum the rows below or above them: Central America without Mexico, or "others" at the head of a
block.

They are detected by position and value, because names are not enough: a region may have another extent than
in M49, and a group has no extent. sums_in_table.py uses the names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.undeclared_totals import HARDLY_CHANCE
from assets.intake.records import ROW, SHEET
from schemas import codelists, countries
from schemas.cards.format_card import Format
from schemas.contracts import SOURCE
from schemas.countries.table import countries_of, is_country
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.tables import OBSERVATION_KEY

_NO_GROUP = (codelists.TOTAL, codelists.UNKNOWN, codelists.STATELESS, codelists.NOT_APPLICABLE)


@dataclass
class _LabelTable:
    """Labels of a role in their order, with the value of each in every context: the rest of the key."""

    codes: list[str]
    lines: list[pd.Index]
    values: npt.NDArray[np.float64]
    has_value: npt.NDArray[np.bool_]
    is_interval: npt.NDArray[np.bool_]
    summed_labels: set[int] = field(default_factory=set)


def mark_sums_of_runs(lines: pd.DataFrame, role: str, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Mark regions that sum a run of neighbouring countries as only checked.

    For other groups no name confirms the sum: their value is flagged and begins at 0.
    """
    codes = lines.loc[lines["fate"] == "accepted", role].unique()
    if not any(map(_is_group, codes)):
        return lines, []
    table = _table(lines, role, fmt)
    findings: list[Finding] = []
    groups = sorted(
        (n for n, code in enumerate(table.codes) if _is_group(code)), key=lambda n: _size(table.codes[n])
    )
    for label in groups:
        if _has_explanation(lines.loc[table.lines[label][0]], role, fmt) or not _sums_a_run(table, label):
            continue
        table.summed_labels.add(label)
        label_index, is_region = table.lines[label], bool(countries_of(table.codes[label]))
        if is_region:
            exclude_lines(lines, label_index)
        else:
            lines.loc[label_index, "value_low"] = 0.0
            lines.loc[label_index, "flag"] = lines.loc[label_index, "flag"].map(
                lambda f: add_flag(f, "possible_subtotal")
            )
        rule = "subtotal_among_parts" if is_region else "sum_of_neighbours"
        findings.append(label_finding(lines.loc[label_index], role, rule, fmt))
    return lines, findings


def _has_explanation(line: pd.Series, role: str, fmt: Format) -> bool:
    """Check if the card explains the label with a reason, or its name means the rest of a region."""
    variants = [(n, v) for n, c in fmt.columns.items() for _, v in c.cases() if v.role == role]
    texts = {n: str(line[SOURCE + n]) for n, _ in variants if SOURCE + n in line}
    has_reason = any(m.reason for n, v in variants if n in texts for m in v.map.get(texts[n], ()))
    return has_reason or any(countries.resolve(text).rule == "rest_of_area" for text in texts.values())


def label_finding(lines: pd.DataFrame, role: str, rule: str, fmt: Format) -> Finding:
    """Return a finding for all lines of a label, at its first row, with the number of its rows."""
    line = lines.iloc[0].to_dict()
    finding = finding_at(line, role, rule, fmt)
    if fmt.wide is not None and role in fmt.wide.codes_of(line["value_column"]):
        finding = replace(finding, column_name=line["value_column"], value=line["value_column"])
    return replace(finding, expected=str(len(lines[[SHEET, ROW]].drop_duplicates())))


def _is_group(code: str) -> bool:
    """Check if the code covers several countries, or others that it does not list."""
    return not is_country(code) and code not in _NO_GROUP


def exclude_lines(lines: pd.DataFrame, index: pd.Index) -> None:
    """Mark lines as only checked: their whole rows, or the lines alone if their rows have other lines."""
    rows = [lines[SHEET].fillna(""), lines[ROW]]
    is_other = ~lines.index.isin(index) & (lines["fate"] == "accepted")
    is_shared = pd.Series(is_other, index=lines.index).groupby(rows).transform("any").loc[index]
    lines.loc[index[~is_shared], "fate"] = "check_only"
    lines.loc[index[is_shared], "available"] = False


def _size(code: str) -> float:
    """Return the size of a region. Smaller regions come first, so that wider ones are not compared with
    them and their countries."""
    return len(countries_of(code)) or np.inf


def _table(lines: pd.DataFrame, role: str, fmt: Format) -> _LabelTable:
    accepted_lines = lines[(lines["fate"] == "accepted") & lines["available"]]
    accepted_lines = accepted_lines[accepted_lines[role] != codelists.NOT_APPLICABLE]
    label_columns = label_columns_of(accepted_lines, role, fmt)
    context = accepted_lines.groupby(
        [name for name in OBSERVATION_KEY if name != role], sort=False, dropna=False
    ).ngroup()
    label_numbers = accepted_lines.groupby(label_columns, sort=False, dropna=False).ngroup()
    if accepted_lines.empty:
        no_cells = np.zeros((0, 0), bool)
        return _LabelTable([], [], np.zeros((0, 0)), no_cells, no_cells)
    values = np.zeros((label_numbers.max() + 1, context.max() + 1))
    has_value, is_interval = np.zeros_like(values, bool), np.zeros_like(values, bool)
    np.add.at(values, (label_numbers, context), accepted_lines["value_low"])
    has_value[label_numbers, context] = True
    is_vague = (accepted_lines["value_low"] != accepted_lines["value_high"]).to_numpy()
    is_interval[label_numbers[is_vague], context[is_vague]] = True
    groups = [accepted_lines.index[label_numbers == n] for n in range(len(values))]
    return _LabelTable(
        [accepted_lines.loc[index[0], role] for index in groups], groups, values, has_value, is_interval
    )


def label_columns_of(lines: pd.DataFrame, role: str, fmt: Format) -> list[str]:
    """Return the columns that distinguish labels of the role: their texts, or the headers."""
    columns = [SOURCE + n for n, c in fmt.columns.items() if role in {v.role for _, v in c.cases()}]
    return [role, *(name for name in columns if name in lines)] if columns else [role, "value_column"]


def _sums_a_run(table: _LabelTable, label: int) -> bool:
    """Check if the label equals the sum of its neighbours wherever all are plain numbers, and hardly by
    chance."""
    trials, significance = 0, 0.0
    for run in (range(label + 1, len(table.codes)), range(label - 1, -1, -1)):
        is_comparable = table.has_value[label] & ~table.is_interval[label]
        remainder, length = table.values[label].copy(), 0
        for other in run:
            if other in table.summed_labels:
                continue
            if not _may_be_part(table.codes[other], table.codes[label]):
                break
            is_comparable &= ~table.is_interval[other]
            remainder -= table.values[other]
            length += 1
            trials += length > 1
            if not is_comparable.any() or (remainder[is_comparable] < 0).any():
                break
            if (
                length > 1
                and not remainder[is_comparable].any()
                and not _is_possible_total(table, label, is_comparable)
            ):
                significance = max(
                    significance, np.log10(np.maximum(table.values[label][is_comparable], 1)).sum()
                )
                break
    return bool(significance and significance - np.log10(trials) >= np.log10(HARDLY_CHANCE))


def _is_possible_total(table: _LabelTable, label: int, mask: npt.NDArray[np.bool_]) -> bool:
    """Check if a group without a region sums all others: it may be their total (undeclared_totals.py)."""
    others = [n for n in range(len(table.codes)) if n != label and n not in table.summed_labels]
    sum_of_others = table.values[others].sum(axis=0)[mask]
    return not countries_of(table.codes[label]) and bool((sum_of_others == table.values[label][mask]).all())


def _may_be_part(code: str, group: str) -> bool:
    area_countries = countries_of(group)
    return is_country(code) and (not area_countries or code in area_countries)
