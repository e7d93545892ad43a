"""Pandera contracts: the only declaration of acceptable rows. Nothing is read and no status is decided here.

A contract checks the tidy frame of a submission, with one row per value (made in
assets/intake/judging/decoding.py). Columns: `source:<name>` the text of a source column; a column per role
with its code; `value_low` and `value_high`; `period_start`; `decimals` the digits after the decimal mark of a
count; `width` the upper bound less the lower bound. Each check has the name of its rule in rules.toml, so
pandera's failure cases are the findings.
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
from schemas.cards.card_codes import LABELLED_ROLES
from schemas.cards.format_card import Collection, Column, Format
from schemas.countries import all_countries
from schemas.findings import rules
from schemas.tables import DIMENSIONS


def _prevent_loading_hypothesis() -> None:
    """Prevent pandera from loading hypothesis, which it does wherever hypothesis is installed.

    Pandera uses it to draw examples of a contract. They are not needed here, and take a tenth of a `check`.
    """
    if is_absent := "hypothesis" not in sys.modules:
        sys.modules["hypothesis"] = None  # type: ignore[assignment]
    import pandera.strategies.base_strategies  # noqa: F401

    if is_absent:
        del sys.modules["hypothesis"]


_prevent_loading_hypothesis()

UNRESOLVED_CODE, AMBIGUOUS_CODE = "unresolved", "ambiguous"
"""Values of a role's column whose text is no code. No code list has either word."""

COUNTRY_ROLES = ("reporting_country", *(d.name for d in DIMENSIONS if d.values == "country"))
LISTED_ROLES = tuple(name for name in codelists.names())
SOURCE, LABEL = "source:", "label:"
"""Prefixes of a source column: for its texts; for its texts in rows where only some labels have a meaning."""

LARGEST = 1_000_000_000
"""Upper limit of a count of a country. An identifier or a telephone number in the wrong column exceeds it."""


def check(rule: str, holds: Callable[[Any], Any], *, on_missing: bool = False) -> pa.Check:
    """Return a pandera check with the name of its rule. Missing values pass unless `on_missing`."""
    if rule not in rules():
        raise KeyError(f"rules.toml has no rule '{rule}'")
    return pa.Check(holds, name=rule, error=rule, ignore_na=not on_missing)


def counts_contract(
    fmt: Format, names: Iterable[str], *, received_on: date, collection: Collection | None = None
) -> pa.DataFrameSchema:
    """Return the contract of a collection of counts, for the columns of its tidy frame."""
    present = set(names)
    columns = {role: _column(*_role_checks(role, collection)) for role in _roles_among(present)}
    sources = {f"{SOURCE}{name}": checks for name, checks in _source_checks(fmt)}
    sources |= {name: [_label_check(label.labels)] for name, label in limited_labels(fmt).items()}
    columns |= {name: _column(*checks) for name, checks in sources.items() if name in present}
    columns |= {
        "surplus_cells": _column(check("ragged_row", lambda s: s == 0)),
        "value_text": _column(check("value_missing", lambda s: s.str.strip() != "")),
        "value_low": _column(
            check("text_in_number", lambda s: s.notna(), on_missing=True),
            *([] if fmt.values.negative else [check("negative_number", lambda s: s >= 0)]),
            check("number_too_large", lambda s: s < LARGEST),
            *([check("percentage_above_100", lambda s: s <= 100)] if fmt.values.percent else []),
        ),
        **(
            {"summed_low": _column(check("negative_number", lambda s: s >= 0))} if fmt.values.negative else {}
        ),
        "width": _column(check("reversed_range", lambda s: s >= 0)),
        "decimals": _column(check("decimal_in_count", lambda s: s.isin(["", "0", "00"]))),
        "period_start": _column(*_period_checks(fmt, received_on)),
        "repetition": _column(
            check("duplicate_key", lambda s: s != "different"),
            check("repeated_row", lambda s: s != "equal"),
        ),
    }
    if fmt.values.negative:
        columns["summed_low"] = _column(check("negative_number", lambda s: s >= 0))
    if "case_id" in present:
        columns["case_id"] = _column(
            check("case_id_missing", lambda s: s != ""),
            check("case_id_repeated", lambda s: ~s.duplicated(keep=False) | (s == "")),
        )
    return pa.DataFrameSchema(columns, strict=False)


def _column(*checks: pa.Check) -> pa.Column:
    return pa.Column(nullable=True, checks=list(checks))


def _roles_among(names: Iterable[str]) -> list[str]:
    return [name for name in names if name in COUNTRY_ROLES or name in LISTED_ROLES or name in LABELLED_ROLES]


