"""Numbers, names and units as quality reports write them. No sentence is decided here."""

from __future__ import annotations

from datetime import date

from schemas.code_names import code_name, name_in_list
from schemas.codelists import UNKNOWN
from schemas.tables import DIMENSIONS
from schemas.words import say
from warehouse.home.calendar import releases_after
from warehouse.statements import series_sentences


class Gap(str):
    """A sentence on what is not documented within a concept that otherwise is."""

    __slots__ = ()


RELEASES_AHEAD = 4
"""Release days that are announced ahead: those of a year."""


def quality_text(key: str, lang: str, **facts: object) -> str:
    """Return a text of the reports."""
    return say(f"quality.{key}", lang, **facts)


def announced_days(as_of: date) -> str:
    """Return the release days that are announced on a day."""
    return ", ".join(map(str, releases_after(as_of, RELEASES_AHEAD)))


def number_text(value: float | None, digits: int = 0) -> str:
    """Return a number with a fixed number of digits, a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}"


def per_cent(part: int, total: int) -> int:
    """Return a whole percentage; 100 only if the part is the whole, 0 only if there is no part."""
    if part == total:
        return 100
    return min(99, max(1, round(100 * part / total))) if part else 0


def within_sentence(name: str) -> str:
    """Return a name with a small first letter. Acronyms and names within it keep their capitals."""
    is_acronym = name[:2].isalpha() and name[:2].isupper()
    return name if is_acronym else name[:1].lower() + name[1:]


def measure_name(measure: str, lang: str) -> str:
    """Return the name of a measure within a sentence."""
    return within_sentence(name_in_list("measure", measure, lang))


def country_name(country: str, lang: str) -> str:
    """Return the name of a country or grouping."""
    return code_name("reporting_country", "country", country, lang)


def unit_and_flow(unit: str | None, flow: str | None, lang: str) -> str:
    """Return what one unit of a value is and its flow, or that no source states it."""
    if unit is None or unit == UNKNOWN:
        return quality_text("undocumented", lang)
    return series_sentences.unit_and_flow(unit, flow or UNKNOWN, lang)


def dimension_name(name: str, lang: str) -> str:
    """Return the name of a dimension."""
    return next(d.short_name(lang) for d in DIMENSIONS if d.name == name)


def span_text(first: date, last: date | None, lang: str) -> str:
    """Return the years of a span; days if it does not begin and end with years."""
    is_yearly = (first.month, first.day) == (1, 1) and (last is None or (last.month, last.day) == (12, 31))
    start, end = (first.year, last and last.year) if is_yearly else (first, last)
    if end is None:
        return quality_text("no_end", lang, first=start)
    return f"{start}" if start == end else f"{start}–{end}"
