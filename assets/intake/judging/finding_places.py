"""From a line of the tidy frame to a finding: which column, cell, text and expectation. Decides nothing.

What a rule says in words is schemas/words; which rules a line breaks is the contract's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from assets.intake.judging.dating import days_meant, whole_years
from assets.intake.judging.decoding import country_candidates
from assets.intake.records import ROW, SHEET
from schemas import codelists, countries, date_forms
from schemas.cards.card_codes import LABELLED
from schemas.cards.format_card import Card, Column, Format
from schemas.contracts import LISTED_ROLES, SOURCE, labels
from schemas.findings import Finding, Place, cell_name

Line = Mapping[Any, Any]
"""A line of the tidy frame by its columns."""

EXAMPLES = 100
"""So many findings of a rule are kept as examples; all of them are in validated_findings.parquet."""


def contract_findings(
    lines: pd.DataFrame, broken: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> list[Finding]:
    """A finding for each failure of the contract, but for those that only follow from another."""
    if broken.empty:
        return []
    findings = findings_of(lines, causes(broken, fmt), card, fmt, received_on)
    return list(dict.fromkeys(findings))  # a row of wide columns says once what is wrong in one cell


def causes(broken: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """The failures without those that only follow from another."""
    return broken[~_follows_from_another(broken, fmt)]


def findings_of(
    lines: pd.DataFrame, broken: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> list[Finding]:
    """A finding for each failure, in their order."""
    named = lines.loc[broken["index"]].astype(object).to_dict("records")
    expected: dict[tuple[str, str], str | None] = {("period_start", "future_period"): str(received_on)}
    expected |= {("reporting_country", "unexpected_value"): card.collection.reporting_country}
    expected |= {(role, "unexpected_value"): ", ".join(sorted(card.labels(role))) for role in LABELLED}
    findings = []
    for line, (column, rule) in zip(named, broken[["column", "rule"]].itertuples(index=False), strict=True):
        finding = finding_at(line, str(column), str(rule), fmt)
        findings.append(replace(finding, expected=finding.expected or expected.get((column, rule))))
    return findings


def _follows_from_another(broken: pd.DataFrame, fmt: Format) -> pd.Series:
    """One finding for one mistake: what is but its consequence, in the same row, is left out."""
    rows = {rule: set(broken.loc[broken["rule"] == rule, "index"]) for rule in broken["rule"].unique()}
    unread = set(broken.loc[broken["column"].isin(labels(fmt)), "index"])
    filled = {r for c in labels(fmt).values() for ms in c.column.map.values() for m in ms for r in m.set}
    no_number = (broken["rule"] == "text_in_number") & broken["index"].isin(rows.get("value_missing", ()))
    no_label = broken["column"].isin(filled) & broken["index"].isin(unread)
    shifted = (broken["rule"] != "ragged_row") & broken["index"].isin(rows.get("ragged_row", ()))
    return no_number | no_label | shifted


def finding_at(line: Line, column: str, rule: str, fmt: Format) -> Finding:
    """The finding that a rule is broken by a column of the line, with its place in the file."""
    name, text = _blamed(line, column, fmt)
    blamed = _as_read(name, line, fmt)
    coded = blamed.codes not in (None, "any", "name", "demonym")
    rule = _no_country(text, coded) if rule == "unknown_country" else rule
    finding = Finding(rule, value=text, **_place(line, name, fmt))
    expected = blamed.codes if rule == "unknown_country_code" else _expected(rule, line, column, fmt)
    return replace(finding, expected=expected, suggestion=_suggestion(rule, text, blamed))


def _no_country(text: str, coded: bool) -> str:
    """What a text that is no country is: a total, a name where codes are asked for, or neither."""
    if countries.resolve(text).reason == "total":
        return "total_among_countries"
    return "unknown_country_code" if coded else "unknown_country"


def _as_read(name: str | None, line: Line, fmt: Format) -> Column:
    """The column of that name as it is read in this line; one that says nothing where there is none."""
    if (column := fmt.columns.get(name or "")) is not None:
        for case, variant in column.cases():
            if case in (None, line.get(f"{SOURCE}{column.by}")):
                return variant
    return _SAYS_NOTHING


_SAYS_NOTHING = Column(role="value")


def _place(line: Line, name: str | None, fmt: Format) -> Place:
    return {
        "sheet": line[SHEET],
        "source_row": int(line[ROW]),
        "column_name": name,
        "cell": _cell(line, name, fmt),
    }


def _blamed(line: Line, column: str, fmt: Format) -> tuple[str | None, str]:
    """The source column to look at, and what it says there."""
    if column in ("repetition", "surplus_cells"):
        width = len(_of_table(line, fmt))
        return None, _key_text(line, fmt) if column == "repetition" else str(width + line[column])
    if column in ("value_text", "value_low", "decimals", "width"):
        return line["value_column"], line["value_text"]
    if column in labels(fmt):
        column = SOURCE + labels(fmt)[column].name
    if column.startswith(SOURCE):
        return column.removeprefix(SOURCE), line[column]
    role = "period" if column == "period_start" else column
    name = _source_of(role, line, fmt) or (_source_of("year", line, fmt) if role == "period" else None)
    return name or role, line[SOURCE + name] if name else ""


def _source_of(role: str, line: Line, fmt: Format) -> str | None:
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            applies = case is None or line.get(f"{SOURCE}{column.by}") == case
            if applies and variant.role == role and SOURCE + name in line:
                return name
    return None


def _key_text(line: Line, fmt: Format) -> str:
    names = [n for n in fmt.whole_key if SOURCE + n in line] or list(fmt.columns)
    return " · ".join(str(line.get(SOURCE + n, "")) for n in names if line.get(SOURCE + n, ""))


def _of_table(line: Line, fmt: Format) -> list[str]:
    """The line's source columns, without what stands beside the table."""
    beside = {SOURCE + name for name, column in fmt.columns.items() if column.at}
    return [c for c in line if c.startswith(SOURCE) and c not in beside]