def _role_checks(role: str, collection: Collection | None) -> list[pa.Check]:
    if role in COUNTRY_ROLES:
        return _country_checks(role, collection)
    if role == "month":
        return _month_checks()
    if role in LABELLED_ROLES:
        return [check("unexpected_value", lambda s: s != UNRESOLVED_CODE)]
    rule = f"unknown_{role}" if f"unknown_{role}" in rules() else "unknown_code"
    codes = {*codelists.codelist(role), AMBIGUOUS_CODE}
    checks = [check(rule, partial(_is_one_of, codes))]
    if f"ambiguous_{role}" in rules():
        checks.append(check(f"ambiguous_{role}", lambda s: s != AMBIGUOUS_CODE))
    if role == "measure" and collection:
        others = _measures_of_other_families(collection.family)
        checks.append(check("measure_of_another_family", lambda s: ~s.isin(others)))
    return checks


def _month_checks() -> list[pa.Check]:
    """Return the checks of a month column next to a year column. `_T` on the card means the whole year."""
    codes = {*codelists.codelist("month"), codelists.TOTAL, ""}
    return [check("unknown_month", partial(_is_one_of, codes)), check("month_missing", lambda s: s != "")]


def _country_checks(role: str, collection: Collection | None) -> list[pa.Check]:
    checks = [check("ambiguous_country", lambda s: s != AMBIGUOUS_CODE)]
    if role != "reporting_country":
        return [*checks, check("unknown_country", lambda s: s != UNRESOLVED_CODE)]
    reporters = {c.code for c in all_countries()} | {AMBIGUOUS_CODE}
    reporters |= set(collection.reporting_groupings) if collection else set()
    checks.append(check("unknown_country", partial(_is_one_of, reporters)))
    if collection and collection.countries:
        expected = collection.countries | set(collection.reporting_groupings)
        checks.append(
            check(
                "unexpected_value", lambda s: s.isin(expected) | ~_is_one_of(reporters - {AMBIGUOUS_CODE}, s)
            )
        )
    return checks


def _measures_of_other_families(family: str) -> set[str]:
    measures = codelists.codelist("measure").values()
    return {m.code for m in measures if m.attributes["family"] not in ("", family)}


def _source_checks(fmt: Format) -> Iterable[tuple[str, list[pa.Check]]]:
    for name, column in fmt.columns.items():
        texts = _allowed_texts(fmt, name, column)
        if texts is not None:
            yield name, [_label_check(texts)]


def _label_check(texts: set[str]) -> pa.Check:
    return check("unexpected_value", partial(_is_one_of, texts))


def _is_one_of(members: set[str], texts: pd.Series) -> pd.Series:
    """Test each distinct text once: there are few distinct texts and hundreds of codes."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=False)
    return pd.Series(np.array([text in members for text in distinct], bool)[codes], texts.index)


def _allowed_texts(fmt: Format, name: str, column: Column) -> set[str] | None:
    """Return the texts that a column may contain, or None if any.

    The rows of a `keep` column are judged only if they contain such a text.
    """
    if column.only is not None:
        return set(column.only)
    if name in fmt.keep and not any(label.startswith("@") for label in fmt.keep[name]):
        return set(fmt.keep[name])
    cases = [set(other.case) for other in fmt.columns.values() if other.by == name]
    return set.intersection(*cases) if cases else None


@dataclass(frozen=True)
class LimitedLabels:
    """Labels that a source column may contain in a case of it."""

    name: str
    case: str | None
    column: Column
    labels: set[str]


def limited_labels(fmt: Format) -> dict[str, LimitedLabels]:
    """Return the columns of the tidy frame whose labels are limited.

    These are columns with a map that fills dimensions, and columns with `only` in a single case.
    """
    limited_columns = {}
    for name, column in fmt.columns.items():
        for case, variant in column.cases():
            key = f"{LABEL}{name}" if case is None else f"{LABEL}{name}:{case}"
            if variant.role == "dimensions":
                limited_columns[key] = LimitedLabels(name, case, variant, set(variant.map))
            elif case is not None and variant.only is not None:
                limited_columns[key] = LimitedLabels(name, case, variant, set(variant.only))
    return limited_columns


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
    """Return the violations of the contract: columns `index` (of the frame), `column`, `rule`.

    Pandera decides. An error in the structure of the frame itself is raised, not reported as a row.
    """
    try:
        contract.validate(tidy.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases
        if cases["index"].isna().any():
            raise RuntimeError(f"The tidy frame lacks what its contract names: {errors}") from None
        columns = ["index", "column", "rule"]
        violations: pd.DataFrame = cases.rename(columns={"check": "rule"})[columns]
        return violations.astype({"index": int}).sort_values(columns).reset_index(drop=True)
    return pd.DataFrame({"index": [], "column": [], "rule": []})
