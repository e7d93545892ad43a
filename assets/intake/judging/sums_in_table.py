"""What sums others of its table: rows and columns that the card calls totals, regions beside their countries.

They are held against what they sum and not loaded beside it. Where a total and its parts disagree, the figure
is an interval from the smaller to the larger. The contract is not asked here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.sums_of_runs import (
    finding_of_label,
    labels_of,
    leave_unloaded,
    without_sums_of_runs,
)
from assets.intake.judging.unspoken_totals import codes_of
from assets.intake.records import ROW, SHEET
from schemas import countries, groupings
from schemas.cards.format_card import Format, Totals
from schemas.codelists import TOTAL
from schemas.contracts import AMBIGUOUS, SOURCE, UNRESOLVED
from schemas.countries.table import countries_of, is_area, is_country
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.intervals import in_words
from schemas.tables import DIMENSIONS, KEY

_DIMENSIONS = {d.name for d in DIMENSIONS}


# ---- rows and columns that the card calls totals ---------------------------------------------------


def held_against_totals(
    lines: pd.DataFrame, accepted: pd.DataFrame, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    """The accepted lines, with those that stand for a total in dispute; and what is said of each."""
    findings: list[Finding] = []
    for total in fmt.totals:
        for line, low, high in _in_dispute(lines, total, fmt):
            finding = finding_at(line, "value_text", "total_differs", fmt)
            findings.append(replace(finding, expected=in_words(low, high)))
            accepted = _opened(accepted, _of_the_whole(line, total, fmt), low, high)
    return accepted, findings


def without_total_columns(lines: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines, and apart from them those of columns that only sum others (the card's `wide.totals`)."""
    summing = lines["value_column"].isin(fmt.sums_across())
    return lines[~summing].reset_index(drop=True), lines[summing]


