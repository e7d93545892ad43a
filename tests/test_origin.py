"""Origin classes (section 6 of the design) and the membership they rest on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from schemas import groupings
from schemas.codelists import codelist
from schemas.countries import all_countries, resolve
from schemas.groupings import UnknownGrouping, members
from schemas.origin import _class_among, classes, origin_class, origin_table

TODAY = date(2024, 1, 1)
FOUNDERS = {"BLZ", "CAN", "CRI", "SLV", "USA", "GTM", "HND", "MEX", "NIC", "PAN"}


def of(citizenship: str, reporting_country: str = "PAN", on: date = TODAY) -> str | None:
    return origin_class(citizenship, reporting_country=reporting_country, on=on)


def test_a_class_is_worked_out_once_while_the_members_stay() -> None:
    """Figures have many periods: a class a citizenship, country and day was a third of a file's time."""
    before = _class_among.cache_info().misses
    assert {of("VEN", on=TODAY + timedelta(days=n)) for n in range(300)} == {of("VEN")}
    assert _class_among.cache_info().misses - before <= 1


# --- membership -------------------------------------------------------------------------------


def test_the_conference_has_ten_founders_and_the_dominican_republic() -> None:
    assert members("CRM", date(1996, 3, 12)) == frozenset()
    assert members("CRM", date(1996, 3, 13)) == FOUNDERS  # communiqué of Puebla
    assert members("CRM", date(1999, 1, 29)) == FOUNDERS  # list of the fourth conference
    assert members("CRM", date(2000, 3, 24)) == FOUNDERS | {"DOM"}  # list of the fifth
    assert len(members("CRM", TODAY)) == 11


def test_other_groupings() -> None:
    assert members("SICA", TODAY) == {"GTM", "SLV", "HND", "NIC", "CRI", "PAN", "BLZ", "DOM"}
    assert members("CA-4", TODAY) == {"GTM", "SLV", "HND", "NIC"}
    assert len(members("CARICOM", TODAY)) == 15
    assert len(members("EU", TODAY)) == 27
    assert "GBR" in members("EU", date(2020, 1, 31))
    assert "GBR" not in members("EU", date(2020, 2, 1))


def test_groupings_of_the_hemisphere_and_beyond() -> None:
    """Counts as these organizations state them today: 33 states, 32 that take part in the OAS, 38 in the OECD."""
    assert len(members("CELAC", TODAY)) == 33
    assert len(members("OECD", TODAY)) == 38
    assert len(members("SACM", TODAY)) == 12
    assert members("PACIFIC-ALLIANCE", TODAY) == {"CHL", "COL", "MEX", "PER"}
    assert members("CELAC", TODAY) - members("OAS", TODAY) == {"CUB", "NIC", "VEN"}
    assert members("OAS", TODAY) - members("CELAC", TODAY) == {"USA", "CAN"}
    assert "CRI" not in members("OECD", date(2021, 5, 24))


@pytest.mark.parametrize(
    ("grouping", "member", "last_day", "first_day"),
    [
        ("MERCOSUR", "PRY", date(2012, 6, 28), date(2013, 8, 15)),
        ("OAS", "HND", date(2009, 7, 4), date(2011, 6, 1)),
        ("CELAC", "BRA", date(2020, 1, 14), date(2023, 1, 5)),
        ("MERCOSUR", "VEN", date(2016, 12, 1), None),
        ("OAS", "CUB", date(1962, 1, 30), None),
    ],
)
def test_a_suspended_member_is_not_counted_while_it_is(grouping, member, last_day, first_day) -> None:
    """One rule for all of them."""
    assert member in members(grouping, last_day)
    assert member not in members(grouping, last_day + timedelta(days=1))
    if first_day is not None:
        assert member not in members(grouping, first_day - timedelta(days=1))
        assert member in members(grouping, first_day)
    assert first_day is not None or member not in members(grouping, TODAY)


