"""Templates that pages lead to where nothing is on record: workbooks to fill in, by collection, language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path

from schemas.cards.template import collection_template
from schemas.words import CONTRACT_LANGUAGES
from warehouse.home import CHECKOUT, Home
from warehouse.publication.bundle import fixed_times
from warehouse.publication.template_files import write_workbook


def template_file(collection: str, lang: str) -> str:
    """Return the file name of a template, in the folder of the downloads."""
    return f"{collection.replace('/', '-')}.{lang}.xlsx"


def write_templates(collections: Iterable[str], folder: Path, day: date) -> None:
    """Write the templates of these collections, with the program's own cards."""
    folder.mkdir(exist_ok=True)
    for collection in sorted(set(collections)):
        card = Home(CHECKOUT).card(collection)
        for lang in CONTRACT_LANGUAGES:
            content = BytesIO()
            write_workbook(collection_template(collection, card, lang), content, lang)
            path = folder / template_file(collection, lang)
            fixed_times.write_file(content, path, day)
