"""Questions without a right answer, and the rules that refuse them. The sentences are in schemas/words."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.code_names import code_name
from schemas.countries.parts import country_of_part
from schemas.groupings import DEFAULT_GROUPING
from schemas.indicators import catalogue
from warehouse.answers.contract import Call, Reason

PERSONS, EVENTS = "persons", "events"


class NotAnswerable(Exception):
    """A question without a right answer: reason, facts of its sentence, and calls that have an answer."""

    def __init__(self, reason: Reason, alternatives: Sequence[Call] = (), **facts: object) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.facts, self.alternatives = facts, tuple(alternatives)


def refuse_events_as_persons(indicator: str, unit: str, country: str, lang: str) -> None:
    """Raise NotAnswerable if a count of events is asked for as a count of persons."""
    entry = catalogue()[indicator]
    if unit == PERSONS and entry.unit == EVENTS:
        raise NotAnswerable(
            "events_as_persons", [figure_call(indicator, country)], what=getattr(entry.name, lang)
        )


def refuse_mixture(indicators: Sequence[str]) -> None:
    """Raise NotAnswerable if indicators are of several families or units."""
    entries = [catalogue()[indicator] for indicator in indicators]
    reasons: tuple[tuple[str, Reason], ...] = (("family", "families_mixed"), ("unit", "units_mixed"))
    for attribute, reason in reasons:
        if len({getattr(entry, attribute) for entry in entries}) > 1:
            raise NotAnswerable(reason, [figure_call(indicator) for indicator in indicators])


def refuse_sum(indicators: Sequence[str]) -> None:
    """Raise NotAnswerable: bounds and sources of several series are never added here.

    The published sums are those of the groupings.
    """
    raise NotAnswerable("sum_of_series", [figure_call(indicator) for indicator in indicators])


def refuse_part_of_a_country(name: str, lang: str) -> None:
    """Raise NotAnswerable if a name is that of a province, state or department."""
    if country := country_of_part(name):
        raise NotAnswerable("part_of_a_country", part=name, country=code_name("", "country", country, lang))


def figure_call(indicator: str, country: str = DEFAULT_GROUPING) -> Call:
    """Return the call of one figure."""
    return Call(tool="figure", arguments={"indicator": indicator, "country": country or DEFAULT_GROUPING})
