"""The client: one question one call, names and words, what must stand beside it, and the way back to the cells."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from schemas.words import InvalidValue, UserError
from tests.conftest import AS_OF
from tests.test_query import ATTEMPTS
from warehouse import Warehouse
from warehouse.home import CHECKOUT, Home
from warehouse.reading import arguments, frame_files, frames
from warehouse.reading.arguments import NoData

DETECTED = "tip_victims_detected"


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


def shipped_rows(submission: str) -> list[dict[str, str]]:
    """The rows of a shipped file, with the line of the file that each stands in."""
    [file] = (CHECKOUT / "raw" / submission).glob("*.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    header = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    rows = csv.DictReader(lines[header:])
    return [{**row, "line": str(header + 2 + n)} for n, row in enumerate(rows)]


# ---- one question, one call -----------------------------------------------------------------------


def test_a_country_s_figures_have_names_words_and_what_must_stand_beside(warehouse: Warehouse) -> None:
    """9,854 in the USA in 2020, Mexico's 115 of 2021 in doubt: of UNODC's file."""
    rows = warehouse.indicator(DETECTED, countries=["Estados Unidos", "mexico"], since=2020)
    by = rows.set_index(["reporting_country", "year"])
    assert by.loc[("USA", 2020), ["country", "value_low", "value_high", "how", "value"]].tolist() == [
        "Estados Unidos de América", 9854, 9854, "exact", "9,854",
    ]  # fmt: skip
    doubted = by.loc[("MEX", 2021)]
    assert (doubted["how"], doubted["value"], math.isnan(doubted["value_low"])) == (
        "in_doubt",
        "115, en duda",
        True,
    )
    assert doubted["warnings"]
    assert rows["year"].min() == 2020
    assert rows.attrs["caveat"].startswith("Casos que las autoridades detectaron")
    assert rows.attrs["citation"] == ["UNODC, Global Report on Trafficking in Persons database"]
    assert (rows.attrs["as_of"], rows.attrs["unit"]) == (str(AS_OF), "persons")


def test_names_and_words_are_of_the_language_chosen(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current, lang="en") as english:
        rows = english.indicator(DETECTED, countries="MEX", since=2021)
        assert rows.loc[0, ["country", "value"]].tolist() == ["Mexico", "115, in doubt"]
        assert english.search("víctimas niñas")["name"].str.startswith("Child").any()
    with pytest.raises(InvalidValue, match="es, en"):
        Warehouse.open(Home(released_home).current, lang="xx")


def test_a_sum_over_a_country_s_years_counts_nobody_twice(warehouse: Warehouse) -> None:
    """One row a country and year, regions only where they are named."""
    rows = warehouse.indicator(DETECTED)
    assert not rows.duplicated(["reporting_country", "year"]).any()
    assert not set(rows["reporting_country"]) & {"CRM", "SICA", "CORETT9"}
    region = warehouse.indicator(DETECTED, countries="CRM").set_index("year")
    rows = rows[~rows["flag"].fillna("").str.contains("other_kind")]  # counts something else than the measure
    told = rows.groupby("year")[["value_low", "value_high"]].sum().loc[region.index]
    compared = region["value_low"].notna()
    assert compared.sum() > 10
    assert (
        told[compared].to_numpy().tolist()
        == region.loc[compared, ["value_low", "value_high"]].to_numpy().tolist()
    )


def test_an_indicator_is_detailed_by_what_is_asked_and_nothing_else(warehouse: Warehouse) -> None:
    """The United States 2020 in the shipped file: 8,060 women and girls, 1,626 men and boys, 168 others."""
    rows = warehouse.indicator(DETECTED, countries="USA", since=2020, by="sex")
    of_2020 = rows[rows["year"] == 2020]
    assert dict(zip(of_2020["sex"], of_2020["value_low"], strict=True)) == {"F": 8060, "M": 1626, "_O": 168}
    assert of_2020["sex_name"].tolist() == ["Mujeres", "Hombres", "Otro"]
    both = warehouse.indicator(DETECTED, countries="USA", since=2020, by=["age_group", "sex"])
    assert {"sex", "age_group"} < set(both.columns)
    assert "_T" not in set(both["sex"]) | set(both["age_group"])


def test_what_an_indicator_always_details_need_not_be_asked_for(warehouse: Warehouse) -> None:
    forms = warehouse.indicator("tip_exploitation_share", countries="USA", since=2022)
    assert set(forms["exploitation"]) == {"SEX", "LAB", "OTH"}
    classes = warehouse.indicator("tip_victims_detected_origin", countries="USA", since=2021)
    assert set(classes["origin_class"]) == {"own_national", "intra_regional", "extra_regional"}


def test_every_source_is_a_series_of_its_own(warehouse: Warehouse) -> None:
    rows = warehouse.indicator(DETECTED, countries="MEX", since=2019, source="all")
    others = {"MEX-SESNSP/victimas", "CORETT/trafficking", "USA-DOS/tip_report"}
    assert set(rows["collection"]) == {"UNODC/glotip", *others}
    assert not rows.duplicated(["collection", "year"]).any()


def test_classes_of_origin_add_up_to_the_total_and_parents_stand_apart(warehouse: Warehouse) -> None:
    rows = warehouse.origin(countries="USA", since=2021)
    parts = rows[(rows["class_level"] == "part") & (rows["year"] == 2021)]
    assert parts["value_low"].sum() <= parts["total_low"].iloc[0] <= parts["value_high"].sum()
    outside = rows[(rows["origin_class"] == "extra_regional") & (rows["year"] == 2021)]
    assert outside["class_level"].tolist() == ["parent"]
    assert rows.attrs["caveat"]


def test_flows_say_who_was_recorded_where(warehouse: Warehouse) -> None:
    """Hondurans among the victims in the United States in 2021: 391, UNODC's file."""
    rows = warehouse.flows(origins="hondureñas", countries="USA", since=2021)
    assert rows.loc[0, ["origin_name", "country", "year", "value_low"]].tolist() == [
        "Honduras", "Estados Unidos de América", 2021, 391,
    ]  # fmt: skip
    entries = warehouse.flows("irregular_mobility", countries="PAN", since=2023, measure="irregular_entries")
    assert entries.loc[0, "origin_name"].startswith("Venezuela")
    assert set(entries["unit"]) == {"events"}


