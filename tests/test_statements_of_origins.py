"""Judgements about who is in a table of origin or a sum (analysis.statements), each from a few rows."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.tables import SLICES
from tests.test_statements import COUNT, KNOWN, ORIGINS, OTHER, REGION, SHARE, codes, judged, origins

OUT_OF_SUMS: list[dict[str, Any]] = [
    {"flag": "contradicted", "out_of_sums": True},
    {"flag": "suspect_value", "out_of_sums": True},
    {"flag": "partial", "out_of_sums": False},
]


def test_a_table_in_doubt_has_each_flag_that_keeps_it_out_of_sums() -> None:
    for flag, found in (
        ("contradicted+partial+suspect_value", ["contradicted", "suspect_value"]),
        ("partial", []),
        (None, []),
    ):
        tables = [*origins(2020, flag=flag), *origins(2021)]
        judgements = judged([{}], baseline__origin_profile=tables, reference__flags=OUT_OF_SUMS)
        assert codes(judgements, "doubt_of_table") == found
    of_other = [row | {"collection": OTHER} for row in origins(2020, flag="contradicted")]
    judgements = judged([{}], baseline__origin_profile=[*of_other, ORIGINS], reference__flags=OUT_OF_SUMS)
    [doubt] = judgements[judgements["kind"] == "doubt_of_table"].to_dict("records")
    assert (doubt["indicator"], doubt["collection"], doubt["year"]) == (COUNT, OTHER, 2020)


@pytest.mark.parametrize(
    ("figure", "found"),
    [
        ({"value_low": 0.0}, ["nobody_named"]),
        ({"value_low": 0.0, "value_high": 0.0}, ["nobody_named"]),
        ({"value_low": 0.01}, []),
        ({"value_low": None, "value_high": None}, []),
        ({"value_low": 0.0, "area_type": "region", "members": "HND"}, []),
        ({"value_low": 0.0, "indicator": COUNT}, []),
    ],
)
def test_a_table_names_nobody_if_the_least_known_share_is_none(
    figure: dict[str, Any], found: list[str]
) -> None:
    known = {"indicator": KNOWN, "unit": "share", "value_high": 1.0}
    assert codes(judged([known | figure]), "known_origin") == found


def sums(members: dict[int, str | None], **row: Any) -> list[dict[str, Any]]:
    """A sum of each year with these members; without a value where there are none."""
    return [
        REGION
        | {"year": year, "members": names, "members_reporting": len((names or "").split())}
        | ({} if names else {"value_low": None, "value_high": None})
        | row
        for year, names in members.items()
    ]


def test_a_sum_has_the_members_of_the_year_before_or_others() -> None:
    years = {2015: "HND", 2016: "HND SLV", 2017: "HND SLV", 2018: None, 2019: "HND SLV", 2020: "HND MEX"}
    judgements = judged([*sums(years), {"year": 2016}])
    found = judgements[judgements["kind"] == "members_before"]
    assert dict(zip(found["year"], found["code"], strict=True)) == {
        2016: "other_members",
        2017: "same_members",
        2020: "other_members",
    }


def test_the_sums_of_all_years_have_the_same_members_or_others() -> None:
    """A year without a sum, and one whose bounds exclude nothing, do not count."""
    unbounded = sums({2021: "MEX"}, value_low=0.0, value_high=float("inf"))
    for members, code, counts in (
        ({2018: "HND SLV", 2019: None, 2020: "HND SLV"}, "same_members", (2, 2)),
        ({2018: "HND SLV", 2019: "HND MEX", 2020: "HND SLV"}, "other_members", (2, 2)),
        ({2018: "HND", 2019: "HND MEX SLV", 2020: "HND SLV"}, "other_members", (1, 3)),
    ):
        judgements = judged([*sums(members), *unbounded])
        [found] = judgements[judgements["kind"] == "members_of_years"].to_dict("records")
        assert (found["year"], found["code"]) == (2020, code)
        assert (found["value_low"], found["value_high"]) == counts


@pytest.mark.slow
def test_a_grouping_may_be_the_region_without_its_largest_member() -> None:
    of_region: dict[str, Any] = dict.fromkeys(SLICES, "_T") | {
        "indicator": SHARE, "reporting_country": "CRM", "year": 2020, "panel": "reporting", "frequency": "A",
        "pooled_years": 1, "denominator_basis": "all", "citizenship": "_T", "origin_class": "own_national",
        "members": "HND MEX SLV", "largest_member": "MEX",
    }  # fmt: skip
    grouping = {"indicator": SHARE, "unit": "share", "reporting_country": "SICA", "members": "HND SLV"}
    for region, own, found in (
        ({}, {}, ["MEX"]),
        ({"largest_member": "HND"}, {"members": "MEX SLV"}, ["HND"]),
        ({"largest_member": "SLV"}, {"members": "HND MEX"}, ["SLV"]),
        ({"largest_member": None}, {}, []),
        ({"members": "HND MEX NIC SLV"}, {}, []),
        ({"year": 2019}, {}, []),
        ({"reporting_country": "SICA"}, {}, []),
        ({"origin_class": "extra_regional"}, {}, []),
    ):
        shares = [
            REGION | grouping | {"origin_class": name} | own for name in ("own_national", "extra_regional")
        ]
        judgements = judged(shares, baseline__indicator_values=[of_region | region])
        assert list(judgements[judgements["kind"] == "members_of_region"]["member"]) == found


@pytest.mark.slow
def test_the_figure_before_the_newest_is_of_the_year_before_or_earlier() -> None:
    """A year in doubt or without a figure, and one whose bounds exclude nothing, do not count."""
    doubt: dict[str, Any] = {"value_low": None, "value_high": None}
    nothing = {"value_low": 0.0, "value_high": float("inf")}
    for years, found in (
        ({2018: {}, 2019: {}, 2020: {}}, [(2019, "year_before")]),
        ({2018: {}, 2019: doubt, 2020: {}}, [(2018, "years_before")]),
        ({2018: {}, 2019: nothing, 2020: {}}, [(2018, "years_before")]),
        ({2018: {}, 2019: {"value_low": 0.0, "value_high": 5.0}, 2020: {}}, [(2019, "year_before")]),
        ({2017: {}, 2018: {}, 2020: doubt}, [(2017, "year_before")]),
        ({2020: {}}, []),
    ):
        judgements = judged([figure | {"year": year} for year, figure in years.items()])
        rows = judgements[judgements["kind"] == "figure_before"]
        assert list(zip(rows["year"], rows["code"], strict=True)) == found
    share = {"indicator": SHARE, "unit": "share", "value_low": 0.0}
    exact, open_share = share | {"value_high": 0.9}, share | {"value_high": 1.0}
    assert codes(judged([exact | {"year": 2019}, exact, open_share | {"year": 2018}]), "figure_before") == []


def flow(country: str, low: float, year: int = 2020, **row: Any) -> dict[str, Any]:
    return {
        "origin": "HND", "reporting_country": country, "collection": country, "measure": "victims_detected",
        "family": "trafficking", "preferred": True, "period_end": f"{year}-12-31", "persons_low": low,
    } | row  # fmt: skip


ABROAD = {
    "origin": "HND", "measure": "victims_detected", "family": "trafficking", "year": 2020, "persons_low": 9.0,
    "persons_high": 12.0,
}  # fmt: skip


def test_of_nationals_elsewhere_the_newest_year_and_the_table_that_names_most_count() -> None:
    flows = [
        flow("MEX", 5.0, persons_high=6.0),
        flow("GTM", 4.0),
        flow("SLV", 8.0, year=2019),
        flow("USA", 8.0, preferred=False),
        flow("HND", 8.0),
        flow("CRI", 8.0, origin="NIC"),
    ]
    rows = {"analysis__nationals_abroad": [ABROAD, ABROAD | {"year": 2019, "persons_low": 90.0}]}
    judgements = judged([{}], baseline__origin_flows=flows, **rows)
    [found] = judgements[judgements["kind"] == "nationals_elsewhere"].to_dict("records")
    assert (found["reporting_country"], found["member"], found["collection"]) == ("HND", "MEX", "MEX")
    assert (found["value_low"], found["value_high"], found["other_low"], found["other_high"]) == (5, 6, 9, 12)
    equal = judged([{}], baseline__origin_flows=[flow("MEX", 5.0), flow("GTM", 5.0)], **rows)
    assert list(equal[equal["kind"] == "nationals_elsewhere"]["member"]) == ["GTM"]
    nobody = judged([{}], baseline__origin_flows=[flow("MEX", 0.0), flow("SLV", 8.0, year=2019)], **rows)
    assert codes(nobody, "nationals_elsewhere") == []


BY_ORIGIN = "tip_victims_detected_origin"
SPECIFIED_BY_ORIGIN = [
    {"indicator": BY_ORIGIN, "form": "origin_count", "measure": "victims_detected", "family": "trafficking"},
    {"indicator": "share", "form": "origin_share", "measure": "victims_detected", "family": "trafficking"},
]


def table_of(country: str, low: float, high: float | None, **row: Any) -> dict[str, Any]:
    """One origin of a table of origins with this total; each of its rows repeats the total."""
    return flow(country, 1.0, **{"total_low": low, "total_high": high} | row)


def counted(origin_class: str, low: float, high: float | None, **row: Any) -> dict[str, Any]:
    return dict.fromkeys(SLICES, "_T") | {
        "indicator": BY_ORIGIN, "reporting_country": "CRM", "year": 2020, "panel": "reporting", "frequency": "A",
        "pooled_years": 1, "denominator_basis": "_Z", "citizenship": "_T", "origin_class": origin_class,
        "members": "HND SLV", "value_low": low, "value_high": high,
    } | row  # fmt: skip


def persons_of_origin(tables: list[dict[str, Any]], counts: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    share = REGION | {"indicator": "share", "unit": "share", "members": "HND SLV", "value_low": 0.1}
    judgements = judged(
        [share | {"origin_class": name} for name in ("own_national", "intra_regional", "extra_regional")],
        baseline__origin_flows=tables,
        baseline__indicator_values=counts,
        core__declared=[{"indicator": "share", "family": "trafficking", "denominator": "victims_detected"}],
        core__specification=SPECIFIED_BY_ORIGIN,
    )
    found = judgements[judgements["kind"] == "persons_of_origin"]
    columns = ["code", "value_low", "value_high", "other_low", "other_high"]
    return list(found[columns].itertuples(index=False, name=None))


TABLES = [
    table_of("HND", 100.0, 100.0),
    table_of("HND", 100.0, 100.0, origin="NIC"),
    table_of("SLV", 50.0, 50.0),
    table_of("MEX", 7.0, None),
]
COUNTS = [counted("own_national", 40.0, 45.0), counted("intra_regional", 30.0, 90.0)]


def test_persons_from_inside_are_counted_where_the_total_of_all_tables_is_exact() -> None:
    """100 and 50 persons in the tables; 40 own nationals and 30 of other members at least, 135 together at most."""
    found = persons_of_origin(TABLES, [*COUNTS, counted("extra_regional", 5.0, 9.0)])
    assert found == [("inside", 70, 135, 150, 150), ("own_national", 40, 45, 150, 150)]


@pytest.mark.parametrize(
    ("tables", "counts"),
    [
        ([*TABLES[:2], table_of("SLV", 50.0, None)], COUNTS),
        ([*TABLES[:2], table_of("SLV", 50.0, 51.0)], COUNTS),
        (TABLES[:2], COUNTS),  # a member without a table
        ([*TABLES[:2], table_of("SLV", 50.0, 50.0, preferred=False)], COUNTS),
        ([*TABLES[:2], table_of("SLV", 50.0, 50.0, year=2019)], COUNTS),
        ([*TABLES, table_of("SLV", 60.0, 60.0, collection="other")], COUNTS),  # two tables of a member
        (TABLES, COUNTS[:1]),
        (TABLES, [COUNTS[0], counted("intra_regional", 30.0, 90.0, members="HND MEX SLV")]),
        (TABLES, [COUNTS[0], counted("intra_regional", 30.0, 90.0, year=2019)]),
        (TABLES, [COUNTS[0], counted("intra_regional", 30.0, 90.0, panel="fixed")]),
        (TABLES, [COUNTS[0], counted("intra_regional", 30.0, 90.0, sex="F")]),
        (TABLES, [COUNTS[0], counted("intra_regional", 30.0, 90.0) | {"value_low": None}]),
    ],
)
def test_persons_from_inside_are_not_counted_of_an_unsure_total_or_other_members(
    tables: list[dict[str, Any]], counts: list[dict[str, Any]]
) -> None:
    assert persons_of_origin(tables, counts) == []


def test_an_unbounded_class_leaves_inside_unbounded() -> None:
    counts = [COUNTS[0], counted("intra_regional", 30.0, None)]
    [inside, own] = persons_of_origin(TABLES, counts)
    assert inside[:2] == ("inside", 70)
    assert inside[2] != inside[2]  # NULL
    assert own == ("own_national", 40, 45, 150, 150)


@pytest.mark.slow
def test_a_count_between_zero_and_a_bound_is_hidden_by_its_source() -> None:
    for bounds, found in (
        ((0.0, 4.0), ["from_zero"]),
        ((0.0, 0.0), []),
        ((0.0, float("inf")), []),
        ((1.0, 4.0), []),
        ((None, None), []),
    ):
        figure = dict(zip(("value_low", "value_high"), bounds, strict=True))
        assert codes(judged([figure]), "hidden_count") == found, bounds
    region = {"area_type": "region", "members": "HND", "value_low": 0.0, "value_high": 4.0}
    assert codes(judged([region]), "hidden_count") == []
    assert codes(judged([{"indicator": SHARE, "value_low": 0.0, "value_high": 0.5}]), "hidden_count") == []


@pytest.mark.slow
def test_a_share_of_all_persons_says_something_unless_it_may_be_any_part() -> None:
    declared = {"indicator": "form", "family": "trafficking", "unit": "share", "kind": "outcome"}
    row: dict[str, Any] = dict.fromkeys(SLICES, "_T") | {
        "indicator": "form", "reporting_country": "HND", "year": 2020, "panel": "_Z", "frequency": "A",
        "pooled_years": 1, "denominator_basis": "all", "citizenship": "_T", "origin_class": "_T", "preferred": True,
        "collection": OTHER, "value_low": 0.2, "value_high": 0.3,
    }  # fmt: skip
    for bounds, found in (
        ((0.2, 1.0), ["surely_some"]),
        ((0.0, 1.0), ["any_part"]),
        ((0.0, None), ["any_part"]),
        ((0.0, 0.99), ["perhaps_none"]),
        ((0.0, 0.0), ["perhaps_none"]),
        ((None, None), []),
    ):
        values = [row | dict(zip(("value_low", "value_high"), bounds, strict=True)), row | {"year": 2019}]
        if None in bounds and bounds[0] is None:
            values = values[:1]
        judgements = judged([{}], core__declared=[declared], baseline__indicator_values=values)
        assert codes(judgements, "part_of_all") == found, bounds
    for other in (
        {"preferred": False},
        {"denominator_basis": "known"},
        {"sex": "F"},
        {"panel": "reporting"},
        {"indicator": COUNT},
    ):
        judgements = judged([{}], core__declared=[declared], baseline__indicator_values=[row | other])
        assert codes(judgements, "part_of_all") == [], other
    forms = [row | {"exploitation": code, "value_low": low} for code, low in (("a", 0.0), ("b", 0.1))]
    judgements = judged([{}], core__declared=[declared], baseline__indicator_values=forms)
    found_forms = judgements[judgements["kind"] == "part_of_all"]
    assert dict(zip(found_forms["exploitation"], found_forms["code"], strict=True)) == {
        "a": "perhaps_none",
        "b": "surely_some",
    }
