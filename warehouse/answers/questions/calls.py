"""Calls of the contract for a question, from the places and subjects that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.groupings import DEFAULT_GROUPING
from schemas.indicators import catalogue
from schemas.questions import QuestionWords
from warehouse.answers.contract import Call
from warehouse.answers.questions import locations, subjects
from warehouse.answers.questions.locations import Location
from warehouse.answers.questions.tokens import Tokens, fits_any
from warehouse.answers.refusals import EVENTS, PERSONS
from warehouse.reading.arguments import CITIZENSHIP

REFUSE = "refuse"
"""The call of a question that is refused before any tool."""

_OF_SERIES = frozenset({"change", "trend"})
"""Tools that answer for a whole series, without a period."""

_OF_ONE_COUNTRY = frozenset({"cite", "explain", "sources"})
"""Tools without an origin. A people that they name stands for its country."""

_OF_COUNTRIES = frozenset({"law", "gaps"})
"""Tools that need no indicator. A country that they name is never an origin."""


def calls_of(tokens: Tokens, words: QuestionWords) -> tuple[Call, ...]:
    """Return the calls of a question; none if it names nothing that the release may have."""
    if any(tokens.find(pattern) for pattern in words.unknowable):
        return (Call(tool=REFUSE, arguments={"text": tokens.text, "reason": "not_registered"}),)
    locations_named = locations.read_locations(tokens, words)
    labels = subjects.period_labels(tokens, words)
    subjects_found = subjects.indicators(tokens, words)
    tool = subjects.tool(tokens, words, subjects_found[0][1] if subjects_found else ())
    if tool == "find":
        return (Call(tool=tool, arguments={"text": tokens.text}),)
    countries, origins = _countries_and_origins(locations_named, tool)
    if tool in _OF_COUNTRIES:
        return _calls_of_countries(tokens, words, tool, countries)
    indicators = _asked_indicators(tokens, subjects_found, tool) or subjects.default_indicator(tokens, words)
    by = subjects.breakdown(tokens, words, indicators[0] if indicators else None)
    adding, sums = tokens.find_words(words.adding), tokens.find_words(words.sums)
    unit = {"unit": PERSONS} if indicators and _takes_events_for_persons(tokens, words, indicators[0]) else {}
    tokens.use(adding | sums | tokens.find_words(words.persons))
    if not indicators or _is_unclear(tokens, words, has_location=bool(locations_named)):
        return ()
    if tool == "compare" and countries == [DEFAULT_GROUPING]:
        countries = []
    arguments: dict[str, Any] = {"by": by} if by else {}
    if (tool in _OF_ONE_COUNTRY or _count_by_origin(indicators[0]) is None) and not countries:
        countries, origins = origins, []
    is_comparison = tool == "compare" and len(countries) != 1
    if (
        len(indicators) > 1
        or is_comparison
        or adding
        or (len(countries) > 1 and (sums or tool == subjects.FIGURE))
    ):
        arguments |= {"period": labels[-1]} if labels else {}
        arguments |= {"add": True} if adding or sums else {}
        return (
            Call(tool="compare", arguments={"indicators": indicators, "countries": countries} | arguments),
        )
    if origins or (tool == "flows" and not subjects.is_share(indicators[0])):
        return _flow_calls(indicators[0], countries, origins, labels)
    tool = subjects.FIGURE if tool in ("compare", "flows") else tool
    arguments |= unit
    return _figure_calls(tool, indicators[0], countries, labels, arguments)


def _asked_indicators(tokens: Tokens, subjects_found: Sequence[tuple[str, set[int]]], tool: str) -> list[str]:
    """Return the indicators that a question asks for, and mark their words.

    A second one counts if the question compares, or if it is of another family.
    """
    codes: list[str] = []
    for code, positions in subjects_found:
        is_other_family = bool(codes) and catalogue()[code].family != catalogue()[codes[0]].family
        if not codes or tool == "compare" or is_other_family:
            tokens.use(positions)
            codes.append(code)
    return codes


def _countries_and_origins(locations_named: Sequence[Location], tool: str) -> tuple[list[str], list[str]]:
    """Return the countries that report, and the origins of persons.

    Of several origins and no country, the one that is not named by its people reports.
    """
    countries = [location for location in locations_named if not location.is_origin]
    origins = [location for location in locations_named if location.is_origin]
    if not countries and (len(origins) > 1 or tool in _OF_COUNTRIES):
        countries = [location for location in origins if not location.is_demonym] or origins
        origins = [location for location in origins if location not in countries]
    return _codes(countries), _codes(origins)


def _codes(locations_named: Sequence[Location]) -> list[str]:
    return list(dict.fromkeys(location.code for location in locations_named))


def _calls_of_countries(
    tokens: Tokens, words: QuestionWords, tool: str, countries: Sequence[str]
) -> tuple[Call, ...]:
    """Return the calls about laws or gaps; a family that is not named is the first of the words."""
    family = tokens.find_best(words.families)
    tokens.use(family[1] if family else ())
    arguments: dict[str, Any] = {"family": family[0] if family else next(iter(words.families))}
    element = tokens.find_best(words.elements) if tool == "law" else None
    if element:
        tokens.use(element[1])
        arguments["element"] = element[0]
    return tuple(Call(tool=tool, arguments={"country": country} | arguments) for country in countries)


def _flow_calls(
    indicator: str, countries: Sequence[str], origins: Sequence[str], labels: Sequence[str]
) -> tuple[Call, ...]:
    """Return the calls for countries of origin. An indicator without them is asked for them, and refuses."""
    indicator_by_origin = _count_by_origin(indicator)
    # its own nationals, such as those repatriated
    if indicator_by_origin is None and set(origins) <= set(countries):
        return _figure_calls(subjects.FIGURE, indicator, countries, labels, {})
    period: dict[str, Any] = {"period": labels[-1]} if labels else {}
    calls = []
    for country in countries or [""]:
        for origin in origins or [""]:
            by: dict[str, Any] = {"origin": origin} if indicator_by_origin else {"by": {CITIZENSHIP: origin}}
            arguments = {"country": country} | by | {"indicator": indicator_by_origin or indicator} | period
            present = {name: value for name, value in arguments.items() if value}
            calls.append(Call(tool="flows" if indicator_by_origin else "figure", arguments=present))
    return tuple(calls)


def _count_by_origin(indicator: str) -> str | None:
    """Return the count by country of origin for the measure of an indicator, or None."""
    measure = catalogue()[indicator].measure
    for code, entry in catalogue().items():
        if entry.measure == measure and entry.form == "count" and CITIZENSHIP in entry.slices:
            return code
    return None


def _takes_events_for_persons(tokens: Tokens, words: QuestionWords, indicator: str) -> bool:
    """Return whether a question about events begins with persons: "how many people crossed"."""
    persons = tokens.find_words(words.persons)
    first = min(persons, default=len(tokens.folded))
    begins = all(
        fits_any(word, words.stop_words) or subjects.is_unknown(word, words) for word in tokens.folded[:first]
    )
    return bool(persons) and begins and catalogue()[indicator].unit == EVENTS


def _is_unclear(tokens: Tokens, words: QuestionWords, *, has_location: bool) -> bool:
    """Return whether words that are not known leave open what is asked.

    Unknown are a place, a breakdown, or any word of a question that names no country.
    """
    unknown = {
        position
        for position, word in enumerate(tokens.folded)
        if position not in tokens.used_positions and subjects.is_unknown(word, words)
    }
    is_breakdown = any(fits_any(tokens.folded[position - 1], words.breakdowns) for position in unknown - {0})
    return locations.names_unknown_place(tokens, words) or is_breakdown or bool(unknown and not has_location)


def _figure_calls(
    tool: str, indicator: str, countries: Sequence[str], labels: Sequence[str], arguments: dict[str, Any]
) -> tuple[Call, ...]:
    """Return the calls of one indicator: one for each country and period."""
    periods = [{}] if tool in _OF_SERIES or not labels else [{"period": label} for label in labels]
    if tool != subjects.FIGURE:
        arguments = {name: value for name, value in arguments.items() if name != "unit"}
    return tuple(
        Call(tool=tool, arguments={"indicator": indicator, "country": country} | arguments | period)
        for country in countries or [DEFAULT_GROUPING]
        for period in periods
    )
