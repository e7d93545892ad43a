"""The operator's tests in their short form, one a part; and how their chapter of the page is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import faults
from tests.hard_times import apart
from tests.operator import report
from tests.operator.parts import measured, names
from warehouse.home import Home

MEASURED_ELSEWHERE = "personal_data"
"""Its short form is all of it, and tests/test_personal_data.py asks the same of each half."""


@pytest.fixture
def one_sound_home(sound_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that need a sound home take a copy of that of all tests."""
    monkeypatch.setattr(faults, "sound_home", lambda root: faults.copy(Home(sound_home), root))


@pytest.fixture(scope="module", autouse=True)
def forked_from_ends() -> Iterator[None]:
    """What the parts are forked from ends with them, so that its cost is counted here."""
    yield
    apart.end()


@pytest.mark.slow
@pytest.mark.usefixtures("one_sound_home")
@pytest.mark.parametrize("name", [name for name in names() if name != MEASURED_ELSEWHERE])
@pytest.mark.operator("2", "damaged workbooks")
@pytest.mark.operator("8", "kills")
@pytest.mark.operator("8", "concurrency")
@pytest.mark.operator("8", "measured again")
def test_nothing_fails_in_the_short_form(name: str) -> None:
    assert measured(name, short=True)["failed"] == []


def test_all_that_was_measured_by_hand_is_a_part() -> None:
    asked = {
        "damaged workbooks": "workbooks",
        "kills": "kills",
        "torn writes": "torn_writes",
        "faults": "recovery",
    }
    asked |= {
        "personal data": "personal_data",
        "concurrency": "doors",
        "the inbox": "inbox",
        "bytes": "integrity",
    }
    assert set(names()) >= set(asked.values())


@pytest.mark.operator("8", "rendered")
def test_the_chapter_says_command_commit_rows_and_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "title", str.capitalize)
    found = {"rows": [{"tried": "a|b", "n": 2}, {"tried": "c"}], "remarks": ["So."], "failed": ["c fell"]}
    lines = report.page({"inbox": {"commit": "abc", "command": "python -m x", **found}}).splitlines()
    assert "## Inbox" in lines
    assert "`python -m x` at commit abc." in lines
    assert lines[lines.index("| tried | n |") + 2 :][:2] == ["| a\\|b | 2 |", "| c |  |"]
    assert ["Failed: **1**." in lines, "- c fell" in lines] == [True, True]
