"""Step 3, validated: every decision on rows. The pandera contract says which stand; each row gets one fate.

accepted + quarantined + out_of_scope + check_only + layout = received, asserted on every run.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from assets import decoding, records, staging
from assets.decoding import add_flag, tidy
from assets.records import LAYOUT, ROW, SHEET
from assets.staging import FATES, Result, Step, read, read_frame, write_frame
from assets.stepping import step_asset
from schemas import codelists, countries, groupings
from schemas.contracts import (
    AMBIGUOUS,
    COUNTRY_ROLES,
    LISTED_ROLES,
    SOURCE,
    UNRESOLVED,
    counts,
    failures,
)
from schemas.findings import Finding, cell_name, rules
from schemas.format_card import Card, Format
from schemas.tables import KEY, QUARANTINED
from warehouse.home import Home, Submission

STEP = Step(3, "validated", (__file__, decoding.__file__), ("pandas", "pandera"), after=records.STEP)

EXAMPLES = 100
"""So many findings of a rule are kept as examples; all of them are in validated_findings.parquet."""


def make(home: Home, submission: Submission, key: str) -> Result:
    """Write the accepted lines and all findings; say in the result how many rows had which fate."""
    before = read(home, submission.id, records.STEP.name)
    if before is None or not before.accepted:
        rows = before.rows if before else {}
        return Result(STEP.name, submission.id, key, before.status if before else "rejected", rows)
    card = home.card(submission.collection)
    fmt = next(f for f in card.formats() if f.name == before.facts["format"])
    source = read_frame(home, submission.id, records.STEP.name)
    rows, findings = _corrected(source[~source[LAYOUT]].reset_index(drop=True), fmt)
    lines = _judged(tidy(rows, card, fmt), card, fmt)
    broken = failures(counts(fmt, _roles(lines), received_on=submission.received_on), _judgeable(lines))
    in_scope = lines.index[lines["fate"] == "accepted"]
    findings += _contract_findings(lines.loc[in_scope].reset_index(drop=True), broken, fmt)
    lines.loc[in_scope[sorted(set(broken["index"]))], "fate"] = "quarantined"
    lines = _quarantine_whole_rows(lines)
    accepted, remarks = _remarked(lines[lines["fate"] == "accepted"].copy(), fmt)
    findings += [*remarks, *_total_findings(lines, fmt)]
    return _conclude(home, submission, key, card, source, lines, accepted, findings)


def _conclude(
    home: Home,
    submission: Submission,
    key: str,
    card: Card,
    source: pd.DataFrame,
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
    rows = row_counts(source, lines)
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


def row_counts(source: pd.DataFrame, lines: pd.DataFrame) -> dict[str, int]:
    """Rows by fate. Raises AssertionError unless every source row is in exactly one."""
    by_row = lines.groupby([SHEET, ROW], dropna=False)["fate"]
    if (by_row.nunique() > 1).any():
        raise AssertionError("A source row has two fates.")
    found = Counter(by_row.first())
    rows = {fate: int(found[fate]) for fate in FATES} | {"layout": int(source[LAYOUT].sum())}
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
            findings.append(
                Finding(
                    "correction_outdated",
                    column_name=patch.column,
                    value=said,
                    expected=patch.expected,
                )
            )
    return rows, findings


def _matches(rows: pd.DataFrame, where: dict[str, str] | dict[str, list[str]], prefix: str = "") -> pd.Series:
    here = pd.Series(True, index=rows.index)
    for column, wanted in where.items():
        here &= rows[prefix + column].isin([wanted] if isinstance(wanted, str) else wanted)
    return here


def _judged(lines: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    lines["fate"] = "accepted"
    lines.loc[~in_scope(lines, fmt), "fate"] = "out_of_scope"
    for total in fmt.totals:
        here = _matches(lines, total.where, SOURCE) & (lines["fate"] == "accepted")
        lines.loc[here, "fate"] = "check_only"
    lines["repetition"] = _repetitions(lines, fmt)
    whole = lines["measure"].isin(_whole_measures())
    return lines.assign(count=lines["value_low"].where(whole, 0.0))


def _whole_measures() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["whole"] == "true"]


def in_scope(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """Which lines the card keeps. What does not resolve stays in, to be quarantined by the contract."""
    keep = pd.Series(True, index=lines.index)
    for name, wanted in fmt.keep.items():
        if len(wanted) == 1 and wanted[0].startswith("@members("):
            keep &= _kept_members(lines, fmt, name, wanted[0][len("@members(") : -1])
        else:
            keep &= lines[SOURCE + name].isin(wanted)
    for name, labels in fmt.out_of_scope.items():
        keep &= ~lines[SOURCE + name].isin(labels)
    return keep


def _kept_members(lines: pd.DataFrame, fmt: Format, name: str, grouping: str) -> pd.Series:
    codes = lines[str(fmt.columns[name].role)]
    unclear = codes.isin([UNRESOLVED, AMBIGUOUS]) | lines["period_start"].isna()
    pairs = pd.Series(list(zip(codes, lines["period_start"], strict=True)), index=lines.index)
    member = {p: p[1] is not None and p[0] in groupings.members(grouping, p[1]) for p in set(pairs[~unclear])}
    return unclear | pairs.map(member).fillna(False).astype(bool)


def _repetitions(lines: pd.DataFrame, fmt: Format) -> pd.Series:
    """`equal` or `different` for lines that share their key, `summed` where the card adds them up."""
    repetition = pd.Series("none", index=lines.index)
    keyed = lines[(lines["fate"] == "accepted") & lines["period_start"].notna()]
    keyed = keyed[~keyed[list(KEY)].isin([UNRESOLVED, AMBIGUOUS]).any(axis=1)]
    sources = [SOURCE + name for name in fmt.key if SOURCE + name in lines]
    for key in (list(KEY), [*sources, "value_column"] if sources else []):
        if not key:
            continue
        groups = keyed.groupby(key, dropna=False)
        repeated = keyed.index[groups["value_text"].transform("size") > 1]
        differ = groups["value_text"].transform("nunique").loc[repeated] > 1
        repetition.loc[repeated] = np.where(differ, "different", "equal")
        for rule in fmt.duplicates:
            here = _matches(keyed, rule.where, SOURCE)
            whole_group = here.groupby([keyed[k] for k in key], dropna=False).transform("all")
            if rule.do == "sum":
                repetition.loc[keyed.index[whole_group & keyed.index.isin(repeated)]] = "summed"
    return repetition


def _judgeable(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["fate"] == "accepted"].reset_index(drop=True)


def _quarantine_whole_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """One bad cell quarantines its row; a row with a line in scope is in scope."""
    rank = lines["fate"].map({"out_of_scope": 0, "check_only": 1, "accepted": 2, "quarantined": 3})
    worst = rank.groupby([lines[SHEET], lines[ROW]], dropna=False).transform("max")
    fate = worst.map({0: "out_of_scope", 1: "check_only", 2: "accepted", 3: "quarantined"})
    return lines.assign(fate=fate)


# ---- findings ------------------------------------------------------------------------------------


def _roles(lines: pd.DataFrame) -> list[str]:
    return [c for c in lines.columns if c in COUNTRY_ROLES or c in LISTED_ROLES]


def _contract_findings(lines: pd.DataFrame, broken: pd.DataFrame, fmt: Format) -> list[Finding]:
    broken = broken[~_follows_from_another(lines, broken)]
    return [
        _finding(lines.loc[f.index], str(f.column), str(f.rule), fmt) for f in broken.itertuples(index=False)
    ]


def _follows_from_another(lines: pd.DataFrame, broken: pd.DataFrame) -> pd.Series:
    """A missing value is no text in a number too: one finding for one mistake."""
    missing = set(broken.loc[broken["rule"] == "value_missing", "index"])
    return (broken["rule"] == "text_in_number") & broken["index"].isin(missing)


def _finding(line: pd.Series, column: str, rule: str, fmt: Format) -> Finding:
    name, text = _blamed(line, column, fmt)
    place = {"sheet": line[SHEET], "source_row": int(line[ROW]), "column_name": name}
    finding = Finding(rule, cell=_cell(line, name), value=text, **place)
    return replace(finding, expected=_expected(rule, line, column, fmt), suggestion=_suggestion(rule, text))


def _blamed(line: pd.Series, column: str, fmt: Format) -> tuple[str | None, str]:
    """The source column to look at, and what it says there."""
    if column in ("repetition", "surplus_cells"):
        text = _key_text(line, fmt) if column == "repetition" else str(line[column])
        return None, text
    if column in ("value_text", "value_low", "count"):
        return line["value_column"], line["value_text"]
    if column.startswith(SOURCE):
        return column.removeprefix(SOURCE), line[column]
    role = "period" if column == "period_start" else column
    name = _source_of(role, line, fmt)
    return name, line[SOURCE + name] if name else ""


def _source_of(role: str, line: pd.Series, fmt: Format) -> str | None:
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            applies = case is None or line.get(f"{SOURCE}{column.by}") == case
            if applies and variant.role == role and SOURCE + name in line.index:
                return name
    return None


def _key_text(line: pd.Series, fmt: Format) -> str:
    names = [n for n in fmt.key if SOURCE + n in line.index] or list(fmt.columns)
    return " · ".join(str(line.get(SOURCE + n, "")) for n in names if line.get(SOURCE + n, ""))


def _cell(line: pd.Series, name: str | None) -> str | None:
    sources = [c for c in line.index if c.startswith(SOURCE)]
    if name is None or SOURCE + name not in sources:
        return None
    return cell_name(sources.index(SOURCE + name) + 1, int(line[ROW]))


def _expected(rule: str, line: pd.Series, column: str, fmt: Format) -> str | None:
    if column in LISTED_ROLES:
        return ", ".join(codelists.codelist(column))
    if column.startswith(SOURCE):
        only = fmt.columns[column.removeprefix(SOURCE)].only
        return ", ".join(only) if only else None
    if rule == "unreadable_period":
        return "2024, 2024-Q1, 2024-01"
    if rule == "period_out_of_range" and fmt.expectations.years:
        return "–".join(map(str, fmt.expectations.years))
    return None


def _suggestion(rule: str, text: str) -> str | None:
    if rule not in ("unknown_country", "ambiguous_country"):
        return None
    return ", ".join(countries.resolve(text).candidates[:3]) or None


def _remarked(accepted: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Flags and warnings on rows that stand: labels read with a flag, years that stand as values."""
    findings = _label_findings(accepted, fmt)
    year = pd.to_datetime(accepted["period_start"]).dt.year
    same = (accepted["value_low"] == year) & (accepted["value_high"] == year)
    accepted.loc[same, "flag"] = accepted.loc[same, "flag"].map(lambda f: add_flag(f, "suspect_value"))
    findings += [
        _finding(line, "value_low", "value_equals_year", fmt) for _, line in accepted[same].iterrows()
    ]
    return accepted, findings


