"""Explanation of one figure, and open alerts: against the shipped files, the tables of the release, and by hand."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.codelists import codelist
from schemas.words import CONTRACT_LANGUAGES, InvalidValue, number, say
from tests.test_client import shipped_rows
from tests.test_query import run
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.reading.arguments import NoData
from warehouse.reading.explanation import CELLS_SHOWN
from warehouse.reading.open_alerts import open_alerts

VICTIMS, ENTRIES, ENCOUNTERS = (
    "tip_victims_detected",
    "mobility_irregular_entries",
    "mobility_irregular_encounters",
)


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current, lang="en") as opened:
        yield opened


# ---- bounds by other tables -----------------------------------------------------------------------


def test_a_hidden_count_is_explained_by_what_the_other_tables_force(warehouse: Warehouse) -> None:
    """Belize 2017: the total and the women of UNODC's shipped file leave no man, whom its own cell hides as 0 to 4."""
    rows = [
        row
        for row in shipped_rows("UNODC/glotip/2025-04-14.1")
        if (row["reporting_country"], row["period"], row["measure"]) == ("BLZ", "2017", "victims_detected")
    ]
    values = {
        (row["sex"], row["age_group"]): row["value"]
        for row in rows
        if {row["exploitation"], row["citizenship"]} == {"_T"}
    }
    assert (values["_T", "_T"], values["F", "_T"], values["M", "_T"]) == ("11", "11", "0-4")
    explanation = warehouse.explain(VICTIMS, "BLZ", 2017, by={"sex": "M"})
    assert (explanation.low, explanation.high) == (0, 4)
    assert explanation.joint == (
        "“Male”: 0 by all tables of the year together; 0 to 4 in its own table. It follows from this: “Female” is at "
        "least 11; the total is at most 11; the total contains “Female”, “Male”."
    )
    assert f"{say('explain.joint', 'en')}: {explanation.joint}" in str(explanation)
    assert warehouse.explain(VICTIMS, "Guatemala", 2022).joint == ""


def test_a_share_of_a_hidden_count_has_no_bounds_of_the_count(warehouse: Warehouse) -> None:
    """Belize 2019: the count of other forms is narrowed; its share has the same lower bound, 0."""
    of = {"exploitation": "OTH"}
    assert warehouse.explain(VICTIMS, "BLZ", 2019, by=of).joint != ""
    share = warehouse.explain("tip_exploitation_share", "BLZ", 2019, by=of)
    assert (share.low, share.joint) == (0, "")


# ---- the value and its cells -----------------------------------------------------------------------


def test_a_total_is_explained_by_its_cell_and_by_what_its_series_counts(warehouse: Warehouse) -> None:
    """228 victims in Guatemala in 2022: one row of UNODC's shipped file."""
    explanation = warehouse.explain(VICTIMS, "Guatemala", 2022)
    [row] = [
        row
        for row in shipped_rows("UNODC/glotip/2025-04-14.1")
        if (row["reporting_country"], row["period"], row["measure"]) == ("GTM", "2022", "victims_detected")
        and {row["sex"], row["age_group"], row["exploitation"], row["citizenship"]} <= {"", "_T"}
    ]
    assert (explanation.low, explanation.high, explanation.value) == (228, 228, "228")
    [cell] = explanation.cells
    assert (cell.submission, cell.value_text) == ("UNODC.glotip.2025-04-14.1", row["value"])
    assert cell.cell.endswith(row["line"])
    [passport] = warehouse.query(
        "SELECT what_en, source, evidence FROM registry.series WHERE collection = 'UNODC/glotip' "
        "AND reporting_country = 'GTM' AND measure = 'victims_detected' AND valid_from = DATE '2022-01-01'"
    ).to_dict("records")
    assert passport["what_en"].rstrip(".") in explanation.counts
    assert passport["evidence"] == "undocumented"
    assert explanation.counts.startswith("No source states what it counts in that year")
    assert explanation.evidence == passport["source"]


