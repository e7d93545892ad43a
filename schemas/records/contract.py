"""The pandera contract of a collection of records, from its declaration. No reading, no fates.

It speaks of the lines of one submission, all of text (assets/intake/record_lines.py): `source:<cell>` what
stands in a cell; a column by its name what it was read as, "" where blank; `hold:<n>:<column>` whether what
must hold does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandera.pandas as pa

from schemas import codelists, contracts, groupings
from schemas.contracts import AMBIGUOUS, SOURCE, UNRESOLVED
from schemas.records import Column, Declaration

HOLD = "hold:"
"""Before a rule's number and the column that is blamed where it does not hold."""

NO_CODE = (UNRESOLVED, AMBIGUOUS)


def contract(declared: Declaration, *, received_on: date) -> pa.DataFrameSchema:
    """What the lines of a submission must be."""
    columns = {name: _column(*_role_checks(column, received_on)) for name, column in declared.columns.items()}
    for cell in declared.cells:
        if cell.required:
            columns[SOURCE + cell.name] = _column(contracts.check("field_missing", lambda s: s != ""))
    for name, rule in held(declared):
        columns[name] = _column(contracts.check(rule, lambda s: s.astype(bool)))
    columns["surplus_cells"] = _column(contracts.check("ragged_row", lambda s: s == 0))
    columns["repetition"] = _column(
        contracts.check("duplicate_key", lambda s: s != "different"),
        contracts.check("repeated_row", lambda s: s != "equal"),
    )
    return pa.DataFrameSchema(columns, strict=False)


def held(declared: Declaration) -> Iterator[tuple[str, str]]:
    """The columns that say whether what must hold does, each with the rule that is broken where not."""
    for number, hold in enumerate(declared.holds):
        if hold.order:
            yield f"{HOLD}{number}:{hold.order[1]}", "dates_in_order"
        for name in hold.needs:
            yield f"{HOLD}{number}:{name}", "field_needed" if hold.when else "field_missing"


def _column(*checks: pa.Check) -> pa.Column:
    return pa.Column(checks=list(checks))


def _role_checks(column: Column, received_on: date) -> list[pa.Check]:
    if column.role == "code":
        known = {*codelists.codelist(str(column.list)), ""}
        return [contracts.check("unknown_code", lambda s: s.isin(known))]
    if column.role in ("country", "countries"):
        return _country_checks(column)
    if column.role in ("date", "period"):
        return _day_checks(column, received_on)
    if column.role == "number":
        return [
            contracts.check("text_in_number", lambda s: s != UNRESOLVED),
            contracts.check("negative_number", lambda s: ~s.str.startswith("-")),
        ]
    return [contracts.check("unknown_link", lambda s: s != UNRESOLVED)] if column.role == "link" else []


def _country_checks(column: Column) -> list[pa.Check]:
    checks = [
        contracts.check("ambiguous_country", lambda s: s != AMBIGUOUS),
        contracts.check("unknown_country", lambda s: s != UNRESOLVED),
    ]
    if column.members:
        known = {*members(), *groupings.groupings(), *NO_CODE}
        checks.append(
            contracts.check("not_a_member", lambda s: s.map(lambda codes: known >= set(codes.split())))
        )
    return checks


def members() -> list[str]:
    """Whoever is or was a member of the network."""
    spans = groupings.load()
    return list(dict.fromkeys(span.member for span in spans if span.grouping == groupings.DEFAULT))


def _day_checks(column: Column, received_on: date) -> list[pa.Check]:
    checks = [contracts.check("unreadable_date", lambda s: s != UNRESOLVED)]
    if column.past:
        last = str(received_on)
        checks.append(
            contracts.check("future_date", lambda s: (s.str.slice(0, 10) <= last) | (s == UNRESOLVED))
        )
    return checks
