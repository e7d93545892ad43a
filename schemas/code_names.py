"""Names of codes in a language: of countries, groupings and code lists. No code is listed here."""

from __future__ import annotations

from schemas import codelists, countries
from schemas.codelists import codelist


def code_name(list_name: str, values: str, code: str, lang: str) -> str:
    """Return the name of a code in a language, from its list or from the countries.

    Returns the code itself if neither has it.
    """
    if values == "country":
        try:
            return countries.lookup(code).name(lang)
        except KeyError:
            return (
                name_in_list("grouping", code, lang)
                if code in codelist("grouping")
                else name_in_list("origin_code", code, lang)
            )
    return name_in_list(list_name, code, lang) if list_name in codelists.names() else code


def name_in_list(list_name: str, code: str, lang: str) -> str:
    """Return the name of a code in a list, or the code itself if the list does not have it."""
    codes = codelist(list_name)
    return codes[code].name(lang) if code in codes else code