@pytest.mark.parametrize(
    ("submission", "asked", "period"),
    [
        ("HND-INM/nationality/2025-06-30.1", (ENTRIES, "HND"), "2022-04"),
        ("HND-INM/nationality/2025-06-30.1", (ENTRIES, "HND"), "2023-10"),
        ("MEX-UPMRIP/nationality/2025-06-19.1", (ENCOUNTERS, "MEX"), "2024-01"),
    ],
)
def test_a_total_that_nobody_sent_leads_to_the_cells_that_it_is_the_sum_of(
    submission: str, asked: tuple[str, str], period: str, warehouse: Warehouse
) -> None:
    rows = [row for row in shipped_rows(submission) if row["period"] == period]
    explanation = warehouse.explain(*asked, period)
    assert {cell.cell.lstrip("ABCDEFGHIJKLMN") for cell in explanation.cells} == {row["line"] for row in rows}
    assert explanation.low == sum(float(row["value"]) for row in rows)
    assert number(len(explanation.cells) - CELLS_SHOWN, "en") in str(explanation).splitlines()[-1]


@pytest.mark.parametrize(
    ("indicator", "by", "detail"),
    [
        ("tip_exploitation_share", {"exploitation": "SEX"}, "exploitation"),
        (VICTIMS, {"sex": "female"}, "sex"),
        ("tip_victims_detected_origin", {"origin": "own_national"}, "origin_class"),
        (VICTIMS, {"citizenship": "Honduras"}, "citizenship"),
    ],
)
def test_a_figure_of_a_breakdown_is_named_by_its_code_or_name(
    indicator: str, by: dict[str, str], detail: str, warehouse: Warehouse
) -> None:
    explanation = warehouse.explain(indicator, "GTM", 2022, by=by)
    frame = warehouse.indicator(indicator, countries="GTM", since=2022, by=list(by))
    code = {"female": "F", "Honduras": "HND"}.get(*by.values(), *by.values())
    row = frame[(frame["year"] == 2022) & (frame[detail] == code)].iloc[0]
    assert (explanation.low, explanation.high, explanation.value) == (
        row["value_low"],
        row["value_high"],
        row["value"],
    )
    assert row[f"{detail}_name"] in explanation.title
    assert explanation.cells


def test_another_source_and_a_region_are_explained_as_their_own(warehouse: Warehouse) -> None:
    other = warehouse.explain(VICTIMS, "MEX", 2022, collection="MEX-SESNSP/victimas")
    assert (other.low, other.value) == (942, "942")
    assert {cell.submission for cell in other.cells} == {"MEX-SESNSP.victimas.2025-06-30.1"}
    region = warehouse.explain(VICTIMS, "CRM", 2021)
    assert region.low == sum(float(cell.value_text) for cell in region.cells)
    assert "Guatemala" in region.members
    assert region.counts == region.evidence == ""


# ---- what stands beside it -------------------------------------------------------------------------


def test_change_verdict_and_alert_are_those_of_its_series(warehouse: Warehouse) -> None:
    explanation = warehouse.explain(VICTIMS, "GTM", 2022)
    [change] = warehouse.query(
        "SELECT sentence_en, answer_en FROM analysis.changes WHERE indicator = $i AND reporting_country = 'GTM' "
        "AND collection = 'UNODC/glotip' AND is_first AND origin_class = '_T' AND sex = '_T' AND age_group = '_T' "
        "AND exploitation = '_T' AND citizenship = '_T'",
        {"i": VICTIMS},
    ).to_dict("records")
    assert (explanation.change, explanation.may_say) == (change["sentence_en"], change["answer_en"])
    assert "as counted since 2020-01-01" in explanation.verdict
    month = warehouse.explain(ENTRIES, "HND", "2022-04")
    assert "Since 2022-03" in month.alert
    assert "12,971" in month.alert
    assert (month.verdict, "2024-05 to 2025-04" in month.change) == ("", True)


