"""Shipped tables of nationalities, spoilt by hand in 108 more ways: none passes in silence. Honest ones raise no alarm.

As in test_real_files_spoilt.py, the spoilt file comes after the shipped one is in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.intake.processing import check
from tests.test_real_files_spoilt import (
    AFTER,
    Row,
    Rows,
    as_text,
    as_workbook,
    homes_of,
    is_silent,
    last,
    rows_of,
    shifted,
    text_of,
    times,
)
from warehouse.home import Home

pytestmark = pytest.mark.slow  # for its price alone

FILES = {
    "entries": "HND-INM/nationality",
    "crossings": "PAN-SNM/darien_nationality",
    "encounters": "USA-CBP/encounters",
    "returns": "MEX-UPMRIP/returns",
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    return homes_of(FILES, tmp_path_factory, AFTER.replace(month=7))


def largest(rows: Rows, months: int = 12) -> list[str]:
    """The nationalities of the last months, the most frequent first."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row["period"] in last(rows, months):
            counts[row["citizenship"]] += int(row["value"] or 0)
    return [code for code, _ in counts.most_common()]


def named(change: Callable[[str, list[str]], str], months: int) -> Callable[[Rows], Rows]:
    """Another nationality in each row of the last months."""

    def spoil(rows: Rows) -> Rows:
        order, periods = largest(rows), last(rows, months)
        return [
            {**row, "citizenship": change(row["citizenship"], order)} if row["period"] in periods else row
            for row in rows
        ]

    return spoil


def exchanged(code: str, order: list[str]) -> str:
    return {order[0]: order[1], order[1]: order[0]}.get(code, code)


def valued(change: Callable[[Row, int], str], months: int) -> Callable[[Rows], Rows]:
    """Another text as the value of each row of the last months."""

    def spoil(rows: Rows) -> Rows:
        periods = last(rows, months)
        return [{**r, "value": change(r, n)} if r["period"] in periods else r for n, r in enumerate(rows)]

    return spoil


def without_largest(months: int) -> Callable[[Rows], Rows]:
    def spoil(rows: Rows) -> Rows:
        code, periods = largest(rows)[0], last(rows, months)
        return [r for r in rows if not (r["citizenship"] == code and r["period"] in periods)]

    return spoil


def with_sums(label: str, months: int) -> Callable[[Rows], Rows]:
    """A row with the sum of the others of its table, in each of the last months."""

    def spoil(rows: Rows) -> Rows:
        sums: dict[tuple[str, ...], Row] = {}
        for row in (row for row in rows if row["period"] in last(rows, months)):
            key = tuple(text for name, text in row.items() if name not in ("citizenship", "value"))
            before = int(sums[key]["value"]) if key in sums else 0
            sums[key] = {**row, "citizenship": label, "value": str(before + int(row["value"]))}
        return [*rows, *sums.values()]

    return spoil


def next_row_s_value(rows: Rows) -> Rows:
    """In the last month each value stands one row too high."""
    [end] = last(rows)
    own = [n for n, row in enumerate(rows) if row["period"] == end]
    values = [rows[n]["value"] for n in own]
    moved = dict(zip(own, values[1:] + values[:1], strict=True))
    return [{**row, "value": moved.get(n, row["value"])} for n, row in enumerate(rows)]


def running(rows: Rows) -> Rows:
    """Each value holds the sum of all months until then."""
    sums: Counter[str] = Counter()
    result = []
    for row in sorted(rows, key=lambda r: r["period"]):
        key = " ".join(text for name, text in row.items() if name not in ("period", "value"))
        sums[key] += int(row["value"])
        result.append({**row, "value": str(sums[key])})
    return result


def last_again(rows: Rows) -> Rows:
    """The rows of the last month are there twice."""
    return [*rows, *(row for row in rows if row["period"] in last(rows))]


def unknown_half(rows: Rows) -> Rows:
    """Every other nationality of the last year is not known any more."""
    order = largest(rows)
    gone = set(order[::2])
    periods = last(rows, 12)
    return [
        {**r, "citizenship": "XXX"} if r["citizenship"] in gone and r["period"] in periods else r
        for r in rows
    ]


SPOILINGS: dict[str, Callable[[Rows], Rows]] = {
    "the two largest exchanged in a year": named(exchanged, 12),
    "the two largest exchanged in half a year": named(exchanged, 6),
    "the largest missing in a year": without_largest(12),
    "the largest missing in four months": without_largest(4),
    "a sum as Total in the last month": with_sums("Total", 1),
    "a sum as Otros in the last year": with_sums("Otros", 12),
    "a sum as Mundo in the last quarter": with_sums("Mundo", 3),
    "a sum as Suma general in all years": with_sums("Suma general", 999),
    "values a row too high": next_row_s_value,
    "running sums": running,
    "the last month twice": last_again,
    "the file twice": lambda rows: [*rows, *rows],
    "half of the last year unknown": unknown_half,
    "the last month a tenth": times(0.1, 1),
    "the last month five times": times(5, 1),
    "the last year zero": times(0, 12),
    "all of the last month equal": valued(lambda row, n: "41", 1),
    "numbers of rows": valued(lambda row, n: str(n), 12),
    "the year as value": valued(lambda row, n: row["period"][:4], 12),
    "blanks between digits": valued(lambda row, n: " ".join(row["value"]) if len(row["value"]) > 1 else "1 0", 1),
    "an apostrophe before numbers": valued(lambda row, n: f"'{row['value']}", 1),
    "n. d.": valued(lambda row, n: "n. d.", 1),
    "a formula": valued(lambda row, n: "=SUM(E2:E9)", 1),
    "days of a spreadsheet": lambda rows: [{**r, "period": "45809"} if r["period"] in last(rows) else r for r in rows],
    "a year to come": lambda rows: [{**r, "period": shifted(r["period"], 24)} if r["period"] in last(rows) else r for r in rows],
    "country and nationality exchanged": lambda rows: [
        {**r, "citizenship": r["reporting_country"], "reporting_country": r["citizenship"]}
        if r["period"] in last(rows, 3)
        else r
        for r in rows
    ],
    "Congo": named(lambda code, order: "Congo" if code == order[2] else code, 2),
}  # fmt: skip
CASES = [(file, name) for file in FILES for name in SPOILINGS]


@pytest.mark.parametrize(("file", "name"), [pytest.param(*case, id=": ".join(case)) for case in CASES])
def test_none_of_a_hundred_more_passes_in_silence(
    file: str, name: str, homes: dict[str, Home], tmp_path: Path
) -> None:
    rows = SPOILINGS[name](rows_of(FILES[file]))
    path = tmp_path / "next.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    assert not is_silent(check(homes[file], path, FILES[file], AFTER))


@pytest.mark.parametrize("file", ["encounters", "returns"])
@pytest.mark.parametrize("write", [as_text, as_workbook])
def test_the_same_file_again_or_as_a_workbook_raises_no_alarm(
    write: Callable[[Path, Rows], None], file: str, homes: dict[str, Home], tmp_path: Path
) -> None:
    path = tmp_path / ("next.xlsx" if write is as_workbook else "next.csv")
    rows = rows_of(FILES[file])
    write(path, rows[::-1])
    outcome = check(homes[file], path, FILES[file], AFTER)
    assert (outcome.status, [f.rule for f in outcome.all_findings]) == ("accepted", [])
