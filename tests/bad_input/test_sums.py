"""Rows that repeat a key, and rows that sum others: added up only where the card says so, whole groups only."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from tests.bad_input import build
from warehouse.home import Home
from warehouse.home.frames import read_frame

SUMS = """
[[format.duplicates]]
where = { nacionalidad = ["Honduras", "Honduras (otros)"] }
do = "sum"
reason = "two offices count apart"
"""
LABEL = (
    'nacionalidad = { role = "citizenship", codes = "any" }',
    'nacionalidad = { role = "citizenship", codes = "any", map = { "Honduras (otros)" = "HND" } }',
)
CARD = build.card(LABEL, build.NO_TOTALS, more=SUMS)
NO_LABEL = build.card(build.NO_TOTALS, more=SUMS)
ROW = build.LINES[0]


def processed(folder: Path, *lines: str, card: str = CARD) -> tuple[Home, Outcome]:
    home = build.home(folder / "home", card)
    path = build.write(folder / "in", build.file(*lines))
    return home, process(home, receive(home, path, build.COLLECTION, build.RECEIVED))


def with_value(value: str, nationality: str = "Honduras", line: str = ROW) -> str:
    return line.rsplit(",", 1)[0].replace("Honduras", nationality) + f",{value}"


@pytest.mark.statistics("2", "one class of two labels")
@pytest.mark.parametrize(
    ("values", "low", "high"),
    [(("7", "8"), 15, 15), (("7", "7"), 14, 14), (("7", "<5"), 7, 11), (("7", "5-"), 12, None)],
)
def test_rows_that_a_card_sums_are_each_accepted_and_are_one_figure(
    values: tuple[str, str], low: float, high: float | None, tmp_path: Path
) -> None:
    lines = [with_value(values[0]), with_value(values[1], "Honduras (otros)"), build.LINES[1]]
    home, outcome = processed(tmp_path, *lines)
    assert (outcome.findings, outcome.rows["accepted"]) == ([], 3)
    figures = read_frame(home, outcome.submission, "observations").set_index("citizenship")
    assert figures.loc["HND", "value_low"] == low
    assert figures.loc["HND", "value_high"] == high or (
        high is None and figures.loc["HND"].isna()["value_high"]
    )


def test_a_group_is_not_summed_where_one_of_its_rows_is_not_named(tmp_path: Path) -> None:
    lines = [with_value("7"), with_value("8"), with_value("9", "hondureña"), build.LINES[1]]
    _, outcome = processed(tmp_path, *lines, card=NO_LABEL)
    found = sorted((f.rule, f.source_row) for f in outcome.findings)
    assert found == [("duplicate_key", 2), ("duplicate_key", 3), ("duplicate_key", 4)]
    assert (outcome.rows["accepted"], outcome.rows["quarantined"]) == (1, 3)


@pytest.mark.statistics("2", "different repeats")
def test_without_the_card_s_word_nothing_is_summed(tmp_path: Path) -> None:
    lines = [with_value("7"), with_value("8"), *build.LINES[1:3]]
    _, outcome = processed(tmp_path, *lines, card=build.card(build.NO_TOTALS))
    assert {f.rule for f in outcome.findings} == {"duplicate_key"}
    assert outcome.rows["quarantined"] == 2


TOTAL = build.LINES[3]


@pytest.mark.parametrize(
    ("parts", "total", "differs"),
    [
        (("7", "2"), "9", False),
        (("7", "2"), "8", True),
        (("7", "<5"), "11", False),
        (("7", "<5"), "12", True),
        (("7", "5-"), "99", False),
        (("7", "5-"), "11", True),
        (("7", "2"), "8-", False),
        (("7", "2"), "", True),
    ],
)
def test_a_total_is_held_against_the_interval_of_its_parts(
    parts: tuple[str, str], total: str, differs: bool, tmp_path: Path
) -> None:
    year = TOTAL.replace("TOTAL", "Honduras")
    lines = [
        with_value(parts[0], line=year),
        with_value(parts[1], "Cuba", line=year),
        with_value(total, line=TOTAL),
    ]
    _, outcome = processed(tmp_path, *lines, card=build.BASE)
    assert [f.rule for f in outcome.findings] == ["total_differs"] * differs
    assert (outcome.rows["accepted"], outcome.rows["check_only"]) == (2, 1)
