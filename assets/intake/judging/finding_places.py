"""Findings for lines of the tidy frame: their column, cell, text and expected text. Decides nothing.

The sentence of a rule is in schemas/words. The contract decides which rules a line violates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from assets.intake.judging.dating import may_mean_year, possible_days
from assets.intake.judging.decoding import country_candidates
from assets.intake.records import HEADER, ROW, SHEET, split_header
from schemas import codelists, countries, date_forms
from schemas.cards.card_codes import LABELLED_ROLES
from schemas.cards.format_card import Card, Column, Format
from schemas.contracts import COUNTRY_ROLES, LISTED_ROLES, SOURCE, limited_labels
from schemas.findings import Finding, Location, cell_name

Line = Mapping[Any, Any]
"""A line of the tidy frame, by column."""

EXAMPLES = 100
"""Number of findings of a rule that are kept as examples. All of them are in validated_findings.parquet."""


def contract_findings(
    lines: pd.DataFrame, violations: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> list[Finding]:
    """Return a finding for each violation of the contract, except those that follow from others."""
    if violations.empty:
        return []
    causes = root_causes(violations, fmt)
    is_of_key = causes["rule"].isin(["duplicate_key", "repeated_row"])
    repeated_rows = lines.loc[causes.loc[is_of_key, "index"].unique(), [SHEET, ROW]].drop_duplicates()
    rows = lines[[SHEET, ROW]].drop_duplicates()
    key_findings = []
    if (causes["rule"] == "duplicate_key").any() and _FEWEST_REPEATED <= len(repeated_rows) > len(rows) / 2:
        value, expected = str(len(repeated_rows)), str(len(rows))
        key = ", ".join(fmt.full_key) or "—"
        key_findings = [Finding("key_names_no_row", column_name=key, value=value, expected=expected)]
        causes = causes[~is_of_key]
    findings = [*key_findings, *build_findings(lines, causes, card, fmt, received_on)]
    # a row with several value columns would repeat the finding of a shared cell
    return list(dict.fromkeys(findings))


_FEWEST_REPEATED = 20
"""Repeated rows from which the cause is the key, if they are more than half of the rows."""


def root_causes(violations: pd.DataFrame, fmt: Format) -> pd.DataFrame:
    """Remove the violations that only follow from others."""
    return violations[~_follows_from_another(violations, fmt)]


def build_findings(
    lines: pd.DataFrame, violations: pd.DataFrame, card: Card, fmt: Format, received_on: date
) -> list[Finding]:
    """Return a finding for each violation, in their order."""
    violating_lines = lines.loc[violations["index"]].astype(object).to_dict("records")
    expected: dict[tuple[str, str], str | None] = {("period_start", "future_period"): str(received_on)}
    countries_of_card = ", ".join(sorted(card.collection.countries)) or None
    expected |= {("reporting_country", "unexpected_value"): countries_of_card}
    expected |= {(role, "unexpected_value"): ", ".join(sorted(card.labels(role))) for role in LABELLED_ROLES}
    findings = []
    for line, (column, rule) in zip(
        violating_lines, violations[["column", "rule"]].itertuples(index=False), strict=True
    ):
        finding = finding_at(line, str(column), str(rule), fmt)
        findings.append(replace(finding, expected=finding.expected or expected.get((column, rule))))
    return findings


def _follows_from_another(violations: pd.DataFrame, fmt: Format) -> pd.Series:
    """Mark violations that are only a consequence of others in the same row."""
    rows_by_rule = {
        rule: set(violations.loc[violations["rule"] == rule, "index"]) for rule in violations["rule"].unique()
    }
    unread_rows = set(violations.loc[violations["column"].isin(limited_labels(fmt)), "index"])
    dependent_roles = {
        r for c in limited_labels(fmt).values() for ms in c.column.map.values() for m in ms for r in m.set
    }
    is_missing_number = (violations["rule"] == "text_in_number") & violations["index"].isin(
        rows_by_rule.get("value_missing", ())
    )
    has_unread_label = violations["column"].isin(dependent_roles) & violations["index"].isin(unread_rows)
    is_in_ragged_row = (violations["rule"] != "ragged_row") & violations["index"].isin(
        rows_by_rule.get("ragged_row", ())
    )
    return is_missing_number | has_unread_label | is_in_ragged_row


def finding_at(line: Line, column: str, rule: str, fmt: Format) -> Finding:
    """Return the finding for a rule that a column of the line violates, with its cell in the file."""
    name, text = _source_cell(line, column, fmt)
    source_column = _as_read(name, line, fmt)
    has_codes = source_column.codes not in (None, "any", "name", "demonym")
    rule = _country_rule(text, has_codes) if rule == "unknown_country" else rule
    rule = "formula_without_result" if rule == "text_in_number" and text.startswith("=") else rule
    finding = Finding(rule, value=text, **_location(line, name, fmt))
    expected = (
        source_column.codes if rule == "unknown_country_code" else _expected_text(rule, line, column, fmt)
    )
    return replace(finding, expected=expected, suggestion=_suggestion(rule, text, source_column))


def _country_rule(text: str, has_codes: bool) -> str:
    """Return the rule for a text that is no country: a total, a name where codes are expected, or neither."""
    if countries.resolve(text).reason == "total":
        return "total_among_countries"
    return "unknown_country_code" if has_codes else "unknown_country"


def _as_read(name: str | None, line: Line, fmt: Format) -> Column:
    """Return the column of that name as it applies to this line; an empty column if there is none."""
    if (column := fmt.columns.get(name or "")) is not None:
        for case, variant in column.cases():
            if case in (None, line.get(f"{SOURCE}{column.by}")):
                return variant
    return _EMPTY_COLUMN


_EMPTY_COLUMN = Column(role="value")


def _location(line: Line, name: str | None, fmt: Format) -> Location:
    return {
        "sheet": line[SHEET],
        "source_row": int(line[ROW]),
        "column_name": name,
        "cell": _cell(line, name, fmt),
    }


def _source_cell(line: Line, column: str, fmt: Format) -> tuple[str | None, str]:
    """Return the source column that the finding points to, and its text."""
    if column in ("repetition", "surplus_cells"):
        width = len(_table_columns(line, fmt))
        return None, _key_text(line, fmt) if column == "repetition" else str(width + line[column])
    if column in ("value_text", "value_low", "summed_low", "decimals", "width"):
        return line["value_column"], line["value_text"]
    if column in limited_labels(fmt):
        column = SOURCE + limited_labels(fmt)[column].name
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
    names = [n for n in fmt.full_key if SOURCE + n in line] or list(fmt.columns)
    return " · ".join(str(line.get(SOURCE + n, "")) for n in names if line.get(SOURCE + n, ""))


def _table_columns(line: Line, fmt: Format) -> list[str]:
    """Return the line's source columns, without those read from outside the table."""
    outside_table = {SOURCE + name for name, column in fmt.columns.items() if column.at}
    columns = [SOURCE + name for name in split_header(line[HEADER])] if HEADER in line else line
    return [c for c in columns if c.startswith(SOURCE) and c not in outside_table]