def _cell(line: Line, name: str | None, fmt: Format) -> str | None:
    sources = _of_table(line, fmt)
    if name in fmt.columns and (place := fmt.columns[name].at):
        return place.cell
    if name is None or SOURCE + name not in sources:
        return None
    return cell_name(sources.index(SOURCE + name) + 1, int(line[ROW]))


def _expected(rule: str, line: Line, column: str, fmt: Format) -> str | None:
    if column in labels(fmt):
        return ", ".join(sorted(labels(fmt)[column].allowed))
    if rule == "ragged_row":
        return str(len(_of_table(line, fmt)))
    if column in LISTED_ROLES:
        return ", ".join(codelists.codelist(column))
    if column.startswith(SOURCE):
        name = column.removeprefix(SOURCE)
        only = fmt.columns[name].only or fmt.keep.get(name) or _case_names(fmt, name)
        return ", ".join(only)
    if rule == "unreadable_period":
        forms = [form for c in fmt.columns.values() if c.role in ("period", "year") for form in c.dates]
        return ", ".join(["2024, 2024-Q1, 2024-01", *map(date_forms.example, forms)])
    if rule == "period_out_of_range" and fmt.expectations.years:
        return "–".join(map(str, fmt.expectations.years))
    return None


def _case_names(fmt: Format, name: str) -> list[str]:
    return [case for other in fmt.columns.values() if other.by == name for case in other.case]


def _suggestion(rule: str, text: str, column: Column) -> str | None:
    if rule == "unreadable_period":
        return ", ".join(days_meant(text)) or None
    if rule not in ("unknown_country", "unknown_country_code", "ambiguous_country"):
        return None
    return ", ".join(country_candidates(text, column)[:3]) or None


def label_findings(accepted: pd.DataFrame, fmt: Format) -> list[Finding]:
    """A finding for each accepted line with a label whose meaning the card doubts."""
    findings = []
    for name, column in fmt.columns.items():
        told = set(accepted[SOURCE + name].unique()) if SOURCE + name in accepted else set()
        for case, variant in column.cases():
            for label, meanings in variant.map.items():
                flagged = next((m for m in meanings if m.flag), None)
                if flagged is None or label not in told:
                    continue
                here = accepted[SOURCE + name] == label
                if case is not None:
                    here &= accepted[f"{SOURCE}{column.by}"] == case
                for line in accepted[here].to_dict("records"):
                    finding = finding_at(line, SOURCE + name, "unclear_label", fmt)
                    findings.append(replace(finding, expected=flagged.code or flagged.reason))
    return findings


def frequency_findings(accepted: pd.DataFrame, card: Card, fmt: Format) -> list[Finding]:
    """The first row of each frequency that the card does not tell of."""
    frequencies = {card.collection.frequency} | {r.frequency for c in fmt.columns.values() for r in c.periods}
    frequencies |= {"A" for column in fmt.columns.values() if whole_years(column)}
    others = ~accepted["frequency"].isin(frequencies)
    if not others.any():
        return []
    first = accepted[others].drop_duplicates("frequency")
    form = {"A": "2024", "Q": "2024-Q1", "M": "2024-01"}[card.collection.frequency]
    findings = [
        finding_at(line, "period_start", "another_frequency", fmt) for line in first.to_dict("records")
    ]
    return [replace(f, expected=form) for f in findings]


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


@dataclass(frozen=True)
class Findings:
    """All findings as a table, of each rule the first as examples, and how often each rule was broken."""

    table: pa.Table
    examples: list[Finding]
    by_rule: dict[str, int]

    @classmethod
    def of(cls, findings: list[Finding]) -> Findings:
        """From the findings themselves, where they are few enough to be objects."""
        columns = {field.name: [getattr(f, field.name) for f in findings] for field in TABLE}
        return cls(pa.table(columns, TABLE), examples(findings), dict(Counter(f.rule for f in findings)))

    def without_case_ids(self, hashed: Callable[[str], str]) -> Findings:
        """The same with what stands for it in place of each case's identifier."""
        if OF_CASE_IDS not in self.by_rule:
            return self
        rules, values = self.table["rule"].to_pylist(), self.table["value"].to_pylist()
        known = {v: hashed(v) for rule, v in zip(rules, values, strict=True) if rule == OF_CASE_IDS and v}
        told = [known.get(v, v) if r == OF_CASE_IDS else v for r, v in zip(rules, values, strict=True)]
        place = self.table.schema.get_field_index("value")
        table = self.table.set_column(place, TABLE.field("value"), pa.array(told, pa.string()))
        of_cases = (f.rule == OF_CASE_IDS and f.value for f in self.examples)
        shown = [
            replace(f, value=known[str(f.value)]) if is_id else f
            for f, is_id in zip(self.examples, of_cases, strict=True)
        ]
        return Findings(table, shown, self.by_rule)


OF_CASE_IDS = "case_id_repeated"
"""The rule whose value is the identifier of a case."""


TABLE = pa.schema(
    [
        (name, pa.int64() if name == "source_row" else pa.string())
        for name in ("rule", "sheet", "source_row", "column_name", "cell", "value", "expected", "suggestion")
    ]
)
"""The columns of validated_findings.parquet."""