def _label_findings(accepted: pd.DataFrame, fmt: Format) -> list[Finding]:
    findings = []
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            for label, meanings in variant.map.items():
                flagged = next((m for m in meanings if m.flag), None)
                here = accepted[SOURCE + name] == label if flagged else pd.Series(False, index=accepted.index)
                if case is not None:
                    here &= accepted[f"{SOURCE}{column.by}"] == case
                for _, line in accepted[here].iterrows():
                    finding = _finding(line, SOURCE + name, "unclear_label", fmt)
                    findings.append(replace(finding, expected=flagged.code if flagged else None))
    return findings


def _total_findings(lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Rows that the card calls totals, held against the sum of the rows they sum."""
    findings = []
    for total in fmt.totals:
        same = [SOURCE + n for n in fmt.key if n != total.over]
        parts = lines[lines["fate"] == "accepted"].groupby(same)[["value_low", "value_high"]].sum(min_count=1)
        for _, line in lines[
            _matches(lines, total.where, SOURCE) & (lines["fate"] == "check_only")
        ].iterrows():
            place = tuple(line[s] for s in same)
            low, high = parts.loc[place] if place in parts.index else (0.0, 0.0)
            if line["value_high"] < low or line["value_low"] > high:
                finding = _finding(line, "value_text", "total_differs", fmt)
                findings.append(replace(finding, expected=f"{low:g}–{high:g}"))
    return findings


def examples(findings: list[Finding]) -> list[Finding]:
    """At most EXAMPLES findings of each rule, each saying how often the rule was broken."""
    often = Counter(f.rule for f in findings)
    taken: Counter[str] = Counter()
    kept = []
    for finding in findings:
        taken[finding.rule] += 1
        if taken[finding.rule] <= EXAMPLES:
            kept.append(replace(finding, occurrences=often[finding.rule]))
    return kept


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
    return staging.run(home, submissions, STEP, make)


validated = step_asset(
    STEP,
    run,
    description="Each row judged by the pandera contract and given its one fate.",
    checked=True,
)
