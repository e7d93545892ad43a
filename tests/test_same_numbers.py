"""One number in two places of a country: what is found, what explains it, what is asked, and what an answer does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from assets.dagster.build import build_database
from tests.conftest import AS_OF, SHARED, release
from tests.published import publishers
from tests.test_decisions import WHY, ask
from tests.test_series_breaks import passport
from tests.test_vintages import CARD, send
from warehouse.home import Home

DAY = date(2026, 1, 10)
MEASURES = {
    "a": "victims_detected",
    "b": "victims_detected",
    "c": "offences_recorded",
    "d": "persons_prosecuted",
    "e": "persons_convicted",
}
VALUES: dict[str, dict[tuple[str, int], int]] = {
    "a": {
        ("CRI", 2019): 41,  # as offences of the year, of the year after, and of two years later
        ("GTM", 2019): 88,  # as in the other collection
        ("HND", 2019): 19,  # below the least number
        ("PAN", 2019): 60,  # offences are documented to be persons
        ("SLV", 2019): 30,  # suspects are documented to repeat the number of victims
        ("DOM", 2019): 300,  # sums of persons prosecuted and convicted, in two years
        ("DOM", 2020): 410,
        ("MEX", 2019): 300,  # in one year
        ("MEX", 2020): 411,
        ("NIC", 2019): 100,  # below the least sum
        ("NIC", 2020): 110,
    },
    "b": {("GTM", 2019): 88},
    "c": {("CRI", 2019): 41, ("CRI", 2020): 41, ("CRI", 2021): 41, ("HND", 2019): 19, ("PAN", 2019): 60},
    "d": {
        ("DOM", 2019): 210, ("DOM", 2020): 260, ("MEX", 2019): 210, ("MEX", 2020): 260, ("NIC", 2019): 65,
        ("NIC", 2020): 70, ("SLV", 2019): 30,
    },
    "e": {
        ("DOM", 2019): 90, ("DOM", 2020): 150, ("MEX", 2019): 90, ("MEX", 2020): 150, ("NIC", 2019): 35,
        ("NIC", 2020): 40,
    },
}  # fmt: skip
FOUND = """
    SELECT reporting_country, value, collection, year(period_start), collection_other, year(start_other),
        added_collection, explained_by
    FROM analysis.same_numbers ORDER BY ALL
