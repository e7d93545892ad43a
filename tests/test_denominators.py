"""Shares of a breakdown over those known and over all: by hand, and as narrow as all completions allow by brute force."""

import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_bounds import Bounds, _built, _indicator, few, told
from tests.test_bounds import db as _db

db = _db
Told = dict[str, Bounds]
SEX, AGE, FORM = "tip_female_share_known_sex", "tip_child_share_known_age", "tip_exploitation_share"


def shares(db: duckdb.DuckDBPyConnection, indicator: str = SEX) -> dict[str, dict[str, Any]]:
    """The one share of a table, by its denominator."""
    found = _indicator(db, indicator)
    by_basis = {v["denominator_basis"]: v for v in found}
    assert len(by_basis) == len(found)
    return by_basis


def interval(row: dict[str, Any], name: str = "value") -> tuple[float | None, float | None]:
    return row[f"{name}_low"], row[f"{name}_high"]


def by_sex(**told_of: int | Bounds) -> list[dict[str, Any]]:
    """Cells by sex; `T` is the total."""
    return [
        {"value": [n, n] if isinstance(n, int) else list(n)} | ({} if code == "T" else {"sex": code})
        for code, n in told_of.items()
    ]


# ---- by hand -------------------------------------------------------------------------------------


def test_a_share_of_few_known_says_so_and_stands_beside_that_of_all(db: duckdb.DuckDBPyConnection) -> None:
    """UNODC, United States 2021: of 10,070 the form of 3,857 is known, 3,215 of them sexual: 83.4 % and 31.9–93.6 %."""
    rows = [{"exploitation": e, "value": [n, n]} for e, n in (("SEX", 3215), ("LAB", 642))]
    _built(db, "X/silent", [*rows, {"value": [10070, 10070]}])
    of = {v["denominator_basis"]: v for v in _indicator(db, FORM) if v["exploitation"] == "SEX"}
    assert interval(of["known"]) == (3215 / 3857, 3215 / 3857)
    assert interval(of["known"], "known_share") == (3857 / 10070, 3857 / 10070)
    assert (of["known"]["flag"], of["all"]["flag"]) == ("incomplete", None)
    assert interval(of["all"]) == (3215 / 10070, (10070 - 642) / 10070)
    assert interval(of["all"], "numerator") == (3215, 10070 - 642)
    assert interval(of["all"], "denominator") == (10070, 10070)


@pytest.mark.slow
def test_from_80_percent_on_enough_is_known(db: duckdb.DuckDBPyConnection) -> None:
    for men, flag in ((40, None), (39, "incomplete")):
        _built(db, "X/silent", by_sex(F=40, M=men, _U=5, T=100))
        assert shares(db)["known"]["flag"] == flag
        assert interval(shares(db)["all"]) == (0.4, (100 - men) / 100)


def test_a_total_leaves_no_room(db: duckdb.DuckDBPyConnection) -> None:
    """UNODC, Panama 2017: 34 adults of 34 leave no child, whatever “<5” may hold."""
    rows = [{"age_group": a, "value": v} for a, v in (("Y0T17", [0, 4]), ("Y_GE18", [34, 34]))]
    _built(db, "X/silent", [*rows, {"value": [34, 34]}])
    assert {basis: interval(v) for basis, v in shares(db, AGE).items()} == {"known": (0, 0), "all": (0, 0)}


def test_a_table_by_age_and_sex_tells_what_the_one_by_sex_hides(db: duckdb.DuckDBPyConnection) -> None:
    """As UNODC's Dominican Republic 2018: 13 women at least by age, 89 men at least, and 102 in all."""
    ages = [("F", "Y_GE18", 13), ("M", "Y0T17", 44), ("M", "Y_GE18", 45)]
    detailed = [{"sex": s, "age_group": a, "value": [n, n]} for s, a, n in ages]
    _built(db, "X/silent", [*by_sex(F=(0, 17), M=(0, 102), T=102), *detailed])
    assert interval(shares(db)["known"]) == (13 / 102, 13 / 102)
    assert interval(shares(db)["known"], "known_share") == (1, 1)
    assert interval(shares(db)["all"]) == (13 / 102, 13 / 102)


