"""Renders what of the documents shows a release: pages of docs/, notebooks, pictures of charts and of the site.

For maintainers: `make docs`, of the shipped submissions as of the tests' day; `make docs ARGS=HOME` of a home that
was released before. Pictures of pages need Chromium (tests/browser.py); without it they stay as they are.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests import browser, notebooks
from tests.conftest import release_shipped
from warehouse import Warehouse, charts
from warehouse.home import CHECKOUT, Home
from warehouse.publication import site

PICTURES = CHECKOUT / "docs" / "pictures"
LARGEST = 200_000
"""Bytes of a picture at most: every clone carries it."""
SCREEN = (1280, 900)
SHADES = 256
"""Colours of a picture."""
PAGES = {"site_{lang}": "{lang}/index.html", "member_{lang}": "{lang}/HND.html"}


def write(root: Path) -> None:
    """Write all of it from a released home."""
    os.environ["LINEABASE_HOME"] = str(root)
    from schemas.pages import write as write_pages
    from warehouse.publication import analysts, collection_pages, errata

    current = Home(root).current
    write_pages("analysts", lambda lang: analysts.page(current, lang))
    with Warehouse.open(current) as warehouse:
        write_pages("collections", lambda lang: collection_pages.page(warehouse.connection, lang))
        write_pages("errata", lambda lang: errata.page(warehouse.connection, lang))
        draw_charts(warehouse)
        if not browser.CHROMIUM:
            print("No Chromium: the pictures of the site stay as they are.")
        else:
            with tempfile.TemporaryDirectory() as folder:
                photograph(site.write(warehouse, Path(folder) / "site", on_paper=False).index.parent)
    for source in notebooks.SOURCES:
        notebooks.render(source)


def draw_charts(warehouse: Warehouse) -> None:
    """The chart that the READMEs show."""
    for lang in ("es", "en"):
        drawn = charts.origin_by_year(
            warehouse, "UNODC/glotip", lang, reporting_country="USA", measure="victims_detected"
        )
        save(charts.png(drawn, scale=1.5), PICTURES / f"origin_{lang}.png")


def photograph(folder: Path) -> None:
    """The upper screen of the site's first pages."""
    with browser.tab() as tab:
        for lang in ("es", "en"):
            for name, page in PAGES.items():
                tab.sized(*SCREEN)
                tab.open((folder / page.format(lang=lang)).as_uri())
                save(tab.screen(), PICTURES / f"{name.format(lang=lang)}.png")


def save(png: bytes, path: Path) -> None:
    """A picture with few colours, so that it is small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(SHADES, kmeans=2, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, path


if __name__ == "__main__":
    if sys.argv[1:]:
        write(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as made:
            release_shipped(Path(made))
            write(Path(made))
