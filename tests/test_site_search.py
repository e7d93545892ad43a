"""Questions in the pages' search: the figure of the very indicator, country and year, or no answer at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.words import CONTRACT_LANGUAGES
from tests import browser
from tests.browser import Tab
from tests.test_site_browser import tab
from tests.test_site_interaction import TELEPHONE
from warehouse import Answers, Warehouse
from warehouse.home import Home
from warehouse.publication.site.search import words_to_ignore

__all__ = ["tab"]

pytestmark = pytest.mark.slow  # it takes all pages of a release


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


def figures_of(folder: Path, lang: str) -> dict[str, Any]:
    text = (folder / f"figures.{lang}.js").read_text(encoding="utf-8")
    return dict(json.loads(text.removeprefix("window.lineabaseFigures = ").rstrip().removesuffix(";")))


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_figures_that_answer_are_those_of_the_release(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    """Every total of the labelled layer, by SQL, with the source that the release cites."""
    content = figures_of(released_pages, lang)
    rows = warehouse.query(
        f"SELECT indicator, reporting_country, year, value_{lang} AS value, citation FROM baseline.headline "
        "WHERE how <> 'not_reported'"
    )
    expected = {(r.indicator, r.reporting_country, r.year): (r.value, r.citation) for r in rows.itertuples()}
    compared = 0
    for _, _, code, file, figures in content["figures"]:
        indicator = file.removesuffix(f"-{code}.html")
        for year, text, note in figures:
            if (indicator, code, year) in expected:
                value, citation = expected[indicator, code, year]
                assert text == value or text.startswith(f"{value} ("), (indicator, code, year)
                assert citation in content["notes"][note]
                compared += 1
    assert compared == len(expected) > 1000


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_no_word_that_narrows_a_question_is_ignored(lang: str) -> None:
    ignored = words_to_ignore(lang)
    narrowing = {
        "es": ["fuera", "dentro", "mujeres", "sexual", "trata", "total"],
        "en": ["outside", "women", "total"],
    }
    for word in narrowing[lang]:
        assert not any(word == one or (one[-1] == "*" and word.startswith(one[:-1])) for one in ignored), word
    assert {"es": {"de", "por", "en"}, "en": {"of", "were", "in"}}[lang] <= set(ignored)


# ---- in the browser ------------------------------------------------------------------------------------

in_browser = pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}")


def ask(tab: Tab, question: str) -> list[tuple[str, str, str]]:
    """The answers and pages for a question: title, address, description."""
    tab.run("document.querySelector('.search').dispatchEvent(new Event('focusin'))")
    tab.run(
        "new Promise(done => { const look = () => window.lineabaseFigures ? done() : setTimeout(look, 20); look(); })"
    )
    tab.run(
        "(() => { const field = document.getElementById('search'); "
        f"field.value = {json.dumps(question)}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    )
    script = "[...document.querySelectorAll('.found li')].map(li => [li.querySelector('a').textContent, li.querySelector('a').getAttribute('href'), li.querySelector('small').textContent])"
    return [tuple(line) for line in tab.run(script)]


@in_browser
@pytest.mark.parametrize(
    ("lang", "question", "answer", "address"),
    [
        ("es", "¿Cuántas víctimas se detectaron en Honduras en 2022?", "Honduras, 2022: 56 (personas)", "tip_victims_detected-HND.html#y2022"),
        ("es", "victimas de trata en honduras 2021", "Honduras, 2021: 101 (personas)", "tip_victims_detected-HND.html#y2021"),
        ("en", "How many victims were detected in the United States in 2022?", "United States of America, 2022: 16,390 (persons)", "tip_victims_detected-USA.html#y2022"),
        ("en", "detected victims Belize 2020", "Belize, 2020: between 0 and 4 (persons)", "tip_victims_detected-BLZ.html#y2020"),
    ],
)  # fmt: skip
def test_a_question_gets_the_sentence_the_interval_and_the_citation(
    lang: str, question: str, answer: str, address: str, released_pages: Path, tab: Tab, warehouse: Warehouse
) -> None:
    """The page, the tool of assistants and the client give the same row."""
    tab.sized(*TELEPHONE)
    tab.open((released_pages / lang / "index.html").as_uri())
    first, *_ = ask(tab, question)
    assert answer in first[0]
    assert first[1].endswith(address)
    assert "UNODC, Global Report on Trafficking in Persons database" in first[2]
    if "USA" in address:  # what is counted there goes with the figure
        assert "clients" in first[2]
    assert warehouse.release in first[2]
    indicator, _, rest = address.partition("-")
    country, year = rest[:3], rest[-4:]
    row = warehouse.headline(indicator, country).set_index("year").loc[int(year)]
    assert str(row[f"value_{lang}"]) in first[0]
    with Warehouse.open(warehouse.path, lang=lang) as client:
        assert str(row[f"value_{lang}"]) in Answers(client).figure(indicator, country, year).sentence


@in_browser
@pytest.mark.parametrize(
    "question",
    [
        "víctimas detectadas Texas 2022",
        "víctimas detectadas Hondurs 2022",
        "víctimas detectadas en Honduras y Guatemala",
        "víctimas hondureñas en México",
        "mujeres víctimas en Honduras",
        "víctimas por sexo en Honduras",
        "víctimas detectadas de fuera en Honduras",
        "víctimas detectadas de Guatemala en Honduras",
        "homicidios Honduras 2022",
        "víctimas",
        "Honduras 2022",
    ],
)
def test_what_is_not_asked_of_one_indicator_and_country_gets_no_figure(
    question: str, released_pages: Path, tab: Tab
) -> None:
    """A word that belongs to neither is not passed over."""
    tab.open((released_pages / "es" / "index.html").as_uri())
    addresses = [address for _, address, _ in ask(tab, question)]
    assert not [address for address in addresses if re.search(r"-[A-Z]{3}\.html", address)]


@in_browser
def test_a_year_without_a_figure_is_a_gap_with_the_years_that_have_one(
    released_pages: Path, tab: Tab
) -> None:
    tab.open((released_pages / "en" / "index.html").as_uri())
    first, *_ = ask(tab, "detected victims Honduras 1999")
    assert "there is no figure of that year. Years with a figure: 2022, 2021" in first[0]
    assert first[2] == ""
