"""What scripts add to the pages of a release: values of marks, PNG, choices in the address, search, evidence."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest

from schemas.words import CONTRACT_LANGUAGES, say
from tests import browser
from tests.browser import Tab
from tests.test_site_browser import folder, tab
from warehouse import Warehouse
from warehouse.home import Home

__all__ = ["folder", "tab"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}"),
]
TELEPHONE = (390, 844)
VICTIMS = "tip_victims_detected"


def press(tab: Tab, link: str) -> None:
    """Press a link, given by a script, and wait for its page."""
    tab.run("document.documentElement.dataset.old = 1")
    tab.run(f"({link}).click()")
    tab.arrived()


def found(tab: Tab, words: str) -> list[str]:
    """The files that the search finds for words, in their order."""
    tab.run(
        "(() => { const field = document.getElementById('search'); "
        f"field.value = {json.dumps(words)}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    )
    links = tab.run("[...document.querySelectorAll('.found a')].map(a => a.getAttribute('href'))")
    return [link.rpartition("/")[2].removesuffix(".html") for link in links]


@pytest.mark.parametrize(
    ("lang", "words", "page"),
    [
        ("es", "extranjeras", "tip_origin_share_all"),
        ("es", "sube", "index"),
        ("es", "cifras honduras", "HND"),
        ("es", "explotacion laboral", "tip_exploitation_share"),
        ("es", "vitcimas", VICTIMS),
        ("es", "condenadas", "tip_persons_convicted"),
        ("en", "foreigners", "tip_origin_share_all"),
        ("en", "rise", "index"),
        ("en", "labour exploitation", "tip_exploitation_share"),
        ("en", "labor", "tip_exploitation_share"),
        ("en", "Guatmala", "GTM"),
        ("en", "legislation", "legislation"),
    ],
)
def test_the_search_knows_stems_accents_typos_and_synonyms(
    lang: str, words: str, page: str, folder: Path, tab: Tab
) -> None:
    tab.open((folder / lang / "index.html").as_uri())
    assert page in found(tab, words)


def test_the_search_finds_nothing_for_a_word_of_nothing(folder: Path, tab: Tab) -> None:
    tab.open((folder / "en" / "index.html").as_uri())
    assert found(tab, "zzzzzzz") == []
    assert say("site.found_none", "en") in tab.run("document.querySelector('.found').innerText")


def test_a_mark_shows_its_value_to_pointer_and_keyboard(folder: Path, tab: Tab) -> None:
    """Canada's last column: 506, by the publisher's table."""
    tab.sized(1280)
    tab.open((folder / "en" / f"{VICTIMS}.html").as_uri())
    tab.run(
        "(() => { const marks = [...document.querySelectorAll('#figures .wide [data-country=CAN] [data-tip]')]; "
        "marks.at(-1).dispatchEvent(new PointerEvent('pointermove', {bubbles: true})); })()"
    )
    assert tab.run("document.querySelector('.tip').textContent") == "2022: 506"
    tab.tab_to("figure .wide svg")
    tab.key("ArrowRight", 39)
    first = tab.run("document.querySelector('.tip').textContent")
    tab.key("ArrowRight", 39)
    second = tab.run("document.querySelector('.tip').textContent")
    assert (first.partition(":")[0], second.partition(":")[0]) == ("2007", "2008")
    tab.key("Escape", 27)
    assert tab.run("document.querySelector('.tip').hidden")


def test_a_picture_is_drawn_as_png_at_twice_its_size(folder: Path, tab: Tab) -> None:
    tab.sized(1280)
    tab.open((folder / "es" / "HND.html").as_uri())
    script = """
        new Promise(resolve => {
            HTMLAnchorElement.prototype.click = function () { resolve([this.download, this.href]); };
            document.querySelector('[data-png="HND-origin"]').click();
        })
    """
    told = tab.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
    name, address = told["result"]["value"]
    assert name == "HND-origin.png"
    png = base64.b64decode(address.partition(",")[2])
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width == 2 * 748
    assert height > 600


@pytest.mark.parametrize("width", [390, 1280])
def test_chosen_countries_stand_in_the_address_and_alone_in_the_picture(
    width: int, folder: Path, tab: Tab
) -> None:
    tab.sized(width)
    tab.open((folder / "en" / f"{VICTIMS}.html").as_uri())
    whole = tab.run(HEIGHT)
    tab.run("document.querySelector('[data-choose=HND]').click()")
    tab.run("document.querySelector('[data-choose=MEX]').click()")
    assert tab.run("location.search") == "?countries=HND,MEX"
    assert sorted(set(tab.run(SHOWN))) == ["HND", "MEX"]
    assert 0 < tab.run(HEIGHT) < whole
    tab.open((folder / "en" / f"{VICTIMS}.html").as_uri() + "?countries=CRI")
    assert set(tab.run(SHOWN)) == {"CRI"}
    tab.run("document.querySelector('[data-choose=CRI]').click()")
    assert tab.run(HEIGHT) == whole
    assert tab.run("location.search") == ""


SHOWN = "[...document.querySelectorAll('figure g[data-country]')].filter(g => g.getClientRects().length).map(g => g.dataset.country)"
HEIGHT = (
    "[...document.querySelectorAll('figure svg')].find(e => e.getClientRects().length).viewBox.baseVal.height"
)


def test_chosen_years_stand_in_the_address_and_alone_in_the_tables(folder: Path, tab: Tab) -> None:
    tab.sized(1280)
    page = (folder / "en" / f"{VICTIMS}_tables.html").as_uri()
    tab.open(page)
    tab.run(
        "(() => { const form = document.querySelector('form.years'); form.elements.from.value = '2020'; "
        "form.dispatchEvent(new Event('change')); })()"
    )
    assert tab.run("location.search") == "?from=2020"
    years = "[...document.querySelectorAll('#table tr')].filter(r => r.getClientRects().length).map(r => r.cells[0].textContent)"
    assert [year for year in tab.run(years) if year.isdigit()] == ["2022", "2021", "2020"]
    tab.open(f"{page}?from=2019&to=2019")
    assert [year for year in tab.run(years) if year.isdigit()] == ["2019"]


def test_a_picture_s_code_draws_it_anywhere(folder: Path, tab: Tab) -> None:
    """Without an address of the deployment the picture itself is what is embedded; it has its values, too."""
    tab.sized(1280)
    tab.open((folder / "en" / "HND.html").as_uri())
    code = tab.run(
        "(() => { let copied = ''; const command = document.execCommand; "
        "document.execCommand = () => { copied = document.querySelector('body > textarea').value; return true; }; "
        "document.querySelector('[data-copy-picture=\"HND-origin\"]').click(); document.execCommand = command; "
        "return copied; })()"
    )
    assert code.startswith("<svg")
    assert "<title>2022: 56</title>" in code or "2022" in code.split("<title>")[-1]
    assert "UNODC, Global Report on Trafficking in Persons database" in code.replace("\u00a0", " ")
    assert "http" not in code.replace("http://www.w3.org/2000/svg", "")


# ---- sex, age and form --------------------------------------------------------------------------------


def arrive(tab: Tab, file: str) -> None:
    """Wait until the picture of a file is in the page."""
    assert tab.run(
        "new Promise(resolve => { let n = 0; const timer = setInterval(() => { n += 1; "
        f"const isThere = document.querySelector('[data-of]').dataset.of === {json.dumps(file)}; "
        "if (isThere || n > 300) { clearInterval(timer); resolve(isThere); } }, 20); })"
    )


PRESSED = (
    "Object.fromEntries([...document.querySelectorAll('[data-dimension][aria-pressed=true]')]"
    ".map(b => [b.dataset.dimension, b.dataset.code]))"
)
LABEL = (
    "[...document.querySelectorAll('#slices figure svg')].find(e => e.getClientRects().length)"
    ".getAttribute('aria-label')"
)
FILES = "[...document.querySelectorAll('#slices .take a')].map(a => a.getAttribute('href').split('/').pop())"
COUNTRIES = (
    "[...document.querySelectorAll('#slices g[data-country]')].filter(g => g.getClientRects().length)"
    ".map(g => g.dataset.country)"
)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("es", "Sexo: mujeres. Grupo de edad: 0 a 17 años"),
        ("en", "Sex: female. Age group: 0 to 17 years"),
    ],
)
def test_a_choice_of_sex_and_age_is_kept_in_the_address_announced_and_printed(
    lang: str, title: str, width: int, folder: Path, tab: Tab
) -> None:
    """By the keyboard; the files under the picture are those of the choice."""
    tab.sized(width)
    tab.open((folder / lang / f"{VICTIMS}.html").as_uri())
    assert tab.run(PRESSED) == {"sex": "F", "age_group": "_T", "exploitation": "_T"}
    assert tab.run("location.search") == ""
    tab.run("document.querySelector('[data-dimension=sex]').focus()")
    tab.tab_to("[data-dimension=age_group][data-code=Y0T17]")
    tab.key("Enter", 13, "\r")
    file = f"{VICTIMS}-by-F-Y0T17-_T"
    arrive(tab, file)
    assert tab.run("location.search") == "?sex=F&age_group=Y0T17&exploitation=_T"
    assert tab.run(PRESSED) == {"sex": "F", "age_group": "Y0T17", "exploitation": "_T"}
    assert tab.run("document.activeElement.dataset.code") == "Y0T17"
    shown = say("site.slice.shown", lang, slice=title)
    assert tab.run("document.querySelector('#slices [data-shown]').textContent") == shown
    assert tab.run(LABEL).startswith(title)
    assert tab.run(FILES) == [f"{file}.svg", f"{file}.csv"]
    assert (folder / "pictures" / lang / f"{file}.svg").is_file()
    assert (folder / "data" / f"{file}.csv").is_file()
    assert tab.run("document.querySelector('#slices .png').dataset.png") == file
    assert not tab.overflows()
    assert tab.axe() == []
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.run("document.querySelector('#slices .codes').getClientRects().length") == 0
    assert tab.run(LABEL).startswith(title)
    tab.call("Emulation.setEmulatedMedia", media="")


def test_an_address_opens_its_slice_with_its_countries_and_values(folder: Path, tab: Tab) -> None:
    """Honduras 2022: 28 girls and "<5" men, by UNODC's workbook."""
    tab.sized(1280)
    page = (folder / "en" / f"{VICTIMS}.html").as_uri()
    last = "[...document.querySelectorAll('#slices .wide [data-country=HND] [data-tip]')].at(-1).dataset.tip"
    for sex, age, value in [("F", "Y0T17", "2022: 28"), ("M", "Y_GE18", "2022: 0–4")]:
        tab.open(f"{page}?countries=HND&sex={sex}&age_group={age}")
        arrive(tab, f"{VICTIMS}-by-{sex}-{age}-_T")
        assert tab.run(COUNTRIES) == ["HND"]
        assert tab.run(last) == value
    tab.run(
        "document.querySelector('#slices .wide [data-country=HND] [data-tip]')"
        ".dispatchEvent(new PointerEvent('pointermove', {bubbles: true}))"
    )
    assert tab.run("document.querySelector('.tip').textContent").startswith("2007: ")


