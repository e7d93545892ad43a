"""What the attack says of a release, counted for people: what follows, and what no threshold sees.

From public files alone it is not known which withheld cells are small; one that surely is, and is narrower
than from 1 to below the threshold, is a leak whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.audit.attack import SECONDS, Contradiction, Interval, TimedOut, intervals
from warehouse.audit.published import (
    BEFORE,
    NOW,
    Facts,
    Pair,
    Place,
    Tables,
    beside,
    pairs,
    read,
    threshold,
    told_elsewhere,
)


@dataclass(frozen=True)
class Finding:
    """One component: how many cells it has and withholds, and how many of these tell too much.

    `exact`: a small count, or a small difference to the file before, follows. `narrow`: it surely is small,
    and not every small number is possible. `unanswered`: the attack ended without an answer. The others are
    for whoever decides: `one_category`, a total all of whose persons are of one code;
    `if_no_zero_is_withheld`, small counts that would follow if each withheld one were known to be 1 or more.
    """

    component: tuple[str, str, str]
    cells: int
    withheld: int
    exact: int = 0
    narrow: int = 0
    unanswered: bool = False
    one_category: int = 0
    if_no_zero_is_withheld: int = 0

    @property
    def leaks(self) -> bool:
        """Whether somebody can be found in it, or nobody knows."""
        return bool(self.exact or self.narrow or self.unanswered)


def audit(file: Path, previous: Path | None = None, *, seconds: float = SECONDS) -> list[Finding]:
    """What anybody finds out from a release file, from the one before, and from what others tell in it."""
    least = threshold(file)
    if least is None:
        return []
    now, before = read(file), read(previous) if previous else {}
    facts: Facts = told_elsewhere(file)
    own = {name: {p: t for p, t in now.items() if p.component == name} for name in {p.component for p in now}}
    found = []
    for name, pair in pairs(now, before, facts, beside(file, previous)).items():
        told = {place for place in own[name] if own[name][place].value is None}
        counted = Finding(name, len(own[name]), len(told), one_category=_one_category(own[name], least))
        found.append(_attacked(counted, pair, least, facts, seconds))
    return found


def beside_each(file: Path, earlier: Sequence[Path]) -> list[tuple[Path | None, list[Finding]]]:
    """The audit beside each of the earlier files that tells these tables otherwise; if none does, by itself.

    A file that tells them as another one does tells nothing more.
    """
    told = [read(file)]
    pairs_told: list[tuple[Path | None, list[Finding]]] = []
    for path in earlier:
        if (tables := read(path)) and tables not in told:
            told.append(tables)
            pairs_told.append((path, audit(file, path)))
    return pairs_told or [(None, audit(file))]


def _attacked(counted: Finding, pair: Pair, least: int, facts: Facts, seconds: float) -> Finding:
    try:
        found = intervals(pair.puzzle, enough=least - 1, seconds=seconds)
        asked = {cell: i for cell, i in found.items() if cell[1] not in facts}
        exact = [i for i in asked.values() if i.is_exact and 1 <= abs(i.low) < least]
        narrow = [i for i in asked.values() if not i.is_exact and _is_narrow(i, least)]
        told = _of(counted, exact=len(exact), narrow=len(narrow))
        return _of(told, if_no_zero_is_withheld=_without_zeros(pair, least, seconds))
    except (TimedOut, Contradiction):
        return _of(counted, unanswered=True)


def _of(finding: Finding, **more: Any) -> Finding:
    return Finding(**(finding.__dict__ | more))


def _is_narrow(interval: Interval, least: int) -> bool:
    """Whether it surely is a small count, or a small change, and which is not open."""
    low, high = interval.low, interval.high
    if high is None:
        return False
    return (low >= 1 and high < least and (low, high) != (1, least - 1)) or (
        high <= -1 and low > -least and (low, high) != (1 - least, -1)
    )


def _without_zeros(pair: Pair, least: int, seconds: float) -> int:
    """Small counts that follow if every withheld count is believed to be at least 1."""
    try:
        found = intervals(pair.puzzle, enough=least - 1, floor=1, seconds=seconds)
    except Contradiction:
        return 0  # whoever believes it is refuted
    return sum(i.is_exact and 1 <= i.low < least for cell, i in found.items() if cell[0] in (NOW, BEFORE))


def _one_category(tables: Tables, least: int) -> int:
    """Totals that are told, and are those of one code: it is told of everybody."""
    return sum(
        told.value is not None and told.value >= least and _total(tables, place) == told.value
        for place, told in tables.items()
        if place.dimension != "_T"
    )


def _total(tables: Mapping[Place, Any], place: Place) -> int | None:
    whole = tables.get(place._replace(dimension="_T", code="_T"))
    return whole.value if whole else None


def insider(pair: Pair, cell: Any, value: int, least: int, seconds: float = SECONDS) -> dict[Any, Interval]:
    """What else follows for whoever knows the value of one withheld cell: small counts that become exact."""
    known = replace(pair.puzzle, known={**pair.puzzle.known, cell: value})
    found = intervals(known, enough=least - 1, seconds=seconds)
    return {other: i for other, i in found.items() if i.is_exact and 1 <= i.low < least}
