"""The transcription of the Trafficking in Persons Reports, as one file a report: what the reports up to it say.

Of each country, year, measure and part the latest report counts. A value of "at least" is open above.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

COLLECTION = "USA-DOS/tip_report"
TRANSCRIBED = "usa_state_tip_figures_2004-2024.csv"
COLUMNS = ("country", "reference_year", "report_year", "measure", "dimension", "value", "qualifier")
KEY = ("country", "reference_year", "measure", "dimension")


def transcribed(data: Path) -> list[dict[str, str]]:
    """The figures as they were transcribed."""
    with (data / TRANSCRIBED).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said_by(figures: list[dict[str, str]], report_year: int) -> list[dict[str, str]]:
    """The figures of the reports up to a year, the latest of each key."""
    latest: dict[tuple[str, ...], dict[str, str]] = {}
    for row in sorted(figures, key=lambda row: int(row["report_year"])):
        if int(row["report_year"]) <= report_year:
            latest[tuple(row[name] for name in KEY)] = row
    return [latest[key] for key in sorted(latest)]


def files(data: Path, folder: Path) -> Iterator[tuple[str, Path, date]]:
    """Each report's file, written into a folder; the day is the last of its year, for no day is transcribed."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = transcribed(data)
    for year in sorted({int(row["report_year"]) for row in figures}):
        file = folder / f"usa_dos_tip_report_{year}.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(row | {"value": _open(row)} for row in said_by(figures, year))
        yield COLLECTION, file, date(year, 12, 31)


def _open(row: dict[str, str]) -> str:
    return row["value"] + ("-" if row["qualifier"] == "at_least" else "")
