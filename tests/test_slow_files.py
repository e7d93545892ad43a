"""Files that take too long: at each door they are refused in a sentence, and keep nobody else waiting."""

from __future__ import annotations

import gzip
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import assets.intake.examinations as examinations
import assets.intake.inbox as intake
from assets.answers.answer import answer_to_trial
from assets.answers.workbook import render_workbook
from assets.drafting import draft as drafting
from assets.intake.inbox import InboxRun, receive_files
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import check, process, try_file
from assets.intake.reading import limited_reading, reading
from assets.intake.reading.sheets import Unreadable
from assets.intake.submission import receive
from pipelines.desk import serving
from pipelines.desk.access import KEY_FILE, Access
from schemas import patterns
from schemas.cards.card_file import File
from schemas.patterns import PatternTooSlow
from schemas.personal_data import find_in_text, names, values
from schemas.words import languages
from tests.bad_input import build
from tests.bad_input.cases import WORKBOOK
from tests.people.files import with_part
from tests.test_desk import KEY, Browser, of, served
from tests.test_held import run
from warehouse.environment.settings import SECONDS, NoReader
from warehouse.home import Home, inbox

SLOW = b"a,b\n1\n" * 4_000_000
"""Eight million rows of two widths are read line by line, which takes many times the one second given here."""
OTHER = "OTRO/victimas"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return build.home(tmp_path / "home")


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slow") / "lento.csv"
    path.write_bytes(SLOW)
    return path


@pytest.fixture
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECONDS, "1")


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(RefusedFile) as raised:
        work()
    return raised.value.finding.rule


# ---- a plain text over the limit, at each door -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("one_second")
def test_a_slow_text_is_refused_when_it_is_checked_submitted_or_drafted(home: Home, slow: Path) -> None:
    assert refused(lambda: check(home, slow, build.COLLECTION, build.RECEIVED)) == "file_too_slow"
    assert refused(lambda: receive(home, slow, build.COLLECTION, build.RECEIVED)) == "file_too_slow"
    assert refused(lambda: drafting.draft_card(slow)) == "file_too_slow"
    assert home.submissions() == []


@pytest.mark.slow
@pytest.mark.usefixtures("one_second")
def test_the_command_line_says_so_in_a_sentence(home: Home, slow: Path) -> None:
    for lang in languages():
        ended = run(home, "check", str(slow), "--collection", build.COLLECTION, "--lang", lang)
        assert ended.exit_code == 1
        assert "1 s" in ended.output
        assert "Traceback" not in ended.output


@pytest.mark.slow
@pytest.mark.usefixtures("one_second")
def test_one_that_lies_in_raw_is_rejected_by_the_steps(home: Home, slow: Path) -> None:
    """As `refresh` and `report` meet it: received while more time was given."""
    folder = home.raw / build.COLLECTION / f"{build.RECEIVED}.1"
    folder.mkdir()
    (folder / "lento.csv").write_bytes(slow.read_bytes())
    outcome = process(home, home.submissions()[0])
    assert (outcome.status, [f.rule for f in outcome.findings]) == ("rejected", ["file_too_slow"])


def laid(home: Home, collection: str, name: str, content: bytes) -> Path:
    path = home.inbox / collection / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.slow
