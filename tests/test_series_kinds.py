"""Regional sums of one kind: who is left out, who stays in, and that the number itself says so."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from assets.intake.submission import receive
from tests import cards
from tests.conftest import accept, release, write_pages
from tests.test_decisions import ask
from tests.test_series_breaks import passport, undocumented
from tests.test_vintages import new_home, send
from warehouse.home import Home
from warehouse.publication.bundle import workbook
from warehouse.publication.site import trust
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse
from warehouse.reading.rows import row_dicts
from warehouse.statements import series_sentences

DAY = date(2024, 1, 10)
YEARS = range(2012, 2019)
VALUES = {"CAN": 20, "CRI": 30, "DOM": 10, "GTM": 40, "HND": 50, "PAN": 60, "SLV": 70, "USA": 1000}
PASSPORTS = "".join(
    (
        passport("CAN", 2012, 2018, "incidents"),
        passport("CRI", 2012, 2018, "persons"),
        undocumented("GTM"),
        passport("HND", 2012, 2018, "persons").replace('"confirmed"', '"inferred"'),
        passport("PAN", 2015, 2015, "persons", "served"),
        passport("USA", 2012, 2016, "clients", "served").replace('"confirmed"', '"inferred"'),
        undocumented("USA").replace('"2012"', '"2017"'),
    )
)
SUMS = """
    SELECT panel, value_low, value_high, flag, members, other_kind_left_out FROM baseline.indicator_values
    WHERE reporting_country = 'CRM' AND year = {year} AND indicator = '{indicator}' ORDER BY ALL
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Eight members in each year: one of incidents, one of clients, six of persons or of no documented unit."""
    made = new_home(tmp_path_factory.mktemp("kinds"))
    send(made, DAY, {(country, year): str(value) for country, value in VALUES.items() for year in YEARS})
    (made.raw / "X" / "c" / "series.toml").write_text(PASSPORTS, encoding="utf-8")
    release(made)
    return made


@pytest.mark.statistics("2", "kinds apart")
def test_a_sum_leaves_out_what_is_documented_to_be_of_another_kind(home: Home) -> None:
    """20 incidents and 1,000 clients are no part of 260 persons; what no source documents is."""
    mixed = "dominated+other_kind+other_unit+unit_inferred+unit_undocumented"
    alike = "other_kind_left_out+unit_inferred+unit_undocumented"
    assert ask(home, SUMS.format(year=2014, indicator="tip_victims_detected")) == [
        ("all_kinds", 1280, 1280, mixed, "CAN CRI DOM GTM HND PAN SLV USA", None),
        ("reporting", 260, 260, alike, "CRI DOM GTM HND PAN SLV", "CAN USA"),
        ("without_largest", 190, 190, alike, "CRI DOM GTM HND PAN", "CAN USA"),
    ]


def test_who_is_left_out_does_not_make_up_the_coverage_of_a_sum(home: Home) -> None:
    """Without Panama five of eleven are left in 2015, fewer than half, though eight reported."""
    assert ask(
        home,
        "SELECT value_low, numerator_low, members_reporting, contains(flag, 'low_coverage') "
        "FROM baseline.indicator_values WHERE panel = 'reporting' AND reporting_country = 'CRM' AND year = 2015 "
        "AND indicator = 'tip_victims_detected'",
    ) == [(None, 200, 5, True)]


def test_persons_served_are_another_kind_than_the_new_ones(home: Home) -> None:
    """Panama's documented year alone: a year of seven says nothing of the others."""
    left_out = (
        "SELECT year, other_kind_left_out FROM baseline.indicator_values WHERE panel = 'reporting' "
        "AND reporting_country = 'CRM' AND indicator = 'tip_victims_detected' ORDER BY year"
    )
    assert dict(ask(home, left_out)) == dict.fromkeys(YEARS, "CAN USA") | {2015: "CAN PAN USA"}


def test_an_undocumented_year_is_of_the_kind_of_its_line(home: Home) -> None:
    """Five of the USA's seven years are of clients and no change is documented; Panama's one of seven is too little."""
    kinds = (
        "SELECT reporting_country, counted_unit, flow, evidence, flag FROM core.series_kinds "
        "WHERE valid_from = DATE '{day}' AND reporting_country = '{country}'"
    )
    assert ask(home, kinds.format(day="2017-01-01", country="USA")) == [
        ("USA", "clients", "served", "undocumented", "other_kind+other_unit+unit_inferred")
    ]
    assert ask(home, kinds.format(day="2016-01-01", country="PAN")) == [
        ("PAN", "_U", "_U", "undocumented", "unit_undocumented")
    ]


