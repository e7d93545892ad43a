"""Step 3, validated: every decision on rows. The pandera contract says which stand; each row gets one fate.

accepted + quarantined + out_of_scope + check_only + layout = received, asserted on every run.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import pandas as pd

from assets.steps import plausibility, records, runner
from assets.steps.decoding import add_flag, tidy
from assets.steps.finding_places import contract_findings, examples, finding_at
from assets.steps.records import LAYOUT, ROW, SHEET, SURPLUS
from assets.steps.runner import Step
from schemas import codelists, groupings
from schemas.codelists import fold
from schemas.contracts import AMBIGUOUS, SOURCE, UNRESOLVED, counts, failures
from schemas.findings import Finding, rules
from schemas.format_card import Card, Format
from schemas.tables import KEY, QUARANTINED
from warehouse.home import Home, Submission
from warehouse.home.staged import FATES, Result, read, read_frame, write_frame

STEP = Step(
    3,
    "validated",
    ("pandas", "pandera"),
    after=records.STEP,
)

ALIKE = 0.9
"""How near (difflib's ratio) a text must be to a label that is kept, to be a slip for it."""


def make(home: Home, submission: Submission, key: str) -> Result:
    """Write the accepted lines and all findings; say in the result how many rows had which fate."""
    before = read(home, submission.id, records.STEP.name)
    if before is None or not before.accepted:
        rows = before.rows if before else {}
        return Result(STEP.name, submission.id, key, before.status if before else "rejected", rows)
    card = home.card(submission.collection)
    source = read_frame(home, submission.id, records.STEP.name)
    named = next(f for f in card.formats() if f.name == before.facts["format"])
    fmt = named.widened(source.columns)
    rows, findings = _corrected(source[~source[LAYOUT]].reset_index(drop=True), fmt)
    rows = rows[kept_by_text(rows, fmt)].reset_index(drop=True)
    lines = _judged(tidy(rows, card, fmt), card, fmt)
    contract = counts(fmt, lines.columns, received_on=submission.received_on, collection=card.collection)
    broken = failures(contract, _judgeable(lines))
    in_scope = lines.index[(lines["fate"] == "accepted") & lines["available"]]
    judged = lines.loc[in_scope].reset_index(drop=True)
    findings += contract_findings(judged, broken, card, fmt, submission.received_on)
    lines.loc[in_scope[sorted(set(broken["index"]))], "fate"] = "quarantined"
    lines = _quarantine_whole_rows(lines)
    accepted, remarks = _remarked(lines[(lines["fate"] == "accepted") & lines["available"]].copy(), card, fmt)
    findings += [*remarks, *_total_findings(lines, fmt)]
    left_out = len(source) - int(source[LAYOUT].sum()) - len(rows)
    return _conclude(home, submission, key, card, source, left_out, lines, accepted, findings)


def _conclude(
    home: Home,
    submission: Submission,
    key: str,
    card: Card,
    source: pd.DataFrame,
    left_out: int,
    lines: pd.DataFrame,
    accepted: pd.DataFrame,
    findings: list[Finding],
) -> Result:
    reject = _is_rejected(card, accepted, findings)
    if reject:
        if accepted.empty and not any(rules()[f.rule].fate == "file" for f in findings):
            findings.append(Finding("no_row_accepted"))
        lines = lines.assign(fate=lines["fate"].where(lines["fate"] != "accepted", "quarantined"))
        accepted = accepted.iloc[:0]
    rows = row_counts(source, lines, left_out)
    write_frame(home, submission.id, STEP.name, accepted)
    write_frame(home, submission.id, f"{STEP.name}_findings", _as_frame(findings))
    quarantined = lines[(lines["fate"] == "quarantined") & lines["period_start"].notna()]
    write_frame(
        home,
        submission.id,
        "quarantined",
        quarantined.assign(submission=submission.id),
        QUARANTINED,
    )
    status = "rejected" if reject else "accepted"
    facts = {"findings": dict(Counter(f.rule for f in findings))}
    return Result(STEP.name, submission.id, key, status, rows, facts, examples(findings))


def _is_rejected(card: Card, accepted: pd.DataFrame, findings: list[Finding]) -> bool:
    whole_file = any(rules()[f.rule].fate == "file" for f in findings)
    one_bad_row = any(rules()[f.rule].fate == "row" for f in findings)
    return whole_file or accepted.empty or (card.collection.on_error == "reject_file" and one_bad_row)


def row_counts(source: pd.DataFrame, lines: pd.DataFrame, left_out: int) -> dict[str, int]:
    """Rows by fate; `left_out` were out of scope before they became lines.

    Raises AssertionError unless every source row is in exactly one fate.
    """
    by_row = lines.groupby([SHEET, ROW], dropna=False)["fate"]
    if (by_row.nunique() > 1).any():
        raise AssertionError("A source row has two fates.")
    found = Counter(by_row.first())
    rows = {fate: int(found[fate]) for fate in FATES} | {"layout": int(source[LAYOUT].sum())}
    rows["out_of_scope"] += left_out
    if sum(rows.values()) != len(source):
        raise AssertionError(f"{len(source)} rows received, {sum(rows.values())} accounted for.")
    return rows


# ---- before the contract: corrections, scope, totals, repetitions --------------------------------


def _corrected(rows: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    findings = []
    for patch in fmt.corrections:
        here = _matches(rows, patch.where)
        outdated = rows.loc[here & (rows[patch.column].str.strip() != patch.expected)]
        if outdated.empty and here.any():
            rows.loc[here, patch.column] = patch.value
        else:
            said = outdated[patch.column].iloc[0] if len(outdated) else "—"
            row = {"source_row": int(outdated[ROW].iloc[0])} if len(outdated) else {}
            findings.append(
                Finding(
                    "correction_outdated",
                    **row,
                    column_name=patch.column,
                    value=said,
                    expected=patch.expected,
                )
            )
    return rows, findings


def _matches(rows: pd.DataFrame, where: dict[str, str] | dict[str, list[str]], prefix: str = "") -> pd.Series:
    here = pd.Series(True, index=rows.index)
    for column, wanted in where.items():
        if prefix + column not in rows:
            return pd.Series(False, index=rows.index)
        here &= rows[prefix + column].str.strip().isin([wanted] if isinstance(wanted, str) else wanted)
    return here


def _judged(lines: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    lines["fate"] = "accepted"
    lines.loc[~in_scope(lines, fmt), "fate"] = "out_of_scope"
    for total in fmt.totals:
        here = _matches(lines, total.where, SOURCE) & (lines["fate"] == "accepted")
        lines.loc[here & (lines["surplus_cells"] == 0), "fate"] = "check_only"
    lines["repetition"] = _repetitions(lines, fmt)
    whole = lines["measure"].isin(_whole_measures())
    width = lines["value_high"] - lines["value_low"]
    return lines.assign(decimals=lines["decimals"].where(whole, ""), width=width)


def _whole_measures() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["whole"] == "true"]


def kept_by_text(rows: pd.DataFrame, fmt: Format) -> pd.Series:
    """Which rows the card keeps by what they say. What is blank, ragged or like a kept label is judged."""
    keep = pd.Series(True, index=rows.index)
    for name, wanted in fmt.keep.items():
        if not _is_grouping(wanted):
            texts = rows[name].str.strip()
            alike = {text for text in texts.unique() if _is_like_one(text, wanted)}
            keep &= texts.isin([*wanted, *alike, ""])
    for name, left_out in fmt.out_of_scope.items():
        keep &= ~rows[name].str.strip().isin(left_out)
    return keep | (rows[SURPLUS] != 0)


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
    keyed = lines[(lines["fate"] == "accepted") & lines["period_start"].notna()]
    keyed = keyed[keyed["available"] & ~keyed[list(KEY)].isin([UNRESOLVED, AMBIGUOUS]).any(axis=1)]
    sources = [SOURCE + name for name in fmt.key if SOURCE + name in lines]
    added_up = [SOURCE + name for name, column in fmt.columns.items() if column.sum_over]
    for key in ([*KEY, *added_up], [*sources, "value_column"] if sources else []):
        if not key or not keyed.duplicated(key, keep=False).any():
            continue
        groups = keyed.groupby(key, dropna=False)
        repeated = keyed.index[groups["value_text"].transform("size") > 1]
        differ = groups["value_text"].transform("nunique").loc[repeated] > 1
        found = pd.Series(np.where(differ, DIFFERENT, EQUAL), index=repeated)
        for rule in fmt.duplicates:
            here = _matches(keyed, rule.where, SOURCE)
            whole_group = here.groupby([keyed[k] for k in key], dropna=False).transform("all")
            if rule.do == "sum":
                found[whole_group.loc[repeated]] = SUMMED
        repetition.loc[repeated] = np.maximum(repetition.loc[repeated], found)
    return repetition.map(REPETITIONS)


def _judgeable(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[(lines["fate"] == "accepted") & lines["available"]].reset_index(drop=True)


def _quarantine_whole_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """One bad cell quarantines its row; a row with a line in scope is in scope."""
    rank = lines["fate"].map({"out_of_scope": 0, "check_only": 1, "accepted": 2, "quarantined": 3})
    worst = rank.groupby([lines[SHEET], lines[ROW]], dropna=False).transform("max")
    fate = worst.map({0: "out_of_scope", 1: "check_only", 2: "accepted", 3: "quarantined"})
    return lines.assign(fate=fate)


# ---- remarks on what stands ------------------------------------------------------------------------


def _remarked(accepted: pd.DataFrame, card: Card, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Flags and warnings on rows that stand: doubtful labels and values, periods of another frequency."""
    findings = [*_label_findings(accepted, fmt), *_frequency_findings(accepted, card, fmt)]
    for rule, here in plausibility.suspects(accepted).items():
        accepted.loc[here, "flag"] = accepted.loc[here, "flag"].map(lambda f: add_flag(f, "suspect_value"))
        findings += [finding_at(line, "value_low", rule, fmt) for _, line in accepted[here].iterrows()]
    return accepted, findings


def _frequency_findings(accepted: pd.DataFrame, card: Card, fmt: Format) -> list[Finding]:
    """The first row of each frequency that the card does not tell of."""
    told = {card.collection.frequency} | {r.frequency for c in fmt.columns.values() for r in c.periods}
    others = accepted[~accepted["frequency"].isin(told)].drop_duplicates("frequency")
    form = {"A": "2024", "Q": "2024-Q1", "M": "2024-01"}[card.collection.frequency]
    found = [finding_at(line, "period_start", "another_frequency", fmt) for _, line in others.iterrows()]
    return [replace(f, expected=form) for f in found]


def _label_findings(accepted: pd.DataFrame, fmt: Format) -> list[Finding]:
    findings = []
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            for label, meanings in variant.map.items():
                flagged = next((m for m in meanings if m.flag), None)
                if SOURCE + name not in accepted:
                    continue
                here = accepted[SOURCE + name] == label if flagged else pd.Series(False, index=accepted.index)
                if case is not None:
                    here &= accepted[f"{SOURCE}{column.by}"] == case
                for _, line in accepted[here].iterrows():
                    finding = finding_at(line, SOURCE + name, "unclear_label", fmt)
                    findings.append(replace(finding, expected=flagged.code if flagged else None))
    return findings


def _total_findings(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Rows that the card calls totals, held against the sum of the rows they sum."""
    findings = []
    for total in fmt.totals:
        same = [SOURCE + n for n in fmt.key if n != total.over]
        accepted = lines[lines["fate"] == "accepted"].fillna({"value_high": np.inf})
        sums = accepted.groupby(same)[["value_low", "value_high"]].sum()
        parts = {
            place if isinstance(place, tuple) else (place,): (low, high)
            for place, low, high in zip(sums.index, sums["value_low"], sums["value_high"], strict=True)
        }
        for _, line in lines[
            _matches(lines, total.where, SOURCE) & (lines["fate"] == "check_only")
        ].iterrows():
            place = tuple(line[s] for s in same)
            low, high = parts.get(place, (0.0, 0.0))
            if not (line["value_low"] <= high and (pd.isna(line["value_high"]) or line["value_high"] >= low)):
                finding = finding_at(line, "value_text", "total_differs", fmt)
                findings.append(replace(finding, expected=_interval(low, high)))
    return findings


def _interval(low: float, high: float) -> str:
    """`9`, `7–11`, or `12–` where it has no upper bound."""
    return f"{low:.12g}" if low == high else f"{low:.12g}–" + ("" if np.isinf(high) else f"{high:.12g}")


def _as_frame(findings: list[Finding]) -> pd.DataFrame:
    columns = [
        "rule",
        "sheet",
        "source_row",
        "column_name",
        "cell",
        "value",
        "expected",
        "suggestion",
    ]
    return pd.DataFrame([[getattr(f, c) for c in columns] for f in findings], columns=columns).astype(
        {"source_row": "Int64"}
    )


def run(home: Home, submissions: Sequence[Submission]) -> list[Result]:
    """Make the step for submissions that are not fresh."""
    return runner.run(home, submissions, STEP, make)
