"""The desk review of laws, read by other code from its file and compared with the release and its page."""

from __future__ import annotations

import csv
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.dagster.build import build_database
from assets.intake.processing import process
from schemas.records.names import has_title
from tests.agreements import agree
from tests.conftest import accept, release
from tests.published.publishers import csv_rows
from tests.test_records import handed_in
from warehouse.home import CHECKOUT, Home
from warehouse.publication import quality
from warehouse.publication.site import record_pages, records
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse

SHIPPED_LAW = ("CRM-TS/laws", "DESK-REVIEW/legislation")
NOVEMBER = date(2026, 11, 30)

Release = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def law_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The shipped desk review, released on the day of its receipt."""
    root = tmp_path_factory.mktemp("desk_review")
    for collection in SHIPPED_LAW:
        shutil.copytree(CHECKOUT / "raw" / collection, root / "raw" / collection)
    home = Home(root)
    for submission in home.submissions():
        assert process(home, submission).is_clean
    release(home, NOVEMBER)
    return home


@pytest.fixture(scope="module")
def laws(law_home: Home) -> Iterator[Release]:
    with duckdb.connect(law_home.current, read_only=True) as db:
        yield db


COLUMNS = ("country", "family", "element", "status", "law", "article", "source", "basis")


@pytest.mark.slow
@pytest.mark.shared
def test_each_cell_of_the_desk_review_is_in_the_matrix(laws: Release) -> None:
    told = laws.execute(
        f"SELECT {', '.join(COLUMNS)}, coalesce(CAST(year(source_year_from) AS VARCHAR), 'n.d.') "
        "FROM network.legislation WHERE assessment = 'desk_review' AND verified_on IS NULL"
    ).fetchall()
    rows = csv_rows("crm_legislation_desk_review_2026-11.csv")
    assert Counter(tuple(cell or "" for cell in row) for row in told) == Counter(
        tuple(row[name].strip() for name in (*COLUMNS, "source_year")) for row in rows
    )
    assert len({row[:3] for row in told}) == 204
    assert len({row[0] for row in told}) == 11


@pytest.mark.slow
@pytest.mark.shared
def test_the_quality_report_counts_the_cells_of_each_member(laws: Release) -> None:
    """45 elements of trafficking and 37 of smuggling; no jurist and no member has confirmed a cell."""
    report = next(r for r in quality.reports(laws, "en") if r.collection == "DESK-REVIEW/legislation")
    rows = csv_rows("crm_legislation_desk_review_2026-11.csv")
    cells = {(row["country"], row["family"], row["element"]) for row in rows}
    known = Counter(country for country, _, _ in cells)
    records_of = Counter(row["country"] for row in rows)
    [members] = [sheet for sheet in report.sheets if sheet.key == "members"]
    assert sorted([int(x) for x in row[1:]] for row in members.rows) == sorted(
        [records_of[c], known[c], 45 + 37 - known[c], 0] for c in records_of
    )
    texts = {item.key: item.text for item in report.items}
    assert "Trafficking in persons, Desk review: of 495 cells 139 are known" in texts["nonresponse"]
    assert "Smuggling of migrants, Desk review: of 407 cells 65 are known" in texts["nonresponse"]
    assert texts["updated"] == "210 of 210 not compared with their source here"
    assert texts["accuracy"].count(f"{len(rows) - len(cells)} cells have more than one record") == 1


@pytest.mark.shared
def test_no_quotation_is_shipped() -> None:
    shipped = "".join(
        file.read_text(encoding="utf-8")
        for name in SHIPPED_LAW
        for file in (CHECKOUT / "raw" / name).rglob("*.csv")
    )
    quoted = [
        row["quote"]
        for name in ("crm_legislation_desk_review_2026-11.csv", "crm_laws_2026-11.csv")
        for row in csv_rows(name)
    ]
    long = [quote for quote in quoted if len(quote.split()) >= 6]
    assert len(long) > 100
    assert [quote for quote in long if quote in shipped] == []


@pytest.mark.slow
@pytest.mark.shared
def test_the_laws_are_those_of_the_review(laws: Release) -> None:
    told = laws.execute(
        "SELECT country, law, official_name, number, topic, published_in, source FROM network.laws"
    ).fetchall()
    names = ("country", "law", "official_name", "number", "topic", "published_in", "source")
    expected = {tuple(row[name].strip() for name in names) for row in csv_rows("crm_laws_2026-11.csv")}
    assert {tuple(cell or "" for cell in row) for row in told} == expected
    assert len(told) == 33


def elements(family: str) -> set[str]:
    """The elements that bind, of an offence."""
    with (CHECKOUT / "schemas" / "codelists" / "legal_element.csv").open(encoding="utf-8") as file:
        codes = csv.DictReader(file)
        return {c["code"] for c in codes if c["bindingness"] == "shall" and c["applies_to"] == family}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(("indicator", "family"), [("tip", "trafficking"), ("som", "smuggling")])
def test_elements_in_force_at_the_end_of_2025(laws: Release, indicator: str, family: str) -> None:
    asked = elements(family)
    in_force, known = defaultdict(set), defaultdict(set)
    for row in csv_rows("crm_legislation_desk_review_2026-11.csv"):
        if row["family"] != family or row["element"] not in asked:
            continue
        since = row["in_force_from"] or row["source_year"].replace("n.d.", "9999")
        ended = row["in_force_to"] and row["in_force_to"] < "2025-12-31"
        if row["in_force_from"] <= "2025-12-31" and not ended:
            known[row["country"]].add(row["element"])
            may_be = row["status"] == "in_force"
            if may_be and since[:4] <= "2025":
                in_force[row["country"]].add(row["element"])
    told = laws.execute(
        "SELECT reporting_country, numerator_low, denominator_low, collection FROM baseline.indicator_values "
        f"WHERE indicator = '{indicator}_law_elements_in_force' AND year = 2025"
    ).fetchall()
    assert told
    assert {row[0]: row[1] for row in told} == {country: len(in_force[country]) for country in known}
    assert {row[2:] for row in told} == {(len(asked), "DESK-REVIEW/legislation")}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_shows_each_cell_with_its_law_and_article(law_home: Home, lang: str) -> None:
    """Countries in the reader's alphabetical order; matrices without a record are named and not drawn."""
    with Warehouse.open(law_home.current) as opened:
        facts = Facts(opened)
        page = records.page(facts, "legislation", lang)
        names = {member: facts.name(member, lang) for member in facts.members}
    rows = csv_rows("crm_legislation_desk_review_2026-11.csv")
    last = {"es": ["Panamá", "República Dominicana"], "en": ["Panama", "United States of America"]}[lang]
    assert [matrix["count"] for matrix in page["matrices"]] == [139, 65]
    assert len(page["empty_matrices"]) == 4
    for matrix, family in zip(page["matrices"], ("trafficking", "smuggling"), strict=True):
        assert matrix["members"][-2:] == last
        assert all("jurist" in source for source in matrix["sources"])
        shown: Counter[tuple[str, str, str]] = Counter()
        for line in matrix["lines"]:
            for member, texts, items in zip(matrix["members"], matrix["texts"], line["cells"], strict=True):
                law_of = {str(number): law for number, law, _ in texts}
                for item in items:
                    number, _, article = item["detail"].partition(": ")
                    shown[member, law_of[number], article] += 1
        expected = Counter(
            (names[row["country"]], row["law"].strip(), row["article"].strip())
            for row in rows
            if row["family"] == family
            and not (row["in_force_from"] > str(NOVEMBER) or ("" < row["in_force_to"] < str(NOVEMBER)))
        )
        assert shown == expected


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("lang", ["es", "en"])
def test_each_law_has_a_page_with_its_cells(law_home: Home, lang: str) -> None:
    """A page for each of the 33 registered laws, and for each other law of a cell; every link leads to one."""
    with Warehouse.open(law_home.current) as opened:
        facts = Facts(opened)
        pages = {page["file"]: page for page in record_pages.text_pages(facts, "legislation", lang)}
        matrices = records.page(facts, "legislation", lang)["matrices"]
    assert len({page["title"] for page in pages.values()}) == len(pages)
    assert sum(bool(page["entry"]) for page in pages.values()) == 33
    linked = {file for m in matrices for texts in m["texts"] for _, _, files in texts for file in files}
    assert linked <= set(pages)
    rows = csv_rows("crm_legislation_desk_review_2026-11.csv")
    of_9095 = [row for row in rows if row["country"] == "CRI" and "9095" in row["law"]]
    page = pages["legislation-CRI-ley-9095.html"]
    assert [len(part["rows"]) for part in page["parts"]] == [len(of_9095)] == [8]
    assert dict(page["entry"])[{"es": "Número", "en": "Number"}[lang]] == "9095"
    mexican = pages["legislation-MEX-ley-de-migracion.html"]["parts"]
    assert [part["name"].split(",")[0] for part in mexican] == [
        {"es": "Tráfico ilícito de migrantes", "en": "Smuggling of migrants"}[lang]
    ]


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("Ley General de Migración y Extranjería, Nº 8764", "Ley 8764", True),
        ("Código Penal (Ley 641), art. 182, y Ley 896 contra la Trata de Personas", "Ley 896", True),
        ("Decreto 9-2009", "Decreto 9-2019", False),
        ("Ley 79 de 2011", "Ley 7 de 2011", False),
        ("CODIGO PENAL", "Código Penal", True),
    ],
)
def test_a_text_names_a_title_by_all_its_words(text: str, title: str, expected: bool) -> None:
    assert has_title(text, title) == expected


