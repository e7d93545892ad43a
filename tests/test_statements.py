"""Judgements about labelled figures (analysis.statements), each from a few rows of the tables that it reads."""

from __future__ import annotations

from datetime import date
from math import inf
from typing import Any

import pandas as pd
import pytest

from schemas.tables import DIMENSIONS, SLICES
from tests.models_alone import rows_of

COUNT, SHARE, KNOWN = "tip_victims_detected", "tip_origin_share_all", "data_origin_completeness"
OWN, OTHER = "UNODC/glotip", "US_DOS/tip_report"
FIGURE: dict[str, Any] = {
    "indicator": COUNT, "origin_class": "_T", "exploitation": "_T", "reporting_country": "HND", "area_type": "country",
    "year": 2020, "period": "2020", "collection": OWN, "measure": "victims_detected", "unit": "persons", "value_low": 67.0,
    "value_high": 67.0, "said_low": 67.0, "said_high": 67.0, "evidence": "confirmed", "is_other_kind": False,
}  # fmt: skip
DECLARED = [
    {"indicator": COUNT, "family": "trafficking", "denominator": None},
    {"indicator": SHARE, "family": "trafficking", "denominator": "victims_detected"},
    {"indicator": KNOWN, "family": "trafficking", "denominator": "victims_detected"},
]
SPECIFIED = [
    {"indicator": COUNT, "form": "count", "measure": "victims_detected", "family": "trafficking"},
    {"indicator": SHARE, "form": "share"},
    {"indicator": KNOWN, "form": "origin_known"},
]

SETTINGS = {
    "as_of": date(2026, 3, 31), "stale_years": 3, "days_of_a_year": 365.2425, "different_ratio": 1.25,
    "grouping": "CRM",
}  # fmt: skip


