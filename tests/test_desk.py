"""The steward's page over HTTP: a file becomes a submission, a question is answered; who is let in."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from html import unescape
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import duckdb
import openpyxl
import pytest
import requests
import uvicorn

from pipelines.desk import form_data, overview, release_page, tokens
from pipelines.desk import questions as questions_page
from pipelines.desk.access import KEY_FILE, Access
from pipelines.desk.app import PAGES, SECRETARIAT_PAGES, application
from pipelines.desk.release_page import Refresh
from pipelines.web.web_guard import Guard
from schemas.cards.series import read_passports
from schemas.words import languages, say
from tests.bad_input import build
from tests.conftest import release
from tests.test_answers import Page
from tests.test_deciding import make_asking, written
from tests.test_held import run
from warehouse import Warehouse
from warehouse.home import CHECKOUT, Home
from warehouse.home.calendar import today

OFFICE, SECOND = "Dirección de Estadística", "Secretaría Técnica"
SECRET = "María Fernanda"


class Browser(requests.Session):
    """What a browser does with the page: it keeps cookies, and sends back what a form holds."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.page = ""

    def open(self, path: str, **more: Any) -> requests.Response:
        return self._seen(self.get(self.base + path, **more))

    def fill(self, path: str, name: str = "", content: str | bytes = b"", **fields: str) -> requests.Response:
        """Fill in a form of the page that is shown, and send it."""
        assert f'action="{path}"' in self.page, path
        data = {"csrf": re.search(r'name="csrf" value="(\w+)"', self.page)[1], **fields}
        files = {"file": (name, content)} if name else None
        return self._seen(self.post(self.base + path, data=data, files=files))

    def actions(self, ending: str) -> str:
        """Where the form with that ending of its address leads."""
        return next(a for a in re.findall(r'action="([^"]+)"', self.page) if a.endswith(ending))

    def _seen(self, response: requests.Response) -> requests.Response:
        if "html" in response.headers.get("content-type", ""):
            self.page = response.text
        for cookie in self.cookies:
            cookie.secure = False  # the proxy that ends TLS is not here
        return response

    @property
    def said(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())


@contextmanager
def served(home: Home, access: Access) -> Iterator[str]:
    app = application(home, access)
    server = uvicorn.Server(uvicorn.Config(Guard(app), log_level="critical", access_log=False))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            app.state.desk.tray.close()


@pytest.fixture
def refreshes_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's refresh in this process, which has loaded everything.

    In one of its own, as it is: test_what_was_handed_in_is_released_from_the_page.
    """

    def refreshed(refresh: Refresh, home: Home, lang: str) -> None:
        ended = run(home, "refresh", "--unattended", "--lang", lang)
        refresh.output, refresh.code = "\n".join([ended.stdout, ended.stderr]), ended.exit_code

    monkeypatch.setattr(Refresh, "_run", refreshed)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return build.home(tmp_path / "home")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_asking(tmp_path_factory.mktemp("asking") / "home")


Opened = Callable[[Home], Browser]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """A browser in which the page of a home was opened by its address with the token."""
    with ExitStack() as stack:

        def opens(home: Home) -> Browser:
            access = Access()
            browser = Browser(stack.enter_context(served(home, access)))
            browser.open(f"/?token={access.new_token()}")
            return browser

        yield opens


@pytest.fixture
def browser(home: Home, opened: Opened) -> Browser:
    return opened(home)


def handed_in(browser: Browser, content: str, **fields: str) -> requests.Response:
    browser.open("/")
    browser.fill("/", "datos.csv", content)
    return browser.fill(browser.actions("/hand-in"), office=OFFICE, **fields)


@pytest.mark.slow
def test_open_alerts_of_months_stand_on_the_overview_in_words(
    released_home: Path, opened: Opened, tmp_path: Path
) -> None:
    """As the client returns them: since when, from which level to which, what to check, and when it ends."""
    home = Home(shutil.copytree(released_home, tmp_path / "released"))
    with Warehouse.open(home.current) as release:
        alerts = release.alerts()
    assert len(alerts) > 0
    browser = opened(home)
    browser.open("/standing")
    assert say("desk.alerts", "es") in browser.said
    for sentence in alerts["sentence"]:
        assert sentence in browser.said


# ---- from a file to a submission -------------------------------------------------------------------------


def test_a_file_is_answered_at_once_and_kept_only_when_it_is_handed_in(home: Home, browser: Browser) -> None:
    browser.fill("/", "datos.csv", build.file())
    assert "La colección se reconoció" in browser.said
    assert f"({build.COLLECTION})" in browser.said
    assert "Se aceptaría" in browser.said
    assert home.submissions() == []
    response = browser.fill(browser.actions("/hand-in"), office=OFFICE)
    (kept,) = home.submissions()
    assert response.url.endswith(f"/submissions/{kept.id}")
    assert f"{kept.id}" in browser.said
    assert kept.events()[0]["office"] == OFFICE
    assert not list((home.root / "staged").glob(".desk-*"))


@pytest.mark.slow
def test_an_older_file_takes_the_day_on_which_it_came(home: Home, browser: Browser) -> None:
    """The form asks for it; without it, today's; a day to come and what is no day are refused."""
    assert handed_in(browser, build.file()).ok
    browser.open("/")
    browser.fill("/", "datos.csv", build.file(), received="2099-01-01")
    assert "2099-01-01" in browser.said
    browser.open("/")
    browser.fill("/", "datos.csv", build.file(), received="ayer")
    assert "ayer" in browser.said
    assert len(home.submissions()) == 1
    browser.open("/")
    browser.fill("/", "datos.csv", build.file(*build.LINES[:-1]), received="2024-02-29")
    assert browser.fill(browser.actions("/hand-in"), office=OFFICE).ok
    assert sorted(kept.received_on for kept in home.submissions()) == [date(2024, 2, 29), today()]