def test_a_slow_file_of_the_inbox_keeps_nobody_waiting_and_is_answered_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender's other file waits for it; another sender's is taken in the same look."""
    build.home(home.root, collection=OTHER)
    monkeypatch.setattr(intake, "PATIENCE", 0.2)
    bad = laid(home, build.COLLECTION, "a.csv", SLOW)
    laid(home, build.COLLECTION, "b.csv", build.file().encode())
    laid(home, OTHER, "c.csv", build.file().encode())
    monkeypatch.setenv(SECONDS, "5")
    first = receive_files(home, inbox.list_inbox(home).files, seconds=30)
    waiting = {one.path: one.reason.key for one in first.remaining}
    assert waiting[f"{build.COLLECTION}/a.csv"] == "inbox.slow"
    assert waiting[f"{build.COLLECTION}/b.csv"] == "inbox.turn"
    assert all(one.is_temporary for one in first.remaining)
    rounds = [first]
    _until(lambda: not _next(home, rounds).remaining)  # on a busy machine a short file is slow, too
    collections = [home.submission(one).collection for done in rounds for one in done.submission_ids]
    assert collections == [OTHER, build.COLLECTION]
    before = next(n for n, done in enumerate(rounds) if done.submission_ids)
    done_with_slow = next(n for n, done in enumerate(rounds) if done.refusals)
    assert before < done_with_slow, "the other sender's was taken before the slow one was done"
    assert [one.path for done in rounds for one in done.refusals] == [f"{build.COLLECTION}/a.csv"]
    assert not bad.exists()
    assert "5 s" in bad.with_name(f"a.csv{inbox.ANSWER_SUFFIX}").read_text(encoding="utf-8")
    assert inbox.list_inbox(home).files == {}
    assert not list((home.root / "staged").glob(".being-taken-*"))


def _next(home: Home, rounds: list[InboxRun]) -> InboxRun:
    """The next look, some time later."""
    time.sleep(0.2)
    rounds.append(receive_files(home, rounds[-1].incomplete_files, seconds=30))
    return rounds[-1]


def test_many_files_of_one_sender_go_by_turns_with_another_s(home: Home) -> None:
    files = {f"A/x/{n}.csv": (n, 1, 1, 1) for n in range(5)} | {"B/x/1.csv": (9, 1, 1, 1)}
    assert [path for path, _ in intake._interleave_senders(files)][:3] == [
        "A/x/0.csv",
        "B/x/1.csv",
        "A/x/1.csv",
    ]


def test_an_examination_whose_copy_was_lost_says_nothing_of_its_file(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that empties the inbox clears away what it takes for left behind."""
    laid(home, build.COLLECTION, "a.csv", build.file().encode())

    def lost(home: Home, copy: Path, collection: str) -> None:
        copy.unlink()
        raise RefusedFile(build_finding())

    monkeypatch.setattr(intake, "examine", lost)
    done = receive_files(home, inbox.list_inbox(home).files)
    assert (done.submission_ids, done.refusals) == ([], [])
    monkeypatch.undo()
    assert len(receive_files(home, inbox.list_inbox(home).files).submission_ids) == 1


def build_finding():
    from schemas.findings import Finding

    return Finding("unreadable_file", expected="csv")


def test_a_file_that_became_another_one_is_examined_anew(home: Home) -> None:
    under_way, gate = examinations.Examinations(), threading.Event()
    (home.root / "copies").mkdir()
    copy = home.root / "copies" / "a.csv"
    copy.write_text("x")
    under_way.begin(home, "A/x/a.csv", copy, (1, 1, 1, 1), lambda _: gate.wait() and None)
    assert under_way.find(home, "A/x/a.csv", (2, 1, 1, 1)) is None
    assert under_way.is_busy(home, "A/x/a.csv", (2, 1, 1, 1))
    assert not under_way.is_busy(home, "B/x/a.csv", (2, 1, 1, 1))
    gate.set()
    first = under_way.find(home, "A/x/a.csv", (1, 1, 1, 1))
    assert first is not None
    first.wait(10)
    under_way.forget_gone(home, {"A/x/a.csv": (2, 1, 1, 1)})
    assert under_way.find(home, "A/x/a.csv", (1, 1, 1, 1)) is None
    assert not copy.exists()


# ---- the desk --------------------------------------------------------------------------------------------


def sender(base: str, provider: str) -> Browser:
    browser = Browser(base)
    browser.headers.update({**of(provider), "x-lineabase-key": KEY.encode().decode("latin-1")})
    browser.open("/")
    return browser


