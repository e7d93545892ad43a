"""The steward's page in a real browser, by the keyboard alone, on a telephone and on a screen, with axe."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest

from assets.intake.submission import receive
from pipelines.desk import redirect
from pipelines.desk.access import Access
from pipelines.desk.release_page import Refresh
from pipelines.desk.tray import Tray
from schemas.words import say
from tests import browser
from tests.bad_input import build
from tests.browser import Tab
from tests.test_deciding import make_asking, written
from tests.test_desk import SAMPLE, served
from warehouse.home import Home
from warehouse.home.calendar import today

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}"),
]
WIDTHS = (360, 1280)
PICTURES = os.environ.get("LINEABASE_PICTURES")
"""A folder for pictures of the pages, for docs/pictures; none is made without it."""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with browser.tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_asking(tmp_path_factory.mktemp("asking") / "home")


def seen(tab: Tab, name: str) -> None:
    """The page as it stands now: axe finds nothing, nothing sticks out, whatever the width."""
    for width in WIDTHS:
        tab.sized(width)
        assert tab.axe() == [], (name, width)
        assert not tab.overflows(), (name, width)
        if PICTURES:
            tab.picture(Path(PICTURES) / f"desk_{name}_{width}.png")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_file_to_a_submission_by_the_keyboard(width: int, tab: Tab, tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    file = build.write(tmp_path, build.with_cell(2, "nacionalidad", "Hondurqs"))
    access = Access()
    tab.sized(width)
    with served(home, access) as base:
        tab.asked.clear()
        tab.open(f"{base}/?token={access.new_token()}")
        seen(tab, "hand_in")
        tab.sized(width)
        tab.choose_file("#file", file)
        tab.tab_to("main button")
        tab.enter()
        assert "Hondurqs" not in tab.text()
        assert "D2" in tab.text()
        seen(tab, "answer")
        tab.sized(width)
        tab.tab_to("#office")
        tab.type("Dirección de Estadística")
        tab.enter()
        (kept,) = home.submissions()
        assert tab.run("location.pathname") == f"/submissions/{kept.id}"
        assert kept.events()[0]["office"] == "Dirección de Estadística"
        seen(tab, "submission")
        tab.open(f"{base}/standing")
        assert kept.collection in tab.text()
        seen(tab, "standing")
        assert [a for a in tab.asked if not a.startswith((base, "about:", "data:"))] == []
        assert tab.run("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_question_to_an_answer_by_the_keyboard(
    width: int, asking: Path, tab: Tab, tmp_path: Path
) -> None:
    shutil.copytree(asking, tmp_path / "home")
    home, access = Home(tmp_path / "home"), Access()
    tab.sized(width)
    with served(home, access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        tab.tab_to("a[href='/questions']")
        tab.enter()
        seen(tab, "questions")
        tab.sized(width)
        tab.tab_to(".questions a")
        tab.enter()
        seen(tab, "question")
        tab.sized(width)
        tab.tab_to("input[type=radio]")
        tab.key(" ", 32, " ")
        for field, text in (
            ("reason_es", "El registro lo confirma"),
            ("source", "oficio 7"),
            ("office", "Secretaría"),
        ):
            tab.tab_to(f"#{field}")
            tab.type(text)
        tab.enter()
        assert len(written(home)) == 1
        tab.open(f"{base}/release")
        seen(tab, "release")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_sample_to_a_card_by_the_keyboard(width: int, tab: Tab, tmp_path: Path) -> None:
    home, access = build.home(tmp_path / "home"), Access()
    file = build.write(tmp_path, SAMPLE)
    tab.sized(width)
    with served(home, access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        tab.tab_to("a[href='/new']")
        tab.enter()
        seen(tab, "new_sample")
        tab.sized(width)
        tab.choose_file("#file", file)
        tab.tab_to("main button")
        tab.enter()
        seen(tab, "new_draft")
        tab.sized(width)
        for field, text in (
            ("collection", "DEMO/nueva"),
            ("title_es", "Nueva"),
            ("reporting_country", "GTM"),
        ):
            tab.tab_to(f"#{field}")
            tab.type(text)
        for field, code in (("family", "trafficking"), ("measure", "victims_detected")):
            tab.tab_to(f"#{field}")
            tab.pick(code)
        tab.tab_to("main button")
        tab.enter()
        assert "DEMO/nueva" in home.collections()
        seen(tab, "new_card")


def test_the_other_language_is_one_key_away(tab: Tab, tmp_path: Path) -> None:
    access = Access()
    with served(build.home(tmp_path / "home"), access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        tab.tab_to(".languages a[lang=en]")
        tab.enter()
        assert "Hand in" in tab.text()
        tab.open(f"{base}/standing")
        assert tab.run("document.documentElement.lang") == "en"
        tab.open(f"{base}/?lang=es")


def test_the_file_that_the_command_opens_leads_to_the_page(
    tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file the browser comes as from another site, and yet arrives with its cookie."""
    home, access = build.home(tmp_path / "home"), Access()
    opened: list[str] = []
    monkeypatch.setattr(redirect.webbrowser, "open", opened.append)
    tray = Tray(home)
    with served(home, access) as base:
        redirect.open_browser(tray, f"{base}/?token={access.new_token()}&lang=en")
        tab.call("Page.navigate", url=opened[0])
        until = monotonic() + browser.SECONDS
        while tab.run("location.href") != f"{base}/" and monotonic() < until:
            sleep(0.1)
        tab.arrived()
        assert tab.run("document.querySelector('form input[name=csrf]') !== null"), tab.text()
    tray.close()


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_wrong_cell_is_corrected_by_the_keyboard(lang: str, tab: Tab, tmp_path: Path) -> None:
    home, access = build.home(tmp_path / "home"), Access()
    wrong = build.write(tmp_path, build.with_cell(2, "nacionalidad", "Hondurqs"))
    original = receive(home, wrong, build.COLLECTION, today(), office="Dirección de Estadística")
    with served(home, access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        tab.open(f"{base}/submissions/{original.id}?lang={lang}")
        tab.tab_to("a[href$='/correct']")
        tab.enter()
        assert "Hondurqs" in tab.text()
        seen(tab, f"correct_{lang}")
        for field, text in (("new-0", "Honduras"), ("reason", "Error de tecla"), ("office", "Fiscalía")):
            tab.tab_to(f"#{field}")
            tab.type(text)
        tab.enter()
        assert "Hondurqs" not in tab.text()
        seen(tab, f"corrected_{lang}")
        tab.tab_to("#act button")
        tab.enter()
        first, second = home.submissions()
        assert tab.run("location.pathname") == f"/submissions/{second.id}"
        assert first.file.read_text() == build.with_cell(2, "nacionalidad", "Hondurqs")
        assert second.file.read_text() == build.file()


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_of_releases_goes_on_by_itself(
    lang: str, tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live region says since when it is at work; the page opens its result without a press."""
    may_end = Event()

    def wait_for_the_end(refresh: Refresh, home: Home, lang: str) -> None:
        may_end.wait(60)
        refresh.code = 0

    monkeypatch.setattr(Refresh, "_run", wait_for_the_end)
    access = Access()
    with served(build.home(tmp_path / "home"), access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        tab.open(f"{base}/release?lang={lang}")
        tab.tab_to("main button")
        tab.enter()
        seen(tab, f"at_work_{lang}")
        assert tab.run("document.getElementById('progress').getAttribute('role')") == "status"
        first = tab.run("document.getElementById('progress').textContent")
        until(tab, f"document.getElementById('progress').textContent !== {json.dumps(first)}")
        tab.run("window.same = true")
        may_end.set()
        until(
            tab, "!window.same && document.readyState === 'complete' && !document.getElementById('progress')"
        )
        assert say("desk.ended_well", lang) in tab.text()


def until(tab: Tab, condition: str) -> None:
    """Wait until a condition holds in the page; nothing is pressed."""
    end = monotonic() + 30
    while not tab.run(condition):
        assert monotonic() < end, tab.text()
        sleep(0.1)
