"""A component against the last release that showed it: what may be revised, what both tell together.

What was shown stays; a revision waits until every difference that one would see is none or no small one, to
earlier releases too. Whatever was protected in the last one, is now, and is their difference, is protected in
one system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.protected import Breakdown, breakdowns
from warehouse.disclosure.cells import Cell, Component, CountryYear, Period, Sum, component, relations
from warehouse.disclosure.protection import NotProtectable, protect
from warehouse.disclosure.system import System

SHARED, BEFORE, NOW, CHANGE = "0", "1", "2", "3"
"""Of which release a cell of the joint system is: both, the last one, this one; or their difference."""


@dataclass(frozen=True)
class Published:
    """A component as the last release shows it; a value that is withheld is None."""

    values: Mapping[Cell, int | None]
    submissions: Mapping[Cell, str]
    members: Mapping[Period, tuple[str, ...]]
    collections: Mapping[str, str]

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that it shows."""
        return frozenset(cell.dimension for cell in self.values)


@dataclass(frozen=True)
class Outcome:
    """What is shown of a component. `true`, `old`: the values behind it and the last release, if known.

    `openly`: the cells that were no secret when it was protected.
    """

    shown: Published
    true: Mapping[Cell, int]
    old: Mapping[Cell, int] = field(default_factory=dict)
    openly: frozenset[Cell] = frozenset()
    is_held_back: bool = False


def settle(
    now: Mapping[str, CountryYear],
    members: frozenset[str],
    region: str,
    openly: Mapping[Cell, frozenset[int]],
    threshold: int,
    before: Published | None = None,
    old: Mapping[str, CountryYear] | None = None,
    earlier: Sequence[Published] = (),
) -> Outcome:
    """What to show. `old`: the counts behind `before`; None if they cannot be had any more.

    `earlier`: what releases before that one showed.

    Raises NotProtectable where nothing was shown before and nothing can be.
    """
    if before is None:
        return _fresh(component(region, now, members), openly, threshold)
    then = _then(before, old, region)
    if then is None:
        return Outcome(before, {}, is_held_back=True)
    for candidate in _candidates(now, then, before, members, threshold, earlier):
        if _is_same(candidate, before):
            break
        if _may_be_seen(candidate.cells(), before, threshold, earlier):
            try:
                outcome = _joint(candidate, then, before, openly, threshold)
                return replace(outcome, is_held_back=_waits(now, outcome))
            except NotProtectable:
                continue
    behind = {cell: value for cell, value in then.cells().items() if cell in before.values}
    outcome = Outcome(before, behind, behind)
    return replace(outcome, is_held_back=_waits(now, outcome))


def _waits(now: Mapping[str, CountryYear], outcome: Outcome) -> bool:
    """Whether something that is known now is not shown."""
    shown = tuple(one for one in breakdowns() if one.dimension in outcome.shown.dimensions)
    cells = {cell: value for year in now.values() for cell, value in year.cells(shown).items()}
    return any(outcome.true.get(cell) != value for cell, value in cells.items())


def _fresh(new: Component, openly: Mapping[Cell, frozenset[int]], threshold: int) -> Outcome:
    cells = new.cells()
    system = System(cells, relations(cells, new.region, new.members), known=_known(cells, openly))
    withheld = protect(system, threshold).withheld
    told = {cell for cell, hidden in zip(system.names, withheld, strict=True) if not hidden}
    known = _known(cells, openly)
    return Outcome(_shown(new, told - _small(cells, known, threshold)), cells, openly=known)


def _known(cells: Mapping[Cell, int], openly: Mapping[Cell, frozenset[int]]) -> frozenset[Cell]:
    """The cells that an open collection tells rightly: whoever asks knows them."""
    return frozenset(cell for cell, value in cells.items() if value in openly.get(cell, ()))


def _small(cells: Mapping[Cell, int], known: frozenset[Any], threshold: int) -> set[Cell]:
    """The small counts among known cells: whoever tells them openly tells them, nothing here does."""
    return {cell for cell in known if 1 <= cells[cell] < threshold}


def _shown(new: Component, told: set[Cell]) -> Published:
    cells = new.cells()
    return Published(
        {cell: value if cell in told else None for cell, value in cells.items()},
        {cell: new.submissions(cell) for cell in cells},
        new.members,
        {country: year.collection for country, year in new.countries.items()},
    )


# ---- what may be shown in place of what was --------------------------------------------------------


def _then(before: Published, old: Mapping[str, CountryYear] | None, region: str) -> Component | None:
    """The counts behind what was shown; None where they do not say what was shown."""
    if old is None or set(old) != set(before.collections):
        return None
    then = component(region, old, (), before.dimensions)
    then = replace(then, members=before.members)
    if any(p not in old[c].periods for p, members in before.members.items() for c in members if c in old):
        return None
    cells = then.cells()
    agrees = all(cell in cells and value in (None, cells[cell]) for cell, value in before.values.items())
    return then if agrees else None


