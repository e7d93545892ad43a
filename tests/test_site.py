"""The pages of a release: which there are, what they say beside the release, that they ask nothing of a net."""

from __future__ import annotations

import csv
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import product
from math import ceil, floor
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

import duckdb
import pikepdf
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from assets.dagster import coverage_map
from assets.dagster.pages import renew_pages
from pipelines.cli.app import app
from schemas.code_names import name_in_list
from schemas.flags import has_flag
from schemas.licences import WORDS
from schemas.records import declarations
from schemas.tables import table
from schemas.words import CONTRACT_LANGUAGES, languages, number, say, words
from tests.conftest import release
from warehouse import Warehouse
from warehouse.build import database as build
from warehouse.home import Home, quote_path
from warehouse.home.deployment import Deployment
from warehouse.publication import site
from warehouse.publication.origin_years import Event, years_of
from warehouse.publication.site import (
    bulletin_pdf,
    caveats,
    changes,
    map_picture,
    member_summary,
    origin_summary,
    records,
    trust,
    wording,
)
from warehouse.publication.site import indicator as indicator_page
from warehouse.publication.site.card import WIDE
from warehouse.publication.site.facts import Facts, _differences
from warehouse.publication.site.origin_picture import origin_body
from warehouse.statements import sentences

pytestmark = pytest.mark.slow  # it takes all pages of a release

needs_pango = pytest.mark.skipif(
    bulletin_pdf.missing_requirement() is not None,
    reason="no pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0",
)
LARGEST = 500_000
"""Bytes of a page at most."""
VICTIMS = "tip_victims_detected"


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(released_pages: Path) -> Path:
    return released_pages


@pytest.fixture
def no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without pango."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)


