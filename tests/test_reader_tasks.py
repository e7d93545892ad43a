"""The readers' five tasks on the pages of the shipped release: right answers, few presses, in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.words import CONTRACT_LANGUAGES
from tests import browser, reader_tasks
from tests.browser import Tab
from tests.test_site_browser import folder, tab
from warehouse import Warehouse
from warehouse.home import Home

__all__ = ["folder", "tab"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}"),
]


@pytest.mark.parametrize("task", reader_tasks.TASKS, ids=lambda task: task.do.__name__)
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_task_is_done_with_nothing_but_the_pages(
    lang: str, task: reader_tasks.Task, folder: Path, tab: Tab, released_home: Path
) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as warehouse:
        result = reader_tasks.attempt(task, tab, folder, warehouse, lang)
    assert result.is_good, result.line()


def test_a_page_with_another_answer_is_found(folder: Path, tab: Tab, released_home: Path) -> None:
    """The same reader, when the page's answer and its cell are changed under its eyes."""

    class Deceived(reader_tasks.Reader):
        def read(self, element: str) -> str:
            super().read(element)
            return "No."

    with Warehouse.open(Home(released_home).current, lang="en") as warehouse:
        for task in (reader_tasks.journalist, reader_tasks.adviser):
            reader = Deceived(tab, folder, "en")
            reader.begin()
            assert task(reader, warehouse)