@pytest.mark.slow
def test_the_page_shows_what_changed_between_the_last_two_days(tmp_path: Path) -> None:
    home = Home(tmp_path)
    header = "País,Familia,Elemento jurídico,Evaluación,Situación,Ley,Referencia del texto\n"
    first = "Honduras,trafficking,tip_5_1,self_assessment,partial,Ley inventada 1,prueba\n"
    second = first.replace("partial", "in_force") + first.replace("tip_5_1", "tip_6_6")
    for day, text in (("2026-01-10", first), ("2026-02-10", second)):
        accept(home, handed_in(home, header + text, day, "CRM-TS/legislation"))
    release(home)
    with Warehouse.open(home.current, lang="en") as opened:
        changes = records.page(Facts(opened), "legislation", "en")["changes"]
    assert "2026-01-10" in changes["sentence"]
    assert [(line["text"], line["columns"]) for line in changes["lines"]] == [
        ("Changed", "Status: Partial → In force"),
        ("New", ""),
    ]


HEADER = "País,Familia,Elemento jurídico,Evaluación,Situación,Ley,Referencia del texto\n"


def asked_laws(folder: Path, *laws: tuple[str, str]) -> list[tuple[str, str]]:
    """The cells of a file with these laws that are asked about: the law, and the other countries."""
    home = Home(folder)
    rows = "".join(
        f'{country},trafficking,tip_5_1,desk_review,in_force,"{law}",prueba\n' for country, law in laws
    )
    outcome = accept(home, handed_in(home, HEADER + rows, "2026-01-10", "CRM-TS/legislation"))
    assert outcome.rows["accepted"] == len(laws)
    return [(f.value, f.suggestion) for f in outcome.all_findings if f.rule == "name_of_two_countries"]


