"""A table that exceeds what it breaks down is flagged, whatever it details: counts are shown, nothing is built on them."""

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.test_bounds import _ask, _built, _indicator, _regional
from tests.test_bounds import db as _db
from tests.test_decisions import ask, together
from tests.test_shares import case

db = _db
Cells = list[dict[str, Any]]


def flags(db: duckdb.DuckDBPyConnection, name: str = "tip_victims_detected") -> dict[str, str | None]:
    """The flag of each year's count, by the codes it details."""
    return {
        "+".join(v[d] for d in ("sex", "age_group", "exploitation", "citizenship") if v[d] != "_T"): v["flag"]
        for v in _indicator(db, name)
        if v["panel"] == "_Z" and v["frequency"] == "A"
    }


def cells(*told_of: dict[str, Any]) -> Cells:
    """Cells of one number each: `value` stands for both ends of its interval."""
    return [c | {"value": c["value"] if isinstance(c["value"], list) else [c["value"]] * 2} for c in told_of]


ABOVE = {
    "sex": [{"sex": "F", "value": 21}, {"sex": "M", "value": 3}],
    "age_group": [{"age_group": "Y0T17", "value": [5, 9]}, {"age_group": "Y_GE18", "value": 4}],
    "exploitation": [{"exploitation": "SEX", "value": 5}, {"exploitation": "LAB", "value": 4}],
    "citizenship": [{"citizenship": "CRI", "value": 6}, {"citizenship": "NIC", "value": 6}],
    "age_group+sex": [
        {"age_group": "Y0T17", "sex": "F", "value": 5}, {"age_group": "Y_GE18", "sex": "F", "value": 5}
    ],
}  # fmt: skip
SHARES = ("tip_female_share_known_sex", "tip_child_share_known_age", "tip_exploitation_share")


@pytest.mark.statistics("2", "breakdown above total")
@pytest.mark.parametrize("breakdown", ABOVE)
def test_more_than_the_total_is_shown_flagged_and_makes_no_share(
    breakdown: str, db: duckdb.DuckDBPyConnection
) -> None:
    """As UNODC's 21 women of 8 convicted. The total itself is not in doubt."""
    _built(db, "X/silent", cells({"value": 8}, *ABOVE[breakdown]))
    said = flags(db)
    assert said.pop("") is None
    assert set(said.values()) == {"inconsistent"}
    assert len(said) == len(ABOVE[breakdown])
    shares = [v for i in SHARES for v in _indicator(db, i)]
    assert {v["value_low"] for v in shares} <= {None}
    assert {v["flag"] for v in shares} <= {"inconsistent"}
    assert {r["share_low"] for r in _ask(db, "SELECT share_low FROM core.origin")} <= {None}
    (region,) = _regional(db, "tip_victims_detected")
    assert (region["numerator_low"], region["flag"]) == (8, "dominated+low_coverage")


@pytest.mark.parametrize("breakdown", ABOVE)
def test_what_may_fit_is_not_flagged(breakdown: str, db: duckdb.DuckDBPyConnection) -> None:
    lows = [c["value"][0] for c in cells(*ABOVE[breakdown])]
    _built(db, "X/silent", cells({"value": sum(lows)}, *ABOVE[breakdown]))
    assert set(flags(db).values()) == {None}


def test_more_in_a_cell_than_the_wider_table_says_is_flagged_too(db: duckdb.DuckDBPyConnection) -> None:
    """25 girls and 15 women are 40, the table by sex says 30: within the total of 100, and impossible."""
    by_sex = [{"sex": "F", "value": 30}, {"sex": "M", "value": 20}]
    ages = [{"sex": "F", "age_group": a, "value": n} for a, n in (("Y0T17", 25), ("Y_GE18", 15))]
    _built(db, "X/silent", cells({"value": 100}, *by_sex, *ages))
    assert flags(db) == {
        "": None,
        "F": "contradicted",
        "M": "contradicted",
        "F+Y0T17": "inconsistent",
        "F+Y_GE18": "inconsistent",
    }
    known, whole = _indicator(db, "tip_female_share_known_sex")
    assert {known["denominator_basis"], whole["denominator_basis"]} == {"known", "all"}
    assert known["value_low"] is not None
    assert all("contradicted" in share["flag"].split("+") for share in (known, whole))