def test_a_file_that_is_sent_again_with_a_decision_keeps_its_day(home: Home, browser: Browser) -> None:
    content = "brigada,n\nAna Cruz Pérez,3\nLuis López Díaz,4\n"
    browser.open("/")
    browser.fill("/", "brigadas.csv", content, collection=build.COLLECTION, received="2024-02-29")
    assert 'name="not_personal.A:name"' in browser.page
    assert 'name="received" value="2024-02-29"' in browser.page


@pytest.mark.slow
def test_three_mistakes_are_mended_by_the_annotated_workbook(home: Home, browser: Browser) -> None:
    """The workbook that comes back is mended in its coloured cells, and handed in."""
    lines = list(build.LINES)
    lines[0] = lines[0].replace("Honduras", "Hondurqs")
    lines[1] = lines[1].replace(",12", ",doce")
    lines[2] = lines[2].replace("2021", "20x1")
    browser.fill("/", "datos.csv", build.file(*lines))
    assert len(Page(browser.page).causes) >= 3
    content = browser.fill(browser.actions("/annotated")).content
    book = openpyxl.load_workbook(BytesIO(content))
    coloured = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment and cell.fill.fill_type == "solid"
    ]
    mended = {"Hondurqs": "Honduras", "doce": 12, "20x1": 2021}
    assert {str(cell.value) for cell in coloured} >= set(mended)
    for cell in coloured:
        cell.value = mended.get(str(cell.value), cell.value)
    sheet = coloured[0].parent
    text = "\n".join(",".join(str(cell.value) for cell in row) for row in sheet.iter_rows()) + "\n"
    assert handed_in(browser, text).ok
    assert "Aceptado" in browser.said
    (kept,) = home.submissions()
    assert not kept.admission_state.is_waiting


@pytest.mark.slow
def test_what_is_held_waits_or_is_let_in_with_a_reason(home: Home, browser: Browser) -> None:
    handed_in(browser, build.file())
    handed_in(browser, build.with_cell(2, "victimas", "70"))
    waits = home.submissions()[-1]
    assert waits.admission_state.is_waiting
    for page in ("/standing", "/release"):
        browser.open(page)
        assert f"{waits.id} : {waits.admission_state.breaches[0].problem('es')}" in browser.said
    browser.open(f"/submissions/{waits.id}")
    assert (
        browser.fill(f"/submissions/{waits.id}/confirm", office=OFFICE.upper(), reason="a").status_code == 400
    )
    assert home.submissions()[-1].admission_state.is_waiting
    browser.open(f"/submissions/{waits.id}")
    browser.fill(f"/submissions/{waits.id}/confirm", office=SECOND, reason="se recontó")
    assert home.submissions()[-1].admission_state.confirmation["office"] == SECOND
    assert home.submissions()[-1].admission_state.confirmation["reason"] == "se recontó"
    again = build.with_cell(2, "victimas", "700")
    assert handed_in(browser, again, reason="otra vez").status_code == 400
    assert home.submissions()[-1].id == waits.id
    handed_in(browser, again, reason="otra vez", second_office=SECOND)
    assert not home.submissions()[-1].admission_state.is_waiting
    last = home.submissions()[-1]
    browser.fill(f"/submissions/{last.id}/withdraw", office=OFFICE, reason="era de otro")
    assert home.submissions()[-1].withdrawn_on is not None
    assert "Queda en vigor" in browser.said