def test_a_groupings_name_gets_the_class_that_all_its_members_share() -> None:
    """Worked out by hand: all Andean states lie in the Americas outside the CRM; the CARICOM has Belize, a member."""
    named = {
        text: resolve(text).citizenship or ""
        for text in ("Comunidad Andina", "MERCOSUR", "CARICOM", "SICA", "OEA")
    }
    assert {text: of(code) for text, code in named.items()} == {
        "Comunidad Andina": "extra_regional_americas",
        "MERCOSUR": "extra_regional_americas",
        "CARICOM": "indeterminate",
        "SICA": "indeterminate",  # the reporting country, Panama, is one of them
        "OEA": "indeterminate",
    }
    assert of(named["SICA"], "USA") == "intra_regional"
    assert (
        of(named["SICA"], "USA", date(1998, 1, 1)) == "indeterminate"
    )  # Dominican Republic: not yet in the CRM


def test_an_unknown_grouping_is_an_error_that_names_the_known() -> None:
    with pytest.raises(UnknownGrouping, match="SICA"):
        members("RCM", TODAY)


def test_members_are_countries_and_spans_do_not_overlap() -> None:
    codes = {country.code for country in all_countries()}
    spans: dict[tuple[str, str], list[groupings.Membership]] = {}
    for row in groupings.load():
        assert row.member in codes
        assert row.source
        spans.setdefault((row.grouping, row.member), []).append(row)
    for rows in spans.values():
        for earlier, later in pairwise(rows):
            assert earlier.valid_to is not None
            assert earlier.valid_to < later.valid_from


# --- classes ----------------------------------------------------------------------------------


@pytest.mark.statistics("1", "own national")
@pytest.mark.statistics("1", "several citizenships")
@pytest.mark.statistics("9", "Kosovo")
@pytest.mark.parametrize(
    ("citizenship", "reporting", "expected"),
    [
        ("PAN", "PAN", "own_national"),
        ("MEX", "PAN", "intra_regional"),
        ("DOM", "PAN", "intra_regional"),
        ("VEN", "PAN", "extra_regional_americas"),
        ("HTI", "MEX", "extra_regional_americas"),
        ("CUB", "USA", "extra_regional_americas"),
        ("CHN", "PAN", "extra_continental"),
        # codes that occur in the files on Darién and of UPMRIP
        ("PRI", "PAN", "intra_regional"),
        ("PRI", "USA", "own_national"),
        ("GUF", "PAN", "extra_regional_americas"),
        ("MTQ", "PAN", "extra_regional_americas"),
        ("ABW", "PAN", "extra_regional_americas"),
        ("GRL", "CAN", "extra_regional_americas"),
        ("HKG", "PAN", "extra_continental"),
        ("PSE", "PAN", "extra_continental"),
        ("XKX", "PAN", "extra_continental"),
        ("TWN", "MEX", "extra_continental"),
        ("GUM", "MEX", "intra_regional"),
        # historic entities
        ("SUN", "PAN", "extra_continental"),
        ("YUG", "USA", "extra_continental"),
        ("ANT", "PAN", "extra_regional_americas"),
        # special codes
        ("_U", "PAN", "indeterminate"),
        ("_O", "PAN", "indeterminate"),
        ("STLS", "PAN", "stateless"),
        # aggregates
        ("002", "PAN", "extra_continental"),
        ("142", "MEX", "extra_continental"),
        ("150", "USA", "extra_continental"),
        ("009", "CRI", "extra_continental"),
        ("005", "PAN", "extra_regional_americas"),
        ("019", "PAN", "indeterminate"),
        ("029", "PAN", "indeterminate"),
        ("013", "PAN", "indeterminate"),
        ("013", "USA", "intra_regional"),
        ("001", "PAN", "indeterminate"),
        ("002+142+150+009", "PAN", "extra_continental"),
        ("320+340+222", "MEX", "intra_regional"),
        ("320+340+222", "GTM", "indeterminate"),
        # several citizenships
        ("COL+VEN", "PAN", "extra_regional_americas"),
        ("PAN+VEN", "PAN", "own_national"),
        ("MEX+VEN", "PAN", "indeterminate"),
    ],
)
def test_origin_class(citizenship: str, reporting: str, expected: str) -> None:
    assert of(citizenship, reporting) == expected


