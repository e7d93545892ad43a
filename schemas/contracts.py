"""The pandera contracts: the only declaration of what makes a row acceptable. No reading, no fates.

A contract speaks of one submission's tidy frame (one line a value; assets/validated.py builds it):
`source:<name>` the text of a source column, a column a role with its code, `value_low/high`, `period_start`.
Each check is named by its rule in rules.toml, so that pandera's failure cases are the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import pandera.pandas as pa

from schemas import codelists
from schemas.findings import rules
from schemas.format_card import Column, Format

UNRESOLVED, AMBIGUOUS = "unresolved", "ambiguous"
"""What stands in a role's column where its text is no code. No code list holds either word."""

COUNTRY_ROLES = (
    "reporting_country",
    "citizenship",
    "counterpart_country",
    "country_of_exploitation",
)
LISTED_ROLES = tuple(name for name in codelists.names())
SOURCE = "source:"


def check(rule: str, holds: Callable[[Any], Any], *, on_missing: bool = False) -> pa.Check:
    """A pandera check that bears its rule's name. Missing values pass unless `on_missing`."""
    if rule not in rules():
        raise KeyError(f"rules.toml has no rule '{rule}'")
    return pa.Check(holds, name=rule, error=rule, ignore_na=not on_missing)


def counts(fmt: Format, roles: Iterable[str], *, received_on: date) -> pa.DataFrameSchema:
    """The contract of a counts collection, for the roles that its tidy frame fills."""
    columns = {role: _column(*_role_checks(role)) for role in roles if _role_checks(role)}
    columns |= {f"{SOURCE}{name}": _column(*checks) for name, checks in _source_checks(fmt)}
    columns |= {
        "surplus_cells": _column(check("ragged_row", lambda s: s == 0)),
        "value_text": _column(check("value_missing", lambda s: s.str.strip() != "")),
        "value_low": _column(
            check("text_in_number", lambda s: s.notna(), on_missing=True),
            check("negative_number", lambda s: s >= 0),
        ),
        "count": _column(check("decimal_in_count", lambda s: s % 1 == 0)),
        "period_start": _column(*_period_checks(fmt, received_on)),
        "repetition": _column(
            check("duplicate_key", lambda s: s != "different"),
            check("repeated_row", lambda s: s != "equal"),
        ),
    }
    return pa.DataFrameSchema(columns, strict=False)


def _column(*checks: pa.Check) -> pa.Column:
    return pa.Column(nullable=True, checks=list(checks))


def _role_checks(role: str) -> list[pa.Check]:
    if role in COUNTRY_ROLES:
        return [
            check("ambiguous_country", lambda s: s != AMBIGUOUS),
            check("unknown_country", lambda s: s != UNRESOLVED),
        ]
    if role in LISTED_ROLES:
        rule = f"unknown_{role}" if f"unknown_{role}" in rules() else "unknown_code"
        return [check(rule, lambda s: s.isin(codelists.codelist(role)))]
    return []


def _source_checks(fmt: Format) -> Iterable[tuple[str, list[pa.Check]]]:
    for name, column in fmt.columns.items():
        allowed = _allowed(fmt, name, column)
        if allowed is not None:
            yield name, [check("unexpected_value", partial(_is_one_of, allowed))]


def _is_one_of(allowed: set[str], texts: pd.Series) -> pd.Series:
    return texts.isin(allowed)


def _allowed(fmt: Format, name: str, column: Column) -> set[str] | None:
    if column.only is not None:
        return set(column.only)
    cases = [set(other.case) for other in fmt.columns.values() if other.by == name]
    return set.intersection(*cases) if cases else None


def _period_checks(fmt: Format, received_on: date) -> list[pa.Check]:
    checks = [
        check("unreadable_period", lambda s: s.notna(), on_missing=True),
        check("future_period", lambda s: pd.to_datetime(s) <= pd.Timestamp(received_on)),
    ]
    if fmt.expectations.years:
        first, last = fmt.expectations.years
        checks.append(check("period_out_of_range", lambda s: pd.to_datetime(s).dt.year.between(first, last)))
    return checks


def failures(contract: pa.DataFrameSchema, tidy: pd.DataFrame) -> pd.DataFrame:
    """Where the frame breaks the contract: columns `index` (of the frame), `column`, `rule`.

    The answer is pandera's; an error in the frame's own structure is raised, not reported as a row.
    """
    try:
        contract.validate(tidy.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases
        if cases["index"].isna().any():
            raise RuntimeError(f"The tidy frame lacks what its contract names: {errors}") from None
        found: pd.DataFrame = cases.rename(columns={"check": "rule"})[["index", "column", "rule"]]
        return found.astype({"index": int}).sort_values(["index", "column", "rule"]).reset_index(drop=True)
    return pd.DataFrame({"index": [], "column": [], "rule": []})