def test_a_figure_before_a_break_has_nothing_of_the_series_after_it(warehouse: Warehouse) -> None:
    """Guatemala's series counts something else since 2020."""
    assert "as counted since 2019" in warehouse.explain(VICTIMS, "GTM", 2019).verdict
    for year in (2018, 2019):
        assert warehouse.explain(VICTIMS, "GTM", year).change == ""


def test_the_outlook_counts_the_values_behind_the_figure_by_state(warehouse: Warehouse) -> None:
    """Of 94 nationalities of January 2025, 50 went back to their first number; two extracts are no outlook."""
    explanation = warehouse.explain(ENCOUNTERS, "MEX", "2025-01")
    states = warehouse.query(
        "SELECT state, count(*) AS n FROM analysis.revision_states WHERE collection = 'MEX-UPMRIP/nationality' "
        "AND period = '2025-01' GROUP BY state"
    )
    counts = dict(states.itertuples(index=False))
    assert sum(counts.values()) == len(explanation.cells)
    for state, n in counts.items():
        name = codelist("revision_state")[state].name("en")
        assert f"{n} of {len(explanation.cells)} received values: {name}" in explanation.outlook
    assert "3 to 5 months after their period: 90 of 497 values" in explanation.outlook
    assert "6 to 11 months" not in explanation.outlook
    assert "fewer than three submissions" in warehouse.explain(VICTIMS, "GTM", 2022).outlook


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_text_has_every_part_in_the_language(released_home: Path, lang: str) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as warehouse:
        explanation = warehouse.explain(VICTIMS, "MEX", 2021)
        text = str(explanation)
        assert text.splitlines()[0].endswith(f", 2021: {explanation.value}")
        for name in ("counts", "warnings", "caveat", "verdict", "change", "may_say", "outlook", "citation"):
            assert f"{say(f'explain.{name}', lang)}: {getattr(explanation, name)}" in text
        assert "{" not in text
        assert ": nan" not in text
        assert math.isnan(explanation.low)  # in doubt: no number
    with pytest.raises(FrozenInstanceError):
        explanation.value = "0"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("asked", "by", "error", "told"),
    [
        ((VICTIMS, "MEX", 2031), {}, NoData, "2008 – 2022"),
        ((VICTIMS, "MEX", "2022-01"), {}, NoData, "—"),
        (("tip_exploitation_share", "MEX", 2020), {}, InvalidValue, "exploitation: "),
        ((VICTIMS, "MEX", 2020), {"sex": "Q"}, InvalidValue, "M, F"),
        ((VICTIMS, "MEX", 2020), {"sx": "F"}, InvalidValue, "sx"),
        ((VICTIMS, "Mexxx", 2020), {}, InvalidValue, "MEX"),
        (("tip_victims", "MEX", 2020), {}, InvalidValue, VICTIMS),
    ],
)
def test_what_is_no_figure_is_an_error_that_names_what_there_is(
    asked: tuple[Any, ...], by: dict[str, str], error: type[Exception], told: str, warehouse: Warehouse
) -> None:
    with pytest.raises(error, match=told):
        warehouse.explain(*asked, by=by)


# ---- open alerts -----------------------------------------------------------------------------------


def test_open_alerts_are_those_of_the_last_month_of_each_series(warehouse: Warehouse) -> None:
    """By other code: every month of the release, and the last one of each collection."""
    months = warehouse.query(
        "SELECT collection, measure, reporting_country, origin_class, class_level, citizenship, period_start, "
        "alert, surge_from, growth_from FROM analysis.monthly"
    )
    last = months.groupby(["collection", "measure", "reporting_country"])["period_start"].transform("max")
    expected = months[months["alert"].notna() & (months["period_start"] == last)]
    frame = warehouse.alerts()
    key = ["collection", "origin_class", "citizenship"]
    assert sorted(frame[key].itertuples(index=False)) == sorted(expected[key].itertuples(index=False))
    assert len(frame) > 0
    first = expected.set_index(key)[["surge_from", "growth_from"]].min(axis=1)
    for row in frame.to_dict("records"):
        assert row["since"] == first[tuple(row[name] for name in key)]
        assert f"{row['since']:%Y-%m}" in row["sentence"]
    assert set(warehouse.alerts(countries="HND")["reporting_country"]) <= {"HND"}


