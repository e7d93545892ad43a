"""Step 4, observations: accepted lines to one harmonised value each, origin classified, cells kept.

Lines that share a key are those the card adds up. Nothing is decided on rows here.
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
from schemas.flags import add_flag, has_flag, joined_flags
from schemas.origin import origin_class
from schemas.tables import KEY, OPENINGS
from warehouse.home.frames import Frame


@dataclass(frozen=True)
class Origin:
    """Of which submission the lines are; its sheets and columns, each with the name that all may know."""

    submission: str
    collection: str
    received_on: date
    sheets: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Observed:
    """The harmonised values, the cells behind each, and what is odd about them taken together."""

    values: pd.DataFrame
    sources: Frame
    findings: list[Finding]


def observe(lines: pd.DataFrame, origin: Origin, collection: Collection) -> Observed:
    """The values of accepted lines, in the columns of schemas.tables STAGED and SOURCES."""
    lines = lines.assign(observation=identifiers(lines, origin.submission))
    values = plausibility.within_total(described(_summed(lines), origin, collection))
    values, differences = plausibility.held_against_parts(values)
    absent = plausibility.without_complete_table(values, collection.exhaustive)
    findings = [*plausibility.remarks(values), *absent, *differences]
    return Observed(values, _sources(lines, origin), findings)


def opened(
    waiting: pd.DataFrame, lines: pd.DataFrame, origin: Origin, collection: Collection
) -> pd.DataFrame:
    """What quarantined rows may belong to, beside the accepted lines, as schemas.tables OPENINGS has it."""
    if waiting.empty:
        return pd.DataFrame(columns=OPENINGS.column_names)
    on = waiting["period_start"].where(waiting["period_start"].notna(), origin.received_on)
    return quarantine.placed(
        waiting.assign(
            submission=origin.submission,
            origin_basis=collection.origin_basis,
            breakdown=breakdowns(waiting, beside=lines),
            origin_class=_origins(waiting.assign(period_start=on)),
        )
    )


def observe_cases(lines: pd.DataFrame, origin: Origin, collection: Collection) -> Observed:
    """The same for lines that are counts already; `sources` says what the build joins with their rows."""
    lines = lines.assign(observation=identifiers(lines, origin.submission), submission=origin.submission)
    values = described(lines, origin, collection)
    sources = lines[["observation", "submission", "source_column", "letters"]]
    return Observed(values, sources.assign(line=np.arange(len(lines))), plausibility.remarks(values))


FEW = 100_000
"""So many keys are hashed before DuckDB is loaded, which hashes a million in half of Python's time."""


def identifiers(lines: pd.DataFrame, submission: str) -> pd.Series:
    """One identifier a key: the same submission and key give the same one on any machine."""
    keys = pc.binary_join_element_wise(submission, *(_as_texts(lines[name]) for name in KEY), "\x1f")
    hashed = _hashed(keys) if len(keys) <= FEW else _hashed_by_duckdb(keys)
    return pd.Series(hashed, index=lines.index, dtype="str")


def _hashed(keys: pa.Array) -> list[str]:
    """The first 16 digits of each key's sha256."""
    return [sha256(key.encode()).hexdigest()[:16] for key in keys.to_pylist()]


def _hashed_by_duckdb(keys: pa.Array) -> Any:
    """The same, of many."""
    import duckdb

    keyed = pa.table({"key": keys})  # noqa: F841  (DuckDB finds it by its name)
    with duckdb.connect() as db:  # as in columns.py, one of its own for each thread
        return db.execute("SELECT sha256(key)[:16] AS observation FROM keyed").df()["observation"].array