@pytest.mark.slow
def test_the_desk_answers_others_while_one_sender_s_file_is_read(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.home(home.root, collection=OTHER)
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    monkeypatch.setenv(SECONDS, "5")
    with served(home, Access.behind_proxy()) as base:
        slow, other = sender(base, "DEMO"), sender(base, "OTRO")
        upload = threading.Thread(
            target=lambda: slow.fill("/", "lento.csv", SLOW, collection=build.COLLECTION)
        )
        upload.start()
        _until(lambda: bool(limited_reading._pool.busy))
        other.fill("/", "datos.csv", build.file(), collection=OTHER)
        assert "Se aceptaría" in other.said
        other.fill(other.actions("/hand-in"))
        assert len(home.submissions()) == 1
        again = Browser(base)
        again.headers.update(slow.headers)
        assert again.open("/").ok  # its own pages, too
        assert upload.is_alive()
        upload.join()
        assert "5 s" in slow.said
    assert not list((home.root / "staged").glob(".desk-*"))


def _until(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    assert held


DESK = """
import sys
from pipelines.desk import serving
serving.SECONDS_TO_ANSWER, serving.SECONDS_TO_END = 1, {end}
{more}
from pipelines.cli.main import main
sys.argv = ["lineabase", "desk", "--port", "0"]
main()
"""
AT_WORK_FOR_EVER = """
from pipelines.desk import hand_in
import assets.drafting.collection_guesses, time
hand_in.guess_collections = lambda *_: time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "end"), [("", 30), (AT_WORK_FOR_EVER, 3)], ids=["a file is read", "a thread is at work"]
)
def test_a_signal_ends_the_desk_whatever_it_is_at(home: Home, more: str, end: int) -> None:
    environment = os.environ | {"LINEABASE_HOME": str(home.root)}
    call = [sys.executable, "-c", DESK.format(more=more, end=end)]
    with subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", process.stdout.readline())[0]
        browser = Browser(address.split("/?")[0])
        _until(lambda: _opens(browser, "/" + address.rsplit("/", 1)[1]))
        upload = threading.Thread(target=lambda: _sent(browser), daemon=True)
        upload.start()
        _until(lambda: bool(list((home.root / "staged").glob(".desk-*"))))
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(15) == 0
        finally:
            process.kill()
    assert not list((home.root / "staged").glob(".desk-*"))


def _opens(browser: Browser, path: str) -> bool:
    try:
        return browser.open(path).ok
    except requests.ConnectionError:
        return False


def _sent(browser: Browser) -> None:
    try:
        browser.fill("/", "lento.csv", SLOW)
    except requests.ConnectionError:
        return


def test_after_the_end_no_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_reading, "_pool", limited_reading._Pool())
    path = build.write(tmp_path, build.file())
    slow = build.write(tmp_path, SLOW, "lento.csv")
    told: list[type] = []

    def read() -> None:
        try:
            reading.read_for_inspection(slow)
        except NoReader as error:
            told.append(type(error))

    thread = threading.Thread(target=read)
    thread.start()
    _until(lambda: bool(limited_reading._pool.busy))
    limited_reading.end()
    thread.join(20)
    assert told == [NoReader]
    with pytest.raises(NoReader):
        reading.read_for_inspection(path)
    assert serving.SECONDS_TO_ANSWER < serving.SECONDS_TO_END < 10


def _unreadable(path: Path) -> None:
    with pytest.raises(Unreadable):
        reading.read_for_inspection(path)


@pytest.mark.slow
def test_several_files_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file is read while a slow one is at work."""
    monkeypatch.setenv(SECONDS, "4")
    slow, small = build.write(tmp_path, SLOW, "lento.csv"), build.write(tmp_path, build.file())
    thread = threading.Thread(target=_unreadable, args=(slow,))
    thread.start()
    _until(lambda: bool(limited_reading._pool.busy))
    assert len(reading.read_for_inspection(small)) == 1
    assert thread.is_alive()
    thread.join()


# ---- what is made to be slow -----------------------------------------------------------------------------


def parts(number: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(number):
            archive.writestr(f"xl/{n}.xml", "<a/>")
    return packed.getvalue()


MANY_LINES = build.file().encode() + b"\n" * 10_000_001


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("d.csv", MANY_LINES, "file_too_large"),
        ("d.csv.gz", gzip.compress(MANY_LINES, 1), "file_too_large"),
        ("d.xlsx", parts(10_001), "file_too_large"),
        ("d.csv.zip", parts(10_001), "file_too_large"),
    ],
    ids=["line breaks", "packed line breaks", "a workbook of many parts", "an archive of many parts"],
)
def test_what_is_made_of_too_many_parts_is_refused_at_once(
    name: str, content: bytes, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECONDS, "5")
    with pytest.raises(Unreadable) as raised:
        reading.search(build.write(tmp_path, content, name), {})
    assert raised.value.finding.rule == rule


def test_line_breaks_alone_are_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECONDS, "1")
    path = build.write(tmp_path, b"\n" * 60_000_000)
    reading.search(path, {})
    with pytest.raises(Unreadable) as raised:
        reading.read_sheets(path, File(type="csv"))
    assert raised.value.finding.rule == "empty_file"


FAST = {
    "one name three thousand times": ("d.csv", build.with_cell(2, "fuente", "Maria " * 3000)),
    "a part of nested tags": ("d.xlsx", with_part(build.workbook(), "xl/nested.xml", b"<a>" * 100_000)),
    "a part of unended cells": (
        "d.xlsx",
        with_part(build.workbook(), "xl/cells.xml", b"<a>" + b"<sheetData " * 50_000),
    ),
    "a document's number without an end": (
        "d.csv",
        build.with_cell(2, "fuente", "dpi " + "1" * 5_000 + "é"),
    ),
}


