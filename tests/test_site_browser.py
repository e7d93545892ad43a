"""The pages of a release in a real browser: axe, the keyboard, a telephone and a screen, paper; nothing is asked of a net."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from schemas.words import CONTRACT_LANGUAGES
from schemas.words import words as words_of
from tests import browser
from tests.browser import Tab
from warehouse import Warehouse
from warehouse.home import CHECKOUT, Home
from warehouse.publication import site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}"),
]
WIDTHS = (360, 1280)
PICTURES = Path(os.environ.get("LINEABASE_PICTURES") or CHECKOUT / ".screenshots")
"""Where a picture of a page of each kind is left after each run, for people; git ignores the folder."""
STRUCTURE = Path(__file__).with_name("site_structure.json")
KINDS = (
    "index",
    "region",
    "region_tables",
    "HND",
    "USA",
    "tip_victims_detected",
    "tip_victims_detected_tables",
    "tip_victims_detected-HND",
    "tip_origin_share_all",
    "som_migrants_smuggled_origin_share",
    "indicators",
    "download",
    "treaties",
    "about",
    "bulletin",
    "errata",
    "quality-UNODC-glotip",
)
"""A page of each kind; one without data."""
SHOWN = """
[...document.querySelectorAll('h1, h2, h3, svg, table, main ul, dl, pre, nav, form, button, input, details, footer')]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().height > 0)
    .map(e => [e.tagName.toLowerCase(), ...(e.getAttribute('class') || '').split(' ').filter(Boolean).sort()].join('.'))
"""
"""What of a page can be seen, in its order: kinds of elements, no word and no pixel."""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with browser.tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(released_pages: Path) -> Path:
    return released_pages


@pytest.mark.parametrize("name", KINDS)
def test_a_page_is_sound_on_a_telephone_and_on_a_screen(name: str, folder: Path, tab: Tab) -> None:
    tab.asked.clear()
    tab.complained.clear()
    expected = json.loads(STRUCTURE.read_text(encoding="utf-8"))[name]
    for lang in CONTRACT_LANGUAGES:
        for width in WIDTHS:
            tab.sized(width)
            tab.open((folder / lang / f"{name}.html").as_uri())
            assert not tab.overflows(), (name, lang, width)
            assert tab.run("document.documentElement.lang") == lang
            tab.picture(PICTURES / f"site_{name}_{lang}_{width}.png")
            assert structure(tab) == expected[str(width)], f"{name} {lang} {width}: {HOW}"
            assert tab.complained == []
            assert tab.axe() == [], (name, lang, width)
            tab.complained.clear()  # of what axe asks of files
    assert [a for a in tab.asked if not a.startswith((folder.as_uri(), "about:", "data:"))] == []
    assert tab.run("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


HOW = "look at .screenshots; if it is as it should be: python -m tests.test_site_browser HOME"


def structure(tab: Tab) -> str:
    """What can be seen, the same things in a row told once with their number."""
    shown = [(kind, len(list(same))) for kind, same in groupby(tab.run(SHOWN))]
    return " ".join(kind if n == 1 else f"{kind}×{n}" for kind, n in shown)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_telephone_shows_the_whole_axis_the_last_years_and_where_a_table_goes_on(
    lang: str, folder: Path, tab: Tab
) -> None:
    tab.sized(360)
    tab.open((folder / lang / "region.html").as_uri())
    [words] = tab.run(AXIS)
    assert {"0", "25", "50", "75", "100"} <= set(words)
    tab.open((folder / lang / "HND.html").as_uri())
    years = [int(word) for word in tab.run(YEARS)]
    assert years == [2013, 2016, 2019, 2022]
    hints = tab.run("[...document.querySelectorAll('.slide')].filter(e => !e.hidden).map(e => e.textContent)")
    assert set(hints) == {words_of(lang)["site.slide"]}
    for page in ("region_tables", "bulletin"):
        tab.open((folder / lang / f"{page}.html").as_uri())
        [(left, right, screen, smallest)] = tab.run(MAP)
        assert 0 <= left < right <= screen
        assert smallest >= 8
    tab.sized(1280)
    tab.open((folder / lang / "HND.html").as_uri())
    assert tab.run("[...document.querySelectorAll('.slide')].every(e => e.hidden)")


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_first_page_is_nine_screens_of_a_telephone_and_answers_within_four(
    lang: str, folder: Path, tab: Tab
) -> None:
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / "index.html").as_uri())
    whole, origin, smallest = tab.run(FIRST_PAGE)
    assert whole <= 9 * TELEPHONE[1]
    assert origin <= 4 * TELEPHONE[1]
    assert smallest >= 11
    tab.run("document.querySelector('details.menu').open = true")
    assert not tab.overflows()


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "region",
        "region_tables",
        "tip_victims_detected",
        "tip_exploitation_share",
        "tip_victims_detected_origin",
    ],
)
def test_a_page_has_few_words_when_all_is_opened(name: str, folder: Path, tab: Tab) -> None:
    for lang in CONTRACT_LANGUAGES:
        tab.open((folder / lang / f"{name}.html").as_uri())
        assert len(tab.run(OPENED).split()) <= 2500, lang


TELEPHONE = (390, 844)
FIRST_PAGE = """
(() => {
    const seen = [...document.querySelectorAll('.narrow text')].filter(t => t.getClientRects().length);
    const scale = t => t.ownerSVGElement.getScreenCTM().a;
    return [
        document.documentElement.scrollHeight,
        document.querySelector('#origin figure').getBoundingClientRect().bottom + scrollY,
        Math.min(...seen.map(t => parseFloat(getComputedStyle(t).fontSize) * scale(t))),
    ];
})()
"""
"""The height of the page, the end of the picture of origins, and the smallest letters of its pictures, in pixels."""
OPENED = """
(() => {
    document.querySelectorAll('details').forEach(d => { d.open = true; });
    return document.querySelector('main').innerText;
})()
"""


AXIS = """
[...document.querySelectorAll('.answer svg.shares')].filter(e => e.getClientRects().length)
    .map(e => [...e.querySelectorAll('text')].filter(t => {
        const at = t.getBoundingClientRect();
        return at.left >= 0 && at.right <= innerWidth && at.height >= 9;
    }).map(t => t.textContent))
