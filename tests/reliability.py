"""docs/reliability.md: what `tests.hostile`, `tests.operator` and `tests.network` measured, and what was tried by hand."""

from __future__ import annotations

from tests import planted_bugs
from tests.hostile import page as hostile
from tests.hostile import report as spoilt
from tests.network import report as network
from tests.operator import recovered
from tests.operator import report as operator
from warehouse.home import CHECKOUT

PAGE = CHECKOUT / "docs" / "reliability.md"


def page() -> str:
    """The page for the last reports."""
    measured = operator.page(told) if (told := operator.kept()) else ""
    return (
        hostile.page(spoilt.kept())
        + measured
        + network.page(network.kept())
        + recovered.page()
        + planted_bugs.page()
    )


def render() -> None:
    """Write the page from the last reports."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    render()