@pytest.mark.parametrize(("name", "content"), FAST.values(), ids=FAST)
def test_what_was_made_to_be_slow_is_searched_in_time(
    name: str, content: str | bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each took from minutes to hours."""
    monkeypatch.setenv(SECONDS, "5")
    reading.search(build.write(tmp_path, content, name), {})


def test_a_workbook_whose_merged_cells_reach_far_is_not_copied(tmp_path: Path) -> None:
    """openpyxl makes a cell for each place of a merged range: here 1.6 thousand million."""
    source, packed = zipfile.ZipFile(io.BytesIO(build.workbook())), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in source.namelist():
            merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A900:XFD99999"/></mergeCells>'
            archive.writestr(name, source.read(name).replace(b"</sheetData>", merged))
    home = build.home(tmp_path / "home", WORKBOOK)
    path = build.write(tmp_path, packed.getvalue(), "datos.xlsx")
    with try_file(home, path, build.COLLECTION, build.RECEIVED) as tried:
        book = render_workbook(answer_to_trial(tried, path), path, "es")
    assert isinstance(book, openpyxl.Workbook)
    assert book.sheetnames == ["lineabase"]


# ---- a card's patterns -----------------------------------------------------------------------------------


def test_a_pattern_that_runs_out_of_time_is_a_finding(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS_PER_TEXT", 0.2)
    path = home.raw / build.COLLECTION / "format.toml"
    text = path.read_text(encoding="utf-8")
    wide = "wide = { pattern = '(?P<period>(\\d|\\d\\d)+)' }\n"
    path.write_text(text.replace("expectations =", f"{wide}expectations =", 1), "utf-8")
    header, *rows = build.file().splitlines()
    content = "\n".join([f"{header},{'1' * 60}x", *(f"{row}," for row in rows)]) + "\n"
    outcome = check(home, build.write(home.root.parent / "in", content), build.COLLECTION, build.RECEIVED)
    assert (outcome.status, [f.rule for f in outcome.findings]) == ("rejected", ["pattern_too_slow"])
    assert all("(\\d|\\d\\d)+" in outcome.findings[0].message(lang) for lang in languages())


def test_the_patterns_of_one_file_have_one_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS_PER_TEXT", 0.2)
    began = time.monotonic()
    with patterns.limit(0.3):
        for n in range(100):
            with pytest.raises(PatternTooSlow):
                patterns.match_whole(r"(\d|\d\d)+", "1" * 60 + f"x{n}")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("ask", "pattern", "text", "said"),
    [
        (patterns.match_whole, r"(?P<period>\d{4})", "2020", "2020"),
        (patterns.match_whole, r"(?P<period>\d{4})", "2020*", None),
        (patterns.match_start, r"\d{4}", "2020*", "2020"),
        (patterns.find, r"\d{4}", "in 2020", "2020"),
    ],
)
def test_patterns_are_asked_as_the_cards_mean(
    ask: Callable[[str, str], re.Match[str] | None], pattern: str, text: str, said: str | None
) -> None:
    match = ask(pattern, text)
    assert (match[0] if match else None) == said


# ---- the same answers as before --------------------------------------------------------------------------


def whole_as_before(run: list[str]) -> bool:
    """The former definition, by all pairs of a start and an end."""
    given_names, surnames = names._given_names(), names._surnames()
    for start in range(len(run)):
        for end in range(len(run), start + 2, -1):
            part = run[start:end]
            if all(word in given_names | surnames for word in part):
                ends = part[0], part[-1]
                if any(a in given_names and b in surnames for a, b in (ends, ends[::-1])):
                    return True
    return False


GIVEN, SURNAMES = (
    sorted(names._given_names() - names._surnames()),
    sorted(names._surnames() - names._given_names()),
)
BOTH = sorted(names._given_names() & names._surnames())
WORDS = [*GIVEN[:3], *SURNAMES[:3], *BOTH[:2], "quetzal", "mesa"]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_a_run_of_names_is_told_as_before(run: list[str]) -> None:
    assert names._is_whole_name(run) is whole_as_before(run)


@given(st.text("Aa1 .-é", max_size=30), st.sampled_from(["dpi ", "SSN: ", "pasaporte no. ", ""]))
def test_a_document_s_number_is_told_as_before(number: str, lead: str) -> None:
    """The shape was written so that no text can be parted in more than one way."""
    (shape,) = (one for one in values.sure() if "alien (?:number|registration)" in one.lead)
    before = values.Shape(
        **{**vars(shape), "pattern": r"[A-Z]{0,3}[ -]?\d[\dA-Z]*(?:[ .-]?[\dA-Z]*\d[\dA-Z]*){1,5}"}
    )
    assert shape.finds(lead + number) is before.finds(lead + number)


def test_a_value_is_found_wherever_it_stands_in_a_long_text() -> None:
    filler = "nota sin nada " * 2_000
    for place in (0, 7_980, 7_995, 8_000, 8_005, 15_900, len(filler)):
        text = f"{filler[:place]} ana.lopez@example.org {filler[place:]}"
        assert find_in_text(text) is not None, place
    assert find_in_text(filler) is None
