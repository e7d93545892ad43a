"""Judgement of a file of records: the contract's result for each row, findings with their cells, the
stored entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from assets.intake.judging.dating import possible_days
from assets.intake.judging.decoding import country_candidates
from assets.intake.judging.finding_places import Findings
from assets.intake.judging.record_names import RULE as NAME_RULE
from assets.intake.judging.record_names import names_of_two_countries
from assets.intake.judging.validation import (
    Judgement,
    Scope,
    complete_row_counts,
    is_rejected,
    no_accepted_row_finding,
    to_frame,
)
from assets.intake.record_lines import PERIOD_SEPARATOR, build_lines
from assets.intake.records import ROW, SHEET
from schemas import codelists
from schemas.cards.format_card import Card, Format
from schemas.contracts import SOURCE, failures
from schemas.findings import Finding, cell_name
from schemas.groupings import DEFAULT_GROUPING
from schemas.records import LINKS, Declaration, declarations
from schemas.records.contract import HOLD, WITHIN, contract
from schemas.tables import entered_table
from warehouse.home.frames import arrow_schema

COUNTRY_RULES = ("unknown_country", "ambiguous_country")
DATE_EXAMPLES = {"date": "2010-02-15", "period": "2010, 2010-02, 2010-02-15"}
"""Examples of how a day, or a period, may be written."""


def judge(scope: Scope, card: Card, received_on: date) -> Judgement:
    """Judge the rows. As in every file, a bad cell quarantines its row."""
    declaration, fmt = card.declaration, scope.format
    assert declaration is not None
    lines = build_lines(to_frame(scope.records), declaration, fmt)
    violations = failures(contract(declaration, received_on=received_on), lines)
    line_by_index = lines.to_dict("index")
    builder = _FindingBuilder(declaration, fmt, list(scope.records.columns), received_on)
    findings = [
        *scope.findings,
        *(
            builder.finding(line_by_index[index], column, rule)
            for index, column, rule in _independent_violations(violations)
        ),
        *(
            builder.name_finding(line_by_index[index], column, countries)
            for index, column, countries in names_of_two_countries(lines, declaration)
        ),
    ]
    is_quarantined = lines.index.isin(violations["index"])
    broken_rules = {finding.rule for finding in findings}
    is_rejected_file = is_rejected(card, int((~is_quarantined).sum()), broken_rules)
    if is_rejected_file:
        findings += no_accepted_row_finding(int((~is_quarantined).sum()), broken_rules)
        is_quarantined = is_quarantined | True
    statuses: Counter[str] = Counter(
        {"quarantined": int(is_quarantined.sum()), "accepted": int((~is_quarantined).sum())}
    )
    return Judgement(
        "rejected" if is_rejected_file else "accepted",
        complete_row_counts(scope, statuses),
        lines[~is_quarantined],
        lines.loc[is_quarantined, declaration.key],
        Findings.from_list(findings),
    )


def _independent_violations(violations: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Return the violations. A ragged line keeps only that violation, since all others follow from it."""
    ragged_lines = set(violations.loc[violations["rule"] == "ragged_row", "index"])
    rows = [tuple(row) for row in violations[["index", "column", "rule"]].itertuples(index=False)]
    return [
        (index, column, rule)
        for index, column, rule in rows
        if index not in ragged_lines or rule == "ragged_row"
    ]


