"""Shares of the known, and totals added up, from tables that tell one person twice or have no end. Worked by hand."""

import pytest

from tests.test_decisions import CARD, Case, ask, together
from warehouse.home import Home

pytestmark = pytest.mark.slow  # it takes a release of its own

OPEN = CARD.format(delivery="full", confidentiality="open")
SUBGROUPS = {"CRI": (), "GTM": ("0-11,20", "12-17,40")}
TOLD_BY = {"PAN": ("age_group", ""), "BLZ": ("sex,age_group", "F,"), "DOM": ("citizenship,age_group", "NIC,")}
"""What else the table tells, and of whom."""


def case(header: str, *rows: str, whole: str = "") -> Case:
    """Rows of a country's year 2020, if they do not say another; `whole`: the breakdown that is exhaustive."""
    dated = [row if row[:4].isdigit() else f"2020,{row}" for row in rows]
    return Case(f"period,{header},value", dated, card=OPEN + (f'exhaustive = ["{whole}"]\n' if whole else ""))


def whole_of(country: str) -> str:
    return "+".join(sorted(TOLD_BY[country][0].split(",")))


CASES = {
    **{c: case("age_group", ",130", "0-17,60", *more) for c, more in SUBGROUPS.items()},
    "HND": case("age_group", "0-17,60", "0-11,20", "12-17,40", "18+,40"),
    "SLV": case("sex", "F,30", "M,50", "Other,20", "Unknown,20"),
    "NIC": case("sex", ",100-", "F,60", "M,40"),
    **{
        c: case(
            header, *(of + row for row in ("0-17,60", "0-11,20", "12-17,40", "18+,10")), whole=whole_of(c)
        )
        for c, (header, of) in TOLD_BY.items()
    },
    "MEX": case(
        "sex,age_group",
        *("F,0-17,60", "F,0-11,20", "F,18+,10", "M,0-11,5", "M,12-17,7"),
        whole="age_group+sex",
    ),
    "CAN": case(
        "age_group,sex",
        *(f"{year},18+,{sex},{n}" for year in (2018, 2019) for sex, n in (("F", 200), ("M", 100))),
        *("2020,18+,F,20", "2020,18+,Unknown,30"),
        whole="age_group+sex",
    ),
    "USA": case(
        "citizenship,sex",
        *(f"{year},MEX,{sex},50" for year in range(2015, 2020) for sex in "FM"),
        *("2017,BWA,F,30", "2017,BWA,M,30"),
        whole="citizenship+sex",
    ),
}
"""Each country's table is a collection of its own: one release tells all of them."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return together(tmp_path_factory.mktemp("shares"), CASES)


def share(home: Home, country: str, indicator: str) -> tuple[float, ...]:
    """The least and the most the share may be, and how much is known at least."""
    found = ask(
        home,
        "SELECT value_low, value_high, known_share_low FROM baseline.indicator_values "
        f"WHERE reporting_country = '{country}' AND indicator = '{indicator}' "
        "AND denominator_basis = 'known' AND panel = '_Z'",
    )
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("country", SUBGROUPS)
def test_subgroups_leave_no_less_to_the_others(country: str, home: Home) -> None:
    """60 of 130 are children; the other 70 may all be adults, whether or not the 60 are told apart."""
    assert share(home, country, "tip_child_share_known_age") == (60 / 130, 1, 60 / 130)


def test_of_a_table_with_subgroups_all_are_known(home: Home) -> None:
    assert share(home, "HND", "tip_child_share_known_age") == (0.6, 0.6, 1)


def test_other_sex_that_is_unknown_sex_is_one_group_of_all(home: Home) -> None:
    """30 women and 50 men are known of 100; the 20 others are the 20 unknown."""
    assert share(home, "SLV", "tip_female_share_known_sex") == (30 / 80, 30 / 80, 0.8)


def test_of_a_total_without_end_nobody_knows_how_many_are_known(home: Home) -> None:
    assert share(home, "NIC", "tip_female_share_known_sex") == (0.6, 0.6, None)


@pytest.mark.parametrize("country", TOLD_BY)
def test_a_total_counts_subgroups_once(country: str, home: Home) -> None:
    """70: the 60 children, told apart too, and 10 adults."""
    breakdown = whole_of(country)
    values = ask(
        home,
        "SELECT sex, age_group, citizenship, value_low FROM baseline.indicator_values "
        f"WHERE reporting_country = '{country}' "
        "AND indicator = 'tip_victims_detected' AND panel = '_Z' AND '_T' IN (age_group, sex) ORDER BY ALL",
    )
    ages = [("Y0T11", 20), ("Y0T17", 60), ("Y12T17", 40), ("Y_GE18", 10)]
    if breakdown == "age_group":
        assert values == [*(("_T", age, "_T", n) for age, n in ages), ("_T", "_T", "_T", 70)]
    else:
        assert ("_T", "_T", "_T", 70) in values
        assert {(age, n) for _, age, citizenship, n in values if citizenship == "_T" and age != "_T"} >= set(
            ages
        )
    whole = f"SELECT DISTINCT total_low, total_high FROM baseline.origin_profile WHERE reporting_country = '{country}'"
    assert ask(home, whole) == ([(70, 70)] if "citizenship" in breakdown else [])


def test_a_subgroup_without_its_wider_group_is_added_up(home: Home) -> None:
    """Of women the children stand as one group, of men in two: 60 + 10 + 5 + 7."""
    values = ask(
        home,
        "SELECT sex, value_low FROM baseline.indicator_values WHERE reporting_country = 'MEX' "
        "AND indicator = 'tip_victims_detected' AND panel = '_Z' AND age_group = '_T' ORDER BY ALL",
    )
    assert values == [("F", 70), ("M", 12), ("_T", 82)]


def test_a_table_added_up_bears_the_doubt_of_its_total(home: Home) -> None:
    """From 300 to 50, of whom 30 of unknown sex: so say the total, every sum beside it and the shares."""
    flags = ask(
        home,
        "SELECT DISTINCT year(period_start), flag FROM baseline.indicator_values "
        "WHERE reporting_country = 'CAN' AND panel = '_Z' AND pooled_years = 1 ORDER BY ALL",
    )
    doubts = ["incomplete+suspected_partial", "suspected_partial"]  # of 50, the sex of 20 is known
    assert flags == [(2018, None), (2019, None), *((2020, doubt) for doubt in doubts)]


def test_an_origin_added_up_awaits_confirmation_as_its_parts_do(home: Home) -> None:
    flags = ask(
        home,
        "SELECT sex, flag FROM baseline.indicator_values "
        "WHERE reporting_country = 'USA' AND citizenship = 'BWA' ORDER BY ALL",
    )
    assert flags == [(sex, "unconfirmed_origin") for sex in ("F", "M", "_T")]
