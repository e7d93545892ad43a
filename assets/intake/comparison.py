"""Comparison of a submission with the one accepted before it.

It counts the values that changed, are gone, are new or wait, lists the largest changes, and reports which
limits they breach. Pure functions: tables of two submissions in, counts and findings out. admission.py
chooses the two submissions.

Only values that must persist are compared: the closed periods of a whole delivery, or the periods that a
delivery by period brings. New values do not count in any share, because later extracts add periods and
revise.
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
from schemas.tables import DIMENSIONS, OBSERVATION_KEY
from warehouse.build.statistics.shifts import MIN_COUNT, MIN_SHIFTED_VALUES

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]

TENTH = 10
"""A submission is held if a tenth of its values changed or is gone, in total or in a country."""
SCALES = (10, 100, 1000)
YEAR = 12
"""Months in a year."""
HUNDREDTH = 100
"""Open lists (origins, for example) often lose small entries. A loss of less than a hundredth is not
reported."""

COMPARED_COLUMNS = (*OBSERVATION_KEY, "value_low", "value_high", "obs_status")
"""Columns of staged observations that are compared."""
LARGEST = 50
"""Number of the largest changes that are listed individually."""
_SERIES_KEY = tuple(name for name in OBSERVATION_KEY if name != "period_start")
_CLOSED_LISTS = ("measure", "frequency", *(d.name for d in DIMENSIONS if d.values == "codes"))
_OPEN_LISTS = tuple(d.name for d in DIMENSIONS if d.values != "codes")


Bounds = tuple[float, float]
"""Lower and upper bound of a value; infinity where the bound is open."""


@dataclass(frozen=True)
class Change:
    """A value that changed or (`after` is None) is gone: its codes, first month and bounds."""

    codes: Mapping[str, str]
    month: str
    before: Bounds
    after: Bounds | None


@dataclass(frozen=True)
class Comparison:
    """Number of values of the earlier submission by outcome, the breaches, and the largest changes."""

    counts: Mapping[str, int]
    breaches: list[Finding] = field(default_factory=list)
    largest: list[Change] = field(default_factory=list)


def compare(
    before: pa.Table, after: pa.Table, waiting: pa.Table, *, by_period: bool, absent_is_zero: bool
) -> Comparison:
    """Compare the values of `before` with `after` and its quarantined keys, `waiting`."""
    pair = _SubmissionPair(before, after, waiting, by_period=by_period, absent_is_zero=absent_is_zero)
    counts = {name: int(mask.sum()) for name, mask in pair.outcomes().items()}
    breaches = [
        *pair.changed_or_gone_findings(),
        *pair.scale_findings(),
        *pair.shift_findings(),
        *pair.category_findings(),
    ]
    if not by_period:
        breaches += pair.period_findings()
    return Comparison(counts, breaches, pair.largest())


@dataclass(frozen=True)
class ReturnCount:
    """Number of the changed or gone values that return to the value of an older submission."""

    count: int
    total: int
    is_significant: bool
    """True if the returned values are most of them, and hardly by chance."""


def count_returns(
    before: pa.Table,
    after: pa.Table,
    waiting: pa.Table,
    olders: Iterable[pa.Table],
    *,
    by_period: bool,
    absent_is_zero: bool,
) -> Iterator[ReturnCount]:
    """Count, for each of `olders`, the changed values that return to its value. Reads none of them if nothing
    changed."""
    now = _SubmissionPair(before, after, waiting, by_period=by_period, absent_is_zero=absent_is_zero)
    is_changed = now.is_changed | now.is_gone
    for older in olders if is_changed.any() else ():
        then = _SubmissionPair(
            before, older, older.slice(0, 0), by_period=by_period, absent_is_zero=absent_is_zero
        )
        is_returned = is_changed & then.is_compared & (now.is_found == then.is_found)
        is_compared = is_returned & now.is_found
        for new_bounds, old_bounds in ((now.low[1], then.low[1]), (now.high[1], then.high[1])):
            is_returned[is_compared] &= (
                new_bounds[now.position[is_compared]] == old_bounds[then.position[is_compared]]
            )
        count, total = int(is_returned.sum()), int(is_changed.sum())
        is_large = bool((now.low[0][is_returned] >= MIN_COUNT).any())
        yield ReturnCount(count, total, count * 2 > total and (count >= MIN_SHIFTED_VALUES or is_large))


def find_earlier_ends(before: pa.Table, after: pa.Table) -> Iterator[Finding]:
    """Yield a finding where a whole delivery lacks the last periods of a frequency, even running ones."""
    last_months = [_last_months(table) for table in (before, after)]
    for frequency in sorted(set(last_months[0]) & set(last_months[1])):
        old_month, new_month = last_months[0][frequency], last_months[1][frequency]
        if new_month < old_month:
            yield Finding("ends_earlier", value=_label(new_month), expected=_label(old_month))


def _last_months(table: pa.Table) -> dict[str, int]:
    """Return the last month in which a period begins, by frequency."""
    months, frequencies = _months(table), table["frequency"].cast(pa.string()).to_numpy()
    return {
        str(frequency): int(months[frequencies == frequency].max())
        for frequency in np.unique(frequencies.astype(str))
    }


class _SubmissionPair:
    """Values of both submissions as numbers: a series and a month for each, and its position in the other
    submission."""

    def __init__(
        self, before: pa.Table, after: pa.Table, waiting: pa.Table, *, by_period: bool, absent_is_zero: bool
    ) -> None:
        before = before.filter(pc.fill_null(pc.not_equal(before["obs_status"], "P"), True))
        if absent_is_zero:  # a zero that is no longer written is still a zero
            before = before.filter(pc.fill_null(pc.not_equal(before["value_high"], 0.0), True))
        tables = [before, after, waiting]
        self.codes = {name: _number_texts(tables, name) for name in _SERIES_KEY}
        self.months = [_months(table) for table in tables]
        self.low, self.high = (
            [_bounds(table, name) for table in tables[:2]] for name in ("value_low", "value_high")
        )
        self.series = _combine_numbers([numbers for numbers, _ in self.codes.values()])
        self.old_keys, self.new_keys, self.quarantined_keys = map(self._key, range(3))
        self.new_order = np.argsort(self.new_keys, kind="stable")
        self.country, self.countries = self.codes["reporting_country"]
        self.is_compared = self._find_compared() if by_period else np.ones(len(before), bool)
        self.position = self._positions(self.old_keys)
        self.is_found = self.position >= 0
        self.is_same = self.is_found & _equals(self.low, self.high, self.position)
        self.is_waiting = ~self.is_found & np.isin(self.old_keys, self.quarantined_keys)

    def _key(self, table: int, months: int = 0) -> Numbers:
        key: Numbers = self.series[table] * _MONTHS + self.months[table] + months
        return key

    def _positions(self, keys: Numbers) -> Numbers:
        """Return the position of each key among the new values; -1 where it is missing."""
        if not len(self.new_keys):
            return np.full(len(keys), -1)
        position = np.searchsorted(self.new_keys, keys, sorter=self.new_order)
        candidate = self.new_order[np.minimum(position, len(self.new_keys) - 1)]
        return np.where(self.new_keys[candidate] == keys, candidate, -1)

    def _find_compared(self) -> Mask:
        """Mark the values whose country, period and frequency the new submission contains."""
        old, new, _ = self._periods()
        is_delivered: Mask = np.isin(old, new)
        return is_delivered

    def _periods(self) -> list[Numbers]:
        """Return a number for each country, frequency and month."""
        frequency, frequencies = self.codes["frequency"]
        keys = zip(self.country, frequency, self.months, strict=True)
        return [
            (country * len(frequencies) + frequency_number) * _MONTHS + month
            for country, frequency_number, month in keys
        ]

    # ---- outcome of the values ------------------------------------------------------------------------

    @property
    def is_changed(self) -> Mask:
        """Mark values that are reported with another value."""
        return self.is_compared & self.is_found & ~self.is_same

    @property
    def is_gone(self) -> Mask:
        """Mark values that are neither reported nor in quarantine."""
        return self.is_compared & ~self.is_found & ~self.is_waiting

    def outcomes(self) -> dict[str, Mask]:
        """Return the values by outcome. `new` are values of the new submission that had none before."""
        new = ~np.isin(self.new_keys, self.old_keys)
        waits = self.is_compared & self.is_waiting
        return {
            "of": self.is_compared,
            "changed": self.is_changed,
            "gone": self.is_gone,
            "waiting": waits,
            "new": new,
        }

    def largest(self) -> list[Change]:
        """Return the changes that concern most persons, largest first. A value that is gone changed by its
        full amount."""
        rows = np.flatnonzero(self.is_changed | self.is_gone)
        low, high = (self._distance(bounds, rows) for bounds in (self.low, self.high))
        order = np.argsort(-np.maximum(low, high), kind="stable")[:LARGEST]
        return [self._change(int(n)) for n in rows[order]]

    def _distance(self, bounds: list[Numbers], rows: Numbers) -> Numbers:
        """Return the change of the lower or upper bounds of these values; 0 where they were never bounded."""
        positions = self.position[rows]
        new = np.zeros(len(rows))
        new[positions >= 0] = bounds[1][positions[positions >= 0]]
        old = bounds[0][rows]
        is_same = old == new
        distance: Numbers = np.abs(np.where(is_same, 0, old) - np.where(is_same, 0, new))
        return distance

    def _change(self, n: int) -> Change:
        position = int(self.position[n])
        return Change(
            {name: codes[numbers[0][n]] for name, (numbers, codes) in self.codes.items()},
            _label(int(self.months[0][n])),
            (float(self.low[0][n]), float(self.high[0][n])),
            (float(self.low[1][position]), float(self.high[1][position])) if position >= 0 else None,
        )

    # ---- breaches --------------------------------------------------------------------------------------

    def changed_or_gone_findings(self) -> Iterator[Finding]:
        """Yield findings where a tenth of the values changed or is gone, in total or in a country."""
        totals, changed_counts, gone_counts = map(
            self._count_by_country, (self.is_compared, self.is_changed, self.is_gone)
        )
        yield from _share_findings("", int(changed_counts.sum()), int(gone_counts.sum()), int(totals.sum()))
        if np.count_nonzero(totals) > 1:
            for n in np.flatnonzero(totals):
                yield from _share_findings(
                    self.countries[n], int(changed_counts[n]), int(gone_counts[n]), int(totals[n])
                )

    def scale_findings(self) -> Iterator[Finding]:
        """Yield findings for values that are exactly 10, 100 or 1,000 times as large or as small as before,
        by country."""
        old, new = self.low[0], self._new_low()
        exact = (
            self._is_exact(0) & self.is_changed & self._new_is_exact() & (np.minimum(old, new) >= MIN_COUNT)
        )
        for times in SCALES:
            for factor, is_scaled in ((f"{times}", new == old * times), (f"1/{times}", old == new * times)):
                for country, n in self._countries_with(exact & is_scaled):
                    yield Finding("scale_changed", column_name=country, value=str(n), expected=factor)

    def shift_findings(self) -> Iterator[Finding]:
        """Yield findings for series whose values moved by a year, by country and measure."""
        measure, measures = self.codes["measure"]
        series = self.country[0] * len(measures) + measure[0]
        is_candidate = self._is_exact(0) & (self.low[0] >= MIN_COUNT) & ~self.is_same
        for years in (1, -1):
            positions = self._positions(self._key(0, years * YEAR))
            is_comparable = is_candidate & (positions >= 0)
            is_comparable[is_comparable] = ~self._unchanged_in_new()[positions[is_comparable]]
            is_equal = is_comparable.copy()
            is_equal[is_comparable] = _equals(self.low, self.high, positions)[is_comparable]
            for n in np.flatnonzero(np.bincount(series[is_equal]) >= MIN_SHIFTED_VALUES):
                matches, total = int(is_equal[series == n].sum()), int(is_comparable[series == n].sum())
                if matches * 2 >= total:
                    where = f"{self.countries[n // len(measures)]} · {measures[n % len(measures)]}"
                    yield Finding(
                        "series_shifted", column_name=where, value=str(matches), expected=f"{years:+d}"
                    )

    def _unchanged_in_new(self) -> Mask:
        """Mark the new values that equal the old submission's value of the same key."""
        is_unchanged = np.zeros(len(self.new_keys), bool)
        is_unchanged[self.position[self.is_same]] = True
        return is_unchanged

    def category_findings(self) -> Iterator[Finding]:
        """Yield findings for countries that are gone, and for codes that none of another country's values has
        any more."""
        remaining = set(np.unique(self.country[1]).tolist())
        totals = self._count_by_country(self.is_compared)
        is_gone = np.array([n not in remaining for n in range(len(self.countries))], bool)
        for n in np.flatnonzero(is_gone & (totals > 0)):
            yield Finding("country_gone", column_name=self.countries[n], value=str(totals[n]))
        is_in_remaining_country = self.is_compared & ~is_gone[self.country[0]]
        for name in (*_CLOSED_LISTS, *_OPEN_LISTS):
            yield from self._code_findings(
                name, is_in_remaining_country, least_share=HUNDREDTH if name in _OPEN_LISTS else 0
            )

    def _code_findings(self, name: str, mask: Mask, least_share: int) -> Iterator[Finding]:
        numbers, codes = self.codes[name]
        if len(codes) < 2:
            return
        pairs = [c * len(codes) + n for c, n in zip(self.country, numbers, strict=True)]
        code_counts = np.bincount(pairs[0][mask], minlength=len(self.countries) * len(codes))
        persons = np.bincount(pairs[0][mask], self.low[0][mask], minlength=len(code_counts))
        is_lost = (code_counts > 0) & ~np.isin(np.arange(len(code_counts)), np.concatenate(pairs[1:]))
        for n in np.flatnonzero(is_lost):
            country = n // len(codes)
            country_codes = slice(country * len(codes), (country + 1) * len(codes))
            large = (
                code_counts[n] * least_share >= code_counts[country_codes].sum()
                or persons[n] * least_share >= persons[country_codes].sum() > 0
            )
            if large or not least_share:
                where = f"{self.countries[country]} · {name}"
                yield Finding(
                    "category_gone",
                    column_name=where,
                    value=codes[n % len(codes)],
                    expected=str(code_counts[n]),
                )

    def period_findings(self) -> Iterator[Finding]:
        """Yield, by country and frequency, a finding for the periods without any value left."""
        old, new, waiting = self._periods()
        # a frequency that a country no longer reports at all is not listed period by period
        is_present = np.isin(old // _MONTHS, new // _MONTHS)
        lost_periods = np.unique(old[is_present & ~np.isin(old, np.concatenate([new, waiting]))])
        for group in np.unique(lost_periods // _MONTHS):
            periods = [_label(int(m) % _MONTHS) for m in lost_periods[lost_periods // _MONTHS == group]]
            country = self.countries[group // len(self.codes["frequency"][1])]
            text = ", ".join(periods[:MOST_LISTED]) + (", …" if len(periods) > MOST_LISTED else "")
            yield Finding("period_gone", column_name=country, value=str(len(periods)), expected=text)

    # ---- numbers ----------------------------------------------------------------------------------------

    def _is_exact(self, table: int) -> Mask:
        exact: Mask = self.low[table] == self.high[table]
        return exact

    def _new_low(self) -> Numbers:
        return (
            np.where(self.is_found, self.low[1][self.position], np.nan)
            if len(self.new_keys)
            else self.low[0] * np.nan
        )

    def _new_is_exact(self) -> Mask:
        return self.is_found & self._is_exact(1)[self.position] if len(self.new_keys) else self.is_found

    def _count_by_country(self, mask: Mask) -> Numbers:
        """Count these values in each country."""
        return np.bincount(self.country[0][mask], minlength=len(self.countries))

    def _countries_with(self, mask: Mask) -> Iterator[tuple[str, int]]:
        counts = self._count_by_country(mask)
        for n in np.flatnonzero(counts):
            yield self.countries[n], int(counts[n])


MOST_LISTED = 12
"""Number of gone periods that a finding lists."""
_MONTHS = 1 << 16
"""More months than any period's number."""


def _share_findings(country: str, changed_count: int, gone_count: int, total: int) -> Iterator[Finding]:
    """Yield findings where a tenth of the values changed or is gone."""
    if not total or (changed_count + gone_count) * TENTH < total:
        return
    for n, rule in ((changed_count, "values_changed"), (gone_count, "values_gone")):
        if n and country:
            yield Finding(f"{rule}_in_country", column_name=country, value=str(n), expected=str(total))
        elif n:
            yield Finding(rule, value=str(n), expected=str(total))


def _number_texts(tables: list[pa.Table], name: str) -> tuple[list[Numbers], list[str]]:
    """Return a column of each table as numbers, and the text of each number, common to all tables."""
    chunks = [chunk for table in tables for chunk in table[name].cast(pa.string()).fill_null("").chunks]
    encoded = pa.concat_arrays([pa.array([], pa.string()), *chunks]).dictionary_encode()
    numbers = encoded.indices.to_numpy().astype(np.int64)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    return np.split(numbers, ends), encoded.dictionary.to_pylist()


def _combine_numbers(columns: list[list[Numbers]]) -> list[Numbers]:
    """Return a number for each combination of the columns' numbers, common to all tables."""
    lengths = [len(part) for part in columns[0]] if columns else []
    combined = np.zeros(sum(lengths), np.int64)
    for parts in columns:
        numbers = np.concatenate(parts)
        if (size := int(numbers.max(initial=0)) + 1) > 1:
            combined = combined * size + numbers
            if int(combined.max(initial=0)) > _RENUMBER_ABOVE:
                combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    return np.split(combined, np.cumsum(lengths)[:-1])


_RENUMBER_ABOVE = 1 << 30


def _months(table: pa.Table) -> Numbers:
    """Return the first month of each period, counted from the year 0."""
    start = table["period_start"].cast(pa.date32())
    years = pc.year(start).to_numpy().astype(np.int64)
    months: Numbers = years * YEAR + pc.month(start).to_numpy().astype(np.int64) - 1
    return months


def _label(month: int) -> str:
    return f"{month // YEAR}-{month % YEAR + 1:02d}"


def _bounds(table: pa.Table, name: str) -> Numbers:
    """Return a bound of each value; infinity where it is open."""
    numbers: Numbers = table[name].cast(pa.float64()).fill_null(np.inf).to_numpy()
    bounds: Numbers = np.where(np.isnan(numbers), np.inf, numbers)
    return bounds


def _equals(low: list[Numbers], high: list[Numbers], positions: Numbers) -> Mask:
    """Mark the old values that equal the new values at those positions."""
    if not len(low[1]):
        return np.zeros(len(positions), bool)
    is_equal: Mask = (low[0] == low[1][positions]) & (high[0] == high[1][positions])
    return is_equal
