"""An earlier file that is handed in with a later day is said, since it would be in force over what is newer."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from assets.intake import admission, runner
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import check, process
from assets.intake.submission import receive
from schemas.findings import Finding
from tests import faults
from tests.test_held import FEB, GOOD, JAN, MAR, Rows, file_of, handed_in, run
from tests.test_vintages import new_home
from warehouse.home import Home, Submission, receipts

pytestmark = pytest.mark.slow  # for its price alone

REVISED = GOOD | {("CRI", 2001): "2150"}
"""One of twenty values is another: less than what holds a file."""
APR = date(2024, 4, 10)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an extract, and a newer one that revised a value."""
    made = new_home(tmp_path / "home")
    handed_in(made, JAN, GOOD)
    handed_in(made, FEB, REVISED)
    return made


def remarks(submission: Submission) -> list[tuple]:
    return [(f.rule, f.column_name, f.value, f.expected) for f in submission.admission_state.remarks]


def tried(home: Home, rows: Rows) -> list[Finding]:
    """What check says of it, that is no breach and no finding of the file itself."""
    return check(home, file_of(home, rows), "X/c", MAR).admission.remarks


AS_BEFORE = {("CRI", year): f"{value}.0" for (_, year), value in GOOD.items()}
"""The first extract, written otherwise: other bytes, the same values."""


def test_a_file_that_takes_a_revision_back_is_said_to_say_what_an_earlier_one_said(home: Home) -> None:
    assert [(f.rule, f.column_name, f.value, f.expected) for f in tried(home, AS_BEFORE)] == [
        ("goes_back", "X.c.2024-01-10.1", "1", "1")
    ]
    late = handed_in(home, MAR, AS_BEFORE)
    assert remarks(late) == [("goes_back", "X.c.2024-01-10.1", "1", "1")]
    assert not late.admission_state.is_waiting


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("es", "1 vuelve a lo que decía X.c.2024-01-10.1"),
        ("en", "1 repeats X.c.2024-01-10.1: this looks like an earlier file"),
    ],
)
def test_check_and_submit_and_report_say_it_and_accept_the_file(home: Home, lang: str, said: str) -> None:
    file = str(file_of(home, AS_BEFORE))
    for command in ("check", "submit"):
        told = run(home, command, file, "--collection", "X/c", "--received", str(MAR), "--lang", lang)
        assert (told.exit_code, said in told.stdout) == (0, True), told.output
    assert said in run(home, "report", "X.c.2024-03-10.1", "--lang", lang).stdout


@pytest.mark.parametrize(
    "rows",
    [
        REVISED | {("CRI", 2002): "2160"},  # another revision
        REVISED | {("CRI", 2002): "2160", ("CRI", 2001): "2101"},  # half of what changed goes back
        REVISED | {("CRI", 2020): "2200"},  # one period more
    ],
)
def test_a_newer_extract_is_not_called_old(home: Home, rows: Rows) -> None:
    assert tried(home, rows) == []


def test_a_file_with_its_own_day_of_receipt_is_not_called_old(home: Home) -> None:
    """It is not in force over what came later."""
    between = handed_in(home, date(2024, 1, 20), AS_BEFORE)
    assert remarks(between) == []


def test_small_numbers_that_are_equal_by_chance_say_nothing(tmp_path: Path) -> None:
    few: Rows = {("CRI", year): str(year % 7) for year in range(2000, 2020)}
    home = new_home(tmp_path / "home")
    handed_in(home, JAN, few)
    handed_in(home, FEB, few | {("CRI", 2001): "3"})
    again = {key: f"{value}.0" for key, value in few.items()}
    assert tried(home, again) == []


def test_an_extract_that_ends_before_what_is_in_force_is_said(tmp_path: Path) -> None:
    """The year that was running is no closed period, so that nothing holds the file which has it no more."""
    home = new_home(tmp_path / "home")
    handed_in(home, date(2024, 6, 1), GOOD | {("CRI", 2024): "90"})
    file = file_of(home, {key: f"{value}.0" for key, value in GOOD.items()})
    admitted = check(home, file, "X/c", date(2024, 7, 1)).admission
    assert [(f.rule, f.value, f.expected) for f in admitted.remarks] == [
        ("ends_earlier", "2019-01", "2024-01")
    ]


def test_of_a_delivery_by_period_an_earlier_period_is_nothing_to_say(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", delivery="by_period")
    handed_in(home, JAN, {("CRI", 2020): "40"})
    handed_in(home, FEB, {("CRI", 2021): "50"})
    assert tried(home, {("CRI", 2019): "30"}) == []
    revised = handed_in(home, date(2024, 2, 20), {("CRI", 2020): "44"})
    receipts.confirm(home, revised, FEB, office="o", reason="r")  # its one value is another, which holds it
    [remark] = tried(home, {("CRI", 2020): "40.0"})
    assert (remark.rule, remark.column_name) == ("goes_back", "X.c.2024-01-10.1")


def test_bytes_that_were_withdrawn_damaged_and_come_again_with_a_later_day(home: Home) -> None:
    """The stranger's: the remedy of a damaged file is the same file, with the day on which it first came."""
    [first, _] = home.submissions()
    file = file_of(home, GOOD)
    faults.overwrite(first.file)
    receipts.withdraw(home, home.submission(first.id), MAR, office="o", reason="w")
    again = receive(home, file, "X/c", APR)
    process(home, again)
    assert ("sent_before", first.id, str(JAN), "X.c.2024-02-10.1") in remarks(again)
    assert not again.admission_state.is_waiting


def test_what_was_withdrawn_by_mistake_counts_again_once_it_is_confirmed(home: Home) -> None:
    [_, second] = home.submissions()
    receipts.withdraw(home, second, MAR, office="o", reason="w")
    again = receive(home, file_of(home, REVISED), "X/c", APR)
    process(home, again)
    held = home.submission(again.id)
    assert [(b.rule, b.column_name) for b in held.admission_state.breaches] == [
        ("withdrawn_before", second.id)
    ]
    receipts.confirm(home, held, APR, office="o", reason="r")
    assert not home.submission(again.id).admission_state.is_waiting
    with pytest.raises(RefusedFile, match=again.id):
        receive(home, file_of(home, REVISED), "X/c", APR)


@pytest.mark.shared
def test_of_the_shipped_submissions_and_the_publishers_own_none_is_called_old(
    released_home: Path, published_home: Path
) -> None:
    """The Mexican extract of 19 June 2025 takes 71 values of 4 June back to those of May: that is true."""
    asked, of_series = 0, {"level_unlike_past_asked", "category_missing_asked", "period_revised"}
    for home in (Home(released_home), Home(published_home)):
        last = {s.collection: s for s in home.submissions()}
        for one in last.values():
            if len(home.submissions(one.collection)) > 1:
                judged = admission.compare_submission(home, one, home, partial(runner.run_all_steps, home))
                asked += bool(judged.compared_with)
                taken_back = {"goes_back"} if one.collection == "MEX-UPMRIP/nationality" else set()
                assert {remark.rule for remark in judged.remarks} <= of_series | taken_back, one.id
    assert asked >= 2
