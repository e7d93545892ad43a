"""Rules on what a delivery does to values in force: periods or single values revised, rows gone, values
exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from assets.intake.comparison import MOST_LISTED, TENTH
from assets.intake.series.copies import LARGE_ENOUGH, NEARLY_ALL
from assets.intake.series.levels import CLEAR_PERSONS, CLEAR_TIMES
from assets.intake.series.values import CELL, GROUP, TABLE, Doubt, Series, name_of_month, questions_of
from schemas.codelists import NOT_APPLICABLE, TOTAL
from schemas.findings import HIDDEN_TEXT, TO, Finding
from schemas.tables import OBSERVATION_KEY

FEWEST_ROWS_GONE, SHARE_GONE = 3, 0.005
FEWEST_VALUES, FEW_PERIODS = 10, 0.2
"""Values of a period, and share of the periods, from which a revision of all its values is no usual one."""
CODES = [name for name in CELL if name not in GROUP]
LARGE_IN_FORCE, MADE_UP = 100, 0.5
"""A value in force of which a lost digit is looked for; and the part of its change that the other values of
its table make up for, if persons were only put into another group."""


def revision_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for values in force that exchanged their places, and for rows that are gone here and
    there."""
    if series.replaced.empty:
        return
    pairs = series.replaced[~series.replaced["running"]].merge(
        series.values.loc[series.values["delivered"], [*OBSERVATION_KEY, "low", "exact"]],
        on=list(OBSERVATION_KEY),
        how="left",
        suffixes=("", "_new"),
    )
    pairs = _without_waiting(pairs, series)
    large = pairs[pairs["low"] >= LARGE_ENOUGH]
    if large["low_new"].isna().any():
        yield from _missing_rows(large, series)
    kept = pairs[pairs["low_new"].notna()]
    if (kept["low_new"] != kept["low"]).any():
        yield from _revised_periods(kept)
        yield from _single_changes(kept, series)
    changed_rows = large[large["low_new"].notna() & (large["low_new"] != large["low"])]
    for place, what in (("month", "categories"), ("cell", "periods")):
        yield from _exchanged_values(changed_rows, place, f"{what}_exchanged_in_force")


def _without_waiting(values: pd.DataFrame, series: Series) -> pd.DataFrame:
    """Return the values whose row is not in quarantine now."""
    if series.waiting.empty:
        return values
    keys = pd.MultiIndex.from_frame(values[list(OBSERVATION_KEY)])
    return values[~keys.isin(pd.MultiIndex.from_frame(series.waiting))]


def _revised_periods(pairs: pd.DataFrame) -> Iterator[Doubt]:
    """Yield the periods of which nearly all values changed, if most periods stayed as they were.

    A publisher revises a few values of a period; a shifted column or another unit changes all of them.
    """
    key: Any
    for key, rows in pairs.groupby(GROUP, sort=True):
        by_month = rows.assign(is_changed=rows["low_new"] != rows["low"]).groupby("month")
        sums = by_month.agg(n=("low", "size"), changed=("is_changed", "sum"), persons=("low", "sum"))
        is_large = (sums["n"] >= FEWEST_VALUES) & (sums["persons"] >= CLEAR_PERSONS)
        revised_periods = sums[is_large & (sums["changed"] >= NEARLY_ALL * sums["n"])]
        if len(revised_periods) > FEW_PERIODS * len(sums):
            continue
        month: Any
        for month, facts in revised_periods.iterrows():
            location = f"{key[0]} · {key[1]} · {name_of_month(month, key[2])}"
            finding = Finding("period_revised", column_name=location, value=f"{facts['changed']:.0f}")
            period_rows = rows[rows["month"] == month]
            yield Doubt(
                replace(finding, expected=f"{facts['n']:.0f}"), questions_of(period_rows), holds=False
            )


