"""Replies of members to figures of others: accepted, shown where the figure is, refused where there is none. All texts are made up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from assets.dagster.build import build_database
from assets.intake.processing import check, process
from assets.intake.submission import RefusedFile
from schemas.cards.template import collection_template
from schemas.code_names import name_in_list
from schemas.codelists import codelist, find_in
from schemas.records import declarations
from schemas.words import CONTRACT_LANGUAGES
from tests.agreements import agree
from tests.conftest import accept, release
from tests.test_records import handed_in
from warehouse.gate import questions
from warehouse.home import CHECKOUT, Home
from warehouse.publication.bundle import readme, workbook
from warehouse.publication.site import indicator, member
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse

REPORT = "USA-DOS/tip_report"
"""Of 2016 the report has 13 persons convicted for the Dominican Republic, and no figure of a year before 2000."""
CLIENTS = "USA-OVC/clients"
"""A source of the same measure that is shown first."""
HEADER = "País,Colección,Medida o punto,Año o edición,Respuesta (es),Respuesta (en),Institución que responde,Día de la respuesta\n"
GOOD = (
    f"República Dominicana,{REPORT},persons_convicted,2016,Fueron otras personas,They were other persons,Oficina inventada,2026-01-05\n"
    f"República Dominicana,{REPORT},Investigaciones abiertas,2016,Solo en español,,Oficina inventada,2026-01-06\n"
    f"Honduras,{REPORT},victims_assisted,,Todos los años,All years,Oficina inventada,2026-01-07\n"
)
TEXTS = {"es": "Fueron otras personas", "en": "They were other persons"}


def reported(root: Path, *rows: str) -> Home:
    """A home with the reports of 2015 to 2020 and a file of replies."""
    for collection in (REPORT, CLIENTS):
        shutil.copytree(CHECKOUT / "raw" / collection, root / "raw" / collection)
    home = Home(root)
    for submission in home.submissions():
        assert process(home, submission).is_clean
    accept(home, handed_in(home, HEADER + "".join(rows), "2026-01-10", "CRM-TS/replies"))
    return home


@pytest.fixture(scope="module")
def replied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    home = reported(tmp_path_factory.mktemp("replies"), GOOD)
    release(home, date(2026, 3, 31))
    with Warehouse.open(home.current, lang="en") as opened:
        yield opened


@pytest.mark.slow
def test_a_reply_is_accepted_by_the_code_or_the_name_of_the_measure(replied: Warehouse) -> None:
    told = replied.connection.execute(
        "SELECT country, of_collection, item, period FROM network.replies ORDER BY item"
    ).fetchall()
    assert told == [
        ("DOM", REPORT, "investigations_opened", "2016"),
        ("DOM", REPORT, "persons_convicted", "2016"),
        ("HND", REPORT, "victims_assisted", None),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_pages_show_the_reply_at_its_figure(replied: Warehouse, lang: str) -> None:
    facts = Facts(replied)
    convicted = indicator.page(facts, "tip_persons_convicted", lang)["replies"]
    assert [(reply["country"], reply["text"]) for reply in convicted] == [("DOM", TEXTS[lang])]
    assert name_in_list("measure", "persons_convicted", lang) in convicted[0]["about"]
    assert convicted[0]["about"].endswith(", 2016")
    assert convicted[0]["signed"] == "Oficina inventada, 2026-01-05"
    dominican = member.page(facts, "DOM", lang)["replies"]
    assert [reply["text"] for reply in dominican] == [TEXTS[lang], "Solo en español"]
    assisted = indicator.page(facts, "tip_victims_assisted", lang)["replies"]
    assert [reply["country"] for reply in assisted] == ["HND"]
    assert indicator.page(facts, "tip_persons_prosecuted", lang)["replies"] == []
    assert member.page(facts, "GTM", lang)["replies"] == []


@pytest.mark.slow
def test_a_share_of_the_measure_shows_the_reply_too(replied: Warehouse) -> None:
    share = indicator.page(Facts(replied), "tip_convicted_per_100_prosecuted", "en")["replies"]
    assert [reply["text"] for reply in share] == [TEXTS["en"]]


@pytest.mark.slow
def test_the_client_gives_the_reply_with_the_figure(replied: Warehouse) -> None:
    frame = replied.indicator("tip_persons_convicted", source="all")
    [text] = frame.attrs["replies"]
    assert text.startswith("Dominican Republic, TIP Reports (USA), ")
    assert TEXTS["en"] in text
    assert "replies" not in replied.indicator("tip_persons_convicted", countries="HND", source="all").attrs
    assert "replies" not in replied.indicator("tip_persons_prosecuted", source="all").attrs
    told = replied.records("replies", country="Dominican Republic", item="convicted")
    assert told["reply_en"].tolist() == [TEXTS["en"]]


@pytest.mark.slow
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_bundle_s_first_page_lists_the_replies(replied: Warehouse, tmp_path: Path, lang: str) -> None:
    readme.write(replied, tmp_path, None)
    text = (tmp_path / readme.README).read_text(encoding="utf-8")
    country = {"es": "República Dominicana", "en": "Dominican Republic"}[lang]
    assert re.search(rf"^- {country}, .*, 2016: {TEXTS[lang]} \(Oficina inventada, 2026-01-05\)$", text, re.M)


@pytest.mark.slow
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_workbooks_have_the_reply_below_the_figures(replied: Warehouse, tmp_path: Path, lang: str) -> None:
    paths = workbook.write(replied, tmp_path)
    book = openpyxl.load_workbook(paths[CONTRACT_LANGUAGES.index(lang)], read_only=True)
    reply = {"es": "Todos los años", "en": "All years"}[lang]
    with_reply = [
        sheet.title
        for sheet in book
        if any(reply in str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    ]
    assert [name.split(" ")[1] for name in with_reply] == ["tip_victims_assisted"]
    frame = replied.indicator("tip_persons_convicted", source="all")
    replied.to_excel(frame, tmp_path / "frame.xlsx")
    notes = openpyxl.load_workbook(tmp_path / "frame.xlsx").worksheets[1]
    assert any(row[0] == "replies of the countries" for row in notes.iter_rows(values_only=True))


WRONG = {
    "another member's": f"Guatemala,{REPORT},cases_with_conviction,2016,Otro,,Oficina,2026-01-07\n",
    "no such collection": "República Dominicana,USA-DOS/tip_reports,persons_convicted,2016,Otro,,Oficina,2026-01-08\n",
    "no such year": f"República Dominicana,{REPORT},persons_convicted,1999,Otro,,Oficina,2026-01-09\n",
    "no such figure": f"República Dominicana,{REPORT},migrants_smuggled,2016,Otro,,Oficina,2026-01-10\n",
}


@pytest.mark.slow
def test_a_reply_to_no_figure_or_another_member_s_is_named_and_not_shown(tmp_path: Path) -> None:
    """One remark with the row of each; a reply that is right stands. None of them is on a page or with a frame."""
    home = reported(tmp_path, GOOD, *WRONG.values())
    release(home, date(2026, 3, 31))
    agree(home)
    built = build_database(home, date(2026, 3, 31))
    [remark] = [one for one in built.verdict.remarks if one.question.id == "replies_have_a_figure"]
    assert remark.violations == len(WRONG)
    for row in range(5, 5 + len(WRONG)):
        assert any(f"source_row={row}" in text for text in remark.rows)
    assert "not shown until it is corrected" in remark.question.words.render("en")
    assert "no se muestra hasta que se corrija" in remark.question.words.render("es")
    with Warehouse.open(home.current, lang="en") as opened:
        facts = Facts(opened)
        shown = [
            reply["text"] for name in facts.members for reply in member.page(facts, name, "es")["replies"]
        ]
        assert sorted(shown) == sorted([TEXTS["es"], "Solo en español", "Todos los años"])
        frame = opened.indicator("tip_persons_convicted", source="all")
        assert len(frame.attrs["replies"]) == 1


@pytest.fixture(scope="module")
def in_force(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a release and a reply to one of its figures."""
    home = reported(tmp_path_factory.mktemp("in_force"), GOOD)
    release(home, date(2026, 3, 31))
    return home


