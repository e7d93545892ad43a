"""Rows that sum those beneath or above them: Central America without Mexico, "others" that head a block.

Told by place and number, since the name tells too little: a region of another extent than M49 gives its name,
a group of no region. What the name itself tells is sums_in_table.py's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.unspoken_totals import HARDLY_CHANCE
from assets.intake.records import ROW, SHEET
from schemas import codelists, countries
from schemas.cards.format_card import Format
from schemas.contracts import SOURCE
from schemas.countries.table import countries_of, is_country
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.tables import KEY

_NO_GROUP = (codelists.TOTAL, codelists.UNKNOWN, codelists.STATELESS, codelists.NOT_APPLICABLE)


@dataclass
class _Table:
    """Labels of a role in their order; of each the value in every place (all that else names a figure)."""

    codes: list[str]
    lines: list[pd.Index]
    values: npt.NDArray[np.float64]
    told: npt.NDArray[np.bool_]
    vague: npt.NDArray[np.bool_]
    passed: set[int] = field(default_factory=set)


def without_sums_of_runs(lines: pd.DataFrame, role: str, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """The lines: a region that sums a run of its countries is only checked.

    Of another group no name tells that it is their sum: its value is doubted, and begins at 0.
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
        if _is_told(lines.loc[table.lines[label][0]], role, fmt) or not _sums_a_run(table, label):
            continue
        table.passed.add(label)
        own, is_region = table.lines[label], bool(countries_of(table.codes[label]))
        if is_region:
            leave_unloaded(lines, own)
        else:
            lines.loc[own, "value_low"] = 0.0
            lines.loc[own, "flag"] = lines.loc[own, "flag"].map(lambda f: add_flag(f, "possible_subtotal"))
        rule = "subtotal_among_parts" if is_region else "sum_of_neighbours"
        findings.append(finding_of_label(lines.loc[own], role, rule, fmt))
    return lines, findings


def _is_told(line: pd.Series, role: str, fmt: Format) -> bool:
    """Whether the card gives, with a reason, what the label means; or the name says that it is the rest."""
    variants = [(n, v) for n, c in fmt.columns.items() for _, v in c.cases() if v.role == role]
    texts = {n: str(line[SOURCE + n]) for n, _ in variants if SOURCE + n in line}
    given = any(m.reason for n, v in variants if n in texts for m in v.map.get(texts[n], ()))
    return given or any(countries.resolve(text).rule == "rest_of_area" for text in texts.values())


def finding_of_label(lines: pd.DataFrame, role: str, rule: str, fmt: Format) -> Finding:
    """One finding for all lines of a label, at the first of its rows: how many rows have it."""
    line = lines.iloc[0].to_dict()
    finding = finding_at(line, role, rule, fmt)
    if fmt.wide is not None and role in fmt.wide.said(line["value_column"]):
        finding = replace(finding, column_name=line["value_column"], value=line["value_column"])
    return replace(finding, expected=str(len(lines[[SHEET, ROW]].drop_duplicates())))


def _is_group(code: str) -> bool:
    """Whether it stands for several countries, or for others that it does not name."""
    return not is_country(code) and code not in _NO_GROUP


def leave_unloaded(lines: pd.DataFrame, own: pd.Index) -> None:
    """Marks lines that were only checked: their rows; or, where others stand in the same rows, themselves."""
    rows = [lines[SHEET].fillna(""), lines[ROW]]
    beside = ~lines.index.isin(own) & (lines["fate"] == "accepted")
    shared = pd.Series(beside, index=lines.index).groupby(rows).transform("any").loc[own]
    lines.loc[own[~shared], "fate"] = "check_only"
    lines.loc[own[shared], "available"] = False


def _size(code: str) -> float:
    """Smaller regions first, so that a wider one is not held against them and their countries."""
    return len(countries_of(code)) or np.inf


def _table(lines: pd.DataFrame, role: str, fmt: Format) -> _Table:
    standing = lines[(lines["fate"] == "accepted") & lines["available"]]
    standing = standing[standing[role] != codelists.NOT_APPLICABLE]
    label = labels_of(standing, role, fmt)
    place = standing.groupby([name for name in KEY if name != role], sort=False, dropna=False).ngroup()
    number = standing.groupby(label, sort=False, dropna=False).ngroup()
    if standing.empty:
        none = np.zeros((0, 0), bool)
        return _Table([], [], np.zeros((0, 0)), none, none)
    values = np.zeros((number.max() + 1, place.max() + 1))
    told, vague = np.zeros_like(values, bool), np.zeros_like(values, bool)
    np.add.at(values, (number, place), standing["value_low"])
    told[number, place] = True
    is_vague = (standing["value_low"] != standing["value_high"]).to_numpy()
    vague[number[is_vague], place[is_vague]] = True
    groups = [standing.index[number == n] for n in range(len(values))]
    return _Table([standing.loc[own[0], role] for own in groups], groups, values, told, vague)


def labels_of(lines: pd.DataFrame, role: str, fmt: Format) -> list[str]:
    """The columns of the lines that tell one label of the role from another: of its texts, or of headers."""
    named = [SOURCE + n for n, c in fmt.columns.items() if role in {v.role for _, v in c.cases()}]
    return [role, *(name for name in named if name in lines)] if named else [role, "value_column"]


def _sums_a_run(table: _Table, label: int) -> bool:
    """Whether it is the sum of the labels next to it wherever all are plain numbers, and hardly by chance."""
    tried, found = 0, 0.0
    for run in (range(label + 1, len(table.codes)), range(label - 1, -1, -1)):
        here = table.told[label] & ~table.vague[label]
        left, length = table.values[label].copy(), 0
        for other in run:
            if other in table.passed:
                continue
            if not _may_be_part(table.codes[other], table.codes[label]):
                break
            here &= ~table.vague[other]
            left -= table.values[other]
            length += 1
            tried += length > 1
            if not here.any() or (left[here] < 0).any():
                break
            if length > 1 and not left[here].any() and not _is_of_all(table, label, here):
                found = max(found, np.log10(np.maximum(table.values[label][here], 1)).sum())
                break
    return bool(found and found - np.log10(tried) >= np.log10(HARDLY_CHANCE))


def _is_of_all(table: _Table, label: int, here: npt.NDArray[np.bool_]) -> bool:
    """Whether a group of no region sums all others: it may be their total, which unspoken_totals.py asks."""
    others = [n for n in range(len(table.codes)) if n != label and n not in table.passed]
    all_of_them = table.values[others].sum(axis=0)[here]
    return not countries_of(table.codes[label]) and bool((all_of_them == table.values[label][here]).all())


def _may_be_part(code: str, group: str) -> bool:
    within = countries_of(group)
    return is_country(code) and (not within or code in within)