def held_against_total_columns(
    totals: pd.DataFrame, lines: pd.DataFrame, accepted: pd.DataFrame, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    """The same as of rows: each cell of a total column beside the others of its row, if the row stands."""
    findings: list[Finding] = []
    for name, parts in fmt.sums_across().items():
        standing = (lines["fate"] == "accepted") & lines["available"] & lines["value_column"].isin(parts)
        of_rows = lines[standing].fillna({"value_high": np.inf, SHEET: ""}).groupby([SHEET, ROW])
        sums = of_rows[["value_low", "value_high"]].sum().T.to_dict("list")
        told = totals[(totals["value_column"] == name) & totals["available"] & (totals["value_text"] != "")]
        for line in told.to_dict("records"):
            low, high = sums.get((line[SHEET] or "", line[ROW]), (None, None))
            if low is not None and not _may_be(line, low, high):
                finding = finding_at(line, "value_text", "total_differs", fmt)
                findings.append(replace(finding, expected=in_words(low, high)))
                accepted = _opened(accepted, line if _is_figure(line) else None, low, high)
    return accepted, findings


def _may_be(line: dict, low: float, high: float) -> bool:
    """Whether a line may be the number that lies between the bounds."""
    at_most = np.inf if pd.isna(line["value_high"]) else line["value_high"]
    return bool(line["value_low"] <= high and at_most >= low)


def _is_figure(line: dict) -> bool:
    """Whether all that names the figure of a line is known."""
    return not any(line[name] in (UNRESOLVED, AMBIGUOUS) or pd.isna(line[name]) for name in KEY)


def _in_dispute(lines: pd.DataFrame, total: Totals, fmt: Format) -> list[tuple[dict, float, float]]:
    """The lines of totals that are surely not the sum of their parts, and the bounds of that sum."""
    same = [SOURCE + n for n in fmt.whole_key if n != total.over and SOURCE + n in lines] + ["value_column"]
    named, standing = matches(lines, total.where, SOURCE), lines["fate"] == "accepted"
    is_part = standing & ~named & (codes_of(lines, fmt, total.over) != TOTAL)
    parts = lines[is_part].fillna({"value_high": np.inf})
    sums = parts[parts["available"]].groupby(same)[["value_low", "value_high"]].sum()
    bounds = dict(zip(sums.index, zip(sums["value_low"], sums["value_high"], strict=True), strict=True))
    compared = (lines["fate"] == "check_only") | (standing & stands_for_grouping(lines, total, fmt))
    checked = lines[named & compared & lines["available"]]
    disputed = []
    for line in checked.to_dict("records"):
        place = tuple(line[s] for s in same)
        low, high = bounds.get(place if len(same) > 1 else place[0], (0.0, 0.0))
        if not _may_be(line, low, high):
            disputed.append((line, low, high))
    return disputed


def stands_for_grouping(lines: pd.DataFrame, total: Totals, fmt: Format) -> pd.Series:
    """The lines that sum countries and are their grouping's figure: held against them, and loaded."""
    sums_countries = "reporting_country" in {column.role for _, column in fmt.columns[total.over].cases()}
    return lines["reporting_country"].isin(groupings.groupings() if sums_countries else [])


def matches(rows: pd.DataFrame, where: dict[str, str] | dict[str, list[str]], prefix: str = "") -> pd.Series:
    """The rows that say, in each of the columns, one of the texts."""
    here = pd.Series(True, index=rows.index)
    for column, wanted in where.items():
        if prefix + column not in rows:
            return pd.Series(False, index=rows.index)
        here &= rows[prefix + column].str.strip().isin([wanted] if isinstance(wanted, str) else wanted)
    return here


def _of_the_whole(line: dict, total: Totals, fmt: Format) -> dict | None:
    """The line as the figure of all its parts together; None where no key tells it from that of a part."""
    if line["fate"] == "accepted":
        return line
    roles = {
        role
        for case, column in fmt.columns[total.over].cases()
        if case is None or line.get(f"{SOURCE}{fmt.columns[total.over].by}") == case
        for role in (column.role, *(r for meanings in column.map.values() for m in meanings for r in m.set))
    }
    whole = line | dict.fromkeys(roles & _DIMENSIONS, TOTAL)
    told = roles & {*_DIMENSIONS, "month"} and line["value_text"]
    return whole if told and _is_figure(whole) else None


def _opened(accepted: pd.DataFrame, whole: dict | None, low: float, high: float) -> pd.DataFrame:
    """The accepted lines with the figure of the whole: from the smaller of total and sum to the larger."""
    if whole is None:
        return accepted
    known = (accepted[list(KEY)] == pd.Series({name: whole[name] for name in KEY})).all(axis=1)
    bounds = _between(whole, low, high)
    if known.any():
        here = accepted.index[known]
        bounds = _between(accepted.loc[here[0]].to_dict(), *bounds)
        accepted.loc[here, ["value_low", "value_high"]] = bounds
        accepted.loc[here, "flag"] = accepted.loc[here, "flag"].map(lambda f: add_flag(f, "total_differs"))
        return accepted
    opened = {
        "value_low": bounds[0],
        "value_high": bounds[1],
        "flag": add_flag(whole["flag"], "total_differs"),
    }
    line = pd.DataFrame([whole | opened | {"fate": "accepted"}]).astype({"value_high": float})
    return pd.concat([accepted, line.reindex(columns=accepted.columns)], ignore_index=True)


def _between(line: dict, low: float, high: float) -> tuple[float, float]:
    """The bounds of a line and of a sum together; a line that is no number has no upper bound."""
    if pd.isna(line["value_low"]):
        return low, np.nan
    most = np.inf if pd.isna(line["value_high"]) else line["value_high"]
    top = max(most, np.inf if pd.isna(high) else high)
    return min(line["value_low"], low), np.nan if np.isinf(top) else top


# ---- world regions beside their countries ----------------------------------------------------------


def without_subtotals(lines: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """The lines: rows that sum countries of their own table are only checked, what may do so is flagged.

    A region that may equal the sum of its countries beside it is their subtotal. One that is surely more may
    hold them and others, or only others: its value begins at what is left without them. A label that says
    "the rest of" a region sums nothing.
    """
    findings: list[Finding] = []
    for role in (d.name for d in DIMENSIONS if d.values == "country"):
        lines, of_runs = without_sums_of_runs(lines, role, fmt)
        findings += of_runs
        for area in _areas(lines, role):
            lines, said = _held_against_countries(lines, role, area, fmt)
            findings += said
    return lines, findings


def _areas(lines: pd.DataFrame, role: str) -> list[str]:
    """The codes of regions that accepted lines have in the role, small ones first."""
    codes = lines.loc[lines["fate"] == "accepted", role].unique()
    areas = [code for code in codes if all(map(is_area, code.split("+"))) and len(countries_of(code)) > 1]
    return sorted(areas, key=lambda area: (len(countries_of(area)), area))


def _held_against_countries(
    lines: pd.DataFrame, role: str, area: str, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    standing = lines[(lines["fate"] == "accepted") & lines["available"]]
    within = countries_of(area)
    codes = standing[role].unique()
    inside = {code for code in codes if code != area and (inner := countries_of(code)) and inner <= within}
    place = [name for name in KEY if name != role]
    parts = standing[standing[role].isin(inside)].fillna({"value_high": np.inf})
    sums = parts.groupby(place)[["value_low", "value_high"]].sum().add_suffix("_sum")
    own = standing[(standing[role] == area) & ~_says_rest(standing, role, area, fmt)].join(sums, on=place)
    beside = own["value_low_sum"].notna()
    if not beside.any():
        above = own if _is_above_others(own, standing, role, place) else own.iloc[:0]
        return lines, _once_a_label(lines.loc[above.index], role, "region_above_countries", fmt)
    may_equal = (own["value_low"] <= own["value_high_sum"]) & ~(own["value_high"] < own["value_low_sum"])
    by_row = (beside & may_equal).groupby([own[SHEET], own[ROW]], dropna=False).transform("all")
    more = own[beside & ~by_row & (own["value_low"] > own["value_high_sum"])]
    leave_unloaded(lines, own.index[by_row])
    lines.loc[more.index, "value_low"] = more["value_low"] - more["value_high_sum"]
    doubted = own.index[beside & ~by_row]
    lines.loc[doubted, "flag"] = lines.loc[doubted, "flag"].map(lambda f: add_flag(f, "possible_subtotal"))
    said = [("subtotal_among_parts", own.index[by_row]), ("region_beside_countries", doubted)]
    return lines, [f for rule, here in said for f in _once_a_label(lines.loc[here], role, rule, fmt)]


SEVERAL = 3
"""In so many tables a region must stand before its size beside the countries of others says something."""


def _is_above_others(own: pd.DataFrame, standing: pd.DataFrame, role: str, place: list[str]) -> bool:
    """Whether a region none of whose countries is named is mostly more than half of all countries together.

    A table that names countries names the large ones: such a region may sum what stands beside it.
    """
    named = standing[standing[role].isin([code for code in standing[role].unique() if is_country(code)])]
    sums = named.fillna({"value_high": np.inf}).groupby(place)["value_high"].sum().rename("others")
    compared = own.join(sums, on=place)
    compared = compared[compared["others"].notna()]
    above = int((compared["value_low"] * 2 > compared["others"]).sum())
    return len(compared) >= SEVERAL and above * 2 > len(compared)


def _says_rest(lines: pd.DataFrame, role: str, area: str, fmt: Format) -> pd.Series:
    """The lines of the region whose label says that it is the rest of one, or others."""
    said = pd.Series(False, index=lines.index)
    for name in (SOURCE + n for n, c in fmt.columns.items() if role in {v.role for _, v in c.cases()}):
        texts = lines.loc[lines[role] == area, name].unique() if name in lines else ()
        said |= (
            lines[name].isin([t for t in texts if _is_rest(countries.resolve(t))]) if len(texts) else False
        )
    return said


def _is_rest(resolution: countries.Resolution) -> bool:
    return resolution.kind == "other" or resolution.rule == "rest_of_area"


def _once_a_label(lines: pd.DataFrame, role: str, rule: str, fmt: Format) -> list[Finding]:
    """One finding for each label, at its first row, that says how many rows have it."""
    label = labels_of(lines, role, fmt)
    return [finding_of_label(same, role, rule, fmt) for _, same in lines.groupby(label, sort=False)]
