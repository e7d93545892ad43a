"""The name of a code that stands in a column: a country's, a grouping's, a list's. No code is listed here."""

from __future__ import annotations

from schemas import codelists, countries
from schemas.codelists import codelist


def code_name(listed: str, values: str, code: str, lang: str) -> str:
    """A code's name in a language, by its list or the countries; itself where neither has it."""
    if values == "country":
        try:
            return countries.lookup(code).name(lang)
        except KeyError:
            return (
                coded("grouping", code, lang)
                if code in codelist("grouping")
                else coded("origin_code", code, lang)
            )
    return coded(listed, code, lang) if listed in codelists.names() else code


def coded(listed: str, code: str, lang: str) -> str:
    """A code's name in a language by its list; itself where the list has it not."""
    codes = codelist(listed)
    return codes[code].name(lang) if code in codes else code
