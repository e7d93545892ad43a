"""Which country is a member of which grouping of states, and from when to when.

What a grouping means for a person's origin is origin.py's.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

DEFAULT = "CRM"
"""The grouping that the project is for: the Regional Conference on Migration."""

_FILE = Path(__file__).parent / "members.csv"


@dataclass(frozen=True, slots=True)
class Membership:
    """One span of membership; `valid_to` is its last day, None while it lasts."""

    grouping: str
    member: str
    valid_from: date
    valid_to: date | None
    source: str
    note: str

    def holds(self, on: date) -> bool:
        """Whether the country is a member on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class UnknownGrouping(LookupError):
    """A name that members.csv does not hold."""

    def __init__(self, grouping: str) -> None:
        known = ", ".join(groupings())
        super().__init__(f"no grouping is called {grouping!r}; members.csv has: {known}")


@cache
def _memberships() -> tuple[Membership, ...]:
    with open(_FILE, encoding="utf-8", newline="") as file:
        return tuple(
            Membership(
                grouping=row["grouping"],
                member=row["member"],
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                source=row["source"],
                note=row["note"],
            )
            for row in csv.DictReader(file)
        )


def load() -> list[Membership]:
    """Every span of every grouping, in the order of the file."""
    return list(_memberships())


def groupings() -> list[str]:
    """The names of the groupings, in the order of the file."""
    return list(dict.fromkeys(span.grouping for span in _memberships()))


@cache
def members(grouping: str, on: date) -> frozenset[str]:
    """The alpha-3 codes of the members on that day; UnknownGrouping for a name not held."""
    if grouping not in groupings():
        raise UnknownGrouping(grouping)
    return frozenset(span.member for span in _memberships() if span.grouping == grouping and span.holds(on))
