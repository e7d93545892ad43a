"""Words in cells of figures: not available is open and no zero, not applicable is none, marks give a flag."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.intake.judging.value_words import NOT_APPLICABLE, NOT_AVAILABLE, CellText, read_cell
from assets.intake.submission import receive
from schemas.cards.format_card import Values
from tests.conftest import accept, release
from tests.test_office_slips import BY_SEX, COLLECTION, Row, csv, home_of, tried
from warehouse.home.frames import read_frame

HEADER = "reporting_country,period,sex,value"
YEARS: list[Row] = [("GTM", 2022, "F", 31), ("GTM", 2022, "M", 14), ("GTM", 2023, "F", 28)]

CELLS = {
    **dict.fromkeys(["n/d", "N/D", "n. d.", "nd", "No disponible", "s/d", "sin datos", "N/A", "..", ":", "Not available"], CellText("", NOT_AVAILABLE)),
    **dict.fromkeys(["No aplica", "NO APLICA", "not applicable"], CellText("", NOT_APPLICABLE)),
    **dict.fromkeys(["cero", "Ninguna", "none"], CellText("0")),
    **dict.fromkeys(["31p", "31 (p)", "31 P", "31p/"], CellText("31", flag="provisional")),
    "31 (e)": CellText("31", flag="estimated"),
    **{text: CellText(text) for text in ("31", "", "p", "(p)", "NA", "-", "–", "doce", "x31", "3-7")},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(*case, id=case[0] or "blank") for case in CELLS.items()]
)
def test_usual_words_are_read_without_a_card(text: str, expected: CellText) -> None:
    cell = read_cell(text, Values())
    assert (cell.state, cell.flag) == (expected.state, expected.flag)
    assert cell.state or cell.number == expected.number


def test_a_card_decides_on_its_own_words_first() -> None:
    values = Values(words={"–": "zero", "NA": "not_applicable", "s/d": "zero"}, not_available=["n/d"])
    texts = ("–", "NA", "s/d", "n/d")
    assert [read_cell(text, values) for text in texts] == [
        CellText("0"), CellText("NA", NOT_APPLICABLE), CellText("0"), CellText("n/d"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rule", "observed"),
    [
        ("n/d", "value_not_available", None),
        ("No disponible", "value_not_available", None),
        ("..", "value_not_available", None),
        ("no aplica", "value_not_applicable", None),
        ("ninguno", None, (0, "A")),
        ("17 (p)", None, (17, "P")),
    ],
)
def test_a_word_is_accepted_and_no_zero(
    text: str, rule: str | None, observed: tuple[int, str] | None, tmp_path: Path
) -> None:
    home = home_of(tmp_path, BY_SEX)
    file = csv(tmp_path, HEADER, [*YEARS, ("GTM", 2023, "M", text)])
    outcome = tried(home, file)
    assert (outcome.status, outcome.rows["accepted"], outcome.rows["quarantined"]) == ("accepted", 4, 0)
    assert [(f.rule, f.cell) for f in outcome.findings] == ([(rule, "D5")] if rule else [])
    kept = receive(home, file, COLLECTION, date(2025, 3, 1))
    accept(home, kept)
    values = read_frame(home, kept.id, "observations")
    men = values[(values["sex"] == "M") & (values["period_start"].astype(str).str[:4] == "2023")]
    found = list(zip(men["value_low"], men["obs_status"], strict=True))
    assert found == ([observed] if observed else [])


@pytest.mark.slow
@pytest.mark.parametrize("absent_cell", ["zero", "not_reported"])
def test_what_is_not_available_leaves_the_sum_open(absent_cell: str, tmp_path: Path) -> None:
    """Also where the card says that an absent category is zero, or that the table is complete."""
    card = BY_SEX.replace("[[format]]", f'absent_cell = "{absent_cell}"\nexhaustive = ["sex"]\n[[format]]')
    home = home_of(tmp_path, card)
    file = csv(tmp_path, HEADER, [*YEARS, ("GTM", 2023, "M", "n/d")])
    accept(home, receive(home, file, COLLECTION, date(2025, 3, 1)))
    release(home)
    total = """SELECT year, value_low, value_high FROM baseline.indicator_values
        WHERE indicator = 'tip_victims_detected' AND reporting_country = 'GTM' AND sex = '_T' ORDER BY year"""
    with duckdb.connect(home.current, read_only=True) as db:
        before, last = db.execute(total).fetchall()
        men = db.execute(
            "SELECT * FROM core.current WHERE year = 2023 AND sex = 'M' AND value_high = 0"
        ).fetchall()
    assert before == (2022, 45, 45)
    assert last == (2023, 28, None)
    assert men == []