def test_a_rate_leaves_out_the_same_members(home: Home) -> None:
    """Persons and population of the same members."""
    [(low, population)] = ask(
        home,
        "SELECT numerator_low, denominator_low FROM baseline.indicator_values WHERE panel = 'reporting' "
        "AND reporting_country = 'CRM' AND year = 2014 AND indicator = 'tip_victims_detected_rate'",
    )
    people = ask(
        home,
        "SELECT sum(population) FROM reference.population WHERE year = 2014 "
        "AND country IN ('CRI', 'DOM', 'GTM', 'HND', 'PAN', 'SLV')",
    )
    assert (low, [(population,)]) == (260, people)


def test_a_member_that_is_left_out_has_reported_all_the_same(home: Home) -> None:
    coverage = (
        "SELECT numerator_low, panel FROM baseline.indicator_values "
        "WHERE indicator = 'data_reporting_coverage' AND reporting_country = 'CRM' AND year = 2014"
    )
    assert ask(home, coverage) == [(8, "reporting")]


def test_the_value_of_a_country_says_that_it_is_of_another_kind(home: Home) -> None:
    flags = (
        "SELECT reporting_country, value_low, flag FROM baseline.indicator_values "
        "WHERE panel = '_Z' AND year = 2014 AND indicator = 'tip_victims_detected' ORDER BY 1"
    )
    of_another_kind = {"CAN", "USA"}
    assert ask(home, flags) == [
        (country, value, "other_kind+other_unit" if country in of_another_kind else None)
        for country, value in sorted(VALUES.items())
    ]


@pytest.mark.statistics("2", "kinds apart")
def test_no_sum_of_detected_victims_has_the_clients_of_the_usa(released: duckdb.DuckDBPyConnection) -> None:
    """2013 to 2022, among those shipped: the sum says whom it leaves out, and the one of all kinds is named so."""
    rows = released.execute(
        "SELECT year, panel, list_contains(string_split(members, ' '), 'USA'), "
        "list_contains(string_split(other_kind_left_out, ' '), 'USA') FROM baseline.indicator_values "
        "WHERE indicator IN ('tip_victims_detected', 'tip_victims_detected_rate') AND reporting_country = 'CRM' "
        "AND panel <> '_Z' AND year BETWEEN 2013 AND 2022"
    ).fetchall()
    assert {(year, panel) for year, panel, *_ in rows} >= {
        (year, panel) for year in range(2013, 2023) for panel in ("reporting", "all_kinds")
    }
    assert all(
        (has_usa, left_out) == ((True, None) if panel == "all_kinds" else (False, True))
        for _, panel, has_usa, left_out in rows
    )
    [(sum_2022,)] = released.execute(
        "SELECT value_low FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = 'reporting' "
        "AND reporting_country = 'CRM' AND year = 2022"
    ).fetchall()
    assert sum_2022 == 17605 - 16390  # all that UNODC's file has of members, without the USA


RATIOS = cards.collection(measure=None)


