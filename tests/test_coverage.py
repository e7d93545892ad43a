"""Coverage is fair: who reported which year, and whose fault it is not. Expected statuses are worked out by hand,
those of UNODC's extract from its workbook by pandas (STATISTICS, section 5)."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.intake.submission import receive
from schemas import codelists
from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests import cards
from tests.conftest import accept, release
from tests.published.publishers import FIRST_EXTRACT, LATER_EXTRACT, MEMBERS, unodc
from warehouse.home import EVENTS_FILE, Home, Submission

pytestmark = pytest.mark.slow  # it takes a release of its own

CARD = cards.collection(provider_kind="international_organisation", due_days=365, measure=None)
OF_ONE = 'reporting_country = "PAN"\n'
RECEIVED = date(2023, 1, 10)
AS_OF = date(2025, 6, 30)
"""On this day the years up to 2023 are due."""


Rows = dict[tuple[str, str, int | str], str]


def send(home: Home, collection: str, rows: Rows, day: date = RECEIVED) -> Submission:
    """Send a template with one value a country (or `PAN/Norte`, an area of it), measure and year."""
    lines = [
        f"{country},{area},{measure},{year},{value}"
        for (place, measure, year), value in rows.items()
        for country, _, area in [place.partition("/")]
    ]
    file = home.root / "file.csv"
    text = "\n".join(["reporting_country,area,measure,period,value", *lines]) + "\n"
    file.write_text(text, encoding="utf-8")
    submission = receive(home, file, collection, day)
    accept(home, submission)
    return submission


VICTIMS, CONVICTED, RATE = "victims_detected", "persons_convicted", "victims_detected_rate_published"

YEARS = [("CRI", 2018), ("CRI", 2019), ("CRI", 2021), ("PAN", 2018), ("PAN", 2021)]
PANAMA: Rows = {("PAN", VICTIMS, y): "10" for y in (2018, 2019, 2021)} | {("PAN", CONVICTED, 2020): "3"}
FOUR: Rows = {(c, VICTIMS, y): "10" for c in ("CRI", "PAN") for y in (2018, 2019)}
"""Two countries, two years."""
GONE: list[tuple[date, Rows]] = [
    (date(2022, 1, 10), FOUR),
    (date(2022, 2, 10), {k: v for k, v in FOUR.items() if k[0] == "CRI" or k[2] == 2018}),
]
AGAIN = [*GONE, (date(2022, 3, 10), FOUR | {("GTM", VICTIMS, 2018): "4"})]

SENT: dict[str, tuple[str, list[tuple[date, Rows]]]] = {
    "X/several": (
        "",
        [(RECEIVED, {(c, VICTIMS, y): "10" for c, y in YEARS} | {("PAN", CONVICTED, 2020): "3"})],
    ),
    "X/one": (OF_ONE, [(RECEIVED, PANAMA)]),
    "X/ended": (f"{OF_ONE}ended = 2021-12-31\n", [(RECEIVED, PANAMA)]),
    "X/waits": (
        "",
        [
            (
                RECEIVED,
                {("CRI", VICTIMS, y): "10" for y in (2018, 2019)}
                | {("PAN", VICTIMS, y): "7" for y in (2018, 2020)}
                | {("CRI", VICTIMS, 2020): "diez", ("GTM", VICTIMS, 2019): "1.204,5"}
                | {("PAN", CONVICTED, 2017): "x"},
            )
        ],
    ),
    "X/replaced": (
        "",
        [
            (date(2022, 1, 10), FOUR | {("GTM", VICTIMS, 2019): "diez"}),
            (date(2022, 2, 10), FOUR | {("HND", VICTIMS, 2019): "diez"}),
        ],
    ),
    "X/gone": ("", GONE),
    "X/again": ("", AGAIN),
    "X/withdrawn": ("", AGAIN),
    "X/rate": (
        OF_ONE,
        [
            (
                RECEIVED,
                {("PAN", RATE, f"2018-{m:02}"): "0.9" for m in range(1, 13)} | {("PAN", RATE, 2019): "1.1"},
            )
        ],
    ),
    "X/areas": (
        f'{OF_ONE}labels = {{ area = ["Norte", "Sur"] }}\n',
        [
            (
                RECEIVED,
                {("PAN/Norte", VICTIMS, y): "4" for y in (2018, 2019, 2020)}
                | {
                    ("PAN/Sur", VICTIMS, 2019): "6",
                    ("PAN/Sur", VICTIMS, 2020): "5",
                    ("PAN", VICTIMS, 2020): "9",
                },
            )
        ],
    ),
    "X/nine": (
        'reporting_groupings = ["CORETT9"]\n',
        [
            (
                RECEIVED,
                {("CORETT9", "complaints_received", 2019): "944"}
                | {("CORETT9", "complaints_received", 2020): "950"}
                | {("CRI", VICTIMS, 2019): "30", ("CORETT9", VICTIMS, 2019): "1306"},
            )
        ],
    ),
}
"""Collections, each with what its card says besides and what was sent: coverage is told of each by itself."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """All of them, released as of AS_OF; of one the last submission was withdrawn by its office."""
    made, last = Home(tmp_path_factory.mktemp("coverage")), {}
    for collection, (card, sent) in SENT.items():
        (made.raw / collection).mkdir(parents=True)
        (made.raw / collection / "format.toml").write_text(CARD + card, encoding="utf-8")
        last[collection] = [send(made, collection, rows, day) for day, rows in sent][-1]
    with (last["X/withdrawn"].folder / EVENTS_FILE).open("a", encoding="utf-8") as log:
        log.write(
            json.dumps({"event": "withdrawn", "on": "2022-04-10", "office": "Dirección", "why": "error"})
            + "\n"
        )
    release(made, AS_OF)
    return made


def statuses(home: Home, collection: str, measure: str = VICTIMS) -> dict[tuple[str, int], str]:
    """The status of each country and year."""
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, year(period_end), status FROM analysis.coverage "
            "WHERE collection = $collection AND measure = $measure",
            {"collection": collection, "measure": measure},
        ).fetchall()
    return {(country, year): status for country, year, status in rows}


@pytest.mark.statistics("5", "fair coverage")
def test_of_several_countries_only_who_reported_before_among_others_is_late(home: Home) -> None:
    """Victims: CRI 2018, 2019, 2021; PAN 2018, 2021. Convicted: PAN 2020. So 2020 is in the extract, nobody has its
    victims, and it ends with 2021."""
    told = statuses(home, "X/several")
    costa_rica = {y: told["CRI", y] for y in range(2018, 2024)}
    assert costa_rica == {
        2018: "reported",
        2019: "reported",
        2020: "not_asked",
        2021: "reported",
        2022: "not_in_extract",
        2023: "not_in_extract",
    }
    assert (told["PAN", 2019], told["PAN", 2020]) == ("late", "not_asked")
    assert {told["HND", y] for y in (2018, 2019, 2021)} == {"never"}  # it never told victims, others did
    assert ("CRI", 2024) not in told  # not due yet
    convicted = statuses(home, "X/several", CONVICTED)
    assert {convicted[country, 2018] for country in ("CRI", "PAN", "HND")} == {"not_asked"}
    assert (convicted["PAN", 2020], convicted["CRI", 2020]) == ("reported", "never")


@pytest.mark.statistics("5", "fair coverage")
def test_of_one_country_a_due_year_is_late_unless_the_series_has_ended(home: Home) -> None:
    told = statuses(home, "X/one")
    assert {y: told["PAN", y] for y in range(2018, 2024)} == {
        2018: "reported",
        2019: "reported",
        2020: "late",
        2021: "reported",
        2022: "late",
        2023: "late",
    }
    convicted = statuses(home, "X/one", CONVICTED)
    assert (convicted["PAN", 2019], convicted["PAN", 2021]) == ("not_asked", "late")
    told = statuses(home, "X/ended")
    assert {y: told["PAN", y] for y in (2020, 2022, 2023)} == {
        2020: "not_asked",
        2022: "series_closed",
        2023: "series_closed",
    }


def test_rows_that_wait_are_in_quarantine_and_not_late(home: Home) -> None:
    """A year whose only row waits, also of a measure, a country and a year that nothing else tells of."""
    told = statuses(home, "X/waits")
    assert (told["CRI", 2020], told["GTM", 2019], told["PAN", 2019]) == (
        "in_quarantine",
        "in_quarantine",
        "late",
    )
    assert statuses(home, "X/waits", CONVICTED)["PAN", 2017] == "in_quarantine"


def test_rows_of_a_file_that_was_replaced_or_withdrawn_do_not_wait(home: Home) -> None:
    told = statuses(home, "X/replaced")
    assert (told["GTM", 2019], told["HND", 2019]) == ("never", "in_quarantine")


def test_what_was_there_and_is_gone_is_withdrawn(home: Home) -> None:
    """By the office, or by a later file that leaves it out."""
    assert statuses(home, "X/gone")["PAN", 2019] == "withdrawn"
    assert statuses(home, "X/again")["PAN", 2019] == "reported"
    assert statuses(home, "X/withdrawn")["GTM", 2018] == "withdrawn"


def test_months_of_a_rate_are_reported(home: Home) -> None:
    """They add up to no year, and the country is not late for that."""
    told = statuses(home, "X/rate", RATE)
    assert (told["PAN", 2018], told["PAN", 2019], told["PAN", 2020]) == ("reported", "reported", "late")


def test_areas_of_a_country_do_not_make_it_reported(home: Home) -> None:
    """One area in 2018, two in 2019; in 2020 two and the country itself."""
    told = statuses(home, "X/areas")
    assert [told["PAN", year] for year in (2018, 2019, 2020)] == ["only_areas", "only_areas", "reported"]


def test_areas_that_add_up_to_the_country_are_the_country(released: duckdb.DuckDBPyConnection) -> None:
    """Mexico's 32 federal entities (SESNSP), and the three land border regions of the USA (CBP)."""
    statuses_by_collection = released.execute(
        "SELECT collection, list(DISTINCT status) FROM analysis.coverage "
        "WHERE collection LIKE 'MEX-SESNSP/%' OR collection LIKE 'USA-CBP/%' GROUP BY ALL"
    ).fetchall()
    assert len(statuses_by_collection) == 4
    for _, seen in statuses_by_collection:
        assert "only_areas" not in seen
        assert "reported" in seen


