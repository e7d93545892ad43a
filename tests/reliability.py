"""docs/reliability.md: what `python -m tests.hostile` and `python -m tests.operator` measured, a chapter each."""

from __future__ import annotations

import json

from tests.hostile import page as hostile
from tests.operator import report as operator
from warehouse.home import CHECKOUT

PAGE = CHECKOUT / "docs" / "reliability.md"


def page() -> str:
    """The page for the last reports."""
    report = json.loads(hostile.REPORT.read_text(encoding="utf-8"))
    return hostile.page(report) + (operator.page(told) if (told := operator.kept()) else "")


def render() -> None:
    """Write the page from the last reports."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    render()
