"""The pandera contract of a collection of records, from its declaration. Nothing is read here.

A contract checks the lines of a submission, all of text (assets/intake/record_lines.py). Columns:
`source:<cell>` the text of a cell; a column by its name with the value that was read, "" if blank;
`hold:<n>:<column>` whether a condition holds; `within:<column>` whether other columns allow its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandera.pandas as pa

from schemas import codelists, contracts, groupings
from schemas.contracts import AMBIGUOUS_CODE, SOURCE, UNRESOLVED_CODE
from schemas.records import Column, Declaration

HOLD = "hold:"
"""Prefix of the number of a condition and the column that is at fault if it does not hold."""

WITHIN = "within:"
"""Prefix of a column whose codes depend on other columns."""

NO_CODE = (UNRESOLVED_CODE, AMBIGUOUS_CODE)


def contract(declaration: Declaration, *, received_on: date) -> pa.DataFrameSchema:
    """Return the contract of the lines of a submission."""
    items = declaration.columns.items()
    columns = {name: _column(*_role_checks(column, received_on)) for name, column in items}
    for cell in declaration.cells:
        if cell.required:
            columns[SOURCE + cell.name] = _column(contracts.check("field_missing", lambda s: s != ""))
    for name, rule in condition_columns(declaration):
        columns[name] = _column(contracts.check(rule, lambda s: s.astype(bool)))
    columns["surplus_cells"] = _column(contracts.check("ragged_row", lambda s: s == 0))
    columns["repetition"] = _column(
        contracts.check("duplicate_key", lambda s: s != "different"),
        contracts.check("repeated_row", lambda s: s != "equal"),
    )
    return pa.DataFrameSchema(columns, strict=False)


def condition_columns(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Yield the columns of conditions, each with the rule that is broken if it does not hold."""
    for number, hold in enumerate(declaration.holds):
        if hold.order:
            is_number = declaration.order_role(hold) == "number"
            yield f"{HOLD}{number}:{hold.order[1]}", "numbers_in_order" if is_number else "dates_in_order"
        for name in hold.needs:
            yield f"{HOLD}{number}:{name}", "field_needed" if hold.when else "field_missing"
        for name in hold.blank:
            yield f"{HOLD}{number}:{name}", "field_unwanted"
    for name, column in declaration.columns.items():
        if column.within:
            yield WITHIN + name, "code_of_another"


def _column(*checks: pa.Check) -> pa.Column:
    return pa.Column(checks=list(checks))


def _role_checks(column: Column, received_on: date) -> list[pa.Check]:
    if column.role == "code":
        codes = {*codelists.codelist(str(column.list)), ""}
        return [contracts.check("unknown_code", lambda s: s.isin(codes))]
    if column.lists:
        return [contracts.check("unknown_code", lambda s: s != UNRESOLVED_CODE)]
    if column.role in ("country", "countries"):
        return _country_checks(column)
    if column.role in ("date", "period"):
        return _day_checks(column, received_on)
    if column.role == "number":
        return [
            contracts.check("text_in_number", lambda s: s != UNRESOLVED_CODE),
            contracts.check("negative_number", lambda s: ~s.str.startswith("-")),
        ]
    return [contracts.check("unknown_link", lambda s: s != UNRESOLVED_CODE)] if column.role == "link" else []


def _country_checks(column: Column) -> list[pa.Check]:
    checks = [
        contracts.check("ambiguous_country", lambda s: s != AMBIGUOUS_CODE),
        contracts.check("unknown_country", lambda s: s != UNRESOLVED_CODE),
    ]
    if column.members:
        members = {*_members(), *groupings.groupings(), *NO_CODE}
        checks.append(
            contracts.check("not_a_member", lambda s: s.map(lambda codes: members >= set(codes.split())))
        )
    return checks


def _members() -> list[str]:
    """Return all present and past members of the network."""
    spans = groupings.load()
    return list(dict.fromkeys(span.member for span in spans if span.grouping == groupings.DEFAULT_GROUPING))


def _day_checks(column: Column, received_on: date) -> list[pa.Check]:
    checks = [contracts.check("unreadable_date", lambda s: s != UNRESOLVED_CODE)]
    if column.past:
        last = str(received_on)
        checks.append(
            contracts.check("future_date", lambda s: (s.str.slice(0, 10) <= last) | (s == UNRESOLVED_CODE))
        )
    return checks
