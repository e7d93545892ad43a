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
