"""Rows and columns that sum others of their table: totals declared by the card, regions listed with their
countries.

They are compared with their parts and not loaded in addition to them. If a total and its parts disagree, the
value is an interval from the smaller to the larger. The contract is not used here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.sums_of_runs import (
    exclude_lines,
    label_columns_of,
    label_finding,
    mark_sums_of_runs,
)
from assets.intake.judging.undeclared_totals import codes_in_column
from assets.intake.records import ROW, SHEET
from schemas import countries, groupings
from schemas.cards.format_card import Format, Totals
from schemas.codelists import TOTAL
from schemas.contracts import AMBIGUOUS_CODE, SOURCE, UNRESOLVED_CODE
from schemas.countries.table import countries_of, is_area, is_country
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.intervals import interval_text
from schemas.tables import DIMENSIONS, OBSERVATION_KEY

_DIMENSIONS = {d.name for d in DIMENSIONS}


# ---- rows and columns that the card calls totals ---------------------------------------------------


def compare_with_totals(
    lines: pd.DataFrame, accepted_lines: pd.DataFrame, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    """Widen accepted lines whose declared total differs from its parts, and return the findings."""
    findings: list[Finding] = []
    for total in fmt.totals:
        for line, low, high in _differing_totals(lines, total, fmt):
            finding = finding_at(line, "value_text", "total_differs", fmt)
            findings.append(replace(finding, expected=interval_text(low, high)))
            if total.of:
                accepted_lines = _flag_parts(accepted_lines, line, total, fmt)
            else:
                accepted_lines = _widen_value(accepted_lines, _as_total_line(line, total, fmt), low, high)
    return accepted_lines, findings


def _flag_parts(accepted_lines: pd.DataFrame, line: dict, total: Totals, fmt: Format) -> pd.DataFrame:
    """Flag the parts of a subtotal that differs from their sum: no value is the whole of them."""
    is_part = accepted_lines[SOURCE + total.over].isin(total.of)
    for name in _key_columns(accepted_lines, total, fmt):
        is_part &= accepted_lines[name] == line[name]
    flags = accepted_lines.loc[is_part, "flag"].map(lambda f: add_flag(f, "total_differs"))
    accepted_lines.loc[is_part, "flag"] = flags
    return accepted_lines


def _key_columns(lines: pd.DataFrame, total: Totals, fmt: Format) -> list[str]:
    """Return the columns in which a total and its parts agree."""
    names = [SOURCE + name for name in fmt.full_key if name != total.over]
    return [*(name for name in names if name in lines), "value_column"]


def split_total_columns(lines: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the lines: those to load, and those of columns that only sum others (the card's
    `wide.totals`)."""
    is_total = lines["value_column"].isin(fmt.sums_across())
    return lines[~is_total].reset_index(drop=True), lines[is_total]


