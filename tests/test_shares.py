"""Shares of the known, and totals added up, from tables that tell one person twice or have no end. Worked by hand."""

from datetime import date
from pathlib import Path

import pytest

from assets.intake import process
from assets.steps.submission import receive
from tests.conftest import release
from tests.test_decisions import ask
from tests.test_vintages import new_home
from warehouse.home import Home

DAY = date(2024, 1, 10)


def sent(root: Path, header: str, rows: list[str], card: str = "") -> Home:
    """A home with one submission of the template, released."""
    home = new_home(root)
    with (home.raw / "X" / "c" / "format.toml").open("a", encoding="utf-8") as text:
        text.write(card + "\n")
    file = root / "file.csv"
    file.write_text("\n".join([f"reporting_country,period,{header},value", *rows]) + "\n", encoding="utf-8")
    process(home, receive(home, file, "X/c", DAY))
    release(home)
    return home


def told(root: Path, header: str, *rows: str, card: str = "") -> Home:
    """The same of one country's year 2020."""
    return sent(root, header, [f"CRI,2020,{row}" for row in rows], card)


def share(home: Home, indicator: str) -> tuple[float, ...]:
    """The least and the most the share may be, and how much is known at least."""
    found = ask(
        home,
        "SELECT value_low, value_high, known_share_low FROM baseline.indicator_values "
        f"WHERE indicator = '{indicator}' AND denominator_basis = 'known' AND panel = '_Z'",
    )
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("subgroups", [(), ("0-11,20", "12-17,40")])
def test_subgroups_leave_no_less_to_the_others(subgroups: tuple[str, ...], tmp_path: Path) -> None:
    """60 of 130 are children; the other 70 may all be adults, whether or not the 60 are told apart."""
    home = told(tmp_path, "age_group", ",130", "0-17,60", *subgroups)
    assert share(home, "tip_child_share_known_age") == (60 / 130, 1, 60 / 130)


def test_of_a_table_with_subgroups_all_are_known(tmp_path: Path) -> None:
    home = told(tmp_path, "age_group", "0-17,60", "0-11,20", "12-17,40", "18+,40")
    assert share(home, "tip_child_share_known_age") == (0.6, 0.6, 1)


def test_other_sex_that_is_unknown_sex_is_one_group_of_all(tmp_path: Path) -> None:
    """30 women and 50 men are known of 100; the 20 others are the 20 unknown."""
    home = told(tmp_path, "sex", "F,30", "M,50", "Other,20", "Unknown,20")
    assert share(home, "tip_female_share_known_sex") == (30 / 80, 30 / 80, 0.8)


def test_of_a_total_without_end_nobody_knows_how_many_are_known(tmp_path: Path) -> None:
    home = told(tmp_path, "sex", ",100-", "F,60", "M,40")
    assert share(home, "tip_female_share_known_sex") == (0.6, 0.6, None)


@pytest.mark.parametrize("breakdown", ["age_group", "age_group+sex", "age_group+citizenship"])
def test_a_total_counts_subgroups_once(breakdown: str, tmp_path: Path) -> None:
    """70: the 60 children, told apart too, and 10 adults."""
    other, named = {"age_group+sex": ("sex,", "F,"), "age_group+citizenship": ("citizenship,", "NIC,")}.get(
        breakdown, ("", "")
    )
    rows = [named + row for row in ("0-17,60", "0-11,20", "12-17,40", "18+,10")]
    home = told(tmp_path, f"{other}age_group", *rows, card=f'exhaustive = ["{breakdown}"]')
    values = ask(
        home,
        "SELECT sex, age_group, citizenship, value_low FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND panel = '_Z' AND '_T' IN (age_group, sex) ORDER BY ALL",
    )
    ages = [("Y0T11", 20), ("Y0T17", 60), ("Y12T17", 40), ("Y_GE18", 10)]
    if breakdown == "age_group":
        assert values == [*(("_T", age, "_T", n) for age, n in ages), ("_T", "_T", "_T", 70)]
    else:
        assert ("_T", "_T", "_T", 70) in values
        assert {(age, n) for _, age, citizenship, n in values if citizenship == "_T" and age != "_T"} >= set(
            ages
        )
    whole = "SELECT DISTINCT total_low, total_high FROM baseline.origin_profile"
    assert ask(home, whole) == ([(70, 70)] if "citizenship" in breakdown else [])


def test_a_subgroup_without_its_wider_group_is_added_up(tmp_path: Path) -> None:
    """Of women the children stand as one group, of men in two: 60 + 10 + 5 + 7."""
    rows = ["F,0-17,60", "F,0-11,20", "F,18+,10", "M,0-11,5", "M,12-17,7"]
    home = told(tmp_path, "sex,age_group", *rows, card='exhaustive = ["age_group+sex"]')
    values = ask(
        home,
        "SELECT sex, value_low FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND panel = '_Z' AND age_group = '_T' ORDER BY ALL",
    )
    assert values == [("F", 70), ("M", 12), ("_T", 82)]


def test_a_table_added_up_bears_the_doubt_of_its_total(tmp_path: Path) -> None:
    """From 300 to 50, of whom 30 of unknown sex: so say the total, every sum beside it and the shares."""
    rows = [f"CRI,{year},18+,{sex},{n}" for year in (2018, 2019) for sex, n in (("F", 200), ("M", 100))]
    home = sent(
        tmp_path,
        "age_group,sex",
        [*rows, "CRI,2020,18+,F,20", "CRI,2020,18+,Unknown,30"],
        'exhaustive = ["age_group+sex"]',
    )
    flags = ask(
        home,
        "SELECT DISTINCT year(period_start), flag FROM baseline.indicator_values "
        "WHERE panel = '_Z' AND pooled_years = 1 ORDER BY ALL",
    )
    doubts = ["incomplete+suspected_partial", "suspected_partial"]  # of 50, the sex of 20 is known
    assert flags == [(2018, None), (2019, None), *((2020, doubt) for doubt in doubts)]


def test_an_origin_added_up_awaits_confirmation_as_its_parts_do(tmp_path: Path) -> None:
    rows = [f"USA,{year},MEX,{sex},50" for year in range(2015, 2020) for sex in "FM"]
    home = sent(
        tmp_path,
        "citizenship,sex",
        [*rows, "USA,2017,BWA,F,30", "USA,2017,BWA,M,30"],
        'exhaustive = ["citizenship+sex"]',
    )
    flags = ask(
        home, "SELECT sex, flag FROM baseline.indicator_values WHERE citizenship = 'BWA' ORDER BY ALL"
    )
    assert flags == [(sex, "unconfirmed_origin") for sex in ("F", "M", "_T")]
