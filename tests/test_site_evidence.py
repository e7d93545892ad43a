"""From figure to cell: every number of a table leads to a part with its value, and to the cells behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from schemas.words import CONTRACT_LANGUAGES
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.home.deployment import Deployment
from warehouse.publication import site
from warehouse.publication.site import evidence
from warehouse.publication.site import pages as site_pages
from warehouse.publication.site.facts import Facts
from warehouse.reading import cells

pytestmark = pytest.mark.slow  # it takes all pages of a release
SAMPLE = {
    "tip_victims_detected": {},
    "tip_persons_convicted": {},
    "tip_female_share_known_sex": {},
    "tip_convicted_per_100_prosecuted": {},
    "tip_victims_detected_rate": {},
}
"""Indicators whose cells are compared with those that the client traces row by row."""


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


def words_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\u00a0", " ").split())


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_an_indicator_s_tables_leads_to_a_part_with_that_number(
    lang: str, released_pages: Path
) -> None:
    pages: dict[str, str] = {}
    followed = 0
    for page in sorted((released_pages / lang).glob("*_tables.html")):
        tables = page.read_text(encoding="utf-8").split('id="vintages-of"')[0]
        for name, anchor, value in re.findall(
            r'<td class="n"[^>]*><a href="[^"]*/([^"/#]+)#(y\d+)">([^<]+)</a>', tables
        ):
            text = pages.setdefault(name, (released_pages / lang / name).read_text(encoding="utf-8"))
            part = text.split(f'<section id="{anchor}"')[1].split("</section>")[0]
            shown = [words_of(part.split("<h2>")[1].split("</h2>")[0]).partition(": ")[2]]
            shown += [words_of(one) for one in re.findall(r"<strong>(.*?)</strong>", part)]
            assert words_of(value) in shown, (page.name, name, anchor)
            assert len(page.read_bytes()) <= 300_000
            followed += 1
    assert followed > 1500


def test_a_part_lists_the_cells_that_the_client_traces(warehouse: Warehouse) -> None:
    """By the newest figure of each country, traced one by one by other code."""
    facts = Facts(warehouse)
    compared = 0
    for indicator in SAMPLE:
        by_figure = evidence.Cells(facts).of_indicator(indicator)
        frame = warehouse.indicator(indicator)
        newest = frame[frame["collection"].notna()].groupby("reporting_country").tail(1)
        for _, row in newest.iterrows():
            figure = facts.headline(indicator, row["reporting_country"], int(row["year"]))
            if figure is None or figure["collection"] != row["collection"]:
                continue
            traced = cells.received_values(warehouse.connection, row.to_dict())
            listed = by_figure[row["reporting_country"], int(row["year"])]
            assert {(c.submission, c.cell) for c in listed} == set(
                zip(traced["submission"], traced["cell"], strict=True)
            ), (indicator, row["reporting_country"])
            compared += 1
    assert compared >= 40


def test_a_link_out_is_one_that_the_release_holds(released_pages: Path, warehouse: Warehouse) -> None:
    held = " ".join(
        str(text)
        for table, column in (("registry.collections", "address"), ("registry.series", "source"))
        for text in warehouse.query(f"SELECT DISTINCT {column} AS t FROM {table} WHERE {column} IS NOT NULL")[
            "t"
        ]
    )
    leading_out = 0
    for page in released_pages.rglob("*.html"):
        for address in re.findall(r'href="(https?://[^"]+)"', page.read_text(encoding="utf-8")):
            assert unescape(address) in held, (page.name, address)
            leading_out += 1
    assert leading_out > 500


OURS = Deployment(institution="Secretaría Técnica", address="https://example.org/datos/")


def test_a_deployment_s_address_is_in_pages_and_in_the_list_of_them(sound_home: Path, tmp_path: Path) -> None:
    with Warehouse.open(Home(sound_home).current) as warehouse:
        written = site.write(warehouse, tmp_path / "site", on_paper=False, by=OURS)
    root = written.index.parent
    elements = ElementTree.parse(root / "sitemap.xml").iter()
    pages = [element.text or "" for element in elements if element.tag.endswith("loc")]
    assert len(pages) == len(list(root.rglob("*.html"))) == written.pages
    assert all((root / page.removeprefix("https://example.org/datos/")).is_file() for page in pages)
    page = (root / "es" / "HND.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://example.org/datos/es/HND.html">' in page
    assert (root / "favicon.svg").is_file()


def test_a_figure_s_citation_has_its_own_source_alone_and_its_address(warehouse: Warehouse) -> None:
    facts = Facts(warehouse, deployment=OURS)
    contents = evidence.contents(facts, evidence.Cells(facts), "tip_victims_detected", "en")
    [page] = [content for content in contents if content["code"] == "HND"]
    [figure] = [figure for figure in page["figures"] if figure["year"] == 2022]
    citation = figure["citation"]
    assert citation.startswith("Detected victims of trafficking, Honduras, 2022: 56. Source: Global database")
    assert citation.count("In the original:") == 1
    assert citation.endswith(" https://example.org/datos/en/tip_victims_detected-HND.html#y2022")


@pytest.mark.parametrize(
    ("address", "code"), [("https://example.org/datos", "img src="), ("", "data-copy-picture")]
)
def test_what_embeds_a_picture_is_an_image_with_an_address_or_the_picture_itself(
    address: str, code: str
) -> None:
    template = site_pages._environment().from_string(
        '{% from "parts.html.jinja" import take with context %}{{ take("HND-origin", "HND-origin", "Title") }}'
    )
    markup = template.render(
        site_address=address, lang="es", root="../", here="", page={"file": "HND.html"}, w=lambda key: key
    )
    assert code in markup
    assert ("https://example.org/datos/pictures/es/HND-origin.svg" in markup) == bool(address)
