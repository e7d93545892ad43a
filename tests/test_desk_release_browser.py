"""Releasing, going back, confirming and withdrawing in a real browser: from click to file, by the keyboard, on two screens, with axe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipelines.desk.access import Access
from pipelines.desk.release_page import refresh_of
from tests import browser
from tests.browser import Tab
from tests.test_desk import refreshes_here, served  # noqa: F401  (a fixture)
from tests.test_desk_browser import WIDTHS, seen, tab  # noqa: F401  (a fixture)
from tests.test_held import run
from tests.test_publishing import (  # noqa: F401  (fixtures)
    GOOD,
    REFUSED,
    home,
    in_force,
    kept_homes,
    refused,
    two,
    waived,
)
from warehouse.home import Home
from warehouse.release import release_store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}"),
]
REASON, OFFICE, SECOND = "la ficha cambió", "Secretaría Técnica", "Auditoría"


@contextmanager
def opened(tab: Tab, home: Home, width: int) -> Iterator[str]:  # noqa: F811
    """The page of a home, with its token, on a screen of that width."""
    access = Access()
    tab.sized(width)
    with served(home, access) as base:
        tab.open(f"{base}/?token={access.new_token()}")
        yield base


def typed(tab: Tab, **fields: str) -> None:  # noqa: F811
    """Go to each field by the keyboard and write into it."""
    for name, text in fields.items():
        tab.tab_to(f"#{name.replace('_', '-') if name.startswith('back') else name}")
        tab.run("document.activeElement.select()")
        tab.type(text)


@pytest.mark.usefixtures("refreshes_here")
@pytest.mark.parametrize("width", WIDTHS)
def test_what_two_offices_decide_is_released_over_a_refusal(width: int, refused: Home, tab: Tab) -> None:  # noqa: F811
    before = in_force(refused)
    with opened(tab, refused, width) as base:
        tab.tab_to("a[href='/release']")
        tab.enter()
        seen(tab, "refused")
        tab.sized(width)
        tab.tab_to("#question")
        assert tab.run("document.activeElement.value") == REFUSED
        typed(tab, reason=REASON, office=OFFICE, second_office=SECOND)
        tab.enter()
        thread = refresh_of(refused).thread
        assert thread is not None
        thread.join()
        tab.open(f"{base}/release")
        assert tab.run("document.getElementById('progress')") is None
        seen(tab, "released")
    assert in_force(refused) != before
    assert waived(refused) == [(REFUSED, 1, REASON, OFFICE, SECOND)]


@pytest.mark.parametrize("width", WIDTHS)
def test_an_earlier_release_is_put_in_force_and_the_newest_again(width: int, two: Home, tab: Tab) -> None:  # noqa: F811
    first, second = (folder.name for folder in release_store.releases(two))
    with opened(tab, two, width):
        tab.tab_to("a[href='/release']")
        tab.enter()
        tab.tab_to("#release")
        tab.pick(first)
        typed(tab, back_reason="un error de la fuente", back_office=OFFICE)
        tab.enter()
        assert in_force(two) == first
        assert "un error de la fuente" in tab.text()
        seen(tab, "back")
        tab.sized(width)
        tab.tab_to("form[action='/release/forth'] button")
        tab.enter()
        assert in_force(two) == second


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_held_is_let_in_and_what_is_wrong_withdrawn(width: int, home: Home, tab: Tab) -> None:  # noqa: F811
    (home.root / "mayo.csv").write_text(
        "reporting_country,period,value\nCRI,2021,10\nCRI,2022,200\n", encoding="utf-8"
    )
    assert run(home, "submit", str(home.root / "mayo.csv"), "--collection", "X/c").exit_code == 1
    held = home.submissions()[-1]
    assert held.admission_state.is_waiting
    with opened(tab, home, width):
        tab.tab_to("a[href='/release']")
        tab.enter()
        tab.tab_to(f"main a[href='/submissions/{held.id}']")
        tab.enter()
        seen(tab, "held")
        tab.sized(width)
        typed(tab, office=OFFICE, reason="se recontó")
        tab.enter()
        kept = home.submission(held.id)
        assert kept.admission_state.confirmation["reason"] == "se recontó"
        assert kept.admission_state.confirmation["office"] == OFFICE
        tab.tab_to("#withdraw summary")
        tab.key("Enter", 13, "\r")
        typed(tab, **{"office-withdraw": OFFICE, "why": "era de otro"})
        tab.enter()
        assert home.submission(held.id).withdrawn_on is not None
        seen(tab, "withdrawn")