def test_a_combination_without_rows_leads_to_the_nearest_one(folder: Path, tab: Tab) -> None:
    """Whose sex is not known has no age either; women in forced labour are published by age only."""
    tab.sized(1280)
    tab.open((folder / "es" / f"{VICTIMS}.html").as_uri() + "?sex=_U")
    arrive(tab, f"{VICTIMS}-by-_U-_U-_T")
    assert tab.run(PRESSED) == {"sex": "_U", "age_group": "_U", "exploitation": "_T"}
    assert tab.run("location.search") == "?sex=_U&age_group=_U&exploitation=_T"
    for button, file in [
        ("[data-dimension=sex][data-code=_T]", "_T-_T-_T"),
        ("[data-dimension=exploitation][data-code=LAB]", "_T-_T-LAB"),
        ("[data-dimension=sex][data-code=F]", "F-_T-_T"),
        ("[data-dimension=age_group][data-code=Y0T17]", "F-Y0T17-_T"),
        ("[data-dimension=exploitation][data-code=LAB]", "F-Y0T17-LAB"),
    ]:
        tab.run(f"document.querySelector({json.dumps(button)}).click()")
        arrive(tab, f"{VICTIMS}-by-{file}")
    assert tab.run(PRESSED) == {"sex": "F", "age_group": "Y0T17", "exploitation": "LAB"}


