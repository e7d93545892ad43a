"""Warnings on values and periods: said where something is odd, silent where real figures merely are uneven."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.intake.judging.dating import possible_days
from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from tests.bad_input import build
from tests.bad_input.cases import CASES, MONTHLY, content
from warehouse.home import Home
from warehouse.home.frames import read_frame


def sent(folder: Path, what: str | bytes, card: str = build.BASE) -> tuple[Home, Outcome]:
    home = build.home(folder / "home", card)
    return home, process(home, receive(home, build.write(folder, what), build.COLLECTION, build.RECEIVED))


def rules_of(outcome: Outcome) -> list[str]:
    return [f.rule for f in outcome.findings]


SUSPECTS = ("value_equals_year", "value_ends_in_year", "value_out_of_proportion")


@pytest.mark.statistics("2", "year as value")
@pytest.mark.parametrize("rule", SUSPECTS)
def test_a_suspect_value_is_flagged_and_no_other(rule: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == rule)
    home, outcome = sent(tmp_path, content(case.bad), case.card)
    flags = read_frame(home, outcome.submission, "observations").set_index("value_text")["flag"].dropna()
    assert flags.to_dict() == {case.at[0].value: "suspect_value"}


@pytest.mark.parametrize(
    ("values", "suspect"),
    [
        ((41, 38, 44000), True),
        ((41, 38, 4400), True),
        ((44000, 41, 38), True),
        ((0, 0, 1200), True),
        ((41, 38, 3700), False),
        ((2, 3, 900), False),
        ((41, 4000, 44000), False),
        ((41, 44000, 44000), False),
        ((41, 44000), False),
        (("5-", 41, 44000), False),
        ((41, 38, "44000-"), False),
    ],
    ids=str,
)
def test_growth_that_other_values_lead_up_to_is_no_slip(values: tuple, suspect: bool, tmp_path: Path) -> None:
    rows = [f"victims_detected {2015 + n} _T {value}" for n, value in enumerate(values)]
    _, outcome = sent(tmp_path, build.template(*rows))
    assert rules_of(outcome) == ["value_out_of_proportion"] * suspect


@pytest.mark.statistics("2", "year as value")
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("2020", "value_equals_year"),
        ("2019", "value_equals_year"),
        ("2021", "value_equals_year"),
        ("2018", None),
        ("2022", None),
        ("12020", "value_ends_in_year"),
        ("32020", "value_ends_in_year"),
        ("6112019", "value_ends_in_year"),
        ("12018", None),
        ("20200", None),
        ("2020-", None),
    ],
)
def test_a_value_is_a_year_or_ends_in_one(value: str, rule: str | None, tmp_path: Path) -> None:
    """2,020 in 2020 (UNODC, Pakistan) and 2,020 in 2021 (Dominican Republic, no label): the form's own year."""
    _, outcome = sent(tmp_path, build.template(f"victims_detected 2020 _T {value}"))
    assert rules_of(outcome) == ([rule] if rule else [])


def test_a_fiscal_year_has_two_years(tmp_path: Path) -> None:
    """Fiscal 2020 from October: its form says 2020, its period starts in 2019."""
    card = build.card(('frequency = "A"', 'frequency = "A"\nyear_starts = 10'))
    _, outcome = sent(tmp_path, build.template("victims_detected 2020 _T 2020"), card)
    assert rules_of(outcome) == ["value_equals_year"]


@pytest.mark.statistics("2", "breakdown above total")
@pytest.mark.parametrize(
    ("rows", "above"),
    [
        (["_T _T 10", "F Y0T17 6", "M Y0T17 5"], ["age_group+sex 11"]),
        (["_T _T 10", "F Y0T17 6", "M Y0T17 4"], []),
        (["_T _T 10", "F Y0T17 6", "M Y0T17 4-9"], []),
        (["_T _T 10", "_T Y0T17 10", "_T Y0T11 4", "_T Y12T17 6"], []),
        (["_T _T 10", "_T Y0T17 6", "_T Y0T11 2", "_T Y12T17 4", "_T Y_GE18 5"], ["age_group 11"]),
        (["_T _T 10", "_T Y0T11 5", "_T Y12T17 6"], ["age_group 11"]),
    ],
)
def test_a_table_of_any_dimensions_is_held_against_its_total(
    rows: list[str], above: list[str], tmp_path: Path
) -> None:
    """A group sent with its subgroups is counted once."""
    figures = [f"victims_detected 2020 {row}" for row in rows]
    _, outcome = sent(tmp_path, build.template(*figures, columns="sex age_group"))
    found = [f for f in outcome.findings if f.rule == "breakdown_above_total"]
    assert [f"{f.column_name.split(' · ')[-1]} {f.value}" for f in found] == above


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12/31/2020", ["2020-12-31"]),
        ("31.12.2020", ["2020-12-31"]),
        ("03/04/2020", ["2020-03-04", "2020-04-03"]),
        ("43831", ["2020-01-01"]),
        ("13/13/2020", []),
        ("31/02/2020", []),
        ("2020", []),
        ("99999", []),
        ("1 de enero", []),
    ],
)
def test_what_day_a_text_may_mean_is_shown_and_never_applied(
    text: str, days: list[str], tmp_path: Path
) -> None:
    assert possible_days(text) == days
    if text != "2020":
        _, outcome = sent(tmp_path, build.with_cell(3, "periodo", text))
        assert [(f.rule, f.suggestion) for f in outcome.findings] == [
            ("unreadable_period", ", ".join(days) or None)
        ]
        assert outcome.rows["quarantined"] == 1


def test_a_frequency_that_the_card_tells_of_is_no_change(tmp_path: Path) -> None:
    told = '{ role = "period", periods = [{ frequency = "A", until = "2019-12-31" }, { frequency = "M" }] }'
    card = build.card(('periodo = { role = "period" }', f"periodo = {told}"), build.NO_TOTALS)
    lines = [build.LINES[0].replace("2020", period) for period in ("2019", "2020-01", "2020-02")]
    assert rules_of(sent(tmp_path, build.file(*lines), card)[1]) == []


def test_each_country_has_its_own_missing_months(tmp_path: Path) -> None:
    rows = [f"victims_detected 2020-{month:02} _T 3" for month in (1, 2, 3, 12)]
    other = build.template(*rows[:3]).replace("GTM", "HND").partition("\n")[2]
    _, outcome = sent(tmp_path, build.template(*rows) + other, MONTHLY)
    found = [(f.rule, f.column_name, f.value) for f in outcome.findings]
    missing = ", ".join(f"2020-{month:02}" for month in range(4, 12))
    assert found == [("periods_missing", "GTM · victims_detected", missing)]


def test_a_quarter_stands_beside_its_months(tmp_path: Path) -> None:
    rows = ["victims_detected 2020-Q1 _T 9", "victims_detected 2020-02 _T 3", "victims_detected 2020-04 _T 3"]
    _, outcome = sent(tmp_path, build.template(*rows), MONTHLY)
    found = [(f.value, f.expected) for f in outcome.findings if f.rule == "overlapping_periods"]
    assert found == [("2020-Q1", "2020-02")]


def test_small_numbers_are_equal_by_chance(tmp_path: Path) -> None:
    rows = [
        "victims_detected 2020 _O 9",
        "victims_detected 2020 _U 9",
        "victims_detected 2019 _T 5",
        "cases_recorded 2019 _T 5",
    ]
    assert rules_of(sent(tmp_path, build.template(*rows))[1]) == []