class _FindingBuilder:
    """Builder of findings, at their cells, from violations of the contract."""

    def __init__(self, declaration: Declaration, fmt: Format, header: list[str], received_on: date) -> None:
        self.declaration, self.fmt, self.header, self.received_on = declaration, fmt, header, received_on
        self.header_of_cell = dict(zip((cell.name for cell in declaration.cells), fmt.columns, strict=True))

    def finding(self, line: Mapping[Any, Any], column: str, rule: str) -> Finding:
        """Return the finding for a rule that a column of the line violates."""
        row, sheet = int(line[ROW]), line[SHEET]
        if column == "surplus_cells":
            width = len(self.header)
            value = str(width + int(line[column]))
            return Finding(rule, sheet=sheet, source_row=row, value=value, expected=str(width))
        if column == "repetition":
            key = " · ".join(str(line[SOURCE + name]) for name in self.declaration.key)
            return Finding(rule, sheet=sheet, source_row=row, value=key)
        cell = self._cell(column)
        name, text = self.header_of_cell[cell], str(line[SOURCE + cell])
        at = cell_name(self.header.index(name) + 1, row) if name in self.header else None
        location = {"sheet": sheet, "source_row": row, "column_name": name, "cell": at}
        expected, suggestion = self._expected_text(line, column, rule), self._suggestion(cell, text, rule)
        return Finding(rule, value=text, expected=expected, suggestion=suggestion, **location)

    def name_finding(self, line: Mapping[Any, Any], column: str, countries: list[str]) -> Finding:
        """Return the doubt about a name that other countries have, too."""
        finding = self.finding(line, column, NAME_RULE)
        return replace(finding, suggestion=", ".join(countries))

    def _cell(self, column: str) -> str:
        name = column.removeprefix(SOURCE).removeprefix(WITHIN)
        if column.startswith(HOLD):
            name = column.removeprefix(HOLD).partition(":")[2]
        matching_cells = [cell.name for cell in self.declaration.cells if name in (cell.name, cell.column)]
        return matching_cells[0]

    def _expected_text(self, line: Mapping[Any, Any], column: str, rule: str) -> str | None:
        if column.startswith(HOLD):
            hold = self.declaration.holds[int(column.removeprefix(HOLD).partition(":")[0])]
            return self._texts_of(line, [hold.order[0]] if hold.order else list(hold.when))
        if column.startswith(WITHIN):
            return self._texts_of(line, list(self.declaration.columns[column.removeprefix(WITHIN)].within))
        role = self.declaration.columns.get(column)
        if rule == "future_date":
            return str(self.received_on)
        if rule == "not_a_member":
            return DEFAULT_GROUPING
        if rule == "unknown_link":
            return ", ".join(f"{kind}:…" for kind in (*LINKS, *declarations()))
        if role is None:
            return None
        lists = [role.list] if role.list else role.lists
        return ", ".join(code for name in lists for code in codelists.codelist(name)) or DATE_EXAMPLES.get(
            role.role
        )

    def _texts_of(self, line: Mapping[Any, Any], columns: list[str]) -> str:
        """Return the columns that a rule depends on, with their texts in the row."""
        return "; ".join(
            f"{self.header_of_cell[self._cell(name)]}: {line[SOURCE + self._cell(name)]}" for name in columns
        )

    def _suggestion(self, cell: str, text: str, rule: str) -> str | None:
        if rule == "unreadable_date":
            return ", ".join(possible_days(text)) or None
        if rule in COUNTRY_RULES:
            return (
                ", ".join(country_candidates(text, self.fmt.columns[self.header_of_cell[cell]])[:3]) or None
            )
        return None


def entries(
    lines: pd.DataFrame, declaration: Declaration, *, submission: str, collection: str, by_scope: bool
) -> pa.Table:
    """Return the stored form of the accepted lines, in the columns of schemas.tables entered_table."""
    stored: dict[str, Any] = {}
    for stored_column in declaration.table_columns:
        role = declaration.columns[stored_column.column].role
        if role in ("text", "source"):
            stored[stored_column.name] = lines[SOURCE + stored_column.name]
        elif role == "period":
            stored[stored_column.name] = (
                lines[stored_column.column]
                .str.split(PERIOD_SEPARATOR)
                .str[0 if stored_column.name.endswith("_from") else -1]
            )
        else:
            stored[stored_column.name] = lines[stored_column.column]
    typed_columns = {
        name: _parse_texts(texts, entered_table(declaration), name) for name, texts in stored.items()
    }
    scope = lines[declaration.scope].agg(" ".join, axis=1) if by_scope and declaration.scope else ""
    frame = pd.DataFrame(typed_columns, index=lines.index).assign(
        submission=submission,
        provider=collection.split("/")[0],
        collection=collection,
        source_row=lines[ROW].astype("int64"),
        scope=scope,
    )
    schema = arrow_schema(entered_table(declaration))
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def _parse_texts(texts: pd.Series, table: Any, name: str) -> pd.Series:
    """Return the texts as values of their column; None where blank."""
    kind = next(column.type for column in table.columns if column.name == name)
    make: Any = {"DATE": date.fromisoformat, "BIGINT": int}.get(kind, str)
    return pd.Series([make(text) if text else None for text in texts], texts.index, dtype=object)