def test_trend_coverage_revisions_and_agreement_are_one_call_each(warehouse: Warehouse) -> None:
    assert warehouse.trend(DETECTED, countries="CRM").empty  # without other kinds no panel has five years
    [region] = warehouse.trend(DETECTED, countries="SLV").to_dict("records")
    assert (region["baseline_period"], region["direction"]) == ("2016-2018", "no_clear_change")
    assert region["sentence"].startswith("Víctimas de trata detectadas, El Salvador")
    coverage = warehouse.coverage("trafficking", countries="PAN", since=2019)
    assert set(coverage["status"]) <= set(
        warehouse.query("SELECT code FROM reference.codes WHERE codelist = 'coverage_status'")["code"]
    )
    assert coverage["status_name"].notna().all()
    changed = warehouse.revisions(countries="Canada", since=2021)
    assert {"new", "revised"} <= set(changed["kind"])
    assert set(changed["country"]) == {"Canadá"}
    beside = warehouse.agreement(DETECTED, countries="CRI")
    of_2019 = beside[(beside["year"] == 2019) & (beside["collection_b"] == "UNODC/glotip")]
    assert of_2019[["value_a_low", "value_b_low", "ratio_low"]].to_numpy().tolist() == [[62, 62, 1]]


def test_the_labelled_layer_has_its_members_without_a_figure_and_regions_where_named(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.headline(DETECTED, since=2020)
    assert len(rows) == 11 * rows["year"].nunique()
    assert rows.attrs["citation"] == ["UNODC, Global Report on Trafficking in Persons database"]
    region = warehouse.headline(DETECTED, countries=["Costa Rica", "SICA"], since=2020)
    assert set(region["reporting_country"]) == {"CRI", "SICA"}
    assert region.loc[region["reporting_country"] == "SICA", "members_reporting"].notna().any()


# ---- a name that is none ---------------------------------------------------------------------------

WRONG = {
    "indicator": (lambda w: w.indicator("tip_victim_detected"), DETECTED),
    "trend": (lambda w: w.trend("victims_detected"), DETECTED),
    "country": (lambda w: w.indicator(DETECTED, countries="Mexyco"), r"MEX \(México\)"),
    "country that does not report": (lambda w: w.origin(countries="FRA"), "PAN"),
    "slice": (lambda w: w.indicator(DETECTED, by="gender"), "age_group, .*sex"),
    "source": (lambda w: w.indicator(DETECTED, source="al"), "all, preferred"),
    "family": (lambda w: w.origin("trafiking"), "trafficking"),
    "measure": (lambda w: w.origin("irregular_mobility", measure="entries"), "irregular_entries"),
    "frequency": (lambda w: w.indicator(DETECTED, frequency="Y"), "Q, M, A"),
    "origin": (lambda w: w.flows(origins="Hondurrras"), "HND"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_name_that_is_none_names_the_nearest(what: str, warehouse: Warehouse) -> None:
    ask, named = WRONG[what]
    with pytest.raises(InvalidValue, match=named):
        ask(warehouse)


def test_what_nobody_tells_is_no_empty_table(warehouse: Warehouse) -> None:
    """Nobody counts smuggled migrants by citizenship: the answer says so, and what would fill it."""
    for ask in (
        lambda: warehouse.origin("smuggling"),
        lambda: warehouse.flows("smuggling"),
        lambda: warehouse.indicator("som_migrants_smuggled_origin_share"),
    ):
        with pytest.raises(NoData) as said:
            ask()
        assert "cuente migrantes objeto de tráfico por ciudadanía" in said.value.render("es")


# ---- open bounds, doubts ---------------------------------------------------------------------------


def test_an_open_bound_keeps_a_sum_open_and_a_doubt_stays_out_of_it() -> None:
    given = pd.DataFrame(
        {
            "value_low": [3.0, 5.0, 100.0, None],
            "value_high": [4.0, None, 100.0, None],
            "unit": ["persons"] * 4,
            "is_doubted": [False, False, True, False],
            "flag": [None, None, "suspected_partial", "inconsistent"],
        }
    )
    said = frames._with_texts(given, "es")
    assert said["value"].tolist() == ["entre 3 y 4", "al menos 5", "100, en duda", "no se muestra"]
    assert (said["value_low"].sum(), said["value_high"].sum()) == (8, math.inf)
    assert said["how"].tolist() == ["between", "at_least", "in_doubt", "withheld"]


# ---- down to the cells -----------------------------------------------------------------------------


def test_a_total_leads_to_its_cell_of_the_received_file(warehouse: Warehouse) -> None:
    row = warehouse.indicator(DETECTED, countries="USA", since=2020).iloc[0]
    [cell] = warehouse.sources(row).to_dict("records")
    file = shipped_rows("UNODC/glotip/2025-04-14.1")
    [received] = [r for r in file if r["line"] == str(cell["source_row"])]
    assert (received["reporting_country"], received["period"], received["value"]) == ("USA", "2020", "9854")
    assert received["measure"] == "victims_detected"
    assert cell["cell"].endswith(str(cell["source_row"]))
    assert len(cell["sha256"]) == 64


def test_a_share_leads_to_its_whole_table_and_a_class_to_its_countries(warehouse: Warehouse) -> None:
    """Children among 9,854: 2,254 of 2,254 + 7,600 of known age."""
    share = warehouse.indicator("tip_child_share_known_age", countries="USA", since=2020).iloc[0]
    told = warehouse.sources(share)
    assert dict(zip(told["age_group"], told["value_low"], strict=True)) == {
        "_T": 9854,
        "Y0T17": 2254,
        "Y_GE18": 7600,
    }
    assert share["value_low"] == pytest.approx(2254 / 9854)
    outside = warehouse.origin(countries="USA", since=2021).iloc[0]
    assert {"USA", "MEX", "HND"} <= set(warehouse.sources(outside)["citizenship"])
    flow = warehouse.flows(origins="HND", countries="USA", since=2021).iloc[0]
    assert set(warehouse.sources(flow)["citizenship"]) == {"_T", "HND"}
    region = warehouse.indicator(DETECTED, countries="CRM", since=2020).iloc[0]
    assert warehouse.sources(region)["value_low"].sum() == region["value_low"]
    with pytest.raises(InvalidValue, match="submissions"):
        warehouse.sources({"reporting_country": "USA"})


# ---- taking out -------------------------------------------------------------------------------------


def test_a_workbook_keeps_an_open_bound_open_and_runs_no_text(warehouse: Warehouse, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "country": ["=1+1", "B"],
            "value_high": [4.0, math.inf],
            "since": pd.to_datetime(["2020-01-01", None]),
        }
    )
    frame.attrs = {"caveat": "Casos detectados.", "citation": ["@UNODC"], "licence": {"X/c": "libre"}}
    written = openpyxl.load_workbook(warehouse.to_excel(frame, tmp_path / "deep" / "a.xlsx"))
    figures, beside = written.worksheets
    assert [[cell.value for cell in row] for row in figures.iter_rows(min_row=2)] == [
        ["=1+1", 4, pd.Timestamp("2020-01-01")],
        ["B", frame_files.OPEN, None],
    ]
    assert [figures["A2"].data_type, figures["B3"].data_type] == ["s", "e"]
    told = {row[0].value: row[1].value for row in beside.iter_rows()}
    assert told["advertencia"] == "Casos detectados."
    assert told["cómo citar"] == "@UNODC"
    assert told["condiciones de uso"] == "X/c: libre"


def test_a_frame_of_a_release_is_written_and_read_back(warehouse: Warehouse, tmp_path: Path) -> None:
    frame = warehouse.indicator(DETECTED, countries="USA")
    path = warehouse.to_excel(frame, tmp_path / "usa.xlsx")
    read = pd.read_excel(path)
    assert read["value_low"].tolist() == frame["value_low"].tolist()
    table = warehouse.to_arrow(frame)
    assert table.num_rows == len(frame)
    assert json.loads(table.schema.metadata[b"lineabase"]) == frame.attrs


# ---- reads the release and nothing else ------------------------------------------------------------


def test_a_query_of_the_client_reads_the_release_and_nothing_else(
    released_home: Path, warehouse: Warehouse, tmp_path: Path
) -> None:
    home = Home(released_home)
    raw = next(home.raw.rglob("*.csv"))
    places = {"raw": raw, "new": tmp_path / "new", "internal": home.internal}
    before = raw.read_bytes()
    for sql in ATTEMPTS:
        with pytest.raises(duckdb.Error):
            warehouse.query(sql.format(**places))
    assert raw.read_bytes() == before
    assert not (tmp_path / "new").exists()
    assert warehouse.release == "2025-Q4.r1"


def test_whoever_else_reads_the_file_is_held_to_nothing(released_home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    current = Home(released_home).current
    with Warehouse.open(current), duckdb.connect(current, read_only=True) as own:
        read = own.execute(f"SELECT a FROM read_csv('{tmp_path / 'a.csv'}')").fetchall()
    assert read == [(1,)]


def test_every_error_of_the_client_is_said_in_each_language(warehouse: Warehouse) -> None:
    with pytest.raises(UserError) as error:
        warehouse.indicator("x")
    assert len({error.value.render(lang) for lang in ("es", "en")}) == 2


# ---- the release as a whole -------------------------------------------------------------------------


def test_a_release_introduces_itself(warehouse: Warehouse, released_home: Path) -> None:
    """The numbers are counted here by other SQL."""
    released = warehouse.query("SELECT release FROM registry.release")["release"][0]
    first, last = warehouse.query(
        "SELECT min(year) AS a, max(year) AS b FROM baseline.indicator_values WHERE value_low >= 0 "
        "AND length(reporting_country) = 3 AND reporting_country <> 'CRM'"
    ).loc[0]
    for text in (repr(warehouse), warehouse._repr_html_()):
        assert f"Publicación {released}" in text
        assert f"{first}–{last}" in text
    assert "search(&quot;" in warehouse._repr_html_()
    closed = Warehouse.open(Home(released_home).current)
    closed.close()
    assert repr(closed) == f"<Warehouse {Home(released_home).current}>"


def test_indicators_and_countries_are_listed(warehouse: Warehouse) -> None:
    indicators = warehouse.indicators().set_index("indicator")
    figures = warehouse.headline(DETECTED).dropna(subset="value_low")
    assert indicators.loc[DETECTED, "countries"] == figures["reporting_country"].nunique()
    assert indicators.loc[DETECTED, "last_year"] == figures["year"].max()
    assert set(indicators[indicators["data"] == "no_data"]["countries"]) == {0}
    countries = warehouse.countries()
    assert countries[~countries["is_grouping"]]["country"].str.contains("Panamá").sum() == 1
    assert set(countries[countries["is_grouping"]]["reporting_country"]) == {"CRM", "SICA", "CORETT9"}


def test_a_citation_has_only_the_sources_of_its_frame(warehouse: Warehouse) -> None:
    citation = warehouse.cite(warehouse.indicator(DETECTED, "USA"))
    assert citation.startswith("UNODC, Global Report")
    assert warehouse.release in citation
    assert "SESNSP" not in citation
    assert warehouse.release in warehouse.cite()
    with pytest.raises(InvalidValue, match="cita"):
        warehouse.cite(warehouse.query("SELECT 1"))


@pytest.mark.parametrize(("lang", "words"), [("es", "no es un país"), ("en", "is no country")])
def test_an_error_is_in_the_language_of_the_client(released_home: Path, lang: str, words: str) -> None:
    other = {"es": "is no country", "en": "no es un país"}[lang]
    client = Warehouse.open(Home(released_home).current, lang=lang)
    with client, pytest.raises(InvalidValue, match=words) as error:
        client.indicator(DETECTED, "Hondras")
    assert other not in str(error.value)


@pytest.mark.parametrize("name", ["Hondras", "Guatmala", "Mexco", "Panma", "Salvdor"])
def test_a_misspelt_country_is_an_error_that_names_the_country(warehouse: Warehouse, name: str) -> None:
    """Misspellings of ../shared/findings/readers.md, section 4: read silently before."""
    for question in (warehouse.indicator, warehouse.headline, warehouse.trend, warehouse.change):
        with pytest.raises(InvalidValue, match=r"más parecidos: [A-Z]{3} \("):
            question(DETECTED, name)
    with pytest.raises(InvalidValue, match=r"más parecidos: [A-Z]{3} \("):
        warehouse.flows(origins=name)


def test_a_country_that_reports_nothing_here_is_no_misspelling(warehouse: Warehouse) -> None:
    with pytest.raises(InvalidValue, match=r"Colombia no informa aquí.*HND"):
        warehouse.indicator(DETECTED, "Colombia")


def test_no_choice_of_years_or_breakdowns_gives_an_empty_table(warehouse: Warehouse) -> None:
    for question in (warehouse.indicator, warehouse.headline, warehouse.agreement):
        with pytest.raises(InvalidValue, match=r"2030.*20[0-9][0-9]"):
            question(DETECTED, since=2030)
    [last] = warehouse.query("SELECT max(year) AS y FROM baseline.indicator_values")["y"]
    assert arguments.check_year(warehouse.connection, int(last)) == last
    with pytest.raises(InvalidValue, match=rf"{last + 1}.*{last}"):
        arguments.check_year(warehouse.connection, int(last) + 1)
    with pytest.raises(NoData, match=r"Países con cifras: .*Años: 20"):
        warehouse.indicator(DETECTED, "CAN", frequency="M")


def test_only_one_row_leads_to_its_cells(warehouse: Warehouse) -> None:
    for value in ("x", warehouse.indicator(DETECTED, "USA"), None):
        with pytest.raises(InvalidValue, match=r"sources\(frame.iloc"):
            warehouse.sources(value)  # type: ignore[arg-type]


def test_a_search_finds_the_stem_of_a_long_word(warehouse: Warehouse) -> None:
    assert "tip_persons_convicted" in set(warehouse.search("convictions")["indicator"])
