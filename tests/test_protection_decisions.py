"""What members and cards decide about protected collections: agreement, further draws, a larger threshold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from schemas.grammar import CardError
from tests import faults
from tests.agreements import agree, entry
from tests.conftest import release
from tests.test_protected_release import AS_OF, COUNTS, LATER, bounds, cells_of, send, table
from warehouse.home import CARD, CHECKOUT, Home, decisions_file

pytestmark = pytest.mark.slow  # it takes releases of its own

TOTAL, QUARTER = ("CRI", "2023", "_T", "_T"), ("CRI", "2023-Q1", "_T", "_T")


def year(*members: str, value: int = 50) -> list[tuple[str, str, int]]:
    return [(member, f"2023-Q{n}", value) for member in members for n in range(1, 5)]


def refresh(home: Home, day: date) -> None:
    code, text = faults.run(home, "refresh", "--unattended", "--as-of", str(day), "--lang", "en")
    assert code == 0, text


def members(home: Home) -> set[str]:
    return {cell[0] for cell in bounds(home)}


def test_a_member_is_first_released_once_it_has_agreed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    send(home, table(year("CRI", "PAN")), date(2024, 2, 1), COUNTS)
    decisions_file.rewrite(home, COUNTS, add=entry("agreement", "2023", date(2024, 1, 1), "PAN"))
    refresh(home, AS_OF)
    assert members(home) == {"PAN"}
    status = faults.run(home, "status", "--lang", "en")[1]
    assert "CRM-TS/victims, CRI, 2023: The member has not agreed" in status
    with duckdb.connect(home.current, read_only=True) as db:
        left = db.execute(
            "SELECT DISTINCT reporting_country, status FROM baseline.protected_years WHERE status <> 'shown'"
        ).fetchall()
    assert left == [("CRI", "not_agreed")]
    decisions_file.rewrite(home, COUNTS, add=entry("agreement", "2023", date(2024, 5, 1), "CRI"))
    refresh(home, LATER)
    assert {"CRI", "PAN"} <= members(home)


def test_an_agreement_holds_from_its_period_on_and_for_what_was_released_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    rows = year("CRI") + [("CRI", f"2022-Q{n}", 60) for n in range(1, 5)]
    send(home, table(rows), date(2024, 2, 1), COUNTS)
    decisions_file.rewrite(home, COUNTS, add=entry("agreement", "2023", date(2024, 1, 1), "CRI"))
    refresh(home, AS_OF)
    assert {cell[1][:4] for cell in bounds(home)} == {"2023"}
    decisions_file.rewrite(home, COUNTS, remove=lambda one: one[0] == "agreement")
    refresh(home, LATER)
    assert {cell[1][:4] for cell in bounds(home)} == {"2022", "2023"}


@pytest.mark.parametrize(("decided_on", "is_drawn"), [(date(2026, 2, 1), True), (date(2025, 12, 1), False)])
def test_after_the_last_draw_details_change_by_decision_only(
    tmp_path: Path, decided_on: date, is_drawn: bool
) -> None:
    home = Home(tmp_path)
    for day, value in ((AS_OF, 100), (date(2025, 1, 15), 110), (date(2026, 1, 15), 120)):
        send(home, table([*year("CRI", value=100)[1:], ("CRI", "2023-Q1", value)]), day, COUNTS)
        release(home, day)
    send(home, table([("CRI", "2023-Q1", 150)]), date(2026, 2, 1), COUNTS)
    release(home, date(2026, 4, 15))
    stale = cells_of(home)[QUARTER]
    assert (stale["flag"], stale["revised_on"]) == ("perturbed+details_await_revision", None)
    decisions_file.rewrite(home, COUNTS, add=entry("new_draw", "2023", decided_on, "CRI"))
    release(home, date(2026, 7, 15))
    drawn = cells_of(home)[QUARTER]
    assert (drawn["flag"] == "perturbed") is is_drawn
    assert (drawn["value_low"] <= 150 <= drawn["value_high"]) is is_drawn


def test_a_card_may_ask_for_a_larger_threshold(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = home.raw / COUNTS / CARD
    path.parent.mkdir(parents=True)
    path.write_text((CHECKOUT / "raw" / COUNTS / CARD).read_text("utf-8") + "threshold = 10\n", "utf-8")
    send(home, table(year("CRI", value=2)), date(2024, 2, 1), COUNTS)
    agree(home)
    refresh(home, AS_OF)
    assert bounds(home)[TOTAL] == (1, 9)


def test_only_a_protected_card_has_a_threshold(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = home.raw / "X" / "c" / CARD
    path.parent.mkdir(parents=True)
    text = (CHECKOUT / "raw" / COUNTS / CARD).read_text("utf-8")
    path.write_text(text.replace('"small_counts"', '"open"') + "threshold = 10\n", "utf-8")
    with pytest.raises(CardError, match="threshold"):
        home.card("X/c")
