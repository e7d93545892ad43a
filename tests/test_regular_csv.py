"""The two csv readers: where Arrow reads a file, Python's strict reader gives the same cells in the same rows."""

from __future__ import annotations

import bz2
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.intake.reading import limited_reading, reading, regular_csv
from assets.intake.reading.columns import Grid
from assets.intake.reading.sheets import Unreadable
from schemas.cards.card_file import File
from tests.conftest import SHARED

CELL = st.sampled_from(
    [
        "a",
        "b c",
        "1",
        "é",
        '"x"',
        '""',
        "",
        '"a,b"',
        '"a""b"',
        'x"y"',
        '"u',
        '"a\nb"',
        ' "x"',
        " ",
        "\x00",
        "\u2028",
    ]
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)
    ),
    st.lists(CELL, max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\n", "\n\n", "\r\n\r\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_both_readers_give_the_same_cells(
    rows: list[list[str]], odd: list[str], end: str, last: str, mark: str
) -> None:
    for table in (rows, [*rows, odd]):
        text = end.join(",".join(row) for row in table) + last
        try:
            grid = regular_csv.read(io.BytesIO((mark + text).encode()), ",")
        except regular_csv.Irregular:
            continue
        expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert [grid.row(number) for number in range(grid.rows)] == expected


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b\r\n1,\r\n\r\n", '"a","b"\n"1,5","2"\n'])
def test_a_file_without_faults_is_read_by_arrow(text: str) -> None:
    assert regular_csv.read(io.BytesIO(text.encode()), ",").rows >= 2


@pytest.mark.parametrize(
    "text", ["a,b\n1\n", "a,b\n\n1,2\n", 'a,b\n"1,2\n', "a\n1\n", f"a,b\n{'x' * 40_000},1\n"]
)
def test_any_other_file_is_left_to_the_careful_reader(text: str) -> None:
    with pytest.raises(regular_csv.Irregular):
        regular_csv.read(io.BytesIO(text.encode()), ",")


def test_another_encoding_is_read_as_it_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("año,país\n2020,México\n".encode("cp1252"))
    (sheet,) = reading.read_sheets(path, File(type="csv", encoding="cp1252"))
    assert sheet.rows == [["año", "país"], ["2020", "México"]]


PUBLISHERS_FILES = sorted(SHARED.glob("data/*.csv")) or [SHARED / "data"]
"""Where there are none, one that is skipped: a test of no case is an error."""


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("path", PUBLISHERS_FILES, ids=lambda path: path.name)
def test_publishers_files_are_the_same_to_both(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(type="csv", encoding="cp1252")
    first = reading.read_sheets(path, file)[0].grid
    monkeypatch.setattr(regular_csv, "read", _irregular)
    assert _cells(reading.read_sheets(path, file)[0].grid) == _cells(first)


def test_an_endless_cell_is_refused_whatever_another_library_allows(tmp_path: Path) -> None:
    """The csv module has one limit for the whole process: frictionless lifts it where it is imported."""
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1," + "x" * 40_000 + "\n", encoding="utf-8")
    before = csv.field_size_limit(1 << 30)
    try:
        with pytest.raises(Unreadable) as refused:
            reading.read_sheets(path, File(type="csv"))
    finally:
        csv.field_size_limit(before)
    assert (refused.value.finding.rule, refused.value.finding.source_row) == ("cell_too_long", 2)


def _irregular(*_: object) -> Grid:
    raise regular_csv.Irregular


def _cells(grid: Grid) -> list[list[str]]:
    return [grid.row(number) for number in range(grid.rows)]


@pytest.mark.slow
def test_a_packed_text_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search reads what is read next, and hands it on; a format of another form reads the file again."""
    path = tmp_path / "f.csv.bz2"
    path.write_bytes(bz2.compress(b"a,b\n1,2\n"))
    text = reading.search(path, {})
    assert text is not None
    assert text.text_form == (",", "utf-8")
    (again,) = reading.read_sheets(path, File(type="csv", compression="bz2", delimiter=";"), text=text)
    assert _cells(again.grid) == [["a,b"], ["1,2"]]
    monkeypatch.setattr(limited_reading, "ask", None)
    assert reading.read_sheets(path, File(type="csv", compression="bz2"), text=text) == [text]
