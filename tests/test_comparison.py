"""A submission compared with the one before it, on both sides of each limit. Expected outcomes are those of dictionaries.

Whole files, with their cards and messages: tests/bad_input/held.py.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.intake.comparison import (
    COMPARED_COLUMNS,
    LARGEST,
    Comparison,
    compare,
    count_returns,
    find_earlier_ends,
)
from schemas.tables import DIMENSIONS, OBSERVATION_KEY

Key = tuple[str, int, str]
"""Country, year, sex."""
Values = Mapping[Key, Any]
"""Each a number, a pair of bounds (None is open), or a number and the status."""


def table(values: Values, frequency: str = "A", **codes: str) -> pa.Table:
    """Observations as the last step leaves them."""
    return of_rows({"reporting_country": c, "period_start": date(year, 1, 1), "sex": sex, "frequency": frequency,
                    "value": value} | codes for (c, year, sex), value in values.items())  # fmt: skip


def of_rows(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    defaults = {d.name: d.default for d in DIMENSIONS} | {"measure": "victims_detected", "obs_status": None}
    full = []
    for row in rows:
        low, high = row["value"] if isinstance(row["value"], tuple) else (row["value"], row["value"])
        full.append(defaults | {"value_low": low, "value_high": high} | row)
    types = {"period_start": pa.date32(), "value_low": pa.float64(), "value_high": pa.float64()}
    return pa.table({n: pa.array([r[n] for r in full], types.get(n, pa.string())) for n in COMPARED_COLUMNS})


def of(
    before: Values,
    after: Values,
    waiting: Values | None = None,
    *,
    by_period: bool = False,
    absent: bool = False,
) -> Comparison:
    tables = (table(before), table(after), table(waiting or {}))
    return compare(*tables, by_period=by_period, absent_is_zero=absent)


def breaches(comparison: Comparison, *rules: str) -> list[tuple]:
    """The findings of some rules, or of all but the shares of values."""
    return [
        (f.rule, f.column_name, f.value, f.expected)
        for f in comparison.breaches
        if f.rule in rules or (not rules and not f.rule.startswith(("values_changed", "values_gone")))
    ]


def years(first: int, *numbers: float, country: str = "CRI", sex: str = "_T") -> dict[Key, float]:
    return {(country, first + n, sex): number for n, number in enumerate(numbers)}


# ---- outcomes of the values ------------------------------------------------------------------------------

KEYS = st.tuples(st.sampled_from(["CRI", "GTM", "PAN"]), st.integers(2019, 2021), st.sampled_from(["F", "M"]))
NUMBERS = st.sampled_from([0, 1, 5, 70, (0, 4), (5, None)])
TABLES = st.dictionaries(KEYS, NUMBERS, max_size=18)


def distance(old: Any, new: Any) -> float:
    """By how much the bounds differ at most; a value that is gone was its full amount."""
    pairs = [v if isinstance(v, tuple) else (v, v) for v in (old, new)]
    bounds = [tuple(math.inf if b is None else b for b in pair) for pair in pairs]
    return max(0 if a == b else abs(a - b) for a, b in zip(*bounds, strict=True))


@given(TABLES, TABLES, TABLES, st.booleans(), st.booleans())
def test_each_value_has_one_outcome(
    before: Values, after: Values, waiting: Values, by_period: bool, absent: bool
) -> None:
    result = of(before, after, waiting, by_period=by_period, absent=absent)
    old = {key: value for key, value in before.items() if not (absent and value == 0)}
    delivered = {key[:2] for key in after}
    asked = {key for key in old if not by_period or key[:2] in delivered}
    changed = {key for key in asked if key in after and after[key] != old[key]}
    waits = {key for key in asked if key not in after and key in waiting}
    gone = asked - set(after) - waits
    assert result.counts == {
        "of": len(asked), "changed": len(changed), "gone": len(gone), "waiting": len(waits),
        "new": len(set(after) - set(old)),
    }  # fmt: skip

    by_country = {c: [{key for key in keys if key[0] == c} for keys in (asked, changed, gone)]
                  for c in ("CRI", "GTM", "PAN")}  # fmt: skip
    countries = {c: sets for c, sets in by_country.items() if sets[0]}
    expected = set()
    for where, (all_, *others) in {
        "": (asked, changed, gone),
        **(countries if len(countries) > 1 else {}),
    }.items():
        if 10 * sum(map(len, others)) >= len(all_):
            for rule, keys in zip(("values_changed", "values_gone"), others, strict=True):
                suffix, column = ("_in_country", where) if where else ("", None)
                if keys:
                    expected.add((rule + suffix, column, str(len(keys)), str(len(all_))))
    rules = [f"{rule}{where}" for rule in ("values_changed", "values_gone") for where in ("", "_in_country")]
    assert set(breaches(result, *rules)) == expected

    listed = [(c.codes["reporting_country"], int(c.month[:4]), c.codes["sex"]) for c in result.largest]
    assert sorted(listed) == sorted(changed | gone)
    amounts = [distance(before[key], after.get(key, 0)) for key in listed]
    assert amounts == sorted(amounts, reverse=True)
    for change, key in zip(result.largest, listed, strict=True):
        assert (change.after is None) == (key in gone)
        assert change.month == f"{key[1]}-01"
        assert distance(change.before, before[key]) == 0
        assert change.after is None or distance(change.after, after[key]) == 0


def test_a_provisional_value_may_change_and_a_tenth_may_not() -> None:
    final = years(2000, *range(100, 120))
    provisional = of_rows(
        {"reporting_country": "CRI", "period_start": date(2020, 1, 1), "frequency": "A", "value": 7,
         "obs_status": "P"} for _ in range(1)
    )  # fmt: skip
    before = pa.concat_tables([table(final), provisional])
    for changed, held in ((1, []), (2, [("values_changed", None, "2", "20")])):
        after = table(final | dict.fromkeys(list(final)[:changed], 999))
        result = compare(before, after, table({}), by_period=False, absent_is_zero=False)
        assert result.counts["of"] == 20
        assert breaches(result, "values_changed") == held


@pytest.mark.parametrize(("n", "is_held"), [(10, True), (11, False)])
def test_one_of_ten_is_a_tenth(n: int, is_held: bool) -> None:
    before = years(2000, *range(100, 100 + n))
    found = breaches(of(before, before | {("CRI", 2000, "_T"): 999}), "values_changed")
    assert found == ([("values_changed", None, "1", str(n))] if is_held else [])


def test_no_more_than_fifty_changes_are_listed() -> None:
    numbers = years(1900, *range(1, LARGEST + 10))
    largest = of(numbers, {}).largest
    assert [change.before[0] for change in largest] == [*range(LARGEST + 9, 9, -1)]


def test_many_codes_in_every_dimension_are_kept_apart() -> None:
    """Five codes in each of the columns of the key: more series than a number of four bytes counts."""
    chance = random.Random(0)
    names = [n for n in OBSERVATION_KEY if n != "period_start"]
    rows = [{n: f"c{chance.randrange(5)}" for n in names} for _ in range(300)]
    rows += [row | {names[-1 - n % len(names)]: "c5"} for n, row in enumerate(rows)]
    unique = {tuple(row.items()): row for row in rows}.values()
    full = [row | {"period_start": date(2020, 3, 1), "value": n} for n, row in enumerate(unique)]
    same = compare(of_rows(full), of_rows(full[::-1]), table({}), by_period=False, absent_is_zero=False)
    assert same.counts == {"of": len(full), "changed": 0, "gone": 0, "waiting": 0, "new": 0}


# ---- breaches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        *[(10, 10 * times, f"{times}") for times in (10, 100, 1000)],
        *[(10 * times, 10, f"1/{times}") for times in (10, 100, 1000)],
        *[(9, 90, None), (90, 9, None), (10, 101, None), (10, 10_000 * 10, None), (10, 10, None)],
        *[((10, 20), 100, None), (10, (100, 120), None)],
    ],
)
def test_a_value_times_ten_is_seen_from_ten_persons(old: Any, new: Any, factor: str | None) -> None:
    others = {("GTM", year, sex): 3 for year in range(2000, 2020) for sex in "FM"}
    found = breaches(of({("CRI", 2020, "F"): old, **others}, {("CRI", 2020, "F"): new, **others}))
    assert found == ([("scale_changed", "CRI", "1", factor)] if factor else [])


def test_nothing_to_compare_is_no_breach() -> None:
    assert breaches(of({}, {})) == []
    assert breaches(of({}, years(2000, 5, 6))) == []
    assert breaches(of(years(2000, 50, 60), {}), "scale_changed", "series_shifted") == []


SHIFTED = (11, 23, 37, 41, 53, 67)


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize(
    ("numbers", "others", "seen"),
    [
        (SHIFTED, 0, True),
        (SHIFTED[:3], 0, True),  # three
        (SHIFTED[:2], 0, False),
        (SHIFTED, 6, True),  # half of those that moved or changed
        (SHIFTED, 7, False),
        ((10, 23, 37), 0, True),  # ten persons
        ((9, 23, 37), 0, False),
    ],
)
def test_three_values_and_half_of_them_a_year_away_are_a_series_shifted(
    by: int, numbers: tuple[int, ...], others: int, seen: bool
) -> None:
    """The others are reported for another sex in pairs of years, and change to something else."""
    before = years(2001, *numbers) | {("CRI", 2001 + 3 * n, "F"): 100 + n for n in range(others)}
    before |= years(2001, *(500 + n for n in range(12)), country="GTM")  # another country stays as it is
    after = {
        (c, y + by * (c == "CRI" and sex == "_T"), sex): v for (c, y, sex), v in before.items() if sex != "F"
    }
    after |= {("CRI", 2001 + 3 * n + by, "F"): 300 + n for n in range(others)}
    found = breaches(of(before, after), "series_shifted")
    expected = [("series_shifted", "CRI · victims_detected", str(len(numbers)), f"{by:+d}")]
    assert found == (expected if seen else [])


def test_values_that_stay_and_are_alike_in_all_years_are_no_series_shifted() -> None:
    assert breaches(of(years(2000, *[40] * 8), years(2000, *[40] * 8, 40))) == []
    assert breaches(of(years(2000, *[40] * 8, 7), years(2000, *[40] * 8, 8)), "series_shifted") == []
    pairs = of(
        years(2000, 40, 40, 50, 50, 60, 60), years(2000, 41, 40, 51, 50, 61, 60)
    )  # the second of each stays
    assert breaches(pairs, "series_shifted") == []
    bounds = {("CRI", year, "_T"): (year, year + 5) for year in range(2000, 2008)}
    later = {(c, year + 1, sex): value for (c, year, sex), value in bounds.items()}
    assert breaches(of(bounds, later), "series_shifted") == []


def test_a_country_that_is_gone_is_no_lost_category_too() -> None:
    both = years(2000, 50, 60, sex="F") | years(2000, 70, 80, country="GTM", sex="M")
    assert breaches(of(both, years(2000, 50, 60, sex="F"))) == [("country_gone", "GTM", "2", None)]


def test_a_code_of_one_country_is_gone_unless_it_waits() -> None:
    both = years(2000, 50, 60, sex="F") | years(2000, 5, 6, sex="M")
    kept, lost = years(2000, 50, 60, sex="F"), years(2000, 5, 6, sex="M")
    category = ("category_gone", "CRI · sex", "M", "2")
    assert breaches(of(both, kept)) == [category]
    assert breaches(of(both, kept, lost)) == []
    elsewhere = kept | years(2000, 5, 6, country="GTM", sex="M")
    assert (
        breaches(of(both | years(2000, 7, 8, country="GTM", sex="F"), elsewhere), "category_gone")[0]
        == category
    )


def by_citizenship(**entries: tuple[int, int]) -> pa.Table:
    """Years with that many persons each, by citizenship."""
    rows = [{"reporting_country": "CRI", "period_start": date(1900 + n, 1, 1), "frequency": "A",
             "citizenship": code, "value": persons}
            for code, (many, persons) in entries.items() for n in range(many)]  # fmt: skip
    return of_rows(rows)


@pytest.mark.parametrize(
    ("lost", "kept", "seen"),
    [
        ((1, 1), (99, 100), True),  # one of a hundred values
        ((1, 1), (100, 100), False),
        ((1, 1), (1, 99), True),
        ((1, 101), (101, 99), True),  # 101 of 10,100 persons
        ((1, 100), (101, 100), False),  # 100 of 10,200
        ((1, 0), (101, 0), False),  # nobody
        ((1, 1), (101, 0), True),  # the only person
    ],
)
def test_of_an_open_list_a_hundredth_of_values_or_persons_is_a_lost_code(
    lost: tuple[int, int], kept: tuple[int, int], seen: bool
) -> None:
    before, after = by_citizenship(COL=lost, VEN=kept), by_citizenship(VEN=kept)
    result = compare(before, after, table({}), by_period=False, absent_is_zero=False)
    expected = [("category_gone", "CRI · citizenship", "COL", str(lost[0]))]
    assert breaches(result, "category_gone") == (expected if seen else [])


@pytest.mark.parametrize("lost", [1, 12, 13])
def test_a_year_that_is_gone_is_named_and_of_many_the_first_twelve(lost: int) -> None:
    all_years = years(1990, *range(100, 130)) | years(1990, 7, country="GTM")
    left = {key: v for key, v in all_years.items() if key[0] == "GTM" or key[1] >= 1990 + lost}
    gone = {key: v for key, v in all_years.items() if key not in left}
    listed = ", ".join(f"{year}-01" for year in range(1990, 1990 + min(lost, 12))) + ", …" * (lost > 12)
    assert breaches(of(all_years, left)) == [("period_gone", "CRI", str(lost), listed)]
    assert breaches(of(all_years, left, gone)) == []
    assert breaches(of(all_years, left, by_period=True)) == []


def test_months_that_are_gone_are_named_and_a_frequency_that_is_not_reported_any_more_is_not() -> None:
    months = of_rows({"reporting_country": "CRI", "period_start": date(2020, m, 1), "frequency": "M", "value": m}
                     for m in (1, 6, 11, 12))  # fmt: skip
    annual = table(years(2020, 30))
    empty = table({})

    def gone(after: pa.Table) -> list[tuple]:
        before = pa.concat_tables([months, annual])
        return breaches(compare(before, after, empty, by_period=False, absent_is_zero=False), "period_gone")

    left = pa.concat_tables([months.slice(0, 2), annual])
    assert gone(left) == [("period_gone", "CRI", "2", "2020-11, 2020-12")]
    assert gone(annual) == []


def test_a_delivery_by_period_answers_for_its_countries_periods_and_frequencies_only() -> None:
    before = years(2019, 5, 6, sex="F") | years(2019, 7, 8, country="GTM", sex="F")
    after = {("CRI", 2020, "M"): 6}
    assert of(before, after, by_period=True).counts["of"] == 1
    quarter = compare(
        table(before), table(after, frequency="Q"), table({}), by_period=True, absent_is_zero=False
    )
    assert quarter.counts["of"] == 0


# ---- an older file ---------------------------------------------------------------------------------------


def returned(before: Values, after: Values, *olders: Values) -> list[tuple[int, int, bool]]:
    counted = count_returns(
        table(before), table(after), table({}), map(table, olders), by_period=False, absent_is_zero=False
    )
    return [(r.count, r.total, r.is_significant) for r in counted]


def test_values_that_return_to_an_older_file_are_counted_by_file() -> None:
    first, second = years(2000, 1, 2, 3, 4), years(2000, 5, 6, 7, 4)
    assert returned(second, first, first, second) == [(3, 3, True), (0, 3, False)]
    assert returned(second, second, first) == []
    assert returned(second, {}, first, {}) == [(0, 4, False), (4, 4, True)]


@pytest.mark.parametrize(
    ("numbers", "others", "significant"),
    [
        ((1, 1, 1), 2, True),  # three of five
        ((1, 1, 1), 3, False),  # half is not most
        ((1, 1), 0, False),
        ((1, 10), 0, True),  # ten persons
        ((1, 9), 0, False),
    ],
)
def test_most_values_and_three_or_a_large_one_return(
    numbers: tuple[int, ...], others: int, significant: bool
) -> None:
    """What is large is large in the file in force."""
    force = years(2000, *numbers, *[5] * others)
    older = years(2000, *[77] * len(numbers), *[88] * others)
    now = years(2000, *[77] * len(numbers), *[99] * others)
    assert returned(force, now, older) == [(len(numbers), len(numbers) + others, significant)]


def test_both_bounds_return_or_the_value_does_not() -> None:
    force, now = years(2000, 1, 2), {("CRI", 2000, "_T"): (3, 8), ("CRI", 2001, "_T"): (4, 9)}
    older = {("CRI", 2000, "_T"): (3, 9), ("CRI", 2001, "_T"): (5, 9)}
    assert returned(force, now, older, now) == [(0, 2, False), (2, 2, False)]


def ends(before: Mapping[str, Values], after: Mapping[str, Values]) -> list[tuple]:
    whole = [pa.concat_tables(table(v, frequency=f) for f, v in t.items()) for t in (before, after)]
    return [(f.rule, f.value, f.expected) for f in find_earlier_ends(*whole)]


def test_a_whole_file_that_ends_earlier_is_said_by_frequency() -> None:
    full, short = years(2000, 1, 2, 3), years(2000, 1, 2)
    said = ("ends_earlier", "2001-01", "2002-01")
    assert ends({"A": full}, {"A": short}) == [said]
    assert ends({"A": short}, {"A": full}) == ends({"A": full}, {"A": full}) == []
    assert ends({"A": full, "Q": full}, {"Q": short}) == [said]