def test_an_inconsistent_table_narrows_nothing(db: duckdb.DuckDBPyConnection) -> None:
    detailed = [{"sex": "F", "age_group": a, "value": [9, 9]} for a in ("Y0T17", "Y_GE18")]
    _built(db, "X/silent", [*by_sex(F=(5, 17), M=83, T=100), *detailed])
    assert interval(shares(db)["known"]) == (5 / 88, 17 / 100)


@pytest.mark.slow
def test_without_a_total_there_is_no_share_of_all(db: duckdb.DuckDBPyConnection) -> None:
    """205 women and not a word of others (by form: UNODC, Dominican Republic 2007): from none to all of those known."""
    _built(db, "X/silent", by_sex(F=205))
    assert list(shares(db)) == ["known"]
    assert (interval(shares(db)["known"]), shares(db)["known"]["flag"]) == ((0, 1), "incomplete")
    _built(db, "X/silent", by_sex(F=(0, 4), M=6))
    assert list(shares(db)) == ["known"]
    assert interval(shares(db)["known"], "known_share") == (1, 1)


def test_a_total_that_the_card_lets_add_up_is_one(db: duckdb.DuckDBPyConnection) -> None:
    """30 women and 50 men are known, the sex of 20 is not; the table leaves nobody out."""
    _built(db, "X/by_sex", by_sex(F=30, M=50, _U=20))
    assert interval(shares(db)["known"]) == (30 / 80, 30 / 80)
    assert interval(shares(db)["all"]) == (0.3, 0.5)