@pytest.mark.parametrize(
    ("first", "second", "is_asked"),
    [
        ("Ley 9095", "Ley Nº 9095 contra la trata", True),  # another way to write it
        ("DECRETO 59-2012", "Decreto 59-2012", True),
        ("Ley 79 de 2011", "Ley 79 de 2011, texto único", True),
        ("Código Penal", "Código Penal", False),  # every country has one
        ("Ley contra la Trata de Personas", "Ley contra la Trata de Personas", False),  # two countries do
        ("Código Penal, art. 182", "Código Penal, art. 182", False),  # the number of an article
        ("Ley 9095", "Ley 9096", False),
    ],
)
def test_a_numbered_law_under_two_countries_is_asked_about(
    tmp_path: Path, first: str, second: str, is_asked: bool
) -> None:
    told = asked_laws(tmp_path, ("Costa Rica", first), ("Panamá", second))
    assert told == ([(first, "PAN"), (second, "CRI")] if is_asked else [])
    assert asked_laws(tmp_path / "same", ("Costa Rica", first), ("Costa Rica", f"{second} bis")) == []


@pytest.mark.slow
def test_a_law_that_the_registry_has_of_a_neighbour_is_asked_about(tmp_path: Path) -> None:
    """A file that slipped by a line: Honduras has Guatemala's decree, Guatemala El Salvador's. Others stay silent."""
    home = Home(tmp_path)
    laws = (
        "País,Ley,Materia,Evaluación,Fuente\nGuatemala,Decreto 9-2009,trafficking,desk_review,prueba\n"
        "Honduras,Decreto 59-2012,trafficking,desk_review,prueba\nEl Salvador,Decreto 824 de 2014,trafficking,desk_review,prueba\n"
        "México,Ley de Migración,smuggling,desk_review,prueba\n"
    )
    cells = (
        'Honduras,trafficking,tip_5_1,desk_review,in_force,"Ley contra la violencia, Decreto 9-2009",prueba\n'
        "Guatemala,trafficking,tip_5_1,desk_review,in_force,DECRETO 824 de 2014,prueba\n"
        "El Salvador,trafficking,tip_5_1,desk_review,in_force,Decreto 824 de 2014,prueba\n"
        "Belice,smuggling,som_6_1a,desk_review,in_force,Ley de Migración,prueba\n"
    )
    accept(home, handed_in(home, laws, "2026-01-10", "CRM-TS/laws"))
    accept(home, handed_in(home, HEADER + cells, "2026-01-10", "CRM-TS/legislation"))
    agree(home)
    remarks = build_database(home, date(2026, 3, 31)).verdict.remarks
    [remark] = [remark for remark in remarks if remark.question.id == "network_legislation_registry"]
    assert remark.violations == 2
    assert any("HND" in text and "GTM" in text and "9-2009" in text for text in remark.examples)


@pytest.mark.slow
@pytest.mark.shared
def test_the_desk_review_has_no_law_of_a_neighbour(law_home: Home) -> None:
    agree(law_home)
    remarks = build_database(law_home, NOVEMBER).verdict.remarks
    assert [remark.question.id for remark in remarks if remark.question.id.endswith("_registry")] == []
    told = [f.rule for s in law_home.submissions() for f in process(law_home, s).all_findings]
    assert "name_of_two_countries" not in told
