"""The pages beside the inbox: receipt, fate of the rows, what changed; what is kept of a file that cannot be used."""

from __future__ import annotations

import hashlib
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import assets.intake.inbox as intake
from assets.answers import inbox_answers
from assets.intake.inbox import receive_files
from pipelines.cli.app import app
from tests.bad_input import build
from tests.test_answers import Page
from tests.test_held import GOOD, file_of
from tests.test_vintages import new_home
from warehouse.home import Home
from warehouse.home.calendar import next_release, today

SECRET = "María"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(intake, "PAUSE", 0.0)
    made = build.home(tmp_path / "home")
    (made.inbox / build.COLLECTION).mkdir(parents=True)
    return made


def left(home: Home, content: str, name: str = "envío.csv") -> Path:
    """A file that somebody leaves in the inbox, taken and answered; where its page is."""
    path = home.inbox / build.COLLECTION / name
    path.write_text(content, encoding="utf-8")
    receive_files(home).write_answers(home)
    inbox_answers.write_answers(home)
    return path.with_name(f"{name}.respuesta.html")


def facts(page: Page) -> str:
    return page.sections["es-read"]


def test_what_was_taken_is_answered_with_its_receipt(home: Home) -> None:
    page = Page(left(home, build.file()).read_text(encoding="utf-8"))
    (kept,) = home.submissions()
    assert kept.id in facts(page)
    assert hashlib.sha256(build.file().encode()).hexdigest() in facts(page)
    assert "3 aceptadas" in facts(page)
    assert "Aceptado" in page.text
    assert f"{next_release(today())}" in page.sections["es-released"]
    assert {f"{lang}-read" for lang in ("es", "en")} <= set(page.sections)
    assert [p.name for p in (home.inbox / build.COLLECTION).iterdir()] == ["envío.csv.respuesta.html"]


def test_the_next_one_says_what_it_replaced_and_what_changed(tmp_path: Path, home: Home) -> None:
    other = new_home(tmp_path / "other")
    (other.inbox / "X" / "c").mkdir(parents=True)
    for n, rows in enumerate((GOOD, GOOD | {("CRI", 2001): "2103"})):
        file_of(other, rows).rename(other.inbox / "X" / "c" / f"{n}.csv")
        receive_files(other).write_answers(other)
        inbox_answers.write_answers(other)
    page = Page((other.inbox / "X" / "c" / "1.csv.respuesta.html").read_text(encoding="utf-8"))
    assert f"Sustituye a{other.submissions()[0].id}" in "".join(facts(page).split("\n"))
    assert [row[2:] for row in page.table("es-changed")] == [["2,101", "2,103", "+2"]]


@pytest.mark.slow
def test_a_held_file_says_what_holds_it_and_replaces_none(home: Home) -> None:
    left(home, build.file())
    page = Page(left(home, build.with_cell(2, "victimas", "70"), "otro.csv").read_text(encoding="utf-8"))
    assert home.submissions()[-1].admission_state.is_waiting
    assert page.causes
    assert "Sustituye" not in facts(page)
    assert "mientras no se confirme" in page.sections["es-released"]


def test_a_rejected_file_lies_aside_for_its_owner_alone_with_its_answer(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "esto,no,es\n1,2,3\n"
    beside = left(home, content)
    folder = home.inbox / "rechazados" / build.COLLECTION
    assert sorted(p.name for p in folder.iterdir()) == ["envío.csv", "envío.csv.respuesta.html"]
    assert (folder / "envío.csv").read_text(encoding="utf-8") == content
    modes = [
        stat.S_IMODE(p.stat().st_mode) for p in (home.inbox / "rechazados", folder, folder / "envío.csv")
    ]
    assert modes == [0o700, 0o700, 0o600]
    assert beside.read_bytes() == (folder / "envío.csv.respuesta.html").read_bytes()
    assert f"inbox/rechazados/{build.COLLECTION}/envío.csv" in facts(Page(beside.read_text("utf-8")))
    monkeypatch.setenv("LINEABASE_HOME", str(home.root))
    assert "inbox/rechazados/" in CliRunner().invoke(app, ["status"]).output
    assert receive_files(home) == intake.InboxRun()


def test_a_second_rejected_file_of_the_name_overwrites_none(home: Home) -> None:
    for n in range(2):
        left(home, f"esto,no,es\n1,2,{n}\n")
    folder = home.inbox / "rechazados" / build.COLLECTION
    assert {"envío.csv", "envío.2.csv"} <= {p.name for p in folder.iterdir()}


def test_of_a_refused_file_the_answer_is_kept_and_no_value(home: Home) -> None:
    page = Page(left(home, f"nombre_victima,sexo\n{SECRET},M\n").read_text(encoding="utf-8"))
    assert page.causes
    assert "es-changed" not in page.sections
    everything = [p.read_bytes() for p in home.root.rglob("*") if p.is_file()]
    assert not any(SECRET.encode() in content for content in everything)


def test_an_answer_that_fails_stops_nothing_and_is_owed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(inbox_answers, "render_page", lambda *_, **__: 1 / 0)
        assert not left(home, build.file()).exists()
    assert inbox_answers.write_answers(home) == [home.submissions()[0].id]
    assert (home.inbox / build.COLLECTION / "envío.csv.respuesta.html").exists()
    assert inbox_answers.write_answers(home) == []


def test_a_folder_that_is_a_link_takes_no_rejected_file(home: Home, tmp_path: Path) -> None:
    (home.inbox / "rechazados").symlink_to(tmp_path)
    page = left(home, "esto,no,es\n1,2,3\n")
    assert page.exists()
    assert not (tmp_path / "DEMO").exists()


def test_the_next_release_is_the_next_day_of_the_schedule() -> None:
    days = {date(2026, 1, 14): date(2026, 1, 15), date(2026, 1, 15): date(2026, 4, 15)}
    days |= {date(2026, 11, 26): date(2027, 1, 15)}
    assert {day: next_release(day) for day in days} == days