def judged(figures: list[dict[str, Any]], **rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The judgements about figures, of a build with these rows besides (`analysis__trends=[…]`), in their order."""
    frames = {
        "core.headlines": [FIGURE | figure for figure in figures],
        "core.declared": DECLARED,
        "core.specification": SPECIFIED,
        "core.settings": [SETTINGS],
        "registry.collections": [
            {"collection": name, "family": "trafficking", "confidentiality": "open"} for name in (OWN, OTHER)
        ],
        "baseline.indicator_values": [
            {"indicator": d["indicator"], "measure": "victims_detected", "panel": "_Z"} for d in DECLARED
        ],
    }
    for name, more in rows.items():
        full_name = name.replace("__", ".")
        frames[full_name] = [*frames.get(full_name, []), *more]
    order = "reporting_country, year, collection, rank"
    return rows_of("analysis.statements", order, frames, "core.judged_origins")


def codes(judgements: pd.DataFrame, *kinds: str) -> list[str]:
    return list(judgements[judgements["kind"].isin(kinds)]["code"])


QUESTION = {
    "question": "jump", "collection": OWN, "measure": "victims_detected", "reporting_country": "HND", "year": 2020,
    "breakdown": "total",
}  # fmt: skip
ANSWERS = {
    "one figure, confirmed": ({}, {}, "yes"),
    "a range": ({"said_high": 70.0}, {}, "range"),
    "inferred": ({"evidence": "inferred"}, {}, "unverified"),
    "no series": ({"evidence": None}, {}, "unverified"),
    "a flag": ({"flag": "partial"}, {}, "doubt"),
    "a question": ({}, {"analysis__open_questions": [QUESTION]}, "doubt"),
    "a question on a part": ({}, {"analysis__open_questions": [QUESTION | {"breakdown": "sex"}]}, "yes"),
    "a question on another year": ({}, {"analysis__open_questions": [QUESTION | {"year": 2019}]}, "yes"),
    "another kind": ({"is_other_kind": True, "flag": "other_kind"}, {}, "other_kind"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_yes_is_of_a_confirmed_figure_without_doubt_alone(case: str) -> None:
    figure, rows, answer = ANSWERS[case]
    assert codes(judged([figure], **rows), "answer") == [answer]


def test_a_figure_that_is_not_shown_has_no_answer() -> None:
    assert codes(judged([{"value_low": None, "value_high": None}]), "answer") == []


def test_flags_are_doubts_in_their_order_but_those_that_the_pages_show_otherwise() -> None:
    judgements = judged([{"flag": "dominated+other_kind+partial+suspect_value"}])
    assert codes(judgements, "flag") == ["dominated", "partial", "suspect_value"]
    region = {"area_type": "region", "members": "HND SLV", "reporting_country": "CRM"}
    assert codes(judged([region | {"flag": "dominated+partial"}]), "flag") == ["partial"]


TREND = {
    "sentence_es": "Sube.", "collection": OWN, "flag": "spike+stale+suspected_break+unconfirmed_edge",
    "broken_on": date(2015, 1, 1), "spike_years": "2017, 2019", "last_period": 2020, "age_years": 5.2,
}  # fmt: skip
OF_YEAR = {
    2013: ["unconfirmed_edge"],
    2014: [],
    2015: ["suspected_break"],
    2017: ["spike"],
    2018: [],
    2019: ["spike"],
    2020: ["unconfirmed_edge"],
}


@pytest.mark.parametrize("year", OF_YEAR)
def test_a_doubt_about_a_series_is_one_of_the_years_that_it_names(year: int) -> None:
    figure = {"year": year, "sentence_es": "Sube.", "tested_from": 2014, "tested_to": 2019}
    assert codes(judged([figure], analysis__trends=[TREND]), "doubt_of_year") == OF_YEAR[year]


def test_no_year_of_an_untested_series_is_confirmed() -> None:
    judgements = judged([{"sentence_es": "Sube."}], analysis__trends=[TREND])
    assert codes(judgements, "doubt_of_year") == ["unconfirmed_edge"]


def test_the_age_is_that_of_the_series_else_that_of_the_end_of_the_year() -> None:
    """From the end of 2022 to the last of March 2026 there are 1186 days; three years are not yet stale."""
    ages = {
        (2018, "Sube."): [7.2],
        (2022, None): [3.2],
        (2023, None): [],
    }
    for (year, sentence), age in ages.items():
        judgements = judged([{"year": year, "sentence_es": sentence}], analysis__trends=[TREND])
        assert list(judgements[judgements["kind"] == "age"]["value_low"].round(6)) == age
    young = TREND | {"flag": None}
    assert codes(judged([{"sentence_es": "Sube."}], analysis__trends=[young]), "age") == []


REVISION = {
    "collection": OWN, "measure": "victims_detected", "reporting_country": "HND", "year": 2020, "frequency": "A",
    "kind": "revised", "old_low": 60.0, "old_high": 60.0, "new_low": 67.0, "new_high": 67.0, "new_submission": "b",
}  # fmt: skip
OBSERVED = {
    "collection": OWN, "reporting_country": "HND", "measure": "victims_detected", "year": 2020, "breakdown": "total",
    "frequency": "A", "known_from": date(2023, 4, 1),
}  # fmt: skip


def submitted(day: date, collection: str = OWN) -> dict[str, Any]:
    return {
        "submission": f"{collection}/{day}",
        "collection": collection,
        "received_on": day,
        "status": "accepted",
    }


def with_totals(revision: dict[str, Any]) -> dict[str, Any]:
    """A revision of a total: no dimension is detailed, unless the row says so."""
    return {d.name: d.default for d in DIMENSIONS} | revision


def revisions(
    *rows: dict[str, Any], days: tuple[date, ...] = (date(2023, 4, 1),), **figure: Any
) -> pd.DataFrame:
    judgements = judged(
        [figure],
        analysis__revisions=[with_totals(row) for row in rows] or [with_totals(REVISION | {"year": 1999})],
        core__observations=[OBSERVED],
        registry__submissions=[submitted(day) for day in days],
    )
    return judgements[judgements["kind"] == "revision"]


def test_a_total_is_changed_left_or_not_yet_confirmed() -> None:
    [changed] = revisions(REVISION).to_dict("records")
    assert (changed["code"], changed["value_low"], changed["other_high"]) == ("changed", 60, 67)
    assert (changed["other_collection"], changed["new_submission"]) == (OWN, "b")
    assert list(revisions()["code"]) == ["not_yet"]
    assert list(revisions(days=(date(2023, 4, 1), date(2024, 4, 1)))["code"]) == ["left"]


@pytest.mark.slow
def test_what_another_source_revised_or_a_part_did_not_change_the_total() -> None:
    for row in (
        REVISION | {"collection": OTHER},
        REVISION | {"sex": "F"},
        REVISION | {"kind": "new", "old_low": None},
        REVISION | {"measure": "persons_convicted"},
        REVISION | {"year": 2019},
    ):
        assert list(revisions(row)["code"]) == ["not_yet"], row


def test_a_sum_names_the_members_whose_total_changed() -> None:
    region = {"area_type": "region", "reporting_country": "CRM", "members": "HND SLV"}
    found = revisions(REVISION, REVISION | {"reporting_country": "MEX"}, **region)
    assert list(zip(found["code"], found["member"], strict=True)) == [("changed", "HND")]


def test_revisions_of_a_protected_collection_are_not_judged() -> None:
    protected = {"collection": "XX/cases", "family": "trafficking", "confidentiality": "protected"}
    judgements = judged(
        [{"collection": "XX/cases"}],
        registry__collections=[protected],
        registry__submissions=[submitted(date(2024, 1, 1), "XX/cases")],
        analysis__revisions=[with_totals(REVISION | {"collection": "XX/cases"})],
        analysis__open_questions=[QUESTION | {"collection": "XX/cases"}],
    )
    assert list(judgements["kind"]) == ["answer", "age"]
    assert codes(judgements, "answer") == ["yes"]


AGREEMENTS = {
    "same": (67, 67, 67, 67),
    "may_be_same": (67, 67, 60, None),
    "differs": (67, 67, 60, 60),
    "differs_widely": (67, 67, 20, 30),
}


@pytest.mark.parametrize("code", AGREEMENTS)
def test_how_two_totals_agree_is_the_same_from_either_side(code: str) -> None:
    a_low, a_high, b_low, b_high = AGREEMENTS[code]
    pair = {
        "reporting_country": "HND", "year": 2020, "frequency": "A", "measure": "victims_detected", "collection_a": OWN,
        "value_a_low": a_low, "value_a_high": a_high, "collection_b": OTHER, "value_b_low": b_low, "value_b_high": b_high,
        "ratio_low": a_low / (b_high or inf), "ratio_high": a_high / b_low,
    }  # fmt: skip
    slices = dict.fromkeys(SLICES, "_T")
    judgements = judged([{}, {"collection": OTHER, "year": 2019}], analysis__source_agreement=[pair | slices])
    found = judgements[judgements["kind"] == "agreement"].set_index("collection")
    assert list(found["code"]) == [code, code]
    assert list(found.loc[OWN, ["other_collection", "value_low", "other_low"]]) == [OTHER, a_low, b_low]
    assert list(found.loc[OTHER, ["other_collection", "value_low", "other_low"]]) == [OWN, b_low, a_low]


def test_nothing_against_something_differs_widely() -> None:
    """A ratio that is surely 0; the pages had taken it for no ratio."""
    pair = {
        "reporting_country": "HND", "year": 2020, "frequency": "A", "measure": "victims_detected", "collection_a": OWN,
        "value_a_low": 0, "value_a_high": 0, "collection_b": OTHER, "value_b_low": 5, "value_b_high": 9,
        "ratio_low": 0.0, "ratio_high": 0.0,
    } | dict.fromkeys(SLICES, "_T")  # fmt: skip
    assert codes(judged([{}], analysis__source_agreement=[pair]), "agreement") == ["differs_widely"]


def shares(own: float, others: float, outside: float, high: float = 1.0) -> list[dict[str, Any]]:
    lows = {"own_national": own, "intra_regional": others, "extra_regional": outside}
    return [
        {"indicator": SHARE, "unit": "share", "origin_class": name, "value_low": low, "value_high": high}
        for name, low in lows.items()
    ]


MAJORITIES = {
    (0.6, 0.1, 0.1): "own_national",
    (0.1, 0.6, 0.1): "intra_regional",
    (0.1, 0.1, 0.6): "extra_regional",
    (0.3, 0.25, 0.1): "inside",
    (0.25, 0.25, 0.1): "none",
    (0.5, 0.0, 0.0): "none",
}


@pytest.mark.parametrize("lows", MAJORITIES)
def test_a_majority_is_surely_over_half(lows: tuple[float, float, float]) -> None:
    judgements = judged(shares(*lows))
    [row] = judgements[judgements["kind"] == "majority"].to_dict("records")
    own, others, outside = lows
    assert row["code"] == MAJORITIES[lows]
    assert (row["value_low"], row["value_high"]) == (own + others, 1 - outside)
    assert (row["other_low"], row["other_high"]) == (outside, 1.0)


def test_without_a_class_inside_and_outside_have_no_bounds() -> None:
    judgements = judged(shares(0.6, 0.1, 0.1)[:2])
    [row] = judgements[judgements["kind"] == "majority"].to_dict("records")
    assert row["code"] == "own_national"
    assert pd.isna([row[c] for c in ("value_low", "value_high", "other_low", "other_high")]).all()


LARGEST = {0.4: "may_be_mostly", 0.5: "may_be_mostly", 0.6: "mostly", 0.9: "nearly"}


@pytest.mark.parametrize("share", LARGEST)
def test_a_sum_is_mostly_its_largest_member_s_only_if_that_has_surely_more_than_half(share: float) -> None:
    total = {
        "indicator": COUNT, "reporting_country": "CRM", "year": 2020, "panel": "reporting", "frequency": "A",
        "pooled_years": 1, "denominator_basis": "_Z", "citizenship": "_T", "origin_class": "_T", "flag": "dominated",
        "largest_member": "HND", "largest_share_low": share, "largest_share_high": 1.0,
    } | dict.fromkeys(SLICES, "_T")  # fmt: skip
    judgements = judged([{}], baseline__indicator_values=[total])
    [row] = judgements[judgements["kind"] == "largest"].to_dict("records")
    assert (row["code"], row["member"], row["value_low"]) == (LARGEST[share], "HND", share)
    without_flag = total | {"flag": None}
    assert codes(judged([{}], baseline__indicator_values=[without_flag]), "largest") == []


def test_the_part_of_a_largest_member_that_knows_few_origins_is_unknown() -> None:
    total = {
        "indicator": SHARE, "reporting_country": "CRM", "year": 2020, "panel": "reporting", "frequency": "A",
        "pooled_years": 1, "denominator_basis": "all", "citizenship": "_T", "origin_class": "own_national",
        "flag": "dominated", "largest_member": "HND", "largest_share_low": 0.95, "largest_share_high": 1.0,
    } | dict.fromkeys(SLICES, "_T")  # fmt: skip
    region = [
        row | {"area_type": "region", "reporting_country": "CRM", "members": "HND"} for row in shares(0, 0, 0)
    ]
    for known_high, code in ((0.49, "unknown"), (0.5, "nearly")):
        known = {"indicator": KNOWN, "unit": "share", "value_low": 0.1, "value_high": known_high}
        judgements = judged([*region, known], baseline__indicator_values=[total])
        assert codes(judgements, "largest") == [code]


@pytest.mark.slow
def test_the_two_tests_of_a_series_disagree_or_not() -> None:
    for direction, level, found in (
        ("rising", "higher", []),
        ("rising", "lower", ["two_tests"]),
        ("falling", "no_clear_difference", ["two_tests"]),
        ("no_clear_change", "higher", ["two_tests"]),
        ("rising", "no_level", []),
        ("too_few_years", "higher", []),
    ):
        assert codes(judged([{"direction": direction, "level": level}]), "verdict") == found


TOTAL: dict[str, Any] = {
    "indicator": COUNT, "reporting_country": "HND", "collection": OWN, "measure": "victims_detected", "year": 2020,
    "panel": "_Z", "frequency": "A", "pooled_years": 1, "denominator_basis": "_Z", "citizenship": "_T",
    "origin_class": "_T", "value_low": 67.0, "value_high": 67.0,
} | dict.fromkeys(SLICES, "_T")  # fmt: skip
ORIGINS = {
    "reporting_country": "HND", "collection": OWN, "measure": "victims_detected", "family": "trafficking",
    "total_low": 10.0, "total_high": 10.0,
}  # fmt: skip
CLASS_LEVELS = {"own_national": "part", "intra_regional": "part", "extra_regional": "parent"}


def origins(year: int, *unknown: float, flag: str | None = None, **shares: float) -> list[dict[str, Any]]:
    """A table of ten persons: the least share of each class, and the bounds of persons of unknown origin."""
    rows = [
        {"origin_class": name, "class_level": level, "share_low": shares.get(name, 0.0), "flag": flag}
        | {"persons_low": 0.0, "persons_high": 10.0, "possible_high": 10.0}
        for name, level in CLASS_LEVELS.items()
    ]
    if unknown:
        low, high = unknown
        rows.append(
            {
                "origin_class": "indeterminate",
                "class_level": "part",
                "persons_low": low,
                "possible_high": high,
            }
        )
    return [ORIGINS | {"year": year} | row for row in rows]


OWN_ONLY, OTHERS, OUTSIDE = {"own_national": 0.6}, {"intra_regional": 0.6}, {"extra_regional": 0.6}
LASTING: dict[str, tuple[list[tuple[int, dict[str, Any]]], str, list[str]]] = {
    "the same": ([(2018, OWN_ONLY), (2019, OWN_ONLY), (2020, OWN_ONLY)], "own_national", ["own_national"] * 3),
    "a gap between": ([(2012, OUTSIDE), (2015, OUTSIDE), (2020, OUTSIDE)], "extra_regional", ["extra_regional"] * 3),
    "an earlier one": ([(2017, OTHERS), *((year, OWN_ONLY) for year in (2018, 2019, 2020))], "own_national", ["own_national"] * 3),
    "another": ([(2018, OWN_ONLY), (2019, OTHERS), (2020, {})], "none", ["own_national", "intra_regional", "none"]),
    "exactly half": ([(year, {"own_national": 0.5}) for year in (2018, 2019, 2020)], "none", ["none"] * 3),
    "two years": ([(2019, OWN_ONLY), (2020, OWN_ONLY)], "few_years", ["own_national"] * 2),
    "a partial year": ([(2019, OWN_ONLY), (2020, OWN_ONLY), (2021, OWN_ONLY | {"flag": "partial"})], "few_years", ["own_national"] * 2),
    "a doubtful year": ([(2019, OWN_ONLY), (2020, OWN_ONLY), (2021, OWN_ONLY | {"flag": "inconsistent"})], "few_years", ["own_national"] * 2),
    "one origin alone": ([(year, OWN_ONLY | {"flag": "single_origin"}) for year in (2018, 2019, 2020)], "none", ["none"] * 3),
}  # fmt: skip
EFFECTS = [
    {"flag": "inconsistent", "out_of_baselines": True},
    {"flag": "partial", "out_of_baselines": True},
    {"flag": "single_origin", "out_of_baselines": False},
]


@pytest.mark.parametrize("case", LASTING)
def test_a_majority_lasts_if_a_class_is_surely_over_half_in_each_of_the_last_three_years(case: str) -> None:
    tables, lasting, yearly = LASTING[case]
    profile = [row for year, shares in tables for row in origins(year, **shares)]
    judgements = judged([{}], baseline__origin_profile=profile, reference__flags=EFFECTS)
    assert codes(judgements, "majority_of_year") == yearly
    [of_years] = judgements[judgements["kind"] == "majority_of_years"].to_dict("records")
    assert (of_years["code"], of_years["year"]) == (lasting, tables[-1][0])


def test_a_majority_is_unknown_if_most_of_each_table_surely_is() -> None:
    profile = [row for year in (2018, 2019, 2020) for row in origins(year, 6, 8)]
    judgements = judged([{}], baseline__origin_profile=profile, reference__flags=EFFECTS)
    assert codes(judgements, "majority_of_year", "majority_of_years") == ["unknown"] * 4


def test_a_doubt_about_its_total_keeps_a_year_out_of_majorities() -> None:
    profile = [row for year in (2018, 2019, 2020) for row in origins(year, **OWN_ONLY)]
    for flag, count in (("inconsistent", 2), ("partial", 3), (None, 3)):
        judgements = judged(
            [{}],
            baseline__origin_profile=profile,
            baseline__indicator_values=[TOTAL | {"flag": flag}],
            reference__flags=EFFECTS,
        )
        assert len(codes(judgements, "majority_of_year")) == count


def test_of_a_total_without_a_table_no_origin_is_known() -> None:
    judgements = judged(
        [{}],
        baseline__origin_profile=origins(2019, 0, 10),
        baseline__indicator_values=[TOTAL, TOTAL | {"year": 2021, "value_low": 3.0, "value_high": None}],
    )
    unknown = judgements[judgements["kind"] == "unknown_origin"]
    assert list(unknown["code"]) == ["not_mostly_unknown", "all_unknown", "not_mostly_unknown"]
    assert list(unknown["value_low"]) == list(unknown["other_low"].where(unknown["year"] > 2019, 0))


REGION: dict[str, Any] = {"area_type": "region", "reporting_country": "CRM", "members": "HND SLV"}


def test_the_answer_of_a_sum_names_each_member_whose_figure_is_in_doubt() -> None:
    figures = [
        REGION,
        {"evidence": None},
        {"reporting_country": "SLV"},
        {"reporting_country": "MEX", "flag": "partial"},
    ]
    for flags, found in (
        ({}, [("sum", None)]),
        ({"SLV": "partial"}, [("sum_doubted", "SLV")]),
        ({"HND": "partial", "SLV": "partial"}, [("sum_doubted", "HND"), ("sum_doubted", "SLV")]),
    ):
        judgements = judged(
            [
                figure | {"flag": flags.get(figure.get("reporting_country", "HND"), figure.get("flag"))}
                for figure in figures
            ]
        )
        answers = judgements[(judgements["reporting_country"] == "CRM") & (judgements["kind"] == "answer")]
        members = [None if pd.isna(member) else member for member in answers["member"]]
        assert list(zip(answers["code"], members, strict=True)) == found
    assert "answer" not in set(judged([REGION | {"value_low": None}])["kind"])


def test_the_direction_of_a_country_is_that_of_its_newest_series_with_one() -> None:
    figures = [
        {"year": year, "direction": direction, "reporting_country": country}
        for country, directions in {"HND": ("rising", "falling", None), "SLV": (None, None, None)}.items()
        for year, direction in zip((2018, 2019, 2020), directions, strict=True)
    ]
    judgements = judged([*figures, REGION | {"direction": "rising"}])
    found = judgements[judgements["kind"] == "direction"]
    assert list(zip(found["reporting_country"], found["year"], found["code"], strict=True)) == [
        ("HND", 2019, "falling")
    ]


PARTS: dict[
    str, tuple[list[tuple[float | None, float | None]], tuple[float | None, float | None], list[str]]
] = {
    "the larger": ([(10, 10), (9, 9)], (19, 19), ["HND"]),
    "a fall": ([(3, 3), (-20, -8)], (-17, -5), ["SLV"]),
    "equal": ([(10, 10), (10, 10)], (20, 20), []),
    "perhaps the larger": ([(8, 12), (5, 9)], (13, 21), []),
    "a fall that may be larger": ([(8, 12), (-9, 1)], (-1, 13), []),
    "an open part": ([(8, None), (5, 7)], (13, None), ["HND"]),
    "beside an open part": ([(80, 80), (None, 7)], (None, 87), []),
    "against a rise": ([(-10, -10), (9, 9), (4, 4)], (3, 3), []),
    "against a fall": ([(10, 10), (-9, -9), (-4, -4)], (-3, -3), []),
}


@pytest.mark.parametrize("case", PARTS)
def test_the_largest_part_of_a_change_is_named_only_if_it_surely_is_that(case: str) -> None:
    parts, (change_low, change_high), found = PARTS[case]
    change = {
        "indicator": COUNT, "reporting_country": "CRM", "panel": "fixed", "from_year": 2019, "to_year": 2020,
        "origin_class": "_T", "class_level": "_Z", "change_low": change_low, "change_high": change_high,
    }  # fmt: skip
    rows = [
        change | {"member": member, "part_low": low, "part_high": high}
        for member, (low, high) in zip(("HND", "SLV", "MEX"), parts, strict=False)
    ]
    others = [row | {"panel": "reporting"} for row in rows] + [row | {"from_year": 2016} for row in rows]
    judgements = judged([REGION], analysis__decomposition=[*rows, *others])
    changes = judgements[judgements["kind"] == "change"]
    assert list(changes["member"]) == found
    assert list(changes["value_low"]) == [row["part_low"] for row in rows if row["member"] in found]