@pytest.mark.parametrize("day", ["2001", '"2001-09-30"', "true"])
def test_the_end_of_a_series_is_a_day(tmp_path: Path, day: str) -> None:
    card = tmp_path / "format.toml"
    card.write_text(CARD + f"ended = {day}\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"ended.*2025-02-03"):
        read_card(card)


def test_every_status_has_words(released: duckdb.DuckDBPyConnection) -> None:
    used = {s for (s,) in released.execute("SELECT DISTINCT status FROM analysis.coverage").fetchall()}
    assert used <= set(codelists.codelist("coverage_status"))


def test_a_closed_series_makes_nobody_late(released: duckdb.DuckDBPyConnection) -> None:
    """The yearbooks' table 61 ends with fiscal 2001; its convictions of 1992-95 are `NA` in it."""
    found = released.execute(
        "SELECT measure, status, min(year(period_end)), max(year(period_end)) FROM analysis.coverage "
        "WHERE collection = 'USA-DHS/table61' AND status <> 'reported' GROUP BY ALL"
    ).fetchall()
    assert sorted(r for r in found if r[1] != "series_closed") == [
        ("persons_convicted", "not_asked", 1992, 1995)
    ]
    assert {r[1:] for r in found if r[1] == "series_closed"} == {("series_closed", 2002, 2024)}


@pytest.mark.shared
@pytest.mark.statistics("5", "fair coverage")
def test_statuses_of_a_real_extract(published_home: Path) -> None:
    """Every member, measure and year of UNODC's workbook that has no row in it. All years to 2023 are due."""
    measures = {
        "Detected trafficking victims": "victims_detected",
        "Offences of trafficking in persons": "offences_recorded",
        "Persons brought into formal contact": "persons_in_contact",
        "Persons prosecuted": "persons_prosecuted",
        "Persons convicted": "persons_convicted",
    }

    def cells(extract: str) -> set[tuple]:
        rows = unodc(extract)
        repatriated = rows["Dimension"] == "by country of repatriation"
        rows = rows[~repatriated | (rows["year"] > 2003)]  # a placeholder
        measure = rows["Indicator"].map(measures).mask(repatriated, "victims_repatriated")
        return set(zip(rows["country"], measure, rows["year"], strict=True))

    there, before = cells(LATER_EXTRACT), cells(FIRST_EXTRACT)
    years = [year for *_, year in there]
    first_year, last = min(years), max(years)
    with duckdb.connect(Home(published_home).current, read_only=True) as db:
        told = db.execute(
            "SELECT reporting_country, measure, year(period_start), status FROM analysis.coverage "
            "WHERE collection = 'UNODC/glotip'"
        ).fetchall()
    status = {(country, name, year): word for country, name, year, word in told}
    waiting = {cell for cell, word in status.items() if word == "in_quarantine"}
    assert waiting < there
    assert {status[cell] for cell in there - waiting} == {"reported"}
    in_force = there - waiting
    expected = {}
    for country in MEMBERS:
        for name in {measure for _, measure, _ in there}:
            for year in range(first_year, 2024):
                others = any((c, name, year) in in_force for c in MEMBERS)
                told = any((country, name, y) in in_force for y in range(2000, year))
                word = "late" if told else "never"
                word = word if others else "not_in_extract" if year > last else "not_asked"
                expected[country, name, year] = "withdrawn" if (country, name, year) in before else word
    missing = {cell: word for cell, word in status.items() if cell not in there}
    assert missing == {cell: word for cell, word in expected.items() if cell not in there}
    assert set(missing.values()) == {"late", "never", "not_asked", "not_in_extract", "withdrawn"}


def test_what_a_grouping_tells_as_a_whole_is_asked_of_no_member(home: Home) -> None:
    """The nine together tell complaints of 2019 and 2020: no member is late or never told, and the nine reported."""
    assert statuses(home, "X/nine", "complaints_received") == {
        ("CORETT9", 2019): "reported",
        ("CORETT9", 2020): "reported",
        ("CORETT9", 2021): "not_in_extract",
        ("CORETT9", 2022): "not_in_extract",
        ("CORETT9", 2023): "not_in_extract",
    }
    victims = {(c, status) for (c, year), status in statuses(home, "X/nine").items() if year == 2019}
    with duckdb.connect(home.current, read_only=True) as db:
        panels = db.execute(
            "SELECT DISTINCT panel FROM baseline.indicator_values WHERE reporting_country = 'CORETT9'"
        ).fetchall()
    assert {c for c, status in victims if status == "reported"} == {"CRI", "CORETT9"}
    assert {c for c, status in victims if status == "never"} == set(MEMBERS) - {"CRI"}
    assert panels == [("_Z",)]
