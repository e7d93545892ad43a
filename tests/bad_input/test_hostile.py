"""A hostile folder: whatever the bytes are, there is an outcome or a refusal, and no row is lost."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.intake.judging.decoding import parse_value
from assets.intake.processing import Outcome, check
from assets.intake.submission import RefusedFile
from schemas.cards.format_card import Values
from tests.bad_input import build
from tests.bad_input.cases import WORKBOOK

FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=500, deadline=None)


def tried(content: bytes, card: str = build.BASE, name: str = "datos.csv") -> Outcome | None:
    """The outcome, or None for a refusal. Anything else that is raised fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        home = build.home(Path(folder) / "home", card)
        path = build.write(Path(folder) / "in", content, name)
        try:
            return check(home, path, build.COLLECTION, build.RECEIVED)
        except RefusedFile:
            return None


def assert_sound(outcome: Outcome | None, rows: int | None = None) -> None:
    """No step broke; a file that is not clean says why; every row has one fate."""
    if outcome is None:
        return
    assert "step_failed" not in {f.rule for f in outcome.findings}
    assert outcome.is_clean or outcome.findings
    assert all(f.message(lang) for f in outcome.findings for lang in ("es", "en"))
    if rows is not None:
        assert sum(outcome.rows.values()) == rows


@pytest.mark.slow
@FEW
@given(st.binary(max_size=400))
def test_any_bytes_have_an_outcome(content: bytes) -> None:
    assert_sound(tried(content))


CELL = st.one_of(
    st.sampled_from(
        ["GTM", "2020", "Honduras", "Mujeres", "registro", "Trata de personas", "7", "", " ", "M", "H"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12),
)
ROW = st.lists(CELL, min_size=0, max_size=12)


@pytest.mark.slow
@FEW
@given(st.lists(ROW, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_rows_under_the_right_header_have_one_fate_each(rows: list[list[str]], end: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(build.HEADER.split(","))
    writer.writerows(rows)
    outcome = tried(text.getvalue().encode())
    assert_sound(outcome, len(rows))


@pytest.mark.slow
@FEW
@given(st.lists(st.tuples(st.integers(2, 6), st.integers(0, 9), CELL), min_size=1, max_size=5))
def test_any_cells_in_place_of_good_ones_lose_no_row(changes: list[tuple[int, int, str]]) -> None:
    table = [line.split(",") for line in (build.HEADER, *build.LINES)]
    for row, column, text in changes:
        table[row - 1][column] = text
    content = io.StringIO()
    csv.writer(content).writerows(table)
    assert_sound(tried(content.getvalue().encode()), 5)


@pytest.mark.parametrize("seed", range(25))
def test_a_workbook_with_broken_bytes_has_an_outcome(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(build.workbook())
    for _ in range(chance.choice([1, 3, 20, 200])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    cut = chance.choice([len(content), chance.randrange(len(content))])
    assert_sound(tried(bytes(content[:cut]), WORKBOOK, "datos.xlsx"))


MARKS = [
    Values(),
    Values(thousands=","),
    Values(thousands=".", decimal=","),
    Values(thousands=".", ranges="-"),
]


@MANY
@given(st.text("0123456789.,-+ e٣\u00a0<x", max_size=9), st.sampled_from(MARKS))
def test_a_text_is_read_as_a_number_only_if_it_means_that_number(text: str, values: Values) -> None:
    """Written again by the card's marks, the number gives the text back, but for zeros that say nothing."""
    low, high = parse_value(text, values)
    if low != low or (values.ranges and values.ranges in text.strip()[1:]):
        return
    assert low == high
    plain = text.strip().removeprefix("-")
    whole, _, decimals = (
        plain.partition(values.decimal) if values.thousands != values.decimal else (plain, "", "")
    )
    digits = whole.replace(values.thousands, "") if values.thousands else whole
    if values.thousands and values.thousands in whole:
        assert f"{int(digits):,}".replace(",", values.thousands) == whole.lstrip("0" + values.thousands) or (
            whole.startswith("0")
        )
    assert abs(low) == float(f"{digits}.{decimals or 0}")
    assert (low < 0) <= text.strip().startswith("-")


@pytest.mark.slow
def test_a_file_of_a_later_day_may_speak_of_that_day(tmp_path: Path) -> None:
    """The day of receipt, not today, decides what lies in the future."""
    home = build.home(tmp_path / "home")
    path = build.write(tmp_path / "in", build.with_cell(3, "periodo", "2023"))
    assert check(home, path, build.COLLECTION, date(2023, 1, 1)).is_clean
    assert not check(home, path, build.COLLECTION, date(2022, 12, 31)).is_clean