def _cell(line: Line, name: str | None, fmt: Format) -> str | None:
    sources = _table_columns(line, fmt)
    if name in fmt.columns and (location := fmt.columns[name].at):
        return location.cell
    if name is None or SOURCE + name not in sources:
        return None
    return cell_name(sources.index(SOURCE + name) + 1, int(line[ROW]))


def _expected_text(rule: str, line: Line, column: str, fmt: Format) -> str | None:
    if column in limited_labels(fmt):
        return ", ".join(sorted(limited_labels(fmt)[column].labels))
    if rule == "ragged_row":
        return str(len(_table_columns(line, fmt)))
    if column in LISTED_ROLES:
        return ", ".join(codelists.codelist(column))
    if column.startswith(SOURCE):
        name = column.removeprefix(SOURCE)
        accepted_texts = fmt.columns[name].only or fmt.keep.get(name) or _case_names(fmt, name)
        return ", ".join(accepted_texts)
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
        return ", ".join(possible_days(text)) or None
    if rule not in ("unknown_country", "unknown_country_code", "ambiguous_country"):
        return None
    return ", ".join(country_candidates(text, column)[:3]) or None


def label_findings(accepted_lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Return a finding for each accepted line with a label whose meaning the card flags as unclear."""
    findings = []
    for name, column in fmt.columns.items():
        present_texts = (
            set(accepted_lines[SOURCE + name].unique()) if SOURCE + name in accepted_lines else set()
        )
        for case, variant in column.cases():
            for label, meanings in variant.map.items():
                flagged_meaning = next((m for m in meanings if m.flag), None)
                if flagged_meaning is None or label not in present_texts:
                    continue
                has_label = accepted_lines[SOURCE + name] == label
                if case is not None:
                    has_label &= accepted_lines[f"{SOURCE}{column.by}"] == case
                for line in accepted_lines[has_label].to_dict("records"):
                    finding = finding_at(line, SOURCE + name, "unclear_label", fmt)
                    findings.append(replace(finding, expected=flagged_meaning.code or flagged_meaning.reason))
    return findings


def misspelling_findings(accepted_lines: pd.DataFrame, fmt: Format) -> list[Finding]:
    """Return a finding for each misspelled name of a country that was read, with the code that it became."""
    findings = []
    for name, column in fmt.columns.items():
        source = SOURCE + name
        for case, variant in column.cases() if source in accepted_lines else ():
            if variant.role not in COUNTRY_ROLES:
                continue
            is_case = accepted_lines[f"{SOURCE}{column.by}"] == case if case is not None else slice(None)
            lines = accepted_lines.loc[is_case]
            for text, own in lines.groupby(source, sort=False):
                if text not in variant.map and (code := _code_of_misspelling(str(text), variant)):
                    finding = finding_at(own.iloc[0].to_dict(), source, "misspelling_read", fmt)
                    findings.append(replace(finding, expected=code))
    return findings


def _code_of_misspelling(text: str, column: Column) -> str | None:
    """Return the code of a text that is read as a known misspelling; None for any other text."""
    system = None if column.codes in (None, "any") else column.codes
    resolution = countries.resolve(text, code_system=system, language=column.language)
    return resolution.citizenship if resolution.rule == countries.MISSPELLING else None


def frequency_findings(accepted_lines: pd.DataFrame, card: Card, fmt: Format) -> list[Finding]:
    """Return a finding for the first row of each frequency that the card does not declare."""
    frequencies = {card.collection.frequency} | {r.frequency for c in fmt.columns.values() for r in c.periods}
    frequencies |= {"A" for column in fmt.columns.values() if may_mean_year(column)}
    is_other = ~accepted_lines["frequency"].isin(frequencies)
    if not is_other.any():
        return []
    first = accepted_lines[is_other].drop_duplicates("frequency")
    form = {"A": "2024", "Q": "2024-Q1", "M": "2024-01"}[card.collection.frequency]
    findings = [
        finding_at(line, "period_start", "another_frequency", fmt) for line in first.to_dict("records")
    ]
    return [replace(f, expected=form) for f in findings]


def examples(findings: list[Finding]) -> list[Finding]:
    """Keep at most EXAMPLES findings of each rule, each with the number of times the rule was violated."""
    occurrences = Counter(f.rule for f in findings)
    count_by_rule: Counter[str] = Counter()
    selected_findings = []
    for finding in findings:
        count_by_rule[finding.rule] += 1
        if count_by_rule[finding.rule] <= EXAMPLES:
            selected_findings.append(replace(finding, occurrences=occurrences[finding.rule]))
    return selected_findings


@dataclass(frozen=True)
class Findings:
    """All findings as a table, the first of each rule as examples, and the number of violations by rule."""

    table: pa.Table
    examples: list[Finding]
    by_rule: dict[str, int]

    @classmethod
    def from_list(cls, findings: list[Finding]) -> Findings:
        """Build from a list of findings, if they are few enough to be objects."""
        columns = {field.name: [getattr(f, field.name) for f in findings] for field in TABLE}
        return cls(pa.table(columns, TABLE), examples(findings), dict(Counter(f.rule for f in findings)))

    def without_case_ids(self, hash_id: Callable[[str], str]) -> Findings:
        """Replace the identifier of each case by its hash."""
        if CASE_ID_RULE not in self.by_rule:
            return self
        rules, values = self.table["rule"].to_pylist(), self.table["value"].to_pylist()
        hashes = {v: hash_id(v) for rule, v in zip(rules, values, strict=True) if rule == CASE_ID_RULE and v}
        safe_values = [
            hashes.get(v, v) if r == CASE_ID_RULE else v for r, v in zip(rules, values, strict=True)
        ]
        column_number = self.table.schema.get_field_index("value")
        table = self.table.set_column(column_number, TABLE.field("value"), pa.array(safe_values, pa.string()))
        is_case_id = (f.rule == CASE_ID_RULE and f.value for f in self.examples)
        safe_examples = [
            replace(f, value=hashes[str(f.value)]) if is_id else f
            for f, is_id in zip(self.examples, is_case_id, strict=True)
        ]
        return Findings(table, safe_examples, self.by_rule)


CASE_ID_RULE = "case_id_repeated"
"""The rule whose value is the identifier of a case."""


TABLE = pa.schema(
    [
        (name, pa.int64() if name == "source_row" else pa.string())
        for name in ("rule", "sheet", "source_row", "column_name", "cell", "value", "expected", "suggestion")
    ]
)
"""Columns of validated_findings.parquet."""
