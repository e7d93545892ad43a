"""Countries, territories, historic entities and areas: codes, names, and the meaning of a text.

Groupings of states and the origin of persons are decided elsewhere.
"""

from schemas.countries.answer import MISSPELLING, Resolution, readable_names
from schemas.countries.resolver import resolve, resolve_column
from schemas.countries.table import Country, all_countries, area_name, countries_in, lookup, regions

__all__ = [
    "MISSPELLING",
    "Country",
    "Resolution",
    "all_countries",
    "area_name",
    "countries_in",
    "lookup",
    "readable_names",
    "regions",
    "resolve",
    "resolve_column",
]
