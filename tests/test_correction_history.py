"""Who corrected which file: histories of corrected submissions, and when a correction is refused. No cell is read here."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.corrections import cell_corrections
from assets.corrections.cell_change import CellChange, Uncorrectable
from assets.corrections.csv_cells import CsvCells
from assets.intake.processing import process
from assets.intake.submission import receive
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse.home import Home, Submission, corrections, events, receipts
from warehouse.home.corrections import Correction, NotCorrectable

DAY = date(2022, 3, 31)
BY = {"office": "c", "reason": "por error"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return receiving.made(tmp_path / "home")


def sent(home: Home, number: int, office: str = "a", of: Submission | None = None) -> Submission:
    """A submission, of another number of victims each time; a correction `of` another with all that came after it."""
    file = build.write(home.root / f"sent{number}", build.with_cell(2, "victimas", str(number)))
    correction = None
    if of:
        later = [s.id for s in home.submissions() if s.order > of.order]
        correction = Correction(
            of.id, of.sha256, ["J2"], "error de tecla", corrections.list_senders(of), later
        )
    return receive(home, file, build.COLLECTION, DAY, office=office, correction=correction)


def test_a_correction_names_its_original_and_all_who_made_it(home: Home) -> None:
    first = sent(home, 1)
    second = sent(home, 2, "b", first)
    third = sent(home, 3, "a", second)
    assert [corrections.list_senders(s) for s in (first, second, third)] == [["a"], ["a", "b"], ["a", "b"]]
    facts = corrections.correction_facts(third)
    assert facts is not None
    expected = {"of": second.id, "of_sha256": second.sha256, "cells": ["J2"], "office": "a", "on": str(DAY)}
    assert facts | expected == facts
    assert corrections.correction_facts(first) is None
    assert [corrections.find_correction(home, s) for s in (first, second, third)] == [second, third, None]


def test_a_withdrawn_correction_corrects_nothing(home: Home) -> None:
    first = sent(home, 1)
    sent(home, 2)
    second = sent(home, 3, "b", first)
    assert corrections.find_correction(home, first) == second
    receipts.withdraw(home, second, DAY, **BY)
    assert corrections.find_correction(home, first) is None
    third = sent(home, 4, "b", first)
    assert corrections.find_correction(home, first) == third


def refusal(home: Home, of: Submission, *later: Submission) -> str:
    """The reason for which a correction that knows of these later submissions is refused; empty if it is not."""
    correction = Correction(of.id, of.sha256, ["J2"], "error", ["a"], [s.id for s in later])
    try:
        corrections.refuse_if_outdated(home, build.COLLECTION, correction)
    except NotCorrectable as refused:
        return refused.sentence.key
    return ""


def test_a_correction_is_refused_if_its_original_changed_meanwhile(home: Home) -> None:
    """What came before the original, or was there when it was corrected, does not matter."""
    sent(home, 1)
    original = sent(home, 2)
    assert refusal(home, original) == ""
    follower = sent(home, 3)
    assert refusal(home, original, follower) == ""
    assert refusal(home, original) == "correct.followed"
    assert refusal(home, original, sent(home, 4)) == "correct.followed"
    correction = sent(home, 9, "b", original)
    assert refusal(home, original, *home.submissions()) == "correct.corrected"
    receipts.withdraw(home, correction, DAY, **BY)
    assert refusal(home, original, *home.submissions()) == ""
    receipts.withdraw(home, original, DAY, **BY)
    assert refusal(home, home.submission(original.id), *home.submissions()) == "correct.withdrawn"


# ---- whether a submission may be corrected --------------------------------------------------------------


def why_not(home: Home, submission: Submission) -> str:
    """The reason for which a submission may not be corrected; empty if it may."""
    submission = home.submission(submission.id)
    try:
        cell_corrections.list_later(home, submission)
    except NotCorrectable as refused:
        assert not cell_corrections.may_be_corrected(home, submission)
        return refused.sentence.key
    assert cell_corrections.may_be_corrected(home, submission)
    return ""


def test_a_submission_is_corrected_until_another_replaces_it(home: Home) -> None:
    """One that was rejected or withdrawn replaces none; one that waits may."""
    earlier, original = sent(home, 1), sent(home, 2)
    file = build.write(home.root / "broken", "nada,de,esto\n1,2,3\n")
    rejected = receive(home, file, build.COLLECTION, DAY)
    assert process(home, rejected).status == "rejected"
    assert cell_corrections.list_later(home, original) == [rejected.id]
    assert (why_not(home, earlier), why_not(home, original)) == ("correct.superseded", "")
    later = sent(home, 3)  # not read yet
    assert why_not(home, original) == "correct.superseded"
    receipts.withdraw(home, later, DAY, **BY)
    assert why_not(home, original) == ""
    sent(home, 9, "b", original)
    assert why_not(home, original) == "correct.corrected"


def test_of_a_delivery_by_period_only_a_file_of_the_same_periods_replaces_another(tmp_path: Path) -> None:
    """One that is not read yet may be of any period."""
    home = receiving.made(tmp_path / "home")
    card = home.card_path(build.COLLECTION)
    card.write_text(build.card(('delivery = "full"', 'delivery = "by_period"')), encoding="utf-8")

    def sent_line(number: int, year: int) -> Submission:
        line = build.LINES[0].replace(",2020,", f",{year},").removesuffix("7") + str(number)
        file = build.write(home.root / f"sent{number}", build.file(line))
        return receive(home, file, build.COLLECTION, DAY)

    original, other = sent_line(1, 2020), sent_line(2, 2019)
    assert why_not(home, original) == "correct.superseded"
    process(home, original)
    assert why_not(home, original) == "correct.superseded"
    process(home, other)
    assert why_not(home, original) == ""
    process(home, same := sent_line(3, 2020))
    assert same.id in cell_corrections.list_later(home, other)
    assert why_not(home, original) == "correct.superseded"


# ---- several cells at once ------------------------------------------------------------------------------


def test_several_cells_of_a_text_change_at_once_in_any_order() -> None:
    """A longer text moves all that stands after it."""
    cells = CsvCells(b'a,b,c\n1,"2",3\n4,5,6\n', ",", ("utf-8",))
    changes = [CellChange("", name, text) for name, text in (("A2", "1000"), ("C3", ""), ("B2", "x,y"))]
    assert cells.correct(changes) == b'a,b,c\n1000,"x,y",3\n4,5,\n'
    assert cells.correct(changes[::-1]) == cells.correct(changes)


def test_a_correction_without_change_or_of_other_text_than_was_shown_is_refused(home: Home) -> None:
    original = sent(home, 7)
    shown = cell_corrections.fingerprint("7")

    def refused(changes: list[tuple[CellChange, str]], reason: str = "error") -> str:
        with pytest.raises(Uncorrectable) as caught:
            cell_corrections.correct(home, original, changes, reason)
        return caught.value.sentence.key

    change = CellChange("", "J2", "70")
    assert refused([]) == "correct.nothing_changed"
    assert refused([(change, cell_corrections.fingerprint("8"))]) == "correct.cell_differs"
    assert refused([(change, shown)], "x" * 1001) == "correct.reason_length"
    content, correction = cell_corrections.correct(home, original, [(change, shown)], "x" * 1000)
    assert content == build.with_cell(2, "victimas", "70").encode()
    assert (correction.original, correction.cells, correction.senders) == (original.id, ["J2"], ["a"])


# ---- what offices said of the original ------------------------------------------------------------------


def test_explanations_of_findings_that_remain_are_repeated_by_their_office(home: Home) -> None:
    """But for one that is explained anew, and one of a finding that the correction no longer has."""
    original = sent(home, 1)
    receipts.justify(home, original, DAY, office="a", reasons={"r1": "why 1", "r2": "why 2", "r3": "why 3"})
    correction = sent(home, 2, "b", home.submission(original.id))
    findings: list[Any] = [SimpleNamespace(rule="r1"), SimpleNamespace(rule="r3")]
    original = home.submission(original.id)
    cell_corrections.repeat_justifications(home, original, correction, findings, but={"r3"})
    [kept] = home.submission(correction.id).admission_state.justifications
    assert (kept.rule, kept.reason, kept.office) == ("r1", "why 1", "a")


def test_what_was_decided_to_be_no_personal_data_stays_decided_with_its_office(home: Home) -> None:
    original = sent(home, 1)
    history = original.folder / events.EVENTS_FILE
    events.append(
        history, event="not_personal", on=str(DAY), office="a", reason="un lugar", finding="B2:name"
    )
    decided = cell_corrections.earlier_decisions(home.submission(original.id))
    assert decided == {"B2:name": "un lugar (a)"}
