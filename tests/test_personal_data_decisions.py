"""Decisions of offices that a finding of the guard is no personal data: kept with name and reason, never of identities."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.decisions.personal_data_decisions import InvalidDecision, check_decisions
from assets.intake.privacy.guard import RefusedFile, refuse_if_personal
from assets.intake.submission import receive
from tests.bad_input import build
from tests.operator.personal_data import card_of
from tests.people.files import Line
from warehouse.home import Home
from warehouse.home.events import EVENTS_FILE

CARD = card_of(Line("", False, "table", "es", "", ""))
WHY = "Las brigadas llevan nombres de personas"
NAMES = "brigada,n\nAna Cruz Pérez,3\nLuis López Díaz,4\n"


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        (NAMES, "A:name"),
        ("n,medio\n3,tel. +502 5555 0100\n", "B:telephone"),
        ("n,x,y\n3,14.0818,-87.2068\n4,15.7697,-86.7919\n", "C:coordinates"),
    ],
)
def test_a_decided_finding_lets_the_file_pass(text: str, decision: str, tmp_path: Path) -> None:
    file = build.write(tmp_path, text)
    with pytest.raises(RefusedFile):
        refuse_if_personal(file, CARD)
    assert refuse_if_personal(file, CARD, decisions=[decision, "Z:name"]) == [decision]


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        (NAMES, "B:name"),  # another column
        (NAMES, "A:telephone"),  # another kind
        (
            "brigada,n\nAna Cruz Pérez,3\nAna Cruz Pérez tel. +502 5555 0100,4\n",
            "A:name",
        ),  # more in the column
        ("brigada,n\nAna Cruz Pérez,3\n,DPI 2512 45678 0101\n", "A:name"),
        ("n,pasaporte\n3,C01234567\n", "B:identity"),  # never of an identity document
    ],
)
def test_a_decision_covers_one_kind_at_one_place_and_no_identity(
    text: str, decision: str, tmp_path: Path
) -> None:
    with pytest.raises(RefusedFile):
        refuse_if_personal(build.write(tmp_path, text), CARD, decisions=[decision])


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        ("B:identity", WHY),
        ("B:bank", WHY),
        ("B:biometric", WHY),
        ("name", WHY),
        ("B:names", WHY),
        ("B:name", ""),
        ("B:name", "x" * 1001),
        ("B:name", "la señora Ana Cruz Pérez"),
    ],
)
def test_a_decision_that_cannot_be_kept_is_refused(decision: str, reason: str) -> None:
    with pytest.raises(InvalidDecision):
        check_decisions({decision: reason})


def test_office_reason_and_place_are_in_the_history_and_nothing_of_the_content(
    sound_home: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    collection = next(iter(Home(sound_home).collections()))
    folder = home.raw / collection
    folder.mkdir(parents=True)
    folder.joinpath("format.toml").write_bytes(Home(sound_home).card_path(collection).read_bytes())
    decisions = {"A:name": WHY, "B:name": WHY}
    file = build.write(tmp_path / "sent", NAMES)
    kept = receive(home, file, collection, date(2026, 1, 5), office="INM", decisions=decisions)
    history = (kept.folder / EVENTS_FILE).read_text(encoding="utf-8")
    assert history.count("not_personal") == 1  # the second was not needed
    for text in ("A:name", WHY, "INM"):
        assert text in history
    assert "Cruz" not in history