"""
ASKED = (
    "SELECT reporting_country, measure, year(period_start), value_low FROM analysis.open_questions "
    "WHERE question = 'same_number_elsewhere' ORDER BY ALL"
)


def collection(home: Home, name: str, measure: str, *, confidentiality: str = "open", more: str = "") -> None:
    """A collection X/<name> of one measure."""
    folder = home.raw / "X" / name
    folder.mkdir(parents=True)
    card = CARD.format(delivery="full", confidentiality=confidentiality)
    (folder / "format.toml").write_text(card.replace("victims_detected", measure) + more, encoding="utf-8")


def home_of(root: Path, values: dict[str, dict[tuple[str, int], int]], measures: dict[str, str]) -> Home:
    """A home of these collections and values."""
    home = Home(root)
    for name, measure in measures.items():
        collection(home, name, measure)
        send(home, DAY, {key: str(value) for key, value in values[name].items()}, f"X/{name}")
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = home_of(tmp_path_factory.mktemp("numbers"), VALUES, MEASURES)
    persons = passport("PAN", 2019, 2019, "persons", measure="offences_recorded")
    (made.raw / "X" / "c" / "series.toml").write_text(persons, encoding="utf-8")
    suspects = passport("SLV", 2019, 2019, "persons", measure="persons_prosecuted").replace(
        "flow =", 'repeats = "victims_detected"\nflow ='
    )
    (made.raw / "X" / "d" / "series.toml").write_text(suspects, encoding="utf-8")
    release(made)
    return made


@pytest.mark.slow
@pytest.mark.statistics("2", "same number elsewhere")
def test_equal_numbers_and_repeated_sums_are_found_and_what_explains_them_is_said(home: Home) -> None:
    """Not 19, not two years apart, not a sum of one year, not a sum below 200."""
    assert ask(home, FOUND) == [
        ("CRI", 41, "X/a", 2019, "X/c", 2019, None, None),
        ("CRI", 41, "X/a", 2019, "X/c", 2020, None, None),
        ("CRI", 41, "X/c", 2019, "X/c", 2020, None, None),
        ("CRI", 41, "X/c", 2020, "X/c", 2021, None, None),
        ("DOM", 300, "X/a", 2019, "X/d", 2019, "X/e", None),
        ("DOM", 410, "X/a", 2020, "X/d", 2020, "X/e", None),
        ("GTM", 88, "X/a", 2019, "X/b", 2019, None, "same_series"),
        ("PAN", 60, "X/a", 2019, "X/c", 2019, None, "passport"),
        ("SLV", 30, "X/a", 2019, "X/d", 2019, None, "passport"),
    ]


@pytest.mark.slow
def test_what_nothing_explains_is_asked_once_a_number_with_all_its_places(home: Home) -> None:
    assert ask(home, ASKED) == [
        ("CRI", "offences_recorded", 2019, 41),
        ("CRI", "offences_recorded", 2020, 41),
        ("CRI", "victims_detected", 2019, 41),
        ("DOM", "victims_detected", 2019, 300),
        ("DOM", "victims_detected", 2020, 410),
    ]
    [(es, en)] = ask(
        home,
        "SELECT says_es, says_en FROM analysis.open_questions WHERE question = 'same_number_elsewhere' "
        "AND reporting_country = 'CRI' AND collection = 'X/a'",
    )
    assert en == (
        "The same number, 41, also stands in Costa Rica: “Offences recorded” (X/c; 2019; counted unit: unknown); "
        "“Offences recorded” (X/c; 2020; counted unit: unknown). One may be a copy of another, or both may count "
        "one thing under two names; a sum, a ratio or a verdict with both would be wrong. Is it what was counted in "
        "“Detected victims” (X/a; 2019; counted unit: unknown)?"
    )
    assert es.startswith("El mismo número, 41, está también en Costa Rica: «Delitos registrados» (X/c; 2019;")
    [(es, en)] = ask(
        home,
        "SELECT elsewhere_es, elsewhere_en FROM analysis.same_numbers WHERE value = 300",
    )
    assert "la suma de «Personas procesadas» (X/d; 2019;" in es
    assert "and “Persons convicted” (X/e; 2019;" in en


@pytest.mark.slow
def test_an_answer_closes_the_question_and_one_of_another_number_touches_nothing(home: Home) -> None:
    entry = f'[[equal_number]]\nreporting_country = "CRI"\nmeasure = "victims_detected"\nperiod = "2019"\nvalue = 41\n{WHY}'
    file = home.raw / "X" / "a" / "decisions.toml"
    file.write_text(entry, encoding="utf-8")
    assert not _idle(home)
    with duckdb.connect(home.internal, read_only=True) as db:
        assert [
            row[2] for row in db.execute(ASKED).fetchall() if row[:2] == ("CRI", "victims_detected")
        ] == []
        explained = db.execute(FOUND).fetchall()[:2]
    assert [row[-1] for row in explained] == ["decision", "decision"]
    file.write_text(entry.replace("41", "42"), encoding="utf-8")
    assert _idle(home)
    file.unlink()


def _idle(home: Home) -> bool:
    remarks = build_database(home, AS_OF).verdict.remarks
    return any(remark.question.id == "decisions_touch_something" for remark in remarks)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.statistics("2", "same number elsewhere")
def test_the_clients_of_an_office_are_found_under_detected_victims(tmp_path: Path) -> None:
    """8,003, 8,913 and 8,375, years from July to June, from the two publishers' files."""
    clients = pd.read_csv(SHARED / "data" / "usa_ovc_clients_2012-2019.csv")
    clients = clients[clients["period_start"].str.endswith("07-01")]
    served = {("USA", int(end[:4])): int(n) for end, n in clients[["period_end", "clients_served"]].values}
    totals = publishers.unodc_totals("tip_victims_detected").query("country == 'USA' and low == high")
    victims = {("USA", int(year)): int(n) for year, n in totals[["year", "low"]].values}
    made = home_of(tmp_path, {"unodc": victims}, {"unodc": "victims_detected"})
    collection(made, "ovc", "victims_assisted")
    card = made.raw / "X" / "ovc" / "format.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("frequency =", "year_starts = 7\nfrequency ="))
    send(made, DAY, {key: str(n) for key, n in served.items()}, "X/ovc")
    release(made)
    found = [row[1:] for row in ask(made, FOUND)]
    assert [row for row in found if row[1] != row[3]] == [
        (8003, "X/ovc", 2016, "X/unodc", 2017, None, None),
        (8375, "X/ovc", 2018, "X/unodc", 2019, None, None),
        (8913, "X/ovc", 2017, "X/unodc", 2018, None, None),
    ]


