"""Rules on reporting countries: one that the provider never reported, and confused codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from assets.intake.series.values import GROUP, Doubt, Series, questions_of
from schemas.countries.confused_codes import usual_codes
from schemas.findings import Finding

FEW_ROWS = 0.2
FEWEST_COUNTRIES = 3


def country_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a country with few values in a file of another, for one that is new among several in
    force, and for countries that may be the nationalities."""
    delivered_rows, countries_before = series.values[series.values["delivered"]], series.countries_before
    counts = delivered_rows["reporting_country"].value_counts()
    for country in (name for name in counts.index if name not in countries_before):
        rows = delivered_rows[delivered_rows["reporting_country"] == country]
        if len(countries_before) > 1 and not series.names_countries:
            yield _country_doubt("country_unlike_file", rows, ", ".join(sorted(countries_before)))
        elif len(rows) <= FEW_ROWS * counts.max() and _is_odd_one_out(counts, countries_before):
            yield _country_doubt("country_unlike_file", rows, str(counts.index[0]))
    details = delivered_rows[delivered_rows["citizenship"].str.fullmatch("[A-Z]{3}")]
    countries, origins = set(details["reporting_country"]), set(details["citizenship"])
    if series.of_one_country and len(countries_before) == 1 and not countries_before & set(counts.index):
        yield _country_doubt("country_unlike_file", delivered_rows, *sorted(countries_before))
    if len(origins) == 1 and len(countries) >= FEWEST_COUNTRIES and origins <= countries:
        yield _country_doubt("countries_exchanged", details, *origins)


LARGE_PART = 0.05
"""Part of the persons of a named nationality from which a code may be another country's."""


def confused_code_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a nationality whose code is often written for another, which nobody has."""
    named_rows = series.values[series.values["breakdown"] == "citizenship"]
    named_rows = named_rows[named_rows["citizenship"].str.fullmatch("[A-Z]{3}")]
    group: Any
    for group, rows in named_rows.groupby(GROUP, sort=True, observed=True):
        persons = rows.groupby("citizenship")["low"].sum()
        for code, usual in usual_codes().items():
            large = code in persons and persons[code] >= LARGE_PART * persons.sum()
            fresh = rows[(rows["citizenship"] == code) & rows["fresh"]]
            if large and usual not in persons and group[0] not in (code, usual) and len(fresh):
                finding = Finding("code_confused", column_name=code, value=f"{persons[code]:.12g}")
                finding = replace(finding, expected=usual)
                yield Doubt(finding, questions_of(fresh), holds=False)


def _is_odd_one_out(counts: pd.Series, countries_before: frozenset[str]) -> bool:
    """Check that the file, or the values in force, are of a single country but for this one."""
    return len(counts) == 2 or len(countries_before) == 1


def _country_doubt(rule: str, rows: pd.DataFrame, expected: str) -> Doubt:
    country = str(rows["reporting_country"].iloc[0])
    finding = Finding(rule, column_name=country, value=str(len(rows)), expected=expected)
    return Doubt(finding, questions_of(rows), holds=False)
