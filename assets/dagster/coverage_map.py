"""Map of coverage in Dagster's page, as on the page of the region: which country reported in which year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from schemas.pages import table
from schemas.words import CONTRACT_LANGUAGES
from warehouse.environment import settings
from warehouse.home import Home


def coverage_metadata(home: Home) -> dict[str, Any]:
    """Return the map of the release in force as Markdown, and the path of the pages.

    Empty if the deployment makes no pages. An error replaces the map and does not stop the release.
    """
    if not settings.makes_site():
        return {}
    try:
        text = render_map(home.current)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    return {
        "coverage": dg.MetadataValue.md(text),
        "site": dg.MetadataValue.path(str(home.site / "index.html")),
    }


def render_map(file: Path) -> str:
    """Render countries by years, a mark for each year, and a legend in each language."""
    from warehouse import Warehouse  # imported here because the pages load pandas and the charts
    from warehouse.publication.site import region
    from warehouse.publication.site.facts import Facts

    with Warehouse.open(file) as warehouse:
        facts = Facts(warehouse)
        maps = {lang: region.coverage_map(facts, lang) for lang in CONTRACT_LANGUAGES}
    first_map = maps[CONTRACT_LANGUAGES[0]]
    header = ["", *map(str, first_map["years"])]
    lines = [[line["code"], *(cell["mark"] for cell in line["cells"])] for line in first_map["lines"]]
    legend = [
        f"- {cells[0]['mark']} {' / '.join(cell['told'] for cell in cells)}"
        for cells in zip(*(language_map["key"] for language_map in maps.values()), strict=True)
    ]
    return "\n".join([table(header, lines), "", *legend])
