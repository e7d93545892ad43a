"""Alerts as they would have been told: each shipped monthly series truncated month by month, and by its own vintages.

`python -m tests.months_replay HOME` writes the tables into docs/trends.md; the home holds a release of the shipped submissions.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd

from tests import simulated_page
from warehouse.build.statistics.months import monthly
from warehouse.build.statistics.settings import MONTHS, MonthSettings
from warehouse.home import Home

SERIES = ["collection", "measure", "reporting_country", "citizenship"]
FIRST = 12
"""Months of a series before its replay begins."""


class Alert(NamedTuple):
    """An alert: where, of which kind, its first month, and the last month of the data that first told it."""

    collection: str
    country: str
    kind: str
    begin: str
    told: str
    months: int


def totals(home: Path) -> pd.DataFrame:
    """The monthly totals of a home's last build."""
    with duckdb.connect(Home(home).internal, read_only=True) as db:
        return db.execute(
            "SELECT * FROM core.monthly_points WHERE origin_class = '_T' AND citizenship = '_T' ORDER BY ALL"
        ).df()


def alerts_of(points: pd.DataFrame, settings: MonthSettings = MONTHS) -> dict[tuple[str, str], int]:
    """The alerts of one series by kind and first month, and how many months bear them."""
    out = monthly(points, series=SERIES, settings=settings)
    found: dict[tuple[str, str], int] = {}
    for row in out[out["alert"].notna()].to_dict("records"):
        for kind in row["alert"].split("+"):
            begin = {"growth": row["growth_from"], "surge": row["surge_from"]}.get(kind, row["period_start"])
            key = (kind, f"{begin:%Y-%m}")
            found[key] = found.get(key, 0) + 1
    return found


def replay(points: pd.DataFrame, settings: MonthSettings = MONTHS) -> list[Alert]:
    """The alerts of one series, each with the first truncation that has it; shifts may differ from one to the next."""
    days = sorted(points["period_start"].unique())
    last = alerts_of(points, settings)
    told: dict[tuple[str, str], str] = {}
    for day in days[FIRST:]:
        for key in alerts_of(points[points["period_start"] <= day], settings):
            told.setdefault(key, f"{day:%Y-%m}")
    first = points.iloc[0]
    return [
        Alert(first["collection"], first["reporting_country"], kind, begin, told[kind, begin], months)
        for (kind, begin), months in sorted(last.items(), key=lambda item: item[0][::-1])
        if (kind, begin) in told
    ]


@cache
def replays(home: Path, settings: MonthSettings = MONTHS) -> tuple[Alert, ...]:
    """The alerts of all monthly totals of a home."""
    points = totals(home)
    groups = points.groupby(["collection", "measure", "reporting_country"], sort=True)
    return tuple(alert for _, group in groups for alert in replay(group, settings))


def delay(alert: Alert) -> int:
    """Months from the first month of an alert to the last month of the data that told it."""
    begin, told = pd.Period(alert.begin, "M"), pd.Period(alert.told, "M")
    return int((told - begin).n)


def run_lengths(home: Path, settings: MonthSettings = MONTHS) -> list[tuple[str, int, int, str, str]]:
    """Of each monthly total: months replayed, growths told, months of data to one growth, and the longest delay."""
    told = [alert for alert in replays(home, settings) if alert.kind == "growth"]
    rows = []
    for collection, points in totals(home).groupby("collection", sort=True):
        delays = [delay(alert) for alert in told if alert.collection == collection]
        months = points["period_start"].nunique() - FIRST
        between = f"{months / len(delays):.0f}" if delays else "–"
        rows.append((str(collection), months, len(delays), between, str(max(delays, default="–"))))
    return rows


def vintages(home: Path) -> list[tuple[str, str, str]]:
    """The alerts of growth of each submission of a collection with three or more: collection, day, first months."""
    with duckdb.connect(Home(home).internal, read_only=True) as db:
        frame = db.execute("""
            SELECT collection, reporting_country, measure, period_start, known_from, sum(value_low) AS value
            FROM core.observations
            WHERE frequency = 'M' AND collection IN (
                SELECT collection FROM core.observations GROUP BY 1 HAVING count(DISTINCT known_from) >= 3)
            GROUP BY ALL ORDER BY ALL
        """).df()
    rows = []
    for (collection, day), group in frame.groupby(["collection", "known_from"], sort=True):
        points = group.assign(
            citizenship="_T",
            value_low=group["value"],
            value_high=group["value"],
            count_unit="event",
            is_doubted=False,
            break_id=None,
            year_starts=1,
            flag=None,
        )
        begins = sorted(begin for kind, begin in alerts_of(points) if kind == "growth")
        rows.append((str(collection), f"{day:%Y-%m-%d}", ", ".join(begins) or "–"))
    return rows


def tables(home: Path) -> str:
    """The tables of docs/trends.md."""
    lines = ["### Replay: alerts of the shipped series, truncated month by month", ""]
    lines += [
        "| series | country | alert | first month | told with the data of | delay, months | months that bear it |"
    ]
    lines += ["|---|---|---|---|---|--:|--:|"]
    lines += [
        f"| {a.collection} | {a.country} | {a.kind} | {a.begin} | {a.told} | {delay(a)} | {a.months} |"
        for a in replays(home)
    ]
    lines += [
        "",
        "### Replay: run length and delay of growth, by series",
        "",
        "| series | months replayed | growths told | months to a growth | longest delay, months |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [f"| {' | '.join(map(str, row))} |" for row in run_lengths(home)]
    lines += [
        "",
        "### Replay: growth in each submission of one collection",
        "",
        "| collection | received | first months |",
    ]
    lines += ["|---|---|---|", *(f"| {' | '.join(row)} |" for row in vintages(home))]
    return "\n".join(lines)


def rendered(page: str, home: Path) -> str:
    """The page with its tables made anew."""
    return simulated_page.rendered(page, "replayed months", tables(home))


if __name__ == "__main__":
    simulated_page.write(lambda page: rendered(page, Path(sys.argv[1]).resolve()))
