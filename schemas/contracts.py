"""The pandera contracts: the only declaration of what makes a row acceptable. No reading, no fates.

A contract speaks of one submission's tidy frame (one line a value; assets/intake/judging/validation.py builds it):
`source:<name>` the text of a source column, a column a role with its code, `value_low/high`, `period_start`,
`decimals` the digits after the decimal mark of a count, `width` high less low.
Each check is named by its rule in rules.toml, so that pandera's failure cases are the findings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from schemas import codelists
from schemas.cards.card_codes import LABELLED
from schemas.cards.format_card import Collection, Column, Format
from schemas.countries import all_countries
from schemas.findings import rules
from schemas.tables import DIMENSIONS


def _without_examples() -> None:
    """Have pandera do without hypothesis, which it would load wherever it is installed.

    It draws examples of a contract, which nobody asks for here, and takes a tenth of a `check`.
    """
    if hidden := "hypothesis" not in sys.modules:
        sys.modules["hypothesis"] = None  # type: ignore[assignment]
    import pandera.strategies.base_strategies  # noqa: F401

    if hidden:
        del sys.modules["hypothesis"]


_without_examples()

UNRESOLVED, AMBIGUOUS = "unresolved", "ambiguous"
"""What stands in a role's column where its text is no code. No code list holds either word."""

COUNTRY_ROLES = ("reporting_country", *(d.name for d in DIMENSIONS if d.values == "country"))
LISTED_ROLES = tuple(name for name in codelists.names())
SOURCE, LABEL = "source:", "label:"
"""Before a source column's name: its text; its text in the rows where only some labels mean something."""

LARGEST = 1_000_000_000
"""No count of one country reaches it; an identifier or a telephone number in the wrong column does."""


def check(rule: str, holds: Callable[[Any], Any], *, on_missing: bool = False) -> pa.Check:
    """A pandera check that bears its rule's name. Missing values pass unless `on_missing`."""
    if rule not in rules():
        raise KeyError(f"rules.toml has no rule '{rule}'")
    return pa.Check(holds, name=rule, error=rule, ignore_na=not on_missing)


def counts(
    fmt: Format, names: Iterable[str], *, received_on: date, collection: Collection | None = None
) -> pa.DataFrameSchema:
    """The contract of a counts collection, for the columns that its tidy frame has."""
    present = set(names)
    columns = {role: _column(*_role_checks(role, collection)) for role in _roles(present)}
    sources = {f"{SOURCE}{name}": checks for name, checks in _source_checks(fmt)}
    sources |= {name: [_one_of(label.allowed)] for name, label in labels(fmt).items()}
    columns |= {name: _column(*checks) for name, checks in sources.items() if name in present}
    columns |= {
        "surplus_cells": _column(check("ragged_row", lambda s: s == 0)),
        "value_text": _column(check("value_missing", lambda s: s.str.strip() != "")),
        "value_low": _column(
            check("text_in_number", lambda s: s.notna(), on_missing=True),
            check("negative_number", lambda s: s >= 0),
            check("number_too_large", lambda s: s < LARGEST),
        ),
        "width": _column(check("reversed_range", lambda s: s >= 0)),
        "decimals": _column(check("decimal_in_count", lambda s: s.isin(["", "0", "00"]))),
        "period_start": _column(*_period_checks(fmt, received_on)),
        "repetition": _column(
            check("duplicate_key", lambda s: s != "different"),
            check("repeated_row", lambda s: s != "equal"),
        ),
    }
    if "case_id" in present:
        columns["case_id"] = _column(
            check("case_id_missing", lambda s: s != ""),
            check("case_id_repeated", lambda s: ~s.duplicated(keep=False) | (s == "")),
        )
    return pa.DataFrameSchema(columns, strict=False)


def _column(*checks: pa.Check) -> pa.Column:
    return pa.Column(nullable=True, checks=list(checks))


def _roles(names: Iterable[str]) -> list[str]:
    return [name for name in names if name in COUNTRY_ROLES or name in LISTED_ROLES or name in LABELLED]


