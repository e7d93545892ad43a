"""Step 4, observations: accepted lines become a harmonised value per key, with origin class and source cells.

Lines that share a key are those that the card adds up. No row is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from assets.intake.judging import plausibility, quarantine
from assets.intake.judging.breakdowns import breakdowns
from assets.intake.records import ROW, SHEET
from schemas import codelists
from schemas.cards.format_card import Collection
from schemas.findings import Finding
from schemas.flags import add_flag, combine_flags, has_flag
from schemas.origin import origin_class
from schemas.tables import OBSERVATION_KEY, OPENINGS
from warehouse.home.frames import Frame


@dataclass(frozen=True)
class Origin:
    """The submission of the lines; its sheets and columns, each with a name that may be published."""

    submission: str
    collection: str
    received_on: date
    sheets: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HarmonisedValues:
    """Harmonised values, the cells behind each, and findings on the values taken together."""

    values: pd.DataFrame
    sources: Frame
    findings: list[Finding]


def observe(lines: pd.DataFrame, origin: Origin, collection: Collection) -> HarmonisedValues:
    """Return the values of accepted lines, in the columns of schemas.tables STAGED and SOURCES."""
    lines = lines.assign(observation=identifiers(lines, origin.submission))
    values = plausibility.limit_by_total(describe_values(_sum_repeated_keys(lines), origin, collection))
    values, differences = plausibility.compare_with_parts(values)
    absent = plausibility.missing_complete_table(values, collection.exhaustive)
    findings = [*plausibility.remarks(values), *absent, *differences]
    return HarmonisedValues(values, _sources(lines, origin), findings)


def complete_openings(
    waiting: pd.DataFrame, lines: pd.DataFrame, origin: Origin, collection: Collection
) -> pd.DataFrame:
    """Return the values that quarantined rows may belong to, in the columns of schemas.tables OPENINGS."""
    if waiting.empty:
        return pd.DataFrame(columns=OPENINGS.column_names)
    on = waiting["period_start"].where(waiting["period_start"].notna(), origin.received_on)
    return quarantine.merge_openings(
        waiting.assign(
            submission=origin.submission,
            origin_basis=collection.origin_basis,
            breakdown=breakdowns(waiting, all_lines=lines),
            origin_class=_origin_classes(waiting.assign(period_start=on)),
        )
    )


def observe_cases(lines: pd.DataFrame, origin: Origin, collection: Collection) -> HarmonisedValues:
    """Return the values of lines that are counts already. `sources` links them to their rows in the build."""
    lines = lines.assign(observation=identifiers(lines, origin.submission), submission=origin.submission)
    values = describe_values(lines, origin, collection)
    sources = lines[["observation", "submission", "source_column", "letters"]]
    return HarmonisedValues(values, sources.assign(line=np.arange(len(lines))), plausibility.remarks(values))


HASHED_IN_PYTHON = 100_000
"""Up to this many keys are hashed in Python. Loading DuckDB pays off above: it hashes a million in half the
time."""


def identifiers(lines: pd.DataFrame, submission: str) -> pd.Series:
    """Return an identifier per key. The same submission and key give the same identifier on any machine."""
    keys = pc.binary_join_element_wise(
        submission, *(_as_texts(lines[name]) for name in OBSERVATION_KEY), "\x1f"
    )
    hashes = _hash_keys(keys) if len(keys) <= HASHED_IN_PYTHON else _hash_by_duckdb(keys)
    return pd.Series(hashes, index=lines.index, dtype="str")


def _hash_keys(keys: pa.Array) -> list[str]:
    """Return the first 16 digits of each key's sha256."""
    return [sha256(key.encode()).hexdigest()[:16] for key in keys.to_pylist()]


def _hash_by_duckdb(keys: pa.Array) -> Any:
    """Return the same hashes, computed by DuckDB."""
    import duckdb

    key_table = pa.table({"key": keys})  # noqa: F841  (DuckDB finds it by its name)
    with duckdb.connect() as db:  # a connection of its own for each thread, as in columns.py
        return db.execute("SELECT sha256(key)[:16] AS observation FROM key_table").df()["observation"].array


