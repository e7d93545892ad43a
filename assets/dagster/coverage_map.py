"""The map of coverage in Dagster's page, as the region's page shows it: who reported, year by year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from schemas.pages import table
from schemas.words import CONTRACT
from warehouse.home import Home, settings


def metadata(home: Home) -> dict[str, Any]:
    """The map of what is in force as Markdown, and where the pages lie that say more.

    None where no pages are wanted. What stops it is said in its place and stops no release.
    """
    if not settings.makes_site():
        return {}
    try:
        shown = markdown(home.current)
    except Exception as error:
        shown = f"{type(error).__name__}: {error}"
    return {
        "coverage": dg.MetadataValue.md(shown),
        "site": dg.MetadataValue.path(str(home.site / "index.html")),
    }


def markdown(file: Path) -> str:
    """Members by years, a mark a year; below, what each mark means in each language."""
    from warehouse import Warehouse  # here: the pages load pandas and the pictures
    from warehouse.publication.site import region
    from warehouse.publication.site.facts import Facts

    with Warehouse.open(file) as warehouse:
        facts = Facts(warehouse)
        shown = {lang: region.coverage_map(facts, lang) for lang in CONTRACT}
    first = shown[CONTRACT[0]]
    head = ["", *map(str, first["years"])]
    lines = [[line["code"], *(cell["mark"] for cell in line["cells"])] for line in first["lines"]]
    key = [
        f"- {cells[0]['mark']} {' / '.join(cell['told'] for cell in cells)}"
        for cells in zip(*(one["key"] for one in shown.values()), strict=True)
    ]
    return "\n".join([table(head, lines), "", *key])