@pytest.mark.statistics("7", "contradictory tables")
@pytest.mark.parametrize(
    ("wider", "finer", "flagged"),
    [
        # UNODC, Canada 2022: 352 adults, of whom 317 are women and 95 men
        ("age_group", [("F", "Y_GE18", 317), ("M", "Y_GE18", 95), ("F", "Y0T17", 60)], {"Y0T17", "Y_GE18"}),
        ("age_group", [("F", "Y_GE18", 317), ("M", "Y_GE18", 35), ("F", "Y0T17", 60)], set()),
        ("sex", [("F", "Y_GE18", 401), ("F", "Y0T17", 10)], {"F", "M"}),
        ("sex", [("F", "Y_GE18", 399), ("F", "Y0T17", 1)], set()),
        ("sex", [("M", "Y_GE18", 96)], {"F", "M"}),
        ("sex", [("_U", "Y_GE18", 96)], set()),  # adults of unknown sex may be women or men
    ],
)
def test_both_tables_of_a_contradiction_are_flagged(
    wider: str, finer: list[tuple[str, str, int]], flagged: set[str], db: duckdb.DuckDBPyConnection
) -> None:
    """Nobody knows which of the two is wrong, so neither is shown as if nothing contradicted it."""
    tables = {
        "age_group": [{"age_group": "Y0T17", "value": 75}, {"age_group": "Y_GE18", "value": 352}],
        "sex": [{"sex": "F", "value": 400}, {"sex": "M", "value": 95}],
    }
    details = [{"sex": sex, "age_group": age, "value": value} for sex, age, value in finer]
    _built(db, "X/silent", cells({"value": 506}, *tables[wider], *details))
    by_cell = flags(db)
    assert {cell for cell, flag in by_cell.items() if flag == "contradicted"} == flagged
    assert {cell for cell, flag in by_cell.items() if flag == "inconsistent"} == (
        {f"{sex}+{age}" for sex, age, _ in finer} if flagged else set()
    )
    assert by_cell[""] is None


@pytest.mark.slow
def test_subgroups_exceed_their_group(db: duckdb.DuckDBPyConnection) -> None:
    """Eight and seven are more than the ten children they are part of, though not more than the total."""
    ages = {"Y0T17": 10, "Y0T11": 8, "Y12T17": 7, "Y_GE18": 5}
    rows = [{"age_group": a, "value": n} for a, n in ages.items()]
    _built(db, "X/silent", cells({"value": 30}, *rows))
    assert flags(db) == {"": None} | dict.fromkeys(ages, "inconsistent")
    _built(
        db, "X/silent", cells({"value": 30}, *(r | {"value": min(r["value"], 5)} for r in rows[1:]), rows[0])
    )
    assert set(flags(db).values()) == {None}


def test_who_is_unknown_to_one_table_may_be_known_to_another(db: duckdb.DuckDBPyConnection) -> None:
    """Of 9 children the table by age and sex knows the sex of none; the table by sex of all but 2."""
    by_sex = [{"sex": "F", "value": 5}, {"sex": "M", "value": 3}, {"sex": "_U", "value": 2}]
    _built(db, "X/silent", cells({"value": 10}, *by_sex, {"sex": "_U", "age_group": "Y0T17", "value": 9}))
    assert set(flags(db).values()) == {None}


@pytest.mark.slow
def test_other_sex_that_is_unknown_sex_counts_once(db: duckdb.DuckDBPyConnection) -> None:
    """UNODC, United States 2017: 153 and 153 are one group."""
    rows = [{"sex": s, "value": n} for s, n in (("F", 30), ("M", 50), ("_O", 20), ("_U", 20))]
    _built(db, "X/silent", cells({"value": 100}, *rows))
    assert set(flags(db).values()) == {None}
    by_age = [{"sex": s, "age_group": "Y_GE18", "value": n} for s, n in (("F", 30), ("M", 50), ("_O", 20))]
    unknown = {"sex": "_U", "age_group": "_U", "value": 20}
    _built(db, "X/silent", cells({"value": 100}, *rows[:3], *by_age, unknown))
    assert set(flags(db).values()) == {None}