NEAR = {
    "no such collection": ("B2", "USA-DOS/tip_report"),
    "another member's": ("C2", "persons_convicted"),
    "no such figure": ("C2", "victims_assisted"),
    "no such year": ("D2", "2015, 2016"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*WRONG])
def test_a_reply_to_no_figure_is_refused_at_receipt_with_the_nearest(name: str, in_force: Home) -> None:
    """Once there is a release: at its cell, the same when it is only tried, and nothing of it is kept."""
    before = len(in_force.submissions())
    cell, near = NEAR[name]
    for attempt in (handed_in, tried):
        with pytest.raises(RefusedFile) as refused:
            attempt(in_force, HEADER + WRONG[name], "2026-02-10", "CRM-TS/replies")
        finding = refused.value.finding
        assert (finding.rule, finding.cell) == ("no_such_figure", cell)
        assert near in str(finding.expected)
        assert str(finding.expected) in finding.message("es")
        assert str(finding.expected) in finding.message("en")
    assert len(in_force.submissions()) == before


def tried(home: Home, text: str, day: str, collection: str) -> object:
    """The outcome of a file that is only tried."""
    file = home.root / "tried.csv"
    file.write_text(text, encoding="utf-8")
    return check(home, file, collection, date.fromisoformat(day))


@pytest.mark.slow
def test_a_reply_to_a_figure_in_force_is_received(in_force: Home) -> None:
    """Of one year, of every year, to every measure; in the same file as a row that the contract quarantines."""
    rows = (
        f"República Dominicana,{REPORT},persons_convicted,2016,Otra vez,,Oficina inventada,2026-02-05\n"
        f"República Dominicana,{REPORT},,,Sobre todo,,Oficina inventada,2026-02-06\n"
        f"Colombia,{REPORT},persons_convicted,2016,No es miembro,,Oficina inventada,2026-02-07\n"
    )
    submission = handed_in(in_force, HEADER + rows, "2026-02-11", "CRM-TS/replies")
    assert process(in_force, submission).rows["accepted"] == 2