def test_a_chosen_country_without_a_figure_is_said_to_have_none(folder: Path, tab: Tab) -> None:
    tab.sized(1280)
    tab.open((folder / "en" / "mobility_returns.html").as_uri() + "?countries=GTM&age_group=_U")
    arrive(tab, "mobility_returns-by-_T-_U-_T")
    assert tab.run(COUNTRIES) == []
    assert tab.run("document.querySelector('#slices .nothing').innerText") == say("site.choose_none", "en")


# ---- from figure to cell, and the readers' tasks at a telephone's size --------------------------------


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_number_is_one_press_from_its_cell(lang: str, folder: Path, tab: Tab, released_home: Path) -> None:
    """The reviewer's task: 16,390 of the United States in 2022 is in a cell of UNODC's submission."""
    with Warehouse.open(Home(released_home).current) as warehouse:
        [(cell, value)] = warehouse.query(
            "SELECT s.cell, o.value_text FROM core.current AS o JOIN core.sources AS s USING (submission, observation) "
            "WHERE o.collection = 'UNODC/glotip' AND o.reporting_country = 'USA' AND o.measure = 'victims_detected' "
            "AND o.breakdown = 'total' AND year(o.period_end) = 2022"
        ).itertuples(index=False)
    assert value.replace(",", "") == "16390"
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / f"{VICTIMS}_tables.html").as_uri())
    press(tab, "[...document.querySelectorAll('#table td a')].find(a => a.textContent === '16,390')")
    assert tab.run("location.hash") == "#y2022"
    part = tab.run("document.querySelector(location.hash).innerText").replace("\u00a0", " ")
    assert f"{cell} “{value}”" in part
    assert "https://dataunodc.un.org/dp-trafficking-persons" in tab.run(
        "[...document.querySelectorAll(location.hash + ' a')].map(a => a.href)"
    )
    assert not tab.overflows()