@pytest.mark.slow
def test_the_overview_shows_what_is_in_force_and_every_submission(
    home: Home, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A held file does not hide the accepted one before it, however few are listed."""
    handed_in(browser, build.file())
    handed_in(browser, build.with_cell(2, "victimas", "70"))
    accepted, held = home.submissions()
    for listed, shown in ((overview.HISTORY_SHOWN, [held, accepted]), (1, [held])):
        monkeypatch.setattr(overview, "HISTORY_SHOWN", listed)
        browser.open("/standing")
        row = browser.page.split(f"{build.COLLECTION}</span></th>")[1].split("</tr>")[0]
        assert re.findall(r'href="/submissions/([^"]+)"', row) == [accepted.id, held.id]
        assert "Víctimas de un país inventado (2)" in browser.said
        history = browser.page.split("<summary>")[1].split("</details>")[0]
        assert re.findall(r'href="/submissions/([^"]+)"', history) == [s.id for s in shown]
        assert ("retenido" in history, "aceptado" in history) == (True, accepted in shown)


def test_a_collection_that_is_not_recognised_is_chosen(home: Home, browser: Browser) -> None:
    browser.fill("/", "datos.csv", "a,b\n1,2\n")
    assert "no se parece al de ninguna" in browser.said
    browser.fill(
        browser.actions(browser.actions("/forget").removesuffix("/forget")), collection=build.COLLECTION
    )
    assert "Se rechazaría" in browser.said
    assert "/hand-in" in browser.page


@pytest.mark.parametrize(
    ("name", "content", "fields"),
    [("", b"", {}), ("a.csv", b"", {}), ("a.csv", b"a,b\n1,2\n", {"collection": "No/hay"})],
)
def test_what_is_missing_is_said(
    name: str, content: bytes, fields: dict[str, str], home: Home, browser: Browser
) -> None:
    assert browser.fill("/", name, content, **fields).status_code == 400
    assert home.submissions() == []


def test_what_is_too_large_is_not_read(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_data, "LARGEST", 1000)
    assert browser.fill("/", "a.csv", b"x" * 5000).status_code == 413


def test_a_file_that_was_taken_away_waits_no_longer(home: Home, browser: Browser) -> None:
    browser.fill("/", "datos.csv", build.file())
    path, answered = browser.actions("/hand-in"), browser.page
    browser.fill(browser.actions("/forget"))
    assert not list((home.root / "staged").glob(".desk-*"))
    browser.page = answered
    assert browser.fill(path, office=OFFICE).status_code == 404


# ---- people in the data --------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_of_a_refused_file_is_anywhere(
    home: Home,
    opened: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Planted in a column, in the file's name and in a large file: in no page, log, temporary or other file."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    browser = opened(home)
    pages = []
    rows = "".join(f"{SECRET} {n},M,{'x' * 100}\n" for n in range(15_000))
    for name, content in (
        ("datos.csv", f"nombre_victima,sexo,nota\n{SECRET},M,x\n"),
        (f"{SECRET} HEGG560427MVZRRL04.csv", build.file()),
        ("grande.csv", f"nombre_victima,sexo,nota\n{rows}"),
    ):
        browser.open("/")
        browser.fill("/", name, content, collection=build.COLLECTION)
        pages.append(browser.page)
        assert "/hand-in" not in browser.page
    captured = capfd.readouterr()
    texts = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()]
    texts += [page.encode() for page in (*pages, captured.out, captured.err)]
    names = [str(p) for p in tmp_path.rglob("*")]
    assert not any(SECRET.encode() in text for text in texts)
    assert not any(SECRET in name or "HEGG560427" in name for name in names)
    assert home.submissions() == []


def test_an_office_decides_that_a_finding_of_the_guard_is_no_personal_data(
    home: Home, browser: Browser
) -> None:
    content = "brigada,n\nAna Cruz Pérez,3\nLuis López Díaz,4\n"
    browser.open("/")
    browser.fill("/", "brigadas.csv", content, collection=build.COLLECTION)
    assert 'name="not_personal.A:name"' in browser.page
    reason = {"not_personal.A:name": "Las brigadas llevan nombres de personas", "office": OFFICE}
    browser.fill("/", "brigadas.csv", content, collection=build.COLLECTION, **reason)
    assert "not_personal" not in browser.page
    browser.fill(browser.actions("/hand-in"), office=OFFICE)
    (kept,) = home.submissions()
    decision = next(event for event in kept.events() if event["event"] == "not_personal")
    assert (decision["finding"], decision["office"]) == ("A:name", OFFICE)
    assert decision["reason"] == reason["not_personal.A:name"]
    browser.open("/")
    of_identity = {"not_personal.A:identity": "No lo es", "office": OFFICE}
    response = browser.fill("/", "otra.csv", content, collection=build.COLLECTION, **of_identity)
    assert response.status_code == 400


# ---- who is let in ---------------------------------------------------------------------------------------


def test_without_the_token_nothing_is_shown_or_done(home: Home, browser: Browser) -> None:
    for method, path, _ in (*PAGES, *SECRETARIAT_PAGES):
        at = re.sub(r"\{[^}]*\}", "1", path)
        assert requests.request(method, browser.base + at).status_code == 401
    assert requests.get(f"{browser.base}/?token=wrong").status_code == 401
    assert requests.get(browser.base, cookies={"lineabase_desk": "wrong"}).status_code == 401


def test_a_token_opens_the_page_once(home: Home) -> None:
    access = Access()
    token = access.new_token()
    with served(home, access) as base:
        first, second = Browser(base), Browser(base)
        entered = first.get(f"{base}/?token={token}", allow_redirects=False)
        assert (entered.status_code, "Secure" in entered.headers["set-cookie"]) == (303, False)
        assert first.open("/").status_code == 200
        assert second.open(f"/?token={token}").status_code == 401
        assert second.open("/").status_code == 401
        assert first.open("/").status_code == 200
        assert token not in str(first.cookies.get_dict())
        second.cookies.update({"lineabase_desk": first.cookies["lineabase_desk"][:-1]})
        assert second.open("/").status_code == 401


def test_a_token_expires(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    access, now = Access(), [0.0]
    monkeypatch.setattr(tokens, "monotonic", lambda: now[0])
    early, late = access.new_token(), access.new_token()
    with served(home, access) as base:
        now[0] = 60 * tokens.MINUTES - 1
        assert Browser(base).open(f"/?token={early}").status_code == 200
        now[0] = 60 * tokens.MINUTES + 1
        assert Browser(base).open(f"/?token={late}").status_code == 401


def test_who_comes_without_a_session_is_offered_a_new_address_in_the_window(home: Home) -> None:
    """Once, as long as that address waits: nobody fills the window of another user."""
    offered: list[str] = []
    access = Access(offered.append)
    with served(home, access) as base:
        assert [Browser(base).open("/").status_code for _ in range(3)] == [401] * 3
        (token,) = offered
        assert Browser(base).open(f"/?token={token}").status_code == 200
        said = Browser(base).open("/", headers={"Accept-Language": "en"})
        assert len(offered) == 2
        assert not any(token in said.text for token in offered)


def test_behind_a_proxy_no_token_opens_the_page(home: Home) -> None:
    offered: list[str] = []
    access = Access(offered.append, key=KEY)
    with served(home, access) as base:
        assert Browser(base).open(f"/?token={access.new_token()}").status_code == 401
        assert offered == []


def test_a_form_of_another_page_does_nothing(home: Home, browser: Browser) -> None:
    browser.fill("/", "datos.csv", build.file())
    path = browser.base + browser.actions("/hand-in")
    assert browser.post(path, data={"office": OFFICE}).status_code == 403
    assert browser.post(path, data={"office": OFFICE, "csrf": "0" * 64}).status_code == 403
    good = {"office": OFFICE, "csrf": re.search(r'name="csrf" value="(\w+)"', browser.page)[1]}
    assert browser.post(path, data=good, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post(path, data=good, headers={"Host": "evil.example"}).status_code == 421
    assert home.submissions() == []


def test_every_page_bears_what_keeps_it_to_itself(browser: Browser) -> None:
    for path in ("/", "/standing", "/questions", "/release", "/submissions/none"):
        headers = browser.open(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "same-origin")


KEY = "una clave de prueba, larga"


def of(provider: str, office: str = OFFICE, key: str = KEY) -> dict[str, str]:
    return {
        "x-lineabase-key": key,
        "x-lineabase-provider": provider,
        "x-lineabase-office": office.encode().decode("latin-1"),
    }


@pytest.mark.slow
def test_behind_a_proxy_a_sender_sees_its_own_provider_only(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    office = "Oficina de Registro"
    with served(home, Access.behind_proxy()) as base:
        sender = Browser(base)
        sender.headers.update({**of("DEMO", office), "x-lineabase-key": KEY.encode().decode("latin-1")})
        assert "; Secure" in sender.open("/").headers["set-cookie"]
        sender.fill("/", "datos.csv", build.file())
        sender.fill(sender.actions("/hand-in"), office="Otra")
        (kept,) = home.submissions()
        assert kept.events()[0]["office"] == office
        assert sender.open("/questions").status_code == 403
        assert sender.open("/release").status_code == 403
        assert "PAN-SNM/" not in sender.open("/standing").text
        assert say("desk.role_sender", "es", provider="DEMO") in sender.said
        sender.open("/")
        sender.fill("/", "datos.csv", build.with_cell(2, "victimas", "70"))
        sender.fill(sender.actions("/hand-in"))
        held = home.submissions()[-1]
        assert held.admission_state.is_waiting
        sender.open(f"/submissions/{held.id}")
        assert sender.fill(f"/submissions/{held.id}/confirm", office="Otra", reason="a").status_code == 400
        assert home.submission(held.id).admission_state.is_waiting
        other = Browser(base)
        other.headers.update({**sender.headers, "x-lineabase-provider": "OTHER"})
        assert other.open(f"/submissions/{kept.id}").status_code == 404
        assert kept.id not in other.open("/standing").text
        secretariat = Browser(base)
        secretariat.headers.update({**sender.headers, "x-lineabase-provider": "*"})
        assert secretariat.open("/questions").ok
        assert say("desk.role_secretariat", "es") in secretariat.said
        for wrong in (of("DEMO", key="x"), of(""), {}):
            assert requests.get(base, headers=wrong).status_code == 401


# ---- undocumented series -------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_undocumented_series_is_documented_with_its_source(tmp_path: Path) -> None:
    """Both series of the home are listed; the answer is a passport of the home, in the next release."""
    made = Home(make_asking(tmp_path / "home"))
    with served(made, access := Access()) as base:
        steward = Browser(base)
        steward.open(f"/?token={access.new_token()}")
        steward.open("/series?lang=en")
        assert "no source says what they count: 2." in steward.said
        assert "Detected victims, Costa Rica, 2014–2023 Victims." in steward.said
        assert "CRI" not in steward.said
        steward.open("/series/1")
        answer = {
            "series": re.search(r'name="series" value="([^"]+)"', steward.page)[1],
            "counted_unit": "clients",
            "flow": "served",
            "what_en": "Clients of an office",
            "publisher": "An office",
            "place": "page 3",
            "address": "https://example.org/report",
            "source_kind": "official",
        }
        assert steward.fill("/series/1", **(answer | {"place": ""})).status_code == 400
        steward.open("/series/1")
        assert steward.fill("/series/1", **(answer | {"address": "somewhere"})).status_code == 400
        steward.open("/series/1")
        assert steward.fill("/series/1", **answer).status_code == 200
        assert "no source says what they count: 1." in steward.said
    (passport,) = read_passports(made.raw / "X" / "c" / "series.toml").series
    assert (passport.reporting_country, passport.valid_from, passport.valid_to) == (
        "CRI",
        "2014-01",
        "2023-12",
    )
    assert (passport.evidence, passport.counted_unit, passport.what.es) == (
        "confirmed",
        "clients",
        "(en) Clients of an office",
    )
    release(made, today())
    with duckdb.connect(made.current, read_only=True) as db:
        assert db.execute(
            "SELECT counted_unit, flow FROM registry.series WHERE reporting_country = 'CRI'"
        ).fetchall() == [("clients", "served")]


# ---- questions -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_another_source_with_an_open_value_has_no_upper_bound() -> None:
    """Of two values of one source one is open: the larger of the known bounds is none of both."""
    db = duckdb.connect()
    db.execute("CREATE SCHEMA core")
    key = "'m' AS measure, 'CRI' AS reporting_country, 'A' AS frequency, DATE '2020-01-01' AS period_start"
    db.execute(
        f"CREATE TABLE core.current AS SELECT {key}, '_T' AS citizenship, 'sex' AS breakdown, * FROM (VALUES "
        "('A/open', 3, 5), ('A/open', 0, NULL), ('B/known', 2, 2), ('B/known', 4, 7)) AS v(collection, value_low, value_high)"
    )
    asked = {
        "collection": "C/own",
        "measure": "m",
        "reporting_country": "CRI",
        "frequency": "A",
        "period_start": "2020-01-01",
        "citizenship": "_T",
        "breakdown": "sex",
    }
    rows = db.execute(questions_page._OTHER_SOURCES, asked).fetchall()
    assert rows == [("A/open", 0, None), ("B/known", 2, 7)]


@pytest.mark.slow
def test_a_question_is_shown_with_its_series_and_answered(
    asking: Path, tmp_path: Path, opened: Opened
) -> None:
    shutil.copytree(asking, tmp_path / "home")
    home = Home(tmp_path / "home")
    browser = opened(home)
    browser.open("/questions")
    numbers = re.findall(r'href="/questions/(\d+)"', browser.page)
    jump = next(n for n in numbers if "Costa Rica" in browser.open(f"/questions/{n}").text)
    browser.open(f"/questions/{jump}")
    assert Page(browser.page).rows[""][1] == ["98", "99", "100", "400", "401", "402", "403"]
    assert browser.page.count('class="asked"') == 2  # a bar of the chart, a cell of the table
    said = {"reason_es": "Cambió la ley", "source": "decreto 7", "office": OFFICE}
    assert browser.fill(f"/questions/{jump}", answer="slip", **said).ok
    assert list(written(home)) == ["slip"]
    browser.open(f"/questions/{jump}")
    browser.fill(f"/questions/{jump}", answer="break", **said)
    assert list(written(home)) == ["break"]
    browser.open(f"/questions/{jump}")
    assert "Cambió lo que se cuenta" in browser.said
    browser.fill(f"/questions/{jump}")
    assert written(home) == {}
    browser.fill(f"/questions/{jump}", answer="real", **said)
    browser.open("/questions")
    assert (
        f"el cambio es real. Víctimas detectadas, Costa Rica, 2019. Lo decidió {OFFICE} el {today()}."
        in browser.said
    )
    assert "real_change" not in browser.page
    browser.fill("/decisions/1/undo", said=re.search(r'name="said" value="([^"]+)"', browser.page)[1])
    assert written(home) == {}


def test_the_list_of_questions_is_limited_by_what_is_chosen(asking: Path, opened: Opened) -> None:
    """Each choice shows as many questions as it says, and two choices those of both."""
    browser = opened(Home(asking))
    browser.open("/questions")
    every = re.findall(r'href="/questions/(\d+)"', browser.page)
    choices = re.findall(r'<select id="(\w+)" name="\1">(.*?)</select>', browser.page, re.DOTALL)
    assert [name for name, _ in choices] == list(questions_page.FILTERS)
    for name, options in choices:
        values = re.findall(r'<option value="([^"]+)">[^<]*\((\d+)\)</option>', options)
        assert sum(int(n) for _, n in values) == len(every)
        for value, n in values:
            browser.open(f"/questions?{name}={value}")
            assert len(re.findall(r'href="/questions/(\d+)"', browser.page)) == int(n)
            assert f'<option value="{value}" selected>' in browser.page
    browser.open("/questions?reporting_country=CRI&collection=nobody")
    assert re.findall(r'href="/questions/(\d+)"', browser.page) == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", languages())
def test_no_page_of_the_desk_names_a_command(lang: str, home: Home, browser: Browser) -> None:
    """Who works with a browser has none: accepted, held, withdrawn, in part, and what a page answers."""
    browser.open(f"/?lang={lang}")
    pages = [handed_in(browser, build.file()).text]
    pages += [handed_in(browser, build.with_cell(2, "victimas", "70")).text]
    pages += [handed_in(browser, build.with_cell(2, "pais", "Guatemqla")).text]
    held = home.submissions()[1]
    browser.open(f"/submissions/{held.id}")
    pages += [browser.fill(f"/submissions/{held.id}/withdraw", office=OFFICE, reason="no era").text]
    pages += [browser.open(f"/submissions/{s.id}").text for s in home.submissions()]
    paths = ("/", "/standing", "/questions", "/series", "/release", "/new", "/submissions/none", "/verdict")
    for page in [*pages, *(browser.open(path).text for path in paths)]:
        browser.page = page
        assert re.findall(r"lineabase [a-z]+|--[a-z]+|`|<code>", browser.said + page) == [], browser.said


def test_how_a_refresh_goes_on_is_answered_as_data(home: Home, browser: Browser) -> None:
    refresh, ends = release_page.refresh_of(home), Event()
    refresh.thread = Thread(target=ends.wait, daemon=True)
    refresh.thread.start()
    try:
        told = browser.open("/release/progress").json()
        assert told["is_at_work"]
        assert told["sentence"] == say("desk.at_work", "es", seconds=refresh.seconds())
        assert "/progress.js" in browser.open("/release").text
    finally:
        ends.set()
        refresh.thread.join()
    refresh.code = 1
    assert browser.open("/release/progress").json() == {
        "is_at_work": False,
        "sentence": f"{say('desk.ended_ill', 'es')}.",
    }


def test_to_look_again_waits_for_the_end_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Event()
    thread = Thread(target=ends.wait, daemon=True)
    thread.start()
    refresh = Refresh(thread)
    monkeypatch.setattr(release_page, "LONGEST_WAIT", 0.05)
    refresh.wait()
    assert refresh.is_running()
    ends.set()
    monkeypatch.setattr(release_page, "LONGEST_WAIT", 30.0)
    refresh.wait()
    assert not refresh.is_running()
    Refresh().wait()  # none was started


def test_an_answer_without_reason_or_office_is_not_taken(
    asking: Path, tmp_path: Path, opened: Opened
) -> None:
    shutil.copytree(asking, tmp_path / "home")
    browser = opened(Home(tmp_path / "home"))
    for fields in (
        {"source": "a", "office": "b"},
        {"reason_es": "a", "office": "b"},
        {"reason_es": "a", "source": "b"},
    ):
        browser.open("/questions/1")
        assert browser.fill("/questions/1", answer="real", **fields).status_code == 400
    assert browser.open("/questions/99").status_code == 404


def test_a_fiscal_year_stands_in_the_map_under_the_year_of_its_end() -> None:
    with duckdb.connect() as db:
        db.execute("CREATE SCHEMA analysis")
        db.execute(
            "CREATE TABLE analysis.coverage AS SELECT 'USA' AS reporting_country, 'USA-CBP/encounters' AS collection, "
            "'encounters' AS measure, DATE '2022-10-01' AS period_start, 2023 AS year, 'reported' AS status"
        )
        told = db.execute(overview._COVERAGE).fetchall()
    assert told == [("USA", 2023, "USA-CBP/encounters", "encounters", "reported")]


def test_what_is_due_and_who_reported_is_told(asking: Path, opened: Opened) -> None:
    """The year after 2023 ends in 2024; 180 days later its file was due."""
    browser = opened(Home(asking))
    browser.open("/standing")
    assert "2025-06-29 atrasado" in browser.said
    maps = Page(browser.page).rows[""]
    after = "no está en el extracto"
    assert [*["informado"] * 8, after, after] in maps  # 2016 to 2025


# ---- a collection that has no card yet ----------------------------------------------------------------

SAMPLE = "Año;Nacionalidad;Sexo;Comentario;Cantidad\n" + "".join(
    f"{year};Honduras;Mujeres;x{year};{year - 2000}\n" for year in range(2015, 2024)
)


def drafted(browser: Browser, sample: str, **more: str) -> requests.Response:
    browser.open("/new")
    browser.fill("/new", "muestra.csv", sample)
    roles = dict(
        re.findall(r'<select id="(role-\d+)".*?<option value="([^"]+)" selected', browser.page, re.S)
    )
    path = next(a for a in re.findall(r'action="([^"]+)"', browser.page) if a.startswith("/new/"))
    told = {
        "collection": "DEMO/nueva",
        "title_es": "Nueva",
        "family": "trafficking",
        "measure": "victims_detected",
    }
    return browser.fill(
        path, **{**roles, **told, "reporting_country": "gtm", "confidentiality": "internal", **more}
    )


def test_a_sample_becomes_a_card_and_its_files_are_read(home: Home, browser: Browser) -> None:
    assert drafted(browser, SAMPLE).ok, browser.said
    columns = home.card("DEMO/nueva").format[0].columns
    assert {name: column.role for name, column in columns.items()} == {
        "Año": "period",
        "Nacionalidad": "citizenship",
        "Sexo": "sex",
        "Comentario": None,
        "Cantidad": "value",
    }
    browser.fill(next(a for a in re.findall(r'action="([^"]+)"', browser.page)), collection="DEMO/nueva")
    assert "Se aceptaría; filas: 9" in browser.said
    browser.fill(browser.actions("/hand-in"), office=OFFICE)
    assert [s.collection for s in home.submissions()] == ["DEMO/nueva"]


def test_the_form_leaves_nothing_to_do_and_explains_each_role(home: Home, browser: Browser) -> None:
    sample = SAMPLE.replace("Mujeres;x2015", "Féminas;x2015").replace("Sexo", "sexo")
    assert drafted(browser, sample, citation="", year_starts="10").ok, browser.said
    text = (home.raw / "DEMO/nueva" / "format.toml").read_text(encoding="utf-8")
    assert "TODO" not in text
    collection = home.card("DEMO/nueva").collection
    assert (collection.period_basis, collection.year_starts) == ("fiscal", 10)


@pytest.mark.parametrize("missing", ["family", "measure"])
def test_what_the_figures_are_must_be_chosen(missing: str, home: Home, browser: Browser) -> None:
    answer = drafted(browser, SAMPLE, **{missing: ""})
    assert answer.status_code == 400
    assert "DEMO/nueva" not in home.collections()
    assert "la familia y la medida" in browser.said


def test_labels_are_mapped_on_the_page(home: Home, browser: Browser) -> None:
    rows = [
        (sex, n) for n in range(3) for sex in ("Mujer", "Hombre", "Mujeres", "Hombres", "Mu.", "Femenino")
    ]
    sample = "Año;Sexo;Cantidad\n" + "".join(f"{2015 + n};{sex};{n + 3}\n" for sex, n in rows)
    assert drafted(browser, sample, **{"label-2-1-sex": "F"}).ok, browser.said
    meanings = home.card("DEMO/nueva").format[0].columns["Sexo"].map["Mu."]
    assert [meaning.code for meaning in meanings] == ["F"]


def test_a_choice_changes_what_a_column_is(home: Home, browser: Browser) -> None:
    assert drafted(browser, SAMPLE, **{"role-2": "-"}).ok
    assert home.card("DEMO/nueva").format[0].columns["Nacionalidad"].ignore


@pytest.mark.parametrize(
    "more", [{"collection": "../x"}, {"collection": build.COLLECTION}, {"reporting_country": "XXX"}]
)
def test_a_card_that_cannot_be_is_not_written(more: dict[str, str], home: Home, browser: Browser) -> None:
    assert drafted(browser, SAMPLE, **more).status_code == 400
    assert len(list(home.raw.rglob("format.toml"))) == 1


def test_of_a_sample_with_personal_data_nothing_is_shown_or_kept(home: Home, browser: Browser) -> None:
    browser.open("/new")
    response = browser.fill("/new", "a.csv", f"nombre_victima,anio\n{SECRET},2020\n{SECRET} R,2021\n")
    assert response.status_code == 400
    assert SECRET not in response.text
    assert not list((home.root / "staged").glob(".desk-*"))


# ---- pages ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("lang", languages())
def test_every_page_is_in_the_language_that_was_chosen_and_loads_nothing(lang: str, browser: Browser) -> None:
    handed_in(browser, build.file())
    answer = browser.open(f"/?lang={lang}")
    assert answer.ok
    for path in ("/", "/standing", "/questions", "/release", "/new", "/submissions/none"):
        browser.open(path)
        assert f'<html lang="{lang}">' in browser.page
        assert say("desk.nav.standing", lang) in browser.said
        tags = Page(browser.page).tags
        assert not {tag for tag, _ in tags} & {"script", "iframe", "img", "object"}
        links = [str(a[name]) for _, a in tags for name in ("href", "src", "action") if a.get(name)]
        assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)


def test_no_page_says_what_another_home_s_refresh_said(browser: Browser, tmp_path: Path) -> None:
    release_page.refresh_of(Home(tmp_path / "another")).output = "2026-Q3.r2"
    browser.open("/release")
    assert "2026-Q3.r2" not in browser.page


@pytest.mark.slow
def test_the_command_serves_until_it_is_ended_and_leaves_no_file(home: Home) -> None:
    environment = os.environ | {"LINEABASE_HOME": str(home.root)}
    call = [sys.executable, "-m", "pipelines.cli.main", "desk", "--port", "0"]
    with subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", process.stdout.readline())[0]
            browser = Browser(address.split("/?")[0])
            browser.open("/" + address.rsplit("/", 1)[1])
            browser.fill("/", "datos.csv", build.file())
            assert list((home.root / "staged").glob(".desk-*"))
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not list((home.root / "staged").glob(".desk-*"))


@pytest.mark.slow
def test_the_browser_s_command_line_bears_no_token(home: Home, tmp_path: Path) -> None:
    """What `ps` shows to other users is the name of a file that only its owner may read."""
    shown = tmp_path / "shown"
    stub = tmp_path / "browser"
    stub.write_text(f'#!/bin/sh\necho "$@" > {shown}.part && mv {shown}.part {shown}\n', encoding="utf-8")
    stub.chmod(0o755)
    environment = os.environ | {"LINEABASE_HOME": str(home.root), "BROWSER": f"{stub} %s"}
    call = [sys.executable, "-m", "pipelines.cli.main", "desk", "--browser", "--port", "0"]
    with subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_for(shown.exists)
            arguments = shown.read_text(encoding="utf-8").strip()
            command_line = Path(f"/proc/{process.pid}/cmdline").read_text() if sys.platform == "linux" else ""
            assert "token" not in arguments + command_line
            page = Path(arguments.removeprefix("file://"))
            assert (page.stat().st_mode & 0o077, page.parent.stat().st_mode & 0o077) == (0, 0)
            address = unescape(re.search(r"url=([^\"]+)", page.read_text(encoding="utf-8"))[1])
            assert requests.get(address).status_code == 200
            assert requests.get(address).status_code == 401
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not page.exists()


def wait_for(is_there: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_there():
            return
        sleep(0.05)
    raise TimeoutError


def test_a_double_click_sets_up_and_opens_the_page(tmp_path: Path) -> None:
    """From whatever folder it is started, in a checkout whose path has a blank in it."""
    script = CHECKOUT / "lineabase-desk.command"
    assert os.access(script, os.X_OK)
    checkout = tmp_path / "a folder"
    program = checkout / ".venv/bin/lineabase"
    program.parent.mkdir(parents=True)
    shutil.copy(script, checkout)
    (checkout / "Makefile").write_text("setup:\n\t@echo ready\n", encoding="utf-8")
    program.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    said = subprocess.run([checkout / script.name], cwd="/", capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["ready", "desk --browser"]


@pytest.mark.slow
def test_what_was_handed_in_is_released_from_the_page(home: Home, browser: Browser) -> None:
    handed_in(browser, build.file())
    browser.open("/release")
    browser.fill("/release")
    assert "Se está construyendo" in browser.said
    for _ in range(600):
        if "Se está construyendo" not in browser.open("/release").text:
            break
        sleep(0.2)
    assert "Terminó bien" in browser.said
    assert home.current.exists()
    assert browser.open("/verdict").ok
