"""Parts of the members: provinces, states, departments. A part is never read as its country here."""

from __future__ import annotations

from functools import cache

from schemas.countries.table import FOLDER
from schemas.countries.text import key


def country_of_part(name: str) -> str | None:
    """Return the country whose first division (ISO 3166-2) a text names, or None.

    A name that several members have gives the first by code. A part that bears a country's name is none.
    """
    return _parts().get(key(name))


@cache
def _parts() -> dict[str, str]:
    """Read parts.tsv: key → country."""
    with open(FOLDER / "parts.tsv", encoding="utf-8") as file:
        pairs = (line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))
        parts: dict[str, str] = {}
        for name, country in pairs:
            parts.setdefault(name, country)
        return parts