@pytest.mark.statistics("2", "same number elsewhere")
def test_known_copies_are_among_those_of_the_release(released: duckdb.DuckDBPyConnection) -> None:
    """Canada's incidents under victims, Mexico's 839 suspects under prosecuted: explained by passports, not asked."""
    found = released.execute(
        "SELECT reporting_country, year(period_start), value, measure, measure_other, explained_by "
        "FROM analysis.same_numbers WHERE value IN (238, 268, 839) ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("CAN", 2017, 268, "offences_recorded", "victims_detected", "passport"),
        ("CAN", 2018, 238, "offences_recorded", "victims_detected", "passport"),
        ("MEX", 2016, 839, "persons_in_contact", "persons_prosecuted", "passport"),
    ]


@pytest.mark.shared
@pytest.mark.statistics("2", "same number elsewhere")
def test_every_equal_total_of_unodc_is_found_and_no_other(released: duckdb.DuckDBPyConnection) -> None:
    """All pairs of 20 or more in one or in adjacent years, by pandas from the publisher's file."""
    parts = [publishers.unodc_totals(name).assign(indicator=name) for name in publishers.INDICATORS.values()]
    totals = pd.concat(parts).query("low == high and low >= 20").reset_index(drop=True).reset_index()
    pairs = totals.merge(totals, on=["country", "low"], suffixes=("", "_other"))
    pairs = pairs[
        (pairs["index"] < pairs["index_other"]) & ((pairs["year"] - pairs["year_other"]).abs() <= 1)
    ]
    measures = "('" + "', '".join(name.removeprefix("tip_") for name in publishers.INDICATORS.values()) + "')"
    found = released.execute(
        "SELECT reporting_country, value FROM analysis.same_numbers WHERE collection = 'UNODC/glotip' "
        f"AND collection_other = collection AND measure IN {measures} AND measure_other IN {measures}"
    ).fetchall()
    assert sorted(found) == sorted(map(tuple, pairs[["country", "low"]].values.tolist()))


@pytest.mark.slow
def test_a_protected_number_is_not_looked_for(tmp_path: Path) -> None:
    """Neither the table nor the question says that a protected count equals an open one."""
    made = Home(tmp_path)
    collection(made, "open", "victims_detected")
    collection(made, "closed", "persons_convicted", confidentiality="small_counts")
    send(made, DAY, {("CRI", 2019): "41"}, "X/open")
    send(made, DAY, {("CRI", 2019): "41"}, "X/closed")
    built = build_database(made, AS_OF)
    with duckdb.connect(built.path, read_only=True) as db:
        assert db.execute("SELECT count(*) FROM analysis.same_numbers").fetchall() == [(0,)]