def _role_checks(role: str, collection: Collection | None) -> list[pa.Check]:
    if role in COUNTRY_ROLES:
        return _country_checks(role, collection)
    if role == "month":
        return _month_checks()
    if role in LABELLED:
        return [check("unexpected_value", lambda s: s != UNRESOLVED)]
    unknown = f"unknown_{role}" if f"unknown_{role}" in rules() else "unknown_code"
    known = {*codelists.codelist(role), AMBIGUOUS}
    checks = [check(unknown, partial(_is_one_of, known))]
    if f"ambiguous_{role}" in rules():
        checks.append(check(f"ambiguous_{role}", lambda s: s != AMBIGUOUS))
    if role == "measure" and collection:
        others = _measures_of_other_families(collection.family)
        checks.append(check("measure_of_another_family", lambda s: ~s.isin(others)))
    return checks


def _month_checks() -> list[pa.Check]:
    """Of a month beside its year; `_T`: the card says that the cell stands for the whole year."""
    known = {*codelists.codelist("month"), codelists.TOTAL, ""}
    return [check("unknown_month", partial(_is_one_of, known)), check("month_missing", lambda s: s != "")]


def _country_checks(role: str, collection: Collection | None) -> list[pa.Check]:
    checks = [check("ambiguous_country", lambda s: s != AMBIGUOUS)]
    if role != "reporting_country":
        return [*checks, check("unknown_country", lambda s: s != UNRESOLVED)]
    one = {c.code for c in all_countries()} | {AMBIGUOUS}
    one |= set(collection.reporting_groupings) if collection else set()
    checks.append(check("unknown_country", partial(_is_one_of, one)))
    if collection and collection.reporting_country:
        wanted = {collection.reporting_country}
        checks.append(check("unexpected_value", lambda s: s.isin(wanted) | ~_is_one_of(one - {AMBIGUOUS}, s)))
    return checks


def _measures_of_other_families(family: str) -> set[str]:
    measures = codelists.codelist("measure").values()
    return {m.code for m in measures if m.attributes["family"] not in ("", family)}


def _source_checks(fmt: Format) -> Iterable[tuple[str, list[pa.Check]]]:
    for name, column in fmt.columns.items():
        allowed = _allowed(fmt, name, column)
        if allowed is not None:
            yield name, [_one_of(allowed)]


def _one_of(allowed: set[str]) -> pa.Check:
    return check("unexpected_value", partial(_is_one_of, allowed))


def _is_one_of(allowed: set[str], texts: pd.Series) -> pd.Series:
    """Asked of each distinct text: there are few, and hundreds of codes."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=False)
    return pd.Series(np.array([text in allowed for text in distinct], bool)[codes], texts.index)


def _allowed(fmt: Format, name: str, column: Column) -> set[str] | None:
    """What a column can say; of a `keep` column only rows that say something like it are judged."""
    if column.only is not None:
        return set(column.only)
    if name in fmt.keep and not any(wanted.startswith("@") for wanted in fmt.keep[name]):
        return set(fmt.keep[name])
    cases = [set(other.case) for other in fmt.columns.values() if other.by == name]
    return set.intersection(*cases) if cases else None


@dataclass(frozen=True)
class Label:
    """Where only some labels mean something: the source column, the case of it, the labels."""

    name: str
    case: str | None
    column: Column
    allowed: set[str]


def labels(fmt: Format) -> dict[str, Label]:
    """The tidy frame's columns of limited labels: a map that fills dimensions, an `only` of one case."""
    limited = {}
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            key = f"{LABEL}{name}" if case is None else f"{LABEL}{name}:{case}"
            if variant.role == "dimensions":
                limited[key] = Label(name, case, variant, set(variant.map))
            elif case is not None and variant.only is not None:
                limited[key] = Label(name, case, variant, set(variant.only))
    return limited


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
        broken: pd.DataFrame = cases.rename(columns={"check": "rule"})[["index", "column", "rule"]]
        return broken.astype({"index": int}).sort_values(["index", "column", "rule"]).reset_index(drop=True)
    return pd.DataFrame({"index": [], "column": [], "rule": []})
