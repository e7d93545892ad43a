"""Step 3, validated: every decision on rows. The pandera contract accepts or quarantines them, and each row
gets a single status.

accepted + quarantined + out_of_scope + check_only + layout = received, asserted on every run. cases.py judges
files with a row per person by distinct text.
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
from assets.intake.judging.blank_cells import quarantine_blank_cells
from assets.intake.judging.blank_labels import read_blank_rows
from assets.intake.judging.card_labels import labels_without_row
from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import tidy
from assets.intake.judging.finding_places import (
    Findings,
    contract_findings,
    finding_at,
    frequency_findings,
    label_findings,
    misspelling_findings,
)
from assets.intake.judging.notes import mark_by_notes
from assets.intake.judging.summed_labels import totals_among_summed
from assets.intake.judging.sums_in_table import (
    compare_with_total_columns,
    compare_with_totals,
    is_grouping_value,
    mark_subtotals,
    matching_rows,
    split_total_columns,
)
from assets.intake.judging.undeclared_totals import labels_like_totals
from assets.intake.judging.value_words import STATE
from assets.intake.reading.columns import Column, Mask
from assets.intake.records import HEADER, ROW, SHEET, SURPLUS, Records
from schemas import codelists, groupings
from schemas.cards.format_card import Card, Correction, Format
from schemas.codelists import fold
from schemas.contracts import AMBIGUOUS_CODE, SOURCE, UNRESOLVED_CODE, counts_contract, failures
from schemas.countries import all_countries
from schemas.findings import Finding, rules
from schemas.flags import add_flag
from schemas.tables import OBSERVATION_KEY
from warehouse.home.step_results import ROW_STATUSES

LEAST_SIMILARITY = 0.9
"""Similarity (difflib's ratio) from which a text may be a misspelling of a label that is kept."""


@dataclass(frozen=True)
class Judgement:
    """Result of judging the rows: accepted lines, quarantined lines, all findings."""

    status: str
    rows: dict[str, int]
    accepted_lines: pd.DataFrame
    quarantined_keys: pd.DataFrame
    findings: Findings
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Readable content of the quarantined lines that have a value."""
    case_rows: pa.Table | None = None
    """The line of each accepted row, if rows left as counts: columns line, sheet, source_row."""
    unplaced_counts: dict[str, float] = field(default_factory=dict)
    """Quarantined rows whose country, period or measure cannot be read.

    `unread` counts those without a number, `persons` the persons of the others, `of` all persons.
    """


@dataclass(frozen=True)
class Scope:
    """Rows that the card keeps by their text, after its corrections; number of rows it leaves out."""

    records: Records
    format: Format
    received_rows: int
    layout_rows: int
    findings: list[Finding]

    @property
    def excluded_rows(self) -> int:
        """Number of rows that are not layout and that the card does not keep."""
        return self.received_rows - self.layout_rows - len(self.records)


def find_scope(records: Records, fmt: Format) -> Scope:
    """Return the rows to be judged."""
    layout = int(records.layout.sum())
    rows = records.take(~records.layout) if layout else records
    findings = labels_without_row(rows, fmt)
    rows, correction_findings = _apply_corrections(rows, fmt)
    is_kept = is_kept_by_text(rows, fmt)
    findings += correction_findings
    return Scope(rows if is_kept.all() else rows.take(is_kept), fmt, len(records), layout, findings)


def judge_counts(scope: Scope, card: Card, received_on: date) -> Judgement:
    """Judge each row of a file of counts by the contract."""
    fmt = scope.format
    rows = to_frame(scope.records)
    lines, total_columns = split_total_columns(tidy(rows, card, fmt), fmt)
    lines = prepare_lines(lines, fmt)
    contract = counts_contract(fmt, lines.columns, received_on=received_on, collection=card.collection)
    to_judge = lines.index[(lines["fate"] == "accepted") & lines["available"]]
    judged_lines = lines.loc[to_judge].reset_index(drop=True)
    violations = failures(contract, judged_lines)
    findings = [*scope.findings, *contract_findings(judged_lines, violations, card, fmt, received_on)]
    findings += _repeated_rows(rows, fmt)
    lines = quarantine.mark_unread(lines, to_judge, violations)
    lines.loc[to_judge[sorted(set(violations["index"]))], "fate"] = "quarantined"
    lines, blank_findings = quarantine_blank_cells(lines, card, fmt)
    lines, questions = read_blank_rows(lines, card, fmt)
    lines, note_findings = mark_by_notes(lines, fmt)
    lines, subtotal_findings = mark_subtotals(_quarantine_whole_rows(lines), fmt)
    accepted_lines, remarks = _add_remarks(
        lines[(lines["fate"] == "accepted") & lines["available"]].copy(), card, fmt
    )
    accepted_lines, total_findings = compare_with_totals(lines, accepted_lines, fmt)
    accepted_lines, total_column_findings = compare_with_total_columns(
        total_columns, lines, accepted_lines, fmt
    )
    findings += [
        *blank_findings,
        *questions,
        *note_findings,
        *subtotal_findings,
        *remarks,
        *total_findings,
        *total_column_findings,
        *labels_like_totals(lines, fmt),
        *totals_among_summed(lines, fmt),
        *_state_findings(lines, fmt),
    ]
    findings += undeclared_measures(accepted_lines, card, fmt)
    waiting = quarantine.openings(lines, card, fmt, received_on)
    return replace(_conclude(scope, card, lines, accepted_lines, findings), waiting=waiting)


def _state_findings(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Return a finding for each cell that says that it has no figure."""
    named_lines = lines[(lines[STATE] != "") & (lines["fate"] == "accepted")]
    return [
        finding_at(line, "value_text", f"value_{line[STATE]}", fmt) for line in named_lines.to_dict("records")
    ]


def _repeated_rows(rows: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Report files whose rows are added up, if most rows occur more than once, word for word."""
    if not fmt.sums_values or any(rule.do == "take_one" for rule in fmt.duplicates):
        return []
    repeated_rows = int(
        rows.drop(columns=[SHEET, ROW, SURPLUS, HEADER], errors="ignore").duplicated(keep=False).sum()
    )
    return (
        [Finding("rows_repeated", value=str(repeated_rows), expected=str(len(rows)))]
        if repeated_rows * 2 > len(rows)
        else []
    )


def undeclared_measures(accepted_lines: pd.DataFrame, card: Card, fmt: Format) -> list[Finding]:
    """Report each measure that the template allows and the card does not declare."""
    declared_measures = card.measures
    if fmt.version is None or not declared_measures:
        return []
    other = accepted_lines[~accepted_lines["measure"].isin(list(declared_measures))].drop_duplicates(
        "measure"
    )
    code_findings = [
        (line["measure"], finding_at(line, "measure", "measure_of_another", fmt))
        for line in other.to_dict("records")
    ]
    return [
        replace(finding, value=code, expected=", ".join(sorted(declared_measures)))
        for code, finding in code_findings
    ]


def to_frame(records: Records) -> pd.DataFrame:
    """Return the records as a frame of texts without white space around them."""
    location_columns = {
        SHEET: np.array(records.sheets, object)[records.sheet],
        ROW: records.row.astype(np.int64),
        SURPLUS: records.surplus.astype(np.int64),
    }
    if records.headers:
        location_columns[HEADER] = np.array(records.headers, object)[records.sheet]
    texts = {name: column.strip().series() for name, column in records.columns.items()}
    return pd.DataFrame(location_columns | texts)


def _conclude(
    scope: Scope, card: Card, lines: pd.DataFrame, accepted_lines: pd.DataFrame, findings: list[Finding]
) -> Judgement:
    """Apply the rejection of the whole file, count the rows, and collect the quarantined lines."""
    is_rejected_file = is_rejected(card, len(accepted_lines), (f.rule for f in findings))
    if is_rejected_file:
        findings = [*findings, *no_accepted_row_finding(len(accepted_lines), (f.rule for f in findings))]
        lines = lines.assign(fate=lines["fate"].where(lines["fate"] != "accepted", "quarantined"))
        accepted_lines = accepted_lines.iloc[:0]
    rows = row_counts(scope, lines)
    quarantined_lines = lines[(lines["fate"] == "quarantined") & lines["period_start"].notna()]
    quarantined_lines = quarantine.expand_candidates(quarantined_lines, scope.format)
    judgement = Judgement(
        "rejected" if is_rejected_file else "accepted",
        rows,
        accepted_lines,
        quarantined_lines,
        Findings.from_list(findings),
    )
    return replace(judgement, unplaced_counts=_unplaced_counts(lines))


def _unplaced_counts(lines: pd.DataFrame) -> dict[str, float]:
    """Count rows without a readable country, measure or period, for which no value is widened."""
    accepted_persons = float(lines.loc[(lines["fate"] == "accepted") & lines["available"], "value_low"].sum())
    is_waiting = (lines["fate"] == "quarantined") & lines["available"]
    if not is_waiting.any():
        return {"unread": 0, "persons": 0.0, "of": accepted_persons}
    waiting = lines[is_waiting]
    unplaced_lines = waiting[is_unplaced(waiting) & (waiting["value_text"].str.strip() != "")]
    persons = float(unplaced_lines["value_high"].fillna(0).sum())
    return {
        "unread": int(unplaced_lines["value_high"].isna().sum()),
        "persons": persons,
        "of": accepted_persons + persons,
    }


LOCATING_COLUMNS = ("reporting_country", "measure", "period_start")
"""If any of these cannot be read, it is unknown to which value a row belongs."""


def is_unplaced(lines: pd.DataFrame, columns: Iterable[str] = LOCATING_COLUMNS) -> pd.Series:
    """Mark lines whose country, measure or period, or the given ones of these, cannot be read."""
    countries = {*(c.code for c in all_countries()), *groupings.groupings()}
    known_codes = {"reporting_country": countries, "measure": codelists.codelist("measure")}
    is_unread = pd.Series(False, index=lines.index)
    for name in columns:
        is_unread |= ~lines[name].isin(list(known_codes[name])) if name in known_codes else lines[name].isna()
    return is_unread


def no_accepted_row_finding(accepted_rows: int, violated_rules: Iterable[str]) -> list[Finding]:
    """Report a file without accepted rows, unless another finding concerns the whole file."""
    has_file_finding = any(rules()[rule].fate == "file" for rule in violated_rules)
    return [] if accepted_rows or has_file_finding else [Finding("no_row_accepted")]


def is_rejected(card: Card, accepted_rows: int, violated_rules: Iterable[str]) -> bool:
    """Check if the whole file is rejected, given the number of accepted rows and the violated rules."""
    statuses = {rules()[rule].fate for rule in violated_rules}
    return (
        not accepted_rows
        or "file" in statuses
        or (card.collection.on_error == "reject_file" and "row" in statuses)
    )


def row_counts(scope: Scope, lines: pd.DataFrame) -> dict[str, int]:
    """Count rows by status. Raises AssertionError unless every source row has a single status."""
    by_row = lines.groupby([SHEET, ROW], dropna=False)["fate"]
    if (by_row.nunique() > 1).any():
        raise AssertionError("A source row has two fates.")
    return complete_row_counts(scope, Counter(by_row.first()))


def complete_row_counts(scope: Scope, by_status: Counter[str]) -> dict[str, int]:
    """Count rows by status, including rows that were never judged. Raises AssertionError if any is
    missing."""
    rows = {fate: int(by_status[fate]) for fate in ROW_STATUSES} | {"layout": scope.layout_rows}
    rows["out_of_scope"] += scope.excluded_rows
    if sum(rows.values()) != scope.received_rows:
        raise AssertionError(f"{scope.received_rows} rows received, {sum(rows.values())} accounted for.")
    return rows


# ---- before the contract: corrections, scope, totals, repetitions --------------------------------


def _apply_corrections(records: Records, fmt: Format) -> tuple[Records, list[Finding]]:
    findings, columns = [], dict(records.columns)
    for patch in fmt.corrections:
        is_matched = _is_match(columns, patch.where, len(records))
        is_outdated = is_matched & ~columns[patch.column].strip().isin([patch.expected])
        if is_matched.any() and not is_outdated.any():
            columns[patch.column] = columns[patch.column].with_text(is_matched, patch.value)
        else:
            findings.append(_outdated_finding(records, patch, is_outdated))
    return replace(records, columns=columns), findings


def _outdated_finding(records: Records, patch: Correction, is_outdated: Mask) -> Finding:
    finding = Finding("correction_outdated", column_name=patch.column, value="—", expected=patch.expected)
    if not is_outdated.any():
        return finding
    row = int(is_outdated.argmax())
    text = records.columns[patch.column].text(row)
    return replace(finding, source_row=int(records.row[row]), value=text)


def _is_match(columns: dict[str, Column], where: Mapping[str, str | list[str]], rows: int) -> Mask:
    is_match = np.full(rows, set(where) <= set(columns))
    for name, texts in where.items() if is_match.any() else ():
        is_match &= columns[name].strip().isin([texts] if isinstance(texts, str) else texts)
    return is_match


def prepare_lines(lines: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Add to the lines what the contract checks besides codes: scope, totals, repetitions, width and
    decimals."""
    lines["fate"] = "accepted"
    lines.loc[~is_in_scope(lines, fmt), "fate"] = "out_of_scope"
    for total in fmt.totals:
        is_total = matching_rows(lines, total.where, SOURCE) & (lines["fate"] == "accepted")
        is_total &= ~is_grouping_value(lines, total, fmt)
        lines.loc[is_total & (lines["surplus_cells"] == 0), "fate"] = "check_only"
    lines.loc[_is_copy(lines, fmt), "fate"] = "out_of_scope"
    lines["repetition"] = _repetitions(lines, fmt)
    if fmt.values.negative is not None:
        is_counted = (lines["fate"] == "accepted") & lines["available"]
        sums = lines[is_counted].groupby(list(OBSERVATION_KEY), dropna=False)["value_low"].transform("sum")
        lines["summed_low"] = sums.reindex(lines.index)
    is_whole = lines["measure"].isin(_whole_measures())
    width = lines["value_high"] - lines["value_low"]
    return lines.assign(decimals=lines["decimals"].where(is_whole, ""), width=width)


def _whole_measures() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["whole"] == "true"]


def is_kept_by_text(records: Records, fmt: Format) -> Mask:
    """Mark rows that the card keeps by their text. Blank, ragged and misspelled rows are kept to be
    judged."""
    is_selected: Mask = np.ones(len(records), bool)
    for name, labels in fmt.keep.items():
        if not _is_grouping(labels):
            is_selected &= records.columns[name].strip().where(partial(_is_kept_text, labels))
    for name, excluded_texts in fmt.out_of_scope.items():
        is_selected &= ~records.columns[name].strip().isin(excluded_texts)
    for rows in fmt.left_out:
        is_selected &= ~_is_match(records.columns, rows.where, len(records))
    is_kept: Mask = is_selected | (records.surplus != 0)
    return is_kept


def _is_kept_text(labels: list[str], text: str) -> bool:
    return text in labels or not text or _is_misspelled_label(text, labels)


def is_in_scope(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Mark lines that the card keeps by their persons. Unresolved codes stay in scope, to be judged."""
    is_selected = pd.Series(True, index=lines.index)
    for name, labels in fmt.keep.items():
        if _is_grouping(labels):
            is_selected &= _is_kept_member(lines, fmt, name, labels[0][len("@members(") : -1])
    return is_selected | (lines["surplus_cells"] != 0)


def _is_grouping(labels: list[str]) -> bool:
    return len(labels) == 1 and labels[0].startswith("@members(")


def _is_misspelled_label(text: str, labels: list[str]) -> bool:
    """Check if a text may be a misspelled label. It is then judged, not left out of scope."""
    near = get_close_matches(fold(text), [fold(label) for label in labels], n=1, cutoff=LEAST_SIMILARITY)
    return bool(near)


def _is_kept_member(lines: pd.DataFrame, fmt: Format, name: str, grouping: str) -> pd.Series:
    codes = lines[str(fmt.columns[name].role)]
    is_unresolved = codes.isin([UNRESOLVED_CODE, AMBIGUOUS_CODE]) | lines["period_start"].isna()
    pairs = pd.Series(list(zip(codes, lines["period_start"], strict=True)), index=lines.index)
    is_member = {
        p: p[1] is not None and p[0] in groupings.members(grouping, p[1]) for p in set(pairs[~is_unresolved])
    }
    return is_unresolved | pairs.map(is_member).fillna(False).astype(bool)


def _is_copy(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Mark the lines of rows that repeat an earlier row word for word, where the card takes one of them."""
    texts = [*(name for name in lines.columns if name.startswith(SOURCE)), "value_column"]
    is_copy = pd.Series(False, index=lines.index)
    for where in (rule.where for rule in fmt.duplicates if rule.do == "take_one"):
        is_whole = (lines["fate"] == "accepted") & (lines["surplus_cells"] == 0)
        is_copy |= is_whole & matching_rows(lines, where, SOURCE) & lines.duplicated(texts)
    return is_copy


REPETITIONS = {0: "none", 1: "summed", 2: "equal", 3: "different"}
SUMMED_REPETITION, EQUAL_REPETITION, DIFFERENT_REPETITION = 1, 2, 3
"""Kinds of repetition by severity: a line may repeat its two keys in different ways."""


def _repetitions(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Return `equal` or `different` for lines that share their key, `summed` where the card adds them up."""
    repetition = pd.Series(0, index=lines.index)
    if "case_id" in lines:
        return repetition.map(REPETITIONS)
    sources = [SOURCE + name for name in fmt.full_key if SOURCE + name in lines]
    added_up = [SOURCE + name for name, column in fmt.columns.items() if column.sum_over]
    for key in ([*OBSERVATION_KEY, *added_up], [*sources, "value_column"] if sources else []):
        if not key or not (is_duplicate := lines.duplicated(key, keep=False)).any():
            continue
        keyed_lines = lines[is_duplicate & _has_key(lines)]
        groups = keyed_lines.groupby(key, dropna=False)
        repeated_index = keyed_lines.index[groups["value_text"].transform("size") > 1]
        differ = groups["value_text"].transform("nunique").loc[repeated_index] > 1
        outcome = pd.Series(np.where(differ, DIFFERENT_REPETITION, EQUAL_REPETITION), index=repeated_index)
        for rule in fmt.duplicates:
            is_in_rule = matching_rows(keyed_lines, rule.where, SOURCE)
            is_whole_group = is_in_rule.groupby([keyed_lines[k] for k in key], dropna=False).transform("all")
            if rule.do == "sum":
                outcome[is_whole_group.loc[repeated_index]] = SUMMED_REPETITION
        repetition.loc[repeated_index] = np.maximum(repetition.loc[repeated_index], outcome)
    return repetition.map(REPETITIONS)


def _has_key(lines: pd.DataFrame) -> pd.Series:
    """Mark lines in scope that have a value and a complete key."""
    has_key = (lines["fate"] == "accepted") & lines["available"] & lines["period_start"].notna()
    if MONTH in lines:
        has_key &= ~lines[MONTH].isin(["", UNRESOLVED_CODE])
    return has_key & ~lines[list(OBSERVATION_KEY)].isin([UNRESOLVED_CODE, AMBIGUOUS_CODE]).any(axis=1)


def _quarantine_whole_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """Extend the status of lines to their rows: a bad cell quarantines a row, a line in scope keeps it in
    scope."""
    rank = lines["fate"].map({"out_of_scope": 0, "check_only": 1, "accepted": 2, "quarantined": 3})
    worst = rank.groupby([lines[SHEET], lines[ROW]], dropna=False).transform("max")
    fate = worst.map({0: "out_of_scope", 1: "check_only", 2: "accepted", 3: "quarantined"})
    return lines.assign(fate=fate)


# ---- remarks on accepted rows ----------------------------------------------------------------------


def _add_remarks(accepted_lines: pd.DataFrame, card: Card, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Flag accepted rows and report remarks: unclear labels and values, periods of another frequency."""
    findings = [
        *label_findings(accepted_lines, fmt),
        *misspelling_findings(accepted_lines, fmt),
        *frequency_findings(accepted_lines, card, fmt),
    ]
    suspects = plausibility.suspects(accepted_lines, _is_part_of_sum(accepted_lines, fmt))
    for rule, is_suspect in ((rule, is_suspect) for rule, is_suspect in suspects.items() if is_suspect.any()):
        accepted_lines.loc[is_suspect, "flag"] = accepted_lines.loc[is_suspect, "flag"].map(
            lambda f: add_flag(f, "suspect_value")
        )
        findings += [
            finding_at(line, "value_low", rule, fmt) for line in accepted_lines[is_suspect].to_dict("records")
        ]
    return accepted_lines, findings


def _is_part_of_sum(accepted_lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Mark lines that are no value by themselves: the card adds up what a finer column distinguishes."""
    if not any(column.sum_over for column in fmt.columns.values()):
        return pd.Series(False, index=accepted_lines.index)
    return accepted_lines.duplicated(list(OBSERVATION_KEY), keep=False)
