"""Pages that put rows of analysis.statements into words: which rows they take, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from schemas.groupings import DEFAULT_GROUPING
from schemas.words import say
from warehouse.publication.site import origin_summary, region, region_front
from warehouse.publication.site.facts import PAGE_SERIES


def pair(year: int, code: str | None) -> dict[str, Any]:
    return {
        "reporting_country": "HND", "measure": "victims_detected", "year": year, "code": code,
        "collection_a": "UNODC/glotip", "collection_b": "US_DOS/tip_report",
    }  # fmt: skip


def test_sources_are_apart_if_their_newest_judged_totals_differ_widely() -> None:
    for codes, years in (
        (("same", "differs_widely"), [2021]),
        (("differs_widely", "same"), []),
        (("differs_widely", "differs"), []),
        (("differs_widely", None), [2020]),
        ((None, None), []),
    ):
        facts: Any = SimpleNamespace(
            agreement={"HND": [pair(2020 + n, code) for n, code in enumerate(codes)]}
        )
        assert [row["year"] for row in region.sources_apart(facts)] == years


@pytest.mark.parametrize("is_known", [True, False])
def test_victims_are_not_put_in_numbers_where_a_class_of_origin_has_no_sum(is_known: bool) -> None:
    """A sum of too few members is NULL: its pages stopped. Otherwise 2 own nationals and 3 of other members of 5."""
    own = {"value_low": 2.0 if is_known else None, "value_high": 2.0 if is_known else None}
    by_class = {"own_national": own, "intra_regional": {"value_low": 3.0, "value_high": 3.0}}
    facts: Any = SimpleNamespace(
        sums={(PAGE_SERIES["victims_by_origin"], DEFAULT_GROUPING, "reporting", 2022): by_class},
        classes={("HND", 2022): [{"total_low": 5.0, "total_high": 5.0}]},
    )
    row: Any = {"year": 2022, "period": "2022", "members": "HND"}
    numbers = {"year": "2022", "n": 1, "total": "5", "least": "5", "own": "2"}
    sentence = say("site.front.origin_counts", "en", **numbers) if is_known else ""
    assert region_front._origin_counts(facts, row, "en") == sentence


def test_nothing_is_said_of_a_sum_without_its_largest_member_that_the_release_lacks() -> None:
    bounds = {"value_low": 0.3, "value_high": 0.4, "other_low": 0.6, "other_high": 0.7}
    largest: Any = {"indicator": "i", "reporting_country": "CRM", "year": 2022, "member": "GTM"} | bounds
    facts: Any = SimpleNamespace(sums={}, judgement=lambda *_: bounds | {"member": "HND"})
    assert origin_summary.rest_result_sentence(facts, largest, "en") == ""
    assert origin_summary._rest_sentence(facts, largest, "en") == ""