@pytest.fixture(scope="module")
def ratios(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Persons convicted and prosecuted of three countries in three years; one prosecutes cases, by its passport."""
    home = new_home(tmp_path_factory.mktemp("ratios"))
    (home.raw / "X" / "c" / "format.toml").write_text(RATIOS, encoding="utf-8")
    lines = [
        f"{measure},{country},{year},{value}"
        for measure, value in (("persons_convicted", 30), ("persons_prosecuted", 60))
        for country in ("CRI", "GTM", "SLV")
        for year in (2016, 2017, 2018)
    ]
    file = home.root / "file.csv"
    file.write_text("\n".join(["measure,reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
    accept(home, receive(home, file, "X/c", DAY))
    (home.raw / "X" / "c" / "series.toml").write_text(
        passport("CRI", 2016, 2018, "persons", measure="persons_prosecuted")
        + passport("SLV", 2018, 2018, "cases", measure="persons_prosecuted")
        + passport("SLV", 2018, 2018, "sentences", measure="persons_convicted"),
        encoding="utf-8",
    )
    release(home)
    return home


@pytest.mark.slow
@pytest.mark.statistics("2", "kinds apart")
def test_persons_are_not_divided_by_cases(ratios: Home) -> None:
    """A year of cases among three: no ratio, and it says why; what is undocumented is divided."""
    assert ask(
        ratios,
        "SELECT reporting_country, value_low, value_high, numerator_low, flag FROM baseline.indicator_values "
        "WHERE indicator = 'tip_convicted_per_100_prosecuted' ORDER BY 1",
    ) == [
        ("CRI", 50, 50, 90, None),
        ("GTM", 50, 50, 90, None),
        ("SLV", None, None, 90, "other_kind+other_unit"),
    ]


def test_sentences_are_no_persons(released: duckdb.DuckDBPyConnection) -> None:
    """What CORETT prints as convictions and acquittals is in no measure of persons, and in no indicator of them."""
    sentences = released.execute(
        "SELECT measure, list(DISTINCT count_unit), list(DISTINCT unit), list(value_low ORDER BY period_start) "
        "FROM core.current WHERE collection = 'CORETT/trafficking' AND contains(measure, 'sentences') "
        "GROUP BY measure ORDER BY measure"
    ).fetchall()
    assert sentences == [
        ("acquitting_sentences", ["sentence"], ["sentences"], [45, 51, 15, 13]),
        ("convicting_sentences", ["sentence"], ["sentences"], [124, 163, 119, 120]),
    ]
    assert (
        released.execute(
            "SELECT DISTINCT measure FROM core.series_kinds JOIN reference.measures USING (measure) "
            "WHERE collection = 'CORETT/trafficking' AND counted_unit = 'sentences' AND count_unit <> 'sentence'"
        ).fetchall()
        == []
    )
    assert released.execute(
        "SELECT count(*) FROM baseline.indicator_values WHERE contains(collection, 'CORETT/trafficking') "
        "AND measure IN ('persons_convicted', 'persons_acquitted')"
    ).fetchone() == (0,)


def test_two_sources_side_by_side_say_what_each_counts(released: duckdb.DuckDBPyConnection) -> None:
    """Statistics Canada's rate is of incidents, UNODC's of incidents in 2017 and 2018 and of victims since 2019."""
    rows = released.execute(
        "SELECT year, counted_unit_a, counted_unit_b, same_kind FROM analysis.source_agreement "
        "WHERE measure = 'victims_detected_rate_published' AND year BETWEEN 2017 AND 2020 "
        "AND collection_b = 'UNODC/glotip' ORDER BY 1"
    ).fetchall()
    assert rows == [
        (2017, "incidents", "incidents", True),
        (2018, "incidents", "incidents", True),
        (2019, "incidents", "persons", False),
        (2020, "incidents", "persons", False),
    ]


def test_a_table_of_origins_says_that_it_is_of_another_kind(released: duckdb.DuckDBPyConnection) -> None:
    flags = (
        "SELECT DISTINCT coalesce(contains(flag, 'other_unit'), FALSE) FROM {} "
        "WHERE reporting_country = 'USA' AND measure = 'victims_detected' AND year = 2019"
    )
    for table in ("baseline.origin_profile", "baseline.origin_flows"):
        assert released.execute(flags.format(table)).fetchall() == [(True,)]
    assert released.execute(
        "SELECT DISTINCT contains(flag, 'other_kind') FROM analysis.nationals_abroad "
        "WHERE measure = 'victims_detected' AND year = 2019 AND contains(members, 'USA')"
    ).fetchall() == [(True,)]


ANSWERS = {
    "CAN": (
        "It counts incidents (new in the period), by an official publication. This differs from “Detected victims” of other countries",
        "Only as what",
    ),
    "CRI": ("It counts persons (new in the period), by an official publication.", "Yes, as what"),
    "GTM": ("No source states what it counts, nor who counts it.", "Only as what"),
    "HND": ("It counts persons (new in the period); this is inferred, not confirmed.", "Only as what"),
    "SLV": ("No source states what it counts, nor who counts it.", "Only as what"),
    "USA": (
        "No source states what it counts in that year; in most others it counts clients",
        "Only as what",
    ),
}


@pytest.mark.statistics("2", "passport first")
def test_whether_a_number_can_be_trusted_is_answered_with_its_passport_first(home: Home) -> None:
    """A yes is of a confirmed series of the measure's own kind alone."""
    with Warehouse.open(home.current) as warehouse:
        facts = Facts(warehouse)
        answers = {}
        for country in ANSWERS:
            row = facts.headline("tip_victims_detected", country, 2018)
            assert row is not None
            short, *_ = trust.figure_lines(facts, row, "en")
            answers[country] = short["text"]
    for country, (passport_sentence, answer) in ANSWERS.items():
        assert answers[country].startswith(passport_sentence), country
        assert answer in answers[country], country
        assert ("Yes" in answers[country]) == (country == "CRI"), country


@pytest.mark.slow
def test_the_pages_say_what_the_region_leaves_out(home: Home, tmp_path: Path) -> None:
    """Where the number stands, in both languages; and a country's first sentence says that it is of another kind."""
    write_pages(home.root, tmp_path)
    for lang, left_out, clients in (
        (
            "es",
            "Queda fuera lo que cuenta otra cosa: Canadá (20 incidentes)",
            "No es «Víctimas detectadas»",
        ),
        (
            "en",
            "Left out, counting something else: Canada (20 incidents)",
            "This differs from “Detected victims” of other countries",
        ),
    ):
        assert left_out in (tmp_path / lang / "index.html").read_text(encoding="utf-8")
        usa = (tmp_path / lang / "USA.html").read_text(encoding="utf-8")
        assert re.search(rf"2018: 1\D?000[^<]*{clients}", usa)


def test_a_verdict_bears_the_caveat_of_its_own_series(home: Home) -> None:
    """In both languages."""
    sentences = dict(
        ask(
            home,
            "SELECT reporting_country, max_by(sentence_en, last_period) FROM analysis.trends "
            "WHERE indicator = 'tip_victims_detected' GROUP BY ALL",
        )
    )
    for country, (caveat, _) in ANSWERS.items():
        assert caveat in sentences[country], country
    [(spanish,)] = ask(
        home,
        "SELECT sentence_es FROM analysis.trends WHERE indicator = 'tip_victims_detected' "
        "AND reporting_country = 'HND'",
    )
    assert "Cuenta personas (nuevos en el período): se infiere, no está confirmado." in spanish


@pytest.mark.statistics("2", "caveat of each series")
def test_figures_to_take_away_state_what_the_series_counts(home: Home, tmp_path: Path) -> None:
    """The labelled layer, the client's answer, and the workbook, in which a sentence names its years."""
    labelled = dict(
        ask(
            home,
            "SELECT reporting_country, series_en FROM baseline.headline "
            "WHERE indicator = 'tip_victims_detected' AND year = 2018 AND series_en IS NOT NULL",
        )
    )
    assert set(labelled) == set(VALUES)
    with Warehouse.open(home.current, lang="en") as warehouse:
        answers = warehouse.indicator("tip_victims_detected", countries=[*VALUES, "CRM"])
        [book] = [path for path in workbook.write(warehouse, tmp_path) if path.stem == "indicators"]
    of_2018 = answers[answers["year"] == 2018].set_index("reporting_country")["series"]
    assert of_2018["CRM"] is None
    for country, (caveat, _) in ANSWERS.items():
        assert labelled[country].startswith(caveat)
        assert of_2018[country].startswith(caveat)
    sheet = next(s for s in openpyxl.load_workbook(book) if s.title.endswith("tip_victims_detected"))
    lines = [[cell.value for cell in row[:2]] for row in sheet.iter_rows()]
    first = lines.index(["What each country's series counts", None]) + 1
    texts = {text: where for where, text in itertools.takewhile(lambda line: line[0], lines[first:])}
    assert texts[labelled["GTM"]] == (
        "Dominican Republic 2012–2018; El Salvador 2012–2018; Guatemala 2012–2018; Panama 2012–2014, 2016–2018"
    )
    assert texts[labelled["CRI"]] == "Costa Rica 2012–2018"


@pytest.mark.parametrize(
    ("day", "lang", "starts"),
    [
        (date(2012, 1, 1), "en", "It counts clients of services (served in the period"),
        (date(2016, 12, 31), "es", "Cuenta clientes de servicios"),
        (date(2017, 1, 1), "en", "No source states what it counts in that year"),
        (date(2011, 12, 31), "en", None),
    ],
)
def test_the_caveat_is_that_of_the_day(day: date, lang: str, starts: str | None, home: Home) -> None:
    kinds = row_dicts(duckdb.connect(home.current, read_only=True).execute("SELECT * FROM core.series_kinds"))
    series = series_sentences.kinds_by_series(kinds)["X/c", "USA", "victims_detected"]
    text = series_sentences.caveat_on(series, day, lang)
    assert text is None if starts is None else (text or "").startswith(starts)
