"""Real files, spoilt by hand in 132 ways: all but two are named. Honest changes raise no alarm.

The spoilt file comes after the shipped one is in force, as the publisher's next extract would.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

import openpyxl
import pytest

from assets.intake.processing import Outcome, check, process
from assets.intake.submission import receive
from warehouse.home import CARD, CHECKOUT, Home

pytestmark = pytest.mark.slow  # for its price alone

FILES = {
    "entries": "HND-INM/sex_age",
    "crossings": "PAN-SNM/darien_sex_age",
    "returns": "GTM-IGM/returns",
}
AFTER = date(2025, 8, 1)
Row = dict[str, str]
Rows = list[Row]
Spoil = Callable[[Rows], Rows]


@cache
def shipped(collection: str) -> tuple[Path, tuple[str, ...]]:
    """The shipped file, and its lines without remarks."""
    [path] = (CHECKOUT / "raw" / collection).glob("*/*.csv")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return path, tuple(lines)


def rows_of(collection: str) -> Rows:
    return list(csv.DictReader(io.StringIO("\n".join(shipped(collection)[1]))))


def text_of(rows: Rows, delimiter: str = ",", line_end: str = "\n") -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def new_home(root: Path, collection: str) -> Home:
    home = Home(root / "home")
    (home.raw / collection).mkdir(parents=True)
    shutil.copyfile(CHECKOUT / "raw" / collection / CARD, home.raw / collection / CARD)
    return home


def homes_of(files: dict[str, str], folders: pytest.TempPathFactory, received_on: date) -> dict[str, Home]:
    """For each file a home in which the shipped one is in force."""
    made = {}
    for name, collection in files.items():
        home = new_home(folders.mktemp(name), collection)
        path = home.root / "before.csv"
        path.write_text(text_of(rows_of(collection)), encoding="utf-8")
        outcome = process(home, receive(home, path, collection, received_on))
        assert outcome.status == "accepted", (name, [f.rule for f in outcome.all_findings])
        made[name] = home
    return made


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    return homes_of(FILES, tmp_path_factory, date(2025, 6, 30))


# ---- the spoilings ----------------------------------------------------------------------------------


_periods: tuple[Rows, list[str]] = [], []


def last(rows: Rows, count: int = 1) -> list[str]:
    """The last periods. Those of a list are collected once: spoilings ask of each of its rows, and change none."""
    global _periods
    if _periods[0] is not rows:
        _periods = rows, sorted({row["period"] for row in rows})
    return _periods[1][-count:]


def with_values(rows: Rows, change: Callable[[Row], object], where: Callable[[Row], bool]) -> Rows:
    return [{**row, "value": str(change(row))} if where(row) else row for row in rows]


def times(factor: float, periods: int) -> Spoil:
    def spoil(rows: Rows) -> Rows:
        chosen = last(rows, periods)
        return with_values(rows, lambda r: round(int(r["value"]) * factor), lambda r: r["period"] in chosen)

    return spoil


def text_in(position: int, change: Callable[[str], str]) -> Spoil:
    def spoil(rows: Rows) -> Rows:
        rows = [dict(row) for row in rows]
        rows[position]["value"] = change(rows[position]["value"])
        return rows

    return spoil


def shifted(period: str, months: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:7]) - 1 + months
    return f"{number // 12}-{number % 12 + 1:02d}"


def key_of(row: Row) -> tuple[str, ...]:
    return tuple(text for name, text in row.items() if name not in ("period", "value"))


def copied(lag: int, *, as_next: bool) -> Spoil:
    """The last month, or a next one, holds the values of an earlier one."""

    def spoil(rows: Rows) -> Rows:
        [end] = last(rows)
        target = shifted(end, 1) if as_next else end
        source = [{**row, "period": target} for row in rows if row["period"] == shifted(target, -lag)]
        return [row for row in rows if row["period"] != target] + source

    return spoil


def to_date(rows: Rows) -> Rows:
    """In the last whole year each month holds the sum since January."""
    year = str(int(last(rows)[0][:4]) - 1)
    sums: dict[tuple[str, ...], int] = {}
    result = []
    for row in sorted(rows, key=lambda r: r["period"]):
        if row["period"].startswith(year):
            sums[key_of(row)] = sums.get(key_of(row), 0) + int(row["value"])
            row = {**row, "value": str(sums[key_of(row)])}
        result.append(row)
    return result


def without(where: Callable[[Row, Rows], bool]) -> Spoil:
    return lambda rows: [row for row in rows if not where(row, rows)]


def sexes_exchanged(rows: Rows) -> Rows:
    other = {"F": "M", "M": "F"}
    year = last(rows)[0][:4]
    return [
        {**row, "sex": other.get(row["sex"], row["sex"])} if row["period"][:4] == year else row
        for row in rows
    ]


def months_exchanged(rows: Rows) -> Rows:
    first, second = last(rows, 4)[0], last(rows)[0]
    other = {first: second, second: first}
    return [{**row, "period": other.get(row["period"], row["period"])} for row in rows]


def sorted_values(rows: Rows) -> Rows:
    values = sorted((row["value"] for row in rows), key=int)
    return [{**row, "value": value} for row, value in zip(rows, values, strict=True)]


def in_percent(rows: Rows) -> Rows:
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["period"]] = totals.get(row["period"], 0) + int(row["value"])
    return with_values(
        rows, lambda r: round(100 * int(r["value"]) / max(1, totals[r["period"]])), lambda r: True
    )


def gone_here_and_there(rows: Rows) -> Rows:
    return [row for n, row in enumerate(rows) if n % 23 or int(row["value"]) < 10]


def with_year_row(rows: Rows) -> Rows:
    year = str(int(last(rows)[0][:4]) - 1)
    total = sum(int(row["value"]) for row in rows if row["period"].startswith(year))
    return [*rows, {**rows[-1], "period": year, "value": str(total)}]


def relabelled(rows: Rows) -> Rows:
    """The last whole year bears the name of the year before."""
    year = int(last(rows)[0][:4]) - 1
    kept = [row for row in rows if row["period"][:4] != str(year - 1)]
    return [
        {**r, "period": f"{year - 1}{r['period'][4:]}"} if r["period"][:4] == str(year) else r for r in kept
    ]


def column(name: str, text: str, periods: int | None = None) -> Spoil:
    def spoil(rows: Rows) -> Rows:
        chosen = last(rows, periods) if periods else {row["period"] for row in rows}
        return [{**row, name: text} if row["period"] in chosen else row for row in rows]

    return spoil


LARGEST = -2
SPOILINGS: dict[str, Spoil] = {
    "the last month ten times": times(10, 1),
    "the last year ten times": times(10, 12),
    "the last month in thousands": times(1 / 1000, 1),
    "everything in thousands": times(1 / 1000, 999),
    "everything in hundreds": times(1 / 100, 999),
    "all ten times": times(10, 999),
    "the last month is the one before": copied(1, as_next=False),
    "the last month is that of the year before": copied(12, as_next=False),
    "the next month is the one before": copied(1, as_next=True),
    "the next month is that of the year before": copied(12, as_next=True),
    "sums to date": to_date,
    "sexes exchanged in a year": sexes_exchanged,
    "two months exchanged": months_exchanged,
    "a sorted column": sorted_values,
    "percentages": in_percent,
    "rows gone here and there": gone_here_and_there,
    "a row of a year among months": with_year_row,
    "a year under the name of the one before": relabelled,
    "no men in the last year": without(lambda r, rows: r["sex"] == "M" and r["period"] in last(rows, 12)),
    "no women at all": without(lambda r, rows: r["sex"] == "F"),
    "a month forgotten": without(lambda r, rows: r["period"] == last(rows, 8)[0]),
    "a year forgotten": without(lambda r, rows: r["period"][:4] == str(int(last(rows)[0][:4]) - 1)),
    "the last half year missing": without(lambda r, rows: r["period"] in last(rows, 6)),
    "the first half of the file only": lambda rows: rows[: len(rows) // 2],
    "a month later": lambda rows: [{**r, "period": shifted(r["period"], 1)} for r in rows],
    "a year earlier": lambda rows: [{**r, "period": shifted(r["period"], -12)} for r in rows],
    "zeros in the last quarter": times(0, 3),
    "one value in all of a year": lambda rows: with_values(
        rows, lambda r: 77, lambda r: r["period"] in last(rows, 12)
    ),
    "blank values in the last month": lambda rows: with_values(
        rows, lambda r: "", lambda r: r["period"] in last(rows)
    ),
    "a row twice": lambda rows: [*rows, rows[LARGEST]],
    "a row twice with another value": lambda rows: [*rows, {**rows[LARGEST], "value": "3"}],
    "another country in the last year": column("reporting_country", "SLV", 12),
    "another country in all years": column("reporting_country", "SLV"),
    "another measure in the last year": column("measure", "encounters", 12),
    "a sex that nobody knows": column("sex", "Mujr", 1),
    "a period that is none": column("period", "2025-13", 1),
    "a thousands mark": text_in(LARGEST, lambda text: "1.204"),
    "a comma of thousands": text_in(LARGEST, lambda text: "1,204"),
    "a letter O": text_in(LARGEST, lambda text: f"{text}O"),
    "a negative number": text_in(LARGEST, lambda text: f"-{text}"),
    "a decimal": text_in(LARGEST, lambda text: f"{text}.5"),
    "a percent sign": text_in(LARGEST, lambda text: f"{text}%"),
    "two numbers in a cell": text_in(LARGEST, lambda text: f"{text} {text}"),
    "a dash": text_in(LARGEST, lambda text: "-"),
}


@dataclass(frozen=True)
class Spoilt:
    """A spoiling of a file."""

    file: str
    name: str


CASES = [Spoilt(file, name) for file in FILES for name in SPOILINGS]
TOO_SMALL = {
    Spoilt("crossings", "the last month is the one before"),
    Spoilt("crossings", "the next month is the one before"),
}
"""Four values of a few persons: equal by chance too often to be asked about. Nothing is said of them."""


def parameter(case: Spoilt) -> object:
    marks = [pytest.mark.xfail(strict=True, reason="too small")] if case in TOO_SMALL else []
    return pytest.param(case, id=f"{case.file}: {case.name}", marks=marks)


def is_silent(outcome: Outcome) -> bool:
    """True if the file would be accepted as a whole and nothing is said of it."""
    return outcome.is_clean and not outcome.all_findings


@pytest.mark.parametrize("spoilt", [parameter(case) for case in CASES])
def test_no_spoilt_file_passes_in_silence(spoilt: Spoilt, homes: dict[str, Home], tmp_path: Path) -> None:
    collection = FILES[spoilt.file]
    rows = SPOILINGS[spoilt.name](rows_of(collection))
    path = tmp_path / "next.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    assert not is_silent(check(homes[spoilt.file], path, collection, AFTER))


# ---- honest changes ---------------------------------------------------------------------------------


def shuffled(rows: Rows) -> Rows:
    rows = list(rows)
    random.Random(7).shuffle(rows)
    return rows


def as_text(path: Path, rows: Rows, encoding: str = "utf-8", **layout: str) -> None:
    path.write_bytes(text_of(rows, **layout).encode(encoding))


def as_workbook(path: Path, rows: Rows) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(list(rows[0]))
    for row in rows:
        workbook.active.append([int(text) if name == "value" else text for name, text in row.items()])
    workbook.save(path)


HONEST: dict[str, tuple[str, Callable[[Path, Rows], None], Spoil]] = {
    "as it is, with a remark": ("csv", as_text, list),
    "in another order": ("csv", as_text, shuffled),
    "with semicolons": ("csv", partial(as_text, delimiter=";"), list),
    "with tabs": ("csv", partial(as_text, delimiter="\t"), list),
    "in Windows' encoding and line ends": ("csv", partial(as_text, encoding="cp1252", line_end="\r\n"), list),
    "with the mark of UTF-8": ("csv", partial(as_text, encoding="utf-8-sig"), list),
    "in a workbook": ("xlsx", as_workbook, list),
    "its last years only, in an empty home": ("csv", as_text, lambda rows: [r for r in rows if r["period"] in last(rows, 30)]),
}  # fmt: skip


STEADY = ("entries", "returns")
"""Files without a break of level in their last months: the crossings fell from thousands to tens in 2025, which is asked."""
UNDISTURBED = [(name, file) for name in HONEST for file in (STEADY if "empty home" not in name else FILES)]


@pytest.mark.parametrize(("name", "file"), UNDISTURBED)
def test_an_honest_file_raises_no_alarm(name: str, file: str, tmp_path: Path) -> None:
    """The file without its newest months is in force before; before the cut file nothing is."""
    ending, write, change = HONEST[name]
    collection = FILES[file]
    home, rows = new_home(tmp_path, collection), rows_of(collection)
    if "empty home" not in name:
        before = tmp_path / "before.csv"
        as_text(before, [row for row in rows if row["period"] not in last(rows, 3)])
        assert process(home, receive(home, before, collection, date(2025, 3, 1))).status == "accepted"
    path = tmp_path / f"next.{ending}"
    write(path, change(rows))
    outcome = check(home, path, collection, AFTER)
    assert (outcome.status, [f.rule for f in outcome.all_findings]) == ("accepted", [])
