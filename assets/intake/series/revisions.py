"""Rules on what a delivery does to values in force: periods revised, rows gone, values exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from assets.intake.comparison import TENTH
from assets.intake.series.copies import LARGE_ENOUGH, NEARLY_ALL
from assets.intake.series.levels import CLEAR_PERSONS
from assets.intake.series.values import CELL, GROUP, TABLE, Doubt, Series, name_of_month, questions_of
from schemas.findings import Finding
from schemas.tables import OBSERVATION_KEY

FEWEST_ROWS_GONE, SHARE_GONE = 3, 0.005
FEWEST_VALUES, FEW_PERIODS = 10, 0.2
"""Values of a period, and share of the periods, from which a revision of all its values is no usual one."""


def revision_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for values in force that exchanged their places, and for rows that are gone here and
    there."""
    if series.replaced.empty:
        return
    pairs = series.replaced[~series.replaced["running"]].merge(
        series.values.loc[series.values["delivered"], [*OBSERVATION_KEY, "low"]],
        on=list(OBSERVATION_KEY),
        how="left",
        suffixes=("", "_new"),
    )
    if len(series.waiting):
        keys = pd.MultiIndex.from_frame(pairs[list(OBSERVATION_KEY)])
        pairs = pairs[~keys.isin(pd.MultiIndex.from_frame(series.waiting))]
    large = pairs[pairs["low"] >= LARGE_ENOUGH]
    if large["low_new"].isna().any():
        yield from _missing_rows(large, series)
    kept = pairs[pairs["low_new"].notna()]
    if (kept["low_new"] != kept["low"]).any():
        yield from _revised_periods(kept)
    changed_rows = large[large["low_new"].notna() & (large["low_new"] != large["low"])]
    for place, what in (("month", "categories"), ("cell", "periods")):
        yield from _exchanged_values(changed_rows, place, f"{what}_exchanged_in_force")


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