def test_a_table_without_an_upper_bound_has_a_share_without_a_lower_one(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """Five women, and 10 men or more: the table leaves nobody out, and nobody knows how many it lists."""
    _built(db, "X/by_sex", by_sex(F=5, M=(10, None)))
    assert {basis: interval(v) for basis, v in shares(db).items()} == dict.fromkeys(
        ("known", "all"), (0, 5 / 15)
    )


def test_a_total_in_doubt_narrows_no_share_of_the_known(db: duckdb.DuckDBPyConnection) -> None:
    """As Mexico's 2015, whose total is its year: the share of all bears the flag, the other is of the table alone."""
    total = {"value": [20, 20], "flag": "suspect_value"}
    _built(db, "X/silent", [*by_sex(F=(5, 12), M=10), total])
    assert (interval(shares(db)["known"]), shares(db)["known"]["flag"]) == ((5 / 15, 12 / 22), "incomplete")
    assert interval(shares(db)["known"], "denominator") == (5 + 10, 12 + 10)
    assert (interval(shares(db)["all"]), shares(db)["all"]["flag"]) == ((0.25, 0.5), "suspect_value")


# ---- by brute force ------------------------------------------------------------------------------


class Truth(NamedTuple):
    """What one completion says: women, other known ones, those of unknown sex and left out, all."""

    women: int
    others: int
    hidden: int
    every: int


def completions(
    cells: Told, total: Bounds | None, least: dict[str, int], whole: bool, zero: bool
) -> list[Truth]:
    """All that fit: no cell is less than its rows by age, no total less than the cells; whole tables leave nobody out."""
    return list(_completions(cells, total, least, whole, zero))


def _completions(
    cells: Told, total: Bounds | None, least: dict[str, int], whole: bool, zero: bool
) -> Iterator[Truth]:
    codes = list(cells)
    for values in itertools.product(*(_span(cells[c]) for c in codes)):
        of = dict(zip(codes, values, strict=True))
        if any(n < least.get(c, 0) for c, n in of.items() if c != "_U"):
            continue
        listed = sum(values)
        for every in [listed] if total is None else _span(total):
            left_out = every - listed
            if left_out < 0 or (whole and left_out) or (total and every < sum(least.values())):
                continue
            # only women are named: the others may be any whom the table leaves out
            unnamed = range(1 if zero or whole or "M" in of or total is None else left_out + 1)
            for others in unnamed:
                hidden = of.get("_U", 0) + left_out - others
                yield Truth(of["F"], of.get("M", 0) + others, hidden, every)


def _span(bounds: Bounds) -> range:
    low, high = bounds
    assert high is not None
    return range(low, high + 1)


def _ends(values: list[float]) -> Any:
    return pytest.approx((min(values), max(values))) if values else (None, None)


@pytest.mark.statistics("6", "known sex and age")
@pytest.mark.statistics("4", "two denominators")
@pytest.mark.slow
@few
@given(data=st.data(), collection=st.sampled_from(["X/silent", "X/zero", "X/by_sex"]))
def test_shares_are_as_narrow_as_all_completions_allow(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, collection: str
) -> None:
    few_told = told(most=3, unbounded=False).map(lambda t: t[1])
    cells: Told = {"F": data.draw(few_told)}
    cells |= {c: data.draw(few_told) for c in data.draw(st.sets(st.sampled_from(["M", "_U"])))}
    by_age = {c: data.draw(few_told) for c in data.draw(st.sets(st.sampled_from(["F", "M", "_U"])))}
    total = data.draw(
        st.none() | st.tuples(st.integers(0, 9), st.integers(0, 3)).map(lambda t: (t[0], sum(t)))
    )
    rows = [{"sex": c, "value": list(v)} for c, v in cells.items()]
    rows += [{"sex": c, "age_group": "Y0T17", "value": list(v)} for c, v in by_age.items()]
    _built(db, collection, rows + ([{"value": list(total)}] if total else []))
    found = shares(db)
    exhaustive, zero = collection == "X/by_sex", collection != "X/silent"
    assert set(found) == ({"known", "all"} if total or exhaustive else {"known"})
    if total is None and collection == "X/silent" and "M" not in cells:
        return  # nobody knows of how many: by hand above

    if exhaustive:  # what its rows may add up to is the total, unless one was sent
        total = total or (sum(low for low, _ in cells.values()), sum(high or 0 for _, high in cells.values()))

    def all_that_fit(least: dict[str, int]) -> list[Truth]:
        fit = completions(cells, total, least, exhaustive, zero) if exhaustive else []
        return fit or completions(cells, total, least, False, zero)

    alone = all_that_fit({})
    fit = all_that_fit({c: low for c, (low, _) in by_age.items()}) if _fits(by_age, cells, total) else alone
    for basis, share in found.items():
        if not alone or not fit:
            assert (interval(share), share["flag"]) == ((None, None), "inconsistent"), basis
    if not alone or not fit:
        return
    known = found["known"]
    assert interval(known) == _ends([t.women / (t.women + t.others) for t in fit if t.women + t.others])
    told_of = [(t.women + t.others, t.every) for t in fit]
    if any(every for _, every in told_of):
        assert interval(known, "known_share") == _ends([n / every for n, every in told_of if every])
    if "all" in found:
        women = [(t.women + more, t.every) for t in fit for more in (0, t.hidden)]
        assert interval(found["all"]) == _ends([n / every for n, every in women if every])
        assert interval(found["all"], "numerator") == _ends([n for n, _ in women])
        assert interval(found["all"], "denominator") == _ends([every for _, every in women])


def _fits(by_age: Told, cells: Told, total: Bounds | None) -> bool:
    """Whether the table by age and sex fits the total and each cell by sex, as far as its sex is known."""
    most = math.inf if total is None else (total[1] or 0)
    return sum(low for low, _ in by_age.values()) <= most and all(
        low <= (cells[c][1] or 0) for c, (low, _) in by_age.items() if c in cells and c != "_U"
    )
