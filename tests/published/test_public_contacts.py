"""Public institutions and hotlines, read by other code from their file; the page of 2009; templates of empty indicators."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import defaultdict
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from assets.intake.processing import process
from schemas.codelists import codelist
from schemas.indicators import catalogue
from tests.conftest import release
from tests.published.publishers import csv_rows
from warehouse.home import CHECKOUT, Home
from warehouse.publication.site import indicator, pages, records, report_2009
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse

CONTACTS = "CRM-TS/public_contacts"
PARAGRAPHS = ["a", "b", "c", "d", "e.A", "e.B", "f", "g", "i", "ii", "iii", "iv"]


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("contacts")
    shutil.copytree(CHECKOUT / "raw" / CONTACTS, root / "raw" / CONTACTS)
    home = Home(root)
    for submission in home.submissions():
        assert process(home, submission).is_clean
    release(home, date(2026, 11, 30))
    return home


@pytest.mark.shared
def test_each_institution_and_line_is_the_file_s(contacts: Home) -> None:
    with Warehouse.open(contacts.current) as opened:
        told = opened.connection.execute(
            "SELECT country, institution, coalesce(public_line, ''), coalesce(site, ''), note_en, "
            "year(source_year_from), count(*) FROM network.public_contacts GROUP BY ALL"
        ).fetchall()
    rows = csv_rows("crm_directory_public_2026-11.csv")
    expected = {
        (
            row["country"],
            row["institution"],
            row["hotline"],
            row["url"],
            row["function"],
            int(row["source_year"]),
        )
        for row in rows
    }
    assert {row[:-1] for row in told} == expected
    assert len(told) == len(rows) == 21
    assert sum(row[-1] for row in told) == 27  # a row each function


def test_the_coverage_is_of_the_public_part(contacts: Home) -> None:
    """At the end of 2025: of eight functions those with an institution known by then; all may have one."""
    required = {
        code for code, one in codelist("directory_function").items() if one.attributes["required"] == "yes"
    }
    assert len(required) == 8
    known = defaultdict(set)
    with Warehouse.open(contacts.current) as opened:
        for country, function in opened.connection.execute(
            "SELECT country, function FROM network.public_contacts"
        ).fetchall():
            known[country].add(function)
        told = opened.connection.execute(
            "SELECT reporting_country, numerator_low, denominator_low, value_low, value_high FROM baseline.indicator_values "
            "WHERE indicator = 'repatriation_directory_coverage' AND year = 2025"
        ).fetchall()
    expected = {
        country: len(functions & required) for country, functions in known.items() if functions & required
    }
    assert {country: low for country, low, *_ in told if country in known} == expected
    assert expected["CRI"] == 3
    for country, low, denominator, value_low, value_high in told:
        if country not in known:  # a grouping
            continue
        assert (denominator, value_low, value_high) == (8, low / 8, 1)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_says_that_it_is_no_emergency_service(contacts: Home, lang: str) -> None:
    with Warehouse.open(contacts.current, lang=lang) as opened:
        page = records.page(Facts(opened), "public_contacts", lang)
    title, emergency, unchecked = {
        "es": (
            "A dónde acudir: instituciones públicas",
            "no es un servicio de emergencia",
            "No comprobado aquí",
        ),
        "en": ("Where to turn: public institutions", "no emergency service", "Not verified here"),
    }[lang]
    assert page["title"] == title
    assert emergency in page["caveat"]
    assert len(page["list"]["rows"]) == 27
    assert all(unchecked in row for row in page["list"]["rows"])


@pytest.mark.slow
def test_every_paragraph_of_2009_has_a_page_or_a_sentence_why_not(contacts: Home, tmp_path: Path) -> None:
    """In a written site: every link leads to a page or a template that is there."""
    assert [paragraph["id"] for paragraph in report_2009.paragraphs()] == PARAGRAPHS
    assert all(paragraph["pages"] or paragraph["why_not"] for paragraph in report_2009.paragraphs())
    with Warehouse.open(contacts.current) as opened:
        pages.write(opened, tmp_path / "site", on_paper=False)
        empty = indicator.templates_of_empty(Facts(opened))
    for lang in ("es", "en"):
        folder = tmp_path / "site" / lang
        text = (folder / "network.html").read_text(encoding="utf-8")
        section = text[text.index('id="asked"') :]
        rows = re.findall(r'<tr><th scope="row">([\w.]+)</th>(.*?)</tr>', section)
        assert [name for name, _ in rows] == PARAGRAPHS
        links = re.findall(r'href="([^"]+)"', section[: section.index("</table>")])
        assert len(links) >= 24
        assert [link for link in links if not (folder / link).resolve().exists()] == []
        for name, collection in empty.items():
            page = (folder / f"{name}.html").read_text(encoding="utf-8")
            file = f"{collection.replace('/', '-')}.{lang}.xlsx"
            assert file in page
            assert str(getattr(catalogue()[name].sent_by, lang)) in page
            assert openpyxl.load_workbook(tmp_path / "site" / "data" / file).sheetnames
    assert {"unaccompanied_children_returned_with_bid", "som_migrants_smuggled_origin_share"} <= set(empty)


def test_the_catalogue_says_what_would_fill_an_indicator_and_who_could_send_it(contacts: Home) -> None:
    """Read from the TOML files by other code; an indicator that names a template names both."""
    expected = {}
    for path in (CHECKOUT / "schemas" / "indicators").glob("*.toml"):
        one = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = [one.get(key, {}).get(lang) for key in ("filled_by", "sent_by") for lang in ("es", "en")]
        expected[path.stem] = (*texts, one.get("template"))
    with Warehouse.open(contacts.current) as opened:
        told = opened.connection.execute(
            "SELECT indicator, filled_by_es, filled_by_en, sent_by_es, sent_by_en, template FROM baseline.catalogue"
        ).fetchall()
    assert {row[0]: row[1:] for row in told} == expected
    with_template = [texts for *texts, template in expected.values() if template]
    assert len(with_template) >= 6
    assert all(all(texts) for texts in with_template)