def _as_texts(values: pd.Series) -> pa.Array:
    """Each value as text; a value that occurs often is written out once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return pa.array([str(value) for value in distinct], pa.string()).take(pa.array(codes))


def _summed(lines: pd.DataFrame) -> pd.DataFrame:
    """One line a key: intervals added (one unbounded part makes the sum unbounded), flags united.

    `largest`: of what was added up, the largest lower bound.
    """
    single = ~lines["observation"].duplicated(keep=False)
    if single.all():
        return lines.assign(largest=np.nan)
    groups = lines[~single].groupby("observation", sort=False)
    several = groups.first().reset_index()
    several["largest"] = groups["value_low"].max().to_numpy()
    several["value_low"] = groups["value_low"].sum().to_numpy()
    high = lines.loc[~single, "value_high"].fillna(np.inf).groupby(lines["observation"], sort=False).sum()
    several["value_high"] = high.replace(np.inf, np.nan).to_numpy()
    several["value_text"] = groups["value_text"].agg(summands).to_numpy()
    several["citizenship_reported"] = groups["citizenship_reported"].agg(_joined).to_numpy()
    several["flag"] = groups["flag"].agg(_united).to_numpy()
    return pd.concat([lines[single], several], ignore_index=True)


SUMMANDS = 10
"""So many added texts are kept as they came; of more, their number. The cells are all in sources."""


def summands(texts: Sequence[str]) -> str:
    """The texts of added values, or how many they are."""
    return " + ".join(texts) if len(texts) <= SUMMANDS else f"Σ ({len(texts)})"


def _joined(texts: pd.Series) -> str | None:
    return " + ".join(dict.fromkeys(t for t in texts if isinstance(t, str))) or None


def _united(flags: pd.Series) -> str:
    return joined_flags(flags) or ""


def described(observed: pd.DataFrame, origin: Origin, collection: Collection) -> pd.DataFrame:
    """The values with what follows from their codes, their submission and its card."""
    measures = codelists.codelist("measure")
    running = pd.to_datetime(observed["period_end"]) > pd.Timestamp(origin.received_on)
    observed = observed.assign(
        submission=origin.submission,
        provider=origin.collection.split("/")[0],
        collection=origin.collection,
        family=collection.family,
        origin_basis=collection.origin_basis,
        period_basis=collection.period_basis,
        recapture=collection.recapture,
        completeness=_covered(observed, origin.received_on),
        breakdown=breakdowns(observed),
        origin_class=_origins(observed),
        obs_status=np.where(running | _has_flag(observed["flag"], "provisional"), "P", "A"),
        **{
            attribute: observed["measure"].map({m.code: m.attributes[attribute] for m in measures.values()})
            for attribute in ("unit", "count_unit", "whose")
        },
    )
    partial = {flag: add_flag(flag, "partial") for flag in observed["flag"].unique()}
    flags = observed["flag"].mask(running, observed["flag"].map(partial))
    return observed.assign(flag=flags.replace("", None))


def _has_flag(flags: pd.Series, code: str) -> pd.Series:
    """Which lines have the flag; asked once of each text, of which there are few."""
    return flags.isin([text for text in flags.unique() if has_flag(text, code)])


def _covered(observed: pd.DataFrame, received_on: date) -> pd.Series:
    """Part of the period that had passed on the day of receipt."""
    start, end = pd.to_datetime(observed["period_start"]), pd.to_datetime(observed["period_end"])
    passed = (pd.Timestamp(received_on) - start).dt.days + 1
    return (passed / ((end - start).dt.days + 1)).clip(0, 1)


def _origins(observed: pd.DataFrame) -> pd.Series:
    """The origin class of each line, asked once of each citizenship, country and period."""
    asked = ["citizenship", "reporting_country", "period_start"]
    number = observed.groupby(asked, sort=False, dropna=False).ngroup()
    citizenships, countries, days = (observed.loc[~number.duplicated(), name] for name in asked)
    places = zip(*(_as_texts(codes).to_pylist() for codes in (citizenships, countries)), days, strict=True)
    classes = np.array([_origin(*place) for place in places], object)
    return pd.Series(classes[number], index=observed.index, dtype="str")


def _origin(citizenship: str, reporting_country: str, on: date) -> str:
    if citizenship == codelists.TOTAL:
        return codelists.TOTAL
    return origin_class(citizenship, reporting_country=reporting_country, on=on) or codelists.NOT_APPLICABLE


def _sources(lines: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    sheet = lines[SHEET].map(origin.sheets) if origin.sheets else lines[SHEET]
    column = lines["value_column"]
    shown = column.map(origin.columns).fillna(column) if origin.columns else column
    cells = lines.assign(submission=origin.submission, sheet=sheet, source_column=shown)
    return cells.rename(columns={ROW: "source_row"})