def test_rates_are_no_parts_of_a_rate(db: duckdb.DuckDBPyConnection) -> None:
    rates = [{"value": 1.5}, {"sex": "F", "value": 2.5}, {"sex": "M", "value": 0.5}]
    _built(
        db,
        "X/silent",
        [c | {"measure": "victims_detected_rate_published"} for c in cells(*rates)],
        "core.breakdowns",
    )
    assert _ask(db, "SELECT * FROM core.breakdowns") == []


def test_a_table_of_more_months_than_its_total_is_no_contradiction(db: duckdb.DuckDBPyConnection) -> None:
    """The total came for three months, the table by sex for twelve; each month fits. No share of a part of the year."""
    rows = [_of_month(m, {"value": 4}) for m in (1, 2, 3)]
    rows += [_of_month(m, {"sex": "F", "value": 4}) for m in range(1, 13)]
    _built(db, "X/silent", cells(*rows))
    assert flags(db)["F"] is None
    shares = [v for v in _indicator(db, "tip_female_share_known_sex") if v["frequency"] == "A"]
    assert {(v["denominator_basis"], v["value_low"], v["flag"]) for v in shares} == {
        ("known", None, "inconsistent"), ("all", None, "inconsistent+partial")
    }  # fmt: skip


def _of_month(month: int, cell: dict[str, Any]) -> dict[str, Any]:
    return cell | {
        "period_start": date(2018, month, 1),
        "period_end": date(2018, month, 28),
        "frequency": "M",
    }


@pytest.mark.slow
def test_nothing_is_built_on_a_total_of_an_inconsistent_table(db: duckdb.DuckDBPyConnection) -> None:
    """Ages and sexes add up to the total, and exceed the table by sex: the sum bears the flag, no ratio, no region."""
    persons = {"persons_convicted": 30, "persons_prosecuted": 40, "victims_detected": 50}
    for fewer, doubted in ((10, True), (0, False)):
        rows: Cells = []
        for year, (measure, n) in itertools.product((2016, 2017, 2018), persons.items()):
            of = {"year": year, "measure": measure, "sex": "F"}
            rows += cells(of | {"value": n - fewer}, of | {"age_group": "Y_GE18", "value": n})
        _built(db, "X/two_tables", rows)
        assert {flags(db)[""], flags(db)["F+Y_GE18"]} == {"inconsistent" if doubted else None}
        ratios = [v for v in _indicator(db, "tip_convicted_per_100_prosecuted") if v["panel"] == "_Z"]
        assert bool(ratios) != doubted
        assert bool(_regional(db, "tip_victims_detected")) != doubted


def test_a_table_added_up_of_an_inconsistent_one_is_inconsistent(db: duckdb.DuckDBPyConnection) -> None:
    rows = [{"sex": s, "age_group": a, "value": 5} for s in ("F", "M") for a in ("Y0T17", "Y_GE18")]
    _built(db, "X/two_tables", cells({"value": 12}, *rows))
    assert flags(db) == {
        "": None,
        **dict.fromkeys(("F", "M", "Y0T17", "Y_GE18"), "inconsistent"),
        **dict.fromkeys((f"{s}+{a}" for s in "FM" for a in ("Y0T17", "Y_GE18")), "inconsistent"),
    }


@pytest.mark.slow
def test_an_office_s_file_is_released_with_the_flag(tmp_path: Path) -> None:
    home = together(tmp_path, {"CRI": case("sex", ",8", "F,21", "M,3")})
    counts = (
        "SELECT sex, value_low, flag FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' "
        "AND panel = '_Z' ORDER BY 1"
    )
    of_blank = "unclear_label"  # the blank row may be the total, or 8 persons of unknown sex
    assert ask(home, counts) == [("F", 21, "inconsistent"), ("M", 3, "inconsistent"), ("_T", 8, of_blank)]
    shares = (
        "SELECT DISTINCT value_low, flag FROM baseline.indicator_values WHERE indicator LIKE '%known_sex'"
    )
    assert ask(home, shares) == [(None, "inconsistent")]
