"""How well the band of revisions holds what it has not seen: one extract left out, of the shipped ones and of simulated ones.

`python -m tests.outlook_replay HOME` writes the tables into docs/trends.md; the home holds a release of the shipped submissions.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from tests import simulated_page
from warehouse.home import Home

AGES = ((0, 2), (3, 5), (6, 11), (12, 23), (24, 35), (36, 999))
LEAST, LEAST_CHANGED, SEED = 20, 40, 20261130
KEY = ["collection", "measure", "reporting_country", "period_end", "citizenship"]


def histories(home: Path) -> pd.DataFrame:
    """Every value of the collections with three extracts or more, by the day on which it became known."""
    with duckdb.connect(Home(home).internal, read_only=True) as db:
        return db.execute(f"""
            SELECT {", ".join(KEY)}, known_from AS day, value_low AS value FROM core.observations
            WHERE collection IN (SELECT collection FROM core.known_values) AND breakdown = 'citizenship'
              AND frequency = 'M' ORDER BY ALL
        """).df()


def pairs(values: pd.DataFrame, days: list, last: object) -> pd.DataFrame:
    """The values of some days with that of the last day, and their age in months on their own."""
    now = values[values["day"] == last].set_index(KEY)["value"].rename("now")
    then = values[values["day"].isin(days)].join(now, on=KEY)
    day, end = then["day"].dt, then["period_end"].dt
    return then.assign(age=12 * (day.year - end.year) + day.month - end.month)


def band(then: pd.DataFrame) -> tuple[int, float, float]:
    """How many values changed, and the band of four in five of their ratios; NaN where there are too few."""
    ratios = ratios_of(then)
    changed = ratios[ratios != 1]
    if len(changed) < LEAST_CHANGED:
        return len(changed), np.nan, np.nan
    low, high = np.quantile(changed, [0.1, 0.9])
    return len(changed), low, high


def ratios_of(then: pd.DataFrame) -> np.ndarray:
    return (then["now"] / then["value"])[(then["value"] >= LEAST) & then["now"].notna()].to_numpy()


def left_out(values: pd.DataFrame) -> list[list[str]]:
    """For each extract and age: what the others would have said, and what it says."""
    days, lines = sorted(values["day"].unique()), []
    for day in days:
        others = [other for other in days if other != day]
        learned = pairs(values, others[:-1], others[-1])
        tested = pairs(values, [day] if day != days[-1] else others, days[-1])
        for first, last in AGES:
            known, seen = (p[p["age"].between(first, last)] for p in (learned, tested))
            ratios, of_known = ratios_of(seen), ratios_of(known)
            if len(ratios) == 0 or len(of_known) == 0 or (np.all(ratios == 1) and np.all(of_known == 1)):
                continue
            n, low, high = band(known)
            whole = np.quantile(of_known, [0.1, 0.9])
            changed = ratios[ratios != 1]
            held = (
                np.mean((low <= changed) & (changed <= high)) if len(changed) and n >= LEAST_CHANGED else None
            )
            lines.append([
                f"{pd.Timestamp(day):%Y-%m-%d}", f"{first}–{last}", str(len(ratios)),
                *(f"{100 * np.mean(x == 1):.0f}" for x in (of_known, ratios)),
                f"{100 * np.mean((whole[0] <= ratios) & (ratios <= whole[1])):.0f}",
                str(n), str(len(changed)), "–" if held is None else f"{100 * held:.0f}",
            ])  # fmt: skip
    return lines


def simulated_coverage(
    extracts: int, changed: float, per_extract: int, *, shared: bool, rows: int = 400
) -> float:
    """Share of changed values of a new extract in the band of the others, where revisions are log-normal.

    `shared`: each extract moves all its values alike, beside what each value does by itself.
    """
    draw = np.random.default_rng(SEED)
    held = []
    for _ in range(rows):
        n = draw.binomial(per_extract, changed, size=extracts)
        moves = [draw.normal(0.05 * draw.standard_normal() if shared else 0.0, 0.05, size=size) for size in n]
        others = np.concatenate(moves[:-1])
        if len(others) < LEAST_CHANGED or len(moves[-1]) == 0:
            continue
        low, high = np.quantile(np.exp(others), [0.1, 0.9])
        held.append(np.mean((low <= np.exp(moves[-1])) & (np.exp(moves[-1]) <= high)))
    return float(np.mean(held)) if held else np.nan


def tables(home: Path) -> str:
    """The tables of docs/trends.md."""
    head = (
        "| extract left out | age, months | values of 20 or more | unchanged in the others, % | unchanged in it, % | "
        "a band of all values holds, % | changed in the others | changed in it | the band of changed values holds, % |"
    )
    lines = [head, "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    lines += [f"| {' | '.join(line)} |" for line in left_out(histories(home))]
    simulated = [
        "| earlier extracts | values of an age in each | each value by itself | extracts move as a whole |"
    ]
    simulated += ["|--:|--:|--:|--:|"]
    for extracts, per_extract in ((2, 300), (3, 200), (5, 200), (9, 200)):
        shares = (
            f"{100 * simulated_coverage(extracts + 1, 0.3, per_extract, shared=shared):.0f}"
            for shared in (False, True)
        )
        simulated.append(f"| {extracts} | {per_extract} | {' | '.join(shares)} |")
    return "\n\n".join(
        [
            "### Revisions: one extract left out of those of MEX-UPMRIP/nationality",
            "\n".join(lines),
            "### Revisions simulated: changed values of the next extract in the band of the others (%)",
            "\n".join(simulated),
        ]
    )


def rendered(page: str, home: Path) -> str:
    """The page with its tables made anew."""
    return simulated_page.rendered(page, "left out extracts", tables(home))


if __name__ == "__main__":
    simulated_page.write(partial(rendered, home=Path(sys.argv[1]).resolve()))
