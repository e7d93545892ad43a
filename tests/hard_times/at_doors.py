"""What is done at the steward's page and at the inbox while it may be killed, and what was lost by it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from assets.decisions import question_answers
from assets.intake import inbox as intake
from pipelines.desk.access import Access
from schemas.cards.decisions import read_decisions
from tests.bad_input import build
from tests.hard_times import killing, receiving
from tests.hard_times.notes import note, noted
from tests.test_deciding import make_asking
from tests.test_desk import Browser, served
from warehouse.home import Home, file_hash

ASKING = "X/c"
"""The collection whose open question is answered."""
OFFICE, REASON = "demo", "prueba"


# ---- the steward's page -------------------------------------------------------------------------------


def asking(root: Path) -> Home:
    """A released home with an open question, and with the made-up collection, of which nothing was received."""
    killing.killed(lambda: make_asking(root))
    return receiving.made(root)


def at_the_desk(home: Home, first: int, count: int) -> None:
    """Hand in so many files, withdraw every other one, answer a question if there is one; each is noted once the page said so."""
    access = Access()
    with served(home, access) as address:
        browser = Browser(address)
        browser.open(f"/?token={access.new_token()}")
        for number in range(first, first + count):
            _hand_in(home, browser, number)
            _answer(home, browser, number)


def _hand_in(home: Home, browser: Browser, number: int) -> None:
    file = build.write(home.root / "sent", build.with_cell(2, "victimas", str(number)), "cuadro.csv")
    browser.open("/")
    browser.fill("/", file.name, file.read_bytes(), collection=build.COLLECTION)
    submission = browser.fill(browser.actions("/hand-in"), office=OFFICE).url.rsplit("/", 1)[1]
    note(home, "acknowledged", f"{submission} {file_hash(file)}")
    if number % 2 == 0:
        browser.fill(f"/submissions/{submission}/withdraw", office=OFFICE, reason=REASON)
        note(home, "withdrawn", submission)


def _answer(home: Home, browser: Browser, number: int) -> None:
    browser.open("/questions")
    if not (questions := re.findall(r'href="(/questions/\d+)"', browser.page)):
        return
    asked = questions[0]
    browser.open(asked)
    said = {"reason_es": f"{REASON} {number}", "reason_en": f"{REASON} {number}", "source": "x"}
    if not browser.fill(asked, answer="slip", office=OFFICE, **said).ok:
        raise RuntimeError(browser.said)
    note(home, "answered", str(number))


def lost_at_the_desk(home: Home) -> list[str]:
    """What the page acknowledged and is not there."""
    lost = killing.unsound(home)
    lost += [f"not withdrawn: {s}" for s in noted(home, "withdrawn") if not home.submission(s).withdrawn_on]
    if not (answers := [int(number) for number in noted(home, "answered")]):
        return lost
    read_decisions(home.decisions_path(ASKING))
    told = [int(str(one.entry["reason"]["es"]).split()[1]) for one in question_answers.list_decisions(home)]
    return (
        lost
        if len(told) == 1 and told[0] >= answers[-1]
        else [*lost, f"answer {answers[-1]}: there is {told}"]
    )


# ---- the inbox ----------------------------------------------------------------------------------------


def at_the_inbox(home: Home, first: int, count: int) -> None:
    """Lay so many files into the inbox, one by one, and take each."""
    intake.PAUSE = 0.0
    folder = home.inbox / build.COLLECTION
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        file = build.write(home.root / "sent", build.with_cell(2, "victimas", str(number)), f"{number}.csv")
        note(home, "laid", file_hash(file))
        for sent in _on_the_way(home):  # what a killed office did not come to lay in, too
            sent.rename(folder / sent.name)
        intake.receive_files(home)


def _on_the_way(home: Home) -> list[Path]:
    laid = noted(home, "laid")
    return [path for path in (home.root / "sent").glob("*.csv") if file_hash(path) in laid]


def _lying(home: Home) -> list[Path]:
    """Files that are handed in and not received yet."""
    return [*_on_the_way(home), *(home.inbox / build.COLLECTION).glob("*.csv")]


def lost_at_the_inbox(home: Home) -> list[str]:
    """Files that were laid in and are neither there nor received, or received twice."""
    received = Counter(file_hash(s.file) for s in home.submissions())
    waiting = {file_hash(path) for path in _lying(home)}
    laid = noted(home, "laid")
    lost = [f"lost: {digest}" for digest in laid if not received[digest] and digest not in waiting]
    return killing.unsound(home) + lost + [f"twice: {d}" for d in laid if received[d] > 1]


def left_at_the_inbox(home: Home) -> list[str]:
    """What a take that came to its end has left: files that were not received, copies of its own."""
    return [f"left: {path.name}" for path in (*_lying(home), *home.root.rglob(".being-taken-*"))]