@pytest.mark.parametrize(
    ("alerts", "is_open"),
    [
        ([None, "growth", "growth"], True),
        ([None, "growth", None], False),  # it ended
        (["growth", "growth"], False),  # the month after it is missing
    ],
)
def test_an_alert_is_open_while_the_last_month_bears_it(alerts: list[str | None], is_open: bool) -> None:
    with duckdb.connect() as db:
        db.execute("CREATE SCHEMA analysis")
        values = [
            f"('X/c', 'm', 'CRI', '_T', '_Z', 'COL', DATE '2025-0{n}-01', 80, 80, 'event', "
            f"{'NULL' if alert is None else repr(alert)}, NULL::DATE, DATE '2025-01-01', 'es', 'en')"
            for n, alert in enumerate(alerts, start=1)
        ]
        values.append(
            "('X/c', 'm', 'CRI', '_T', '_Z', '_T', DATE '2025-03-01', 9, 9, 'event', NULL, NULL, NULL, NULL, NULL)"
        )
        names = (
            "collection, measure, reporting_country, origin_class, class_level, citizenship, period_start, value_low, "
            "value_high, count_unit, alert, surge_from, growth_from, sentence_es, sentence_en"
        )
        db.execute(
            f"CREATE TABLE analysis.monthly AS SELECT * FROM (VALUES {', '.join(values)}) AS v ({names})"
        )
        assert [row["citizenship"] for row in open_alerts(db)] == (["COL"] if is_open else [])


# ---- on the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_command_prints_what_the_client_returns(released_home: Path, lang: str) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as warehouse:
        expected = str(warehouse.explain(VICTIMS, "GTM", 2022, by={"sex": "F"}))
    result = run(released_home, "explain", VICTIMS, "GTM", "2022", "--by", "sex=F", "--lang", lang)
    assert (result.exit_code, result.stdout.rstrip("\n")) == (0, expected)


def test_the_command_gives_programs_the_parts_and_people_a_sentence(released_home: Path) -> None:
    result = run(released_home, "explain", VICTIMS, "GTM", "2022", "--json")
    document = json.loads(result.stdout)
    assert (document["low"], document["cells"][0]["value_text"]) == (228, "228")
    doubted = run(released_home, "explain", VICTIMS, "MEX", "2021", "--json").stdout
    assert json.loads(doubted, parse_constant=pytest.fail)["low"] is None
    wrong = run(released_home, "explain", VICTIMS, "GTM", "1950", "--lang", "en")
    assert wrong.exit_code == 2
    assert "Periods with a figure" in wrong.stderr
    assert "Traceback" not in wrong.output


@pytest.mark.slow
def test_the_shipped_files_have_a_line_for_each_cell_of_a_country(warehouse: Warehouse) -> None:
    """Every total of detected victims of the members by UNODC leads to one line of the shipped file with its number."""
    lines = {row["line"]: row for row in shipped_rows("UNODC/glotip/2025-04-14.1")}
    frame = warehouse.indicator(VICTIMS)
    checked = 0
    for row in frame[frame["collection"] == "UNODC/glotip"].to_dict("records"):
        [cell] = warehouse.sources(row).to_dict("records")
        line = lines[str(cell["source_row"])]
        assert (line["reporting_country"], line["period"]) == (row["reporting_country"], row["period"])
        assert next(csv.reader([line["value"]])) == [cell["value_text"]]
        checked += 1
    assert checked > 100