def _as_texts(values: pd.Series) -> pa.Array:
    """Return each value as text. A value that occurs often is converted once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return pa.array([str(value) for value in distinct], pa.string()).take(pa.array(codes))


def _sum_repeated_keys(lines: pd.DataFrame) -> pd.DataFrame:
    """Add up the lines of each key: bounds are added (an open bound leaves the sum open), flags are joined.

    `largest` is the largest lower bound among the added lines.
    """
    is_single = ~lines["observation"].duplicated(keep=False)
    if is_single.all():
        return lines.assign(largest=np.nan)
    groups = lines[~is_single].groupby("observation", sort=False)
    sums = groups.first().reset_index()
    sums["largest"] = groups["value_low"].max().to_numpy()
    sums["value_low"] = groups["value_low"].sum().to_numpy()
    high = lines.loc[~is_single, "value_high"].fillna(np.inf).groupby(lines["observation"], sort=False).sum()
    sums["value_high"] = high.replace(np.inf, np.nan).to_numpy()
    sums["value_text"] = groups["value_text"].agg(summands).to_numpy()
    sums["citizenship_reported"] = groups["citizenship_reported"].agg(_join_texts).to_numpy()
    sums["flag"] = groups["flag"].agg(_join_flags).to_numpy()
    return pd.concat([lines[is_single], sums], ignore_index=True)


SUMMANDS = 10
"""Up to this many added texts are kept. With more, only their number is kept. All cells are in sources."""


def summands(texts: Sequence[str]) -> str:
    """Return the texts of added values, or how many there are."""
    return " + ".join(texts) if len(texts) <= SUMMANDS else f"Σ ({len(texts)})"


def _join_texts(texts: pd.Series) -> str | None:
    return " + ".join(dict.fromkeys(t for t in texts if isinstance(t, str))) or None


def _join_flags(flags: pd.Series) -> str:
    return combine_flags(flags) or ""


def describe_values(values: pd.DataFrame, origin: Origin, collection: Collection) -> pd.DataFrame:
    """Add to the values what follows from their codes, their submission and its card."""
    measures = codelists.codelist("measure")
    is_running = pd.to_datetime(values["period_end"]) > pd.Timestamp(origin.received_on)
    values = values.assign(
        submission=origin.submission,
        provider=origin.collection.split("/")[0],
        collection=origin.collection,
        family=collection.family,
        origin_basis=collection.origin_basis,
        period_basis=collection.period_basis,
        recapture=collection.recapture,
        completeness=_completeness(values, origin.received_on),
        breakdown=breakdowns(values),
        origin_class=_origin_classes(values),
        obs_status=np.where(is_running | _has_flag(values["flag"], "provisional"), "P", "A"),
        **{
            attribute: values["measure"].map({m.code: m.attributes[attribute] for m in measures.values()})
            for attribute in ("unit", "count_unit", "whose")
        },
    )
    with_partial = {flag: add_flag(flag, "partial") for flag in values["flag"].unique()}
    flags = values["flag"].mask(is_running, values["flag"].map(with_partial))
    return values.assign(flag=flags.replace("", None))


def _has_flag(flags: pd.Series, code: str) -> pd.Series:
    """Mark the lines with the flag. Each distinct text is checked once."""
    return flags.isin([text for text in flags.unique() if has_flag(text, code)])


def _completeness(values: pd.DataFrame, received_on: date) -> pd.Series:
    """Return the part of the period that had passed on the day of receipt."""
    start, end = pd.to_datetime(values["period_start"]), pd.to_datetime(values["period_end"])
    days_passed = (pd.Timestamp(received_on) - start).dt.days + 1
    return (days_passed / ((end - start).dt.days + 1)).clip(0, 1)


def _origin_classes(values: pd.DataFrame) -> pd.Series:
    """Return the origin class of each line, determined once for each citizenship, country and period."""
    key_columns = ["citizenship", "reporting_country", "period_start"]
    number = values.groupby(key_columns, sort=False, dropna=False).ngroup()
    citizenships, countries, days = (values.loc[~number.duplicated(), name] for name in key_columns)
    keys = zip(*(_as_texts(codes).to_pylist() for codes in (citizenships, countries)), days, strict=True)
    classes = np.array([_origin_class(*key) for key in keys], object)
    return pd.Series(classes[number], index=values.index, dtype="str")


def _origin_class(citizenship: str, reporting_country: str, on: date) -> str:
    if citizenship == codelists.TOTAL:
        return codelists.TOTAL
    return origin_class(citizenship, reporting_country=reporting_country, on=on) or codelists.NOT_APPLICABLE


def _sources(lines: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    sheet = lines[SHEET].map(origin.sheets) if origin.sheets else lines[SHEET]
    column = lines["value_column"]
    public_columns = column.map(origin.columns).fillna(column) if origin.columns else column
    cells = lines.assign(submission=origin.submission, sheet=sheet, source_column=public_columns)
    return cells.rename(columns={ROW: "source_row"})
