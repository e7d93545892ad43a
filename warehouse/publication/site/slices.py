"""An indicator by sex, age and form: small plots of each combination of codes, of which a reader chooses.

The rows of a release decide: a slice is a combination that a preferred source reports for a year of a member.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from schemas.code_names import name_in_list
from schemas.codelists import TOTAL, codelist
from schemas.flags import flags_with_effect, has_flag
from schemas.groupings import DEFAULT_GROUPING
from schemas.tables import DIMENSIONS, total_rows
from schemas.words import say
from warehouse.publication.site import country_plots, wording
from warehouse.publication.site.facts import Facts, columns_of
from warehouse.publication.site.part import Choice, DataRow, Part, Slice
from warehouse.statements import headlines

if TYPE_CHECKING:
    from schemas.tables.rows import IndicatorValuesRow
    from warehouse.publication.site.query_rows import DrawnFigure

_CHOSEN = tuple(d for d in DIMENSIONS if d.slice and d.values == "codes")
CHOICES = tuple(d.name for d in _CHOSEN)
"""Dimensions of which a reader may choose a code."""
Codes = tuple[str, ...]
"""A code of each chosen dimension."""


def slices_part(facts: Facts, indicator: str, lang: str) -> Part | None:
    """Return the part of a page with the slices of an indicator, or None if it has no slice."""
    rows_by_slice = slice_rows(facts, indicator, lang)
    if not any(map(_is_detailed, rows_by_slice)):
        return None
    slices = [_slice(facts, indicator, codes, rows, lang) for codes, rows in rows_by_slice.items()]
    choices = _choices(rows_by_slice, lang)
    first, every_row = slices[0], [row for rows in rows_by_slice.values() for row in rows]
    return Part(
        id="slices",
        question=say("site.slice.question", lang, dimensions=_enumeration(choices, lang)),
        sentence=say("site.slice.sentence", lang),
        caveat=say("site.slice.caveat", lang),
        picture=first.picture,
        file=first.file,
        rows=first.rows,
        slices=slices,
        dimensions=choices,
        choices=[
            (member, facts.name(member, lang))
            for member in country_plots.members_with_figures(facts, every_row, lang)
        ],
    )


def slice_rows(facts: Facts, indicator: str, lang: str) -> dict[Codes, list[DrawnFigure]]:
    """Return the rows of each slice, one for every member and year; the total is the last slice."""
    values: dict[Codes, dict[tuple[str, int], IndicatorValuesRow]] = defaultdict(dict)
    for row in _reported_rows(facts, indicator):
        values[_codes(row)][row["reporting_country"], row["year"]] = row
    return {
        codes: [*_whole_years(facts, indicator, values[codes], codes, lang)]
        for codes in sorted(values, key=_position)
    }


def _codes(row: DataRow) -> Codes:
    return tuple(str(code) for code in columns_of(row, CHOICES).values())


def _reported_rows(facts: Facts, indicator: str) -> list[IndicatorValuesRow]:
    """Return the yearly values of members by slice, one for a year as in the totals of the labelled layer.

    Empty where the page has a picture of each code already.
    """
    if any(codes for codes, _ in facts.parts(indicator)):
        return []
    return facts.rows(
        "SELECT * FROM baseline.indicator_values "
        "WHERE indicator = $indicator AND list_contains($members, reporting_country) AND preferred "
        "AND frequency = 'A' AND panel = '_Z' AND pooled_years = 1 AND denominator_basis IN ('_Z', 'all') "
        f"AND {total_rows('baseline.indicator_values', besides=CHOICES)} "
        f"QUALIFY row_number() OVER (PARTITION BY reporting_country, year, {', '.join(CHOICES)} "
        "ORDER BY period_end DESC, measure) = 1 ORDER BY ALL",
        indicator=indicator,
        members=facts.members,
    )


def _whole_years(
    facts: Facts,
    indicator: str,
    values: Mapping[tuple[str, int], IndicatorValuesRow],
    codes: Codes,
    lang: str,
) -> Iterator[DrawnFigure]:
    """Yield the rows of a slice with their texts, and an empty one where a member reported nothing."""
    years, unit = [year for _, year in values], next(iter(values.values()))["unit"]
    for year in range(min(years), max(years) + 1):
        with_value = {member for member, value_year in values if value_year == year}
        for member in sorted(with_value.union(facts.members_of(DEFAULT_GROUPING, date(year, 12, 31)))):
            row = values.get((member, year))
            empty = {
                "indicator": indicator,
                "reporting_country": member,
                "year": year,
                "period": str(year),
                "unit": unit,
                "value_low": None,
                "value_high": None,
                "flag": None,
                "collection": None,
                "how": "not_reported",
                f"value_{lang}": say("headline.not_reported", lang),
                f"flags_{lang}": None,
            }
            shown_row = with_texts(row, lang) if row else empty
            yield cast("DrawnFigure", shown_row | dict(zip(CHOICES, codes, strict=True)))


def with_texts(row: IndicatorValuesRow, lang: str) -> dict[str, object]:
    """Return a row as the labelled layer has it: an open bound is infinite, a doubtful value only a text."""
    is_doubted = has_flag(row["flag"], *flags_with_effect("out_of_sums"))
    low, high = row["value_low"], row["value_high"]
    if low is not None and high is None:
        high = math.inf
    how, words = headlines.kind_and_text(low, high, row["unit"], is_doubted, lang)
    bounds = {"value_low": None, "value_high": None} if is_doubted else {"value_low": low, "value_high": high}
    texts = {f"value_{lang}": words, f"flags_{lang}": headlines.flags(row["flag"], lang)}
    return {**row, **bounds, "how": how, **texts}


def _is_detailed(codes: Codes) -> bool:
    return any(code != TOTAL for code in codes)


def _position(codes: Codes) -> tuple[Any, ...]:
    """Return the order of slices: fewest details first, as dimensions and lists have them; the total last."""
    details = [_list_position(name, code) for name, code in zip(CHOICES, codes, strict=True)]
    return not _is_detailed(codes), sum(map(bool, details)), [not detail for detail in details], details


def _list_position(list_name: str, code: str) -> int:
    """Return the position of a code in its list; 0 for the total, which is first."""
    return [*codelist(list_name)].index(code)


def _slice(facts: Facts, indicator: str, codes: Codes, rows: Sequence[DrawnFigure], lang: str) -> Slice:
    title, file = slice_title(codes, lang), f"{indicator}-by-{'-'.join(codes)}"
    return Slice(
        codes=dict(zip(CHOICES, codes, strict=True)),
        title=title,
        file=file,
        picture=country_plots.draw(facts, rows, title, file, lang),
        rows=country_plots.picture_rows(rows, "flag", *CHOICES),
    )


def slice_title(codes: Codes, lang: str) -> str:
    """Return a slice in words: `Sex: female. Age group: 0 to 17 years`."""
    parts = [
        f"{d.short_name(lang)}: {wording.phrase(name_in_list(d.name, code, lang))}"
        for d, code in zip(_CHOSEN, codes, strict=True)
        if code != TOTAL
    ]
    return ". ".join(parts) or say("site.slice.total", lang)


def _choices(slices: Iterable[Codes], lang: str) -> list[Choice]:
    """Return the dimensions with more than one code, and the codes of each in the order of their list."""
    columns = zip(_CHOSEN, zip(*slices, strict=True), strict=True)
    return [
        Choice(
            d.name,
            d.short_name(lang),
            [
                (code, say("site.slice.all", lang) if code == TOTAL else name_in_list(d.name, code, lang))
                for code in codelist(d.name)
                if code in codes
            ],
        )
        for d, codes in columns
        if {*codes} != {TOTAL}
    ]


def _enumeration(choices: Sequence[Choice], lang: str) -> str:
    """Return the names of dimensions as an enumeration within a sentence."""
    *others, last = (wording.phrase(choice.name) for choice in choices)
    return say("site.slice.and", lang, first=", ".join(others), last=last) if others else last