def _candidates(
    now: Mapping[str, CountryYear],
    then: Component,
    before: Published,
    members: frozenset[str],
    threshold: int,
    earlier: Sequence[Published],
) -> Iterator[Component]:
    """Components to try, most news first: all of it, the region's members as before, no revision."""
    shown = component(then.region, now, members, before.dimensions).dimensions
    kept = {c: _with_old(now, then, c) for c in then.countries}
    added = {c: year for c, year in now.items() if c not in then.countries}
    revised = {c: _merged(now[c], then.countries[c], shown) for c in now if c in then.countries}
    for country, year in revised.items():  # each that one would see a small change of waits by itself
        mine = {cell: value for cell, value in before.values.items() if cell.area == country}
        if not _may_be_seen(year.cells(shown), replace(before, values=mine), threshold, earlier):
            revised[country] = kept[country]
    yield component(then.region, added | revised, members, before.dimensions)
    for countries in (added | revised, added | kept):
        new = component(then.region, countries, members, before.dimensions)
        as_before = {p: tuple(c for c in m if c in countries) for p, m in before.members.items()}
        yield replace(new, members={**new.members, **{p: m for p, m in as_before.items() if len(m) > 1}})


def _with_old(now: Mapping[str, CountryYear], then: Component, country: str) -> CountryYear:
    """A country's counts as they were, with the periods that are new."""
    old = then.countries[country]
    if country not in now:
        return old
    return replace(now[country], periods={**now[country].periods, **old.periods})


def _merged(new: CountryYear, old: CountryYear, shown: tuple[Breakdown, ...]) -> CountryYear:
    """The new counts; of a period that says the same, the old ones with the submissions they came from."""
    periods = dict(new.periods)
    for period, counts in old.periods.items():
        other = new.periods.get(period)
        if other and other.total == counts.total and all(other.by(one) == counts.by(one) for one in shown):
            periods[period] = counts
    return replace(new, periods=periods)


def _is_same(new: Component, before: Published) -> bool:
    cells = new.cells()
    return set(cells) == set(before.values) and all(_is_shared(cell, new, before) for cell in cells)


def _is_shared(cell: Cell, new: Component, before: Published) -> bool:
    """Whether both releases tell of the same data, as anybody sees by the submissions and the members."""
    period = (cell.frequency, cell.start)
    same_members = cell.area != new.region or new.members[period] == before.members[period]
    return cell in before.values and same_members and new.submissions(cell) == before.submissions[cell]


def _may_be_seen(
    cells: Mapping[Cell, int], before: Published, threshold: int, earlier: Sequence[Published]
) -> bool:
    """Whether each difference to what was shown is none or not small, and only whole countries go."""
    left = {cell.area for cell in cells}
    gone = [cell for cell in before.values if cell not in cells and cell.area in left]
    told = [(cell, value) for one in (before, *earlier) for cell, value in one.values.items()]
    return not gone and not any(
        value is not None and cell in cells and 1 <= abs(cells[cell] - value) < threshold
        for cell, value in told
    )


# ---- both releases in one system -------------------------------------------------------------------


def _joint(
    new: Component, then: Component, before: Published, openly: Mapping[Cell, frozenset[int]], threshold: int
) -> Outcome:
    cells, old = new.cells(), {c: v for c, v in then.cells().items() if c in before.values}
    shared = {cell for cell in cells if _is_shared(cell, new, before)}
    changed = {cell for cell in cells if cell in old and cell not in shared}
    now = {cell: (SHARED if cell in shared else NOW, cell) for cell in cells}
    past = {cell: (SHARED if cell in shared else BEFORE, cell) for cell in old}
    change = {(CHANGE, cell): cells[cell] - old[cell] for cell in changed}
    values = {past[c]: v for c, v in old.items()} | {now[c]: v for c, v in cells.items()} | change
    told = {cell for cell, value in before.values.items() if value is not None}
    known = _known(cells, openly)
    stays = {now[c] for c in cells if c in told and old[c] == cells[c]} | {past[c] for c in told}
    system = System(
        values,
        [
            *_named(relations(old, new.region, before.members), past),
            *_named(relations(cells, new.region, new.members), now),
            *((now[cell], (past[cell], (CHANGE, cell))) for cell in sorted(changed)),
        ],
        known=frozenset(stays | {now[c] for c in known} | {past[c] for c in _known(old, openly)}),
        withheld=frozenset(
            name[cell] for name in (past, now) for cell in old if cell in name and cell not in told
        ),
        differences=frozenset(change),
    )
    pattern = dict(zip(system.names, protect(system, threshold).withheld, strict=True))
    shown = {cell for cell in cells if not pattern[now[cell]]} - _small(cells, known, threshold)
    return Outcome(_shown(new, shown), cells, old, known)


def _named(sums: list[Sum], names: Mapping[Cell, Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    return [(names[whole], tuple(names[part] for part in parts)) for whole, parts in sums]