def test_no_class_where_the_reporting_country_is_no_member_that_day() -> None:
    assert of("MEX", "COL") is None
    assert of("MEX", "DOM", date(1999, 1, 1)) is None
    assert of("MEX", "MEX", date(1990, 1, 1)) is None


def test_membership_is_that_of_the_day() -> None:
    assert of("DOM", "PAN", date(1997, 1, 1)) == "extra_regional_americas"
    assert of("DOM", "PAN", date(2001, 1, 1)) == "intra_regional"


def test_another_grouping() -> None:
    found = origin_class("MEX", reporting_country="PAN", on=TODAY, grouping="SICA")
    assert found == "extra_regional_americas"


@pytest.mark.parametrize("text", ["", "Honduras", "hnd", "HN", "999", "HND+002", "+", "?"])
def test_unresolved_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no citizenship code"):
        of(text)


def test_the_classes_are_those_of_the_code_list_in_order() -> None:
    assert classes() == [
        "own_national", "intra_regional", "extra_regional_americas", "extra_continental", "extra_regional",
        "stateless", "indeterminate",
    ]  # fmt: skip
    listed = [code for code in codelist("origin_class") if code in classes()]
    assert listed == classes()


@pytest.mark.parametrize(
    ("citizenship", "expected"),
    [
        ("005+142", "extra_regional"),  # South America, Asia: outside on both sides
        ("BRA+CHN", "extra_regional"),
        ("029", "indeterminate"),  # the Caribbean holds a member
        ("019", "indeterminate"),  # the Americas hold the country itself
        ("002+150", "extra_continental"),
        ("BRA+MEX", "indeterminate"),
    ],
)
def test_what_lies_outside_on_both_sides_is_extra_regional(citizenship: str, expected: str) -> None:
    """Statistics 1 ‡: an aggregate surely outside that straddles the two children of the class."""
    assert origin_class(citizenship, reporting_country="PAN", on=TODAY) == expected


# --- the table for SQL ------------------------------------------------------------------------


def test_the_table_gives_the_same_answer() -> None:
    rows = origin_table()
    days = [date(1996, 3, 13), date(2000, 3, 23), date(2000, 3, 24), TODAY]
    for day in days:
        there = {
            (row.reporting_country, row.citizenship): row.origin_class
            for row in rows
            if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
        }
        assert {country for country, _ in there} == members("CRM", day)
        for (country, code), found in there.items():
            assert found == of(code, country, day)


def test_the_table_takes_joined_codes() -> None:
    rows = origin_table(citizenships=["COL+VEN"])
    assert {row.origin_class for row in rows} == {"extra_regional_americas"}


@pytest.mark.slow
def test_sql_in_the_released_file_gives_the_same_answer(released):
    """All citizenships x members x days that matter (each change of membership, the day before, today), every grouping."""
    rows = released.execute(
        "SELECT grouping, reporting_country, citizenship, valid_from, valid_to, origin_class FROM reference.origin_classes"
    ).fetchall()
    assert len(rows) > 50_000
    for grouping in groupings.groupings():
        mine = [row for row in rows if row[0] == grouping]
        spans = [m for m in groupings.load() if m.grouping == grouping]
        changes = {m.valid_from for m in spans} | {
            m.valid_to + timedelta(days=1) for m in spans if m.valid_to
        }
        for day in changes | {c - timedelta(days=1) for c in changes} | {date(2026, 1, 1)}:
            in_sql = {
                (r, c): found
                for _, r, c, first, last, found in mine
                if first <= day and (last is None or day <= last)
            }
            countries_then = sorted(groupings.members(grouping, day))
            assert {r for r, _ in in_sql} == set(countries_then)
            for (reporting, citizenship), found in in_sql.items():
                assert found == origin_class(
                    citizenship, reporting_country=reporting, on=day, grouping=grouping
                )
