"""The contract's answer for each row of a file of records, findings at their cells, what is stored of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from assets.intake.judging.dating import days_meant
from assets.intake.judging.decoding import country_candidates
from assets.intake.judging.finding_places import Findings
from assets.intake.judging.validated import (
    Judged,
    Scope,
    counted_rows,
    frame_of,
    is_rejected,
    nothing_accepted,
)
from assets.intake.record_lines import BETWEEN, lines_of
from assets.intake.records import ROW, SHEET
from schemas import codelists
from schemas.cards.format_card import Card, Format
from schemas.contracts import SOURCE, failures
from schemas.findings import Finding, cell_name
from schemas.groupings import DEFAULT
from schemas.records import LINKS, Declaration, declarations
from schemas.records.contract import HOLD, contract
from schemas.tables import entered_table
from warehouse.home.frames import arrow_schema

COUNTRIES = ("unknown_country", "ambiguous_country")
WAYS = {"date": "2010-02-15", "period": "2010, 2010-02, 2010-02-15"}
"""How a day, or a period, may be written."""


def judge(scope: Scope, card: Card, received_on: date) -> Judged:
    """Which rows stand. A row with one bad cell waits, as of every file."""
    declared, fmt = card.declared, scope.format
    assert declared is not None
    lines = lines_of(frame_of(scope.records), declared, fmt)
    broken = failures(contract(declared, received_on=received_on), lines)
    of = lines.to_dict("index")
    places = _Places(declared, fmt, list(scope.records.columns), received_on)
    found = [
        *scope.findings,
        *(places.finding(of[at], name, rule) for at, name, rule in _each(broken)),
    ]
    waits = lines.index.isin(broken["index"])
    broken_rules = {finding.rule for finding in found}
    reject = is_rejected(card, int((~waits).sum()), broken_rules)
    if reject:
        found += nothing_accepted(int((~waits).sum()), broken_rules)
        waits = waits | True
    fates: Counter[str] = Counter({"quarantined": int(waits.sum()), "accepted": int((~waits).sum())})
    return Judged(
        "rejected" if reject else "accepted",
        counted_rows(scope, fates),
        lines[~waits],
        lines.loc[waits, declared.key],
        Findings.of(found),
    )


def _each(broken: pd.DataFrame) -> list[tuple[int, str, str]]:
    """The failures; of a line that is ragged that one alone, as all others follow from it."""
    ragged = set(broken.loc[broken["rule"] == "ragged_row", "index"])
    told = [tuple(row) for row in broken[["index", "column", "rule"]].itertuples(index=False)]
    return [(at, name, rule) for at, name, rule in told if at not in ragged or rule == "ragged_row"]


class _Places:
    """From a failure of the contract to a finding at its cell."""

    def __init__(self, declared: Declaration, fmt: Format, header: list[str], received_on: date) -> None:
        self.declared, self.fmt, self.header, self.received_on = declared, fmt, header, received_on
        self.called = dict(zip((cell.name for cell in declared.cells), fmt.columns, strict=True))

    def finding(self, line: Mapping[Any, Any], column: str, rule: str) -> Finding:
        """The finding that a rule is broken by a column of the line."""
        row, sheet = int(line[ROW]), line[SHEET]
        if column == "surplus_cells":
            width = len(self.header)
            value = str(width + int(line[column]))
            return Finding(rule, sheet=sheet, source_row=row, value=value, expected=str(width))
        if column == "repetition":
            key = " · ".join(str(line[SOURCE + name]) for name in self.declared.key)
            return Finding(rule, sheet=sheet, source_row=row, value=key)
        cell = self._cell(column)
        name, text = self.called[cell], str(line[SOURCE + cell])
        at = cell_name(self.header.index(name) + 1, row) if name in self.header else None
        place = {"sheet": sheet, "source_row": row, "column_name": name, "cell": at}
        expected, meant = self._expected(line, column, rule), self._meant(cell, text, rule)
        return Finding(rule, value=text, expected=expected, suggestion=meant, **place)

    def _cell(self, column: str) -> str:
        name = column.removeprefix(SOURCE)
        if column.startswith(HOLD):
            name = column.removeprefix(HOLD).partition(":")[2]
        own = [cell.name for cell in self.declared.cells if name in (cell.name, cell.column)]
        return own[0]

    def _expected(self, line: Mapping[Any, Any], column: str, rule: str) -> str | None:
        if column.startswith(HOLD):
            return self._why(line, int(column.removeprefix(HOLD).partition(":")[0]))
        role = self.declared.columns.get(column)
        if rule == "future_date":
            return str(self.received_on)
        if rule == "not_a_member":
            return DEFAULT
        if rule == "unknown_link":
            return ", ".join(f"{kind}:…" for kind in (*LINKS, *declarations()))
        if role is None:
            return None
        return ", ".join(codelists.codelist(role.list)) if role.list else WAYS.get(role.role)

    def _why(self, line: Mapping[Any, Any], number: int) -> str:
        """What a rule rests on, as the row says it: the column and its text."""
        hold = self.declared.holds[number]
        asked = [hold.order[0]] if hold.order else list(hold.when)
        return "; ".join(
            f"{self.called[self._cell(name)]}: {line[SOURCE + self._cell(name)]}" for name in asked
        )

    def _meant(self, cell: str, text: str, rule: str) -> str | None:
        if rule == "unreadable_date":
            return ", ".join(days_meant(text)) or None
        if rule in COUNTRIES:
            return ", ".join(country_candidates(text, self.fmt.columns[self.called[cell]])[:3]) or None
        return None


def entries(
    lines: pd.DataFrame, declared: Declaration, *, submission: str, collection: str, by_scope: bool
) -> pa.Table:
    """What is stored of the accepted lines, in the columns of schemas.tables entered_table."""
    stored: dict[str, Any] = {}
    for one in declared.stored:
        role = declared.columns[one.column].role
        if role in ("text", "source"):
            stored[one.name] = lines[SOURCE + one.name]
        elif role == "period":
            stored[one.name] = (
                lines[one.column].str.split(BETWEEN).str[0 if one.name.endswith("_from") else -1]
            )
        else:
            stored[one.name] = lines[one.column]
    kept = {name: _typed(texts, entered_table(declared), name) for name, texts in stored.items()}
    scope = lines[declared.scope].agg(" ".join, axis=1) if by_scope and declared.scope else ""
    frame = pd.DataFrame(kept, index=lines.index).assign(
        submission=submission,
        provider=collection.split("/")[0],
        collection=collection,
        source_row=lines[ROW].astype("int64"),
        scope=scope,
    )
    schema = arrow_schema(entered_table(declared))
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def _typed(texts: pd.Series, table: Any, name: str) -> pd.Series:
    """The texts as values of their column; None where blank."""
    kind = next(column.type for column in table.columns if column.name == name)
    make: Any = {"DATE": date.fromisoformat, "BIGINT": int}.get(kind, str)
    return pd.Series([make(text) if text else None for text in texts], texts.index, dtype=object)