"""
"""Of the picture of inside and outside the words that are seen, and large enough to be read."""
MAP = """
[...document.querySelectorAll('svg.map')].filter(e => e.getClientRects().length).map(e => {
    const at = e.getBoundingClientRect();
    return [at.left, at.right, innerWidth, Math.min(...[...e.querySelectorAll('text')].map(t => t.getBoundingClientRect().height))];
})
"""
"""Of the map that is shown its edges, the screen's width, and how high its smallest words are."""
YEARS = """
[...document.querySelectorAll('#origin .narrow text')].filter(t => {
    const at = t.getBoundingClientRect();
    return /^(19|20)[0-9]{2}$/.test(t.textContent) && at.width && at.left >= 0 && at.right <= innerWidth;
}).map(t => t.textContent)
"""
"""The years in view of a member's picture of origins on a telephone."""


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_member_s_page_is_two_sheets_of_paper(lang: str, folder: Path, tab: Tab) -> None:
    """In letters of eight points; a point is four thirds of a pixel."""
    tab.open((folder / lang / "HND.html").as_uri())
    tab.call("Emulation.setEmulatedMedia", media="print")
    letters = tab.run("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    tab.call("Emulation.setEmulatedMedia", media="")
    assert letters >= 8 * 4 / 3 - 0.01
    for page in sorted((folder / lang).glob("[A-Z][A-Z][A-Z].html")):
        assert sheets(tab, page) <= 2, page.name


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_bulletin_is_four_sheets_of_paper(lang: str, folder: Path, tab: Tab) -> None:
    assert sheets(tab, folder / lang / "bulletin.html") == 4


def sheets(tab: Tab, page: Path) -> int:
    """How many sheets of A4 a page takes when printed."""
    tab.sized(1280)
    tab.open(page.as_uri())
    printed = base64.b64decode(tab.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{page.parent.name}_{page.stem}.pdf").write_bytes(printed)
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_the_search_finds_without_accents_by_the_keyboard(folder: Path, tab: Tab) -> None:
    tab.sized(1280)
    tab.open((folder / "index.html").as_uri())
    tab.tab_to("#search")
    tab.type("victimas adolescentes")
    assert "edad conocida" in tab.run("document.querySelector('.found a').textContent")
    tab.tab_to(".found a")
    tab.enter()
    assert tab.run("location.pathname").endswith("/es/tip_child_share_known_age.html")
    tab.tab_to(".language")
    tab.enter()
    assert tab.run("document.documentElement.lang") == "en"
    tab.tab_to("#search")
    tab.type("zzz")
    assert "Nothing" in tab.run("document.querySelector('.found').innerText")


def test_the_slider_shows_what_was_known_then(folder: Path, tab: Tab) -> None:
    """Canada 2019: 411 by the extract of 2025, 382 by the one of 2023."""
    tab.open((folder / "en" / "tip_victims_detected_tables.html").as_uri())
    tab.sized(1280)
    cell = "document.querySelector('[data-cell=\"CAN 2019\"]').textContent"
    assert tab.run(cell) == "411"
    tab.tab_to("#day", most=400)
    tab.key("ArrowLeft", 37)
    assert tab.run("document.querySelector('.slider output').textContent") == "2023-05-30"
    assert tab.run(cell) == "382"


def test_a_country_is_lit_in_every_table(folder: Path, tab: Tab) -> None:
    tab.open((folder / "en" / "tip_origin_share_all_tables.html").as_uri())
    tab.run("document.querySelector('th[data-country=HND]').dispatchEvent(new Event('mouseenter'))")
    assert tab.run("document.querySelectorAll('.lit').length") == 3  # a column of each class


@pytest.mark.parametrize(
    ("walk", "answer"),
    [
        ([], "De 647 víctimas en 6 países en 2021, al menos 577 eran nacionales de la región"),
        (["main a[href$='HND.html']"], "Víctimas de trata detectadas en 2022: 56"),
        (["main a[href$='HND.html']"], "En 2019–2021, la mayoría eran nacionales suyos"),
        (["main a[href$='HND.html']"], "Delitos registrados, 2020: antes 7, ahora 0–4"),
        (
            ["main a[href$='region.html#changed']"],
            "cambió o retiró 16 totales de víctimas de la del 2023-05-30",
        ),
        ([], "Queda fuera lo que cuenta otra cosa: Estados Unidos de América (16,390 clientes de servicios)"),
        (["main a[href$='HND.html']"], "Ninguna otra fuente da el total de 2022"),
        (["nav a[href$='about.html']"], "los límites de lo posible"),
        (["nav a[href$='download.html']"], "un libro con todos los indicadores"),
        (["nav a[href$='about.html']"], "Conjunto de datos, con lo conocido al"),
    ],
    ids=[
        "inside or outside",
        "what we know of Honduras",
        "where victims in Honduras come from",
        "what changed of Honduras",
        "what changed",
        "can I trust the sum",
        "can I trust Honduras' number",
        "how it is read",
        "download",
        "cite",
    ],
)
def test_a_newcomer_s_question_is_a_few_keys_away(
    walk: list[str], answer: str, folder: Path, tab: Tab
) -> None:
    """From index.html by the keyboard alone, as docs/site.en.md tells."""
    tab.sized(1280)
    tab.open((folder / "index.html").as_uri())
    for link in walk:
        tab.tab_to(link)
        tab.enter()
    assert answer in tab.text()
    assert tab.run(f"({NEAR})({json.dumps(answer)})"), (
        "the answer is neither on the first screen nor one of its links away"
    )


NEAR = """text => {
    const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const screens = document.querySelector('nav.jump') ? 1 : 2;
    const first = place => place.getClientRects().length && place.getBoundingClientRect().top + scrollY < screens * innerHeight;
    const links = [...document.querySelectorAll('nav.jump a')].filter(first);
    while (walk.nextNode()) {
        const place = walk.currentNode.parentElement;
        if (!walk.currentNode.textContent.includes(text)) continue;
        if (first(place) || links.some(a => document.querySelector(a.getAttribute('href')).contains(place))) return true;
    }
    return false;
}"""
"""Whether a text stands on the first screen or in a part to which a link there leads; on the first page, on two screens."""


def write_structure(root: Path) -> None:
    """Write what is expected of a page of each kind, of a home of the shipped submissions, in Spanish."""
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as to, browser.tab() as tab:
        with Warehouse.open(Home(root).current) as warehouse:
            pages = site.write(warehouse, Path(to) / "site", on_paper=False).index.parent
        for name in KINDS:
            for width in WIDTHS:
                tab.sized(width)
                tab.open((pages / "es" / f"{name}.html").as_uri())
                found.setdefault(name, {})[str(width)] = structure(tab)
    STRUCTURE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_structure(Path(sys.argv[1]).resolve())