class Tables(HTMLParser):
    """The cells of a page's tables, row by row; what is only heard is left out."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.headings: list[str] = []
        self.links: list[str] = []
        self._into: list[str] | None = None
        self._skip = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._into = self.rows[-1]
            self._into.append("")
        if tag in ("h1", "h2", "h3"):
            self._into = self.headings
            self._into.append("")
        if self._skip or (tag == "span" and given.get("class") == "hidden") or tag == "sup":
            self._skip += 1

    def handle_endtag(self, tag: str) -> None:
        if self._skip:
            self._skip -= 1
        if tag in ("th", "td", "h1", "h2", "h3"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into and not self._skip:
            self._into[-1] += data.replace("\u00a0", " ")


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_every_member_and_every_indicator_has_a_page_in_both_languages(
    folder: Path, warehouse: Warehouse
) -> None:
    members = warehouse.query(
        "SELECT DISTINCT member FROM reference.groupings, registry.release WHERE grouping = 'CRM' "
        "AND as_of BETWEEN valid_from AND coalesce(valid_to, as_of)"
    )["member"]
    indicators = warehouse.query("SELECT indicator FROM baseline.catalogue")["indicator"]
    assert len(members) == 11
    for lang in CONTRACT_LANGUAGES:
        there = {page.stem for page in (folder / lang).glob("*.html")}
        assert there >= {*members, *indicators, "index", "about", "bulletin", "indicators"}
    assert (folder / "index.html").is_file()


def test_a_page_is_small_and_asks_nothing_of_a_net(folder: Path) -> None:
    for file in [*pages(folder), *folder.glob("*.js"), *folder.glob("*.css")]:
        text = file.read_text(encoding="utf-8")
        assert len(text.encode()) <= LARGEST, file
        without = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        without = re.sub(
            r'<script type="application/ld\+json">.*?</script>', "", without
        )  # data, not asked for
        code = without if file.suffix != ".html" else re.sub(r"<(p|li|dd|td|th)[ >].*?</\1>", "", without)
        assert not re.search(r"https?://|//cdn", code), file
        assert not re.search(r"type=.module|\bfetch\(|XMLHttpRequest|\bimport\b.*\bfrom\b|@import", code), (
            file
        )


def test_every_picture_is_a_file_of_its_own_that_can_be_drawn(folder: Path) -> None:
    """A member's four at most, an indicator's frames as one, the map: well-formed, and with text for who hears them."""
    drawn = sorted((folder / "pictures").rglob("*.svg"))
    assert {"HND-origin.svg", "HND-shares.svg", "map.svg", f"{VICTIMS}-countries.svg"} <= {
        p.name for p in drawn
    }
    for path in drawn:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert root.get("aria-label"), path
        assert not [e for e in root.iter() if e.tag.endswith("script")], path


def test_every_link_leads_somewhere(folder: Path) -> None:
    for page in pages(folder):
        for link in Tables(page).links:
            if link.startswith(("https://", "http://", "data:")):
                continue  # of a publisher: test_a_link_out_is_one_that_the_release_holds
            target, _, anchor = unquote(link).partition("#")
            led = (page.parent / target).resolve() if target else page
            assert led.is_file(), (page, link)
            if anchor:
                assert f'id="{anchor}"' in led.read_text(encoding="utf-8"), (page, link)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_table_of_an_indicator_says_what_the_release_says(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Every indicator's values, each country and year, against baseline.headline."""
    told = warehouse.query(
        f"SELECT indicator, country_{lang} AS country, year, value_{lang} AS value FROM baseline.headline "
        "WHERE indicator IN (SELECT indicator FROM baseline.headline WHERE how <> 'not_reported')"
    )
    for indicator, rows in told.groupby("indicator"):
        tables = Tables(folder / lang / f"{indicator}_tables.html")
        header = next(row for row in tables.rows if row[0] == say("site.year", lang))
        shown = {
            (country, row[0]): value
            for row in tables.rows[tables.rows.index(header) + 1 :][: rows["year"].nunique()]
            for country, value in zip(header[1:], row[1:], strict=True)
            if value  # nothing stands where a country was no member in that year
        }
        assert shown == {(r.country, str(r.year)): r.value for r in rows.itertuples()}, indicator


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_workbook_of_an_indicator_says_what_the_release_says(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Exact figures as numbers, all else in words: totals on one sheet, classes of origin on one each."""
    totals = load_workbook(folder / "data" / f"{VICTIMS}.{lang}.xlsx")
    assert totals.sheetnames == [VICTIMS]
    assert by_country(totals[VICTIMS]) == {
        (row.country, row.year): round(row.value_low, 12) if row.how == "exact" else row.value
        for row in warehouse.query(
            f"SELECT country_{lang} AS country, year, how, value_low, value_{lang} AS value "
            f"FROM baseline.headline WHERE indicator = '{VICTIMS}'"
        ).itertuples()
    }
    for indicator, part in {
        "tip_origin_share_all": "origin",
        "tip_exploitation_share": "exploitation",
    }.items():
        book = load_workbook(folder / "data" / f"{indicator}.{lang}.xlsx")
        for sheet in book:
            told = warehouse.query(
                f"SELECT country_{lang} AS country, year, how, value_low, value_{lang} AS value "
                f"FROM baseline.headline_{part} WHERE indicator = '{indicator}' AND {part}_{lang} = '{sheet.title}'"
            )
            assert by_country(sheet) == {
                (r.country, r.year): round(r.value_low, 12) if r.how == "exact" else r.value
                for r in told.itertuples()
            }
        assert len(book.sheetnames) == 3
    other = next(name for name in CONTRACT_LANGUAGES if name != lang)
    page = (folder / lang / f"{VICTIMS}.html").read_text(encoding="utf-8")
    assert f"{VICTIMS}.{lang}.xlsx" in page
    assert f"{VICTIMS}.{other}.xlsx" not in page


def by_country(sheet: Any) -> dict[tuple[str, int], Any]:
    """The figures of a sheet by country and year."""
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    at = next(n for n, row in enumerate(rows) if isinstance(row[1], int))
    found = {}
    for row in rows[at + 1 :]:
        if row[0] is None:
            break
        found |= {
            (row[0], year): round(value, 12) if isinstance(value, float) else value
            for year, value in zip(rows[at][1:], row[1:], strict=True)
            if value is not None
        }
    return found


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_no_number_of_a_table_is_other_than_the_release_s(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Members' and the region's pages, indicators: each number of each cell is one of the release's, as it writes them."""
    known, called = told_numbers(warehouse, lang), titles_of(warehouse, lang)
    of_records = {
        name.replace("/", "-")
        for name in warehouse.query("SELECT collection FROM registry.collections WHERE frequency = '_Z'")[
            "collection"
        ]
    }
    for page in pages(folder / lang):
        if page.stem in RECORDS or page.stem == "about":
            continue
        if page.stem.startswith("quality-") and page.stem.removeprefix("quality-") in of_records:
            continue  # counts of records: tests/test_quality.py
        for row in Tables(page).rows:
            shown = [told for cell in row[1:] if len(told := called.sub("", cell)) < LONGEST]
            odd = [n for cell in shown for n in NUMBER.findall(REFERENCE.sub("", cell)) if n not in known]
            assert not odd, (page.name, row)


def told_numbers(warehouse: Warehouse, lang: str) -> set[str]:
    """The numbers of a release as a language writes them, and years."""
    known = {str(year) for year in range(1990, 2030)}
    for table_name in ("headline", "headline_origin", "headline_exploitation", "headline_region"):
        for value in warehouse.query(f"SELECT DISTINCT value_{lang} AS v FROM baseline.{table_name}")["v"]:
            known |= set(NUMBER.findall(value))
    for column, of in NUMBERS:
        query = f"SELECT DISTINCT {column} AS v FROM {of} WHERE {column} IS NOT NULL"
        known |= {number(round(value, 2), lang) for value in warehouse.query(query)["v"]}
    bounds = (
        "SELECT DISTINCT unit, unnest([value_low, value_high]) AS bound FROM baseline.indicator_values "
        "WHERE value_low IS NOT NULL"
    )
    for unit, bound in warehouse.query(bounds).dropna().itertuples(index=False):
        amount, decimals = (100 * bound, 10) if unit == "share" else (bound, 100)
        known |= {
            number(round_to(decimals * amount) / decimals, lang)
            for round_to in (math.floor, round, math.ceil)
        }
    return known


def titles_of(warehouse: Warehouse, lang: str) -> re.Pattern[str]:
    """The titles of collections, whose digits are no figures."""
    titles = [str(t) for t in warehouse.query(f"SELECT title_{lang} AS t FROM registry.collections")["t"]]
    return re.compile("|".join(map(re.escape, sorted(titles, key=len, reverse=True))))


LONGEST = 80
"""Characters of a cell at most that tells a figure; longer ones are sentences."""
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
REFERENCE = re.compile(r"\b[A-Z]+(?:-[A-Z]+)?/\w+:?|\d{4}-\d\d-\d\d|\(UPMRIP\)|16\.2\.2|182|2014")
"""What of a cell is no figure: names of collections, days, an article, a convention."""
RECORDS = (*declarations(), "network")
NUMBERS = (
    ("persons_low", "baseline.origin_flows"),
    ("persons_high", "baseline.origin_flows"),
    ("persons_low", "baseline.origin_profile"),
    ("possible_high", "baseline.origin_profile"),
    ("total_low", "baseline.origin_profile"),
    ("total_high", "baseline.origin_profile"),
    ("persons_low", "analysis.nationals_abroad"),
    ("persons_high", "analysis.nationals_abroad"),
    ("possible_high", "analysis.nationals_abroad"),
    ("members_reporting", "analysis.nationals_abroad"),
    ("members_total", "analysis.nationals_abroad"),
    ("members_reporting", "baseline.headline_region"),
    ("members_total", "baseline.headline_region"),
    ("age_years", "analysis.trends"),
    ("value_low", "core.observations"),
    ("value_high", "core.observations"),
    ("old_low", "analysis.revisions"),
    ("old_high", "analysis.revisions"),
    ("new_low", "analysis.revisions"),
    ("new_high", "analysis.revisions"),
    ("value_a_low", "analysis.source_agreement"),
    ("value_a_high", "analysis.source_agreement"),
    ("value_b_low", "analysis.source_agreement"),
    ("value_b_high", "analysis.source_agreement"),
    ("ratio_low", "analysis.source_agreement"),
    ("ratio_high", "analysis.source_agreement"),
)


def test_a_ratio_whose_other_source_may_be_zero_has_no_upper_bound(folder: Path) -> None:
    """CORETT counts 2 in Belize in 2020, UNODC «<5», which is 0 to 4: at least half, and nobody knows how much more."""
    rows = Tables(folder / "en" / f"{VICTIMS}_tables.html").rows
    [belize] = [r for r in rows if r[:2] == ["Belize", "2020"] and "nine countries" in r[3]]
    assert belize[3][-3:] == ": 2"
    assert belize[4:] == ["Global database on trafficking in persons: 0–4", "≥ 0.5"]
    [mexico] = [
        r
        for r in rows
        if r[:2] == ["Mexico", "2022"] and r[3].endswith(": 942") and "Global database" in r[4]
    ]
    assert mexico[-1] == "3.81"  # 942 of state files, 247 of UNODC


def test_a_fiscal_year_bears_the_year_of_its_end(folder: Path) -> None:
    """CBP's fiscal year 2023 ended on 30 September: 3,201,144 encounters, 2,475,669 of them at the south-west border."""
    rows = Tables(folder / "en" / "region_tables.html").rows
    [cbp] = [r for r in rows if len(r) == 6 and r[3].endswith(": 3,201,144")]
    assert cbp[1] == "2023"
    assert cbp[4].endswith(": 2,475,669")


def test_what_changed_says_which_submission_changed_how_much_and_the_newest_years(folder: Path) -> None:
    """UNODC's extracts of 30 May 2023 and 14 April 2025: of detected victims 16 totals changed or went."""
    text = (folder / "en" / "HND.html").read_text(encoding="utf-8")
    assert "received 2025-04-14, compared with that received 2023-05-30; values: 71 new; 19 revised." in text
    region = folder / "en" / "region_tables.html"
    assert ["Canada", "2021", "343", "418"] in Tables(region).rows
    assert "newest years first: 12 of 16." in region.read_text(encoding="utf-8")


def test_the_sources_of_a_country_s_page_are_those_of_its_context_too(folder: Path) -> None:
    """Honduras' months are drawn of its entries by sex and age."""
    text = (folder / "en" / "HND.html").read_text(encoding="utf-8")
    assert "Irregular entries into Honduras, by sex and age" in text.split('id="sources"')[1]


def test_the_slider_s_last_day_says_the_doubts_of_the_release(folder: Path) -> None:
    rows = Tables(folder / "es" / f"{VICTIMS}_tables.html").rows
    head = next(row for row in rows if "México" in row)
    mexico = [row[head.index("México")] for row in rows if row[0] == "2021" and len(row) == 12]
    assert mexico == ["115, en duda", "115, en duda"]  # the indicator's table, the slider's


def test_every_picture_has_its_data(folder: Path, warehouse: Warehouse) -> None:
    """Its own rows, no others."""
    for lang in CONTRACT_LANGUAGES:
        for name in ("HND", "index", VICTIMS):
            text = (folder / lang / f"{name}.html").read_text(encoding="utf-8")
            takes = re.findall(r'<div class="take">.*?</div>', text, re.DOTALL)
            assert takes
            assert all(".csv" in take and ".svg" in take for take in takes)
            for take in takes:
                [picture, data] = (re.search(rf"([^/\"]+)\.{kind}", take) for kind in ("svg", "csv"))
                assert picture is not None
                assert data is not None
                assert picture[1] == data[1]  # the rows of that very picture
    with (folder / "data" / "HND-months.csv").open(encoding="utf-8") as file:
        told = {row["period_start"]: float(row["value_low"]) for row in csv.DictReader(file)}
    shown = warehouse.query(
        "SELECT period_start::VARCHAR AS m, value_low FROM analysis.monthly WHERE reporting_country = 'HND' "
        "AND collection = 'HND-INM/sex_age' AND origin_class = '_T' AND citizenship = '_T'"
    )
    assert told == dict(zip(shown["m"], shown["value_low"], strict=True))


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_region_s_page_begins_with_inside_and_outside(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    told = warehouse.query(
        f"SELECT origin_class, year, value_{lang} AS value, value_low, members_reporting AS n "
        "FROM baseline.headline_region "
        "WHERE indicator = 'tip_origin_share_all' AND reporting_country = 'CRM' AND value_low IS NOT NULL "
        "QUALIFY year = max(year) OVER ()"
    )
    page = folder / lang / "region.html"
    text = page.read_text(encoding="utf-8").replace("\u00a0", " ")
    assert set(told["origin_class"]) == {"own_national", "intra_regional", "extra_regional"}
    for row in told.itertuples():
        assert row.value in text
    sure = [row.origin_class for row in told.itertuples() if row.value_low > 0.5]
    kind = sure[0] if sure else "none"
    of = {"year": told["year"].iloc[0], "n": told["n"].iloc[0], "all": 11, "region": "CRM"}
    of["place"] = say("site.the_region", lang)
    first = say(f"site.region_majority.{kind}", lang, **of)
    largest = Facts(warehouse).name("GTM", lang)  # the clients of the USA are not in it
    assert Tables(page).headings[1].startswith(f"{first}; ")
    assert largest in Tables(page).headings[1].removeprefix(first)
    assert say("site.inside_margin", lang) in text_of(page, 'class="answer"')  # origin is citizenship


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_no_heading_says_a_rise_or_a_fall_without_its_verdict(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Of every indicator the members named as risen or fallen are those that analysis.trends says so of."""
    told = warehouse.query(
        f"SELECT DISTINCT indicator, origin_class, country_{lang} AS country, direction, tested_from, tested_to "
        "FROM baseline.headline_origin WHERE direction IS NOT NULL QUALIFY year = max(year) OVER ("
        "PARTITION BY indicator, origin_class, reporting_country) UNION ALL "
        f"SELECT DISTINCT indicator, '_T', country_{lang}, direction, tested_from, tested_to "
        "FROM baseline.headline WHERE direction IS NOT NULL QUALIFY year = max(year) OVER ("
        "PARTITION BY indicator, reporting_country)"  # a break makes two series: the newest is named
    ).query("direction in ('rising', 'falling')")
    said = {name: words(lang)[f"site.verdict.{name}"].split("{")[0].strip() for name in ("rising", "falling")}
    named = set()
    for page in (folder / lang).glob("*_*.html"):
        for heading in Tables(page).headings:
            for direction, word in said.items():
                for listed in re.findall(rf"{re.escape(word)} (.*?\))(?:\.|$)", heading):
                    named |= {
                        (page.stem, direction, *r) for r in re.findall(r"([^;()]+) \((\d+)–(\d+)[;)]", listed)
                    }
    assert {(i, d, c.strip(), a, b) for i, d, c, a, b in named} == {
        (r.indicator, r.direction, r.country, str(r.tested_from), str(r.tested_to)) for r in told.itertuples()
    }


def test_a_member_s_page_says_what_is_late_and_whom_nobody_asked(folder: Path) -> None:
    """Honduras: offences of 2022 are late (others of the extract are there); 2023 lies after the extract."""
    text = (folder / "es" / "HND.html").read_text(encoding="utf-8")
    assert re.search(r"Falta: informaba antes, el plazo venció[^<]*Delitos registrados 2022", text)
    assert "El año es posterior a lo que contiene el extracto" in text
    assert "Víctimas de trata detectadas en 2022: 56 (Base mundial" in text
    assert "las cifras aumentaron" not in text


def test_the_slider_knows_each_day_s_totals(folder: Path, warehouse: Warehouse) -> None:
    """UNODC's extract of 2023 told 382 Canadian victims of 2019, the one of 2025 tells 411."""
    text = (folder / "en" / f"{VICTIMS}_tables.html").read_text(encoding="utf-8")
    assert re.search(r'\["CAN", 2019, 0, 1, "382"\], \["CAN", 2019, 1, 2, "411"\]', text)
    assert '"days": ["2023-05-30", "2025-04-14"]' in text


def differing(folder: Path, other: Path) -> set[str]:
    """The names of the files that two folders of pages do not have alike, but for PDFs, whose bytes are their fonts'."""
    files, others = (
        {f.relative_to(of) for f in of.rglob("*") if f.is_file() and f.suffix != ".pdf"}
        for of in (folder, other)
    )
    assert f"{VICTIMS}.csv" in {file.name for file in files}
    changed = (f for f in files & others if (folder / f).read_bytes() != (other / f).read_bytes())
    return {file.name for file in (files ^ others) | set(changed)}


@pytest.mark.hard
def test_the_same_release_gives_the_same_pages(folder: Path, warehouse: Warehouse, tmp_path: Path) -> None:
    """But for the line that leads to the PDF. Workbooks bear the release's day.

    In short: test_a_home_s_own_pages_are_those_of_the_command_and_are_written_once_a_release.
    """
    again = site.write(warehouse, tmp_path / "again", on_paper=False).index.parent
    assert (folder / "data" / f"{VICTIMS}.es.xlsx").is_file()
    assert differing(folder, again) <= {"bulletin.html"}


# ---- the bulletin on paper ------------------------------------------------------------------------


def tags(node: Any) -> Iterator[Any]:
    """The elements of a PDF's structure, with all below."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from tags(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from tags(node["/K"])


@needs_pango
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_bulletin_is_a_tagged_pdf_of_four_pages(lang: str, folder: Path) -> None:
    with pikepdf.open(folder / lang / "bulletin.pdf") as pdf:
        assert len(pdf.pages) == 4
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == lang
        assert str(pdf.docinfo["/Title"]).startswith(say("site.bulletin", lang))
        found = list(tags(pdf.Root.StructTreeRoot.K))
        kinds = Counter(str(element["/S"]) for element in found)
        assert kinds["/H1"] == 1
        assert kinds["/H2"] >= 8
        assert kinds["/Table"] >= 3
        assert kinds["/TH"] >= 40
        figures = [str(e.get("/Alt", "")) for e in found if e["/S"] == "/Figure"]
        assert len(figures) == 13  # the region's origins, the map, a frame a member
        assert all(figures)


@needs_pango
def test_the_pdf_leads_nowhere_and_names_no_folder(folder: Path) -> None:
    page = (folder / "es" / "bulletin.html").read_text(encoding="utf-8")
    assert "bulletin.pdf" in page
    with pikepdf.open(folder / "es" / "bulletin.pdf") as pdf:
        assert not [page for page in pdf.pages if "/Annots" in page]
        held = b"".join(o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream))
        told = held + "".join(repr(o) for o in pdf.objects).encode()
    assert str(folder).encode() not in told
    assert b"file:" not in told


def test_a_missing_library_is_told_in_a_sentence_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As WeasyPrint does where pango is missing: it prints advice and raises OSError."""
    (tmp_path / "weasyprint.py").write_text(
        "print('WeasyPrint could not import')\nraise OSError(\"cannot load library 'libpango-1.0-0'\")",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    told = bulletin_pdf.missing_requirement()
    assert told is not None
    assert "cannot load library 'libpango-1.0-0'" in told.render("en")
    assert capsys.readouterr().out == ""


def test_a_bulletin_that_cannot_be_set_stops_no_page(
    sound_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(page: Path, _: str) -> Path:
        raise bulletin_pdf.PdfError(page.name)

    monkeypatch.setattr(bulletin_pdf, "write_pdf", fails)
    monkeypatch.setattr(bulletin_pdf, "missing_requirement", lambda: None)
    with Warehouse.open(Home(sound_home).current) as warehouse:
        written = site.write(warehouse, tmp_path / "site")
    assert written.no_paper is not None
    assert "bulletin.html" in written.no_paper.render("en")
    page = tmp_path / "site" / "en" / "bulletin.html"
    assert "bulletin.pdf" not in page.read_text(encoding="utf-8")
    assert (tmp_path / "site" / "en" / "HND.html").is_file()


@pytest.mark.usefixtures("no_paper")
def test_without_pango_the_pdf_is_left_out_and_that_is_said(sound_home: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(
        app, ["site", str(tmp_path / "site"), "--lang", "en"], env={"LINEABASE_HOME": str(sound_home)}
    )
    assert told.exit_code == 0, told.output
    assert "apt-get install libpango-1.0-0" in " ".join(told.output.split())
    assert (tmp_path / "site" / "en" / "HND.html").is_file()
    assert not list((tmp_path / "site").rglob("*.pdf"))
    assert "bulletin.pdf" not in (tmp_path / "site" / "en" / "bulletin.html").read_text(encoding="utf-8")


def test_the_network_s_records_are_told_in_words_side_by_side(released_home: Path) -> None:
    """Two treaties of two members: a matrix of all members, the empty cell says so; a member's own page."""
    with duckdb.connect() as db:
        db.execute("CREATE SCHEMA network")
        build.create_tables(db, [table("network.treaties").public()])
        columns = "treaty, country, status, source, submission, provider, collection, source_row, known_from, known_to"
        for row in (
            "('tip_protocol', 'HND', 'party', 'UNTC', 's', 'p', 'c', 2, DATE '2026-01-01', NULL)",
            "('tip_protocol', 'GTM', 'not_party', NULL, 's', 'p', 'c', 3, DATE '2026-01-01', NULL)",
            "('tip_protocol', 'GTM', 'party', NULL, 's', 'p', 'c', 3, DATE '2025-01-01', DATE '2026-01-01')",
        ):
            db.execute(f"INSERT INTO network.treaties ({columns}) VALUES {row}")
        with Warehouse.open(Home(released_home).current) as opened:
            facts = Facts(opened)
            members, release = facts.members, facts.release
        db.execute(f"ATTACH {quote_path(Home(released_home).current)} AS released (READ_ONLY)")
        db.execute("CREATE SCHEMA registry")
        for name in ("release", "collections"):
            db.execute(f"CREATE TABLE registry.{name} AS FROM released.registry.{name}")
        db.execute("DETACH released")
        facts = Facts(Warehouse(db, released_home))
        facts.members, facts.release = members, release
        facts.collections = {"c": {"title_es": "Tratados", "title_en": "Treaties"}}
        shown = records.page(facts, "treaties", "es")
        [matrix] = shown["matrices"]
        assert matrix["told"].split(".")[0] == "Celdas con registro: 2 de 66"
        [line] = matrix["lines"]
        assert "trata" in line["name"]
        assert len(matrix["empty_lines"]) == 5
        told = {
            member: [item["text"] for item in items]
            for member, items in zip(matrix["members"], line["cells"], strict=True)
        }
        assert (told["Honduras"], told["Guatemala"]) == (["Parte"], ["Ni firmó ni es parte"])
        assert (told["Belice"], matrix["empty"]) == ([], "No comprobado aquí")
        assert len(shown["list"]["rows"]) == 2
        changed = [(line["text"], line["columns"]) for line in shown["changes"]["lines"]]
        assert changed == [("Cambiado", "Situación: Parte → Ni firmó ni es parte"), ("Nuevo", "")]
        [own] = records.member_records(facts, "HND", "es")
        assert "Honduras" not in own["rows"][0]
        assert "Parte" in own["rows"][0]


def test_of_laws_of_which_there_is_no_record_the_page_says_so_and_blames_nobody(folder: Path) -> None:
    """No law ships: 31 elements of trafficking or 23 of smuggling, 14 of both, by 11 members, by each assessment."""
    told = (folder / "en" / "legislation.html").read_text(encoding="utf-8")
    assert [told.count(f": none of {n} cells is on record.") for n in (495, 407)] == [3, 3]
    assert say("site.records_empty", "en", n=0) in told
    member = (folder / "en" / "HND.html").read_text(encoding="utf-8")
    assert "This release has no records of this country in “Legislation by legal element”" in member


def test_a_record_says_when_it_was_checked_or_that_nobody_did(folder: Path) -> None:
    """The depositary's list was compared; the report of 2009 is known by its facts alone, the ILO's conventions not."""
    treaties = Tables(folder / "en" / "treaties.html").rows
    parties = [r for r in treaties if len(r) == 11 and r[2] == "Party"]
    assert [row[9] for row in parties] == ["2026-11-27"] * 44
    others = [r for r in treaties if len(r) == 11 and r[2] == "Not verified here"]
    assert [row[9] for row in others] == ["Not verified here"] * 22
    measures = Tables(folder / "en" / "measures.html").rows
    assert {"Not verified here" in row for row in measures[1:]} == {True}


def test_the_search_knows_records_and_elements_of_the_law(folder: Path) -> None:
    found = (folder / "search.es.js").read_text(encoding="utf-8")
    by_file = {line: found.count(line) for line in ("mapeo-conjunto-2009", "indemnización")}
    assert by_file == {"mapeo-conjunto-2009": 1, "indemnización": 1}


def test_a_member_s_page_tells_what_it_did_and_what_it_answers_for(folder: Path) -> None:
    """The report of 2009: Costa Rica's material (paragraph c), Mexico's part of the work plan (B.5, 5.3, 8.2)."""
    told = {
        code: (folder / "en" / f"{code}.html").read_text(encoding="utf-8") for code in ("CRI", "MEX", "HND")
    }
    plan = "Present comparative matrices of the members"
    assert "measures.html" in told["CRI"]
    assert plan in told["MEX"].replace("&#39;", "'")
    assert "measures.html" not in told["HND"]
    assert plan not in told["HND"]


def test_a_release_of_nothing_has_all_its_pages_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    release(Home(tmp_path))
    with Warehouse.open(Home(tmp_path).current) as opened:
        empty = site.write(opened, tmp_path / "pages").index.parent
    assert len(pages(empty)) > 100
    for page in pages(empty):
        for link in Tables(page).links:
            assert (page.parent / unquote(link).partition("#")[0]).exists(), (page, link)
    why = say("site.nothing_came", "es")
    for name in ("index", "HND", "bulletin"):
        assert text_of(empty / "es" / f"{name}.html", "<main", "</main>").count(why) == 1, name
    for name in ("index", "HND", "tip_victims_detected"):
        shown = text_of(empty / "es" / f"{name}.html", "<main", "</main>")
        for key in ("questions", "nothing_changed", "no_figure", "no_questions"):
            assert say(f"site.{key}", "es") not in shown, (name, key)
    member = Tables(empty / "en" / "HND.html")
    assert say("site.sent", "en") not in member.headings
    assert not [cell for row in member.rows for cell in row]


def test_a_folder_with_something_else_is_left_alone(folder: Path, tmp_path: Path) -> None:
    assert site.is_free(tmp_path / "new")
    assert site.is_free(tmp_path)
    assert site.is_free(folder)
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert not site.is_free(tmp_path)


def test_the_command_leaves_a_folder_with_something_else_alone(released_home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    refused = CliRunner().invoke(
        app, ["site", str(tmp_path / "mine"), "--lang", "en"], env={"LINEABASE_HOME": str(released_home)}
    )
    assert refused.exit_code == 2
    assert "something other than a site" in " ".join(refused.output.split())
    assert (tmp_path / "mine" / "thesis.txt").is_file()


@pytest.mark.usefixtures("no_paper")
def test_a_home_s_own_pages_are_those_of_the_command_and_are_written_once_a_release(
    sound_home: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    home.warehouse.mkdir()
    home.current.symlink_to(Home(sound_home).current)
    written = site.write_current(home)
    assert written is not None
    assert written.index == tmp_path / "site" / "index.html"
    assert site.write_current(home) is None
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".site")] == []
    told = CliRunner().invoke(app, ["site", str(tmp_path / "asked")], env={"LINEABASE_HOME": str(sound_home)})
    assert told.exit_code == 0, told.output
    assert differing(home.site, tmp_path / "asked") == set()


def test_dagster_shows_the_map_of_coverage_and_where_the_pages_lie(
    released_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(released_home)
    assert coverage_map.coverage_metadata(home) == {}  # tests want no pages (conftest)
    monkeypatch.setenv("LINEABASE_SITE", "yes")
    told = coverage_map.coverage_metadata(home)
    assert told["site"].value == str(home.site / "index.html")
    shown = told["coverage"].value.splitlines()
    years = [cell.strip() for cell in shown[0].split("|")]
    [honduras] = [line for line in shown if line.startswith("| HND ")]
    by_year = dict(zip(years, [cell.strip() for cell in honduras.split("|")], strict=True))
    assert (by_year["2011"], by_year["2012"], by_year["2023"]) == ("!", "●", "…")
    monkeypatch.setattr(coverage_map, "render_map", lambda _: 1 / 0)
    assert "ZeroDivisionError" in coverage_map.coverage_metadata(home)["coverage"].value


def test_what_stops_the_pages_stops_no_release(
    released_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.warehouse.mkdir()
    home.current.symlink_to(Home(released_home).current)
    assert renew_pages(home) is None  # tests want no pages (conftest)
    assert not home.site.exists()
    monkeypatch.setenv("LINEABASE_SITE", "yes")
    monkeypatch.setattr(site, "write_current", lambda _: 1 / 0)
    told = renew_pages(home)
    assert told is not None
    assert "ZeroDivisionError" in told.render("en")


def test_a_law_s_date_stands_in_the_picture(warehouse: Warehouse) -> None:
    years = years_of(warehouse, "UNODC/glotip", "HND", "victims_detected")
    assert years.events == []
    dated = [Event(2018, "Ley <59>", "Law <59>"), Event(1999, "Ley 1", "Law 1")]
    for lang, law in (("es", "Ley"), ("en", "Law")):
        drawn = "".join(origin_body(replace(years, events=dated), lang)(WIDE)[0])
        assert drawn.count("§") == 2  # the label and its rim
        assert drawn.count('stroke-dasharray="1 3"') == 1
        assert f"2018: {law} &lt;59&gt;" in drawn
        assert f"§ {law} &lt;59&gt;" in drawn


# ---- what a newcomer asked ------------------------------------------------------------------------


def text_of(page: Path, start: str, end: str = "</section>") -> str:
    """The words of a part of a page, without marks."""
    part = page.read_text(encoding="utf-8").split(start, 1)[1].split(end, 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_a_dot_of_the_coverage_map_says_what_the_table_of_totals_says(folder: Path) -> None:
    """Of each member and year: a dot where the table has a figure, else a mark that says why it has none.

    UNODC's extract tells Panama's victims of 2022 by exploitation alone; of 2021 CORETT has a total (20).
    """
    rows = Tables(folder / "es" / "region_tables.html").rows
    head = next(row for row in rows if row[0] == "Qué" and "2022" in row)
    members = [row for row in rows if len(row) == len(head) and row is not head]
    marks = {
        (row[0], year): cell.strip()[:1] for row in members for year, cell in zip(head, row, strict=True)
    }
    totals = Tables(folder / "es" / f"{VICTIMS}_tables.html").rows
    top = next(row for row in totals if row[0] == "Año")
    for row in totals[totals.index(top) + 1 :]:
        if not row[0].isdigit():
            break
        for country, value in zip(top[1:], row[1:], strict=True):
            if value and (country, row[0]) in marks:
                assert (marks[country, row[0]] in "●◐") == (value != "sin dato"), (country, row[0], value)
    assert (marks["Panamá", "2022"], marks["Panamá", "2021"], marks["México", "2023"]) == ("△", "◇", "◇")
    panama = text_of(folder / "es" / "PAN.html", 'id="sent"')
    assert "Informó un desglose y no el total" in panama
    assert re.search(r"Solo otra fuente da un total.*?Víctimas detectadas 2019, 2020, 2021 \(", panama)


def test_no_years_are_compared_where_every_panel_holds_a_documented_change(folder: Path) -> None:
    """Of detected victims of the members that reported since 2012 Canada, Costa Rica and others changed what they count."""
    for lang in CONTRACT_LANGUAGES:
        assert '<h3 id="change">' not in (folder / lang / "region.html").read_text(encoding="utf-8")


def test_a_sum_of_which_most_is_one_member_s_says_whose_it_is(folder: Path, warehouse: Warehouse) -> None:
    """16,390 of 17,605 are clients of services in the United States, the others add up to 1,215: nobody outweighs."""
    headings = Tables(folder / "en" / "region.html").headings
    assert "Detected victims in the region in 2022: 1,215, as reported by 9 of 11 members" in headings
    assert (
        "Left out, counting something else: United States of America (16,390 clients of services)."
        in text_of(folder / "en" / "region.html", 'id="total"')
    )
    facts = Facts(warehouse)
    assert origin_summary.dominant_member_sentences(facts, VICTIMS, "SICA", 2022, "en") == ""  # 228 of 462
    assert "Guatemala" in origin_summary.dominant_member_sentences(
        facts, VICTIMS, "SICA", 2021, "en"
    )  # 425 of 652


def test_inside_and_outside_stand_in_one_sentence_with_their_bounds(
    folder: Path, warehouse: Warehouse
) -> None:
    """Added up anew from the counts of the tables by origin: least of inside, and all but the least of outside."""
    counts = warehouse.query(
        "SELECT sum(persons_low) FILTER (origin_class IN ('own_national', 'intra_regional')) AS inside, "
        "sum(persons_low) FILTER (origin_class = 'extra_regional' AND class_level = 'parent') AS outside, "
        "sum(total_low) FILTER (origin_class = 'own_national') AS total FROM baseline.origin_profile "
        "WHERE collection = 'UNODC/glotip' AND measure = 'victims_detected' AND year(period_end) = 2021 "
        "AND reporting_country IN ('CRI', 'DOM', 'GTM', 'HND', 'NIC', 'SLV')"  # not the clients of the USA
    ).iloc[0]
    least, most = counts["inside"] / counts["total"], 1 - counts["outside"] / counts["total"]
    told = f"entre {floor(1000 * least) / 10:g} % y {ceil(1000 * most) / 10:g} %"
    said = text_of(folder / "es" / "region.html", 'class="answer"')
    assert f"de dentro de la CRM: {told}" in said
    own = "nacionales del país que las detectó, entre 87.1 % y 98 %, y de otros miembros, entre 2 %"
    assert own in said
    assert "; de fuera de ella: entre 0 % y 10.9 %" in said
    assert "De 2022 solo 4 de 11 miembros tienen una tabla de origen que se pueda sumar" in said
    assert "Dentro de la región: Sistema de la Integración Centroamericana" in said


def test_the_map_paints_who_told_origins_apart_from_who_told_victims_alone(folder: Path) -> None:
    """2022: Costa Rica has a table of origins in the extract, Canada a total alone, Panama only forms."""
    drawn = (folder / "es" / "region_tables.html").read_text(encoding="utf-8")
    by_name = {
        told: fill for fill, told in re.findall(r'fill="([^"]+)" stroke="#fff"[^>]*><title>([^<]+)', drawn)
    }
    assert drawn.count('class="map"') == 2  # the second for a narrow screen, with a hatching of its own
    assert len(re.findall(r'<pattern id="([^"]+)"', drawn)) == 2
    assert (
        by_name["Costa Rica: tiene una tabla que dice de dónde son las víctimas"] == map_picture.ORIGIN_FILL
    )
    for country in ("Canadá", "Honduras"):
        assert by_name[f"{country}: informó víctimas, no de dónde son"] == map_picture.TOTAL_FILL
    assert by_name[f"Panamá: {say('site.coverage_parts', 'es')}"] == map_picture.TOTAL_FILL
    for country in ("Belice", "Guatemala"):  # whose tables name nobody for sure
        said = "tiene una tabla en que de nadie consta con seguridad"
        assert by_name[f"{country}: {said}"] == map_picture.UNSURE_FILL
    for name in ("map_reported", "map_nobody_sure", "map_total_alone", "map_silent"):
        assert drawn.count(f">{say(f'site.{name}', 'es')}</text>") == 2, name  # each fill in each legend
    for persons in ("954", "415", "406"):  # of Mexico, Honduras, Guatemala in the United States
        assert f">{persons}</text>" in drawn


def test_a_series_that_looks_shifted_is_said_as_that_and_by_the_rule_of_submissions(
    folder: Path, warehouse: Warehouse
) -> None:
    """UNODC's Dominican totals 195 and 83 of 2020 and 2021 stand under 2019 and 2020 in the next extract."""
    held = warehouse.query(
        "SELECT held_reason_en AS why FROM registry.submissions "
        "WHERE held_on IS NOT NULL AND collection = 'UNODC/glotip'"
    )
    [found] = re.findall(
        r"Values of (\w+) · (\w+) that stand (\S+) year from where they stood: (\d+)", held["why"].iloc[0]
    )
    shifted = warehouse.query(
        "SELECT reporting_country, measure, CASE code WHEN 'earlier' THEN '-1' ELSE '+1' END AS years, "
        "CAST(CAST(value_low AS INTEGER) AS VARCHAR) AS same FROM analysis.statements WHERE kind = 'shift'"
    )
    assert list(shifted.itertuples(index=False, name=None)) == [found]
    for page in ("region_tables", "DOM", f"{VICTIMS}_tables"):
        text = " ".join((folder / "en" / f"{page}.html").read_text(encoding="utf-8").split())
        assert "This looks like the same series shifted by a year, not like 14 revisions." in text
        assert "The newer extract is the one in use, and the change from year to year rests on it." in text
    assert "shifted by a year" not in (folder / "en" / "CRI.html").read_text(encoding="utf-8")
    rows = Tables(folder / "en" / "region_tables.html").rows
    assert ["Dominican Republic", "2020", "195", "83 It looks shifted by a year."] in rows


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_what_changed_stands_near_the_top_and_says_no_more_than_the_verdicts(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """A rise or a fall is said on a member's page where analysis.trends says so of its victims, and nowhere else."""
    told = warehouse.query(
        "SELECT DISTINCT reporting_country, direction FROM baseline.headline "
        f"WHERE indicator = '{VICTIMS}' AND direction IS NOT NULL"
    )
    directions = dict(told.itertuples(index=False))
    words_of = {name: words(lang)[f"site.tested.{name}"].split("{")[0] for name in ("rising", "falling")}
    for page in (folder / lang).glob("[A-Z][A-Z][A-Z].html"):
        for part in ('<section id="changed"', 'id="known"'):
            said = text_of(page, part)
            for direction, word in words_of.items():
                assert (word in said) == (directions.get(page.stem) == direction), (page.name, part)
    assert say("site.first_release", lang) in text_of(folder / lang / "region.html", '<section id="changed"')


def test_what_changed_since_the_release_before_is_counted_by_figure_and_submission(
    warehouse: Warehouse,
) -> None:
    """A release before without one submission, with one figure less, one other and one more than this one."""
    facts, before = Facts(warehouse), Facts(warehouse)
    keys = [key for key in facts.numeric_values if key[1] == "HND"][:2]
    before.numeric_values = facts.numeric_values | {
        keys[0]: ("exact", -1.0, -1.0),
        ("x", "HND", 1999): ("exact", 1.0, 1.0),
    }
    del before.numeric_values[keys[1]]
    before.release = {"release": "2026-Q1.r1", "as_of": "2026-03-31"}
    before.submissions = [s for s in facts.submissions if s["collection"] != "HND-INM/sex_age"]
    facts.before = before
    line = changes.member_lines(facts, "HND", "en")[0]["text"]
    assert line == (
        "Compared with 2026-Q1.r1 (as known on 2026-03-31), new submissions: 1 (Irregular entries into Honduras, by sex "
        "and age). Figures of the indicators: 1 new, 1 changed, 1 removed."
    )
    assert changes.member_lines(facts, "CRI", "en")[0]["text"].endswith(
        "No figure of the indicators changed."
    )


@pytest.mark.parametrize("seed", range(20))
def test_values_new_changed_and_gone_are_counted_once_for_any_choice_of_countries(seed: int) -> None:
    """Beside counts of all keys at once, with releases in which countries, keys and values come and go."""
    random = Random(seed)

    def made() -> dict[str, dict[Any, Any]]:
        countries = [c for c in "ABCDE" if random.random() < 0.8]
        return {c: {k: random.randrange(3) for k in range(9) if random.random() < 0.6} for c in countries}

    old, new = made(), made()
    chosen = [c for c in "ABCDE" if random.random() < 0.6]
    before, after = ({(c, k): v for c in chosen for k, v in r.get(c, {}).items()} for r in (old, new))
    counts = _differences(old, new)
    assert {
        name: sum(counts[c][name] for c in chosen if c in counts) for name in ("new", "changed", "gone")
    } == {
        "new": len(set(after) - set(before)),
        "changed": sum(after[k] != before[k] for k in set(after) & set(before)),
        "gone": len(set(before) - set(after)),
    }


def test_each_headline_leads_to_what_speaks_for_and_against_it(folder: Path, warehouse: Warehouse) -> None:
    """Mexico 2022: UNODC tells 247, the state files of SESNSP 942, which the release sets beside it."""
    for lang in CONTRACT_LANGUAGES:
        told = warehouse.query(
            f"SELECT DISTINCT reporting_country FROM baseline.headline WHERE indicator = '{VICTIMS}' "
            "AND how NOT IN ('not_reported', 'withheld', 'says_nothing', 'in_doubt')"
        )["reporting_country"]
        for member in told:
            page = (folder / lang / f"{member}.html").read_text(encoding="utf-8")
            assert '<a href="#trust">' in page.split('class="lead"')[1].split("</p>")[0], member
            box = page.split('id="trust"')[1].split("</section>")[0]
            names = [
                say(f"site.ask.{name}", lang) for name in ("source", "completeness", "agreement", "questions")
            ]
            assert all(f"<dt>{name}</dt>" in box for name in names), member
        assert '<a href="#trust">' in (folder / lang / "region.html").read_text(encoding="utf-8")
    mexico = text_of(folder / "en" / "MEX.html", 'id="trust"')
    assert "Can I trust this number? 2022: 247" in mexico
    assert re.search(r"Whether another source agrees .*: 942\b", mexico)
    region = text_of(folder / "en" / "region.html", 'id="trust"')
    assert "Not in it: Panama (no figure)" in region
    dominican = [
        r for r in Tables(folder / "en" / f"{VICTIMS}_tables.html").rows if r[0] == "Dominican Republic"
    ]
    assert any(
        "It was in the last delivery; no later one has confirmed or changed it yet." in row
        for row in dominican
    )


def test_a_warning_stands_below_its_table_and_not_on_hover_alone(folder: Path) -> None:
    """Every letter at a number has its line below; no asterisk is left."""
    for page in [*(folder / "es").glob("*_*.html"), *(folder / "es").glob("[A-Z][A-Z][A-Z].html")]:
        text = page.read_text(encoding="utf-8")
        assert "<sup>*</sup>" not in text
        for table_text, below in re.findall(
            r'(<table.*?</table>)</div>\s*(<ul class="key footnotes">.*?</ul>)?', text, re.DOTALL
        ):
            marks = set(re.findall(r"<sup>(\w+)</sup>", table_text))
            assert marks == set(re.findall(r"<li><sup>(\w+)</sup> \w", below)), page.name
    honduras = text_of(folder / "es" / "HND.html", 'id="justice"')
    assert "Dos medidas traen el mismo número" in honduras
    assert "El último año con alguna de estas cifras es 2021." in honduras


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_an_indicator_says_that_it_has_no_data_where_the_release_has_none_of_it(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    for row in warehouse.query("SELECT indicator, data FROM baseline.catalogue").itertuples():
        page = (folder / lang / f"{row.indicator}.html").read_text(encoding="utf-8")
        assert ('class="nodata"' in page) == (row.data != "available"), row.indicator


def test_an_indicator_of_regions_alone_says_of_no_country_that_it_told_nothing(folder: Path) -> None:
    page = (folder / "en" / "data_reporting_coverage_tables.html").read_text(encoding="utf-8")
    assert "Honduras" not in page
    assert "Regional Conference on Migration" in page


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_shares_are_rounded_outward_on_a_country_s_page_as_on_the_indicator_s(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """As about.html promises; whose shares they are stands in the data beside the picture."""
    for file in sorted((folder / "data").glob("???-composition.csv")):
        page = (folder / lang / f"{file.name[:3]}.html").read_text(encoding="utf-8")
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            low, high = 100 * float(row["value_low"]), 100 * float(row["value_high"] or 1)
            if 0 < low < high < 100:
                least, most = floor(10 * low + 1e-9) / 10, ceil(10 * high - 1e-9) / 10
                assert f"{least:g}–{most:g}" in page, (file.name, row)


def test_a_majority_that_changed_is_told_year_by_year(folder: Path) -> None:
    """Dominican Republic, by the publisher's tables: nationals in 2020 and 2021, from outside in 2022."""
    there = text_of(folder / "en" / "DOM.html", 'id="known">')
    assert "The sure majority: its own nationals (2020–2021); from outside the region (2022)." in there
    canada = text_of(folder / "en" / "CAN.html", 'id="known">')
    assert "The sure majority: its own nationals (2014). For 2015–2016 this is not known." in canada


def test_what_nobody_answered_stands_beside_the_figure_on_an_indicator_s_page(folder: Path) -> None:
    forms = (folder / "en" / "tip_exploitation_share_tables.html").read_text(encoding="utf-8")
    states = forms[forms.index('id="trust-USA"') :].split("</tr>")[0]
    assert (
        "Unanswered: Is the jump real or has what is counted changed? (by form of exploitation 10,166)."
        in states
    )


def test_everything_can_be_taken_away_at_once_from_every_page(folder: Path, warehouse: Warehouse) -> None:
    """The workbook has a sheet an indicator or a part of it, the zip the tables of every indicator, with no hour."""
    with ZipFile(folder / "data" / f"lineabase-{warehouse.release}.zip") as tables:
        assert {n for n in tables.namelist() if n.startswith("tip_")} == {
            path.name
            for path in (folder / "data").glob("tip_*")
            if path.suffix in (".csv", ".json")
            and not re.search("-countries|-by-", path.name)  # the rows of a picture
        }
        assert {part.date_time for part in tables.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        held = tables.read(f"{VICTIMS}.csv")
    assert held == (folder / "data" / f"{VICTIMS}.csv").read_bytes()
    available = set(
        warehouse.query("SELECT indicator FROM baseline.catalogue WHERE data = 'available'")["indicator"]
    )
    with ZipFile(folder / "data" / f"lineabase-{warehouse.release}.zip") as tables:
        assert available <= {name.removesuffix(".csv") for name in tables.namelist()}
    of_no_member = {"tip_investigations_opened"}  # a third party alone has figures: no table of the members
    assert {path.name for path in (folder / "data").glob("*.xlsx")} >= {
        f"{name}.{lang}.xlsx" for name in available - of_no_member for lang in CONTRACT_LANGUAGES
    }
    told = warehouse.query(
        "SELECT count(DISTINCT indicator) + (SELECT count(DISTINCT (indicator, origin_class)) "
        "FROM baseline.headline_origin) + 3 AS n FROM baseline.headline"
    )["n"].iloc[0]  # classes of origin, three forms of exploitation
    for lang, book in (("es", "indicadores.xlsx"), ("en", "indicators.xlsx")):
        assert len(load_workbook(folder / "data" / book, read_only=True).sheetnames) == told + 1  # the cover
        for page in (folder / lang).glob("*.html"):
            links = Tables(page).links
            assert f"../data/{book}" in links, page.name
            assert f"../data/lineabase-{warehouse.release}.zip" in links, page.name
            assert "../" + lang + "/download.html" in links, page.name


def test_a_citation_names_who_publishes_and_where_as_the_deployment_says_and_invents_neither(
    folder: Path, warehouse: Warehouse
) -> None:
    day = warehouse.query("SELECT as_of::VARCHAR AS day FROM registry.release")["day"].iloc[0]
    plain = wording.citation(Facts(warehouse), "en")
    title = say("bundle.title", "en", release=warehouse.release)
    assert plain == f"The lineabase maintainers ({day[:4]}). {title}. Data set, as known on {day}."
    ours = Deployment(institution="Secretaría Técnica", address="https://example.org/datos")
    said = wording.citation(Facts(warehouse, deployment=ours), "es")
    assert said.startswith("Secretaría Técnica (")
    assert said.endswith(f"con lo conocido al {day}. https://example.org/datos")
    for name in ("about", "HND", VICTIMS, "download"):
        assert plain in unescape((folder / "en" / f"{name}.html").read_text(encoding="utf-8"))


def test_sources_stand_with_their_licence_in_the_reader_s_language(
    folder: Path, warehouse: Warehouse
) -> None:
    """A card's own words are in Spanish, too; a publisher's name of a licence stays as it is."""
    licences = set(
        warehouse.query("SELECT licence FROM registry.collections WHERE licence IS NOT NULL")["licence"]
    )
    own_words = {one for one in licences if re.search(r"cite|for the|terms|domain", one)}
    assert own_words <= set(WORDS)
    assert all(WORDS[one].keys() >= set(languages()) - {"en"} for one in WORDS)
    foot = text_of(folder / "es" / "about.html", 'id="sources"')
    assert "condiciones de uso de las Naciones Unidas; cítese la fuente" in foot
    assert not re.search(r"cite the source|terms of use", foot)
    assert "United Nations terms of use; cite the source" in text_of(
        folder / "en" / "about.html", 'id="sources"'
    )


def test_a_reader_sees_the_names_of_collections_and_their_codes_in_small_print_alone(
    folder: Path, warehouse: Warehouse
) -> None:
    codes = set(warehouse.query("SELECT collection FROM registry.collections")["collection"])
    for page in [page for page in pages(folder / "es") if page.stem not in RECORDS]:
        text = page.read_text(encoding="utf-8")
        for mark in ("small", "pre", "script", "svg"):
            text = re.sub(rf"<{mark}[ >].*?</{mark}>", "", text, flags=re.DOTALL)
        shown = re.sub(r"<[^>]+>", " ", text)
        assert [code for code in codes if code in shown] == [], page.name


# ---- what a second newcomer misread ----------------------------------------------------------------


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_inside_is_of_the_whole_region_also_for_the_sum_of_a_grouping_within(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Mexicans whom Guatemala detected are from inside in SICA's sum: the pages said that they are from outside."""
    rows = warehouse.query(
        "SELECT DISTINCT grouping FROM baseline.indicator_values "
        "WHERE reporting_country = 'SICA' AND indicator = 'tip_origin_share_all'"
    )
    assert rows["grouping"].tolist() == ["CRM"]
    answer = text_of(folder / lang / "region.html", 'class="answer"')
    within = answer.split(say("site.within", lang, name=""))[1]
    whole = {"es": ("de dentro de la CRM", "de dentro de SICA"), "en": ("inside the CRM", "inside SICA")}
    told, never = whole[lang]
    assert told in within
    assert never not in answer
    rule = {
        "es": "cualquier miembro de la CRM cuenta como de dentro",
        "en": "a national of any of its members is from inside, even if that member is not in",
    }
    assert rule[lang] in within


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_grouping_within_is_told_of_its_newest_year_with_what_its_region_is(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Of 2022 four of SICA's eight tell origins, which is enough; the region has none of it.

    In sight are the bounds of the year that can be set beside the region's alone; those of the newest are folded away.
    """
    told = warehouse.query(
        f"SELECT year, value_{lang} AS value FROM baseline.headline_region WHERE reporting_country = 'SICA' "
        "AND indicator = 'tip_origin_share_all' AND origin_class = 'extra_regional' AND year IN (2021, 2022)"
    )
    by_year = dict(zip(told["year"], told["value"], strict=True))
    answer = text_of(folder / lang / "region.html", 'class="answer"')
    head, within = answer.split(say("site.within", lang, name=""))
    open_part, fold = within.split(say("site.who_and_what", lang))
    assert by_year[2021] in head  # the same six members, who tell the same
    assert by_year[2022] not in head + open_part
    shares = warehouse.query(
        "SELECT origin_class, value_low FROM baseline.headline_region "
        "WHERE reporting_country = 'SICA' AND indicator = 'tip_origin_share_all' AND year = 2021"
    ).set_index("origin_class")["value_low"]
    least, most = shares["own_national"] + shares["intra_regional"], 1 - shares["extra_regional"]
    bounds = [f"{floor(1000 * least) / 10:g}", f"{ceil(1000 * most) / 10:g}"]
    between = {"es": "entre {} % y {} %", "en": "between {}% and {}%"}[lang].format(*bounds)
    facts_of = {"year": 2021, "n": 6, "all": 8, "region": "CRM"}
    assert say("site.within_result", lang, inside=between, **facts_of) in open_part.replace("\u00a0", " ")
    nobody = {"year": "2022", "n": 4, "all": 8, "place": "SICA", "region": "CRM"}
    title = say("site.region_majority.none", lang, **nobody)
    newer = say("site.newer_within", lang, title=title[:1].lower() + title[1:])
    assert newer in open_part  # with the warning before it, and without its figures
    warned = say("site.other_year", lang, name="SICA", own="2022", year=2021)
    assert f"{warned} {say('site.region_majority.none', lang, **nobody)}." in fold
    assert fold.index(warned) < fold.index(by_year[2022])
    own = say("site.inside_has_own", lang, **{"class": name_in_list("origin_class", "intra_regional", lang)})
    assert own in fold
    members = warehouse.query("SELECT member FROM reference.groupings WHERE grouping = 'SICA'")["member"]
    names = ", ".join(Facts(warehouse).names_of(members, lang))
    assert names in fold
    assert len(members) == 8
    first = (folder / lang / "region.html").read_text(encoding="utf-8").split("</h1>")[1].split("</p>")[0]
    assert {
        "es": "Conferencia Regional sobre Migración (CRM)",
        "en": "Regional Conference on Migration (CRM)",
    }[lang] in first


def test_the_part_of_a_member_that_tells_no_origin_is_the_unknown_and_not_the_result(
    warehouse: Warehouse,
) -> None:
    """Of Guatemala's 228 of 2022 at most 12 have an origin, of Belize's 7 nobody knows: neither says origins."""
    facts = Facts(warehouse)
    said = origin_summary.dominant_member_sentences(facts, "tip_origin_share_all", "SICA", 2022, "en")
    assert "Its part is unknown; the result does not rest on it." in said
    assert "The result is" not in said
    of_2021 = origin_summary.dominant_member_sentences(facts, "tip_origin_share_all", "SICA", 2021, "en")
    assert "The result is mostly from Guatemala." in of_2021  # 65.7 %
    assert "nobody has answered" not in of_2021  # its question is on a part, which the box of trust names
    whole = origin_summary.dominant_member_sentences(facts, "tip_origin_share_all", "CRM", 2021, "en")
    assert (
        "65.7% of all these victims were detected by Guatemala." in whole
    )  # the clients of the USA are left out
    assert "The result is mostly from Guatemala." in whole
    [row] = [
        row
        for row in facts.regions["tip_origin_share_all"]
        if (row["reporting_country"], row["year"], row["origin_class"]) == ("SICA", 2022, "own_national")
    ]
    assert origin_summary.origin_members_sentence(facts, row, "en") == (
        "Tables by origin that are added, of 4 of 8 members: Belize, Costa Rica, Dominican Republic, Guatemala. Of "
        "these tables those of Belize, Guatemala do not surely show where anybody is from: this is the unknown part."
    )


def test_inside_with_own_nationals_and_intra_regional_without_them_are_told_apart(folder: Path) -> None:
    assert "el indicador «Intrarregional» los deja aparte" in text_of(
        folder / "es" / "region.html", 'class="answer"'
    )
    page = (folder / "es" / "tip_origin_share_all.html").read_text(encoding="utf-8")
    said = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert said.count("No cuenta a los nacionales del país que detectó") == 1
    assert "No cuenta a los nacionales" in said.split("<h2>Intrarregional.")[1].split("</section>")[0]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_box_of_trust_holds_the_age_and_leads_to_every_warning_of_the_trend(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    """Of each page the words of each flag of its verdict, at the trend, which is linked; its age in the box."""
    trends = warehouse.query(
        "SELECT t.reporting_country AS member, t.flag, t.direction, t.level FROM analysis.trends AS t "
        f"JOIN baseline.headline AS h USING (sentence_es) WHERE h.indicator = '{VICTIMS}' "
        "QUALIFY h.year = max(h.year) OVER (PARTITION BY t.reporting_country) UNION "  # after the last break
        "SELECT t.reporting_country, t.flag, t.direction, t.level FROM analysis.trends AS t "
        f"JOIN baseline.headline_region AS h USING (sentence_es) WHERE h.indicator = '{VICTIMS}' "
        "AND h.reporting_country = 'CRM' AND h.origin_class = '_T'"
    )
    seen = Counter()
    start = {code: words(lang)[f"trend.{code}"].split("{")[0] for code in DOUBTS}
    start["stale"] = words(lang)["site.figure_age"].split("{year}")[1].split("{age}")[0]
    start["suspected_break"] = words(lang)["trend.suspected_break"].split("{year}")[1]
    for row in trends.itertuples():
        page = folder / lang / f"{'region' if row.member == 'CRM' else row.member}.html"
        box = text_of(page, 'id="trust"')
        start_of_test = '<section class="trends-said"' if row.member == "CRM" else 'id="test"'
        test = text_of(page, start_of_test)
        flags = set((row.flag or "").split("+")) & DOUBTS.keys()
        assert flags, row.member
        for code in flags:  # the age is the figure's; what is of other years of its series is the trend's
            seen[code] += 1
            assert start[code] in (box if code == "stale" else test), (row.member, code)
            assert code == "stale" or start[code] not in box, (row.member, code)
        if row.level == "no_clear_difference":
            assert words(lang)["trend.no_clear_difference"].split("{last}")[1].split("{")[0] in test
    assert {"stale", "unconfirmed_edge"} <= seen.keys()


DOUBTS = dict.fromkeys(("stale", "spike", "suspected_break", "dominated", "unconfirmed_edge"))
"""The flags of a verdict that its paragraph says in a sentence."""


def test_what_no_later_extract_could_change_is_not_said_to_have_stood_the_test(warehouse: Warehouse) -> None:
    """UNODC's extract of 2025 is the first with 2022; Honduras 67 of 2020 stood in that of 2023, too."""
    facts = Facts(warehouse)
    newest, older = (facts.headline(VICTIMS, "HND", year) for year in (2022, 2020))
    assert newest is not None
    assert older is not None
    came = "Llegó con la última entrega: ninguna posterior la ha confirmado o cambiado todavía."
    assert trust.revision_sentences(facts, newest, "es") == came
    assert (
        trust.revision_sentences(facts, older, "es") == "Ningún envío posterior cambió el total de ese año."
    )


def test_the_last_year_of_a_picture_whose_origins_nobody_tells_is_said_below_its_heading(
    folder: Path,
) -> None:
    """Honduras told 56 victims of 2022 and no origin; Guatemala of at most 12 of 228; Costa Rica of 36 of 43."""
    told = {
        code: (folder / "en" / f"{code}.html").read_text(encoding="utf-8") for code in ("HND", "GTM", "CRI")
    }
    said = "For 2022, the last year with a figure in the picture, the origin "
    assert f"{said}is known for none of the 56." in told["HND"]
    more = f"{said}of more than half is not known: "
    assert f"{more}216–228 of 228." in told["GTM"]
    assert said not in told["CRI"]
    honduras = told["HND"].split('id="origin"')[1]
    heading = "Origin of detected victims: in 2019–2021 most were its own nationals"
    assert honduras.index(heading) < honduras.index(said) < honduras.index("HND-shares")


def test_the_box_of_trust_begins_with_an_answer_and_with_what_is_to_be_minded(folder: Path) -> None:
    """Honduras 2022: exact, no open question; Mexico: a jump at the end, another source, a question on the total."""
    short = {
        name: re.split(
            "What it counts|Where it comes from", text_of(folder / "en" / f"{page}.html", f'id="{at}"')
        )[0].strip()
        for name, page, at in (
            ("HND", "HND", "trust"),
            ("MEX", "MEX", "trust"),
            ("sum", "region", "trust"),
            ("origin", "region", "trust-origin"),
        )
    }
    assert re.search(
        r"No source states what it counts, nor who counts it\. Only as what “[^”]+” reports for Honduras: what it counts is "
        r"not confirmed\. With care: it refers to 2022, which "
        r"ended [\d.]+ years ago; no later delivery has confirmed it yet; it does not show whether cases rose or fell\.$",
        short["HND"],
    )
    assert "Only in part" in short["MEX"]
    assert "it comes after a jump at the end of the series that awaits confirmation" in short["MEX"]
    assert re.search(r"“[^”]+” has 942, not 247", short["MEX"])
    assert "Nearly: it is the sum of what 9 of 11 members detected and reported" in short["sum"]
    assert "Left out, counting something else: United States of America (16,390 clients" in short["sum"]
    assert "at least 89.1%, as reported by 6 of 11 members" in short["origin"]
    assert re.search(r"it refers to 2021, which ended 4\.\d years ago", short["origin"])


def test_what_nobody_has_answered_is_named_with_its_value_and_parts_stand_apart(
    folder: Path, warehouse: Warehouse
) -> None:
    """Mexico's total of 2022 waits for an answer; of Canada and others parts do; Honduras' page lists all it counts."""
    mexico = text_of(folder / "en" / "MEX.html", 'id="trust"')
    assert "On the total: Is the jump real or has what is counted changed? (total 247)." in mexico
    region = text_of(folder / "en" / "region.html", 'id="trust"')
    assert "(Mexico). On parts of: Canada" in region
    assert "(Mexico, total 247)" in region  # with all values, folded away
    n = warehouse.query(
        "SELECT count(DISTINCT (measure, year(period_start))) AS n FROM analysis.open_questions "
        "WHERE reporting_country = 'HND'"
    )["n"][0]
    listed = (folder / "en" / "HND.html").read_text(encoding="utf-8").split('id="questions"')[1]
    assert listed.split("</section>")[0].count("<li>") == n
    listed = text_of(folder / "en" / "HND.html", 'id="questions"')
    assert f"{n} of its figures have an open question" in listed
    for value in ("188,858", "34,206", "Jordan 2,959", "total 70", "by sex, by age 92"):
        assert value in listed


def test_each_box_is_read_within_a_minute(folder: Path) -> None:
    """At two hundred words a minute, to the end of each; what is folded away is not read first."""
    boxes = [
        ("region", at)
        for at in ('class="answer"', '<section id="changed"', 'id="trust"', 'id="trust-origin"')
    ]
    members = [page.stem for page in (folder / "es").glob("[A-Z][A-Z][A-Z].html")]
    boxes += [(member, at) for member in members for at in ('<section id="changed"', 'id="trust"')]
    for lang, (name, at) in product(CONTRACT_LANGUAGES, boxes):
        whole = (folder / lang / f"{name}.html").read_text(encoding="utf-8")
        text = whole.split(at, 1)[1].split("</section>")[0].partition(">")[2]
        for mark in ("svg", "details", "a"):
            text = re.sub(rf"<{mark}[ >].*?</{mark}>", "", text, flags=re.DOTALL)
        read = [word for word in re.sub(r"<[^>]+>", " ", text).split() if re.search(r"\w", word)]
        assert len(read) < 200, (lang, name, at, len(read))


def test_each_grouping_s_own_total_stands_beside_the_region_s(folder: Path, warehouse: Warehouse) -> None:
    """What is left without the United States (1,215, of nine) is not SICA's 462, of seven of eight."""
    [row] = warehouse.query(
        "SELECT country_en AS name, value_en AS value, members_reporting AS n, members_total AS total "
        f"FROM baseline.headline_region WHERE indicator = '{VICTIMS}' AND reporting_country = 'SICA' AND year = 2022"
    ).itertuples()
    assert f"{row.name}, 2022: {row.value}, as reported by {row.n} of {row.total} members." in text_of(
        folder / "en" / "region.html", '<section id="total"'
    )


def test_the_words_of_a_formula_are_in_the_reader_s_language(warehouse: Warehouse) -> None:
    """Every part of every numerator and denominator is a measure or has words of its own."""
    facts = Facts(warehouse)
    for name in facts.catalogue:
        about = dict(indicator_page.page(facts, name, "es")["about"])
        for part in ("numerator", "denominator"):
            raw = facts.catalogue[name][part]
            assert raw is None or about[say(f"site.{part}", "es")] != raw, (name, part)
    shown = dict(indicator_page.page(facts, "tip_female_share_known_sex", "es")["about"])
    assert shown["Numerador"] == "Víctimas detectadas (victims_detected), mujeres y niñas"
    assert shown["Mínimo para una cifra de la región"] == "al menos la mitad de los miembros (6 de 11)"


def test_a_number_stays_with_its_percent_sign_and_the_legend_says_what_occurs(folder: Path) -> None:
    for page in (folder / "es").glob("*.html"):
        assert not re.search(r"\d %", page.read_text(encoding="utf-8")), page.name
    flows = text_of(folder / "es" / "region_tables.html", '<section id="flows"')
    cells = {cell for row in Tables(folder / "es" / "region_tables.html").rows for cell in row}
    assert (say("site.flows_mark.absent", "es") in flows) == ("–" in cells)


def test_a_year_out_of_line_is_named_and_a_figure_s_age_is_its_own(
    folder: Path, warehouse: Warehouse
) -> None:
    """Guatemala's last share is of 2021, of a series that goes on to 2022 with years that tell nothing."""
    [years] = warehouse.query(
        "SELECT DISTINCT t.spike_years FROM analysis.trends AS t JOIN baseline.headline AS h USING (sentence_es) "
        f"WHERE h.indicator = '{VICTIMS}' AND h.reporting_country = 'HND'"
    )["spike_years"]
    out_of_line = f"Far from the years before and after, and nobody has confirmed it: {years}."
    assert out_of_line in text_of(folder / "en" / "HND.html", 'id="test"')
    for page in (folder / "en").glob("tip_*.html"):
        for cells in Tables(page).rows:
            told = re.match(r"(?:FY)?(\d{4}): ", cells[1]) if len(cells) > 1 else None
            for year in re.findall(r"It is of (?:FY)?(\d{4}), which ended", " ".join(cells)):
                assert told, cells
                assert year == told[1], cells


def test_a_year_beyond_an_unconfirmed_jump_is_warned_of(warehouse: Warehouse) -> None:
    """At either end of a series: every year that its test leaves out."""
    facts = Facts(warehouse)
    warned = say("site.of_year.unconfirmed_edge", "en")
    found = set()
    for row in (row for rows in facts.headlines.values() for row in rows):
        trend = facts.trend(row)
        if trend and has_flag(trend["flag"], "unconfirmed_edge"):
            first, last = trend["tested_from"], trend["tested_to"]
            is_tested = first is not None and first <= row["year"] <= last
            assert (warned in caveats.figure_warnings(facts, row, "en")) is not is_tested, row
            found.add("tested" if is_tested else "before" if first and row["year"] < first else "after")
    assert found == {"tested", "before", "after"}


def test_a_rise_or_a_fall_stands_nowhere_in_short_without_its_doubts(
    folder: Path, warehouse: Warehouse
) -> None:
    """In the short part of a member's page, and of the region's sum under what changed."""
    claimed = warehouse.query(
        "SELECT DISTINCT t.* FROM analysis.trends AS t JOIN (SELECT sentence_es, indicator AS i FROM baseline.headline "
        "UNION ALL SELECT sentence_es, indicator FROM baseline.headline_region) AS h USING (sentence_es) "
        f"WHERE h.i = '{VICTIMS}' AND t.direction IN ('rising', 'falling') AND t.origin_class = '_T' "
        "AND t.reporting_country <> 'SICA'"
    ).to_dict("records")
    told = Counter()
    for row in claimed:
        is_region = row["reporting_country"] == "CRM"
        page = folder / "en" / f"{'region' if is_region else row['reporting_country']}.html"
        named = ["More than half is from United States of America."] if is_region else []
        for doubt in sentences.doubts(row, "en", with_largest=not named) + named:
            assert doubt in text_of(page, 'id="changed"' if is_region else 'id="known">'), (page.name, doubt)
            told[page.stem] += 1
    assert told["region"] == 0  # no panel of the region is left to test
    usa = text_of(folder / "en" / "USA.html", 'id="known">')  # its jump is a documented break
    assert "in most others it counts clients of services" in usa


def test_that_another_source_tells_earlier_years_is_said(folder: Path) -> None:
    """The nine countries' report tells Honduras of 2018 to 2021; of 2022 nobody but UNODC does."""
    honduras = text_of(folder / "en" / "HND.html", 'id="trust"')
    assert (
        "No other source has the total of 2022. “Trafficking in persons in nine countries: victims, complaints, "
        "proceedings and sentences” had the same number in 2019–2021, and another in 2018 (64 here, 85 there)."
        in honduras
    )


def test_pages_have_no_instruction_to_whoever_runs_them(folder: Path) -> None:
    for page in pages(folder):
        assert "lineabase.toml" not in page.read_text(encoding="utf-8"), page


def test_nationals_elsewhere_stand_in_the_short_part_and_have_one_interval_that_is_no_maximum(
    folder: Path,
) -> None:
    """Of Hondurans the tables of 2022 name 415 in the United States, seven times Honduras' own 56."""
    honduras = folder / "es" / "HND.html"
    [head] = [row for row in Tables(honduras).rows if "Nombrados en las tablas" in row]
    assert len(head) == 4
    assert "No es un máximo" in text_of(honduras, 'id="abroad"')
    said = text_of(honduras, 'id="known">')
    assert "Al menos 415 en 2022 (Estados Unidos de América: 415)." in said
    assert "438" not in said
    assert "estable" not in said


def test_offences_and_convictions_are_said_to_be_counts_of_their_own(folder: Path) -> None:
    """Honduras 2019: 0 to 4 offences («<5» in the extract) beside 38 persons convicted."""
    justice = text_of(folder / "es" / "HND.html", 'id="justice"')
    assert "puede haber más condenados que delitos" in justice
    assert "«entre 0 y 4»: la fuente solo da ese límite" in justice
    assert "«entre" not in text_of(folder / "es" / "USA.html", 'id="justice"')


def test_an_alert_is_of_the_last_year_of_its_series_or_said_to_be_over(
    folder: Path, warehouse: Warehouse
) -> None:
    ends = warehouse.query(
        "SELECT collection, measure, max(period_start) AS last FROM analysis.monthly GROUP BY ALL"
    )
    assert str(ends["last"].max()) > "2025"
    first = text_of(folder / "es" / "region_tables.html", '<section id="new"')
    assert (
        "Carpetas de investigación federales por la Ley de Migración"
        in first.split("Avisos del último año")[1]
    )
    assert "2023-01" not in first
    honduras = (folder / "es" / "HND.html").read_text(encoding="utf-8")
    assert "Desde 2023-07 las cifras están muy por encima de los doce meses anteriores" in honduras
    border = (folder / "es" / "USA.html").read_text(encoding="utf-8")
    assert "Sin avisos en el último año de la serie; el último es de 2022-03." in border
    facts = Facts(warehouse)
    last = [r for r in facts.months["HND"] if r["alert"] and str(r["period_start"]) <= "2023-01-01"]
    assert wording.surge_notes(last, "es") == [say("site.alerts_usual", "es")]


def test_two_tests_that_seem_at_odds_are_said_to_be_of_different_spans(folder: Path) -> None:
    """The region rose from 2013 to 2022, and its last three years are not told apart from the baseline."""
    told = say("site.two_tests", "es")
    assert told in text_of(folder / "es" / "USA.html", 'id="test"')
    assert told not in text_of(folder / "es" / "HND.html", 'id="test"')


def test_what_changed_begins_with_the_release_before_and_leads_to_nothing_where_there_is_none(
    folder: Path,
) -> None:
    for name in ("region", "HND"):
        said = text_of(folder / "es" / f"{name}.html", '<section id="changed"')
        assert said.index("Es la primera publicación") < said.index(
            "De un año a otro" if name == "HND" else "Lo que dice la prueba"
        )
        page = (folder / "es" / f"{name}.html").read_text(encoding="utf-8")
        assert 'href="#new"' not in page.split('<section id="changed"')[1].split("</section>")[0]


def test_the_flows_show_who_is_from_outside_and_of_whom_nobody_knows(
    folder: Path, warehouse: Warehouse
) -> None:
    """Of the Dominican Republic's 99 of 2022 only 18 are nationals: 79 to 81 are from outside the region."""
    rows = Tables(folder / "en" / "region_tables.html").rows
    head = next(row for row in rows if row[0] == "Origin")
    [outside] = [row for row in rows if row[0] == say("site.flows_outside", "en")]
    [unknown] = [row for row in rows if row[0] == say("site.flows_unknown", "en")]
    [whole] = [row for row in rows if row[0] == say("site.flows_total", "en")]
    at = head.index("Dominican Republic")
    assert (outside[at], unknown[at], whole[at]) == ("79–81", "0–2", "99")
    at = head.index("United States of America")
    assert (outside[at], unknown[at], whole[at]) == ("315–4,193", "3,878", "16,390")
    [row] = warehouse.query(
        "SELECT share_low, share_high FROM baseline.origin_profile WHERE reporting_country = 'DOM' AND year = 2022 "
        "AND measure = 'victims_detected' AND origin_class = 'extra_regional'"
    ).itertuples(index=False)
    assert tuple(row) == pytest.approx((79 / 99, 81 / 99))


def test_who_reports_origins_and_is_in_no_sum_is_named_with_why(folder: Path) -> None:
    """Six tables of 2022, five in the sum: El Salvador's 16 and 9 exceed its total of 21."""
    for page, part in (("region", 'class="answer"'), ("region_tables", 'id="flows"')):
        said = text_of(folder / "en" / f"{page}.html", part)
        assert re.search(r"is not in the sum: El Salvador \([^)]*total", said), part


def test_the_headline_of_origin_has_a_box_of_trust_of_its_own(folder: Path) -> None:
    """Of 2021 CORETT tells 306 victims of Guatemala and 143 of El Salvador, UNODC 425 and 27."""
    page = (folder / "en" / "region.html").read_text(encoding="utf-8")
    chips = page.split('class="jump"')[1].split("</nav>")[0]
    assert chips.index('<a href="#trust-origin">') < chips.index('<a href="#trust">')
    assert '<a href="#trust-origin">' in page.split('class="answer"')[1].split("</section>")[0]
    box = text_of(folder / "en" / "region.html", 'id="trust-origin"')
    assert "Guatemala (425 here, 306 there), El Salvador (27 here, 143 there)" in box
    assert "the delivery in use changed 2 of the totals added (Dominican Republic, El Salvador)" in box
    assert len(box.split("Where it comes from")[0].split()) < 90  # it begins with whom it leaves out
    honduras = text_of(folder / "en" / "HND.html", 'id="trust"')
    n = re.search(r"(\d+) other figures of this country have one, below", honduras)
    assert n is not None
    assert f"{n[1]} of its figures have an open question" in text_of(
        folder / "en" / "HND.html", 'id="questions"'
    )


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_thousands_are_written_one_way_in_a_language(lang: str, folder: Path) -> None:
    """A unit, `per 100 000 population`, is a code where it is one."""
    for page in (folder / lang).glob("*.html"):
        assert not re.search(r"\d[ \u00a0\u202f]000\b", page.read_text(encoding="utf-8")), page.name


def test_a_picture_of_shares_has_a_narrow_form_with_its_whole_axis(folder: Path) -> None:
    for name in ("region", "HND"):
        text = (folder / "es" / f"{name}.html").read_text(encoding="utf-8")
        narrow = re.findall(r'<div class="narrow">(.*?)</div>', text, re.DOTALL)
        for drawn in [one for one in narrow if 'class="shares"' in one]:
            assert re.search(r'viewBox="0 0 330 ', drawn)
            assert all(f">{tick}</text>" in drawn for tick in (0, 25, 50, 75, 100))
        assert (
            text.count('<div class="narrow">') == len(re.findall(r'<div class="(?:scroll )?wide"', text)) > 0
        )


# ---- what is known of a country, in short ----------------------------------------------------------


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_member_s_page_begins_with_what_is_known_in_numbers_of_the_release(
    lang: str, folder: Path, warehouse: Warehouse
) -> None:
    known, called = told_numbers(warehouse, lang), titles_of(warehouse, lang)
    shares = warehouse.query(
        "SELECT DISTINCT value_low AS v FROM baseline.indicator_values WHERE unit = 'share' UNION "
        "SELECT DISTINCT value_high FROM baseline.indicator_values WHERE unit = 'share'"
    )["v"].dropna()
    known |= {number(round(100 * value, 1), lang) for value in shares}
    names = {
        name: say(f"site.known.{name}", lang) for name in ("origin", "who", "direction", "missing", "trust")
    }
    abroad = say("site.known.abroad", lang)
    elsewhere = set(
        warehouse.query(
            "SELECT origin, persons_low FROM analysis.nationals_abroad WHERE measure = 'victims_detected' "
            "QUALIFY year = max(year) OVER (PARTITION BY origin)"
        ).query("persons_low > 0")["origin"]
    )
    for page in (folder / lang).glob("[A-Z][A-Z][A-Z].html"):
        whole = page.read_text(encoding="utf-8")
        assert whole.index("</h1>") < whole.index('id="known"') < whole.index('id="changed"')
        said = text_of(page, 'id="known">')
        assert all(name in said for name in names.values()), page.name
        assert (abroad in said) == (page.stem in elsewhere), page.name
        text = re.sub(r"<a .*?</a>", "", whole.split('id="known">')[1].split("</section>")[0])
        read = [word for word in re.sub(r"<[^>]+>", " ", text).split() if re.search(r"\w", word)]
        assert len(read) <= 210, page.name  # a minute and three seconds, at two hundred words a minute
        assert [n for n in NUMBER.findall(called.sub("", said)) if n not in known] == [], page.name


def test_a_majority_in_short_is_one_that_the_bounds_hold_in_each_of_its_years(
    folder: Path, warehouse: Warehouse
) -> None:
    """Own nationals of Costa Rica, El Salvador, Honduras and the United States; from outside for Panama; else none."""
    profile = warehouse.query(
        "SELECT reporting_country AS member, origin_class AS class, year, share_low FROM baseline.origin_profile "
        "WHERE measure = 'victims_detected' AND share_low IS NOT NULL"
    )
    found = {}
    for page in (folder / "en").glob("[A-Z][A-Z][A-Z].html"):
        said = text_of(page, 'id="known">')
        for kind in ("own_national", "intra_regional", "extra_regional"):
            start, end = words("en")[f"site.from.{kind}"].format(grouping="CRM", years="|").split("|")
            if match := re.search(f"{re.escape(start)}(\\d+)–(\\d+){re.escape(end)}", said):
                found[page.stem] = kind
                years = range(int(match[1]), int(match[2]) + 1)
                told = profile[(profile["member"] == page.stem) & (profile["class"] == kind)]
                assert all(told[told["year"] == year]["share_low"].max() > 0.5 for year in years)
    assert found == {"PAN": "extra_regional"} | dict.fromkeys(("CRI", "HND", "SLV", "USA"), "own_national")


def test_what_is_missing_is_said_in_short_as_missing(folder: Path, warehouse: Warehouse) -> None:
    honduras = text_of(folder / "es" / "HND.html", 'id="known">')
    late = warehouse.query(
        "SELECT DISTINCT measure FROM analysis.coverage WHERE reporting_country = 'HND' AND family = 'trafficking' "
        "AND year(period_end) = 2022 AND status = 'late' AND collection = 'UNODC/glotip'"
    )["measure"]
    due = honduras.split("De 2022, con el plazo vencido y sin informar: ")[1].split(". más")[0]
    assert len(due.split("; ")) == len(late) == 5
    assert "De las víctimas de 2022 (56) no consta el origen de ninguna." in honduras
    panama = text_of(folder / "es" / "PAN.html", 'id="known">')
    assert (
        "De 2022, un desglose sin su total: víctimas detectadas. De 2022, un total solo de otra fuente: "
        "personas condenadas; personas procesadas." in panama
    )
    assert "No se sabe: niñas, niños y adolescentes; formas de explotación." in text_of(
        folder / "es" / "BLZ.html", 'id="known">'
    )
    dominican = text_of(folder / "es" / "DOM.html", 'id="known">')
    assert "De 2022 no falta nada de lo que ya venció." in dominican
    belize = text_of(folder / "en" / "BLZ.html", 'id="known">')
    assert "From 2021 to 2022 no trend is claimed: there are too few years" in belize


def test_a_later_figure_in_doubt_is_said_in_short_and_not_counted(warehouse: Warehouse) -> None:
    """Mexico's 115 of 2021, were there no later year."""
    facts = Facts(warehouse)
    rows = [r for r in facts.headlines[VICTIMS] if (r["reporting_country"], r["year"]) != ("MEX", 2022)]
    facts.headlines = facts.headlines | {VICTIMS: rows}
    newest = wording.latest_number([row for row in rows if row["reporting_country"] == "MEX"])
    assert newest is not None
    assert newest["year"] == 2020
    lines = {line["more"]: line["text"] for line in member_summary.member_lines(facts, "MEX", newest, "en")}
    assert "2021, a figure that is not counted: 115, in doubt." in lines["sent"]


def test_a_link_of_the_work_plan_is_told_by_its_title(folder: Path) -> None:
    for lang in CONTRACT_LANGUAGES:
        said = text_of(folder / lang / "work_plan.html", "<main", "</main>")
        assert not re.search(r"\b(collection|indicator|measures):\S", said)
        assert {"es": "Legislación por elemento jurídico", "en": "Legislation by legal element"}[lang] in said


def test_what_two_families_call_alike_is_told_of_its_own_family(folder: Path) -> None:
    """Smuggling convictions of the United States, 1996–2001, and trafficking prosecutions of Honduras, revised."""
    trafficking = (folder / "en" / "tip_persons_convicted_tables.html").read_text(encoding="utf-8")
    assert "1,680" not in trafficking
    smuggling = (folder / "en" / "som_persons_prosecuted_tables.html").read_text(encoding="utf-8")
    assert "Honduras</td>" not in smuggling
    assert "1,680" in (folder / "en" / "som_persons_convicted_tables.html").read_text(encoding="utf-8")


def test_a_country_that_told_a_measure_to_an_earlier_source_never_told_it_is_not_said(folder: Path) -> None:
    """The United States told smuggled migrants of 1992 to 2001, by a publication that has ended."""
    [line] = [row for row in Tables(folder / "en" / "USA.html").rows if row[0] == "Smuggled migrants"]
    assert any("▪" in cell for cell in line)
    assert not [cell for cell in line if "never until then" in cell]


def test_the_alerts_of_every_series_of_a_measure_stand_on_the_country_s_page(folder: Path) -> None:
    """Of the entries by the Darién the shorter series, by sex and age, has the alert, as the first page says."""
    context = text_of(folder / "en" / "PAN.html", "<h2>Context")
    assert "From 2024-07 on the level is lower: 10,404" in context
    assert "No alerts in the last year" not in context


@pytest.mark.parametrize(("country", "total", "parts"), [("PAN", 28, 53), ("CRI", 43, 54), ("SLV", 21, 25)])
def test_a_total_that_its_breakdown_exceeds_is_trusted_in_part(
    country: str, total: int, parts: int, folder: Path
) -> None:
    """By the publisher's extract: forms of Panama 2018, ages of Costa Rica 2022, origins of El Salvador 2022."""
    assert parts > total
    trust = text_of(folder / "en" / f"{country}.html", 'id="trust"')
    assert f": {total} No source states what it counts" in " ".join(trust.split())
    assert "Only in part" in trust
    assert "a breakdown of it adds up to more than the total" in trust


def test_another_source_within_the_bounds_is_no_other_number(folder: Path) -> None:
    """Nicaragua 2020: 0 to 4 by one source, 2 by the other."""
    trust = text_of(folder / "en" / "NIC.html", 'id="trust"')
    assert "had a number within the interval in 2020" in trust


def test_a_class_that_a_table_does_not_name_is_no_missing_figure(folder: Path) -> None:
    """Nicaragua 2021: all eight victims of the table are its own nationals."""
    page = Tables(folder / "en" / "tip_origin_share_all_tables.html")
    told = [row for row in page.rows if row[0] == "2021" and "the table shows no origin" in row]
    assert told


def test_rates_beside_each_other_are_told_with_their_decimals(folder: Path, warehouse: Warehouse) -> None:
    """Canada 2022: a rate of the release, and the one that its statistical office publishes."""
    [(ours, theirs)] = warehouse.query(
        "SELECT value_a_low, value_b_low FROM analysis.source_agreement WHERE reporting_country = 'CAN' "
        "AND measure = 'victims_detected_rate_published' AND year = 2022 AND collection_b = 'UNODC/glotip'"
    ).itertuples(index=False)
    assert not float(ours).is_integer()
    page = text_of(folder / "en" / "tip_victims_detected_rate_tables.html", 'id="sources-of"')
    for rate in (ours, theirs):
        assert f": {round(rate, 2):g}" in page, rate


def test_the_warning_of_the_years_that_tell_an_origin_stands_with_it(folder: Path) -> None:
    """Honduras: an unclear label of the source in its tables by origin."""
    assert "An unclear label of the source, read as was agreed." in text_of(
        folder / "en" / "HND.html", 'id="known">'
    )


def test_as_many_figures_are_in_question_on_the_first_page_as_on_those_of_countries(folder: Path) -> None:
    first = text_of(folder / "en" / "region_tables.html", 'id="new"')
    told = int(re.search(r"Figures of countries with an open question: (\d+)", first)[1])
    pages_of = (text_of(page, 'id="questions"') for page in (folder / "en").glob("[A-Z][A-Z][A-Z].html"))
    assert told == sum(
        int(found[1])
        for text in pages_of
        if (found := re.search(r"(\d+) of its figures have an open question", text))
    )
