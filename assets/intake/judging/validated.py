"""Step 3, validated: every decision on rows. The pandera contract says which stand; each row gets one fate.

accepted + quarantined + out_of_scope + check_only + layout = received, asserted on every run.
Files of one row a person are judged by distinct text: cases.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.intake.judging import plausibility, quarantine
from assets.intake.judging.blank_cells import without_blank_cells
from assets.intake.judging.card_labels import labels_without_row
from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import tidy
from assets.intake.judging.finding_places import (
    Findings,
    contract_findings,
    finding_at,
    frequency_findings,
    label_findings,
)
from assets.intake.judging.sums_in_table import (
    held_against_total_columns,
    held_against_totals,
    matches,
    stands_for_grouping,
    without_subtotals,
    without_total_columns,
)
from assets.intake.judging.unspoken_totals import labels_like_totals
from assets.intake.reading.columns import Column, Mask
from assets.intake.records import ROW, SHEET, SURPLUS, Records
from schemas import codelists, groupings
from schemas.cards.format_card import Card, Correction, Format
from schemas.codelists import fold
from schemas.contracts import AMBIGUOUS, SOURCE, UNRESOLVED, counts, failures
from schemas.countries import all_countries
from schemas.findings import Finding, rules
from schemas.flags import add_flag
from schemas.tables import KEY
from warehouse.home.staged import FATES

ALIKE = 0.9
"""How near (difflib's ratio) a text must be to a label that is kept, to be a slip for it."""


@dataclass(frozen=True)
class Judged:
    """What the contract and the card say of the rows: accepted lines, quarantined lines, all findings."""

    status: str
    rows: dict[str, int]
    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    findings: Findings
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What of the quarantined lines that bear a figure can be read."""
    case_rows: pa.Table | None = None
    """Of each accepted row its line, where rows left as counts: columns line, sheet, source_row."""
    unplaced: dict[str, float] = field(default_factory=dict)
    """The quarantined rows of which country, period or measure cannot be read: how many hold no number either
    (`unread`), the `persons` that the others hold, and `of` how many."""


@dataclass(frozen=True)
class Scope:
    """The rows that the card keeps by what they say, after its corrections; how many it leaves out."""

    records: Records
    format: Format
    received: int
    layout: int
    findings: list[Finding]

    @property
    def left_out(self) -> int:
        """Rows that are not layout and that the card does not keep."""
        return self.received - self.layout - len(self.records)


def scope_of(records: Records, fmt: Format) -> Scope:
    """The rows to be judged."""
    layout = int(records.layout.sum())
    rows = records.take(~records.layout) if layout else records
    findings = labels_without_row(rows, fmt)
    rows, outdated = _corrected(rows, fmt)
    kept = kept_by_text(rows, fmt)
    findings += outdated
    return Scope(rows if kept.all() else rows.take(kept), fmt, len(records), layout, findings)


def judge_figures(scope: Scope, card: Card, received_on: date) -> Judged:
    """The contract's answer for each row of a file of figures."""
    fmt = scope.format
    rows = frame_of(scope.records)
    lines, across = without_total_columns(tidy(rows, card, fmt), fmt)
    lines = prepared(lines, fmt)
    contract = counts(fmt, lines.columns, received_on=received_on, collection=card.collection)
    to_judge = lines.index[(lines["fate"] == "accepted") & lines["available"]]
    judged = lines.loc[to_judge].reset_index(drop=True)
    broken = failures(contract, judged)
    findings = [*scope.findings, *contract_findings(judged, broken, card, fmt, received_on)]
    findings += _pasted_twice(rows, fmt)
    lines = quarantine.marked(lines, to_judge, broken)
    lines.loc[to_judge[sorted(set(broken["index"]))], "fate"] = "quarantined"
    lines, blank = without_blank_cells(lines, card, fmt)
    lines, subtotals = without_subtotals(_quarantine_whole_rows(lines), fmt)
    accepted, remarks = _remarked(lines[(lines["fate"] == "accepted") & lines["available"]].copy(), card, fmt)
    accepted, disputes = held_against_totals(lines, accepted, fmt)
    accepted, across_disputes = held_against_total_columns(across, lines, accepted, fmt)
    findings += [*blank, *subtotals, *remarks, *disputes, *across_disputes, *labels_like_totals(lines, fmt)]
    findings += measures_of_another(accepted, card, fmt)
    waiting = quarantine.openings(lines, card, fmt, received_on)
    return replace(_concluded(scope, card, lines, accepted, findings), waiting=waiting)


def _pasted_twice(rows: pd.DataFrame, fmt: Format) -> list[Finding]:
    """What is said where the card adds rows up and most of them stand more than once, word for word."""
    if not fmt.adds_up:
        return []
    again = int(rows.drop(columns=[SHEET, ROW, SURPLUS]).duplicated(keep=False).sum())
    return (
        [Finding("rows_repeated", value=str(again), expected=str(len(rows)))] if again * 2 > len(rows) else []
    )


def measures_of_another(accepted: pd.DataFrame, card: Card, fmt: Format) -> list[Finding]:
    """What is said of each measure that stands in the template and that the card does not give."""
    given = card.measures
    if fmt.version is None or not given:
        return []
    other = accepted[~accepted["measure"].isin(list(given))].drop_duplicates("measure")
    told = [
        (line["measure"], finding_at(line, "measure", "measure_of_another", fmt))
        for line in other.to_dict("records")
    ]
    return [replace(finding, value=code, expected=", ".join(sorted(given))) for code, finding in told]


def frame_of(records: Records) -> pd.DataFrame:
    """The records as a frame of texts without white space around them."""
    places = {
        SHEET: np.array(records.sheets, object)[records.sheet],
        ROW: records.row.astype(np.int64),
        SURPLUS: records.surplus.astype(np.int64),
    }
    texts = {name: column.stripped().series() for name, column in records.columns.items()}
    return pd.DataFrame(places | texts)


def _concluded(
    scope: Scope, card: Card, lines: pd.DataFrame, accepted: pd.DataFrame, findings: list[Finding]
) -> Judged:
    reject = is_rejected(card, len(accepted), (f.rule for f in findings))
    if reject:
        findings = [*findings, *nothing_accepted(len(accepted), (f.rule for f in findings))]
        lines = lines.assign(fate=lines["fate"].where(lines["fate"] != "accepted", "quarantined"))
        accepted = accepted.iloc[:0]
    rows = row_counts(scope, lines)
    quarantined = lines[(lines["fate"] == "quarantined") & lines["period_start"].notna()]
    quarantined = quarantine.may_be(quarantined, scope.format)
    judged = Judged("rejected" if reject else "accepted", rows, accepted, quarantined, Findings.of(findings))
    return replace(judged, unplaced=_unplaced(lines))


def _unplaced(lines: pd.DataFrame) -> dict[str, float]:
    """What the rows may hold that belong nowhere, as no bound of a period is opened for them."""
    stands = float(lines.loc[(lines["fate"] == "accepted") & lines["available"], "value_low"].sum())
    here = (lines["fate"] == "quarantined") & lines["available"]
    if not here.any():
        return {"unread": 0, "persons": 0.0, "of": stands}
    waiting = lines[here]
    lost = waiting[is_unplaced(waiting) & (waiting["value_text"].str.strip() != "")]
    persons = float(lost["value_high"].fillna(0).sum())
    return {"unread": int(lost["value_high"].isna().sum()), "persons": persons, "of": stands + persons}


PLACE = ("reporting_country", "measure", "period_start")
"""Where one of these cannot be read, nobody knows which figure a row belongs to."""


def is_unplaced(lines: pd.DataFrame, by: Iterable[str] = PLACE) -> pd.Series:
    """Lines of which country, period or measure, or those that are named, cannot be read."""
    countries = {*(c.code for c in all_countries()), *groupings.groupings()}
    known = {"reporting_country": countries, "measure": codelists.codelist("measure")}
    unread = pd.Series(False, index=lines.index)
    for name in by:
        unread |= ~lines[name].isin(list(known[name])) if name in known else lines[name].isna()
    return unread


def nothing_accepted(accepted: int, broken: Iterable[str]) -> list[Finding]:
    """What is said of a file of which no row stands, if nothing else is said of the file."""
    said = any(rules()[rule].fate == "file" for rule in broken)
    return [] if accepted or said else [Finding("no_row_accepted")]


def is_rejected(card: Card, accepted: int, broken: Iterable[str]) -> bool:
    """Whether the whole file is rejected, with so many rows accepted and these rules broken."""
    fates = {rules()[rule].fate for rule in broken}
    return not accepted or "file" in fates or (card.collection.on_error == "reject_file" and "row" in fates)


def row_counts(scope: Scope, lines: pd.DataFrame) -> dict[str, int]:
    """Rows by fate. Raises AssertionError unless every source row is in exactly one fate."""
    by_row = lines.groupby([SHEET, ROW], dropna=False)["fate"]
    if (by_row.nunique() > 1).any():
        raise AssertionError("A source row has two fates.")
    return counted_rows(scope, Counter(by_row.first()))


def counted_rows(scope: Scope, by_fate: Counter[str]) -> dict[str, int]:
    """Rows by fate, those that were never judged among them. Raises AssertionError where one is lost."""
    rows = {fate: int(by_fate[fate]) for fate in FATES} | {"layout": scope.layout}
    rows["out_of_scope"] += scope.left_out
    if sum(rows.values()) != scope.received:
        raise AssertionError(f"{scope.received} rows received, {sum(rows.values())} accounted for.")
    return rows


# ---- before the contract: corrections, scope, totals, repetitions --------------------------------


def _corrected(records: Records, fmt: Format) -> tuple[Records, list[Finding]]:
    findings, columns = [], dict(records.columns)
    for patch in fmt.corrections:
        here = _holds(columns, patch.where, len(records))
        outdated = here & ~columns[patch.column].stripped().isin([patch.expected])
        if here.any() and not outdated.any():
            columns[patch.column] = columns[patch.column].replaced(here, patch.value)
        else:
            findings.append(_outdated(records, patch, outdated))
    return replace(records, columns=columns), findings


def _outdated(records: Records, patch: Correction, outdated: Mask) -> Finding:
    finding = Finding("correction_outdated", column_name=patch.column, value="—", expected=patch.expected)
    if not outdated.any():
        return finding
    row = int(outdated.argmax())
    said = records.columns[patch.column].text(row)
    return replace(finding, source_row=int(records.row[row]), value=said)


def _holds(columns: dict[str, Column], where: Mapping[str, str | list[str]], rows: int) -> Mask:
    here = np.full(rows, set(where) <= set(columns))
    for name, wanted in where.items() if here.any() else ():
        here &= columns[name].stripped().isin([wanted] if isinstance(wanted, str) else wanted)
    return here


def prepared(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """The lines with what is asked beside codes: scope, totals, repetitions, width and decimals."""
    lines["fate"] = "accepted"
    lines.loc[~in_scope(lines, fmt), "fate"] = "out_of_scope"
    for total in fmt.totals:
        here = matches(lines, total.where, SOURCE) & (lines["fate"] == "accepted")
        here &= ~stands_for_grouping(lines, total, fmt)
        lines.loc[here & (lines["surplus_cells"] == 0), "fate"] = "check_only"
    lines["repetition"] = _repetitions(lines, fmt)
    whole = lines["measure"].isin(_whole_measures())
    width = lines["value_high"] - lines["value_low"]
    return lines.assign(decimals=lines["decimals"].where(whole, ""), width=width)


def _whole_measures() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["whole"] == "true"]


def kept_by_text(records: Records, fmt: Format) -> Mask:
    """Which rows the card keeps by what they say. What is blank, ragged or like a kept label is judged."""
    keep: Mask = np.ones(len(records), bool)
    for name, wanted in fmt.keep.items():
        if not _is_grouping(wanted):
            keep &= records.columns[name].stripped().where(partial(_is_kept, wanted))
    for name, left_out in fmt.out_of_scope.items():
        keep &= ~records.columns[name].stripped().isin(left_out)
    for rows in fmt.left_out:
        keep &= ~_holds(records.columns, rows.where, len(records))
    kept: Mask = keep | (records.surplus != 0)
    return kept


def _is_kept(wanted: list[str], text: str) -> bool:
    return text in wanted or not text or _is_like_one(text, wanted)


def in_scope(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Which lines the card keeps by whom they are of. What does not resolve stays in, to be judged."""
    keep = pd.Series(True, index=lines.index)
    for name, wanted in fmt.keep.items():
        if _is_grouping(wanted):
            keep &= _kept_members(lines, fmt, name, wanted[0][len("@members(") : -1])
    return keep | (lines["surplus_cells"] != 0)


def _is_grouping(wanted: list[str]) -> bool:
    return len(wanted) == 1 and wanted[0].startswith("@members(")


def _is_like_one(text: str, wanted: list[str]) -> bool:
    """Whether a text may be a slip for a label that is kept: then it is judged, not left out of scope."""
    near = get_close_matches(fold(text), [fold(label) for label in wanted], n=1, cutoff=ALIKE)
    return bool(near)


def _kept_members(lines: pd.DataFrame, fmt: Format, name: str, grouping: str) -> pd.Series:
    codes = lines[str(fmt.columns[name].role)]
    unclear = codes.isin([UNRESOLVED, AMBIGUOUS]) | lines["period_start"].isna()
    pairs = pd.Series(list(zip(codes, lines["period_start"], strict=True)), index=lines.index)
    member = {p: p[1] is not None and p[0] in groupings.members(grouping, p[1]) for p in set(pairs[~unclear])}
    return unclear | pairs.map(member).fillna(False).astype(bool)


REPETITIONS = {0: "none", 1: "summed", 2: "equal", 3: "different"}
SUMMED, EQUAL, DIFFERENT = 1, 2, 3
"""By how bad it is: a line may repeat one of its two keys in one way and the other in another."""


def _repetitions(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """`equal` or `different` for lines that share their key, `summed` where the card adds them up."""
    repetition = pd.Series(0, index=lines.index)
    if "case_id" in lines:
        return repetition.map(REPETITIONS)
    sources = [SOURCE + name for name in fmt.whole_key if SOURCE + name in lines]
    added_up = [SOURCE + name for name, column in fmt.columns.items() if column.sum_over]
    for key in ([*KEY, *added_up], [*sources, "value_column"] if sources else []):
        if not key or not (alike := lines.duplicated(key, keep=False)).any():
            continue
        keyed = lines[alike & _is_keyed(lines)]
        groups = keyed.groupby(key, dropna=False)
        repeated = keyed.index[groups["value_text"].transform("size") > 1]
        differ = groups["value_text"].transform("nunique").loc[repeated] > 1
        outcome = pd.Series(np.where(differ, DIFFERENT, EQUAL), index=repeated)
        for rule in fmt.duplicates:
            here = matches(keyed, rule.where, SOURCE)
            whole_group = here.groupby([keyed[k] for k in key], dropna=False).transform("all")
            if rule.do == "sum":
                outcome[whole_group.loc[repeated]] = SUMMED
        repetition.loc[repeated] = np.maximum(repetition.loc[repeated], outcome)
    return repetition.map(REPETITIONS)


def _is_keyed(lines: pd.DataFrame) -> pd.Series:
    """The lines in scope that bear a figure and of which all that names it is known."""
    keyed = (lines["fate"] == "accepted") & lines["available"] & lines["period_start"].notna()
    if MONTH in lines:
        keyed &= ~lines[MONTH].isin(["", UNRESOLVED])
    return keyed & ~lines[list(KEY)].isin([UNRESOLVED, AMBIGUOUS]).any(axis=1)


def _quarantine_whole_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """One bad cell quarantines its row; a row with a line in scope is in scope."""
    rank = lines["fate"].map({"out_of_scope": 0, "check_only": 1, "accepted": 2, "quarantined": 3})
    worst = rank.groupby([lines[SHEET], lines[ROW]], dropna=False).transform("max")
    fate = worst.map({0: "out_of_scope", 1: "check_only", 2: "accepted", 3: "quarantined"})
    return lines.assign(fate=fate)


# ---- remarks on what stands ------------------------------------------------------------------------


def _remarked(accepted: pd.DataFrame, card: Card, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Flags and warnings on rows that stand: doubtful labels and values, periods of another frequency."""
    findings = [*label_findings(accepted, fmt), *frequency_findings(accepted, card, fmt)]
    suspects = plausibility.suspects(accepted, _parts_of_figures(accepted, fmt))
    for rule, here in ((rule, here) for rule, here in suspects.items() if here.any()):
        accepted.loc[here, "flag"] = accepted.loc[here, "flag"].map(lambda f: add_flag(f, "suspect_value"))
        findings += [finding_at(line, "value_low", rule, fmt) for line in accepted[here].to_dict("records")]
    return accepted, findings


def _parts_of_figures(accepted: pd.DataFrame, fmt: Format) -> pd.Series:
    """Lines that are no figure by themselves: the card adds up what a finer column tells apart."""
    if not any(column.sum_over for column in fmt.columns.values()):
        return pd.Series(False, index=accepted.index)
    return accepted.duplicated(list(KEY), keep=False)
