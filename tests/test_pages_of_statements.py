"""Pages that put rows of analysis.statements into words: which rows they take, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from warehouse.publication.site import origin_summary, region


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


def test_nothing_is_said_of_a_sum_without_its_largest_member_that_the_release_lacks() -> None:
    bounds = {"value_low": 0.3, "value_high": 0.4, "other_low": 0.6, "other_high": 0.7}
    largest: Any = {"indicator": "i", "reporting_country": "CRM", "year": 2022, "member": "GTM"} | bounds
    facts: Any = SimpleNamespace(sums={}, judgement=lambda *_: bounds | {"member": "HND"})
    assert origin_summary.rest_result_sentence(facts, largest, "en") == ""
    assert origin_summary._rest_sentence(facts, largest, "en") == ""
