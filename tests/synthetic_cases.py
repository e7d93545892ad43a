"""Made-up cases for the tests of protection: 100,000 persons, five years, eleven countries. Counts, and no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

YEARS, COUNTRIES = range(2019, 2024), tuple(f"C{n:02}" for n in range(1, 12))
REGION = "RRR"
CODES = {"sex": ("F", "M", "_U"), "age": ("child", "adult", "_U"), "class": ("own", "in", "out", "_U")}
CHANCES = {"sex": (0.68, 0.315, 0.005), "age": (0.28, 0.7, 0.02), "class": (0.6, 0.32, 0.06, 0.02)}
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
TOTAL = ("A", "_T", "_T")

Cell = tuple[str, str, str, str]
"""Where, year or quarter, dimension, code."""


def cases(
    persons: int = 100_000, seed: int = 1, countries: Sequence[str] = COUNTRIES
) -> dict[str, np.ndarray]:
    """One entry a person: where, which year and quarter, and what is told of them. Few countries have most."""
    rng = np.random.default_rng(seed)
    weight = rng.pareto(0.6, len(countries)) + 0.02
    drawn = {
        "country": rng.choice(len(countries), persons, p=weight / weight.sum()),
        "year": rng.choice(np.array(YEARS), persons),
        "quarter": rng.integers(0, 4, persons),
    }
    return drawn | {name: rng.choice(len(codes), persons, p=CHANCES[name]) for name, codes in CODES.items()}


def of_years(
    drawn: Mapping[str, np.ndarray], countries: Sequence[str] = COUNTRIES
) -> Iterator[dict[Cell, int]]:
    """Of each year the counts of every country and of the region."""
    for year in YEARS:
        counted: dict[Cell, int] = {}
        for n, country in enumerate(countries):
            counted |= _of_country(drawn, (drawn["year"] == year) & (drawn["country"] == n), country)
        yield counted | regional(counted, countries)


def _of_country(drawn: Mapping[str, np.ndarray], mine: np.ndarray, country: str) -> dict[Cell, int]:
    counted: dict[Cell, int] = {(country, *TOTAL): int(mine.sum())}
    for name, codes in CODES.items():
        for n, code in enumerate(codes):
            counted[(country, "A", name, code)] = int((mine & (drawn[name] == n)).sum())
    for n, quarter in enumerate(QUARTERS):
        counted[(country, quarter, "_T", "_T")] = int((mine & (drawn["quarter"] == n)).sum())
    return counted


def regional(counted: Mapping[Cell, int], countries: Sequence[str]) -> dict[Cell, int]:
    """The sums of all countries."""
    kinds = sorted({cell[1:] for cell in counted})
    return {(REGION, *kind): sum(counted[(c, *kind)] for c in countries) for kind in kinds}  # type: ignore[misc]


def sums(countries: Sequence[str] = COUNTRIES) -> list[tuple[Cell, tuple[Cell, ...]]]:
    """What adds up: the codes of each dimension, the quarters, the countries."""
    kinds = [TOTAL, *(("A", name, code) for name, codes in CODES.items() for code in codes)]
    kinds += [(quarter, "_T", "_T") for quarter in QUARTERS]
    added: list = [((REGION, *kind), tuple((c, *kind) for c in countries)) for kind in kinds]
    for area, (name, codes) in product((REGION, *countries), CODES.items()):
        added.append(((area, *TOTAL), tuple((area, "A", name, code) for code in codes)))
    for area in (REGION, *countries):
        added.append(((area, *TOTAL), tuple((area, quarter, "_T", "_T") for quarter in QUARTERS)))
    return added