@pytest.mark.parametrize("item", ["persons_convited", "Attempt", "Personas", "Tentativa"])
def test_a_measure_that_is_none_or_several_is_refused_at_its_cell(tmp_path: Path, item: str) -> None:
    """A slip, the name of two elements in either language, a part of a name."""
    home = Home(tmp_path)
    row = f"República Dominicana,{REPORT},{item},2016,Otro,,Oficina,2026-01-07\n"
    submission = handed_in(home, HEADER + row, "2026-01-10", "CRM-TS/replies")
    outcome = process(home, submission)
    findings = [finding for finding in outcome.findings if finding.rule == "unknown_code"]
    assert [(finding.cell, finding.value) for finding in findings] == [("C2", item)]


def test_a_reply_of_a_country_that_is_no_member_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    row = f"Colombia,{REPORT},persons_convicted,2016,Otro,,Oficina,2026-01-07\n"
    outcome = process(home, handed_in(home, HEADER + row, "2026-01-10", "CRM-TS/replies"))
    assert "not_a_member" in {finding.rule for finding in outcome.findings}


def test_every_matrix_that_is_published_may_be_replied_to() -> None:
    text = next(q.violations for q in questions() if q.id == "replies_have_a_figure")
    for declaration in declarations().values():
        if declaration.matrix and declaration.visibility == "public":
            assert f"network.{declaration.name} " in text


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_template_offers_only_what_is_read(tmp_path: Path, lang: str) -> None:
    """A name of two elements, such as an attempt, is offered by its codes."""
    asked = collection_template("CRM-TS/replies", Home(tmp_path).card("CRM-TS/replies"), lang)
    [item] = [field for field in asked.fields if field.name == "item"]
    lists = declarations()["replies"].columns["item"].lists
    assert {find_in(lists, choice) for choice in item.choices} == {
        code for name in lists for code in codelist(name)
    }
    assert {"tip_5_2a", "som_6_2a"} <= {*item.choices}
