"""Countries, territories, historic entities and areas: codes, names, and what a text means.

Groupings of states and the origin of persons are not decided here.
"""

from schemas.countries.answer import Resolution
from schemas.countries.resolver import resolve, resolve_column
from schemas.countries.table import Country, all_countries, countries_in, lookup

__all__ = [
    "Country",
    "Resolution",
    "all_countries",
    "countries_in",
    "lookup",
    "resolve",
    "resolve_column",
]
