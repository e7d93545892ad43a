"""A submission beside the one accepted before it: how many values changed, went, are new or wait, which
changes are the largest, and which breaches that is. Pure: tables of two submissions in, counts and findings
out. Which two: admission.py.

Only what must persist is compared: of a whole delivery the closed periods, of a delivery by period the
periods that it brings. A value that is new has no part in any share: later extracts add periods and revise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.findings import Finding
from schemas.tables import DIMENSIONS, KEY
from warehouse.build.statistics.shifts import COUNTED, SHIFTED

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]

TENTH = 10
"""Held where one in so many values changed or went, over all or in one country."""
SCALES = (10, 100, 1000)
YEAR = 12
"""Months of a year."""
HUNDREDTH = 100
"""An open list (origins, say) loses small entries all the time: less than a hundredth is not said."""

NEEDED = (*KEY, "value_low", "value_high", "obs_status")
"""The columns of staged observations that are compared."""
LARGEST = 50
"""So many of the largest changes are told one by one."""
_PLACE = tuple(name for name in KEY if name != "period_start")
_CLOSED_LISTS = ("measure", "frequency", *(d.name for d in DIMENSIONS if d.values == "codes"))
_OPEN_LISTS = tuple(d.name for d in DIMENSIONS if d.values != "codes")


Bounds = tuple[float, float]
"""Lower and upper bound of a value; infinity where it has none."""


@dataclass(frozen=True)
class Change:
    """A value that says something else, or (no `after`) is gone: its codes, first month, bounds."""

    codes: Mapping[str, str]
    month: str
    before: Bounds
    after: Bounds | None


@dataclass(frozen=True)
class Comparison:
    """How many values of the one before are compared, and what became of them; what breaches that is."""

    counts: Mapping[str, int]
    breaches: list[Finding] = field(default_factory=list)
    largest: list[Change] = field(default_factory=list)


def compare(
    before: pa.Table, after: pa.Table, waiting: pa.Table, *, by_period: bool, absent_is_zero: bool
) -> Comparison:
    """What `after` and its quarantined keys, `waiting`, make of the values of `before`."""
    both = _Both(before, after, waiting, by_period=by_period, absent_is_zero=absent_is_zero)
    counts = {name: int(here.sum()) for name, here in both.fates().items()}
    breaches = [*both.changed_or_gone(), *both.scaled(), *both.shifted(), *both.categories_gone()]
    if not by_period:
        breaches += both.periods_gone()
    return Comparison(counts, breaches, both.largest())


@dataclass(frozen=True)
class Return:
    """Of the values that changed or went, how many say again what an older submission said."""

    back: int
    of: int
    is_telling: bool
    """Whether that is most of them, and hardly chance."""


def returns(
    before: pa.Table,
    after: pa.Table,
    waiting: pa.Table,
    olders: Iterable[pa.Table],
    *,
    by_period: bool,
    absent_is_zero: bool,
) -> Iterator[Return]:
    """How far `after` undoes what `before` changed of each of `olders`; none is read where nothing moved."""
    now = _Both(before, after, waiting, by_period=by_period, absent_is_zero=absent_is_zero)
    moved = now.changed | now.gone
    for older in olders if moved.any() else ():
        then = _Both(before, older, older.slice(0, 0), by_period=by_period, absent_is_zero=absent_is_zero)
        back = moved & then.scope & (now.there == then.there)
        told = back & now.there
        for of_now, of_then in ((now.low[1], then.low[1]), (now.high[1], then.high[1])):
            back[told] &= of_now[now.at[told]] == of_then[then.at[told]]
        n, of = int(back.sum()), int(moved.sum())
        is_large = bool((now.low[0][back] >= COUNTED).any())
        yield Return(n, of, n * 2 > of and (n >= SHIFTED or is_large))


def ends_earlier(before: pa.Table, after: pa.Table) -> Iterator[Finding]:
    """Where a whole delivery tells nothing of the last periods of a frequency, also of running ones."""
    last = [_last(table) for table in (before, after)]
    for frequency in sorted(set(last[0]) & set(last[1])):
        was, now = last[0][frequency], last[1][frequency]
        if now < was:
            yield Finding("ends_earlier", value=_label(now), expected=_label(was))


def _last(table: pa.Table) -> dict[str, int]:
    """The last month in which a period begins, by frequency."""
    months, frequencies = _months(table), table["frequency"].cast(pa.string()).to_numpy()
    return {str(one): int(months[frequencies == one].max()) for one in np.unique(frequencies.astype(str))}


class _Both:
    """The values of both in numbers: a place and a month for each, and where each stands in the other."""

    def __init__(
        self, before: pa.Table, after: pa.Table, waiting: pa.Table, *, by_period: bool, absent_is_zero: bool
    ) -> None:
        before = before.filter(pc.fill_null(pc.not_equal(before["obs_status"], "P"), True))
        if absent_is_zero:  # a zero that is not written any more is still a zero
            before = before.filter(pc.fill_null(pc.not_equal(before["value_high"], 0.0), True))
        tables = [before, after, waiting]
        self.codes = {name: _coded(tables, name) for name in _PLACE}
        self.months = [_months(table) for table in tables]
        self.low, self.high = (
            [_floats(table, name) for table in tables[:2]] for name in ("value_low", "value_high")
        )
        self.place = _packed([of for of, _ in self.codes.values()])
        self.old, self.new, self.kept = map(self._key, range(3))
        self.order = np.argsort(self.new, kind="stable")
        self.country, self.countries = self.codes["reporting_country"]
        self.scope = self._scope() if by_period else np.ones(len(before), bool)
        self.at = self._standing(self.old)
        self.there = self.at >= 0
        self.same = self.there & _equal(self.low, self.high, self.at)
        self.waits = ~self.there & np.isin(self.old, self.kept)

    def _key(self, table: int, months: int = 0) -> Numbers:
        key: Numbers = self.place[table] * _MONTHS + self.months[table] + months
        return key

    def _standing(self, keys: Numbers) -> Numbers:
        """Where each key stands among the new values; -1 where it does not."""
        if not len(self.new):
            return np.full(len(keys), -1)
        position = np.searchsorted(self.new, keys, sorter=self.order)
        at = self.order[np.minimum(position, len(self.new) - 1)]
        return np.where(self.new[at] == keys, at, -1)

    def _scope(self) -> Mask:
        """The values whose country, period and frequency the new submission brings."""
        old, new, _ = self._periods()
        brought: Mask = np.isin(old, new)
        return brought

    def _periods(self) -> list[Numbers]:
        """A number for each country, frequency and month."""
        frequency, frequencies = self.codes["frequency"]
        keys = zip(self.country, frequency, self.months, strict=True)
        return [(country * len(frequencies) + of) * _MONTHS + month for country, of, month in keys]

    # ---- what became of the values -------------------------------------------------------------------

    @property
    def changed(self) -> Mask:
        """Values that say something else."""
        return self.scope & self.there & ~self.same

    @property
    def gone(self) -> Mask:
        """Values that are neither there nor in quarantine."""
        return self.scope & ~self.there & ~self.waits

    def fates(self) -> dict[str, Mask]:
        """The values by what became of them; `new` are those of the new submission that had none before."""
        new = ~np.isin(self.new, self.old)
        waits = self.scope & self.waits
        return {"of": self.scope, "changed": self.changed, "gone": self.gone, "waiting": waits, "new": new}

    def largest(self) -> list[Change]:
        """The changes of most persons, first; what is gone changed by all it said."""
        moved = np.flatnonzero(self.changed | self.gone)
        low, high = (self._moved(bounds, moved) for bounds in (self.low, self.high))
        order = np.argsort(-np.maximum(low, high), kind="stable")[:LARGEST]
        return [self._change(int(n)) for n in moved[order]]

    def _moved(self, bounds: list[Numbers], moved: Numbers) -> Numbers:
        """By how much one bound of these values moved; not at all where it never had any."""
        at = self.at[moved]
        new = np.zeros(len(moved))
        new[at >= 0] = bounds[1][at[at >= 0]]
        old = bounds[0][moved]
        same = old == new
        distance: Numbers = np.abs(np.where(same, 0, old) - np.where(same, 0, new))
        return distance

    def _change(self, n: int) -> Change:
        at = int(self.at[n])
        return Change(
            {name: codes[numbers[0][n]] for name, (numbers, codes) in self.codes.items()},
            _label(int(self.months[0][n])),
            (float(self.low[0][n]), float(self.high[0][n])),
            (float(self.low[1][at]), float(self.high[1][at])) if at >= 0 else None,
        )

    # ---- breaches --------------------------------------------------------------------------------------

    def changed_or_gone(self) -> Iterator[Finding]:
        """A tenth changed or went, over all or in one country."""
        of, changed, gone = map(self._often, (self.scope, self.changed, self.gone))
        yield from _share("", int(changed.sum()), int(gone.sum()), int(of.sum()))
        if np.count_nonzero(of) > 1:
            for n in np.flatnonzero(of):
                yield from _share(self.countries[n], int(changed[n]), int(gone[n]), int(of[n]))

    def scaled(self) -> Iterator[Finding]:
        """Values that are exactly 10, 100 or 1,000 times what they were, or that part of it, by country."""
        old, new = self.low[0], self._new_low()
        exact = self._exact(0) & self.changed & self._new_exact() & (np.minimum(old, new) >= COUNTED)
        for times in SCALES:
            for factor, here in ((f"{times}", new == old * times), (f"1/{times}", old == new * times)):
                for country, n in self._by_country(exact & here):
                    yield Finding("scale_changed", column_name=country, value=str(n), expected=factor)

    def shifted(self) -> Iterator[Finding]:
        """Series whose values stand a year from where they stood, by country and measure."""
        measure, measures = self.codes["measure"]
        series = self.country[0] * len(measures) + measure[0]
        moved = self._exact(0) & (self.low[0] >= COUNTED) & ~self.same
        for years in (1, -1):
            at = self._standing(self._key(0, years * YEAR))
            here = moved & (at >= 0)
            here[here] = ~self._unmoved()[at[here]]
            equal = here.copy()
            equal[here] = _equal(self.low, self.high, at)[here]
            for n in np.flatnonzero(np.bincount(series[equal]) >= SHIFTED):
                same, of = int(equal[series == n].sum()), int(here[series == n].sum())
                if same * 2 >= of:
                    where = f"{self.countries[n // len(measures)]} · {measures[n % len(measures)]}"
                    yield Finding(
                        "series_shifted", column_name=where, value=str(same), expected=f"{years:+d}"
                    )

    def _unmoved(self) -> Mask:
        """The new values that say what the old submission said in their place."""
        unmoved = np.zeros(len(self.new), bool)
        unmoved[self.at[self.same]] = True
        return unmoved

    def categories_gone(self) -> Iterator[Finding]:
        """A country that is there no longer; of the others, a code that none of its values bears."""
        left = set(np.unique(self.country[1]).tolist())
        of = self._often(self.scope)
        gone = np.array([n not in left for n in range(len(self.countries))], bool)
        for n in np.flatnonzero(gone & (of > 0)):
            yield Finding("country_gone", column_name=self.countries[n], value=str(of[n]))
        here = self.scope & ~gone[self.country[0]]
        for name in (*_CLOSED_LISTS, *_OPEN_LISTS):
            yield from self._codes_gone(name, here, least=HUNDREDTH if name in _OPEN_LISTS else 0)

    def _codes_gone(self, name: str, here: Mask, least: int) -> Iterator[Finding]:
        numbers, codes = self.codes[name]
        if len(codes) < 2:
            return
        pairs = [c * len(codes) + n for c, n in zip(self.country, numbers, strict=True)]
        borne = np.bincount(pairs[0][here], minlength=len(self.countries) * len(codes))
        persons = np.bincount(pairs[0][here], self.low[0][here], minlength=len(borne))
        lost = (borne > 0) & ~np.isin(np.arange(len(borne)), np.concatenate(pairs[1:]))
        for n in np.flatnonzero(lost):
            country = n // len(codes)
            its = slice(country * len(codes), (country + 1) * len(codes))
            large = borne[n] * least >= borne[its].sum() or persons[n] * least >= persons[its].sum() > 0
            if large or not least:
                where = f"{self.countries[country]} · {name}"
                yield Finding(
                    "category_gone", column_name=where, value=codes[n % len(codes)], expected=str(borne[n])
                )

    def periods_gone(self) -> Iterator[Finding]:
        """By country and frequency, the periods of which nothing is told any more."""
        old, new, waiting = self._periods()
        left = np.isin(old // _MONTHS, new // _MONTHS)  # of what is gone whole, no single period is said
        lost = np.unique(old[left & ~np.isin(old, np.concatenate([new, waiting]))])
        for place in np.unique(lost // _MONTHS):
            periods = [_label(int(m) % _MONTHS) for m in lost[lost // _MONTHS == place]]
            country = self.countries[place // len(self.codes["frequency"][1])]
            shown = ", ".join(periods[:SHOWN]) + (", …" if len(periods) > SHOWN else "")
            yield Finding("period_gone", column_name=country, value=str(len(periods)), expected=shown)

    # ---- numbers ----------------------------------------------------------------------------------------

    def _exact(self, table: int) -> Mask:
        exact: Mask = self.low[table] == self.high[table]
        return exact

    def _new_low(self) -> Numbers:
        return np.where(self.there, self.low[1][self.at], np.nan) if len(self.new) else self.low[0] * np.nan

    def _new_exact(self) -> Mask:
        return self.there & self._exact(1)[self.at] if len(self.new) else self.there

    def _often(self, here: Mask) -> Numbers:
        """How many of these values each country has."""
        return np.bincount(self.country[0][here], minlength=len(self.countries))

    def _by_country(self, here: Mask) -> Iterator[tuple[str, int]]:
        often = self._often(here)
        for n in np.flatnonzero(often):
            yield self.countries[n], int(often[n])


SHOWN = 12
"""So many periods that are gone are named."""
_MONTHS = 1 << 16
"""More months than any period's number."""


