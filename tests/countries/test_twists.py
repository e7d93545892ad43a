"""Names of the table of countries, written as files write them: each is its own country or refused."""

from __future__ import annotations

import pytest

from schemas.countries import all_countries
from tests.countries.fresh_names import PLAIN, REFUSED, TWISTS, Name, score

RIGHT = 0.98
"""Part of the names that are read; the others are refused, such as Congo and Guinea."""


def _names() -> list[Name]:
    """Return the Spanish, English and French names of the countries in force, every third of them."""
    countries = [country for country in all_countries() if country.alpha2 and country.kind != "historic"]
    return [
        Name(name, language, country.code, country.alpha2 or "")
        for country in countries[::3]
        for language, name in (("es", country.name_es), ("en", country.name_en), ("fr", country.name_fr))
    ]


@pytest.mark.parametrize("ways", [PLAIN, TWISTS], ids=["plain", "twists"])
def test_a_name_is_read_as_files_write_it(ways: dict[str, object]) -> None:
    found = score(_names(), ways)  # type: ignore[arg-type]
    decided = found["right"] + found["refused"]
    assert (found["wrong"], found["right"] / decided >= RIGHT) == (0, True), found


@pytest.mark.parametrize("way", REFUSED)
def test_a_contradiction_or_a_doubt_is_refused(way: str) -> None:
    """A wrong code, a choice, a cut and a prefix give no citizenship of another country, and no list."""
    found = score(_names(), {way: REFUSED[way]}, refused=True)
    assert found["refused"] > 0
    assert found["wrong"] == 0
