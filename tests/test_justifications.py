"""A sender explains a finding at once: kept in the history, shown with the figures, and admitting nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.answers.answer import answer_to_submission
from assets.answers.page import render_part
from assets.decisions.justifications import LONGEST, InvalidJustification, check_justifications
from assets.intake import admission
from assets.intake.processing import process
from assets.intake.submission import receive
from schemas.findings import rules
from tests.conftest import release
from tests.test_desk import OFFICE, Browser, Opened, opened
from tests.test_held import run
from tests.test_series_judging import COLLECTION, NINETIES, ask, home_of, one_by_one, quarters, write
from warehouse.build.freshness import parts
from warehouse.home import Home, receipts

__all__ = ["opened"]
REASON = "Un operativo regional en el puerto"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with sixteen quarters in force."""
    made = home_of(tmp_path, "Q", "by_period")
    process(
        made, receive(made, write(tmp_path, "before.csv", quarters(NINETIES)), COLLECTION, date(2025, 2, 1))
    )
    return made


def submit(home: Home, tmp_path: Path, value: str, *options: str) -> tuple[int, str]:
    """Submit the next quarter by command."""
    file = write(tmp_path, "next.csv", [f"USA,2025-Q1,,,{value}"])
    result = run(home, "submit", str(file), "-c", COLLECTION, "--lang", "en", *options)
    return result.exit_code, result.output


def test_the_sender_explains_a_held_file_at_once_and_it_stays_held(home: Home, tmp_path: Path) -> None:
    options = ("--justify", f"level_unlike_past={REASON}", "--office", "INM")
    code, output = submit(home, tmp_path, "9800", *options)
    state = home.submissions()[-1].admission_state
    assert code
    assert "Recorded the explanation of level_unlike_past." in output
    assert state.is_waiting
    assert [j[:3] for j in state.justifications] == [("level_unlike_past", REASON, "INM")]
    assert (
        f"Explanation by INM ({state.justifications[0].on}, level_unlike_past): {REASON}"
        in run(home, "status", "--lang", "en").output
    )


@pytest.mark.slow
def test_the_explanation_is_with_the_question_until_a_steward_answers(home: Home, tmp_path: Path) -> None:
    """A sum to date is asked: the explanation of its last quarter is at the questions that it raised."""
    for n, row in enumerate(one_by_one(quarters("20 45 70", 2025, "HND"))):
        process(home, receive(home, write(tmp_path, f"{n}.csv", row), COLLECTION, date(2026, 1, 31)))
    file = write(tmp_path, "last.csv", ["HND,2025-Q4,,,95"])
    reason = ("--justify", f"sums_to_date_asked={REASON}", "--office", "PGR")
    run(home, "submit", str(file), "-c", COLLECTION, "--received", "2026-01-31", *reason)
    release(home)
    kept = home.submissions()[-1]
    line = f"sums_to_date_asked: {REASON} (PGR, {kept.admission_state.justifications[0].on})"
    told = "SELECT justification FROM registry.submissions WHERE justification IS NOT NULL"
    assert ask(home, told) == [(line,)]
    rows = "SELECT period_start, justification FROM analysis.open_questions WHERE reporting_country = 'HND' ORDER BY ALL"
    assert [text for _, text in ask(home, rows)] == [None, None, None, line]
    assert ask(home, "SELECT DISTINCT flag FROM core.current WHERE reporting_country = 'HND'") == [
        ("under_question",)
    ]
    assert line in run(home, "questions", "--lang", "en").output


def test_an_explanation_of_what_was_not_found_is_not_recorded_and_the_sender_is_told(
    home: Home, tmp_path: Path
) -> None:
    code, output = submit(home, tmp_path, "99", "--justify", f"period_copied={REASON}", "--office", "INM")
    assert code == 0
    assert "The file has no finding period_copied" in output
    assert home.submissions()[-1].admission_state.justifications == ()


REFUSED = {
    "an error of a row": f"text_in_number={REASON}",
    "no such rule": f"level={REASON}",
    "no text": "level_unlike_past=",
    "too long": f"level_unlike_past={'a' * (LONGEST + 1)}",
    "a name": "level_unlike_past=Lo contó María Fernanda López García",
    "an e-mail address": "level_unlike_past=Pregunte a maria.lopez@example.com",
    "a telephone": "level_unlike_past=Llame al +506 2222 3344",
    "no rule at all": REASON,
}


@pytest.mark.parametrize("option", [pytest.param(text, id=name) for name, text in REFUSED.items()])
def test_a_text_that_cannot_be_kept_is_refused_before_the_file_is_received(
    option: str, home: Home, tmp_path: Path
) -> None:
    code, _ = submit(home, tmp_path, "99", "--justify", option, "--office", "INM")
    assert code
    assert len(home.submissions()) == 1


def test_an_explanation_names_an_office(home: Home, tmp_path: Path) -> None:
    code, _ = submit(home, tmp_path, "99", "--justify", f"level_unlike_past={REASON}")
    assert code
    assert len(home.submissions()) == 1


@pytest.mark.parametrize("rule", sorted(rules()))
def test_only_what_may_be_right_can_be_explained(rule: str) -> None:
    if rules()[rule].fate in ("row", "file", "refuse"):
        with pytest.raises(InvalidJustification):
            check_justifications({rule: REASON})
    else:
        check_justifications({rule: REASON})


def test_the_answer_shows_it_under_its_finding(home: Home, tmp_path: Path) -> None:
    submit(home, tmp_path, "9800", "--justify", f"level_unlike_past={REASON}", "--office", "INM")
    kept = home.submissions()[-1]
    outcome = process(home, kept)
    answer = answer_to_submission(home, kept, outcome, admission.Admission, kept.file.name)
    [cause] = [c for c in render_part(answer, "es")["causes"] if c["rule"] == "level_unlike_past"]
    assert [REASON in sentence for sentence in cause["justifications"]] == [True]


def test_a_build_is_due_after_an_explanation(home: Home, tmp_path: Path) -> None:
    submit(home, tmp_path, "9800")
    kept = home.submissions()[-1]
    before = parts(home, date.today())[kept.id]
    receipts.justify(home, kept, date.today(), office="INM", reasons={"level_unlike_past": REASON})
    assert parts(home, date.today())[kept.id] != before


@pytest.mark.slow
def test_the_desk_asks_for_it_and_keeps_it(home: Home, opened: Opened) -> None:
    browser: Browser = opened(home)
    content = "reporting_country,period,sex,citizenship,value\nUSA,2025-Q1,,,9800\n"
    browser.open("/")
    browser.fill("/", "datos.csv", content, collection=COLLECTION)
    assert 'name="justify.level_unlike_past"' in browser.page
    fields = {"justify.level_unlike_past": "Lo contó María Fernanda López García"}
    assert browser.fill(browser.actions("/hand-in"), office=OFFICE, **fields).status_code == 400
    assert len(home.submissions()) == 1
    browser.open("/")
    browser.fill("/", "datos.csv", content, collection=COLLECTION)
    fields = {"justify.level_unlike_past": REASON}
    browser.fill(browser.actions("/hand-in"), office=OFFICE, **fields)
    kept = home.submissions()[-1]
    assert [j.reason for j in kept.admission_state.justifications] == [REASON]
    assert REASON in browser.said
    browser.fill(
        f"/submissions/{kept.id}/justify", office=OFFICE, **{"justify.level_unlike_past": "Se recontó"}
    )
    assert [j.reason for j in kept.admission_state.justifications] == ["Se recontó"]
    browser.open("/standing")
    assert "Se recontó" in browser.said
