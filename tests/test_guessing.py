"""Which collection a file is of, by its header: publishers' own files, templates, and what is like no collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.drafting.collection_guesses import guess_collections
from schemas.cards.template import collection_template
from tests.conftest import PUBLISHED, SHARED
from warehouse.home import Home
from warehouse.publication.template_files import write_workbook

ALIKE = (
    {"HND-INM/nationality", "MEX-UPMRIP/nationality"},
    {"PAN-SNM/darien_nationality", "MEX-UPMRIP/nationality"},
    {"USA-OVC/clients", "USA-OVC/clients_2012"},
)
"""Tables of one publisher with the same header: a person chooses."""
WITH_QUARTERS = "mex_upmrip_nationality_2025-02-07.csv"
"""The one extract of its collection that has a column of quarters, as that of Darién has."""


@pytest.mark.shared
@pytest.mark.parametrize(
    ("collection", "name"), [(c, name) for c, name, _ in PUBLISHED if name.endswith((".csv", ".xls"))]
)
def test_a_publisher_s_file_is_recognised(collection: str, name: str, tmp_path: Path) -> None:
    found = guess_collections(Home(tmp_path), SHARED / "data" / name)
    alike = [names for names in ALIKE if collection in names and len(found) > 1]
    if collection == "MEX-UPMRIP/nationality":
        alike = [
            names for names in alike if ("PAN-SNM/darien_nationality" in names) == (name == WITH_QUARTERS)
        ]
    assert set(found) in (alike or [{collection}])


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "nombre\nx\n"])
def test_what_is_like_no_collection_is_not_guessed(content: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content, encoding="utf-8")
    assert guess_collections(Home(tmp_path), file) == []


def test_a_template_names_its_collection(tmp_path: Path) -> None:
    home = Home(tmp_path)
    name = next(name for name in home.collections() if name.endswith("/victims"))
    path = tmp_path / "a.xlsx"
    write_workbook(collection_template(name, home.card(name), "es"), path, "es")
    assert guess_collections(home, path) == [name]