def _share(country: str, changed: int, gone: int, of: int) -> Iterator[Finding]:
    """What is said where a tenth of the values changed or went."""
    if not of or (changed + gone) * TENTH < of:
        return
    for n, rule in ((changed, "values_changed"), (gone, "values_gone")):
        if n and country:
            yield Finding(f"{rule}_in_country", column_name=country, value=str(n), expected=str(of))
        elif n:
            yield Finding(rule, value=str(n), expected=str(of))


def _coded(tables: list[pa.Table], name: str) -> tuple[list[Numbers], list[str]]:
    """A column of each table in numbers, and the texts that these stand for in all."""
    chunks = [chunk for table in tables for chunk in table[name].cast(pa.string()).fill_null("").chunks]
    encoded = pa.concat_arrays([pa.array([], pa.string()), *chunks]).dictionary_encode()
    numbers = encoded.indices.to_numpy().astype(np.int64)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    return np.split(numbers, ends), encoded.dictionary.to_pylist()


def _packed(columns: list[list[Numbers]]) -> list[Numbers]:
    """One number for each combination of the columns' numbers, the same in all tables."""
    lengths = [len(part) for part in columns[0]] if columns else []
    packed = np.zeros(sum(lengths), np.int64)
    for parts in columns:
        whole = np.concatenate(parts)
        if (size := int(whole.max(initial=0)) + 1) > 1:
            packed = packed * size + whole
            if int(packed.max(initial=0)) > _MANY:
                packed = np.unique(packed, return_inverse=True)[1].astype(np.int64)
    packed = np.unique(packed, return_inverse=True)[1].astype(np.int64)
    return np.split(packed, np.cumsum(lengths)[:-1])


_MANY = 1 << 30


def _months(table: pa.Table) -> Numbers:
    """The first month of each period, counted from the year 0."""
    start = table["period_start"].cast(pa.date32())
    years = pc.year(start).to_numpy().astype(np.int64)
    months: Numbers = years * YEAR + pc.month(start).to_numpy().astype(np.int64) - 1
    return months


def _label(month: int) -> str:
    return f"{month // YEAR}-{month % YEAR + 1:02d}"


def _floats(table: pa.Table, name: str) -> Numbers:
    """A bound of each value; infinity where it has none."""
    numbers: Numbers = table[name].cast(pa.float64()).fill_null(np.inf).to_numpy()
    bounds: Numbers = np.where(np.isnan(numbers), np.inf, numbers)
    return bounds


def _equal(low: list[Numbers], high: list[Numbers], at: Numbers) -> Mask:
    """Whether the old values equal the new ones at those places."""
    if not len(low[1]):
        return np.zeros(len(at), bool)
    equal: Mask = (low[0] == low[1][at]) & (high[0] == high[1][at])
    return equal