@pytest.mark.parametrize(
    ("lang", "answer"),
    [
        ("es", "la mayoría eran nacionales suyos"),
        ("en", "most were its own nationals"),
    ],
)
def test_a_journalist_finds_where_victims_in_honduras_are_from(
    lang: str, answer: str, folder: Path, tab: Tab
) -> None:
    """Two presses: the search, and its first hit; the answer is the first heading of the page."""
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / "index.html").as_uri())
    assert found(tab, "honduras")[0] == "HND"
    press(tab, "document.querySelector('.found a')")
    assert answer in tab.run("document.querySelector('#origin h2').textContent")
    assert tab.run("document.querySelector('#origin h2').getBoundingClientRect().top") < TELEPHONE[1]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_an_adviser_finds_whether_a_rise_may_be_said(lang: str, folder: Path, tab: Tab) -> None:
    """One press from the first picture of the first page."""
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / "index.html").as_uri())
    words = say("site.changed_may_say", lang)
    press(
        tab, f"[...document.querySelectorAll('#series a')].find(a => a.textContent === {json.dumps(words)})"
    )
    said = tab.run("document.querySelector('#two-windows').innerText")
    assert said.startswith(words)
    assert tab.run("document.querySelectorAll('#two-windows dt').length") == 12  # the region and its members


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_writer_takes_a_picture_with_its_citation(lang: str, folder: Path, tab: Tab) -> None:
    """The picture holds its source; the page's citation is of the sources of that country's figures."""
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / "HND.html").as_uri())
    take = tab.run("document.querySelector('#origin .take').innerText")
    assert say("site.picture_png", lang) in take
    text = tab.run("[...document.querySelectorAll('#origin .narrow text')].map(t => t.textContent).join(' ')")
    assert "UNODC, Global Report" in text.replace("\u00a0", " ")


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_student_finds_the_whole_with_its_documentation(lang: str, folder: Path, tab: Tab) -> None:
    tab.sized(*TELEPHONE)
    tab.open((folder / lang / "download.html").as_uri())
    links = tab.run("[...document.querySelectorAll('main a[download]')].map(a => a.getAttribute('href'))")
    assert [link for link in links if link.endswith(".zip")]
    assert say("site.whole_documents", lang) in tab.text()
