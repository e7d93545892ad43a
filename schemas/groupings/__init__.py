"""Members of groupings of states, with the days of their membership.

The effect of a grouping on a person's origin is decided in origin.py.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

__all__ = [
    "DEFAULT_GROUPING",
    "UnknownGrouping",
    "load",
    "members",
]

DEFAULT_GROUPING = "CRM"
"""Grouping that the project is for: the Regional Conference on Migration."""

_FILE = Path(__file__).parent / "members.csv"


@dataclass(frozen=True, slots=True)
class Membership:
    """A span of membership. `valid_to` is its last day, None while it lasts."""

    grouping: str
    member: str
    valid_from: date
    valid_to: date | None
    source: str
    note: str

    def holds(self, on: date) -> bool:
        """Return True if the country is a member on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class UnknownGrouping(LookupError):
    """Error: members.csv has no grouping of this name."""

    def __init__(self, grouping: str) -> None:
        names = ", ".join(groupings())
        super().__init__(f"no grouping is called {grouping!r}; members.csv has: {names}")


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
    """Return every span of every grouping, in the order of the file."""
    return list(_memberships())


def groupings() -> list[str]:
    """Return the names of the groupings, in the order of the file."""
    return list(dict.fromkeys(span.grouping for span in _memberships()))


@cache
def members(grouping: str, on: date) -> frozenset[str]:
    """Return the alpha-3 codes of the members on a day. UnknownGrouping for an unknown name."""
    if grouping not in groupings():
        raise UnknownGrouping(grouping)
    return frozenset(span.member for span in _memberships() if span.grouping == grouping and span.holds(on))