def _single_changes(kept: pd.DataFrame, series: Series) -> Iterator[Doubt]:
    """Yield single values in force that fell to an eighth or rose eightfold, the largest changes first.

    From a tenth of a country's values on, comparison.py reports them. The last period in force may grow by
    late reports: there a rise is asked about.
    """
    is_changed = kept["low_new"] != kept["low"]
    of_country = is_changed.groupby(kept["reporting_country"]).sum() * TENTH
    is_usual = of_country < series.replaced["reporting_country"].value_counts().reindex(of_country.index)
    is_lone = is_changed & kept["reporting_country"].map(is_usual)
    changes = _eightfold(kept[is_lone & kept["exact"] & kept["exact_new"]])
    changes = changes[~_is_made_up(changes, series)] if len(changes) else changes
    for _, rows in changes.groupby("reporting_country", sort=True):
        for n in rows["by"].abs().sort_values(ascending=False, kind="stable").index[:MOST_LISTED]:
            yield _single_change(rows.loc[[n]], series)


def _eightfold(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose large value fell to an eighth or rose eightfold, and by how much."""
    is_fall = rows["low_new"] * CLEAR_TIMES <= rows["low"]
    is_rise = rows["low_new"] >= rows["low"] * CLEAR_TIMES
    rows = rows[(rows["low"] >= LARGE_IN_FORCE) & (is_fall | is_rise)]
    return rows.assign(by=rows["low_new"] - rows["low"])


def _is_made_up(changes: pd.DataFrame, series: Series) -> pd.Series:
    """Mark changes that the other values of the same table and period make up for."""
    table = [*TABLE, "month"]
    rows = _without_waiting(series.replaced, series), series.values[series.values["delivered"]]
    before, after = (values.groupby(table, observed=True)["low"].sum() for values in rows)
    by_table = (after - before).reindex(pd.MultiIndex.from_frame(changes[table]))
    return pd.Series(by_table.to_numpy() / changes["by"] < MADE_UP, index=changes.index)


def _single_change(rows: pd.DataFrame, series: Series) -> Doubt:
    change: Any = next(rows.itertuples())
    in_force = pd.concat([series.replaced, series.values[~series.values["delivered"]]])
    is_same_series = (in_force[GROUP] == rows[GROUP].iloc[0]).all(axis=1)
    is_last = change.month == in_force.loc[is_same_series, "month"].max()
    cell = [name_of_month(change.month, change.frequency), *rows[CODES].iloc[0]]
    codes = [str(code) for code in cell if code not in (TOTAL, NOT_APPLICABLE)]
    where = " · ".join([change.reporting_country, change.measure, *codes])
    value = f"{change.low:.12g}{TO}{change.low_new:.12g}" if series.is_open else HIDDEN_TEXT
    finding = Finding("value_unlike_in_force", column_name=where, value=value)
    return Doubt(finding, questions_of(rows), holds=change.by < 0 or not is_last)


def _missing_rows(large: pd.DataFrame, series: Series) -> Iterator[Doubt]:
    present = pd.MultiIndex.from_frame(series.values[[*TABLE, "month"]].drop_duplicates())
    is_period_there = pd.MultiIndex.from_frame(large[[*TABLE, "month"]]).isin(present)
    for country, rows in large[is_period_there].groupby("reporting_country", sort=True):
        rows_gone = rows[rows["low_new"].isna()]
        # from a tenth on, comparison.py reports them
        if max(FEWEST_ROWS_GONE, SHARE_GONE * len(rows)) <= len(rows_gone) < len(rows) / TENTH:
            finding = Finding("rows_missing", column_name=str(country), value=str(len(rows_gone)))
            yield Doubt(replace(finding, expected=str(len(rows))), questions_of(rows_gone), holds=True)


def _exchanged_values(changed_rows: pd.DataFrame, place: str, rule: str) -> Iterator[Doubt]:
    """Yield the tables in which two values of a place have each the other's value now."""
    if changed_rows.empty:
        return
    changed_rows = changed_rows.assign(cell=pd.util.hash_pandas_object(changed_rows[CELL], index=False))
    pairs = changed_rows.merge(changed_rows, on=[*TABLE, place], suffixes=("", "_2"))
    is_exchanged = (pairs["low"] == pairs["low_new_2"]) & (pairs["low_new"] == pairs["low_2"])
    exchanged_pairs = pairs[is_exchanged]
    key: Any
    for key, rows in exchanged_pairs.groupby(TABLE, sort=True):
        if place == "month" or len(rows) >= 2 * FEWEST_ROWS_GONE:
            where = f"{key[0]} · {key[1]} · {name_of_month(rows['month'].min(), key[2])}"
            finding = Finding(rule, column_name=where, value=str(len(rows) // 2))
            yield Doubt(finding, questions_of(rows), holds=True)