def compare_with_total_columns(
    totals: pd.DataFrame, lines: pd.DataFrame, accepted_lines: pd.DataFrame, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    """Compare each cell of a total column with the other cells of its row, if the row is accepted."""
    findings: list[Finding] = []
    for name, parts in fmt.sums_across().items():
        is_part = (lines["fate"] == "accepted") & lines["available"] & lines["value_column"].isin(parts)
        rows = lines[is_part].fillna({"value_high": np.inf, SHEET: ""}).groupby([SHEET, ROW])
        sums = rows[["value_low", "value_high"]].sum().T.to_dict("list")
        total_lines = totals[
            (totals["value_column"] == name) & totals["available"] & (totals["value_text"] != "")
        ]
        for line in total_lines.to_dict("records"):
            low, high = sums.get((line[SHEET] or "", line[ROW]), (None, None))
            if low is not None and not _may_equal(line, low, high):
                finding = finding_at(line, "value_text", "total_differs", fmt)
                findings.append(replace(finding, expected=interval_text(low, high)))
                accepted_lines = _widen_value(
                    accepted_lines, line if _has_complete_key(line) else None, low, high
                )
    return accepted_lines, findings


def _may_equal(line: dict, low: float, high: float) -> bool:
    """Check if the line's interval overlaps the bounds."""
    at_most = np.inf if pd.isna(line["value_high"]) else line["value_high"]
    return bool(line["value_low"] <= high and at_most >= low)


def _has_complete_key(line: dict) -> bool:
    """Check that the complete key of a line is known."""
    return not any(
        line[name] in (UNRESOLVED_CODE, AMBIGUOUS_CODE) or pd.isna(line[name]) for name in OBSERVATION_KEY
    )


def _differing_totals(lines: pd.DataFrame, total: Totals, fmt: Format) -> list[tuple[dict, float, float]]:
    """Return the lines of totals that differ from the sum of their parts, with the bounds of that sum."""
    key_columns = _key_columns(lines, total, fmt)
    is_named, is_accepted = matching_rows(lines, total.where, SOURCE), lines["fate"] == "accepted"
    is_part = is_accepted & ~is_named & (codes_in_column(lines, fmt, total.over) != TOTAL)
    is_part &= lines[SOURCE + total.over].isin(total.of) if total.of else True
    parts = lines[is_part].fillna({"value_high": np.inf})
    sums = parts[parts["available"]].groupby(key_columns)[["value_low", "value_high"]].sum()
    bounds = dict(zip(sums.index, zip(sums["value_low"], sums["value_high"], strict=True), strict=True))
    is_compared = (lines["fate"] == "check_only") | (is_accepted & is_grouping_value(lines, total, fmt))
    total_lines = lines[is_named & is_compared & lines["available"]]
    differing = []
    for line in total_lines.to_dict("records"):
        key = tuple(line[s] for s in key_columns)
        low, high = bounds.get(key if len(key_columns) > 1 else key[0], (0.0, 0.0))
        if not _may_equal(line, low, high):
            differing.append((line, low, high))
    return differing


def is_grouping_value(lines: pd.DataFrame, total: Totals, fmt: Format) -> pd.Series:
    """Mark lines that sum countries and are the value of their grouping: they are compared with them, and
    loaded."""
    sums_countries = "reporting_country" in {column.role for _, column in fmt.columns[total.over].cases()}
    return lines["reporting_country"].isin(groupings.groupings() if sums_countries else [])


def matching_rows(
    rows: pd.DataFrame, where: dict[str, str] | dict[str, list[str]], prefix: str = ""
) -> pd.Series:
    """Mark the rows that have any of the given texts in each of the columns."""
    is_match = pd.Series(True, index=rows.index)
    for column, texts in where.items():
        if prefix + column not in rows:
            return pd.Series(False, index=rows.index)
        is_match &= rows[prefix + column].str.strip().isin([texts] if isinstance(texts, str) else texts)
    return is_match


def _as_total_line(line: dict, total: Totals, fmt: Format) -> dict | None:
    """Return the line as the value of all its parts; None if its key would not differ from that of a part."""
    if line["fate"] == "accepted":
        return line
    roles = {
        role
        for case, column in fmt.columns[total.over].cases()
        if case is None or line.get(f"{SOURCE}{fmt.columns[total.over].by}") == case
        for role in (column.role, *(r for meanings in column.map.values() for m in meanings for r in m.set))
    }
    total_line = line | dict.fromkeys(roles & _DIMENSIONS, TOTAL)
    is_distinct = roles & {*_DIMENSIONS, "month"} and line["value_text"]
    return total_line if is_distinct and _has_complete_key(total_line) else None


def _widen_value(
    accepted_lines: pd.DataFrame, total_line: dict | None, low: float, high: float
) -> pd.DataFrame:
    """Widen the value of the whole among the accepted lines: from the smaller of total and sum to the
    larger."""
    if total_line is None:
        return accepted_lines
    has_key = (
        accepted_lines[list(OBSERVATION_KEY)]
        == pd.Series({name: total_line[name] for name in OBSERVATION_KEY})
    ).all(axis=1)
    bounds = _widest_bounds(total_line, low, high)
    if has_key.any():
        index = accepted_lines.index[has_key]
        bounds = _widest_bounds(accepted_lines.loc[index[0]].to_dict(), *bounds)
        accepted_lines.loc[index, ["value_low", "value_high"]] = bounds
        accepted_lines.loc[index, "flag"] = accepted_lines.loc[index, "flag"].map(
            lambda f: add_flag(f, "total_differs")
        )
        return accepted_lines
    widened_fields = {
        "value_low": bounds[0],
        "value_high": bounds[1],
        "flag": add_flag(total_line["flag"], "total_differs"),
    }
    line = pd.DataFrame([total_line | widened_fields | {"fate": "accepted"}]).astype({"value_high": float})
    return pd.concat([accepted_lines, line.reindex(columns=accepted_lines.columns)], ignore_index=True)


def _widest_bounds(line: dict, low: float, high: float) -> tuple[float, float]:
    """Return the bounds that cover a line and a sum. A line that is no number has no upper bound."""
    if pd.isna(line["value_low"]):
        return low, np.nan
    high_or_open = np.inf if pd.isna(line["value_high"]) else line["value_high"]
    top = max(high_or_open, np.inf if pd.isna(high) else high)
    return min(line["value_low"], low), np.nan if np.isinf(top) else top


# ---- world regions listed with their countries -----------------------------------------------------


def mark_subtotals(lines: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Mark rows that sum countries of their own table as only checked, and flag those that may do so.

    A region that may equal the sum of its countries in the table is their subtotal. A region that is larger
    may include them and others, or only others: its value begins at what is left without them. A label for
    "the rest of" a region sums nothing.
    """
    findings: list[Finding] = []
    for role in (d.name for d in DIMENSIONS if d.values == "country"):
        lines, run_findings = mark_sums_of_runs(lines, role, fmt)
        findings += run_findings
        for area in _areas(lines, role):
            lines, area_findings = _compare_with_countries(lines, role, area, fmt)
            findings += area_findings
    return lines, findings


def _areas(lines: pd.DataFrame, role: str) -> list[str]:
    """Return the codes of regions that accepted lines have in the role, smallest first."""
    codes = lines.loc[lines["fate"] == "accepted", role].unique()
    areas = [code for code in codes if all(map(is_area, code.split("+"))) and len(countries_of(code)) > 1]
    return sorted(areas, key=lambda area: (len(countries_of(area)), area))


def _compare_with_countries(
    lines: pd.DataFrame, role: str, area: str, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    accepted_lines = lines[(lines["fate"] == "accepted") & lines["available"]]
    area_countries = countries_of(area)
    codes = accepted_lines[role].unique()
    inner_codes = {
        code for code in codes if code != area and (inner := countries_of(code)) and inner <= area_countries
    }
    key_columns = [name for name in OBSERVATION_KEY if name != role]
    parts = accepted_lines[accepted_lines[role].isin(inner_codes)].fillna({"value_high": np.inf})
    sums = parts.groupby(key_columns)[["value_low", "value_high"]].sum().add_suffix("_sum")
    area_lines = accepted_lines[
        (accepted_lines[role] == area) & ~_is_rest_label(accepted_lines, role, area, fmt)
    ].join(sums, on=key_columns)
    has_countries = area_lines["value_low_sum"].notna()
    if not has_countries.any():
        dominant = (
            area_lines
            if _is_above_others(area_lines, accepted_lines, role, key_columns)
            else area_lines.iloc[:0]
        )
        return lines, _findings_by_label(lines.loc[dominant.index], role, "region_above_countries", fmt)
    may_equal = (area_lines["value_low"] <= area_lines["value_high_sum"]) & ~(
        area_lines["value_high"] < area_lines["value_low_sum"]
    )
    is_subtotal = (
        (has_countries & may_equal)
        .groupby([area_lines[SHEET], area_lines[ROW]], dropna=False)
        .transform("all")
    )
    larger = area_lines[
        has_countries & ~is_subtotal & (area_lines["value_low"] > area_lines["value_high_sum"])
    ]
    exclude_lines(lines, area_lines.index[is_subtotal])
    lines.loc[larger.index, "value_low"] = larger["value_low"] - larger["value_high_sum"]
    flagged_index = area_lines.index[has_countries & ~is_subtotal]
    lines.loc[flagged_index, "flag"] = lines.loc[flagged_index, "flag"].map(
        lambda f: add_flag(f, "possible_subtotal")
    )
    results = [
        ("subtotal_among_parts", area_lines.index[is_subtotal]),
        ("region_beside_countries", flagged_index),
    ]
    return lines, [
        f for rule, index in results for f in _findings_by_label(lines.loc[index], role, rule, fmt)
    ]


FEWEST_TABLES = 3
"""A region must occur in this many tables before its size relative to other countries is significant."""


def _is_above_others(
    area_lines: pd.DataFrame, accepted_lines: pd.DataFrame, role: str, key_columns: list[str]
) -> bool:
    """Check if a region without a listed country is usually more than half of all countries together.

    Tables that list countries list the large ones, so such a region may sum the others in the table.
    """
    country_lines = accepted_lines[
        accepted_lines[role].isin([code for code in accepted_lines[role].unique() if is_country(code)])
    ]
    sums = (
        country_lines.fillna({"value_high": np.inf}).groupby(key_columns)["value_high"].sum().rename("others")
    )
    comparison = area_lines.join(sums, on=key_columns)
    comparison = comparison[comparison["others"].notna()]
    count_above = int((comparison["value_low"] * 2 > comparison["others"]).sum())
    return len(comparison) >= FEWEST_TABLES and count_above * 2 > len(comparison)


def _is_rest_label(lines: pd.DataFrame, role: str, area: str, fmt: Format) -> pd.Series:
    """Mark the lines of the region with a label that means the rest of it, or others."""
    is_rest = pd.Series(False, index=lines.index)
    for name in (SOURCE + n for n, c in fmt.columns.items() if role in {v.role for _, v in c.cases()}):
        texts = lines.loc[lines[role] == area, name].unique() if name in lines else ()
        is_rest |= (
            lines[name].isin([t for t in texts if _is_rest(countries.resolve(t))]) if len(texts) else False
        )
    return is_rest


def _is_rest(resolution: countries.Resolution) -> bool:
    return resolution.kind == "other" or resolution.rule == "rest_of_area"


def _findings_by_label(lines: pd.DataFrame, role: str, rule: str, fmt: Format) -> list[Finding]:
    """Return a finding for each label, at its first row, with the number of its rows."""
    label = label_columns_of(lines, role, fmt)
    return [
        label_finding(label_lines, role, rule, fmt) for _, label_lines in lines.groupby(label, sort=False)
    ]
